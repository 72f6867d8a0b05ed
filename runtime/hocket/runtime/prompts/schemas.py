"""Schemas of tools as models are given them: strict, so that a call either fits or says why not.

Strict means, as providers of models use the word: no properties but those listed, all of them
required, and those that may be left out nullable instead.
"""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from hocket.runtime.protocol.frames import ToolSchema

__all__ = ["arguments", "arguments_of", "misfit", "strict"]


def strict(schema: ToolSchema) -> ToolSchema:
    """The schema with strict parameters; one whose owner does not say what it takes stays as it is.

    >>> tool = strict(ToolSchema("f", "", {"properties": {"a": {"type": "string"}}}))
    >>> tool.parameters["properties"], tool.parameters["required"]
    ({'a': {'type': ['string', 'null']}}, ['a'])
    """
    if "properties" not in schema.parameters:
        return schema
    return ToolSchema(schema.name, schema.description, _strict(schema.parameters))


def arguments(schema: ToolSchema) -> tuple[str, ...] | None:
    """The names of the arguments that a tool takes; ``None`` if its owner does not say.

    >>> arguments(ToolSchema("f", "", {"properties": {"b": {}, "a": {}}}))
    ('a', 'b')
    """
    properties = schema.parameters.get("properties")
    return None if properties is None else tuple(sorted(properties))


def arguments_of(tools: Iterable[ToolSchema]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The tools whose owners say what they take, each with the names of its arguments."""
    named = ((tool.name, arguments(tool)) for tool in tools)
    return tuple((name, given) for name, given in named if given is not None)


def misfit(schema: ToolSchema, given: Mapping[str, Any]) -> str | None:
    """Why arguments do not fit a schema, for the model to read; ``None`` if they do.

    >>> misfit(ToolSchema("f", "", {"properties": {"a": {}}}), {"thinking": "hm"})
    "f takes no argument 'thinking'"
    """
    known = arguments(schema)
    if known is None:
        return None
    for name in sorted(given):
        if name not in known:
            return f"{schema.name} takes no argument {name!r}"
    for name in sorted(schema.parameters.get("required", ())):
        if name not in given:
            return f"{schema.name} needs the argument {name!r}"
    return None


def _strict(parameters: Mapping[str, Any]) -> dict[str, Any]:
    properties = cast("Mapping[str, Mapping[str, Any]]", parameters.get("properties", {}))
    required = parameters.get("required", ())
    return {
        **parameters,
        "type": "object",
        "properties": {
            name: dict(value) if name in required else _nullable(value)
            for name, value in properties.items()
        },
        "required": list(properties),
        "additionalProperties": False,
    }


def _nullable(value: Mapping[str, Any]) -> dict[str, Any]:
    kind = value.get("type")
    if isinstance(kind, str):
        return {**value, "type": [kind, "null"]}
    return {"anyOf": [dict(value), {"type": "null"}]} if value else {}
