"""Mistakes of the one who types the command."""

__all__ = ["UsageProblem"]


class UsageProblem(Exception):
    """Something on the command line, or in a file it names, cannot be used; exit code 2.

    The message is one sentence that says what and, where it can, what to do instead.
    """
