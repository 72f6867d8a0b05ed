"""The JSON Schema of the JSON form, from the same classes that the form is read by.

Editors complete and check ``*.hocket.json`` from it.  Names that nothing has, and the like, are for
``hocket check`` to find: a schema knows shapes alone.
"""

import inspect
from collections.abc import Mapping
from enum import Enum
from typing import Any

from attrs import NOTHING

from hocket.scenarios.language import model
from hocket.scenarios.language.json_form import FORMAT_VERSION
from hocket.scenarios.language.json_types import (
    Alternatives,
    Listed,
    Shape,
    fields_of,
    kind_of,
)

__all__ = ["json_schema"]

_PLAIN: Mapping[type, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


def json_schema() -> dict[str, Any]:
    """The schema as plain data, in the dialect of draft 2020-12."""
    definitions: dict[str, Any] = {}
    scenarios = _shape(Listed(model.Scenario), definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "hocket scenarios",
        "description": "Scenarios of agent runtimes in the JSON form; see `hocket schema --help`.",
        "type": "object",
        "properties": {
            "$schema": {"type": "string"},
            "hocket": {"const": FORMAT_VERSION, "description": "The version of this form."},
            "scenarios": scenarios,
        },
        "required": ["hocket", "scenarios"],
        "additionalProperties": False,
        "$defs": dict(sorted(definitions.items())),
    }


def _shape(shape: Shape, definitions: dict[str, Any]) -> dict[str, Any]:
    if isinstance(shape, Listed):
        return {"type": "array", "items": _shape(shape.of, definitions)}
    if isinstance(shape, Alternatives):
        return {"anyOf": [_one(shape_, definitions, tagged=True) for shape_ in shape.of]}
    return _one(shape, definitions, tagged=False)


def _one(shape: Shape, definitions: dict[str, Any], *, tagged: bool) -> dict[str, Any]:
    if isinstance(shape, Listed | Alternatives):
        return _shape(shape, definitions)
    if shape in _PLAIN:
        return {"type": _PLAIN[shape]}
    if issubclass(shape, Enum):
        return {"enum": [choice.value for choice in shape]}
    kind = kind_of(shape) if tagged else ""
    if shape.__name__ not in definitions:
        definitions[shape.__name__] = {}
        definitions[shape.__name__] = _object(shape, definitions)
    reference = {"$ref": f"#/$defs/{shape.__name__}"}
    if not kind:
        return reference
    return {**reference, "properties": {"kind": {"const": kind}}, "required": ["kind"]}


def _object(cls: type[Any], definitions: dict[str, Any]) -> dict[str, Any]:
    properties = {"kind": {"type": "string"}} if kind_of(cls) else {}
    fields = fields_of(cls)
    properties |= {name: _shape(shape, definitions) for name, (shape, _) in fields.items()}
    required = [name for name, (_, default) in fields.items() if default is NOTHING]
    return {
        "description": " ".join((inspect.getdoc(cls) or "").split()),
        "type": "object",
        "properties": properties,
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }
