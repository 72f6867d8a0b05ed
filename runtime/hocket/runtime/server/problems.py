"""What keeps a server from serving, and is not its own fault."""

from typing import cast

__all__ = ["ServeProblem", "first_of"]


class ServeProblem(Exception):
    """The folder, the address, the tokens or the keys cannot be used.

    The message is one sentence that says why and, where it can, what to do instead.
    """


def first_of(error: BaseException) -> BaseException:
    """The first error that is no group, in a group of groups as nurseries make them."""
    inner = error
    while isinstance(inner, BaseExceptionGroup):
        inner = cast("BaseExceptionGroup[BaseException]", inner).exceptions[0]
    return inner
