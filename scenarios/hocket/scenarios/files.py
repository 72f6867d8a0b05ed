"""Scenario files: which there are, and what stands in them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from hocket.scenarios import catalogue
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
        return [CATALOGUE + name for name in catalogue.texts()]
    return [file for path in paths for file in (files_under(path) or [path])]


def files_under(path: str) -> list[str]:
    """The scenario files in a folder and below it, in order; none if it is no folder."""
    return sorted(_below(Path(path))) if Path(path).is_dir() else []


def _below(folder: Path) -> Iterator[str]:
    for suffix in SUFFIXES:
        yield from map(str, folder.rglob(f"*{suffix}"))


def text_of(file: str) -> str:
    """The text of a scenario file, shipped or of the user's.

    Raises :class:`~hocket.scenarios.usage.UsageProblem` if it cannot be read.
    """
    if file.startswith(CATALOGUE):
        name = file.removeprefix(CATALOGUE)
        texts = catalogue.texts()
        if name in texts:
            return texts[name]
        near = suggestion(name, list(texts))
        hint = f"; did you mean {near}?" if near else ""
        raise UsageProblem(f"the catalogue has no {name}{hint}")
    try:
        # Not read_text, which would hide line ends of another system from the checks.
        return Path(file).read_bytes().decode("utf-8")
    except OSError as error:
        raise UsageProblem(f"cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageProblem(f"cannot read {file}: it is not UTF-8 text") from error
