"""The scripted model: a look-up, and nothing else."""

import pytest

from hocket.runtime.models.contract import (
    ModelCall,
    ModelError,
    ModelOptions,
    ModelReply,
    ModelRequest,
    ModelUnavailable,
)
from hocket.runtime.models.scripted import Reply, ScriptedModel


def request(run: str, step: int, thread: str = "A") -> ModelRequest:
    """A prompt, of which the model looks only at where it comes from."""
    return ModelRequest(run, thread, step, (), (), ModelOptions())


async def test_each_run_of_a_thread_has_its_script() -> None:
    """Runs get scripts in the order in which they first ask, and replies by their own count."""
    pieces = list[str]()
    calls = (ModelCall(None, "note", {"n": 1}),)
    model = ScriptedModel({"A": [[Reply("a0"), Reply(calls=calls)], [Reply("b0")]]})
    asked = [("r2", 0), ("r1", 0), ("r2", 1), ("r1", 1), ("r3", 0)]
    replies = [await model.reply(request(run, step), pieces.append) for run, step in asked]
    assert replies == [
        ModelReply("a0"),
        ModelReply("b0"),
        ModelReply(calls=calls),
        ModelReply("done"),
        ModelReply("done"),
    ]
    assert await model.reply(request("r9", 0, "B"), pieces.append) == ModelReply("done")
    assert pieces == []


async def test_a_scripted_error_is_a_model_error() -> None:
    """The script can make a request fail, of a kind and after it said something."""
    pieces = list[str]()
    broken = Reply(error="cut off", pieces=("hel", "lo"), fault=ModelUnavailable)
    model = ScriptedModel({"A": [[Reply(error="overloaded"), broken]]})
    with pytest.raises(ModelError, match="overloaded"):
        await model.reply(request("r1", 0), pieces.append)
    assert pieces == []
    with pytest.raises(ModelUnavailable, match="cut off"):
        await model.reply(request("r1", 1), pieces.append)
    assert pieces == ["hel", "lo"]
