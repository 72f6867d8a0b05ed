"""What the tools of a scenario take: the arguments that its script gives them."""

from collections.abc import Mapping
from typing import Any

from hocket.scenarios.language import model

__all__ = ["parameters"]


def parameters(setup: model.Setup, tool: str) -> Mapping[str, Any]:
    """A JSON schema of the arguments that the script gives ``tool`` anywhere, all optional."""
    names = {
        argument.name
        for turn in setup.models
        for reply in turn.replies
        if isinstance(reply, model.Calls)
        for call in reply.calls
        if call.tool == tool
        for argument in call.arguments
    }
    return {"type": "object", "properties": {name: {} for name in sorted(names)}}
