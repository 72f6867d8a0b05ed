"""Putting dispatchers in the place of functions, while a campaign runs.

Replacing an attribute of a module reaches whoever asks the module.  A program that said
``from time import monotonic`` asks itself, so names of its own modules that are bound to a replaced
object are bound to the dispatcher too.  Its own modules are the loaded ones that are neither the
standard library's, nor installed, nor hocket's, and all of the package that holds the target.  A
function kept elsewhere, as a default argument or in an object, stays what it is.
"""

import sys
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

__all__ = ["program_modules", "rebinding", "substituted"]

_FOREIGN = sys.stdlib_module_names | {"hocket", "outcome", "trio"}
_INSTALLED = ("site-packages", "dist-packages")

# What is replaced now and what stands there instead; both kept alive, since they go by identity.
_in_place: list[tuple[object, object]] = []


@contextmanager
def substituted(
    owner: ModuleType | type, substitutes: Mapping[str, Callable[[Any], object]]
) -> Generator[None]:
    """Replace attributes of ``owner`` inside, as far as this platform has them.

    ``substitutes`` makes, for each name, a dispatcher from what is there.
    """
    before = {name: getattr(owner, name) for name in substitutes if hasattr(owner, name)}
    pairs = [(original, substitutes[name](original)) for name, original in before.items()]
    for name, (_, dispatcher) in zip(before, pairs, strict=True):
        setattr(owner, name, dispatcher)
    _in_place.extend(pairs)
    try:
        yield
    finally:
        for pair in pairs:
            _in_place.remove(pair)
        for name, original in before.items():
            setattr(owner, name, original)


@contextmanager
def rebinding() -> Generator[Callable[[str], None]]:
    """Gives a function that binds the names of the program's modules to the dispatchers.

    It takes the name of a module whose package is the program's too, even if it is installed.
    Afterwards all of them are bound as before, also in modules that were loaded inside.
    """
    pairs = tuple(_in_place)
    loaded = frozenset(sys.modules)
    bound: list[ModuleType] = []

    def bind(module: str) -> None:
        modules = program_modules(module.partition(".")[0])
        _bind(modules, pairs)
        bound.extend(modules)

    try:
        yield bind
    finally:
        new = [module for name, module in tuple(sys.modules.items()) if name not in loaded]
        _bind([*bound, *new], [(there, here) for here, there in pairs])


def _bind(modules: Iterable[ModuleType], pairs: Iterable[tuple[object, object]]) -> None:
    """Wherever a module has a name for the first of a pair, give the name to the second."""
    table = {id(old): new for old, new in pairs}
    for module in modules:
        names = getattr(module, "__dict__", {})
        for name, value in tuple(names.items()):
            if id(value) in table:
                names[name] = table[id(value)]


def program_modules(own: str) -> list[ModuleType]:
    """The loaded modules of the program; ``own`` is the top of a package that is part of it."""
    return [
        module
        for name, module in tuple(sys.modules.items())
        if (top := name.partition(".")[0]) not in _FOREIGN
        and (top == own or _is_in_working_tree(module))
    ]


def _is_in_working_tree(module: ModuleType) -> bool:
    path = getattr(module, "__file__", None)
    if not isinstance(path, str):
        return getattr(module, "__name__", "") == "__main__"
    return not any(folder in path for folder in _INSTALLED)
