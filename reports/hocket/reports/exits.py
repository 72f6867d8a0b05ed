"""The exit codes of the command, apart from what they are concluded from, which loads slowly."""

from enum import IntEnum

__all__ = ["Exit"]


class Exit(IntEnum):
    """What a run tells the shell."""

    OK = 0
    FAILED = 1
    USAGE = 2
    INCONCLUSIVE = 3
    INTERNAL = 4
    NOTHING_SELECTED = 5
    INTERRUPTED = 130
