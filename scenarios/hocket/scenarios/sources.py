"""Digests of source text: what a token was made from, so that a stale one is known to be stale."""

import hashlib
import importlib
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

__all__ = ["digest_of_generated", "digest_of_runtime", "digest_of_text"]

REFERENCE_PACKAGES = (
    "hocket.runtime",
    "hocket.scenarios.adapters",
    "hocket.scenarios.lanes",
    "hocket.scenarios.mutants",
)
"""What decides how the reference runtime, or a mutant of it, behaves in a scenario."""


def digest_of_text(*parts: str) -> str:
    """16 hexadecimal digits that identify texts."""
    total = hashlib.sha256()
    for part in parts:
        total.update(part.encode("utf-8", "surrogatepass"))
        total.update(b"\0")
    return total.hexdigest()[:16]


@lru_cache(maxsize=16)
def digest_of_runtime(runtime: str) -> str:
    """The digest of the runtime of that name: of its module, or of all that the reference is."""
    if ":" in runtime:
        path = importlib.import_module(runtime.partition(":")[0]).__file__
        return digest_of_text(Path(path).read_text("utf-8")) if path else ""
    texts = (text for package in REFERENCE_PACKAGES for text in _texts(files(package)))
    return digest_of_text(*texts)


def digest_of_generated(runtime: str) -> str:
    """The digest of what makes scenarios up, and of the runtime that they are run against."""
    texts = _texts(files("hocket.scenarios.generation"))
    return digest_of_text(*texts, digest_of_runtime(runtime))


def _texts(folder: Traversable) -> Iterable[str]:
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.is_dir():
            yield from _texts(entry)
        elif entry.name.endswith(".py"):
            yield entry.read_text("utf-8")
