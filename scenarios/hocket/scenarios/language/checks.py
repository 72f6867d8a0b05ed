"""From text to scenarios that mean something: parsing, then all checks, in one pass.

:func:`read` is the front door of the text form.  The checks look at names, kinds and order; each
reports with its own code, and says nothing about words of lines that could not be read.
"""

from attrs import evolve

from hocket.scenarios.language.context import context_of
from hocket.scenarios.language.diagnostics import Code, Diagnostic, Reporter
from hocket.scenarios.language.lexer import Source
from hocket.scenarios.language.model import Scenario
from hocket.scenarios.language.parser import ParseResult, parse
from hocket.scenarios.language.property_checks import check_properties
from hocket.scenarios.language.schedule_checks import check_replay, check_schedule
from hocket.scenarios.language.setup_checks import check_setup, check_unused
from hocket.scenarios.language.step_checks import check_steps

__all__ = ["check", "check_all", "read"]


def read(text: str, *, name: str) -> ParseResult:
    """Parse ``text``, which is called ``name`` in messages, and check every scenario in it.

    Never raises.  A text without diagnostics makes scenarios that can be run.
    """
    return check_all(parse(text, name=name))


def check_all(parsed: ParseResult) -> ParseResult:
    """The same with the diagnostics of all checks, in the order of their places."""
    reporter = Reporter(set(parsed.forgiven), list(parsed.diagnostics))
    first: dict[str, int] = {}
    for scenario in parsed.scenarios:
        if scenario.name in first:
            span = parsed.source.span(scenario.line, scenario.name)
            message = f"scenario '{scenario.name}' is declared twice"
            hint = f"the first one is on line {first[scenario.name]}"
            reporter.report(Code.DUPLICATE_NAME, span, message, hint=hint)
        first.setdefault(scenario.name, scenario.line)
        _check(scenario, parsed.source, reporter)
    found = sorted(reporter.found, key=lambda d: (d.line, d.column))
    return evolve(parsed, diagnostics=tuple(found))


def check(scenario: Scenario) -> tuple[Diagnostic, ...]:
    """The mistakes of a scenario that came from no text, and so have no places."""
    reporter = Reporter()
    _check(scenario, Source(scenario.name, (), {}), reporter)
    return tuple(reporter.found)


def _check(scenario: Scenario, source: Source, reporter: Reporter) -> None:
    context = context_of(scenario, source, reporter)
    check_setup(context)
    check_steps(context)
    check_schedule(context)
    check_properties(context)
    check_replay(context)
    check_unused(context)
