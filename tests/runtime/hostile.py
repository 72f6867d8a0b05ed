"""Frames of clients that are wrong, or mean ill: generators, and what may come of them."""

import json
from typing import Any

from attrs import frozen
from hypothesis import strategies as st

from hocket.runtime.protocol.codec import encode
from hocket.runtime.protocol.frames import (
    ApprovalResponse,
    Auth,
    Cancel,
    ClientFrame,
    ResultStatus,
    ThreadClose,
    ThreadDelete,
    ThreadHistory,
    ThreadReset,
    ToolResult,
    ToolSchema,
    ToolSchemas,
    UserMessage,
)

SECRET = "what ann alone may read"
LONG = 2_000


@frozen
class Victim:
    """What of another user an attacker got to know."""

    run: str
    other_run: str
    thread: str
    wire: str
    tool: str
    approval: str

    @property
    def ids(self) -> tuple[str, ...]:
        """All of it."""
        return (self.run, self.other_run, self.thread, self.wire, self.approval)


def frames_about(victim: Victim) -> st.SearchStrategy[ClientFrame]:
    """Well-made frames about what is somebody else's, or in no place to be said."""
    orders = st.sampled_from([ThreadClose, ThreadReset, ThreadDelete, ThreadHistory])
    runs, tools = st.sampled_from([victim.run, victim.other_run]), ToolSchema("mine", "", {})
    return st.one_of(
        runs.map(Cancel),
        st.booleans().map(lambda approved: ApprovalResponse(victim.approval, approved)),
        st.sampled_from([victim.wire, "w1", "w2", "w99", ""]).map(
            lambda wire: ToolResult(wire, victim.tool, ResultStatus.SUCCESS, "forged")
        ),
        st.just(UserMessage("q", "let me in", victim.thread)),
        orders.map(lambda order: order("q", victim.thread)),
        st.just(Auth("token of ann")),
        st.integers(-2, 0).map(lambda epoch: ToolSchemas(epoch, (tools,))),
        st.integers(1, 9).map(lambda epoch: ToolSchemas(epoch, (tools, tools))),
    )


@st.composite
def mutated(draw: st.DrawFn, frames: st.SearchStrategy[ClientFrame]) -> str:
    """The text of a frame, with a mistake in it."""
    text = encode(draw(frames))
    members: dict[str, Any] = json.loads(text)
    name = draw(st.sampled_from(sorted(members)))
    other: Any = draw(st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just([]))
    mistake = draw(st.sampled_from(["lose", "add", "change", "twice", "cut", "long", "tail"]))
    match mistake:
        case "lose":
            del members[name]
        case "add":
            members[draw(st.text(min_size=1, max_size=5))] = other
        case "change":
            members[name] = other
        case "twice":
            return f"{text[:-1]}, {json.dumps(name)}: {json.dumps(other)}}}"
        case "cut":
            return text[: draw(st.integers(0, len(text) - 1))]
        case "long":
            members[name] = "x" * LONG
        case _:
            return text + draw(st.text(min_size=1, max_size=5))
    return json.dumps(members)


ANYBODY = Victim("run-1", "run-2", "A", "w1", "look", "approval-1")


def mutated_frames() -> st.SearchStrategy[str]:
    """Frames with a mistake, of every type."""
    return mutated(frames_about(ANYBODY))


def hostile_texts(victim: Victim) -> st.SearchStrategy[list[str]]:
    """What an attacker sends: each perhaps several times, in any order."""
    about = frames_about(victim)
    text = st.one_of(about.map(encode), mutated(about), st.text(max_size=20))
    return st.lists(st.tuples(text, st.integers(1, 2)), min_size=1, max_size=8).map(
        lambda pairs: [text for text, times in pairs for _ in range(times)]
    )
