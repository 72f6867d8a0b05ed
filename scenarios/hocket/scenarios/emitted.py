"""Properties whose events a runtime cannot tell of, which would hold without being looked at."""

from collections.abc import Iterator, Sequence

from attrs import evolve

from hocket.scenarios.language.diagnostics import Code, Reporter
from hocket.scenarios.language.model import EventPattern, Property, When
from hocket.scenarios.language.parser import ParseResult
from hocket.scenarios.language.property_checks import patterns_of
from hocket.scenarios.selection import adapter_for
from hocket.scenarios.vocabulary import WORDS

__all__ = ["check_emitted"]


def check_emitted(result: ParseResult, runtime: str) -> ParseResult:
    """The same with each pattern reported that needs an event which ``runtime`` does not emit.

    ``runtime`` is the reference, a mutant, or MODULE:ATTR.  Raises
    :class:`~hocket.scenarios.usage.UsageProblem` if there is no such runtime.
    """
    emitted = adapter_for(runtime)().capabilities
    reporter = Reporter(found=list(result.diagnostics))
    for scenario in result.scenarios:
        for pattern in _patterns(scenario.properties):
            word = WORDS.get(pattern.word)
            if word is not None and word.kind not in emitted:
                span = result.source.span(pattern.line, pattern.word)
                message = f"{runtime} never tells of '{pattern.word}'"
                hint = f"its adapter would have to emit {word.kind}; else leave the line out"
                reporter.report(Code.NOT_EMITTED, span, message, hint=hint)
    found = sorted(reporter.found, key=lambda d: (d.line, d.column))
    return evolve(result, diagnostics=tuple(found))


def _patterns(properties: Sequence[Property]) -> Iterator[EventPattern]:
    for asked in properties:
        yield from patterns_of(asked)
        if isinstance(asked, When):
            yield from _patterns(asked.properties)
