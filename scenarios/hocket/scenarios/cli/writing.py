"""Files that commands write: whole or not at all, and never over something of the user's."""

import os
from pathlib import Path

from hocket.scenarios.usage import UsageProblem

__all__ = ["write"]


def write(path: Path, text: str, *, new: bool) -> None:
    """Write ``text`` into the file at ``path``; with ``new``, only if there is none yet.

    Raises :class:`~hocket.scenarios.usage.UsageProblem` if it cannot be written.
    """
    if new and path.exists():
        raise UsageProblem(f"{path} is there already; name another file")
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_bytes(text.encode("utf-8"))
        draft.replace(path)
    except OSError as error:
        raise UsageProblem(f"cannot write {path}: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
