"""Two campaigns compared: what newly fails, what is fixed, and what is weaker than it was.

Only what the simulator decides is compared, and what a time limit cut is compared no further than
it goes: a gate that fails on a slow day is switched off.  Wall time is not compared at all.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import zip_longest

from attrs import frozen

from hocket.reports.baseline import Standing
from hocket.reports.wording import count
from hocket.simulator.engine.outcome import Verdict

__all__ = ["GATES", "Change", "ChangeKind", "compare", "regressions"]


class ChangeKind(StrEnum):
    """What became of a scenario between two campaigns, from the worst to the best."""

    NEW_FAILURE = "new-failure"
    STILL_FAILING = "still-failing"
    WEAKENED = "weakened"
    COVERAGE_LOST = "coverage-lost"
    VACUOUS = "vacuous"
    REMOVED = "removed"
    COST_UP = "cost-up"
    ADDED = "added"
    FIXED = "fixed"


GATES = (
    ChangeKind.WEAKENED,
    ChangeKind.COVERAGE_LOST,
    ChangeKind.VACUOUS,
    ChangeKind.REMOVED,
)
"""The kinds that a policy may fail on beside new failures; the others are told and no more."""


@frozen
class Change:
    """One change of one scenario, with a sentence that says what it was and is."""

    kind: ChangeKind
    file: str
    name: str
    sentence: str
    finding: str = ""


_STRENGTH = {Verdict.VERIFIED: 3, Verdict.NOT_FOUND: 2, Verdict.FAILED: 2}
"""How much a verdict says about the program; the others say nothing."""

_COST_FACTOR = 2


def regressions(changes: Iterable[Change], also: Iterable[ChangeKind] = ()) -> tuple[Change, ...]:
    """The changes that a gate must not let through: new failures, and the kinds in ``also``."""
    kinds = {ChangeKind.NEW_FAILURE, *also}
    return tuple(change for change in changes if change.kind in kinds)


def compare(base: Iterable[Standing], head: Iterable[Standing]) -> tuple[Change, ...]:
    """What changed from ``base`` to ``head``, the worst first and then by scenario."""
    changes = [
        change for before, after in _pairs(list(base), list(head)) for change in _of(before, after)
    ]
    order = list(ChangeKind)
    return tuple(sorted(changes, key=lambda c: (order.index(c.kind), c.file, c.name, c.finding)))


def _pairs(
    base: Sequence[Standing], head: Sequence[Standing]
) -> Iterator[tuple[Standing | None, Standing | None]]:
    """Who is compared with whom: one scenario by one strategy, or by what took its place."""
    ours_by_name, theirs_by_name = _by_name(base), _by_name(head)
    for name in dict.fromkeys((*ours_by_name, *theirs_by_name)):
        ours, theirs = ours_by_name.get(name, {}), theirs_by_name.get(name, {})
        for strategy in sorted(ours.keys() & theirs.keys()):
            yield ours.pop(strategy), theirs.pop(strategy)
        lost, gained = ([side[s] for s in sorted(side)] for side in (ours, theirs))
        yield from zip_longest(lost, gained)


def _by_name(side: Iterable[Standing]) -> dict[tuple[str, str], dict[str, Standing]]:
    """The standings of each scenario, by strategy."""
    named: dict[tuple[str, str], dict[str, Standing]] = {}
    for one in side:
        named.setdefault((one.file, one.name), {})[one.strategy] = one
    return named


def _of(before: Standing | None, after: Standing | None) -> Iterator[Change]:
    if after is None:
        assert before is not None
        yield _change(ChangeKind.REMOVED, before, f"it was {before.verdict}, and is gone")
        return
    if before is None:
        yield _change(ChangeKind.ADDED, after, f"it is {after.verdict}, and was not there")
        yield from _new_findings((), after)
        return
    yield from _new_findings(before.findings, after)
    for name in sorted(set(before.findings) - set(after.findings)):
        if after.verdict in (Verdict.VERIFIED, Verdict.NOT_FOUND):
            yield _change(ChangeKind.FIXED, after, f"{name}: now {_worth(after)}", name)
    yield from _weaker(before, after)
    yield from _less_covered(before, after)
    yield from _costlier(before, after)


def _new_findings(known: Sequence[str], after: Standing) -> Iterator[Change]:
    for name in after.findings:
        kind = ChangeKind.STILL_FAILING if name in known else ChangeKind.NEW_FAILURE
        yield _change(kind, after, name, name)


def _weaker(before: Standing, after: Standing) -> Iterator[Change]:
    if after.verdict is Verdict.FAILED:
        return
    was, now = (_STRENGTH.get(one.verdict, 1) for one in (before, after))
    fewer = (
        before.verdict is after.verdict is Verdict.NOT_FOUND
        and after.schedules < before.schedules
        and not (before.cut or after.cut)
    )
    if now < was or fewer or (was == now == 3 and _is_smaller(after.strategy, before.strategy)):
        text = f"it was {_worth(before)}, and is {_worth(after)}"
        yield _change(ChangeKind.WEAKENED, after, text)


def _is_smaller(after: str, before: str) -> bool:
    """Whether the bound that one search names is smaller than that of another."""
    bounds = [re.search(r"\((\w+)=(\d+)\)", strategy) for strategy in (after, before)]
    now, was = bounds
    if now is None or was is None:
        return now is not None
    return now[1] == was[1] and int(now[2]) < int(was[2])


def _less_covered(before: Standing, after: Standing) -> Iterator[Change]:
    for name in sorted(set(after.vacuous) - set(before.vacuous)):
        yield _change(ChangeKind.VACUOUS, after, f"nothing to judge any more: {name}")
    comparable = not after.findings and not (before.cut or after.cut)
    lost = sorted(set(before.pairs) - set(after.pairs))
    if comparable and lost:
        told = f"no schedule shows any more: {'; '.join(lost)}"
        yield _change(ChangeKind.COVERAGE_LOST, after, told)


def _costlier(before: Standing, after: Standing) -> Iterator[Change]:
    if before.found_after and after.found_after > _COST_FACTOR * before.found_after:
        text = f"found after {after.found_after:,} schedules, before after {before.found_after:,}"
        yield _change(ChangeKind.COST_UP, after, text)
    both = before.verdict is after.verdict is Verdict.VERIFIED
    if both and after.schedules > _COST_FACTOR * before.schedules:
        text = f"verified with {after.schedules:,} schedules, before with {before.schedules:,}"
        yield _change(ChangeKind.COST_UP, after, text)


def _change(kind: ChangeKind, one: Standing, sentence: str, finding: str = "") -> Change:
    return Change(kind, one.file, one.name, sentence, finding)


def _worth(one: Standing) -> str:
    schedules = count(one.schedules, "schedule")
    match one.verdict:
        case Verdict.VERIFIED:
            return f"verified by {one.strategy} ({schedules})"
        case Verdict.NOT_FOUND:
            return f"not found in {schedules}"
        case Verdict.FAILED:
            return f"failed after {count(one.found_after or one.schedules, 'schedule')}"
        case _:
            return f"{one.verdict} after {schedules}"
