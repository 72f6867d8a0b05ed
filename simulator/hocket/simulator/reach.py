"""What the simulation decides and what it does not: the facts, once, for documents and `doctor`.

Determinism is a promise with an edge, and who relies on it must see the edge.  Each fact names the
module that makes it true.  ``docs/determinism.md`` shows this table, and a test holds it to that.
"""

import random
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from attrs import frozen

from hocket.simulator.substitutes import program_modules

__all__ = ["FACTS", "Fact", "Standing", "facts_as_markdown", "generators_made_at_import"]


class Standing(StrEnum):
    """What becomes of a use of something that could differ between two executions."""

    DECIDED = "decided"
    REFUSED = "refused"
    OPEN = "not covered"


@frozen
class Fact:
    """``what`` a program may use, its standing, ``how`` so, and the ``module`` that does it."""

    standing: Standing
    what: str
    how: str
    module: str = ""


_D, _R, _O = Standing

FACTS: Final = (
    Fact(_D, "which task runs next", "by the schedule, in order of spawn paths", "run_queue"),
    Fact(
        _D,
        "Trio's own sets of tasks and scopes",
        "kept in order of insertion; equal deadlines fire in the order in which they were set",
        "standins",
    ),
    Fact(
        _D,
        "Trio's clock, deadlines and sleeps",
        "virtual time, which moves only when nothing can run",
        "standins",
    ),
    Fact(
        _D,
        "the clocks of `time`, and `datetime.now`, `utcnow` and `today`",
        "virtual time from 2020-01-01 UTC on, each read a nanosecond later than the last",
        "clocks",
    ),
    Fact(
        _D,
        "the functions of `random`, `secrets`, `uuid1`, `uuid4`, `os.urandom` and `SystemRandom`",
        "a stream for each task, from the entropy seed in the token",
        "entropy",
    ),
    Fact(
        _D,
        "`random.Random()` made inside an execution without a seed",
        "seeded from the stream of its task; one with a seed is left alone",
        "entropy",
    ),
    Fact(
        _D,
        "names that the program's own modules imported, as in `from time import monotonic`",
        "bound to the simulation's functions while a campaign runs",
        "substitutes",
    ),
    Fact(
        _D,
        "`trio.to_thread.run_sync`",
        "real threads, of which one runs at a time, from and to points that the schedule chooses",
        "worker_threads",
    ),
    Fact(
        _D,
        "TCP through Trio's sockets or ones that it is handed, and the names that it looks up",
        "a network in memory; nothing leaves the process",
        "network",
    ),
    Fact(_R, "`time.sleep` in a task", "it would stop every task", "clocks"),
    Fact(
        _R,
        "a loop in one step that waits for a clock of the standard library",
        "told after 10,000 reads: time cannot move while a step runs",
        "clocks",
    ),
    Fact(
        _R,
        "sockets of the standard library that are not TCP or that block, socket pairs and lookups",
        "they would reach the real network",
        "escapes",
    ),
    Fact(
        _R,
        "`subprocess`, `os.fork`, `posix_spawn` and `os.system`",
        "a process runs beside the schedule",
        "escapes",
    ),
    Fact(_R, "`threading.Thread`", "a thread runs beside the schedule", "escapes"),
    Fact(_R, "`signal.signal`", "a signal comes when it wants", "escapes"),
    Fact(
        _R,
        "waiting for real I/O, as `trio.lowlevel.wait_readable` does",
        "there is no I/O in an execution",
        "standins",
    ),
    Fact(
        _O,
        "the order of a set of the program's own objects",
        "it follows their addresses; sort it, or use a dictionary",
    ),
    Fact(
        _O,
        "the order of a set of strings",
        "it follows PYTHONHASHSEED, which is one for a whole process; pin it to compare processes",
    ),
    Fact(_O, "`id`, `hash` and `repr` of objects", "they show addresses"),
    Fact(
        _O,
        "a real function kept outside of a module's names, such as a default argument",
        "only names of modules are bound anew",
        "substitutes",
    ),
    Fact(
        _O,
        "a generator made before the campaign, such as a global `random.Random()`",
        "its state goes on from one execution to the next",
        "entropy",
    ),
    Fact(
        _O,
        "other state that outlives an execution: globals, caches, counters",
        "an execution finds what the one before left; make it in the target",
    ),
    Fact(_O, "files, environment variables and the time zone", "they are the real ones"),
    Fact(
        _O,
        "sockets, threads and processes made before the execution or by C code",
        "only the classes and functions of the standard library are closed",
        "escapes",
    ),
    Fact(
        _O,
        "garbage: when `__del__` and weak references' callbacks run",
        "the collector is off in an execution; cycles are collected between executions",
        "memory",
    ),
)
"""Every fact, in the order in which they are shown."""


def facts_as_markdown() -> str:
    """The facts as three lists, one for each standing."""
    parts: list[str] = []
    for standing in Standing:
        lines = [
            f"- {fact.what}: {fact.how}" + (f" (`{fact.module}`)" if fact.module else "")
            for fact in FACTS
            if fact.standing is standing
        ]
        parts.append(f"## {_HEADINGS[standing]}\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


_HEADINGS = {
    Standing.DECIDED: "Decided by the schedule",
    Standing.REFUSED: "Refused, with the line that asked",
    Standing.OPEN: "Not covered",
}


def generators_made_at_import(module: str = "") -> Iterator[str]:
    """The names of the program's loaded modules that hold a generator of random numbers.

    Such a generator keeps its state from one execution to the next.  ``module`` names one whose
    package is the program's even if it is installed.
    """
    for loaded in program_modules(module.partition(".")[0]):
        for name, value in tuple(vars(loaded).items()):
            if isinstance(value, random.Random) and not isinstance(value, random.SystemRandom):
                yield f"{loaded.__name__}.{name}"
