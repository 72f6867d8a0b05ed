"""The lines of a ``client``, which are its steps, and those of ``schedule``."""

from collections.abc import Callable, Mapping

from hocket.scenarios.language.diagnostics import Code
from hocket.scenarios.language.model import (
    FRAME_STEPS,
    Approve,
    Cancel,
    Client,
    Close,
    Connect,
    Deny,
    Drop,
    Duplicate,
    Fault,
    Fork,
    Hold,
    Lane,
    Lose,
    OnApproval,
    OnCall,
    OnEnd,
    OnPause,
    Reply,
    Start,
    Step,
    Wait,
)
from hocket.scenarios.language.phrases import Phrase, Unreadable, by_first_word, read_block

__all__ = ["read_client", "read_schedule"]


def read_client(phrase: Phrase) -> Client:
    """``client NAME of USER`` with its steps."""
    name = phrase.name("the name of a client")
    phrase.expect("of")
    user = phrase.name("the name of its user")
    return Client(name, user, _steps(phrase), line=phrase.number)


def read_schedule(phrase: Phrase) -> tuple[Fault, ...]:
    """``schedule`` with its limits of faults."""
    return read_block(phrase.enter("fault"), by_first_word(_FAULTS, "fault"), phrase.reporter)


def _steps(phrase: Phrase) -> tuple[Step, ...]:
    return read_block(phrase.enter("step"), by_first_word(_STEPS, "step"), phrase.reporter)


def _connect(phrase: Phrase) -> Step:
    name = phrase.name("a name for the connection") if phrase.accept("as") else None
    resuming = phrase.name("the connection to resume") if phrase.accept("resuming") else None
    return Connect(name, resuming, line=phrase.number)


def _start(phrase: Phrase) -> Step:
    thread = phrase.name("the name of a thread")
    phrase.expect("as")
    turn = phrase.name("a name for the turn")
    text = phrase.text("what the user says") if phrase.accept("saying") else None
    return Start(thread, turn, text, line=phrase.number)


def _on(phrase: Phrase) -> Step:
    number = phrase.number
    if phrase.accept("call"):
        tool = phrase.name("the name of a tool")
        turn = phrase.name("the name of a turn") if phrase.accept("of") else None
        call_id = phrase.text("the model's id of the call") if phrase.accept("id") else None
        phrase.expect("as")
        name = phrase.name("a name for the call")
        return OnCall(tool, name, turn, call_id, _else_skip(phrase), line=number)
    if phrase.accept("approval"):
        tool = phrase.name("the name of a tool")
        turn = phrase.name("the name of a turn") if phrase.accept("of") else None
        phrase.expect("as")
        name = phrase.name("a name for the approval")
        return OnApproval(tool, name, turn, _else_skip(phrase), line=number)
    pause = phrase.accept("pause")
    if not pause and not phrase.accept("end"):
        phrase.expected("'call', 'approval', 'pause' or 'end'")
    phrase.expect("of")
    turn = phrase.name("the name of a turn")
    kind = OnPause if pause else OnEnd
    return kind(turn, _else_skip(phrase), line=number)


def _else_skip(phrase: Phrase) -> bool:
    if not phrase.accept("else"):
        return False
    phrase.expect("skip")
    return True


def _reply(phrase: Phrase) -> Step:
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
    return Approve(phrase.name("the name of an approval"), _from(phrase), line=phrase.number)


def _deny(phrase: Phrase) -> Step:
    return Deny(phrase.name("the name of an approval"), _from(phrase), line=phrase.number)


def _cancel(phrase: Phrase) -> Step:
    return Cancel(phrase.name("the name of a turn"), _from(phrase), line=phrase.number)


def _drop(phrase: Phrase) -> Step:
    return Drop(_session(phrase), line=phrase.number)


def _close(phrase: Phrase) -> Step:
    return Close(_session(phrase), line=phrase.number)


def _session(phrase: Phrase) -> str | None:
    at_end = phrase.next is phrase.block.line.tokens[-1]
    return None if at_end else phrase.name("the name of a connection")


def _wait(phrase: Phrase) -> Step:
    return Wait(phrase.duration(), line=phrase.number)


def _fork(phrase: Phrase) -> Step:
    inner = phrase.enter("lane")
    lanes = read_block(inner, by_first_word({"lane": _lane}, "line of a fork"), phrase.reporter)
    if not lanes:
        raise Unreadable
    return Fork(lanes, line=phrase.number)


def _lane(phrase: Phrase) -> Lane:
    return Lane(phrase.name("a name for the lane"), _steps(phrase), line=phrase.number)


def _hold(phrase: Phrase) -> Fault:
    client, limit, step = _limited(phrase)
    phrase.expect("for")
    return Hold(client, limit, phrase.duration(), step, line=phrase.number)


def _duplicate(phrase: Phrase) -> Fault:
    return Duplicate(*_limited(phrase), line=phrase.number)


def _lose(phrase: Phrase) -> Fault:
    return Lose(*_limited(phrase), line=phrase.number)


def _limited(phrase: Phrase) -> tuple[str, int, str | None]:
    token = phrase.next
    client, dot, step = phrase.word("the name of a client").partition(".")
    if dot and step not in FRAME_STEPS:
        span = phrase.block.line.span(token)
        what = "step that sends a frame"
        phrase.reporter.report_unknown(Code.UNKNOWN_VERB, span, what, step, FRAME_STEPS)
        raise Unreadable
    phrase.expect("up")
    phrase.expect("to")
    return client, phrase.count("how many frames"), step or None


_STEPS: Mapping[str, Callable[[Phrase], Step]] = {
    "connect": _connect,
    "start": _start,
    "on": _on,
    "reply": _reply,
    "approve": _approve,
    "deny": _deny,
    "cancel": _cancel,
    "drop": _drop,
    "close": _close,
    "wait": _wait,
    "fork": _fork,
}

_FAULTS: Mapping[str, Callable[[Phrase], Fault]] = {
    "hold": _hold,
    "duplicate": _duplicate,
    "lose": _lose,
}
