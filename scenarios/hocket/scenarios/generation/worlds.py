"""Where races take place: turns and what the model says in them, tools, policies, and the rest."""

from collections.abc import Iterable, Sequence

from attrs import frozen
from hypothesis import strategies as st

from hocket.scenarios.language.model import (
    POLICIES,
    Argument,
    Call,
    Calls,
    Duration,
    Fail,
    ModelReply,
    ModelTurn,
    Policy,
    Range,
    Say,
    Setup,
    Site,
    Thread,
    Tool,
    User,
)

__all__ = ["Turn", "any_policies", "any_tools", "plain_tools", "scripts", "world_of"]

_DELEGATED = ("look", "sign")
_ASKED_FOR = ("pay", "sign")
_CALLED = ("look", "look", "look", "pay", "pay", "pay", "fetch", "sign")

_SOON = (None, None, None, Duration(1.0), Duration(2.0))
_TIMEOUTS = (None, Duration(5.0), Duration(30.0))
_RUNS_FOR = (None, Duration(1.0), Range(Duration(0.0), Duration(2.0)))


@frozen
class Turn:
    """A turn that some device of ``user`` is to start, and what the model says in it."""

    name: str
    thread: str
    user: str
    script: tuple[ModelReply, ...]

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls that the model proposes."""
        proposing = (reply.calls for reply in self.script if isinstance(reply, Calls))
        return tuple(call for calls in proposing for call in calls)


@st.composite
def scripts(draw: st.DrawFn, *, replies_min: int = 0) -> tuple[ModelReply, ...]:
    """What the model says in one turn: calls whose ids repeat themselves, faults, and an end.

    There are at least ``replies_min`` replies before the one that ends it.
    """
    replies = draw(st.lists(_REPLIES, min_size=replies_min, max_size=3))
    takes = draw(_TAKES)
    failing = draw(st.integers(0, 7)) == 7
    return (*replies, Fail("out of order", takes) if failing else Say("ok", takes))


_TAKES = st.sampled_from(_SOON)
_CALL = st.builds(
    Call,
    st.sampled_from(_CALLED),
    st.sampled_from(((), (Argument("n", 1),), (Argument("n", 2),))),
    st.sampled_from(("c1", "c1", "c2", None)),
)
_PROPOSING = st.builds(Calls, st.lists(_CALL, min_size=1, max_size=2).map(tuple), _TAKES)
_FAILING = st.builds(Fail, st.sampled_from(("overloaded", "context overflow")), _TAKES)
_REPLIES: st.SearchStrategy[ModelReply] = st.one_of(_PROPOSING, _PROPOSING, _PROPOSING, _FAILING)


@st.composite
def any_policies(draw: st.DrawFn) -> tuple[Policy, ...]:
    """Policies, mostly the usual ones, which are left out."""
    chosen = {n: draw(st.sampled_from((values[0], *values))) for n, values in POLICIES.items()}
    return tuple(Policy(n, value) for n, value in chosen.items() if value != POLICIES[n][0])


@st.composite
def any_tools(draw: st.DrawFn, turns: Sequence[Turn]) -> tuple[Tool, ...]:
    """The tools that these turns call, with any times."""
    return tuple(
        Tool(n, Site.DELEGATED, n in _ASKED_FOR, timeout=draw(st.sampled_from(_TIMEOUTS)))
        if n in _DELEGATED
        else Tool(n, Site.LOCAL, n in _ASKED_FOR, takes=draw(st.sampled_from(_RUNS_FOR)))
        for n in _called(turns)
    )


def plain_tools(turns: Sequence[Turn]) -> tuple[Tool, ...]:
    """The tools that these turns call, with the usual times."""
    return tuple(
        Tool(n, Site.DELEGATED if n in _DELEGATED else Site.LOCAL, n in _ASKED_FOR)
        for n in _called(turns)
    )


def world_of(
    turns: Sequence[Turn],
    tools: tuple[Tool, ...],
    policies: tuple[Policy, ...],
    users: Iterable[str] = (),
) -> Setup:
    """The setup in which these turns can be started; ``users`` are those without a turn, too."""
    threads = {turn.thread: turn.user for turn in turns}
    return Setup(
        tuple(map(User, sorted({*threads.values(), *users}))),
        tuple(Thread(thread, user) for thread, user in sorted(threads.items())),
        policies,
        tuple(ModelTurn(turn.thread, turn.script) for turn in turns),
        tools,
    )


def _called(turns: Sequence[Turn]) -> list[str]:
    return sorted({call.tool for turn in turns for call in turn.calls})
