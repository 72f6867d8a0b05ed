"""Random numbers, tokens and unique ids, equal in every execution of the same choices.

Each task of an execution draws from a stream of its own: draw n of a task is SHAKE-256 over the
entropy seed, the path of the task and n.  A stream common to all tasks would be simpler, and one
preemption would then change the numbers of every task: shrinking would slip and replays drift.

:mod:`random`'s functions are methods of one hidden generator.  Inside a step they are those of a
generator of the task, which is seeded by its stream; so ``random.seed(x)`` means for this task,
until the execution ends, exactly what it always means.  A generator that the program makes from a
seed is left alone, and one that it makes without is seeded by the stream.  A generator made before
the campaign, such as a global of a module, keeps its state from one execution to the next.
"""

import os
import random
import uuid
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from functools import wraps
from hashlib import shake_256
from operator import index
from typing import Any, Final
from weakref import WeakKeyDictionary

from attrs import define, field

from hocket.simulator import steps
from hocket.simulator.clocks import EPOCH_SECONDS
from hocket.simulator.steps import Step
from hocket.simulator.substitutes import substituted
from hocket.simulator.trio_kernel import Kernel

__all__ = ["seed_entropy", "virtual_entropy"]

_SEED_BYTES: Final = 32
_GREGORIAN_SECONDS: Final = 12_219_292_800  # from the epoch of UUIDs, in 1582, to that of Unix
_UUID_UNITS: Final = 10_000_000  # 100 ns each, in a second


@define(eq=False)
class _Stream:
    """What one task draws."""

    key: str
    draws: int = 0
    stamp: int = 0
    _generator: random.Random | None = None

    def take(self, size: int) -> bytes:
        if size < 0:
            raise ValueError("negative argument not allowed")
        self.draws += 1
        return shake_256(f"{self.key}:{self.draws}".encode()).digest(size)

    def bits(self, count: int) -> int:
        return int.from_bytes(self.take((count + 7) // 8)) >> -count % 8

    @property
    def generator(self) -> random.Random:
        if self._generator is None:
            self._generator = random.Random(self.bits(8 * _SEED_BYTES))
        return self._generator

    def next_stamp(self, now_seconds: float) -> int:
        """A time for a UUID, later than the last one of this task."""
        since = round((EPOCH_SECONDS + _GREGORIAN_SECONDS + now_seconds) * _UUID_UNITS)
        self.stamp = max(since, self.stamp + 1)
        return self.stamp


@define(eq=False)
class _Entropy:
    """The streams of one execution, by the paths of their tasks."""

    seed: int
    streams: dict[tuple[int, ...], _Stream] = field(factory=dict[tuple[int, ...], _Stream])

    def of(self, path: tuple[int, ...]) -> _Stream:
        stream = self.streams.get(path)
        if stream is None:
            key = f"{self.seed}:{'/'.join(map(str, path))}"
            stream = self.streams[path] = _Stream(key)
        return stream


_entropy: WeakKeyDictionary[Kernel, _Entropy] = WeakKeyDictionary()


def seed_entropy(kernel: Kernel, seed: int) -> None:
    """What the tasks of an execution draw follows from ``seed``, which is 0 if nobody says."""
    _entropy[kernel] = _Entropy(seed)


def _stream_of(step: Step) -> _Stream:
    entropy = _entropy.get(step.kernel)
    if entropy is None:
        entropy = _entropy[step.kernel] = _Entropy(0)
    return entropy.of(step.kernel.entry_of(step.task).path)


def _bytes(real: Callable[..., bytes]) -> Callable[..., bytes]:
    """``os.urandom`` and ``os.getrandom``."""

    @wraps(real)
    def draw(size: int, *args: Any, **kwargs: Any) -> bytes:
        step = steps.running()
        return real(size, *args, **kwargs) if step is None else _stream_of(step).take(index(size))

    return draw


def _method(real: Callable[..., object]) -> Callable[..., object]:
    """A function of :mod:`random`, which is a method of its hidden generator."""
    name = real.__name__

    @wraps(real)
    def method(*args: Any, **kwargs: Any) -> object:
        step = steps.running()
        chosen = real if step is None else getattr(_stream_of(step).generator, name)
        return chosen(*args, **kwargs)

    return method


def _seed(real: Callable[..., None]) -> Callable[..., None]:
    """``Random.seed``, which every generator calls as it is made."""

    @wraps(real)
    def seed(self: random.Random, a: Any = None, version: int = 2) -> None:
        step = steps.running() if a is None else None
        real(self, a if step is None else _stream_of(step).bits(8 * _SEED_BYTES), version)

    return seed


def _uuid1(real: Callable[..., uuid.UUID]) -> Callable[..., uuid.UUID]:
    @wraps(real)
    def uuid1(node: int | None = None, clock_seq: int | None = None) -> uuid.UUID:
        step = steps.running()
        if step is None:
            return real(node, clock_seq)
        stream = _stream_of(step)
        stamp = stream.next_stamp(step.kernel.now)
        if clock_seq is None:
            clock_seq = stream.bits(14)
        if node is None:
            node = stream.bits(48) | 1 << 40  # marked as made up
        middle, high = stamp >> 32 & 0xFFFF, stamp >> 48 & 0x0FFF
        sequence = clock_seq >> 8 & 0x3F, clock_seq & 0xFF
        return uuid.UUID(fields=(stamp & 0xFFFFFFFF, middle, high, *sequence, node), version=1)

    return uuid1


def _functions() -> Mapping[str, Callable[[Any], object]]:
    """The dispatchers of :mod:`random`: its functions, and the source of ``SystemRandom``.

    ``SystemRandom``, and with it :mod:`secrets`, draws from the name under which its module has
    imported ``os.urandom``.
    """
    methods = {
        name: _method
        for name, value in vars(random).items()
        if isinstance(getattr(value, "__self__", None), random.Random)
    }
    return {**methods, "_urandom": _bytes}


@contextmanager
def virtual_entropy() -> Generator[None]:
    """Inside, whatever draws in a step of an execution draws from the stream of its task."""
    with ExitStack() as stack:
        stack.enter_context(substituted(os, {"urandom": _bytes, "getrandom": _bytes}))
        stack.enter_context(substituted(random, _functions()))
        stack.enter_context(substituted(random.Random, {"seed": _seed}))
        stack.enter_context(substituted(uuid, {"uuid1": _uuid1}))
        yield
