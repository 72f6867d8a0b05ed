"""The ways out of a simulation: closed in a step, open everywhere else."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType

import pytest
import trio
from tests.simulator.kernel_runs import run

from hocket.simulator import Verdict, explore
from hocket.simulator.endings import Escape
from hocket.simulator.world import simulated_world


def _nothing() -> None:
    """What a thread or a process would do."""


async def _receive_signals() -> None:
    with trio.open_signal_receiver(signal.SIGUSR1):
        pass


def _make(module: ModuleType, name: str, *args: object) -> Callable[[], object]:
    """A call that looks the name up when it is made: what was kept before is out of reach."""
    return lambda: getattr(module, name)(*args)


EXITS: dict[str, Callable[[], object]] = {
    "socket": _make(socket, "socket", socket.AF_INET, socket.SOCK_DGRAM),
    "pair of sockets": _make(socket, "socketpair"),
    "socket of a connection": _make(socket, "create_connection", ("127.0.0.1", 9)),
    "name lookup": _make(socket, "gethostbyname", "localhost"),
    "process": _make(subprocess, "run", [sys.executable, "-c", ""]),
    "process by fork": _make(os, "fork"),
    "process by system": _make(os, "system", "true"),
    "signal handler": _make(signal, "signal", signal.SIGUSR1, signal.SIG_DFL),
    "thread": lambda: threading.Thread(target=_nothing).start(),
}


@pytest.mark.parametrize("name", EXITS)
def test_a_way_out_ends_the_execution_and_names_the_line(name: str) -> None:
    """Even where the program swallows the error, the execution stops there."""
    reached: list[str] = []

    async def target() -> None:
        try:
            EXITS[name]()
        except RuntimeError:
            reached.append("handler")
        await trio.sleep(1)
        reached.append("later")

    with simulated_world(target):
        cause = run(target).cause
    assert isinstance(cause, Escape)
    assert "test_escapes.py" in str(cause)
    assert f"a real {name.partition(' of a ')[0].partition(' by ')[0]}" in str(cause)
    assert reached == ["handler"]


ASYNC_EXITS: dict[str, Callable[[], Awaitable[object]]] = {
    "real process": lambda: trio.run_process([sys.executable, "-c", ""]),
    "real signal handler": _receive_signals,
    "wait_readable": lambda: trio.lowlevel.wait_readable(0),
}


@pytest.mark.parametrize("name", ASYNC_EXITS)
def test_trios_own_ways_out_are_closed_too(name: str) -> None:
    """What Trio builds on the same exits is refused with the program's own line."""

    async def target() -> None:
        await ASYNC_EXITS[name]()

    with simulated_world(target):
        cause = run(target).cause
    assert isinstance(cause, Escape)
    assert name in str(cause)
    assert "test_escapes.py" in str(cause)


KINDS = {
    "UDP": (socket.AF_INET, socket.SOCK_DGRAM),
    "Unix": (socket.AF_UNIX, socket.SOCK_STREAM),
    "raw": (socket.AF_INET, socket.SOCK_RAW),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_socket_that_is_not_tcp_is_an_escape(kind: str) -> None:
    """The network has no datagrams, no paths and no raw packets, and says so."""

    async def target() -> None:
        trio.socket.socket(*KINDS[kind])

    cause = run(target).cause
    assert isinstance(cause, Escape)
    assert "a socket that is not TCP" in str(cause)
    assert "test_escapes.py" in str(cause)


@pytest.mark.parametrize("method", ["detach", "dup", "recvfrom", "recvmsg", "sendto", "sendmsg"])
def test_what_a_stream_does_not_need_is_an_escape(method: str) -> None:
    """No answer is made up for what the network does not have."""

    async def target() -> None:
        getattr(trio.socket.socket(), method)()

    cause = run(target).cause
    assert isinstance(cause, Escape)
    assert f"{method}()" in str(cause)


def test_the_verdict_of_an_escape_is_unsupported() -> None:
    """Nothing is claimed of a program that reached for the real world."""

    async def target() -> None:
        socket.socket(type=socket.SOCK_DGRAM)

    result = explore(target, schedules=5)
    assert result.verdict is Verdict.UNSUPPORTED
    assert "a real socket at" in result.failures[0].message


def test_a_module_imported_in_a_step_may_try_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some modules make a socket at import; that is no act of the program."""
    (tmp_path / "curious.py").write_text(
        "import socket\nsocket.socket().close()\nimported = True\n", "utf-8"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    seen: list[object] = []

    async def target() -> None:
        seen.append(__import__("curious").imported)

    with simulated_world(target):
        assert run(target).cause is None
    assert seen == [True]


def test_other_code_keeps_its_ways_while_a_campaign_runs() -> None:
    """Plain code, threads of others and plain Trio runs make what they always made."""

    async def plain() -> None:
        left, right = trio.socket.socketpair()
        with left, right:
            await left.send(b"x")
            assert await right.recv(1) == b"x"

    made: list[object] = []

    def work() -> None:
        with socket.socket() as real:
            made.append(real.fileno())
        trio.run(plain)
        made.append(subprocess.run(["true"], check=True).returncode)

    async def target() -> None:
        await trio.lowlevel.checkpoint()

    with simulated_world(target):
        assert run(target).cause is None
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        work()
    assert len(made) == 4


def test_the_exits_are_open_again_afterwards() -> None:
    """What was replaced is put back, the very same."""

    async def target() -> None:
        await trio.lowlevel.checkpoint()

    before = (socket.socket.__init__, socket.getaddrinfo, threading.Thread.start, os.fork)
    with simulated_world(target):
        assert socket.socket.__init__ is not before[0]
        assert socket.getaddrinfo is not before[1]
    assert before == (
        socket.socket.__init__,
        socket.getaddrinfo,
        threading.Thread.start,
        os.fork,
    )
