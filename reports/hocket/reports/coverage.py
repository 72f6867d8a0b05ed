"""What a cancellation sweep covered, in words: how many points, which lines, what was missed."""

from collections.abc import Iterator

from hocket.reports.wording import count, printable
from hocket.simulator.engine.injection import Coverage, Means

__all__ = ["describe_coverage"]


def describe_coverage(coverage: Coverage) -> str:
    """The coverage of one sweep as lines of text.

    A point is where ``Cancelled`` can reach a chosen task in the default schedule.  Injections that
    reached none are listed, with the reason.
    """
    return "\n".join(map(printable, _lines(coverage)))


def _lines(coverage: Coverage) -> Iterator[str]:
    hit, total = coverage.hit(), coverage.total()
    share = f" ({hit * 100 // total}%)" if total else ""
    yield f"injected at {hit:,} of {count(total, 'cancellation point')}{share}"
    expired = coverage.hit(Means.EXPIRED)
    if expired:
        yield f"the program's own deadlines, early at {count(expired, 'point')}"
    moved = coverage.hit(Means.MOVED)
    if moved:
        yield f"the program's own, moved to {count(moved, 'point')}"
    for place in coverage.places:
        times = sum(point.place == place for point in coverage.points)
        yield f"  cancelled at {place}, {times:,} x"
    for point in coverage.undelivered:
        why = "the task ended first" if point.ended else "not reached"
        yield f"  never delivered: {point.point} ({why})"
