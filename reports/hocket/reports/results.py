"""What a run came to, as the values that every report is made from.

The simulator knows schedules and not scenarios, so a campaign's result lacks the names, places and
sentences that a person wants to read.  Whoever ran the campaigns fills them in here, once; the
writers then only word and arrange, and agree with each other.
"""

from attrs import frozen

from hocket.reports.diagram import Pictures
from hocket.simulator.campaign import CampaignResult
from hocket.simulator.engine.outcome import Failure, Verdict

__all__ = ["FailureReport", "Moment", "Row"]


@frozen
class Moment:
    """One thing that happened in one lane.

    ``index`` is that of the observation it tells of, by which clashing moments are recognised;
    ``None`` where no observation stands behind it.
    """

    lane: str
    text: str
    index: int | None = None


@frozen
class FailureReport:
    """A failure with what a person needs to understand it and to see it again.

    ``sentence`` names what went wrong and between whom; ``lanes`` are the columns in order and
    ``moments`` what happened, in order; ``place`` is the file and line of the violated property or
    of the exception, ``statement`` what should have held (empty if there is no such sentence), and
    ``command`` the exact command that replays the schedule; ``pictures`` are its space-time
    diagrams, ``None`` where it was not looked at.
    """

    failure: Failure
    sentence: str
    lanes: tuple[str, ...]
    moments: tuple[Moment, ...]
    place: str
    statement: str
    command: str
    pictures: Pictures | None = None


@frozen
class Row:
    """One scenario with one set of parameters, and what its campaign concluded.

    ``name`` is ``scenario[param=value]``, ``file`` and ``line`` where it is written, and
    ``position`` its place among all that was selected, from 0.  ``failures``
    has one report for each failure of ``result``, in the same order; anything else raises
    :class:`ValueError`, since a report must not lose a failure.  ``vacuous`` names the properties
    that never had anything to judge, ``unmet`` what ``sometimes`` asked for and no schedule showed;
    ``note`` is what else a person must know, such as the capability that is missing.  ``pairs``
    are the protocol pairs that some schedule showed: what happened, and to a thing in which state.
    """

    name: str
    file: str
    line: int
    result: CampaignResult
    failures: tuple[FailureReport, ...] = ()
    vacuous: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    note: str = ""
    position: int = 0
    pairs: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, str]:
        """What identifies the row among those of all campaigns: file, name and strategy."""
        return self.file, self.name, self.result.strategy

    def __attrs_post_init__(self) -> None:
        if tuple(report.failure for report in self.failures) != self.result.failures:
            raise ValueError(f"{self.name}: the reports are not those of the campaign's failures")

    @property
    def verdict(self) -> Verdict:
        """The campaign's verdict, unless something it should have shown was never seen.

        An unmet ``sometimes`` is a failure where the whole space was explored, and leaves a search
        that found nothing inconclusive; so does a search without a single schedule.
        """
        verdict = self.result.verdict
        if self.unmet and verdict is Verdict.VERIFIED:
            return Verdict.FAILED
        if verdict is Verdict.NOT_FOUND and (self.unmet or not self.result.schedules):
            return Verdict.INCONCLUSIVE
        return verdict
