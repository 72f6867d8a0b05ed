"""Files that commands write: whole or not at all, and never over something of the user's."""

from pathlib import Path

from hocket.reports.files import write_whole
from hocket.scenarios.usage import UsageProblem

__all__ = ["write"]


def write(path: Path, text: str, *, new: bool) -> None:
    """Write ``text`` into the file at ``path``; with ``new``, only if there is none yet.

    Raises :class:`~hocket.scenarios.usage.UsageProblem` if it cannot be written.
    """
    if new and path.exists():
        raise UsageProblem(f"{path} is there already; name another file")
    try:
        write_whole(path, text)
    except OSError as error:
        raise UsageProblem(f"cannot write {path}: {error.strerror}") from error
