"""Rules about the repository as folders and texts: the namespace, the licence, no foreign traces.

Each rule takes a repository's folder, or one text, so that a test can build a small wrong one.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import ROOTS

_MACHINE_PATH = re.compile(r"(?<![\w.~*$}>-])/(home|root|Users|work|mnt)/[\w.]")
_REGISTRY = re.compile(
    r"\b(pypi\.org|pythonhosted\.org|anaconda\.org|registry\.npmjs\.\w+|crates\.io)\b"
    r"|--(extra-)?index-url|/simple/?(?=[\s'\"]|$)",
    re.IGNORECASE,
)


def shadowed_namespace(repository: Path) -> Iterator[str]:
    """No root has a ``hocket/__init__.py``: it would hide the other three."""
    for root in ROOTS:
        if (repository / root / "hocket" / "__init__.py").exists():
            yield f"{root}/hocket/__init__.py hides the other roots"
        if (repository / root / "__init__.py").exists():
            yield f"{root}/__init__.py makes the folder itself a package"


def stray_in_root(repository: Path) -> Iterator[str]:
    """A root holds its component and nothing else that could be imported."""
    for root in ROOTS:
        for path in sorted((repository / root).rglob("*.py")):
            inside = path.relative_to(repository / root).parts
            if inside[:2] != ("hocket", root):
                yield f"{path.relative_to(repository).as_posix()} is outside hocket/{root}"


def untyped_component(repository: Path) -> Iterator[str]:
    """Each component has its ``py.typed``, without which its users' checkers ignore its types."""
    for root in ROOTS:
        if not (repository / root / "hocket" / root / "py.typed").is_file():
            yield f"{root}/hocket/{root}/py.typed is missing"


def unlicensed(repository: Path) -> Iterator[str]:
    """The MIT licence is there in full, and the metadata says so."""
    licence = repository / "LICENSE"
    text = licence.read_text("utf-8") if licence.is_file() else ""
    for part in ("MIT License", "Copyright (c)", "free of charge", 'PROVIDED "AS IS"'):
        if part not in text:
            yield f"LICENSE does not contain {part!r}"
    if 'license = "MIT"' not in (repository / "pyproject.toml").read_text("utf-8"):
        yield "pyproject.toml does not say MIT"


def machine_path(path: str, text: str) -> Iterator[str]:
    """No text holds an absolute path of somebody's machine."""
    yield from _found(_MACHINE_PATH, path, text)


def registry_name(path: str, text: str) -> Iterator[str]:
    """No text names a package registry: where packages come from is the reader's setting."""
    yield from _found(_REGISTRY, path, text)


def _found(pattern: re.Pattern[str], path: str, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        if pattern.search(line):
            yield f"{path}:{number}: {line.strip()}"
