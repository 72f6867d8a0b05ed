"""The front door of scenario files, whichever of the two forms they have."""

from hocket.scenarios.language.checks import read
from hocket.scenarios.language.parser import ParseResult

__all__ = ["is_json", "read_document"]


def is_json(name: str) -> bool:
    """Whether a file of that name has the JSON form."""
    return name.endswith(".json")


def read_document(text: str, *, name: str) -> ParseResult:
    """Read and check the scenarios of a file; its ``name`` tells which form the ``text`` has.

    Never raises.  A text without diagnostics makes scenarios that can be run.
    """
    if not is_json(name):
        return read(text, name=name)
    from hocket.scenarios.language.json_reading import read_json  # noqa: PLC0415 - few need it

    return read_json(text, name=name)
