"""Whole scenarios that look for trouble: what goes wrong in agent runtimes goes wrong here.

Where :func:`~hocket.scenarios.generation.scenarios` covers all that can be *written*, these are
made to be *run*: several devices of a person, ids of calls that repeat themselves, questions that
two devices answer, cancellations and losses of connections at odd moments, turns that meet turns.

Whatever is drawn can be followed to its end by a sound runtime, so that a lane that is stuck is a
finding.  Every wait for something that need not come may be skipped; a turn is cancelled only
where it is sure to be known; a request for a turn is never lost on purpose.
"""

from collections.abc import Sequence

from hypothesis import strategies as st

from hocket.scenarios.generation.devices import Turn, devices
from hocket.scenarios.generation.promises import promises
from hocket.scenarios.language.model import (
    POLICIES,
    Approve,
    Argument,
    Call,
    Calls,
    Cancel,
    Client,
    Deny,
    Duplicate,
    Duration,
    Fail,
    Fault,
    Fork,
    Hold,
    Lose,
    ModelReply,
    ModelTurn,
    Policy,
    Range,
    Reply,
    Say,
    Scenario,
    Setup,
    Site,
    Start,
    Step,
    Thread,
    Tool,
    User,
)

__all__ = ["races"]

_OWNERS = {"A": "ann", "B": "ann", "C": "ben", "D": "ben"}
_THREADS = ("A", "A", "A", "B", "B", "C", "C", "D")
_TOOLS = ("look", "look", "look", "pay", "pay", "pay", "fetch", "sign")
_TURNS_MAX = 5

_SOON = (None, None, None, Duration(1.0), Duration(2.0))
_TIMEOUTS = (None, Duration(5.0), Duration(30.0))
_RUNS_FOR = (None, Duration(1.0), Range(Duration(0.0), Duration(2.0)))
_VERBS = (
    (Start, "start"),
    (Reply, "reply"),
    (Approve, "approve"),
    (Deny, "deny"),
    (Cancel, "cancel"),
)
_CAN_BE_LOST = ("reply", "approve", "deny", "cancel")


@st.composite
def races(draw: st.DrawFn, *, name: str = "generated") -> Scenario:
    """Scenarios called ``name`` that a sound runtime passes under every schedule.

    What follows from a scenario alone stands in its properties, beside all the invariants that
    are built in.

    >>> isinstance(races(), st.SearchStrategy)
    True
    """
    turns = draw(_turns())
    setup = draw(_setups(turns))
    acting = draw(devices(turns, setup))
    faults = draw(_faults(acting))
    scenario = Scenario(name, "", (), setup, acting, faults)
    return Scenario(name, "", (), setup, acting, faults, promises(scenario))


@st.composite
def _turns(draw: st.DrawFn) -> tuple[Turn, ...]:
    """The turns there will be, each with what the model says in it."""
    started = draw(st.lists(st.sampled_from(_THREADS), min_size=1, max_size=_TURNS_MAX))
    return tuple(
        Turn(f"t{number}", thread, _OWNERS[thread], draw(_scripts()))
        for number, thread in enumerate(started, 1)
    )


@st.composite
def _scripts(draw: st.DrawFn) -> tuple[ModelReply, ...]:
    replies = draw(st.lists(_replies(), max_size=3))
    takes = draw(st.sampled_from(_SOON))
    failing = draw(st.integers(0, 7)) == 7
    return (*replies, Fail("out of order", takes) if failing else Say("ok", takes))


def _replies() -> st.SearchStrategy[ModelReply]:
    takes = st.sampled_from(_SOON)
    calls = st.lists(_calls(), min_size=1, max_size=2).map(tuple)
    proposing = st.builds(Calls, calls, takes)
    failing = st.builds(Fail, st.sampled_from(("overloaded", "context overflow")), takes)
    return st.one_of(proposing, proposing, proposing, failing)


def _calls() -> st.SearchStrategy[Call]:
    arguments = st.sampled_from(((), (Argument("n", 1),), (Argument("n", 2),)))
    ids = st.sampled_from(("c1", "c1", "c2", None))
    return st.builds(Call, st.sampled_from(_TOOLS), arguments, ids)


@st.composite
def _setups(draw: st.DrawFn, turns: Sequence[Turn]) -> Setup:
    threads = {turn.thread: turn.user for turn in turns}
    called = {
        call.tool
        for turn in turns
        for reply in turn.script
        if isinstance(reply, Calls)
        for call in reply.calls
    }
    chosen: list[Policy] = []
    for name, values in POLICIES.items():
        value = draw(st.sampled_from((values[0], *values)))
        if value != values[0]:
            chosen.append(Policy(name, value))
    return Setup(
        tuple(map(User, sorted(set(threads.values())))),
        tuple(Thread(thread, user) for thread, user in sorted(threads.items())),
        tuple(chosen),
        tuple(ModelTurn(turn.thread, turn.script) for turn in turns),
        tuple(draw(_tool(name)) for name in sorted(called)),
    )


@st.composite
def _tool(draw: st.DrawFn, name: str) -> Tool:
    asked = name in ("pay", "sign")
    if name in ("look", "sign"):
        return Tool(name, Site.DELEGATED, asked, timeout=draw(st.sampled_from(_TIMEOUTS)))
    return Tool(name, Site.LOCAL, asked, takes=draw(st.sampled_from(_RUNS_FOR)))


@st.composite
def _faults(draw: st.DrawFn, acting: Sequence[Client]) -> tuple[Fault, ...]:
    """A few things that befall frames which are really sent."""
    sent = [
        (client.name, verb)
        for client in acting
        for kind, verb in _VERBS
        if any(isinstance(step, kind) for step in _flat(client.steps))
    ]
    if not sent:
        return ()
    found: list[Fault] = []
    for client, verb in draw(st.lists(st.sampled_from(sent), unique=True, max_size=2)):
        kinds: tuple[Fault, ...] = (
            Duplicate(client, 1, verb),
            Hold(client, 1, Duration(1.0), verb),
            *((Lose(client, 1, verb),) if verb in _CAN_BE_LOST else ()),
        )
        found.append(draw(st.sampled_from(kinds)))
    return tuple(found)


def _flat(steps: Sequence[Step]) -> list[Step]:
    found: list[Step] = []
    for step in steps:
        lanes = [_flat(lane.steps) for lane in step.lanes] if isinstance(step, Fork) else [[step]]
        found.extend(one for lane in lanes for one in lane)
    return found
