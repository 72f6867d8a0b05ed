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

__all__ = ["read_setup"]


def read_setup(phrase: Phrase) -> Setup:
    """``setup`` with its lines."""
    lines = read_block(
        phrase.enter("line"), by_first_word(_LINES, "line of setup"), phrase.reporter
    )
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
    names = phrase.names("the name of a user")
    return tuple(User(name, line=phrase.number) for name in names)


def _threads(phrase: Phrase) -> tuple[Node, ...]:
    found = [_thread(phrase)]
    while phrase.accept(","):
        found.append(_thread(phrase))
    return tuple(found)


def _thread(phrase: Phrase) -> Thread:
    name = phrase.name("the name of a thread")
    phrase.expect("of")
    return Thread(name, phrase.name("the name of its user"), line=phrase.number)


def _policy(phrase: Phrase) -> tuple[Node, ...]:
    name = phrase.name("the name of a policy")
    phrase.expect(":")
    return (Policy(name, phrase.name("the value of the policy"), line=phrase.number),)


def _model(phrase: Phrase) -> tuple[Node, ...]:
    thread = phrase.name("the name of a thread")
    phrase.expect(":")
    replies = [_reply(phrase)]
    while phrase.accept(","):
        phrase.expect("then")
        replies.append(_reply(phrase))
    return (ModelTurn(thread, tuple(replies), line=phrase.number),)


def _reply(phrase: Phrase) -> ModelReply:
    number = phrase.number
    if phrase.accept("say"):
        return Say(phrase.text("what the model says"), _takes(phrase), line=number)
    if phrase.accept("fail"):
        return Fail(phrase.text("the message of the failure"), _takes(phrase), line=number)
    if not phrase.accept("call"):
        phrase.expected("'call', 'say' or 'fail'")
    calls = [_call(phrase)]
    while phrase.accept("and"):
        phrase.expect("call")
        calls.append(_call(phrase))
    return Calls(tuple(calls), _takes(phrase), line=number)


def _call(phrase: Phrase) -> Call:
    tool = phrase.name("the name of a tool")
    arguments = phrase.arguments()
    call_id = phrase.text("the id of the call") if phrase.accept("id") else None
    return Call(tool, arguments, call_id, line=phrase.number)


def _takes(phrase: Phrase) -> Duration | Name | None:
    return phrase.duration() if phrase.accept("takes") else None


def _tool(phrase: Phrase) -> tuple[Node, ...]:
    name = phrase.name("the name of a tool")
    phrase.expect(":")
    if phrase.next.text not in ("local", "delegated"):
        phrase.expected("'local' or 'delegated'", "where the tool runs comes first")
    site = Site(phrase.take().text)
    approval = False
    timeout: Duration | Name | None = None
    takes: Duration | Range | Name | None = None
    while phrase.accept(","):
        if phrase.accept("approval"):
            phrase.expect("required")
            approval = True
        elif phrase.accept("timeout"):
            timeout = phrase.duration()
        elif phrase.accept("takes"):
            takes = _duration_or_range(phrase)
        else:
            phrase.expected("'approval required', 'timeout' or 'takes'")
    return (Tool(name, site, approval, timeout, takes, line=phrase.number),)


def _duration_or_range(phrase: Phrase) -> Duration | Range | Name:
    low = phrase.duration()
    if not phrase.accept(".."):
        return low
    if isinstance(low, Name) or phrase.next.kind is not Kind.DURATION:
        phrase.expected("a duration", "the bounds of a range are durations, as in 0s..5s")
    return Range(low, phrase.fixed_duration())


_LINES: Mapping[str, Callable[[Phrase], tuple[Node, ...]]] = {
    "user": _users,
    "thread": _threads,
    "policy": _policy,
    "model": _model,
    "tool": _tool,
}
