"""What a verdict is worth, in one sentence, and the exit code of many.

A search that found nothing says something about what it did not try only if its schedules were
independent draws from one sampler, over a number fixed beforehand.  That holds for the strategy
``random`` and there the exact bound is given; PCT's own bound is given with its numbers, where it
held.  A portfolio mixes samplers, so it gets the bare count; what each of its members is worth is
told by :func:`hints`, beside the classes of schedules that were met.
"""

from collections.abc import Iterable

from hocket.reports.exits import Exit
from hocket.reports.results import Row
from hocket.reports.wording import count, printable, probability_above, probability_below
from hocket.simulator.engine.outcome import ExitReason, Failure, Verdict
from hocket.simulator.engine.statistics import Sample

__all__ = ["exit_code", "hints", "most_urgent", "worth"]


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
    sentence = f"not found in {count(row.result.schedules, 'schedule')}"
    samples = row.result.samples
    worth_it = _bound_of(samples[0], row) if len(samples) == 1 else ""
    return f"{sentence}; {worth_it}" if worth_it else sentence


def _bound_of(sample: Sample, row: Row) -> str:
    """What the schedules of one sampler bound, if their number was fixed beforehand."""
    if row.result.exit_reason is not ExitReason.BUDGET:
        return ""
    if sample.bound is not None:
        drawn = f"one drawn by {sample.strategy} fails with probability"
        return f"{drawn} under {probability_below(sample.bound)} (95% confidence)"
    guarantee = sample.guarantee
    if guarantee is None or guarantee.chance is None:
        return ""
    numbers = (
        f"n={guarantee.tasks}, k={guarantee.steps}, d={guarantee.depth}, N={guarantee.schedules:,}"
    )
    at_least = probability_above(guarantee.chance)
    return (
        f"{sample.strategy} would have met any one bug of depth {guarantee.depth} "
        f"with probability {at_least} or more ({numbers})"
    )


def hints(row: Row) -> tuple[str, ...]:
    """What else is known of a search that found nothing: classes met, and members' own bounds.

    How likely the next schedule is to be of a new class is a hint and no bound.
    """
    result = row.result
    if row.verdict is not Verdict.NOT_FOUND or result.classes is None:
        return ()
    told = [f"{count(result.classes, 'happens-before class', 'happens-before classes')} met"]
    for sample in result.samples:
        bound = _bound_of(sample, row) if len(result.samples) > 1 else ""
        told.extend([f"of {sample.schedules:,} schedules {bound}"] if bound else [])
        if sample.chance_of_new is not None:
            what = f"the next one by {sample.strategy} is of a new class"
            told.append(f"{what} with a chance of about {_percent(sample.chance_of_new)}")
    return tuple(told)


def _percent(chance: float) -> str:
    """Two digits, and no exponent.

    >>> _percent(0.0025), _percent(1.0)
    ('0.25%', '100%')
    """
    return f"{100 * chance:.2g}%" if chance < 0.995 else "100%"


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
