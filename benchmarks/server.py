"""What a server holds: 1,000 idle connections, and 200 turns at once.

    python -m benchmarks.server

`hocket serve` runs in a process of its own, on the loopback interface, with the model that needs no
network and a database on the disk; the clients are in this one.  Each of 200 users has one turn
after another, while the idle ones stay.  A latency is from the message to the last frame of its
turn; the memory of a connection is what the server grew by, over what it has.  It ends by itself,
after two minutes at most; numbers of clients and turns can be given.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import trio
from attrs import define, field

from hocket.runtime.chat.dialing import Where, dialed
from hocket.runtime.protocol.codec import decode_server, encode
from hocket.runtime.protocol.frames import (
    Auth,
    AuthOk,
    ClientFrame,
    ResultStatus,
    ToolExecute,
    ToolResult,
    ToolSchema,
    ToolSchemas,
    TurnCompleted,
    UserMessage,
)
from hocket.runtime.server.channel import WebSocketChannel

IDLE = 1_000
BUSY = 200
TURNS = 5
SECONDS_MAX = 120.0
FILES = 8_192
DIALING = 50
TEXTS = {"a reply": "hello", "a delegated call": 'call look {"at": 1}\nthen\nseen'}


@define(eq=False)
class Client:
    """One connection of one user."""

    channel: WebSocketChannel
    seconds: list[float] = field(factory=list[float])

    async def begin(self, user: str) -> None:
        """Authenticate, and offer a tool."""
        await self.send(Auth(_token(user)))
        while not isinstance(decode_server(await self.channel.receive()), AuthOk):
            pass
        await self.send(ToolSchemas(1, (ToolSchema("look", "", {}),)))

    async def turns(self, text: str, count: int) -> None:
        """Have turns, one after another, and keep how long each took."""
        for number in range(count):
            began = time.perf_counter()
            await self.send(UserMessage(f"q{number}", text))
            while not isinstance(
                frame := decode_server(await self.channel.receive()), TurnCompleted
            ):
                if isinstance(frame, ToolExecute):
                    found = (ResultStatus.SUCCESS, "found")
                    await self.send(ToolResult(frame.wire_id, frame.tool_name, *found))
            self.seconds.append(time.perf_counter() - began)

    async def send(self, frame: ClientFrame) -> None:
        """Say something."""
        await self.channel.send(encode(frame))


@define(eq=False)
class Crowd:
    """Clients that come, stay and are counted."""

    where: Where
    clients: list[Client] = field(factory=list[Client])

    async def come(self, nursery: trio.Nursery, users: list[str]) -> None:
        """Let all of them in; they stay until the nursery is cancelled."""
        for first in range(0, len(users), DIALING):
            together = users[first : first + DIALING]
            wanted = len(self.clients) + len(together)
            for user in together:
                nursery.start_soon(self._stay, user)
            while len(self.clients) < wanted:
                await trio.sleep(0.005)

    async def _stay(self, user: str) -> None:
        async with dialed(self.where) as socket:
            client = Client(WebSocketChannel(socket))
            await client.begin(user)
            self.clients.append(client)
            await trio.sleep_forever()


def _token(user: str) -> str:
    return f"a-long-token-of-{user}"


@contextmanager
def served(folder: Path, users: list[str]) -> Generator[tuple[int, str]]:
    """A server for these users: its process id and its address."""
    tokens = folder / "tokens"
    tokens.write_text("".join(f"{user} {_token(user)}\n" for user in users))
    command = [sys.executable, "-m", "hocket.scenarios.cli", "serve", "--db", str(folder / "db")]
    more = ["--listen", "127.0.0.1:0", "--tokens", str(tokens), "--log", str(folder / "log")]
    with subprocess.Popen([*command, *more], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.pid, process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def resident_bytes(process: int) -> int:
    """The memory that a process has."""
    status = Path(f"/proc/{process}/status").read_text("utf-8")
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


def _told(name: str, seconds: list[float], took: float) -> str:
    cuts = statistics.quantiles(seconds, n=100)
    rate = len(seconds) / took
    return f"{name:<18}{cuts[49] * 1e3:>10.0f}{cuts[98] * 1e3:>10.0f}{rate:>12,.0f}"


async def measure(process: int, url: str, idle: int, busy: int, turns: int) -> None:
    """Print the memory of a connection, then a line for each kind of turn."""
    crowd = Crowd(Where.parse(url))
    with trio.fail_after(SECONDS_MAX):
        async with trio.open_nursery() as nursery:
            await crowd.come(nursery, ["first"])
            before = resident_bytes(process)
            began = time.perf_counter()
            await crowd.come(nursery, [f"idle{number}" for number in range(idle)])
            took = time.perf_counter() - began
            grown = (resident_bytes(process) - before) / max(1, idle) / 1024
            print(f"{idle:,} idle connections in {took:.1f} s: {grown:.0f} KB of memory each")
            first = len(crowd.clients)
            await crowd.come(nursery, [f"busy{number}" for number in range(busy)])
            print(f"{busy} turns at once     p50 (ms)  p99 (ms)     turns/s")
            for name, text in TEXTS.items():
                await _race(name, crowd.clients[first:], text, turns)
            nursery.cancel_scope.cancel()


async def _race(name: str, clients: list[Client], text: str, turns: int) -> None:
    for client in clients:
        client.seconds.clear()
    began = time.perf_counter()
    async with trio.open_nursery() as racing:
        for client in clients:
            racing.start_soon(client.turns, text, turns)
    took = time.perf_counter() - began
    print(_told(name, [s for client in clients for s in client.seconds], took))


def main() -> None:
    """Print what the server holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in (("--idle", IDLE), ("--busy", BUSY), ("--turns", TURNS)):
        parser.add_argument(name, type=int, default=value)
    told = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    users = [
        "first",
        *(f"idle{n}" for n in range(told.idle)),
        *(f"busy{n}" for n in range(told.busy)),
    ]
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder), ["first", *users]) as (process, url),
    ):
        trio.run(measure, process, url, told.idle, told.busy, told.turns)


if __name__ == "__main__":
    main()
