"""The two lists of tests: which are not applicable, and which are excused, each with its reason."""

import fnmatch
from functools import cache
from pathlib import Path

__all__ = ["EXCUSED", "NOT_APPLICABLE", "entry_of", "patterns"]

EXCUSED = "excused.txt"
NOT_APPLICABLE = "not_applicable.txt"


@cache
def patterns(file: str) -> dict[str, str]:
    """The patterns of a list, each with its reason."""
    lines = (Path(__file__).parent / file).read_text("utf-8").splitlines()
    entries = (line.partition(" :: ") for line in lines if line and not line.startswith("#"))
    return {pattern.strip(): reason.strip() for pattern, _, reason in entries}


def entry_of(test: str, file: str) -> str | None:
    """The pattern of a list that a test matches, if there is one."""
    return next((p for p in patterns(file) if fnmatch.fnmatchcase(test, p)), None)
