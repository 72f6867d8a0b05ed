"""Writes a failing schedule down as a scenario that a reviewer can read and a test run can repeat.

The frozen scenario is the one that failed, comments and all, with the values of its parameters
fixed, its story in comments and a ``replay`` section.  The text is edited and then formatted, so
that what the author wrote stays the author's.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen

from hocket.reports.results import FailureReport, Moment
from hocket.reports.timeline import LeftOut, lane_table
from hocket.scenarios.frozen import replay_of
from hocket.scenarios.language.formatter import format_text
from hocket.scenarios.language.model import Scenario, Value
from hocket.scenarios.language.parameters import instances
from hocket.scenarios.language.parser import parse
from hocket.scenarios.language.spelling import spell_value
from hocket.scenarios.language.writing import replay_lines
from hocket.scenarios.prepared import Prepared
from hocket.simulator.engine.choices import ChoiceKind, Deviation
from hocket.simulator.engine.token import Token
from hocket.simulator.looking import look_at

__all__ = ["NotThere", "freeze", "names_of_tasks"]


class NotThere(ValueError):
    """The text has no scenario from which the token could be."""


@frozen
class _Origin:
    """The scenario of a text that a token is of, and the values of its parameters."""

    scenario: Scenario
    values: Mapping[str, Value]
    end: int


def freeze(
    text: str, token: Token, report: FailureReport, *, name: str, tasks: Mapping[str, str]
) -> str:
    """The text of a scenario ``name`` that fails as ``token`` does, from the ``text`` of its file.

    ``report`` tells the story of the failure; ``tasks`` are the names of tasks by their paths.
    Raises :class:`NotThere` if no scenario of the text has the token's name.
    """
    origin = _origin(text, token)
    rows = text.split("\n")
    kept = list(_narrowed(rows, origin, name))
    while kept and not kept[-1].strip():
        kept.pop()
    section = list(_section(token, report, tasks))
    frozen_text = "\n".join([*kept, "", *section]) + "\n"
    return format_text(frozen_text, name=name).text


def names_of_tasks(subject: Prepared, token: Token) -> Mapping[str, str]:
    """The names that tasks had in the execution of a token, by their spawn paths."""
    names = look_at(subject.target(), token).names
    return {path: name.rpartition(".")[2] for path, name in names.items()}


def _origin(text: str, token: Token) -> _Origin:
    parsed = parse(text, name="")
    starts = [scenario.line for scenario in parsed.scenarios]
    for scenario in parsed.scenarios:
        for instance in instances(scenario):
            if instance.name == token.target:
                later = [start for start in starts if start > scenario.line]
                end = min(later, default=len(parsed.source.rows) + 1)
                return _Origin(scenario, instance.values, end)
    raise NotThere(token.target)


def _narrowed(rows: Sequence[str], origin: _Origin, name: str) -> Iterator[str]:
    """The rows of the scenario under its new name, each parameter with its one value."""
    varied = {p.line: p.name for p in origin.scenario.each_parameter()}
    replay = origin.scenario.replay
    within_replay = False
    for number in range(origin.scenario.line, origin.end):
        row = rows[number - 1]
        if replay is not None and number >= replay.line:
            within_replay = number == replay.line or not re.match(r"  \w", row)
            if within_replay:
                continue
        if number == origin.scenario.line:
            yield re.sub(r"^scenario +\w+", f"scenario {name}", row)
        elif number in varied:
            before, sign, _ = row.partition("=")
            yield f"{before}{sign} {spell_value(origin.values[varied[number]])}"
        else:
            yield row


def _section(token: Token, report: FailureReport, tasks: Mapping[str, str]) -> Iterator[str]:
    yield f"  # {_plain(report.sentence)}"
    table = lane_table(report.lanes, report.moments, report.failure.clashing)
    width = max(map(len, table.lanes), default=0)
    for row in table.rows:
        if isinstance(row, LeftOut):
            yield f"  #   {'...':<{width}}  {row.count} more"
        else:
            yield f"  # {'*' if row.clashing else ' '} {_told(row.moment, width)}"
    head, *lines = replay_lines(replay_of(token))
    yield f"  {head}"
    deviations = iter(token.deviations)
    for line in lines:
        about = _about(next(deviations), tasks) if line.startswith("at ") else ""
        yield f"    {line}" + (f"  # {about}" if about else "")


def _told(moment: Moment, width: int) -> str:
    return f"{moment.lane:<{width}}  {_plain(moment.text)}"


def _about(deviation: Deviation, tasks: Mapping[str, str]) -> str:
    """Who goes before whom, in the names of tasks."""
    if deviation.kind is not ChoiceKind.TASK:
        return ""
    one, other = (
        tasks.get(anchor.partition("@")[0], "") for anchor in (deviation.taken, deviation.default)
    )
    return _plain(f"{one} before {other}") if one and other else ""


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
