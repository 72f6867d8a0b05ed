"""``hocket serve`` with a disk that is full, a file that is held, and files that are damaged.

At the start each is one sentence and exit code 2; while it serves, what cannot be stored is turned
down, the server lives on, and what was committed is there.  A disk is full here for one process:
it may not let a file grow (RLIMIT_FSIZE), which SQLite meets as it meets a device without room.
"""

import resource
import sqlite3
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from tests.scenarios.cli.conftest import Hocket
from tests.scenarios.cli.test_serve import served
from websockets.sync.client import ClientConnection, connect

from hocket.runtime.protocol.codec import decode_server, encode
from hocket.runtime.protocol.frames import (
    Auth,
    AuthOk,
    ClientFrame,
    History,
    RequestRejected,
    RunStarted,
    ServerFrame,
    ThreadHistory,
    TurnCompleted,
    TurnFailed,
    UserMessage,
)

F = TypeVar("F")
_TOKENS = "ann the-token-of-ann\nben the-token-of-ben\n"
_UNLIMITED = resource.RLIM_INFINITY


def _send(socket: ClientConnection, frame: ClientFrame) -> None:
    socket.send(encode(frame))


def _expect(socket: ClientConnection, *kinds: type[ServerFrame]) -> ServerFrame:
    while not isinstance(frame := decode_server(str(socket.recv(20))), kinds):
        pass
    return frame


@contextmanager
def _talking(url: str, user: str = "ann") -> Generator[ClientConnection]:
    with connect(url) as socket:
        _send(socket, Auth(f"the-token-of-{user}"))
        _expect(socket, AuthOk)
        yield socket


@pytest.fixture
def tokens(tmp_path: Path) -> list[str]:
    """The options that let ann and ben in."""
    path = tmp_path / "tokens"
    path.write_text(_TOKENS)
    return ["--tokens", str(path)]


def _held_by_another(data: Path) -> sqlite3.Connection:
    """The shared database in the hands of a program that lets nobody else at it."""
    holder = sqlite3.connect(data / "shared.db", isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    return holder


def test_what_keeps_it_from_starting_is_told(
    tmp_path: Path, hocket: Hocket, tokens: list[str]
) -> None:
    """A file that is held, and one that is damaged: a sentence with the remedy, and exit code 2."""
    data = tmp_path / "data"
    with served(data, *tokens) as (_, url), _talking(url) as socket:
        _send(socket, UserMessage("q1", "hello"))
        _expect(socket, TurnCompleted)
    command = ["serve", "--db", str(data), "--listen", "127.0.0.1:0", *tokens]
    with closing(_held_by_another(data)):
        ran = hocket(*command)
        assert (ran.code, ran.err.count("\n")) == (2, 1)
        assert "is held by another program; stop it and try again" in ran.err
    whole = (data / "shared.db").read_bytes()
    (data / "shared.db").write_bytes(b"nothing of a database" + whole[21:])
    ran = hocket(*command)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "shared.db is damaged; restore it from a backup" in ran.err
    (data / "shared.db").write_bytes(whole)
    with served(data, *tokens) as (_, url), _talking(url) as socket:
        _send(socket, ThreadHistory("h1"))
        said = _expect(socket, History)
        assert isinstance(said, History)
        assert [m.content for m in said.messages] == ["hello", "you said: hello"]


def test_a_disk_without_room_for_a_database_is_told(tmp_path: Path, tokens: list[str]) -> None:
    """One sentence, and exit code 2."""
    command = ["serve", "--db", str(tmp_path / "data"), "--listen", "127.0.0.1:0", *tokens]
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, {_UNLIMITED}))"
    main = f"{limited}; from hocket.scenarios.cli import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", main, *command], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
    assert "check its disk" in ran.stderr


def test_a_full_disk_refuses_turns_and_loses_nothing(tmp_path: Path, tokens: list[str]) -> None:
    """A turn that is asked for is turned down, one that is under way fails once there is room; what
    was committed is there, and the next turn goes on from it.
    """
    data, log = tmp_path / "data", tmp_path / "log"
    with (
        served(data, *tokens, "--log", str(log)) as (process, url),
        _talking(url) as socket,
    ):
        _send(socket, UserMessage("q1", "hello"))
        _expect(socket, TurnCompleted)
        _send(socket, UserMessage("q2", "wait 1"))
        _expect(socket, RunStarted)
        most = max(file.stat().st_size for file in [*data.rglob("*.db*"), log])
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, _UNLIMITED))
        _send(socket, UserMessage("q3", "not now"))
        turned_down = _expect(socket, RequestRejected)
        assert isinstance(turned_down, RequestRejected)
        assert (turned_down.request_id, turned_down.code) == ("q3", "unavailable")
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (_UNLIMITED, _UNLIMITED))
        _expect(socket, TurnFailed, TurnCompleted)
        _send(socket, UserMessage("q4", "again"))
        _expect(socket, TurnCompleted)
        _send(socket, ThreadHistory("h1"))
        said = _expect(socket, History)
        assert isinstance(said, History)
        contents = [message.content for message in said.messages]
        assert contents[:2] == ["hello", "you said: hello"]
        assert contents[-2:] == ["again", "you said: again"]
        assert process.poll() is None
    assert '"store.error"' in log.read_text()


def test_a_damaged_file_of_one_user_is_their_trouble_alone(
    tmp_path: Path, tokens: list[str]
) -> None:
    """Their turns fail, and nothing of the server's files is told; those of others go on."""
    data = tmp_path / "data"
    with served(data, *tokens, "--memory", "learn") as (process, url):
        (data / "users" / "ann.db").write_bytes(b"this is a letter" * 99)
        with _talking(url) as ann, _talking(url, "ben") as ben:
            _send(ann, UserMessage("q1", "hello"))
            failed = _expect(ann, TurnFailed)
            assert isinstance(failed, TurnFailed)
            assert failed.error == "the server cannot store anything at the moment; try again later"
            _send(ben, UserMessage("q1", "hello"))
            _expect(ben, TurnCompleted)
        assert process.poll() is None
