"""``hocket chat`` as a process, with a server in another."""

import signal
import subprocess
import sys
from pathlib import Path

from tests.scenarios.cli.conftest import Hocket
from tests.scenarios.cli.test_serve import served

SAID = """\
hello
call ask {"question": "who?"}
ann
call shell {"command": "echo hi"}
/approve
call shell {"command": "echo no"}
/deny not now
"""
SHOWN = """\
you said: hello
  ask {"question": "who?"}
? who?
  ask: ann
ann
  shell {"command": "echo hi"}
? may it run shell {"command": "echo hi"}  (/approve or /deny)
  the approval is approved
  shell: hi
exit code 0
hi
exit code 0
  shell {"command": "echo no"}
? may it run shell {"command": "echo no"}  (/approve or /deny)
  the approval is denied
denied by the user: not now
"""


def chatting(url: str, tokens: Path, *more: str) -> subprocess.Popen[str]:
    """A client that is typed to by a pipe."""
    command = [sys.executable, "-um", "hocket.scenarios.cli", "chat", url, "--tokens", str(tokens)]
    return subprocess.Popen(
        [*command, *more], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_a_conversation(tmp_path: Path) -> None:
    """A reply, a question to the person, a command approved, and one denied."""
    data = tmp_path / "data"
    with served(data, "--approve", "shell") as (_, url):
        with chatting(url, data / "tokens", "--shell") as client:
            assert client.communicate(SAID, timeout=30)[0] == SHOWN
        assert client.returncode == 0


def test_ctrl_c_cancels_a_turn_and_then_leaves(tmp_path: Path) -> None:
    """Once for each."""
    data = tmp_path / "data"
    with served(data) as (_, url), chatting(url, data / "tokens") as client:
        assert client.stdin is not None
        assert client.stdout is not None
        client.stdin.write('call ask {"question": "shall I stop?"}\n')
        client.stdin.flush()
        while client.stdout.readline() != "? shall I stop?\n":
            pass
        client.send_signal(signal.SIGINT)
        while client.stdout.readline() != "! cancelled\n":
            pass
        client.send_signal(signal.SIGINT)
        assert client.wait(30) == 130


def test_a_question_survives_a_crash_of_the_server(tmp_path: Path) -> None:
    """The client dials the server that came back, is asked again, and its answer counts."""
    data = tmp_path / "data"
    question = '? may it run shell {"command": "date"}  (/approve or /deny)\n'
    with (
        served(data, "--approve", "shell") as (first, url),
        chatting(url, data / "tokens", "--shell") as client,
    ):
        assert client.stdin is not None
        assert client.stdout is not None
        client.stdin.write('call shell {"command": "date"}\n')
        client.stdin.flush()
        while client.stdout.readline() != question:
            pass
        first.kill()
        first.wait()
        with served(data, "--listen", url.removeprefix("ws://")):
            while client.stdout.readline() != question:
                pass
            client.stdin.write("/deny not today\n")
            told = client.communicate(timeout=30)[0]
    assert told.endswith("the approval is denied\ndenied by the user: not today\n")


def test_what_cannot_be_is_told_in_a_sentence(tmp_path: Path, hocket: Hocket) -> None:
    """No server, no token, a token of nobody, no address."""
    tokens = tmp_path / "tokens"
    tokens.write_text("ann 0123456789abcdef\n")
    for arguments, why in (
        (["ws://127.0.0.1:1", "--token", "x"], "cannot reach 127.0.0.1:1"),
        (["ws://127.0.0.1:1"], "give a token"),
        (["ws://127.0.0.1:1", "--tokens", str(tokens), "--user", "ben"], "no token of ben"),
        (["somewhere", "--token", "x"], "ws://HOST:PORT"),
    ):
        ran = hocket("chat", *arguments)
        assert ran.code == 2, arguments
        assert why in ran.err
        assert ran.err.count("\n") == 1
