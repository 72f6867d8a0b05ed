"""Scenario files: which there are, and what stands in them.

Paths are plain texts here: ``hocket check`` of one file is run at every pause in typing, and
``pathlib`` alone would take a tenth of its time.
"""

import os
from collections.abc import Mapping, Sequence

from hocket.scenarios.language.diagnostics import suggestion
from hocket.scenarios.usage import UsageProblem

__all__ = ["CATALOGUE", "SUFFIXES", "files_of", "files_under", "text_of"]

CATALOGUE = "catalogue/"
"""How files of the shipped catalogue are named; no file of the user's is called so."""

SUFFIXES = (".hocket", ".hocket.json")
"""How the names of scenario files end: the text form, and the JSON form."""


def files_of(paths: Sequence[str]) -> list[str]:
    """The scenario files that the words of a command name; the catalogue if there are none."""
    if not paths:
        return [CATALOGUE + name for name in _shipped()]
    return [file for path in paths for file in (files_under(path) or [path])]


def files_under(path: str) -> list[str]:
    """The scenario files in a folder and below it, in order; none if it is no folder."""
    found = [
        os.path.join(folder, name)
        for folder, _, names in os.walk(path)
        for name in names
        if name.endswith(SUFFIXES)
    ]
    return sorted(found)


def text_of(file: str) -> str:
    """The text of a scenario file, shipped or of the user's.

    Raises :class:`~hocket.scenarios.usage.UsageProblem` if it cannot be read.
    """
    if file.startswith(CATALOGUE):
        name = file.removeprefix(CATALOGUE)
        texts = _shipped()
        if name in texts:
            return texts[name]
        near = suggestion(name, list(texts))
        hint = f"; did you mean {near}?" if near else ""
        raise UsageProblem(f"the catalogue has no {name}{hint}")
    try:
        # As bytes, since reading text would hide line ends of another system from the checks.
        with open(file, "rb") as opened:
            return opened.read().decode("utf-8")
    except OSError as error:
        raise UsageProblem(f"cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageProblem(f"cannot read {file}: it is not UTF-8 text") from error


def _shipped() -> Mapping[str, str]:
    from hocket.scenarios import catalogue  # noqa: PLC0415 - most files are the user's

    return catalogue.texts()
