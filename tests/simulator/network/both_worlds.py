"""Programs on two networks: real loopback sockets, and the one in memory."""

import errno
import gc
import warnings
from collections.abc import Awaitable, Callable

import trio
from tests.simulator.kernel_runs import run

from hocket.simulator.endings import End, Ending
from hocket.simulator.world import simulated_world

Story = Callable[["Teller"], Awaitable[None]]


class Teller:
    """What a program saw, in words that no port number and no buffer size changes."""

    def __init__(self) -> None:
        self.said: list[object] = []

    def say(self, *words: object) -> None:
        """Note what was seen."""
        self.said.append(words)

    async def sees(self, name: str, operation: Callable[[], Awaitable[object]]) -> None:
        """Note what an operation gave or raised."""
        try:
            self.say(name, await operation())
        except OSError as error:
            self.say(name, errno.errorcode.get(error.errno or 0, "unnumbered"))
        except (trio.ClosedResourceError, trio.BrokenResourceError, trio.BusyResourceError) as e:
            self.say(name, type(e).__name__)


def simulated(target: Callable[[], Awaitable[object]], *, seed: int | None = None) -> End:
    """One execution in the whole simulated world."""
    with simulated_world(target):
        return run(target, seed=seed)


def in_memory(story: Story) -> list[object]:
    """What the story tells on the simulated network, under the default schedule."""
    teller = Teller()

    async def target() -> None:
        await story(teller)

    end = simulated(target)
    if end.error is not None:
        raise end.error
    assert end.ending is Ending.FINISHED, (end, teller.said)
    return teller.said


def on_loopback(story: Story) -> list[object]:
    """What the story tells on the machine's own network."""
    teller = Teller()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        trio.run(story, teller)
        gc.collect()
    return teller.said


async def settle() -> None:
    """Let what is under way arrive: nothing in memory, some milliseconds on a real network."""
    await trio.sleep(0.02)


async def pair() -> tuple[trio.SocketStream, trio.SocketStream]:
    """A client's and a server's stream, connected."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with listener:
        client = await trio.open_tcp_stream("127.0.0.1", listener.socket.getsockname()[1])
        return client, await listener.accept()
