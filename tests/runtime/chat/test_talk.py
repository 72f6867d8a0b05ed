"""The conversation in a terminal: what frames and typed lines bring about."""

from typing import Any

import pytest

from hocket.runtime.chat.talk import ASK, Action, Perform, Print, Quit, Send, Stop, Talk
from hocket.runtime.protocol.frames import (
    ApprovalClosed,
    ApprovalRequest,
    ApprovalResponse,
    Cancel,
    History,
    MessageDelta,
    ProtocolFault,
    RequestRejected,
    ResultStatus,
    RunQueued,
    RunStarted,
    ShownMessage,
    ThreadHistory,
    ToolCall,
    ToolCancel,
    ToolExecute,
    ToolResult,
    ToolReturn,
    TurnCancelled,
    TurnCompleted,
    TurnExpired,
    TurnFailed,
    TurnPaused,
    UserMessage,
)

IDS: tuple[str, str] = ("r1", "A")
PAUSED = TurnPaused(*IDS, ApprovalRequest("a1", "c1", "deploy", {"env": "prod"}, 60.0))
QUESTION = ToolExecute(*IDS, "w1", "c1", ASK.name, {"question": "which one?"}, 30.0)


def started() -> Talk:
    """A talk with one turn under way."""
    talk = Talk()
    assert talk.typed("hello\n") == [Send(UserMessage("q1", "hello", None))]
    assert talk.busy
    assert talk.heard(RunStarted(*IDS, "q1")) == []
    assert talk.busy
    return talk


def shown(actions: list[Action]) -> str:
    """What a person sees of it."""
    return "".join(
        action.text + "\n" * action.whole for action in actions if isinstance(action, Print)
    )


def test_a_streamed_reply_is_shown_once() -> None:
    """Piece by piece, with an end of line; one that was not streamed is shown whole."""
    talk = started()
    pieces = [*talk.heard(MessageDelta(*IDS, "good ")), *talk.heard(MessageDelta(*IDS, "day"))]
    assert shown([*pieces, *talk.heard(TurnCompleted(*IDS, "good day"))]) == "good day\n"
    assert not talk.busy
    assert shown(talk.heard(TurnCompleted("r2", "A", "at once"))) == "at once\n"


def test_what_comes_in_the_middle_of_a_line_begins_another() -> None:
    """Calls and their results have lines of their own."""
    talk = started()
    talk.heard(MessageDelta(*IDS, "let me see"))
    assert shown(talk.heard(ToolCall(*IDS, "c1", "look", "{}"))) == "\n  look {}\n"
    assert shown(talk.heard(ToolReturn(*IDS, "c1", "look", "found"))) == "  look: found\n"


def test_an_approval_is_asked_for_and_given() -> None:
    """A turn that waits for it waits for the person, who has one say."""
    talk = started()
    assert "deploy" in shown(talk.heard(PAUSED))
    assert not talk.busy
    assert talk.typed("/approve") == [Send(ApprovalResponse("a1", approved=True))]
    assert talk.busy
    assert "nothing waits" in shown(talk.typed("/approve"))


def test_an_approval_is_denied_with_a_reason() -> None:
    """The reason goes to the agent."""
    talk = started()
    talk.heard(PAUSED)
    denied = ApprovalResponse("a1", approved=False, reason="not on Friday")
    assert talk.typed("/deny not on Friday") == [Send(denied)]


def test_somebody_else_may_decide() -> None:
    """Then there is nothing left to say."""
    talk = started()
    talk.heard(PAUSED)
    assert "expired" in shown(talk.heard(ApprovalClosed(*IDS, "a1", "expired")))
    assert "in time" in shown(talk.heard(TurnExpired(*IDS)))
    assert "nothing waits" in shown(talk.typed("/deny"))
    assert not talk.busy


def test_a_question_is_answered_by_the_next_line() -> None:
    """Unless nobody wants the answer any more."""
    talk = started()
    assert shown(talk.heard(QUESTION)) == "? which one?\n"
    assert not talk.busy
    answer = ToolResult("w1", ASK.name, ResultStatus.SUCCESS, "the red one")
    assert talk.typed("the red one\n") == [Send(answer)]
    talk.heard(QUESTION)
    assert talk.heard(ToolCancel(*IDS, "w1", "timed_out")) == [Stop("w1")]
    assert talk.typed("too late") == [Send(UserMessage("q2", "too late", None))]


def test_other_tools_are_run_here() -> None:
    """What came of one is told under its wire id."""
    talk = started()
    call = ToolExecute(*IDS, "w1", "c1", "shell", {"command": "date"}, 30.0)
    assert talk.heard(call) == [Perform(call)]
    told = ToolResult("w1", "shell", ResultStatus.ERROR, "no")
    assert talk.performed(call, ResultStatus.ERROR, "no") == Send(told)


def test_turns_are_cancelled() -> None:
    """By the command, and by Ctrl-C, which leaves when there is none."""
    talk = started()
    assert talk.typed("/cancel") == [Send(Cancel("r1"))]
    assert talk.interrupted() == [Send(Cancel("r1"))]
    assert "cancelled" in shown(talk.heard(TurnCancelled(*IDS)))
    assert talk.interrupted() == [Quit()]
    assert "no turn" in shown(talk.typed("/cancel"))


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (RunQueued(*IDS, "q1", 2), "waits for 2"),
        (RequestRejected("q1", "busy", "another turn"), "another turn"),
        (ProtocolFault("limit", "too many frames"), "too many frames"),
        (TurnFailed(*IDS, "max_steps"), "max_steps"),
    ],
)
def test_bad_news_is_told(frame: Any, text: str) -> None:
    """In words of the server."""
    assert text in shown(started().heard(frame))


def test_after_a_reconnect_nothing_is_waited_for() -> None:
    """What is under way is told again, approvals too; what ended meanwhile is asked for."""
    talk = started()
    talk.heard(PAUSED)
    talk.typed("one more")
    assert talk.reconnected() == [Send(ThreadHistory("q3", None))]
    assert not talk.busy
    assert "nothing waits" in shown(talk.typed("/approve"))
    talk.heard(RunStarted(*IDS, "q1"))
    talk.heard(PAUSED)
    said = (ShownMessage("user", "one more"), ShownMessage("assistant", "no more"))
    assert "ended meanwhile; the last that was said: no more" in shown(
        talk.heard(History("q3", "A", said))
    )
    assert talk.typed("/approve") == [Send(ApprovalResponse("a1", approved=True))]


def test_a_reconnect_that_missed_nothing_says_nothing() -> None:
    """Turns that go on are told of again; nothing was under way, nothing is asked."""
    assert Talk().reconnected() == []
    talk = started()
    talk.reconnected()
    talk.heard(RunStarted(*IDS, "q1"))
    assert talk.heard(History("q2", "A", ())) == []
    assert talk.typed("/cancel") == [Send(Cancel("r1"))]


def test_a_call_is_run_once_however_often_it_is_asked_for() -> None:
    """Asked again over a new connection, it is answered when it is done, or at once if it was."""
    talk = started()
    call = ToolExecute(*IDS, "w1", "c1", "shell", {"command": "date"}, 30.0)
    assert talk.heard(call) == [Perform(call)]
    assert talk.heard(call) == []
    answer = talk.performed(call, ResultStatus.SUCCESS, "today")
    talk.reconnected()
    talk.heard(RunStarted(*IDS, "q1"))
    talk.heard(History("q2", "A", ()))
    assert talk.heard(call) == [answer]
    talk.heard(ToolReturn(*IDS, "c1", "shell", "today"))
    assert talk.calls == {}
    talk.heard(ToolExecute(*IDS, "w2", "c2", "shell", {}, 30.0))
    talk.heard(TurnCancelled(*IDS))
    assert talk.calls == {}


def test_commands() -> None:
    """An unknown one is told, an empty line is nothing, and one leaves."""
    talk = Talk("B")
    assert "no command /foo" in shown(talk.typed("/foo bar"))
    assert "/approve" in shown(talk.typed("/help"))
    assert talk.typed("  \n") == []
    assert talk.typed("/quit") == [Quit()]
    assert talk.typed("hi") == [Send(UserMessage("q1", "hi", "B"))]
