"""What is run: from the words of a command to scenarios and functions, and the runtime behind them.

``PATH`` is a scenario file or a folder of them; ``FILE.py:FUNCTION`` is any async function; the
shipped catalogue is what runs when nothing is named.  A runtime is the reference, a planted defect
by its name, or ``MODULE:ATTR``.
"""

import importlib.util
import inspect
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from types import ModuleType
from typing import cast

from attrs import frozen

from hocket.scenarios import catalogue
from hocket.scenarios.adapters import Adapter, AdapterFactory
from hocket.scenarios.adapters.reference import reference
from hocket.scenarios.files import CATALOGUE, files_under, text_of
from hocket.scenarios.importing import module_named
from hocket.scenarios.language.builder import Story
from hocket.scenarios.language.diagnostics import suggestion
from hocket.scenarios.mutants import MUTANTS
from hocket.scenarios.prepared import Prepared, ScenarioErrors, prepare
from hocket.scenarios.usage import UsageProblem
from hocket.simulator import Target
from hocket.simulator.exploring import target_of

__all__ = ["REFERENCE", "Function", "Subject", "adapter_for", "select", "shipped"]

REFERENCE = "reference"


@frozen
class Function:
    """Any async function without arguments, from a file of the user's."""

    name: str
    file: str
    line: int
    made: Target
    sweep_tasks: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """What identifies the source."""
        return self.made.source

    def in_sweep(self) -> "Function":
        """A function has no expectations that would be false in a sweep."""
        return self

    def target(self) -> Target:
        """What a campaign explores."""
        return self.made


Subject = Prepared | Function


def select(
    paths: Sequence[str], runtime: str = REFERENCE, allowed: Collection[str] = ()
) -> list[Subject]:
    """What the words of a command name, in order; the catalogue if there are none.

    ``allowed`` are the packages that scenarios may name code of, by ``use``.  Raises
    :class:`UsageProblem` for what cannot be found or read, with all mistakes of all files.
    """
    if not paths:
        return list(shipped(runtime))
    subjects: list[Subject] = []
    problems: list[str] = []
    for path in paths:
        try:
            subjects.extend(_named(path, runtime, allowed))
        except ScenarioErrors as errors:
            problems.append(str(errors))
    if problems:
        raise UsageProblem("the scenarios have mistakes:\n" + "\n".join(problems))
    return subjects


def shipped(runtime: str = REFERENCE) -> list[Prepared]:
    """The instances of the shipped catalogue, against the runtime of that name."""
    adapter = adapter_for(runtime)
    return [
        prepared
        for name, text in catalogue.texts().items()
        for prepared in prepare(text, file=CATALOGUE + name, adapter=adapter, runtime=runtime)
    ]


def adapter_for(runtime: str) -> AdapterFactory:
    """What makes the runtime of that name: the reference, a mutant, or MODULE:ATTR."""
    if runtime == REFERENCE:
        return reference
    if runtime in MUTANTS:
        return MUTANTS[runtime].adapter
    if ":" not in runtime:
        near = suggestion(runtime, list(MUTANTS))
        hint = f"did you mean {near}?" if near else f"there are {', '.join(MUTANTS)}"
        raise UsageProblem(f"there is no mutant {runtime!r}; {hint}")
    return _imported(runtime)


def _imported(runtime: str) -> AdapterFactory:
    module_name, _, attribute = runtime.partition(":")
    module = module_named(module_name, f"cannot import the adapter {runtime}")
    factory = getattr(module, attribute, None)
    if not callable(factory):
        raise UsageProblem(
            f"{module_name} has no callable {attribute!r}; name one that returns an Adapter"
        )
    _try_once(runtime, factory)
    return cast("AdapterFactory", factory)


def _try_once(runtime: str, factory: Callable[..., object]) -> None:
    """Make one adapter before any scenario does, so that a wrong name is told once."""
    try:
        made = factory()
    except Exception as error:
        raise UsageProblem(
            f"{runtime} cannot make an adapter: {type(error).__name__}: {error}"
        ) from error
    if inspect.iscoroutine(made):
        made.close()
    parts = [name for name in vars(Adapter) if not name.startswith("_")]
    missing = [name for name in parts if not hasattr(made, name)]
    if missing:
        raise UsageProblem(
            f"{runtime} returns a {type(made).__name__}, which is no Adapter: "
            f"it has no {' and no '.join(missing)}"
        )


def _named(path: str, runtime: str, allowed: Collection[str]) -> list[Subject]:
    file, separator, function = path.rpartition(":")
    if separator and file.endswith(".py"):
        return _of_python(file, function, runtime, allowed)
    if path.endswith(".py"):
        raise UsageProblem(f"name the async function to explore, as in {path}:main")
    if Path(path).is_dir():
        files = files_under(path)
        if not files:
            raise UsageProblem(f"there are no *.hocket files in {path}")
        return [subject for found in files for subject in _named(found, runtime, allowed)]
    adapter = adapter_for(runtime)
    return list(
        prepare(text_of(path), file=path, adapter=adapter, runtime=runtime, allowed=allowed)
    )


def _of_python(file: str, name: str, runtime: str, allowed: Collection[str]) -> list[Subject]:
    """The function of that name in a Python file, or the story that stands under it."""
    module = _module(file)
    found = getattr(module, name, None)
    if not isinstance(found, Story):
        return [_function(module, file, name)]
    adapter = adapter_for(runtime)
    place = f"{file}:{name}"
    return list(
        prepare(found.text(), file=place, adapter=adapter, runtime=runtime, allowed=allowed)
    )


def _function(module: ModuleType, file: str, name: str) -> Function:
    function = getattr(module, name, None)
    if function is None:
        names = [n for n, value in vars(module).items() if inspect.iscoroutinefunction(value)]
        near = suggestion(name, names)
        hint = f"; did you mean {near}?" if near else ""
        raise UsageProblem(f"{file} has no function {name}{hint}")
    if not inspect.iscoroutinefunction(function):
        raise UsageProblem(f"{name} in {file} is not an async function")
    if any(p.default is p.empty for p in inspect.signature(function).parameters.values()):
        raise UsageProblem(f"{name} in {file} takes arguments; explore a function without any")
    made = target_of(function)
    line = function.__code__.co_firstlineno
    target = Target(f"{file}:{name}", made.source, function, context={"file": f"{file}:{name}"})
    return Function(target.name, file, line, target)


def _module(file: str) -> ModuleType:
    path = Path(file)
    if not path.is_file():
        raise UsageProblem(f"there is no file {file}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise UsageProblem(f"cannot import {file}")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    sys.path.insert(0, str(path.parent.resolve()))
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise UsageProblem(f"cannot import {file}: {type(error).__name__}: {error}") from error
    finally:
        sys.path.pop(0)
    return module
