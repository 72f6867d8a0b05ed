"""What connects a runtime to the scenarios: the reference runtime and anyone's own, alike.

``--runtime MODULE:ATTR`` names a callable without arguments that returns an :class:`Adapter`.  A
fresh one is made for every execution.  A runtime says what it does through ``emit``, in the words
of :mod:`hocket.runtime.protocol.events`, and speaks the frames of
:mod:`hocket.runtime.protocol.frames` over the channels that :meth:`Adapter.connect` returns; an
adapter for a runtime with frames of its own translates.
"""

from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

import trio
from attrs import field, frozen

from hocket.runtime.protocol.events import Event
from hocket.scenarios.language.model import Setup

__all__ = ["Adapter", "AdapterFactory", "Pending", "Revoking", "World"]


@frozen
class World:
    """Where a runtime is put: what is there beforehand, and the nursery that owns its tasks.

    Its clock is Trio's, which is virtual here.  ``code`` has the async functions that tools name by
    ``use``, by the reference to each: they take a call's arguments and return its result.
    """

    setup: Setup
    nursery: trio.Nursery
    code: Mapping[str, Callable[..., object]] = field(factory=dict[str, Callable[..., object]])


@frozen
class Pending:
    """What a runtime still has open, by printable ids; read when nothing can run.

    ``runs`` are those of the store, "ID STATUS" each, and ``records`` those that the process knows
    of; ``locks`` are threads whose lock is in use, and ``stale`` those whose history in memory is
    not the stored one.
    """

    runs: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    connections: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()


class Adapter(Protocol):
    """One runtime in one execution.

    One that disturbs its runtime in ways that scenarios do not know of, by a crash say, has an
    attribute ``disturbs`` that is true: what must happen in a scenario is then not asked for.
    """

    @property
    def capabilities(self) -> frozenset[str]:
        """The kinds of events it emits; an invariant that needs others is not checked."""
        ...

    async def open(self, world: World, emit: Callable[[Event], None]) -> None:
        """Start the runtime inside the world; ``emit`` is what it tells its events to."""
        ...

    async def connect(self, user: str) -> trio.abc.Channel[str]:
        """A new connection of a client; the channel carries frames as JSON text."""
        ...

    def token(self, user: str) -> str:
        """What a client of this user sends to authenticate."""
        ...

    def snapshot(self) -> Pending:
        """What is still open."""
        ...

    async def close(self) -> None:
        """Shut the runtime down in good order."""
        ...


@runtime_checkable
class Revoking(Protocol):
    """An adapter of a runtime whose logins can be revoked."""

    async def revoke(self, user: str) -> None:
        """Let the token of this user be good for nothing any more."""
        ...


AdapterFactory = Callable[[], Adapter]
