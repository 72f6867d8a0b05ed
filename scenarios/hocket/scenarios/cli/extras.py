"""Commands whose libraries are not installed with hocket itself."""

from collections.abc import Generator
from contextlib import contextmanager

from hocket.scenarios.usage import UsageProblem

__all__ = ["brought_by"]


@contextmanager
def brought_by(extra: str, command: str) -> Generator[None]:
    """Import inside the block what the extra brings that ``command`` needs.

    Raises :class:`UsageProblem` with how to get it if it is not there.
    """
    try:
        yield
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] == "hocket":
            raise
        raise UsageProblem(
            f"{command} needs {missing.name}, which is not installed;"
            f" get it with: pip install 'hocket[{extra}]'"
        ) from missing
