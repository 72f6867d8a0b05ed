"""Rows of a table that were measured before, so that a long benchmark can be run in pieces.

A row is kept as soon as it is there, under what was asked for; a later call with the same folder
takes it instead of measuring again.  Nothing here knows of the program under test: begin a new
folder after a change.
"""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import frozen

__all__ = ["Kept"]


@frozen
class Kept:
    """The rows in ``folder``; with ``None`` everything is measured anew and nothing is kept."""

    folder: Path | None

    def row(self, asked: str, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What was kept under ``asked``, or what ``measure`` finds now."""
        if self.folder is None:
            return measure()
        path = self.folder / f"{hashlib.sha256(asked.encode()).hexdigest()[:24]}.json"
        if path.is_file():
            kept: dict[str, Any] = json.loads(path.read_text("utf-8"))["row"]
            return kept
        found = measure()
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps({"asked": asked, "row": found}), "utf-8")
        unfinished.replace(path)
        return found
