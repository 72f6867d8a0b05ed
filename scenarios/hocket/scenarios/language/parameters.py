"""From a varied scenario to the scenarios that are run, one for each choice of values.

Parameters are put in before anything runs, so whoever runs or judges a scenario sees durations
and values, never names of parameters, and no ``when``: its properties are there or they are not.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from math import prod
from types import MappingProxyType
from typing import Any, TypeVar, cast

import attrs
from attrs import frozen

from hocket.scenarios.language.model import (
    Condition,
    Duration,
    Name,
    Parameter,
    Property,
    Scenario,
    Together,
    Value,
    When,
)
from hocket.scenarios.language.spelling import spell_value

__all__ = ["MAX_INSTANCES", "Instance", "count", "holds", "instances", "seconds"]

MAX_INSTANCES = 64
"""How many instances a scenario may have."""

T = TypeVar("T")

_RELATIONS: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
        "=": operator.eq,
    }
)


@frozen
class Instance:
    """A scenario with a value for each parameter, and its ``name``, as ``late[outage=29s]``."""

    name: str
    values: Mapping[str, Value]
    scenario: Scenario


def count(scenario: Scenario) -> int:
    """How many instances the scenario has; 1 if it has no parameters."""
    return prod(_length(varied) for varied in scenario.parameters)


def instances(scenario: Scenario) -> tuple[Instance, ...]:
    """The instances of a checked scenario, the last parameter varying fastest.

    Raises ValueError if there are more than :data:`MAX_INSTANCES`, and TypeError if a condition
    compares what cannot be compared; the checks report both.
    """
    if count(scenario) > MAX_INSTANCES:
        raise ValueError(f"more than {MAX_INSTANCES} instances of {scenario.name}")
    choices = product(*(_choices(varied) for varied in scenario.parameters))
    together = (dict(pair for part in choice for pair in part) for choice in choices)
    return tuple(_instance(scenario, values) for values in together)


def seconds(value: Duration | Name) -> float:
    """The seconds of a duration of an instance; ValueError for a parameter without a value."""
    if isinstance(value, Name):
        raise ValueError(f"parameter {value.text} has no value: take an instance of the scenario")
    return value.seconds


def holds(condition: Condition, values: Mapping[str, Value]) -> bool:
    """Whether a condition holds; TypeError where the two values cannot be compared."""
    left, right = values[condition.parameter], condition.value
    if isinstance(left, Duration) and isinstance(right, Duration):
        return _RELATIONS[condition.relation](left.seconds, right.seconds)
    return _RELATIONS[condition.relation](left, right)


def _length(varied: Parameter | Together) -> int:
    if isinstance(varied, Parameter):
        return len(varied.values)
    return min((len(parameter.values) for parameter in varied.parameters), default=1)


def _choices(varied: Parameter | Together) -> list[tuple[tuple[str, Value], ...]]:
    """What may be chosen: a value for the parameter, or one for each of those together."""
    if isinstance(varied, Parameter):
        return [((varied.name, value),) for value in varied.values]
    names = [parameter.name for parameter in varied.parameters]
    columns = (parameter.values for parameter in varied.parameters)
    return [tuple(zip(names, row, strict=True)) for row in zip(*columns, strict=False)]


def _instance(scenario: Scenario, values: Mapping[str, Value]) -> Instance:
    shown = ",".join(f"{name}={spell_value(value)}" for name, value in values.items())
    concrete = attrs.evolve(
        scenario,
        parameters=(),
        setup=_put(scenario.setup, values),
        clients=_put(scenario.clients, values),
        schedule=_put(scenario.schedule, values),
        properties=_put(tuple(_asked(scenario.properties, values)), values),
    )
    name = f"{scenario.name}[{shown}]" if shown else scenario.name
    return Instance(name, MappingProxyType(dict(values)), concrete)


def _asked(properties: tuple[Property, ...], values: Mapping[str, Value]) -> Iterator[Property]:
    for asked in properties:
        if not isinstance(asked, When):
            yield asked
        elif holds(asked.condition, values):
            yield from _asked(asked.properties, values)


def _put(node: T, values: Mapping[str, Value]) -> T:
    """``node`` with the value of each parameter in place of its name, however deep."""
    return cast("T", _put_any(node, values))


def _put_any(node: object, values: Mapping[str, Value]) -> object:
    if isinstance(node, Name):
        return values.get(node.text, node)
    if isinstance(node, tuple):
        return tuple(_put_any(item, values) for item in cast("Iterable[object]", node))
    nested: Any = node
    if attrs.has(nested.__class__):
        parts = {f.name: getattr(nested, f.name) for f in attrs.fields(nested.__class__)}
        new = {name: _put_any(part, values) for name, part in parts.items()}
        return attrs.evolve(nested, **new)
    return node
