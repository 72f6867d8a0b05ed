"""What keeps a server from serving, and is not its own fault."""

__all__ = ["ServeProblem"]


class ServeProblem(Exception):
    """The folder, the address, the tokens or the keys cannot be used.

    The message is one sentence that says why and, where it can, what to do instead.
    """
