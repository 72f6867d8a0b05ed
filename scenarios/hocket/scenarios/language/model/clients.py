"""What clients do: the steps of their lanes."""

from attrs import frozen

from hocket.scenarios.language.model.values import Duration, Name, Node

__all__ = [
    "Approve",
    "Cancel",
    "Client",
    "Close",
    "CloseThread",
    "Connect",
    "DeleteThread",
    "Deny",
    "Drop",
    "Fork",
    "Lane",
    "Offer",
    "OnApproval",
    "OnCall",
    "OnEnd",
    "OnPause",
    "Reply",
    "ResetThread",
    "Revoke",
    "Start",
    "Step",
    "Wait",
]


@frozen
class Connect(Node):
    """Open and authenticate a connection; with ``resuming``, by that connection's resume token.

    Steps that follow act over it.  It offers every delegated tool of the scenario.
    """

    name: str | None = None
    resuming: str | None = None


@frozen
class Start(Node):
    """Ask for a turn on ``thread``; without a ``text`` the driver makes one up."""

    thread: str
    turn: str
    text: str | None = None


@frozen
class OnCall(Node):
    """Wait until this client is asked to run ``tool``, by any turn or by one, with any id or one.

    ``id`` is the id that the model gave the call.  A request that came before the step counts,
    and each satisfies one step only.  With ``else_skip``, a wait that can no longer end (nothing
    else can happen) skips the rest of its lane; without it, such a lane is stuck, which fails
    the scenario.  All this holds in the other steps that wait, too.
    """

    tool: str
    name: str
    turn: str | None = None
    id: str | None = None
    else_skip: bool = False


@frozen
class OnApproval(Node):
    """Wait until a person is asked whether ``tool`` may run, for any turn or for one."""

    tool: str
    name: str
    turn: str | None = None
    else_skip: bool = False


@frozen
class OnPause(Node):
    """Wait until ``turn`` was seen to pause for an approval, then or earlier."""

    turn: str
    else_skip: bool = False


@frozen
class OnEnd(Node):
    """Wait until ``turn`` was seen to end, then or earlier: by a terminal frame, or a rejection."""

    turn: str
    else_skip: bool = False


@frozen
class Reply(Node):
    """Answer a delegated call with a text, ``error`` telling whether it reports a failure.

    ``tool`` claims another tool's name; ``session`` speaks for a connection other than the
    client's last one.  If that one is gone, the frame goes out on the one that resumed it.
    """

    call: str
    value: str
    tool: str | None = None
    session: str | None = None
    error: bool = False


@frozen
class Approve(Node):
    """Say yes to an approval."""

    approval: str
    session: str | None = None


@frozen
class Deny(Node):
    """Say no to an approval."""

    approval: str
    session: str | None = None


@frozen
class Cancel(Node):
    """Ask for the cancellation of a turn; waits until the turn is known."""

    turn: str
    session: str | None = None


@frozen
class Offer(Node):
    """Offer these tools over the last connection, in place of all that it offered before."""

    tools: tuple[str, ...]


@frozen
class CloseThread(Node):
    """Ask to close a thread."""

    thread: str


@frozen
class ResetThread(Node):
    """Ask to close a thread, and for a new one in its place."""

    thread: str


@frozen
class DeleteThread(Node):
    """Ask to delete a thread with everything that was said on it."""

    thread: str


@frozen
class Revoke(Node):
    """Revoke the login of the client's user, as whoever runs the server can."""


@frozen
class Drop(Node):
    """Lose a connection without a word; frames in flight may be lost."""

    session: str | None = None


@frozen
class Close(Node):
    """Close a connection in good order; frames in flight arrive."""

    session: str | None = None


@frozen
class Wait(Node):
    """Let virtual time pass."""

    duration: Duration | Name


@frozen
class Lane(Node):
    """Steps in order, beside the other lanes of its fork."""

    name: str
    steps: tuple["Step", ...]


@frozen
class Fork(Node):
    """Run lanes side by side, and go on when all of them have ended."""

    lanes: tuple[Lane, ...]


Step = (
    Connect
    | Start
    | OnCall
    | OnApproval
    | OnPause
    | OnEnd
    | Reply
    | Approve
    | Deny
    | Cancel
    | Offer
    | CloseThread
    | ResetThread
    | DeleteThread
    | Revoke
    | Drop
    | Close
    | Wait
    | Fork
)


@frozen
class Client(Node):
    """A device of a user, and what it does in order."""

    name: str
    user: str
    steps: tuple[Step, ...]
