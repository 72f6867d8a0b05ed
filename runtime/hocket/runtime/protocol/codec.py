"""Frames as JSON text, and back: strict, so that no mistake of a peer goes further than this.

The classes of :mod:`hocket.runtime.protocol.frames` are the schema.  Unknown types, unknown or
missing fields, values of another type, ``null`` for a field that was merely left out, names that
occur twice, and numbers or strings that JSON writers cannot write are all refused.
"""

import json
import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, NoReturn, TypeVar, Union, cast, get_args, get_origin

import attrs

from hocket.runtime.protocol.frames import (
    CLIENT_FRAMES,
    SERVER_FRAMES,
    ClientFrame,
    ServerFrame,
)

__all__ = ["ProtocolError", "decode", "decode_server", "encode"]

_REFERENCES = ("request_id", "wire_id", "approval_id", "run_id")
_F = TypeVar("_F")


class ProtocolError(Exception):
    """A frame of the peer's that is none: ``code`` for programs, ``message`` for people.

    ``type`` and ``reference`` are the frame's type and the id that it is about, where they could
    be read.
    """

    def __init__(
        self, code: str, message: str, reference: str | None = None, kind: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.reference = reference
        self.type = kind


class _Mismatch(Exception):
    """Why a value does not fit its field."""


def encode(frame: ClientFrame | ServerFrame) -> str:
    """The frame as JSON text, its type first, fields that are ``None`` left out."""
    return json.dumps({"type": frame.type, **_plain(frame)})


def decode(text: str) -> ClientFrame:
    """The client's frame that ``text`` spells; raises :exc:`ProtocolError` if it spells none."""
    return _decode(text, CLIENT_FRAMES)


def decode_server(text: str) -> ServerFrame:
    """The server's frame that ``text`` spells; raises :exc:`ProtocolError` if it spells none."""
    return _decode(text, SERVER_FRAMES)


def _plain(value: Any) -> dict[str, Any]:
    def keep(_field: "attrs.Attribute[Any]", item: Any) -> bool:
        return item is not None

    return attrs.asdict(value, filter=keep)


def _decode(text: str, kinds: Mapping[str, type[_F]]) -> _F:
    value = _parse(text)
    name = value.pop("type", None)
    kind = kinds.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ProtocolError("unknown_type", f"no frame has the type {name!r}")
    try:
        return _build(kind, value)
    except _Mismatch as mismatch:
        reference = next((r for key in _REFERENCES if isinstance(r := value.get(key), str)), None)
        raise ProtocolError("malformed", f"{name}: {mismatch}", reference, name) from None


def _parse(text: str) -> dict[str, Any]:
    try:
        value = json.loads(
            text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_named
        )
        json.dumps(value, ensure_ascii=False).encode()  # lone surrogates are no text
    except (ValueError, RecursionError):
        raise ProtocolError("malformed", "the frame is not JSON text") from None
    if not isinstance(value, dict):
        raise ProtocolError("malformed", "the frame is not a JSON object")
    return cast("dict[str, Any]", value)


def _named(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):  # which one counts differs from reader to reader
        raise ValueError("a name occurs twice")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(digits)
    return value


@cache
def _fields(kind: Any) -> Mapping[str, tuple[Any, bool]]:
    """The fields of a class: the type of each, and whether it is required."""
    attrs.resolve_types(kind)
    return {f.name: (f.type, f.default is attrs.NOTHING) for f in attrs.fields(kind)}


def _build(kind: type[_F], value: Mapping[str, Any]) -> _F:
    fields = _fields(cast("Any", kind))
    if unknown := sorted(value.keys() - fields.keys()):
        raise _Mismatch(f"there is no field {unknown[0]!r}")
    for name, (_type, required) in fields.items():
        if required and name not in value:
            raise _Mismatch(f"the field {name!r} is missing")
    return kind(**{name: _fit(value[name], fields[name][0], name) for name in value})


def _fit(value: Any, expected: Any, name: str) -> Any:
    origin = get_origin(expected)
    if origin in (UnionType, Union):
        expected = next(option for option in get_args(expected) if option is not type(None))
        return _fit(value, expected, name)
    if origin is tuple and isinstance(value, list):
        item = get_args(expected)[0]
        return tuple(_fit(member, item, name) for member in cast("Sequence[Any]", value))
    if isinstance(value, dict):
        members = cast("Mapping[str, Any]", value)
        if origin is not None and issubclass(origin, Mapping):
            return members
        if attrs.has(expected):
            return _build(expected, members)
    return _fit_scalar(cast("object", value), expected, name)


def _fit_scalar(value: object, expected: Any, name: str) -> Any:
    if type(value) is expected:
        return value
    if type(value) is int and expected is float:
        return _real(value, name)
    if isinstance(expected, type) and issubclass(expected, StrEnum):
        for member in expected:
            if value == member:
                return member
    raise _Mismatch(f"the field {name!r} has a wrong value")


def _real(value: int, name: str) -> float:
    try:
        return float(value)
    except OverflowError:
        raise _Mismatch(f"the field {name!r} is out of range") from None
