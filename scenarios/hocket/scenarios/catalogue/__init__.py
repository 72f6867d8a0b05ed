"""The catalogue: the scenarios that come with hocket, one story a file."""

from collections.abc import Mapping
from pathlib import Path

__all__ = ["texts"]


def texts() -> Mapping[str, str]:
    """The text of each file of the catalogue by its name, as ``deny.hocket``, in order."""
    found = sorted(Path(__file__).parent.glob("*.hocket"))
    return {path.name: path.read_text("utf-8") for path in found}
