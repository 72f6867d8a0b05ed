"""What is fuzzed: the doors through which anybody's bytes come in, and what must hold behind them.

Each target takes bytes and raises nothing but :class:`AssertionError`, and that only for a defect:
the exceptions that a door documents are caught here.
"""

import base64
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from hocket.scenarios.language.checks import read
from hocket.scenarios.language.diagnostics import render
from hocket.scenarios.language.formatter import Unwritable, format_scenarios, format_text
from hocket.scenarios.language.json_form import dumps
from hocket.scenarios.language.json_reading import read_json
from hocket.scenarios.language.parser import ParseResult
from hocket.simulator.engine.choices import ChoiceKind, Deviation
from hocket.simulator.engine.token import Token, TokenError, decode, encode

__all__ = ["TARGETS", "seeds", "words"]

_CATALOGUE = Path(__file__).parents[2] / "scenarios" / "hocket" / "scenarios" / "catalogue"


def text(data: bytes) -> None:
    """The text form: diagnostics can be shown, and a text that can be read can be formatted."""
    source = data.decode("utf-8", "surrogateescape")
    result = read(source, name="x")
    _show(result)
    if result.diagnostics:
        return
    try:
        formatted = format_text(source, name="x").text
    except Unwritable:
        return
    assert read(formatted, name="x").scenarios == result.scenarios
    assert format_text(formatted, name="x").text == formatted


def document(data: bytes) -> None:
    """The JSON form: the same, and what can be read can be said as text and as JSON again."""
    result = read_json(data.decode("utf-8", "surrogateescape"), name="x.json")
    _show(result)
    if result.diagnostics:
        return
    said = format_scenarios(result.scenarios)
    assert read(said, name="x").scenarios == result.scenarios
    assert read_json(dumps(result.scenarios), name="x.json").scenarios == result.scenarios


def token(data: bytes) -> None:
    """Replay tokens: as they are, and as the contents of one whose checksum is right."""
    _decode(data.decode("utf-8", "surrogateescape"))
    body = base64.urlsafe_b64encode(zlib.compress(data, 1)).rstrip(b"=").decode()
    _decode(f"hk1.{body}.{zlib.crc32(body.encode()):08x}")


def _decode(word: str) -> None:
    try:
        decoded = decode(word)
    except TokenError:
        return
    assert decode(encode(decoded)) == decoded


def _show(result: ParseResult) -> None:
    for found in result.diagnostics:
        assert found.line >= 1
        assert 1 <= found.column < found.end_column
        assert found.help
        render(found, file="x", source=result.source.row(found.line))


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "text": text,
    "document": document,
    "token": token,
}
"""Every target by its name."""


def seeds(name: str) -> Sequence[bytes]:
    """What a target begins from: the catalogue in its form, or a token and its contents."""
    texts = [path.read_text("utf-8") for path in sorted(_CATALOGUE.glob("*.hocket"))]
    if name == "text":
        return [source.encode() for source in texts]
    if name == "document":
        return [dumps(read(source, name="x").scenarios).encode() for source in texts]
    taken = Deviation(3, ChoiceKind.FAULT, "cut", 1, 2, "main@0", "main/1@2", preemption=False)
    made = encode(Token("t", "s", "free", (taken,), "d", "o", {"file": "f"}, cancel=("main",)))
    contents = zlib.decompress(base64.urlsafe_b64decode(made.split(".")[1] + "=="))
    return [made.encode(), contents]


def words(name: str) -> Sequence[str]:
    """Words that mean something to a target, which a fuzzer would be long in finding."""
    if name == "token":
        return ["hk1.", *json.loads(seeds(name)[1]), "task", "fault", "null", "true"]
    found = {word for seed in seeds(name)[:8] for word in seed.decode().split()}
    extra = ("replay 1", "fix ", " before ", "vary together", "always ", " with (", "use a.b:c")
    return sorted(word for word in found if len(word) < 24) + list(extra)
