"""The JSON form of scenarios, both ways: for programs that write scenarios, and editors."""

import json
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, cast

import attrs
from attrs import NOTHING, define, field

from hocket.scenarios.language import model
from hocket.scenarios.language.diagnostics import Code, Reporter
from hocket.scenarios.language.json_places import Places, Pointer
from hocket.scenarios.language.json_types import (
    Alternatives,
    Listed,
    Shape,
    fields_of,
    kind_of,
)

__all__ = ["FORMAT_VERSION", "dumps", "from_data", "to_data"]

FORMAT_VERSION = 1
"""The version of the JSON form, which stands in each document."""

_WHAT: Mapping[type, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


def dumps(scenarios: Sequence[model.Scenario]) -> str:
    """Scenarios as a JSON document."""
    return json.dumps(to_data(scenarios), indent=2, ensure_ascii=False) + "\n"


def to_data(scenarios: Sequence[model.Scenario]) -> dict[str, Any]:
    """Scenarios as plain lists and mappings."""
    return {
        "hocket": FORMAT_VERSION,
        "scenarios": [_plain(scenario, model.Scenario) for scenario in scenarios],
    }


def from_data(data: object, places: Places, reporter: Reporter) -> tuple[model.Scenario, ...]:
    """The scenarios of a JSON document; what has another shape is reported and left out."""
    reading = _Reading(places, reporter)
    document = reading.mapping(data, (), {"$schema", "hocket", "scenarios"})
    if document is None:
        return ()
    if document.get("hocket") != FORMAT_VERSION:
        reading.refuse(
            ("hocket",) if "hocket" in document else (),
            "the version of the form is missing or another one",
            f'begin with "hocket": {FORMAT_VERSION}',
        )
    shape = Listed(model.Scenario)
    found: Any = reading.read(document.get("scenarios"), shape, ("scenarios",))
    return tuple(one for one in found or () if one is not None)


def _plain(value: Any, shape: Shape) -> Any:
    if isinstance(shape, Listed):
        return [_plain(one, shape.of) for one in value]
    if isinstance(value, Enum):
        return str(value.value)
    cls: type[Any] = value.__class__
    if not attrs.has(cls):
        return value
    tagged = {"kind": kind_of(cls)} if isinstance(shape, Alternatives) and kind_of(cls) else {}
    return tagged | {
        name: _plain(part, inner)
        for name, (inner, default) in fields_of(cls).items()
        if (part := getattr(value, name)) != default
    }


@define
class _Reading:
    """Reads a document against shapes, and reports where it has another one."""

    places: Places
    reporter: Reporter
    failed: object = field(factory=object, init=False)

    def refuse(self, at: Pointer, message: str, hint: str) -> None:
        """Report what stands at a place of the document."""
        self.reporter.report(Code.SHAPE, self.places.span(at), message, hint=hint)

    def mapping(self, data: object, at: Pointer, known: set[str]) -> dict[str, object] | None:
        """An object with no other keys than those that are ``known``."""
        if not isinstance(data, dict):
            self.refuse(at, f"an object was expected, not {_shown(data)}", "see hocket schema")
            return None
        found = cast("dict[str, object]", data)
        for name in found:
            if name not in known:
                span = self.places.key(at, name)
                self.reporter.report_unknown(Code.SHAPE, span, "key", name, sorted(known))
        return found

    def read(self, data: object, shape: Shape, at: Pointer) -> Any:
        """The value of a place, None where it cannot be read."""
        if isinstance(shape, Listed):
            return self._listed(data, shape, at)
        if isinstance(shape, Alternatives):
            return self._one_of(data, shape, at)
        if attrs.has(shape):
            return self._node(data, shape, at)
        if issubclass(shape, Enum):
            return self._choice(data, shape, at)
        fits = type(data) is shape or (shape is float and type(data) is int)
        if not fits:
            self.refuse(at, f"{_WHAT[shape]} was expected, not {_shown(data)}", "see hocket schema")
            return None
        return float(cast("float", data)) if shape is float else data

    def _listed(self, data: object, shape: Listed, at: Pointer) -> tuple[Any, ...] | None:
        if not isinstance(data, list):
            self.refuse(at, f"a list was expected, not {_shown(data)}", "see hocket schema")
            return None
        items = cast("list[object]", data)
        return tuple(self.read(one, shape.of, (*at, number)) for number, one in enumerate(items))

    def _choice(self, data: object, choices: type[Enum], at: Pointer) -> Enum | None:
        known = {str(choice.value): choice for choice in choices}
        if isinstance(data, str) and data in known:
            return known[data]
        self.refuse(at, f"{_shown(data)} cannot stand here", "known: " + ", ".join(known))
        return None

    def _one_of(self, data: object, shape: Alternatives, at: Pointer) -> Any:
        if not isinstance(data, dict):
            plain = [one for one in shape.of if one in _WHAT and type(data) is one]
            if plain:
                return data
            self.refuse(at, f"{_shown(data)} cannot stand here", "see hocket schema")
            return None
        fields = cast("dict[str, object]", data)
        classes = [cast("type[Any]", one) for one in shape.of if one not in _WHAT]
        for cls in classes:
            if not kind_of(cls) and set(fields) <= set(fields_of(cls)) and fields:
                return self._node(fields, cls, at)
        kinds = {kind_of(cls): cls for cls in classes if kind_of(cls)}
        kind = fields.get("kind")
        if isinstance(kind, str) and kind in kinds:
            return self._node(fields, kinds[kind], at)
        if isinstance(kind, str) and kinds:
            span = self.places.span((*at, "kind"))
            self.reporter.report_unknown(Code.SHAPE, span, "kind", kind, kinds)
        else:
            known = ", ".join(kinds) or "seconds, name"
            self.refuse(at, "the object does not say what it is", f"known: {known}")
        return None

    def _node(self, data: object, cls: type[Any], at: Pointer) -> Any:
        fields = fields_of(cls)
        given = self.mapping(data, at, {*fields, "kind"})
        if given is None:
            return None
        values: dict[str, Any] = {}
        whole = True
        for name, (shape, default) in fields.items():
            if name in given:
                values[name] = self.read(given[name], shape, (*at, name))
                whole = whole and values[name] is not None
            elif default is NOTHING:
                self.refuse(at, f"'{name}' is missing", f"an object here has {', '.join(fields)}")
                whole = False
        line = self.places.span(at).line
        extra = {"line": line} if issubclass(cls, model.Node) else {}
        return cls(**values, **extra) if whole and _complete(values) else None


def _complete(values: Mapping[str, Any]) -> bool:
    """Whether no member of a list could not be read."""
    return not any(value.__class__ is tuple and None in value for value in values.values())


def _shown(data: object) -> str:
    if isinstance(data, dict | list):
        return "an object" if isinstance(data, dict) else "a list"
    shown = json.dumps(data, ensure_ascii=True)
    return shown if len(shown) <= 40 else shown[:37] + "..."
