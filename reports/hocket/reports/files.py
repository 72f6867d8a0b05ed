"""Files that are there whole or not at all.

A file is written beside its place and renamed into it, so that a reader sees the old text or the
new one and never half of one, whatever is interrupted, and when two write at a time.
"""

import os
from pathlib import Path

__all__ = ["write_whole"]


def write_whole(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` as UTF-8, whole or not at all.

    A link is followed.  Raises :class:`OSError` if the file cannot be written; whatever is raised,
    a file that was there before is left as it was, and nothing is left beside it.
    """
    place = path.resolve()
    draft = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    try:
        with draft.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
