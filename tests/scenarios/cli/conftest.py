"""The command, called as a user calls it, in this process."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from hocket.scenarios.cli import main


class Ran(NamedTuple):
    """What a command came to: its exit code and both streams."""

    code: int
    out: str
    err: str


Hocket = Callable[..., Ran]


@pytest.fixture
def hocket(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Hocket:
    """Run ``hocket`` with arguments; the working folder is the test's to choose."""

    monkeypatch.setenv("HOCKET_CORPUS", str(tmp_path / "corpus"))
    monkeypatch.setenv("HOCKET_RUNS", str(tmp_path / "runs"))

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["hocket", *arguments])
        with pytest.raises(SystemExit) as exited:
            main()
        streams = capsys.readouterr()
        return Ran(int(exited.value.code or 0), streams.out, streams.err)

    return run
