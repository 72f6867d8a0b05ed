"""Watching one run of a test, and the classes whose instances tell."""

import inspect
import logging
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, Final
from weakref import WeakKeyDictionary

import trio
import trio.testing
from attrs import define, field

from hocket.simulator import places, trio_kernel
from hocket.simulator.checks.notices import Notice, is_bench
from hocket.simulator.substitutes import substituted
from hocket.simulator.trio_kernel import Kernel, errors_of_scopes, watch_cancellations

__all__ = ["Watch", "checked_classes"]

_CHECKPOINTS: Final[dict[type, tuple[str, ...]]] = {
    trio.abc.SendStream: ("send_all", "wait_send_all_might_not_block"),
    trio.abc.HalfCloseableStream: ("send_eof",),
    trio.abc.ReceiveStream: ("receive_some",),
    trio.abc.Listener: ("accept",),
    trio.abc.SendChannel: ("send",),
    trio.abc.ReceiveChannel: ("receive",),
}
"""The methods that Trio wants to be checkpoints, by the classes that declare them.

They are those which the checks of ``trio.testing`` for streams and channels hold to it.
"""

_Channel = trio.MemorySendChannel[Any] | trio.MemoryReceiveChannel[Any]

_watches: WeakKeyDictionary[Kernel, "Watch"] = WeakKeyDictionary()


@define(eq=False)
class Watch:
    """What is seen of one run; ``notices`` are in the order in which they came."""

    notices: list[Notice] = field(factory=list[Notice], init=False)
    _channels: list[tuple[str, _Channel]] = field(factory=list[tuple[str, _Channel]], init=False)

    @classmethod
    def of(cls, kernel: Kernel) -> "Watch":
        """Watch the run that ``kernel`` is about to begin."""
        watch = _watches[kernel] = cls()
        watch_cancellations(kernel, watch.swallowed)
        return watch

    def opened(self, channel: _Channel) -> None:
        """A half of a memory channel was made."""
        for frame in places.stack(inspect.currentframe()):
            code = frame.f_code
            # attrs generates code that has no file.
            if places.is_program(code) and not code.co_filename.startswith("<"):
                place = places.for_person((code, frame.f_lineno))
                self._channels.append((place, channel))
                return

    def left_open(self) -> Iterator[str]:
        """The places at which those memory channels were made that are open now."""
        for place, channel in self._channels:
            seen = channel.statistics()
            sends = isinstance(channel, trio.MemorySendChannel)
            if seen.open_send_channels if sends else seen.open_receive_channels:
                yield f"the {'sending' if sends else 'receiving'} half of the channel of {place}"

    def swallowed(self, error: trio.Cancelled, name: str) -> None:
        """``Cancelled`` was raised in a task and reached no cancel scope."""
        trace = error.__traceback__
        if trace is not None and not is_bench(trace.tb_frame.f_code):
            place = (trace.tb_frame.f_code, trace.tb_lineno)
            self._note(
                "swallowed-cancellation",
                f"{name} was cancelled, and went on as if it were not after "
                f"{places.for_person(place)}",
                place,
            )

    def lost(self, error: BaseException) -> None:
        """An exception was raised where nobody can hear of it."""
        place = places.of_traceback(error.__traceback__)
        if place is not None and not isinstance(error, Warning) and not is_bench(place[0]):
            what = f"{type(error).__qualname__}: {error}".removesuffix(": ")
            where = places.for_person(place)
            self._note("lost-exception", f"nobody hears of {what} at {where}", place)

    def returned(self, method: Callable[..., Any]) -> None:
        """A method that must be a checkpoint returned without one."""
        code = method.__code__
        place = (code, code.co_firstlineno)
        self._note(
            "missing-checkpoint",
            f"{method.__qualname__} returned without a checkpoint, which Trio asks of it: "
            f"{places.for_person(place)}",
            place,
        )

    def _note(self, check: str, message: str, place: places.Place) -> None:
        self.notices.append(Notice(check, message, places.in_trace(place)))

    @contextmanager
    def listening(self) -> Generator[None]:
        """Inside, exceptions that are ignored are heard of."""
        before = sys.unraisablehook

        def unraisable(seen: Any) -> None:
            if seen.exc_value is not None:
                self.lost(seen.exc_value)
            before(seen)

        handler = _Listener(self.lost)
        logger = logging.getLogger("trio.async_generator_errors")
        sys.unraisablehook = unraisable
        logger.addHandler(handler)
        try:
            yield
        finally:
            logger.removeHandler(handler)
            sys.unraisablehook = before


class _Listener(logging.Handler):
    """Hears of the exceptions that Trio can only log."""

    def __init__(self, lost: Callable[[BaseException], None]) -> None:
        super().__init__()
        self._lost = lost

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of the exception of a record."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            self._lost(error)


def _watch() -> Watch | None:
    kernel = trio_kernel.current()
    return None if kernel is None or kernel.unwinding else _watches.get(kernel)


@contextmanager
def checked_classes() -> Generator[None]:
    """Inside, what is made, called and left of Trio's classes tells the run's watch."""
    with ExitStack() as stack:
        stack.enter_context(errors_of_scopes())
        for channel in (trio.MemorySendChannel, trio.MemoryReceiveChannel):
            stack.enter_context(substituted(channel, {"__attrs_post_init__": _telling}))
        for declared, names in _CHECKPOINTS.items():
            for kind in _classes_below(declared):
                own = [name for name in names if iscoroutinefunction(vars(kind).get(name))]
                stack.enter_context(substituted(kind, dict.fromkeys(own, _checked)))
        yield


def _classes_below(kind: type) -> Iterator[type]:
    seen: set[type] = set()
    waiting = [kind]
    while waiting:
        subclasses: list[type] = type.__subclasses__(waiting.pop())
        for below in subclasses:
            if below not in seen:
                seen.add(below)
                waiting.append(below)
                yield below


def _telling(real: Callable[[Any], None]) -> Callable[[Any], None]:
    @wraps(real)
    def made(self: Any) -> None:
        real(self)
        watch = _watch()
        if watch is not None:
            watch.opened(self)

    return made


def _checked(real: Callable[..., Any]) -> Callable[..., Any]:
    if is_bench(real.__code__):
        return real

    @wraps(real)
    async def method(*args: Any, **kwargs: Any) -> Any:
        watch = _watch()
        if watch is None:
            return await real(*args, **kwargs)
        points = trio.testing.assert_checkpoints()
        points.__enter__()
        result = await real(*args, **kwargs)
        try:
            points.__exit__(None, None, None)
        except AssertionError:
            watch.returned(real)
        return result

    return method
