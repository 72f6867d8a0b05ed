"""Where the command speaks: results to standard output, everything else to standard error."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager

import click
from attrs import define, field
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from hocket.scenarios import exploration

__all__ = ["output", "progress"]

LINE_EVERY_SECONDS = 30.0


def output() -> Console:
    """The console for results; wide enough for a lane table where there is no terminal."""
    width = None if sys.stdout.isatty() else 110
    return Console(width=width, highlight=False)


@contextmanager
def progress(subjects: int, schedules: int) -> Generator[exploration.Progress]:
    """A bar on a terminal, a line now and then anywhere else."""
    if not sys.stderr.isatty():
        lines = _Lines(subjects)
        yield exploration.Progress(lines.on_subject, lines.on_schedule, _note)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bar = Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True)
    with bar:
        task = bar.add_task("", total=subjects * schedules)
        finished = -1

        def on_subject(name: str) -> None:
            nonlocal finished
            finished += 1
            bar.update(task, description=name, completed=finished * schedules)

        def on_schedule(done: int) -> None:
            bar.update(task, completed=finished * schedules + done)

        yield exploration.Progress(on_subject, on_schedule, _note)


def _note(note: str) -> None:
    click.echo(note, err=True)


@define
class _Lines:
    """One line every half minute, for logs."""

    subjects: int
    _number: int = field(default=0, init=False)
    _name: str = field(default="", init=False)
    _last: float = field(factory=time.monotonic, init=False)

    def on_subject(self, name: str) -> None:
        self._number += 1
        self._name = name

    def on_schedule(self, done: int) -> None:
        now = time.monotonic()
        if now - self._last >= LINE_EVERY_SECONDS:
            self._last = now
            where = f"scenario {self._number} of {self.subjects}: {self._name}"
            click.echo(f"{where}, schedule {done}", err=True)
