"""What a run or a report is compared with, and what of that lets it fail."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from attrs import frozen

from hocket.reports.baseline import read_standings, standing_of
from hocket.reports.bundle import Bundle, BundleError
from hocket.reports.compare import GATES, Change, ChangeKind, compare, regressions
from hocket.reports.exits import Exit
from hocket.reports.verdicts import exit_code, most_urgent
from hocket.scenarios.usage import UsageProblem
from hocket.simulator import Verdict

__all__ = ["Gate", "Judgement", "fail_on"]

Command = TypeVar("Command", bound=Callable[..., Any])


def fail_on(command: Command) -> Command:
    """The option ``--fail-on`` of a command that compares."""
    option = click.option(
        "--fail-on",
        multiple=True,
        type=click.Choice([str(kind) for kind in GATES]),
        help="Fail on this change too, beside new failures; may be repeated.",
    )
    return option(command)


@frozen
class Judgement:
    """What a bundle is like beside its baseline: nothing, if it was compared with none."""

    changes: tuple[Change, ...] = ()
    regressions: tuple[Change, ...] = ()
    compared: bool = False

    def exit_of(self, bundle: Bundle, *, strict: bool, interrupted: bool) -> Exit:
        """The exit code of ``bundle``.  Beside a baseline a known failure is no failure."""
        verdicts = [row.verdict for row in bundle.rows]
        if self.compared:
            verdicts = [v if v is not Verdict.FAILED else Verdict.NOT_FOUND for v in verdicts]
        vacuous = any(row.vacuous for row in bundle.rows)
        code = exit_code(verdicts, strict=strict, interrupted=interrupted, vacuous=vacuous)
        return most_urgent([code, *([Exit.FAILED] * bool(self.regressions))])


@frozen
class Gate:
    """A baseline, if there is one, and the kinds of change that are not let through."""

    baseline: Path | None
    kinds: tuple[ChangeKind, ...] = ()

    @classmethod
    def of(cls, baseline: str | None, kinds: Sequence[str]) -> "Gate":
        """The gate that options name; raises :class:`UsageProblem` if nothing is compared."""
        if kinds and baseline is None:
            raise UsageProblem("--fail-on says what to fail on beside a baseline; add --baseline")
        return cls(Path(baseline) if baseline else None, tuple(map(ChangeKind, kinds)))

    def check(self) -> None:
        """Raise :class:`UsageProblem` before anything is run if the baseline cannot be read."""
        if self.baseline is not None:
            try:
                read_standings(self.baseline)
            except BundleError as error:
                raise UsageProblem(str(error)) from error

    def judge(self, bundle: Bundle) -> Judgement:
        """Compare ``bundle`` with the baseline."""
        if self.baseline is None:
            return Judgement()
        changes = compare(read_standings(self.baseline), map(standing_of, bundle.rows))
        return Judgement(changes, regressions(changes, self.kinds), compared=True)
