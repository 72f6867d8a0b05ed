"""What a check has to say, and of whose code it has nothing to say."""

import os
from functools import cache
from types import CodeType
from typing import Final

from attrs import frozen

from hocket.simulator import places
from hocket.simulator.engine.outcome import FailureKind, Origin
from hocket.simulator.execution import Rejection

__all__ = ["CHECKS", "Notice", "is_bench"]

CHECKS: Final = (
    "held-lock",
    "leaked-channel",
    "lost-exception",
    "swallowed-cancellation",
    "missing-checkpoint",
)
"""The checks by the names under which one may be allowed to fail."""

_TEST_FOLDERS = {"test", "tests", "_tests", "testing"}
_LIBRARY = (os.path.dirname(os.__file__) + os.sep, "<frozen ")
_INSTALLED = ("site-packages", "dist-packages")


@frozen
class Notice:
    """What one check saw: its name, one sentence, and ``function:line`` of the program."""

    check: str
    message: str
    place: str

    @classmethod
    def of_channel(cls, place: str) -> "Notice":
        """A memory channel was left open."""
        message = f"{place} is left open, which the default schedule closes"
        return cls("leaked-channel", message, place)

    @property
    def rejection(self) -> Rejection:
        """Why an execution is rejected in which this was seen."""
        kind = FailureKind.LEAK if self.check == "leaked-channel" else FailureKind.INVARIANT
        return Rejection(Origin(kind, self.check, self.place), f"{self.check}: {self.message}")


@cache
def is_bench(code: CodeType) -> bool:
    """Whether ``code`` is not the program's: a test's, a tool's, or the standard library's."""
    path = code.co_filename
    library = path.startswith(_LIBRARY) and not any(folder in path for folder in _INSTALLED)
    if library or not places.is_program(code):
        return True
    *folders, name = path.split(os.sep)
    own = name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"
    return own or not _TEST_FOLDERS.isdisjoint(folders)
