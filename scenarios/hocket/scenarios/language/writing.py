"""From a model to the lines of its text, in the one style there is.

Each line knows its depth and the numbers of the lines that it was read from, so that whoever
formats a text can put the comments of those lines back.

The module is long because it has every node of the model, each in a line or two.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from attrs import frozen

from hocket.scenarios.language.model import (
    Approve,
    Call,
    Calls,
    Cancel,
    Client,
    Close,
    CloseThread,
    Connect,
    DeleteThread,
    Deny,
    Drop,
    Fail,
    Fix,
    Fork,
    Hold,
    Lane,
    Limit,
    ModelReply,
    ModelTurn,
    Node,
    Offer,
    OnApproval,
    OnCall,
    OnEnd,
    OnPause,
    Parameter,
    Policy,
    Property,
    Range,
    Replay,
    Reply,
    ResetThread,
    Revoke,
    Say,
    Scenario,
    Setup,
    Start,
    Step,
    StepName,
    Taken,
    Together,
    Tool,
    Wait,
    When,
    Without,
)
from hocket.scenarios.language.names import verb_of
from hocket.scenarios.language.spelling import (
    spell_arguments,
    spell_property,
    spell_text,
    spell_value,
)

__all__ = ["WIDTH", "Written", "lines_of", "replay_lines"]

WIDTH = 100
"""Where lists of names are continued on a line of their own."""

T = TypeVar("T", bound=Node)


@frozen
class Written:
    """A line of text: its depth in levels, and the numbers of the lines that it was read from.

    ``section`` names the header that it is, for those that are no node of the model.
    """

    depth: int
    text: str
    lines: tuple[int, ...] = ()
    section: str = ""


def lines_of(scenario: Scenario) -> Iterator[Written]:
    """The lines of a scenario in order."""
    yield Written(0, f"scenario {scenario.name}", (scenario.line,))
    if scenario.story:
        yield Written(1, spell_text(scenario.story), section="story")
    for varied in scenario.parameters:
        yield from _vary(varied)
    if scenario.setup != Setup():
        yield Written(1, "setup", (scenario.setup.line,))
        yield from _setup(scenario.setup)
    for client in scenario.clients:
        yield from _client(client)
    if scenario.schedule:
        yield Written(1, "schedule", section="schedule")
        for limit in scenario.schedule:
            yield Written(2, _limit(limit), (limit.line,))
    if scenario.properties or scenario.without:
        yield Written(1, "expect", section="expect")
        for asked in scenario.properties:
            yield from _property(asked, 2)
        for exception in scenario.without:
            yield Written(2, _without(exception), (exception.line,))
    if scenario.replay is not None:
        yield from _replay(scenario.replay)


def _vary(varied: Parameter | Together) -> Iterator[Written]:
    if isinstance(varied, Parameter):
        yield Written(1, f"vary {_parameter(varied)}", (varied.line,))
        return
    yield Written(1, "vary together", (varied.line,))
    for parameter in varied.parameters:
        yield Written(2, _parameter(parameter), (parameter.line,))


def _parameter(parameter: Parameter) -> str:
    return f"{parameter.name} = " + ", ".join(map(spell_value, parameter.values))


def _setup(setup: Setup) -> Iterator[Written]:
    yield from _list("user", setup.users, lambda user: user.name)
    yield from _list("thread", setup.threads, lambda thread: f"{thread.name} of {thread.user}")
    for policy in setup.policies:
        yield Written(2, _policy(policy), (policy.line,))
    for turn in setup.models:
        yield Written(2, _model(turn), (turn.line,))
    for tool in setup.tools:
        yield Written(2, _tool(tool), (tool.line,))


def _list(verb: str, nodes: Sequence[T], spell: Callable[[T], str]) -> Iterator[Written]:
    """As many nodes on a line as fit."""
    text, lines = "", list[int]()
    for node in nodes:
        longer = f"{text}, {spell(node)}" if text else f"    {verb} {spell(node)}"
        if len(longer) > WIDTH and text:
            yield Written(2, text.strip(), tuple(dict.fromkeys(lines)))
            longer, lines = f"    {verb} {spell(node)}", []
        text = longer
        lines.append(node.line)
    if text:
        yield Written(2, text.strip(), tuple(dict.fromkeys(lines)))


def _policy(policy: Policy) -> str:
    return f"policy {policy.name}: {policy.value}"


def _model(turn: ModelTurn) -> str:
    return f"model {turn.thread}: " + ", then ".join(map(_model_reply, turn.replies))


def _model_reply(reply: ModelReply) -> str:
    match reply:
        case Say(text):
            spelt = f"say {spell_text(text)}"
        case Fail(message):
            spelt = f"fail {spell_text(message)}"
        case Calls(calls):
            spelt = " and ".join(map(_call, calls))
    spelt += f" takes {spell_value(reply.takes)}" if reply.takes is not None else ""
    return spelt + (" in pieces" if isinstance(reply, Say) and reply.in_pieces else "")


def _call(call: Call) -> str:
    spelt = f"call {call.tool}{spell_arguments(call.arguments)}"
    return spelt + (f" id {spell_text(call.id)}" if call.id is not None else "")


def _tool(tool: Tool) -> str:
    parts = [f"tool {tool.name}: {tool.site}"]
    if tool.approval:
        parts.append("approval required")
    if tool.timeout is not None:
        parts.append(f"timeout {spell_value(tool.timeout)}")
    if isinstance(tool.takes, Range):
        parts.append(f"takes {spell_value(tool.takes.low)}..{spell_value(tool.takes.high)}")
    elif tool.takes is not None:
        parts.append(f"takes {spell_value(tool.takes)}")
    if tool.use is not None:
        parts.append(f"use {tool.use}")
    return ", ".join(parts)


def _client(client: Client) -> Iterator[Written]:
    yield Written(1, f"client {client.name} of {client.user}", (client.line,))
    yield from _steps(client.steps, 2)


def _steps(steps: Iterable[Step], depth: int) -> Iterator[Written]:
    for step in steps:
        yield Written(depth, _step(step), (step.line,))
        if isinstance(step, Fork):
            yield from _lanes(step.lanes, depth + 1)


def _lanes(lanes: Iterable[Lane], depth: int) -> Iterator[Written]:
    for lane in lanes:
        yield Written(depth, f"lane {lane.name}", (lane.line,))
        yield from _steps(lane.steps, depth + 1)


def _step(step: Step) -> str:
    """A step as it is written; of ``fork``, its verb."""
    verb = verb_of(step)
    match step:
        case Connect(name, resuming):
            words = [verb, *_given("as", name), *_given("resuming", resuming)]
        case Start(thread, turn, text):
            words = [verb, thread, "as", turn, *_given("saying", _quoted(text))]
        case OnCall(tool, name, turn, call_id):
            words = [verb, "call", tool, *_given("of", turn)]
            words += [*_given("id", _quoted(call_id)), "as", name]
        case OnApproval(tool, name, turn):
            words = [verb, "approval", tool, *_given("of", turn), "as", name]
        case OnPause(turn):
            words = [verb, "pause", "of", turn]
        case OnEnd(turn):
            words = [verb, "end", "of", turn]
        case Reply(call, value, tool, session, error):
            words = [verb, call, *(["error"] if error else []), spell_text(value)]
            words += [*_given("as tool", tool), *_given("from", session)]
        case Approve(name, session) | Deny(name, session) | Cancel(name, session):
            words = [verb, name, *_given("from", session)]
        case Drop(session) | Close(session):
            words = [verb, *([session] if session else [])]
        case CloseThread(thread) | ResetThread(thread) | DeleteThread(thread):
            words = [verb, thread]
        case Offer(tools):
            words = [verb, ", ".join(tools)]
        case Wait(duration):
            words = [verb, spell_value(duration)]
        case Fork() | Revoke():
            words = [verb]
    return " ".join([*words, *(["else skip"] if getattr(step, "else_skip", False) else [])])


def _given(word: str, value: str | None) -> list[str]:
    return [] if value is None else [word, value]


def _quoted(text: str | None) -> str | None:
    return None if text is None else spell_text(text)


def _limit(limit: Limit) -> str:
    if isinstance(limit, Fix):
        return f"fix {_step_name(limit.first)} before {_step_name(limit.then)}"
    verb = type(limit).__name__.lower()
    where = limit.client + (f".{limit.step}" if limit.step else "")
    spelt = f"{verb} {where} up to {limit.limit}"
    return spelt + (f" for {spell_value(limit.duration)}" if isinstance(limit, Hold) else "")


def _step_name(named: StepName) -> str:
    return f"{named.client}.{named.verb}" + (f" {named.name}" if named.name else "")


def _property(asked: Property, depth: int) -> Iterator[Written]:
    yield Written(depth, spell_property(asked), (asked.line,))
    if isinstance(asked, When):
        for inner in asked.properties:
            yield from _property(inner, depth + 1)


def _without(exception: Without) -> str:
    return f"without {exception.invariant} {spell_text(exception.reason)}"


def replay_lines(replay: Replay) -> Iterator[str]:
    """The lines of a replay, its header first, without indentation."""
    return (line.text for line in _replay(replay))


def _replay(replay: Replay) -> Iterator[Written]:
    yield Written(1, f"replay {replay.version}", (replay.line,))
    yield Written(2, f"fails {spell_text(replay.fails)}", section="fails")
    yield Written(2, f"model {replay.model}", section="model")
    if replay.timers:
        yield Written(2, "timers", section="timers")
    if replay.entropy:
        yield Written(2, f"entropy {replay.entropy}", section="entropy")
    if replay.cancelling is not None:
        patterns = ", ".join(map(spell_text, replay.cancelling))
        yield Written(2, f"cancelling {patterns}".rstrip(), section="cancelling")
    if replay.slow_steps is not None:
        yield Written(2, f"slow steps {spell_value(replay.slow_steps)}", section="slow")
    for taken in replay.choices:
        yield Written(2, _taken(taken), (taken.line,))


def _taken(taken: Taken) -> str:
    spelt = (
        f"at {taken.position} take {spell_text(taken.taken)} "
        f"rather than {spell_text(taken.default)}, {taken.option} of {taken.options}"
    )
    if taken.kind != "task":
        return f"{spelt}, {taken.kind} {spell_text(taken.label)}"
    return spelt + (", preempting" if taken.preempting else "")
