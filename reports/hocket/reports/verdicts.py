"""What a verdict is worth, in one sentence, and the exit code of many.

A search that found nothing says something about what it did not try only if its schedules were
independent draws from one sampler.  That holds for the strategy ``random`` and there the exact
bound is given.  PCT has a bound of its own, which needs the number of tasks and steps and the
depth of the bug, and a campaign's result does not carry these; a portfolio mixes samplers.  Both
get the bare count: a weaker sentence that is true.
"""

from collections.abc import Iterable
from enum import IntEnum

from hocket.reports.results import Row
from hocket.reports.wording import count, printable, probability_below
from hocket.simulator.engine.outcome import ExitReason, Failure, Verdict
from hocket.simulator.engine.statistics import failure_bound

__all__ = ["Exit", "exit_code", "most_urgent", "worth"]


class Exit(IntEnum):
    """What a run tells the shell."""

    OK = 0
    FAILED = 1
    USAGE = 2
    INCONCLUSIVE = 3
    INTERNAL = 4
    NOTHING_SELECTED = 5
    INTERRUPTED = 130


_BY_URGENCY = (
    Exit.INTERRUPTED,
    Exit.INTERNAL,
    Exit.USAGE,
    Exit.FAILED,
    Exit.INCONCLUSIVE,
    Exit.NOTHING_SELECTED,
    Exit.OK,
)

_EXITS = {
    Verdict.FAILED: Exit.FAILED,
    Verdict.VERIFIED: Exit.OK,
    Verdict.NOT_FOUND: Exit.OK,
    Verdict.INCONCLUSIVE: Exit.INCONCLUSIVE,
    Verdict.NONDETERMINISTIC: Exit.INCONCLUSIVE,
    Verdict.UNSUPPORTED: Exit.OK,
    Verdict.ERROR: Exit.INTERNAL,
}


def most_urgent(exits: Iterable[Exit]) -> Exit:
    """The one code for several: the first in order of urgency; ``OK`` for none."""
    return min(exits, key=_BY_URGENCY.index, default=Exit.OK)


def exit_code(
    verdicts: Iterable[Verdict], *, strict: bool, interrupted: bool, vacuous: bool = False
) -> Exit:
    """The exit code of a run with these ``verdicts``, one for each scenario that was selected.

    ``vacuous`` says that some property never had anything to judge; under ``strict`` that, and an
    unsupported scenario, count as inconclusive.  ``interrupted`` says that a person stopped the
    run.  Join it with a usage error met on the way by :func:`most_urgent`.
    """
    met = set(verdicts)
    exits = {_EXITS[verdict] for verdict in met} or {Exit.NOTHING_SELECTED}
    if strict and (vacuous or Verdict.UNSUPPORTED in met):
        exits.add(Exit.INCONCLUSIVE)
    if interrupted:
        exits.add(Exit.INTERRUPTED)
    return most_urgent(exits)


def worth(row: Row) -> str:
    """One sentence, without a full stop, that says what the verdict of ``row`` is worth."""
    match row.verdict:
        case Verdict.FAILED:
            return _failed(row)
        case Verdict.VERIFIED:
            return f"no failure in the whole bounded space: {_bound(row)}"
        case Verdict.NOT_FOUND:
            return _not_found(row)
        case Verdict.INCONCLUSIVE:
            return _inconclusive(row)
        case Verdict.NONDETERMINISTIC:
            return f"nothing can be concluded while replays differ: {_message(row)}"
        case Verdict.UNSUPPORTED:
            return f"it was not judged: {_message(row)}"
        case Verdict.ERROR:
            return f"the harness broke, which says nothing about the target: {_message(row)}"


def _failed(row: Row) -> str:
    found = _decisive(row)
    if found is not None and found.strategy == "corpus":
        return "a failure of the corpus, seen again; it replays exactly"
    if found is not None:
        return f"found in schedule {found.schedule:,} by {found.strategy}; it replays exactly"
    return f"never seen in the whole bounded space ({_bound(row)}): {_unmet(row)}"


def _bound(row: Row) -> str:
    schedules = count(row.result.schedules, "schedule")
    return f"{schedules} of {row.result.strategy} in the {row.result.model} model"


def _not_found(row: Row) -> str:
    schedules = row.result.schedules
    sentence = f"not found in {count(schedules, 'schedule')}"
    if row.result.strategy != "random":
        return sentence
    bound = probability_below(failure_bound(schedules))
    return f"{sentence}; one drawn by random fails with probability under {bound} (95% confidence)"


def _inconclusive(row: Row) -> str:
    explored = f"after {count(row.result.schedules, 'schedule')}"
    cut = _decisive(row)
    if cut is not None:
        return f"cut short in schedule {cut.schedule:,}: {_message(row)}"
    if row.result.exit_reason is ExitReason.INTERRUPTED:
        return f"interrupted {explored}; nothing was found until then"
    if row.result.exit_reason is ExitReason.EXHAUSTED and row.result.unfair:
        spun = count(row.result.unfair, "schedule")
        return f"nothing was found {explored}, all there are, but in {spun} a task only spun"
    if row.unmet:
        return f"never seen {explored}: {_unmet(row)}"
    return f"nothing can be concluded {explored}: {_message(row)}"


def _unmet(row: Row) -> str:
    return ", ".join(map(printable, row.unmet))


def _message(row: Row) -> str:
    """The reason that was given: a note, else the failure's message, else why it stopped."""
    failure = _decisive(row)
    message = failure.message if failure is not None else row.result.exit_reason.value
    return printable(row.note or message)


def _decisive(row: Row) -> Failure | None:
    """The first failure that gave the row its verdict; ``None`` if it has another reason."""
    return next((f for f in row.result.failures if f.kind.verdict is row.verdict), None)
