"""``hocket serve`` as a process: it says where it is, obeys signals, and says what is wrong."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.scenarios.cli.conftest import Hocket
from websockets.sync.client import connect

from hocket.runtime.protocol.codec import decode_server, encode
from hocket.runtime.protocol.frames import Auth, AuthOk, TurnCompleted, UserMessage


@contextmanager
def served(folder: Path, *more: str) -> Generator[tuple[subprocess.Popen[str], str]]:
    """A server in a process of its own, and its address."""
    command = [sys.executable, "-m", "hocket.scenarios.cli", "serve", "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(
        [*command, "--db", str(folder), *more],
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().removeprefix("listening on ").strip()
        finally:
            process.kill()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_serves_until_it_is_told_to_end(tmp_path: Path, number: int, code: int) -> None:
    """Out of the box, with the token that it made; the log is lines of JSON."""
    log = tmp_path / "log"
    with served(tmp_path / "data", "--log", str(log)) as (process, url):
        token = (tmp_path / "data" / "tokens").read_text().split()[-1]
        with connect(url) as socket:
            socket.send(encode(Auth(token)))
            assert isinstance(decode_server(str(socket.recv(10))), AuthOk)
            socket.send(encode(UserMessage("q1", "hello")))
            while not isinstance(frame := decode_server(str(socket.recv(10))), TurnCompleted):
                pass
            assert frame.response == "you said: hello"
            process.send_signal(number)
            assert process.wait(10) == code
    lines = log.read_text().splitlines()
    assert '"server.listening"' in lines[0]
    assert '"server.stopped"' in lines[-1]


def test_a_second_server_is_told_to_go_elsewhere(tmp_path: Path, hocket: Hocket) -> None:
    """One sentence, and exit code 2; the first one serves on."""
    with served(tmp_path / "data") as (process, url):
        ran = hocket("serve", "--db", str(tmp_path / "data"), "--listen", "127.0.0.1:0")
        assert ran.code == 2
        assert ran.err.count("\n") == 1
        assert "served by another process" in ran.err
        port = url.rpartition(":")[2]
        ran = hocket("serve", "--db", str(tmp_path / "other"), "--listen", f"127.0.0.1:{port}")
        assert ran.code == 2
        assert f"cannot listen on 127.0.0.1:{port}" in ran.err
        assert process.poll() is None


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--listen", "8765"], "--listen takes HOST:PORT"),
        (["--listen", "localhost:99999"], "--listen takes HOST:PORT"),
        (["--tls-cert", "cert.pem"], "TLS needs both files"),
        (["--tls-cert", "no.pem", "--tls-key", "no.pem"], "cannot use no.pem and no.pem for TLS"),
        (["--tokens", "nobody"], "cannot read the tokens in nobody"),
        (["--tools", "no_such_module:box"], "cannot have the tools no_such_module:box"),
        (["--tools", "os:path"], "os:path is no ToolBox"),
        (["--second-turn", "maybe"], "maybe"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_sentence(
    tmp_path: Path, hocket: Hocket, arguments: list[str], why: str
) -> None:
    """Before anything is served; exit code 2."""
    ran = hocket("serve", "--db", str(tmp_path / "data"), *arguments)
    assert ran.code == 2
    assert why in ran.err


def test_a_missing_extra_is_told_with_its_remedy(
    tmp_path: Path, hocket: Hocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who installed hocket without it reads what to type."""
    for name in [*sys.modules]:
        if name.startswith(("hocket.runtime.server", "trio_websocket")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "trio_websocket", None)
    ran = hocket("serve", "--db", str(tmp_path / "data"))
    assert ran.code == 2
    assert "pip install 'hocket[serve]'" in ran.err
    assert ran.err.count("\n") == 1
