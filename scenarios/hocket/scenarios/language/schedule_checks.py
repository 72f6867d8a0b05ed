"""Checks of what is explored: the steps that are fixed, the faults, and a replay's own reason."""

from collections import deque
from collections.abc import Iterator

from hocket.scenarios.language.context import Context, invariant_ids
from hocket.scenarios.language.diagnostics import Code
from hocket.scenarios.language.model import Fix, Hold, StepName, When
from hocket.scenarios.language.names import Deed, deeds_of
from hocket.scenarios.language.spelling import spell_property

__all__ = ["check_replay", "check_schedule"]

_KINDS = ("exception", "invariant", "deadlock", "leak", "step bound", "escape", "nondeterministic")
_MAX_SHOWN = 6


def check_schedule(context: Context) -> None:
    """Check the lines of the schedule."""
    fixed: list[tuple[Fix, Deed, Deed]] = []
    deeds = deeds_of(context.scenario)
    for limit in context.scenario.schedule:
        if isinstance(limit, Fix):
            first = _the_deed(limit, limit.first, deeds, context)
            then = _the_deed(limit, limit.then, deeds, context)
            if first is not None and then is not None:
                fixed.append((limit, first, then))
            continue
        context.known("client", limit.client, (limit.line, ""))
        if isinstance(limit, Hold):
            context.is_duration(limit.duration, (limit.line, "for"))
    if fixed:
        _check_order(fixed, deeds, context)


def check_replay(context: Context) -> None:
    """Check that a replay shows a failure that this scenario can have."""
    replay = context.scenario.replay
    if replay is None:
        return
    kind, _, name = replay.fails.partition(": ")
    at = (replay.line, "")
    if kind not in _KINDS or not name:
        hint = "as the report of a failure says it: invariant: APPR-6"
        context.report(Code.REPLAY, at, f"there is no failure '{replay.fails[:80]}'", hint)
    elif kind == "invariant" and name not in _judged(context):
        message = f"nothing here can fail as '{name[:80]}'"
        hint = "it is no built-in invariant and no property of this scenario; freeze it again"
        context.report(Code.REPLAY, at, message, hint)


def _judged(context: Context) -> Iterator[str]:
    """The names of all that judges an execution of the scenario, or of instances of it."""
    yield "lane stuck"
    todo = deque(context.scenario.properties)
    while todo:
        asked = todo.popleft()
        if isinstance(asked, When):
            todo.extend(asked.properties)
        yield spell_property(asked)
    yield from invariant_ids()


def _the_deed(fix: Fix, named: StepName, deeds: tuple[Deed, ...], context: Context) -> Deed | None:
    """The one step that is meant; reported if there is none, or more than one."""
    if named.client not in context.clients:
        context.known("client", named.client, (fix.line, ""))
        return None
    of_client = [deed for deed in deeds if deed.client == named.client]
    found = [deed for deed in of_client if deed.is_meant(named)]
    if len(found) == 1:
        return found[0]
    word = f"{named.client}.{named.verb}"
    if not found:
        if not context.reporter.forgiven:  # the step may well be among what could not be read
            known = dict.fromkeys(deed.spelt() for deed in of_client)
            spelt = word + (f" {named.name}" if named.name else "")
            span = context.source.span(fix.line, word)
            context.reporter.report_unknown(Code.UNKNOWN_STEP, span, "step", spelt, known)
        return None
    message = f"'{word}' may be the step on line {' or that on line '.join(_lines(found))}"
    told = [deed.spelt() for deed in found[:_MAX_SHOWN] if deed.name]
    hint = "name it: " + " or ".join(told) if told else "give one of the two another verb or name"
    context.report(Code.AMBIGUOUS_STEP, (fix.line, word), message, hint)
    return None


def _lines(deeds: list[Deed]) -> list[str]:
    return [str(deed.step.line) for deed in deeds[:_MAX_SHOWN]]


def _check_order(
    fixed: list[tuple[Fix, Deed, Deed]], deeds: tuple[Deed, ...], context: Context
) -> None:
    """Report each order that the lanes, or the orders before it, already have the other way."""
    follows: dict[int, set[int]] = {}
    for deed in deeds:
        for before in deed.after:
            follows.setdefault(before, set()).add(deed.number)
    for fix, first, then in fixed:
        if first.number in _reachable(then.number, follows):
            message = "the second of these steps comes before the first"
            hint = "turn the two round, or leave the line out: see their lanes and the other lines"
            context.report(Code.IMPOSSIBLE_ORDER, (fix.line, ""), message, hint)
        else:
            follows.setdefault(first.number, set()).add(then.number)


def _reachable(start: int, follows: dict[int, set[int]]) -> set[int]:
    seen = {start}
    todo = [start]
    while todo:
        for deed in follows.get(todo.pop(), ()):
            if deed not in seen:
                seen.add(deed)
                todo.append(deed)
    return seen
