"""Code of the reader's own that a scenario names by ``use``: the one way out of pure data.

A scenario file is anybody's text.  It can name code, but whoever runs it decides which packages it
may reach: nothing is imported that is not allowed by name.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from hocket.scenarios.importing import module_named
from hocket.scenarios.language.model import Property, Scenario, Use, When
from hocket.scenarios.usage import UsageProblem

__all__ = ["load", "references"]


def references(scenario: Scenario) -> tuple[tuple[str, int], ...]:
    """What a scenario names by ``use``, with the line of each."""
    tools = ((tool.use, tool.line) for tool in scenario.setup.tools if tool.use is not None)
    return (*tools, *((used.reference, used.line) for used in _used(scenario.properties)))


def load(
    scenarios: Sequence[Scenario], allowed: Collection[str], *, file: str
) -> Mapping[str, Callable[..., object]]:
    """The code that ``scenarios`` of ``file`` name, by the reference to it.

    ``allowed`` are the packages and modules that may be imported, with all in them.  Raises
    :class:`~hocket.scenarios.usage.UsageProblem` for what is not allowed, or not there.
    """
    found: dict[str, Callable[..., object]] = {}
    for scenario in scenarios:
        for reference, line in references(scenario):
            module = reference.partition(":")[0]
            if not any(module == name or module.startswith(f"{name}.") for name in allowed):
                top = module.partition(".")[0]
                raise UsageProblem(
                    f"{file}:{line}: names code, {reference}; if you trust it, add --use {top}"
                )
            found[reference] = _imported(reference, f"{file}:{line}")
    return found


def _used(properties: Sequence[Property]) -> Iterator[Use]:
    for asked in properties:
        if isinstance(asked, Use):
            yield asked
        elif isinstance(asked, When):
            yield from _used(asked.properties)


def _imported(reference: str, place: str) -> Callable[..., object]:
    module_name, _, name = reference.partition(":")
    module = module_named(module_name, f"{place}: cannot import {module_name}")
    made: object = getattr(module, name, None)
    if not callable(made):
        raise UsageProblem(f"{place}: {module_name} has no function {name!r}")
    return made
