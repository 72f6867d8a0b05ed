"""The lines of ``setup``: users, threads, policies, the model's script and tools."""

from collections.abc import Callable, Mapping

from hocket.scenarios.language.lexer import Kind
from hocket.scenarios.language.model import (
    Call,
    Calls,
    Duration,
    Fail,
    ModelReply,
    ModelTurn,
    Name,
    Node,
    Policy,
    Range,
    Say,
    Setup,
    Site,
    Thread,
    Tool,
    User,
)
from hocket.scenarios.language.phrases import Phrase, by_first_word, read_block

__all__ = ["LINES", "REPLIES", "read_setup"]


def read_setup(phrase: Phrase) -> Setup:
    """``setup``: what is there before anything happens."""
    lines = read_block(phrase.enter("line"), by_first_word(LINES, "line of setup"), phrase.reporter)
    nodes = [node for line in lines for node in line]
    return Setup(
        users=tuple(n for n in nodes if isinstance(n, User)),
        threads=tuple(n for n in nodes if isinstance(n, Thread)),
        policies=tuple(n for n in nodes if isinstance(n, Policy)),
        models=tuple(n for n in nodes if isinstance(n, ModelTurn)),
        tools=tuple(n for n in nodes if isinstance(n, Tool)),
        line=phrase.number,
    )


def _users(phrase: Phrase) -> tuple[Node, ...]:
    """``user NAME, ...``: people, who own threads and may have several clients."""
    names = phrase.names("the name of a user")
    return tuple(User(name, line=phrase.number) for name in names)


def _threads(phrase: Phrase) -> tuple[Node, ...]:
    """``thread NAME of USER, ...``: conversation threads, which only their user sees."""
    found = [_thread(phrase)]
    while phrase.accept(","):
        found.append(_thread(phrase))
    return tuple(found)


def _thread(phrase: Phrase) -> Thread:
    name = phrase.name("the name of a thread")
    phrase.expect("of")
    return Thread(name, phrase.name("the name of its user"), line=phrase.number)


def _policy(phrase: Phrase) -> tuple[Node, ...]:
    """``policy NAME: VALUE``: what the runtime does where reasonable runtimes differ.

    The policies are ``second_turn`` (``enqueue``, ``reject`` or ``interrupt``),
    ``pending_approval`` (``reject``, ``allow`` or ``void_approval``), ``disconnect``
    (``keep_running`` or ``cancel``) and ``lost_call`` (``fail`` or ``wait_for_resume``); the first
    of each is the default.
    """
    name = phrase.name("the name of a policy")
    phrase.expect(":")
    return (Policy(name, phrase.name("the value of the policy"), line=phrase.number),)


def _model(phrase: Phrase) -> tuple[Node, ...]:
    """``model THREAD: REPLY, then REPLY, ...``: what the model answers in one turn of a thread.

    The k-th such line of a thread is for its k-th turn.  A reply takes no time unless it says so.
    """
    thread = phrase.name("the name of a thread")
    phrase.expect(":")
    replies = [_reply(phrase)]
    while phrase.accept(","):
        phrase.expect("then")
        replies.append(_reply(phrase))
    return (ModelTurn(thread, tuple(replies), line=phrase.number),)


def _say(phrase: Phrase) -> ModelReply:
    """``say "TEXT" [takes DURATION] [in pieces]``: plain text, which ends the turn.

    ``in pieces`` it is said word by word, evenly over its time.
    """
    text, takes = phrase.text("what the model says"), _takes(phrase)
    in_pieces = phrase.accept("in")
    if in_pieces:
        phrase.expect("pieces")
    return Say(text, takes, in_pieces, line=phrase.number)


def _fail(phrase: Phrase) -> ModelReply:
    """``fail "TEXT" [takes DURATION]``: the request to the model fails with that message."""
    return Fail(phrase.text("the message of the failure"), _takes(phrase), line=phrase.number)


def _calls(phrase: Phrase) -> ModelReply:
    """``call TOOL(NAME: VALUE, ...) [id "ID"] [and call ...] [takes DURATION]``: propose calls.

    The ids are the model's own, so two calls may well have one.
    """
    calls = [_call(phrase)]
    while phrase.accept("and"):
        phrase.expect("call")
        calls.append(_call(phrase))
    return Calls(tuple(calls), _takes(phrase), line=phrase.number)


REPLIES: Mapping[str, Callable[[Phrase], ModelReply]] = {
    "call": _calls,
    "say": _say,
    "fail": _fail,
}
"""How each reply of a model is read, by its verb."""

_reply = by_first_word(REPLIES, "reply of a model")


def _call(phrase: Phrase) -> Call:
    tool = phrase.name("the name of a tool")
    arguments = phrase.arguments()
    call_id = phrase.text("the id of the call") if phrase.accept("id") else None
    return Call(tool, arguments, call_id, line=phrase.number)


def _takes(phrase: Phrase) -> Duration | Name | None:
    return phrase.duration() if phrase.accept("takes") else None


def _tool(phrase: Phrase) -> tuple[Node, ...]:
    """``tool NAME: local|delegated [, approval required] [, timeout D] [, takes D] [, use M:F]``.

    A local tool runs in the runtime, a delegated one at the client that started the turn.
    ``timeout`` bounds the wait for a client; ``takes`` is how long a local tool runs, where a range
    such as ``0s..5s`` is free.  ``use package.module:function`` names an async function of your own
    that makes the result of a local tool from its arguments; ``hocket run --use package`` allows
    that.
    """
    name = phrase.name("the name of a tool")
    phrase.expect(":")
    if phrase.next.text not in ("local", "delegated"):
        phrase.expected("'local' or 'delegated'", "where the tool runs comes first")
    site = Site(phrase.take().text)
    approval = False
    timeout: Duration | Name | None = None
    takes: Duration | Range | Name | None = None
    use: str | None = None
    while phrase.accept(","):
        if phrase.accept("approval"):
            phrase.expect("required")
            approval = True
        elif phrase.accept("timeout"):
            timeout = phrase.duration()
        elif phrase.accept("takes"):
            takes = _duration_or_range(phrase)
        elif phrase.accept("use"):
            use = phrase.reference()
        else:
            phrase.expected("'approval required', 'timeout', 'takes' or 'use'")
    return (Tool(name, site, approval, timeout, takes, use, line=phrase.number),)


def _duration_or_range(phrase: Phrase) -> Duration | Range | Name:
    low = phrase.duration()
    if not phrase.accept(".."):
        return low
    if isinstance(low, Name) or phrase.next.kind is not Kind.DURATION:
        phrase.expected("a duration", "the bounds of a range are durations, as in 0s..5s")
    return Range(low, phrase.fixed_duration())


LINES: Mapping[str, Callable[[Phrase], tuple[Node, ...]]] = {
    "user": _users,
    "thread": _threads,
    "policy": _policy,
    "model": _model,
    "tool": _tool,
}
"""How each line of setup is read, by its verb."""
