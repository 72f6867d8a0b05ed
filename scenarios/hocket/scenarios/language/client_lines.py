"""The lines of a ``client``, which are its steps."""

from collections.abc import Callable, Mapping

from hocket.scenarios.language.model import (
    Approve,
    Cancel,
    Client,
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
from hocket.scenarios.language.phrases import Phrase, Unreadable, by_first_word, read_block

__all__ = ["ON", "STEPS", "read_client", "read_lane"]


def read_client(phrase: Phrase) -> Client:
    """``client NAME of USER``: a device of a user, and what it does, in order.

    A client may have several connections, one after the other.  A user may have several clients.
    """
    name = phrase.name("the name of a client")
    phrase.expect("of")
    user = phrase.name("the name of its user")
    return Client(name, user, _steps(phrase), line=phrase.number)


def _steps(phrase: Phrase) -> tuple[Step, ...]:
    return read_block(phrase.enter("step"), by_first_word(STEPS, "step"), phrase.reporter)


def _connect(phrase: Phrase) -> Step:
    """``connect [as NAME] [resuming NAME]``: open a connection, and authenticate.

    The steps that follow act over it.  It offers every delegated tool of the scenario.  With
    ``resuming`` it takes up what another connection of the client left, by its resume token.
    """
    name = phrase.name("a name for the connection") if phrase.accept("as") else None
    resuming = phrase.name("the connection to resume") if phrase.accept("resuming") else None
    return Connect(name, resuming, line=phrase.number)


def _start(phrase: Phrase) -> Step:
    """``start THREAD as TURN [saying "TEXT"]``: ask for a turn on a thread.

    Without ``saying`` the text is made up.  The turn's name is known in the whole scenario.
    """
    thread = phrase.name("the name of a thread")
    phrase.expect("as")
    turn = phrase.name("a name for the turn")
    text = phrase.text("what the user says") if phrase.accept("saying") else None
    return Start(thread, turn, text, line=phrase.number)


def _on_call(phrase: Phrase) -> Step:
    """``on call TOOL [of TURN] [id "ID"] as NAME [else skip]``: wait for a delegated call.

    The step ends when this client is asked to run the tool; ``id`` is the one that the model gave
    the call.  A request that came before the step counts, and each satisfies one step only.  A wait
    that can no longer end makes the scenario fail as *lane stuck*; with ``else skip`` it skips the
    rest of its lane instead.
    """
    tool = phrase.name("the name of a tool")
    turn = phrase.name("the name of a turn") if phrase.accept("of") else None
    call_id = phrase.text("the model's id of the call") if phrase.accept("id") else None
    phrase.expect("as")
    name = phrase.name("a name for the call")
    return OnCall(tool, name, turn, call_id, _else_skip(phrase), line=phrase.number)


def _on_approval(phrase: Phrase) -> Step:
    """``on approval TOOL [of TURN] as NAME [else skip]``: wait for a question.

    The step ends when a person at this client is asked whether the tool may run.
    """
    tool = phrase.name("the name of a tool")
    turn = phrase.name("the name of a turn") if phrase.accept("of") else None
    phrase.expect("as")
    name = phrase.name("a name for the approval")
    return OnApproval(tool, name, turn, _else_skip(phrase), line=phrase.number)


def _on_pause(phrase: Phrase) -> Step:
    """``on pause of TURN [else skip]``: wait until this client sees a turn pause.

    A turn pauses for an approval; one that was seen before the step counts.
    """
    phrase.expect("of")
    turn = phrase.name("the name of a turn")
    return OnPause(turn, _else_skip(phrase), line=phrase.number)


def _on_end(phrase: Phrase) -> Step:
    """``on end of TURN [else skip]``: wait until this client sees a turn end.

    A request for a turn that was refused has ended, too.
    """
    phrase.expect("of")
    turn = phrase.name("the name of a turn")
    return OnEnd(turn, _else_skip(phrase), line=phrase.number)


ON: Mapping[str, Callable[[Phrase], Step]] = {
    "call": _on_call,
    "approval": _on_approval,
    "pause": _on_pause,
    "end": _on_end,
}
"""How each wait is read, by the word after ``on``."""


def _on(phrase: Phrase) -> Step:
    return by_first_word(ON, "thing to wait for")(phrase)


def _else_skip(phrase: Phrase) -> bool:
    if not phrase.accept("else"):
        return False
    phrase.expect("skip")
    return True


def _reply(phrase: Phrase) -> Step:
    """``reply CALL [error] "TEXT" [as tool TOOL] [from CONNECTION]``: answer a call.

    With ``error`` the answer reports a failure.  ``as tool`` claims another tool's name, and
    ``from`` speaks for a connection other than the client's last one; if that is gone, the answer
    goes out on the connection that resumed it.
    """
    call = phrase.name("the name of a delegated call")
    error = phrase.accept("error")
    value = phrase.text("the answer")
    tool = None
    if phrase.accept("as"):
        phrase.expect("tool")
        tool = phrase.name("the name of a tool")
    return Reply(call, value, tool, _from(phrase), error, line=phrase.number)


def _from(phrase: Phrase) -> str | None:
    return phrase.name("the name of a connection") if phrase.accept("from") else None


def _approve(phrase: Phrase) -> Step:
    """``approve APPROVAL [from CONNECTION]``: say yes to an approval."""
    return Approve(phrase.name("the name of an approval"), _from(phrase), line=phrase.number)


def _deny(phrase: Phrase) -> Step:
    """``deny APPROVAL [from CONNECTION]``: say no to an approval."""
    return Deny(phrase.name("the name of an approval"), _from(phrase), line=phrase.number)


def _cancel(phrase: Phrase) -> Step:
    """``cancel TURN [from CONNECTION]``: ask for the cancellation of a turn.

    The step waits until it is known which run the turn became.
    """
    return Cancel(phrase.name("the name of a turn"), _from(phrase), line=phrase.number)


def _offer(phrase: Phrase) -> Step:
    """``offer TOOL, ...``: offer these tools from now on, in place of all that were offered before.

    A client that connects offers every delegated tool of the scenario by itself.
    """
    tools = [phrase.name("the name of a tool")]
    while phrase.accept(","):
        tools.append(phrase.name("the name of a tool"))
    return Offer(tuple(tools), line=phrase.number)


def _close_thread(phrase: Phrase) -> Step:
    """``close_thread THREAD``: ask to close a thread.

    Turns that are under way on it are cancelled, and questions expire; a later turn opens it again.
    """
    return CloseThread(phrase.name("the name of a thread"), line=phrase.number)


def _reset_thread(phrase: Phrase) -> Step:
    """``reset_thread THREAD``: ask to close a thread, and for a new one in its place."""
    return ResetThread(phrase.name("the name of a thread"), line=phrase.number)


def _delete_thread(phrase: Phrase) -> Step:
    """``delete_thread THREAD``: ask to delete a thread with everything that was said on it."""
    return DeleteThread(phrase.name("the name of a thread"), line=phrase.number)


def _revoke(phrase: Phrase) -> Step:
    """``revoke``: the login of the client's user is revoked, by whoever runs the server.

    The step ends when the runtime has done what it does about that.
    """
    return Revoke(line=phrase.number)


def _drop(phrase: Phrase) -> Step:
    """``drop [CONNECTION]``: lose a connection without a word.

    Frames that are in flight may be lost; how many is free.
    """
    return Drop(_session(phrase), line=phrase.number)


def _close(phrase: Phrase) -> Step:
    """``close [CONNECTION]``: close a connection in good order, so that frames in flight arrive."""
    return Close(_session(phrase), line=phrase.number)


def _session(phrase: Phrase) -> str | None:
    at_end = phrase.next is phrase.block.line.tokens[-1]
    return None if at_end else phrase.name("the name of a connection")


def _wait(phrase: Phrase) -> Step:
    """``wait DURATION``: let virtual time pass."""
    return Wait(phrase.duration(), line=phrase.number)


def _fork(phrase: Phrase) -> Step:
    """``fork``: run the lanes nested in it side by side, and go on when all of them have ended."""
    inner = phrase.enter("lane")
    lanes = read_block(inner, by_first_word({"lane": read_lane}, "line of a fork"), phrase.reporter)
    if not lanes:
        raise Unreadable
    return Fork(lanes, line=phrase.number)


def read_lane(phrase: Phrase) -> Lane:
    """``lane NAME``: steps in order, beside the other lanes of a fork."""
    return Lane(phrase.name("a name for the lane"), _steps(phrase), line=phrase.number)


STEPS: Mapping[str, Callable[[Phrase], Step]] = {
    "connect": _connect,
    "start": _start,
    "on": _on,
    "reply": _reply,
    "approve": _approve,
    "deny": _deny,
    "cancel": _cancel,
    "offer": _offer,
    "close_thread": _close_thread,
    "reset_thread": _reset_thread,
    "delete_thread": _delete_thread,
    "revoke": _revoke,
    "drop": _drop,
    "close": _close,
    "wait": _wait,
    "fork": _fork,
}
"""How each step is read, by its verb."""
