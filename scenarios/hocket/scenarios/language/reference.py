"""The language reference, from the docstrings of what reads each line.

``python -m hocket.scenarios.language.reference`` prints it; a test compares the committed page.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator

from hocket.scenarios.language.client_lines import ON, STEPS, read_client, read_lane
from hocket.scenarios.language.diagnostics import MAX_DIAGNOSTICS
from hocket.scenarios.language.expect_lines import (
    EXACTLY,
    PROPERTIES,
    read_before,
    read_expect,
    read_without,
)
from hocket.scenarios.language.explanations import EXPLANATIONS
from hocket.scenarios.language.lexer import MAX_DEPTH, MAX_LINE, MAX_LINES, MAX_TEXT
from hocket.scenarios.language.parameters import MAX_INSTANCES
from hocket.scenarios.language.parser import ScenarioDraft, read_scenario
from hocket.scenarios.language.phrases import form_of
from hocket.scenarios.language.replay_lines import ReplayDraft, read_replay
from hocket.scenarios.language.schedule_lines import LIMITS, read_schedule
from hocket.scenarios.language.setup_lines import LINES, REPLIES, read_setup
from hocket.scenarios.properties import REGISTRY
from hocket.scenarios.vocabulary import WORDS, Slot

__all__ = ["reference"]

_INTRODUCTION = """\
# The scenario language

<!-- Made by `make reference` from the docstrings of the parser; a test compares it. -->

A scenario file, `*.hocket`, is made of lines. The first word of a line says what it is, two spaces
are a level of indentation, and `#` begins a comment. In the forms below, words in capitals stand
for what you write, square brackets enclose what may be left out, and `|` separates alternatives.

A *name* has letters, digits and underscores. A *text* stands in double quotes, with `\\"`, `\\\\`,
`\\n` and `\\t` inside. A *duration* is `5s`, `500ms`, `2m` or `1h`, in virtual time; where one can
stand, the name of a parameter can, too. A *value* is a text, a number, a duration, `true`, `false`
or a name.
"""

_VALUES = f"""\
## Limits

A file has at most {MAX_TEXT:,} characters in {MAX_LINES:,} lines, and a line {MAX_LINE:,}
characters; lines are nested {MAX_DEPTH} levels deep at most; the parameters of a scenario make
{MAX_INSTANCES} instances at most. The first {MAX_DIAGNOSTICS} mistakes of a file are told.
"""

Reader = Callable[..., object]


def reference() -> str:
    """The whole page."""
    draft = ScenarioDraft("", 0)
    parts = [
        _INTRODUCTION,
        _section("The file", [read_scenario]),
        _section("Parameters", [draft.sections["vary"]]),
        _section("Setup", [read_setup, *LINES.values()]),
        _section("What the model answers", REPLIES.values()),
        _section("Clients", [read_client, *_steps(), read_lane]),
        _section("The schedule", [read_schedule, *LIMITS.values()]),
        _section("Expectations", [read_expect, read_before, *_properties(), read_without]),
        _events(),
        _invariants(),
        _section("Replays", [read_replay, *ReplayDraft().lines.values()]),
        _VALUES,
        _codes(),
    ]
    return "\n".join(parts)


def _steps() -> Iterator[Reader]:
    for verb, read in STEPS.items():
        yield from ON.values() if verb == "on" else [read]


def _properties() -> Iterator[Reader]:
    for verb, read in PROPERTIES.items():
        yield from EXACTLY.values() if verb == "exactly" else [read]


def _section(title: str, readers: Iterable[Reader]) -> str:
    return "\n\n".join([f"## {title}", *map(_entry, readers)]) + "\n"


def _entry(read: Reader) -> str:
    """The form of a verb in bold, what its docstring says of it, and the rest."""
    form = form_of(read)
    doc = inspect.getdoc(read) or ""
    said = doc.partition("``")[2].partition("``")[2].lstrip(":.").strip()
    first, _, rest = said.partition("\n\n")
    lines = [f"**`{form}`**", _capital(_markdown(first)), _markdown(rest)]
    return "\n\n".join(filter(None, lines))


def _markdown(text: str) -> str:
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    plain = re.sub(r":\w+:`~?(?:[\w.]*\.)?(\w+)`", r"`\1`", "\n\n".join(paragraphs))
    return plain.replace("``", "`")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _events() -> str:
    rows = ["| event | arguments | when |", "| --- | --- | --- |"]
    for word in WORDS.values():
        arguments = ", ".join(map(_argument, word.slots.items())) or "none"
        rows.append(f"| `{word.name}` | {arguments} | {word.doc} |")
    return "## Events\n\n" + "\n".join(rows) + "\n"


def _argument(named: tuple[str, Slot]) -> str:
    name, slot = named
    return f"`{name}`" + (f" ({', '.join(slot.choices)})" if slot.choices else "")


def _invariants() -> str:
    rows = ["| invariant | says |", "| --- | --- |"]
    rows += [f"| `{name}` | {_markdown(kind.STATEMENT)} |" for name, kind in REGISTRY.items()]
    head = "## Built-in invariants\n\nAlways on, unless `without` names one.\n\n"
    return head + "\n".join(rows) + "\n"


def _codes() -> str:
    rows = ["| code | says |", "| --- | --- |"]
    rows += [f"| `{code}` | {told.title} |" for code, told in EXPLANATIONS.items()]
    more = "`hocket explain-code CODE` shows each with a wrong line beside a right one.\n\n"
    return "## Codes\n\n" + more + "\n".join(rows) + "\n"


if __name__ == "__main__":
    print(reference(), end="")
