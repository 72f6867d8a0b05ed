"""Reads and checks the JSON form, with the places of mistakes in the document."""

import json
from typing import NoReturn

from attrs import frozen

from hocket.scenarios.language.checks import check_all
from hocket.scenarios.language.diagnostics import Code, Reporter, Span
from hocket.scenarios.language.formatter import Unwritable, format_scenarios
from hocket.scenarios.language.json_form import from_data
from hocket.scenarios.language.json_places import places_of
from hocket.scenarios.language.lexer import MAX_TEXT, Source
from hocket.scenarios.language.model import Scenario
from hocket.scenarios.language.parser import ParseResult

__all__ = ["read_json"]

_MAX_ROWS = 60
"""How far below the line of a JSON object a word of it is looked for."""


def read_json(text: str, *, name: str) -> ParseResult:
    """Read and check scenarios in the JSON form.  Never raises."""
    reporter = Reporter()
    source = _JsonSource(name, tuple(text.split("\n")) if len(text) <= MAX_TEXT else (), {})
    scenarios = _scenarios(text, reporter)
    result = ParseResult(scenarios, tuple(reporter.found), source, frozenset())
    return result if reporter.found else check_all(result)


@frozen
class _JsonSource(Source):
    """Finds a word as a string of the object that begins on a line, or below it."""

    def span(self, number: int, word: str = "", *, after: str = "") -> Span:
        quoted = json.dumps(word)
        for at in range(number, min(number + _MAX_ROWS, len(self.rows) + 1)) if word else ():
            column = self.row(at).find(quoted)
            if column >= 0:
                return Span(at, column + 1, column + 1 + len(quoted))
        row = self.row(number)
        indent = len(row) - len(row.lstrip(" "))
        return Span(number, indent + 1, max(len(row), indent + 1) + 1)


def _scenarios(text: str, reporter: Reporter) -> tuple[Scenario, ...]:
    if len(text) > MAX_TEXT:
        message = f"the text has more than {MAX_TEXT} characters"
        reporter.report(Code.LIMIT, Span(1, 1, 2), message, hint="split it into several files")
        return ()
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
        places = places_of(text)
    except json.JSONDecodeError as error:
        span = Span(error.lineno, error.colno, error.colno + 1)
        reporter.report(Code.JSON, span, f"no JSON: {error.msg}", hint="see hocket schema")
        return ()
    except (ValueError, RecursionError) as error:
        message = "nested too deep" if isinstance(error, RecursionError) else str(error)
        reporter.report(Code.JSON, Span(1, 1, 2), f"no JSON: {message}", hint="see hocket schema")
        return ()
    scenarios = from_data(data, places, reporter)
    try:
        if not reporter.found:
            format_scenarios(scenarios)
    except Unwritable as error:
        hint = "names are letters, digits and underscores; texts can be printed"
        message = f"this cannot be said in the text form: {error}"
        reporter.report(Code.SHAPE, Span(1, 1, 2), message, hint=hint)
    return scenarios


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
