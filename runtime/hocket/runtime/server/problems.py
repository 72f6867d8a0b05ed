"""What keeps a server from serving, and is not its own fault."""

__all__ = ["ServeProblem", "first_of"]


class ServeProblem(Exception):
    """The folder, the address, the tokens or the keys cannot be used.

    The message is one sentence that says why and, where it can, what to do instead.
    """


def first_of(error: BaseException) -> BaseException:
    """The first error that is no group, in a group of groups as nurseries make them."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
