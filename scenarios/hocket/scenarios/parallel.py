"""Exploring subjects in several processes at a time, with the results of one.

A row depends on its request and its place alone, so who explores it makes no difference, and rows
come in the order in which they are finished.  Workers form a process group of their own: Ctrl-C
reaches only the first process, which passes it on once, and what they have then comes back as after
any interrupt.  A worker whose parent is gone has nobody to report to, and ends.
"""

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from functools import lru_cache
from multiprocessing import active_children, connection, get_context, parent_process

from attrs import define, evolve, field

from hocket.scenarios.exploration import Explored, Progress, explore_one
from hocket.scenarios.request import Request, Selected
from hocket.simulator.interrupts import interruptible

__all__ = ["explore_in_parallel"]

_LOOK_EVERY_SECONDS = 0.1

Answer = tuple[Explored, tuple[str, ...]]
"""A finished row, and the notes that its worker would have printed."""


@define
class _Pool:
    """The workers, and what they are at."""

    request: Request
    jobs: int
    executor: ProcessPoolExecutor
    left: deque[tuple[int, Selected]]
    deadline: float | None
    running: set[Future[Answer]] = field(factory=set[Future[Answer]], init=False)

    def fill(self, progress: Progress) -> None:
        """Give each idle worker a subject."""
        while self.left and len(self.running) < self.jobs:
            share = self._share()
            position, subject = self.left.popleft()
            progress.on_subject(subject.name)
            self.running.add(self.executor.submit(_explore, self.request, position, share))

    def finished(self, progress: Progress) -> Iterator[Explored]:
        """What has come back, after waiting a while for it."""
        done, self.running = wait(self.running, _LOOK_EVERY_SECONDS, FIRST_COMPLETED)
        for future in done:
            explored, notes = future.result()
            for note in notes:
                progress.on_note(note)
            yield explored

    def interrupt(self) -> None:
        """Begin nothing more, and let the workers cut what they are at."""
        self.left.clear()
        for child in active_children():
            if child.pid is not None:
                os.kill(child.pid, signal.SIGINT)

    def _share(self) -> float | None:
        """The seconds for the next subject: an even part of what is left to all workers."""
        if self.deadline is None:
            return None
        seconds = max(0.0, self.deadline - time.monotonic())
        return seconds * self.jobs / max(self.jobs, len(self.left))


def explore_in_parallel(
    request: Request,
    selected: Sequence[tuple[int, Selected]],
    progress: Progress,
    *,
    jobs: int,
) -> Iterator[Explored]:
    """Explore each of the ``selected`` subjects of ``request``, ``jobs`` at a time.

    Time is shared: each subject may take its even part of what is left.
    """
    seconds = request.plan.seconds
    deadline = None if seconds is None else time.monotonic() + seconds
    workers = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_begin_worker)
    with interruptible() as interrupts, workers as executor:
        pool = _Pool(request, jobs, executor, deque(selected), deadline)
        told = False
        while pool.left or pool.running:
            pool.fill(progress)
            yield from pool.finished(progress)
            if interrupts.asked and not told:
                told = True
                pool.interrupt()


def _begin_worker() -> None:
    """Leave the terminal's group, hear interrupts in campaigns only, and end with the parent."""
    os.setpgrp()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _explore(request: Request, position: int, seconds: float | None) -> Answer:
    """In a worker: explore one subject."""
    notes: list[str] = []
    plan = evolve(request.plan, seconds=seconds)
    subject = _selected(request)[position]
    explored = explore_one(subject, position, plan, Progress(on_note=notes.append))
    return explored, tuple(notes)


@lru_cache(maxsize=1)
def _selected(request: Request) -> dict[int, Selected]:
    return dict(request.selected())
