"""Calls as models write them, with arguments that should be a JSON object, and may not be."""

import json
from collections.abc import Mapping
from typing import Any, cast

from hocket.runtime.models.contract import ModelCall

__all__ = ["call_of"]


def call_of(call_id: str | None, name: str, spelled: str) -> ModelCall:
    """The call of ``name`` with the arguments that ``spelled`` spells.

    >>> call_of("c1", "look", '{"at": 1}').arguments
    {'at': 1}
    >>> call_of("c1", "look", "[1]").error
    'they are not a JSON object'
    """
    try:
        arguments: Any = json.loads(spelled)
    except (ValueError, RecursionError):
        return ModelCall(call_id, name, error="they are not JSON", raw=spelled)
    if not isinstance(arguments, dict):
        return ModelCall(call_id, name, error="they are not a JSON object", raw=spelled)
    return ModelCall(call_id, name, cast("Mapping[str, Any]", arguments))
