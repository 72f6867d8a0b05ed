"""What a client does: the steps of its lanes, a method for each."""

from attrs import define, field

from hocket.scenarios.language.builder.values import Time, time_of
from hocket.scenarios.language.model import (
    Approve,
    Cancel,
    Close,
    CloseThread,
    Connect,
    DeleteThread,
    Deny,
    Drop,
    Fork,
    Lane,
    Offer,
    OnApproval,
    OnCall,
    OnEnd,
    OnPause,
    Reply,
    ResetThread,
    Revoke,
    Start,
    Step,
    Wait,
)

__all__ = ["LaneScript"]


@define
class LaneScript:
    """The steps of a client, or of one lane of a fork, in the order of their calls."""

    name: str
    _done: "list[Step | _Branching]" = field(factory=list["Step | _Branching"], init=False)

    def steps(self) -> tuple[Step, ...]:
        """The steps so far."""
        return tuple(s.step() if isinstance(s, _Branching) else s for s in self._done)

    def connect(self, name: str | None = None, *, resuming: str | None = None) -> None:
        """Open a connection."""
        self._done.append(Connect(name, resuming))

    def start(self, thread: str, turn: str, *, saying: str | None = None) -> None:
        """Ask for a turn on a thread."""
        self._done.append(Start(thread, turn, saying))

    def on_call(
        self,
        tool: str,
        name: str,
        *,
        of: str | None = None,
        call_id: str | None = None,
        else_skip: bool = False,
    ) -> None:
        """Wait for a delegated call."""
        self._done.append(OnCall(tool, name, of, call_id, else_skip))

    def on_approval(
        self, tool: str, name: str, *, of: str | None = None, else_skip: bool = False
    ) -> None:
        """Wait for a question."""
        self._done.append(OnApproval(tool, name, of, else_skip))

    def on_pause(self, turn: str, *, else_skip: bool = False) -> None:
        """Wait until a turn is seen to pause."""
        self._done.append(OnPause(turn, else_skip))

    def on_end(self, turn: str, *, else_skip: bool = False) -> None:
        """Wait until a turn is seen to end."""
        self._done.append(OnEnd(turn, else_skip))

    def reply(
        self,
        call: str,
        text: str,
        *,
        as_tool: str | None = None,
        session: str | None = None,
        error: bool = False,
    ) -> None:
        """Answer a delegated call."""
        self._done.append(Reply(call, text, as_tool, session, error))

    def approve(self, approval: str, *, session: str | None = None) -> None:
        """Say yes."""
        self._done.append(Approve(approval, session))

    def deny(self, approval: str, *, session: str | None = None) -> None:
        """Say no."""
        self._done.append(Deny(approval, session))

    def cancel(self, turn: str, *, session: str | None = None) -> None:
        """Ask for the cancellation of a turn."""
        self._done.append(Cancel(turn, session))

    def offer(self, *tools: str) -> None:
        """Offer these tools, in place of all that were offered before."""
        self._done.append(Offer(tools))

    def close_thread(self, thread: str) -> None:
        """Ask to close a thread."""
        self._done.append(CloseThread(thread))

    def reset_thread(self, thread: str) -> None:
        """Ask for a new thread in the place of one."""
        self._done.append(ResetThread(thread))

    def delete_thread(self, thread: str) -> None:
        """Ask to delete a thread."""
        self._done.append(DeleteThread(thread))

    def revoke(self) -> None:
        """Revoke the login of the client's user."""
        self._done.append(Revoke())

    def drop(self, session: str | None = None) -> None:
        """Lose a connection."""
        self._done.append(Drop(session))

    def close(self, session: str | None = None) -> None:
        """Close a connection."""
        self._done.append(Close(session))

    def wait(self, duration: Time) -> None:
        """Let virtual time pass."""
        self._done.append(Wait(time_of(duration)))

    def fork(self, *names: str) -> "tuple[LaneScript, ...]":
        """Lanes side by side, to be filled; what is added here later goes on after all of them."""
        lanes = tuple(LaneScript(name) for name in names)
        self._done.append(_Branching(lanes))
        return lanes


@define
class _Branching:
    """A fork whose lanes may still be added to."""

    lanes: tuple[LaneScript, ...]

    def step(self) -> Step:
        return Fork(tuple(Lane(lane.name, lane.steps()) for lane in self.lanes))
