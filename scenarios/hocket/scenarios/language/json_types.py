"""What the JSON form of the model is made of, read off the model's own classes.

A node is an object with the fields of its class; a field that has its default is left out, and
``line`` has no place in it.  Where several classes may stand, an object says by ``kind`` which it
is: the name of the class in lower case, as ``on_call``.  Values other than texts, numbers and truth
values are objects by their one key: ``{"seconds": 5}`` and ``{"name": "delay"}``.
"""

import re
import types
import typing
from collections.abc import Hashable, Mapping
from functools import lru_cache
from typing import Any, cast

import attrs
from attrs import frozen

from hocket.scenarios.language import model

__all__ = ["Alternatives", "Listed", "Shape", "fields_of", "kind_of", "shape_of"]

_UNTAGGED = (model.Duration, model.Name, model.Range)
"""Classes that are told apart by the one key that only they have."""


@frozen
class Listed:
    """A list of one shape."""

    of: "Shape"


@frozen
class Alternatives:
    """One of several shapes."""

    of: tuple["Shape", ...]


Shape = type[Any] | Listed | Alternatives
"""What may stand in a place: a class, a list, or one of several."""


def kind_of(cls: type[Any]) -> str:
    """How an object says of which class it is; empty for those that need not say it.

    >>> kind_of(model.OnCall), kind_of(model.Duration)
    ('on_call', '')
    """
    if cls in _UNTAGGED or not issubclass(cls, model.Node):
        return ""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()


def fields_of(cls: type[Any]) -> Mapping[str, tuple[Shape, Any]]:
    """The fields of a class with the shape and the default of each, NOTHING if it has none."""
    return _fields_of(cast("Hashable", cls))


@lru_cache(maxsize=128)
def _fields_of(hashed: Hashable) -> Mapping[str, tuple[Shape, Any]]:
    cls = cast("type[Any]", hashed)
    hints = typing.get_type_hints(cls, dict(vars(model)))
    return {
        field.name: (shape_of(hints[field.name]), _default(field.default))
        for field in attrs.fields(cls)
        if field.name != "line"
    }


def _default(default: Any) -> Any:
    return default.factory() if isinstance(default, attrs.Factory) else default  # type: ignore[arg-type]


def shape_of(hint: Any) -> Shape:
    """The shape that a type of the model has in JSON; ``None`` is left to defaults."""
    origin = typing.get_origin(hint)
    if origin is tuple:
        return Listed(shape_of(typing.get_args(hint)[0]))
    if origin in (typing.Union, types.UnionType):
        shapes = [shape_of(one) for one in typing.get_args(hint) if one is not type(None)]
        return shapes[0] if len(shapes) == 1 else Alternatives(tuple(shapes))
    return cast("type[Any]", hint)
