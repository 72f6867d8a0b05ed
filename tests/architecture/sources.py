"""The files of the repository, read and parsed once, as the rules of tidiness see them."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from attrs import field, frozen

REPOSITORY = Path(__file__).resolve().parents[2]
ROOTS = ("runtime", "simulator", "scenarios", "reports")
BESIDE = ("tests", "benchmarks", "examples")

_TEXTS = {".py", ".md", ".toml", ".cfg", ".ini", ".yaml", ".yml", ".hocket", ".json", ".html", ""}
_TOP = ("README.md", "CHANGELOG.md", "LICENSE", "Makefile", "pyproject.toml", ".ci/run")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@frozen
class Source:
    """One Python file: ``path`` relative to the repository, with ``/``, its text and its tree."""

    path: str
    text: str
    tree: ast.Module = field(eq=False, repr=False)

    @classmethod
    def of(cls, text: str, path: str = "simulator/hocket/simulator/planted.py") -> "Source":
        """Parse ``text``; raises :class:`SyntaxError` for a file that is no Python."""
        return cls(path, text, ast.parse(text, path))

    @property
    def shipped(self) -> bool:
        """Whether the file is a part of the installed package."""
        return self.path.startswith(tuple(f"{root}/hocket/" for root in ROOTS))

    @property
    def module(self) -> str:
        """The name to import it by."""
        parts = Path(self.path).with_suffix("").parts[1 if self.shipped else 0 :]
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def functions(self) -> Iterator[Function]:
        """All functions and methods, nested ones too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def at(self, node: ast.stmt | ast.expr | ast.arg, what: str) -> str:
        """One offence, as a place that an editor jumps to and a sentence."""
        return f"{self.path}:{node.lineno}: {what}"


@cache
def shipped_sources() -> tuple[Source, ...]:
    """The Python files of the four roots."""
    return tuple(_read(ROOTS))


@cache
def all_sources() -> tuple[Source, ...]:
    """The Python files of the four roots, the tests, the benchmarks and the examples."""
    return (*shipped_sources(), *_read(BESIDE))


@cache
def texts() -> tuple[tuple[str, str], ...]:
    """Path and contents of every text file that the project is made of."""
    folders = [REPOSITORY / name for name in (*ROOTS, *BESIDE, "docs")]
    found = [path for folder in folders for path in folder.rglob("*") if _is_text(path)]
    found += [path for name in _TOP if (path := REPOSITORY / name).is_file()]
    found += REPOSITORY.glob(".*.yaml")
    return tuple((_relative(path), path.read_text("utf-8")) for path in sorted(found))


def _read(folders: Iterable[str]) -> Iterator[Source]:
    for folder in folders:
        for path in sorted((REPOSITORY / folder).rglob("*.py")):
            yield Source.of(path.read_text("utf-8"), _relative(path))


def _relative(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def _is_text(path: Path) -> bool:
    return path.is_file() and path.suffix in _TEXTS and "__pycache__" not in path.parts
