"""The catalogue: the scenarios that come with hocket, one story a file."""

from collections.abc import Mapping
from importlib.resources import files

__all__ = ["texts"]


def texts() -> Mapping[str, str]:
    """The text of each file of the catalogue by its name, as ``deny.hocket``, in order."""
    found = (entry for entry in files(__name__).iterdir() if entry.name.endswith(".hocket"))
    return {entry.name: entry.read_text("utf-8") for entry in sorted(found, key=lambda e: e.name)}
