"""What the devices of a race do: lanes that start, answer, decide, cancel, leave and come back."""

from collections.abc import Callable, Sequence

from attrs import define, field
from hypothesis import strategies as st

from hocket.scenarios.generation.worlds import Turn
from hocket.scenarios.language.model import (
    Approve,
    Cancel,
    Client,
    Close,
    Connect,
    Deny,
    Drop,
    Duration,
    Fork,
    Lane,
    OnApproval,
    OnCall,
    OnEnd,
    OnPause,
    Reply,
    Setup,
    Site,
    Start,
    Step,
    Wait,
)

__all__ = ["devices"]

_NAMES = ("laptop", "phone", "watch", "desk")
_DEVICES_MAX = 2
_MOVES_MAX = 3
_SHORT = (Duration(1.0), Duration(1.0), Duration(2.0), Duration(6.0))
_LONG = (Duration(31.0), Duration(450.0))
_PAUSES = (None, None, None, None, *_SHORT, *_LONG)


@define
class _Device:
    """A client that is being made up.

    A ``restless`` one loses its connections, so that nobody can be sure that what it asked for was
    heard; ``sure`` are the turns that are known sooner or later whatever happens.
    """

    draw: st.DrawFn
    name: str
    user: str
    turns: tuple[Turn, ...]
    setup: Setup
    restless: bool
    main: list[Step] = field(factory=list[Step])
    sides: list[list[Step]] = field(factory=list[list[Step]])
    sure: list[str] = field(factory=list[str])
    _started: list[Turn] = field(factory=list[Turn])
    _sessions: list[str] = field(factory=list[str])
    _bound: int = 0
    _said: int = 0

    def open(self) -> None:
        """The first connection, which may come late."""
        pause = self.draw(st.sampled_from(_PAUSES))
        if pause is not None:
            self.main.append(Wait(pause))
        self.main.append(self._connect(None))

    def act(self) -> None:
        """The main lane: it starts the turns, and does other things in between."""
        waited = False
        for turn in self.turns:
            self.main.append(Start(turn.thread, turn.name))
            self._started.append(turn)
            if not (self.restless or waited):
                self.sure.append(turn.name)
            waited |= self._some(self.main, self._moves())
        if not self.turns:
            self._some(self.main, self._moves())
        if self.restless and self.draw(st.integers(0, 3)) == 3:
            ends: tuple[Step, ...] = (Drop(), Close())
            self.main.append(self.draw(st.sampled_from(ends)))

    def react(self, known: Sequence[str]) -> None:
        """Lanes beside the main one, which may cancel what is ``known`` whatever happens."""
        for _ in range(self.draw(st.integers(0, 2))):
            steps: list[Step] = []
            self._some(steps, self._reactions(known))
            if steps:
                self.sides.append(steps)

    def client(self) -> Client:
        """The device as it stands in the scenario."""
        at = next(i for i, step in enumerate(self.main) if isinstance(step, Connect)) + 1
        opening, acting = self.main[:at], self.main[at:]
        lanes = [lane for lane in (acting, *self.sides) if lane]
        if len(lanes) < 2:
            return Client(self.name, self.user, (*opening, *(lanes[0] if lanes else ())))
        forked = Fork(tuple(Lane(f"lane{i}", tuple(lane)) for i, lane in enumerate(lanes, 1)))
        return Client(self.name, self.user, (*opening, forked))

    # -- moves -------------------------------------------------------------------------------

    def _some(self, lane: list[Step], moves: Sequence[Callable[[], list[Step]]]) -> bool:
        """Add a few moves to a lane; whether the lane may wait in one of them."""
        before = len(lane)
        for _ in range(self.draw(st.integers(0, _MOVES_MAX))):
            lane.extend(self.draw(st.sampled_from(moves))())
        return any(isinstance(s, OnCall | OnApproval | OnEnd | OnPause) for s in lane[before:])

    def _moves(self) -> list[Callable[[], list[Step]]]:
        moves = [*self._answers(), self._pause]
        if self._started:
            moves.append(self._see)
            moves.append(self._cancel_when_seen if self.restless else self._cancel_own)
        if self.restless:
            moves += [self._come_back, self._come_back]
        return moves

    def _reactions(self, known: Sequence[str]) -> list[Callable[[], list[Step]]]:
        moves = [*self._answers(), self._pause]
        if known:
            moves.append(lambda: [Cancel(self.draw(st.sampled_from(known)))])
        return moves

    def _answers(self) -> list[Callable[[], list[Step]]]:
        tools = self.setup.tools
        found: list[Callable[[], list[Step]]] = []
        if any(tool.site is Site.DELEGATED for tool in tools):
            found += [self._answer, self._answer]
        if any(tool.approval for tool in tools):
            found += [self._decide, self._decide]
        return found

    def _answer(self) -> list[Step]:
        draw = self.draw
        tools = [tool.name for tool in self.setup.tools if tool.site is Site.DELEGATED]
        tool = draw(st.sampled_from(tools))
        name = self._new("c")
        steps: list[Step] = [OnCall(tool, name, self._which(tool), else_skip=True)]
        if self.restless and draw(st.booleans()):
            steps += self._come_back()
        else:
            steps += self._maybe_pause()
        steps.append(self._reply(name))
        if draw(st.integers(0, 5)) == 5:
            steps += [*self._maybe_pause(), self._reply(name)]
        return steps

    def _reply(self, name: str) -> Reply:
        draw = self.draw
        self._said += 1
        tools = [tool.name for tool in self.setup.tools]
        claimed = draw(st.sampled_from((None, None, None, None, None, *tools)))
        session = draw(st.sampled_from((None, *self._sessions[:1])))  # the others may never come
        return Reply(
            name, f"{self.name} {self._said}", claimed, session, draw(st.integers(0, 5)) == 5
        )

    def _decide(self) -> list[Step]:
        draw = self.draw
        tool = draw(st.sampled_from([tool.name for tool in self.setup.tools if tool.approval]))
        name = self._new("p")
        steps: list[Step] = [OnApproval(tool, name, self._which(tool), else_skip=True)]
        steps += self._maybe_pause()
        yes, no = Approve(name), Deny(name)
        answers: tuple[Step, ...] = (yes, yes, yes, no)
        steps.append(draw(st.sampled_from(answers)))
        if draw(st.integers(0, 3)) == 3:
            steps.append(draw(st.sampled_from(answers[2:])))
        return steps

    def _see(self) -> list[Step]:
        turn = self.draw(st.sampled_from(self._started)).name
        ends = self.draw(st.integers(0, 3)) < 3
        return [OnEnd(turn, else_skip=True) if ends else OnPause(turn, else_skip=True)]

    def _cancel_own(self) -> list[Step]:
        return [Cancel(self.draw(st.sampled_from(self._started)).name)]

    def _cancel_when_seen(self) -> list[Step]:
        turn = self.draw(st.sampled_from(self._started)).name
        return [OnPause(turn, else_skip=True), Cancel(turn)]

    def _pause(self) -> list[Step]:
        return [Wait(self.draw(st.sampled_from((*_SHORT, *_LONG))))]

    def _maybe_pause(self) -> list[Step]:
        pause = self.draw(st.sampled_from(_PAUSES))
        return [] if pause is None else [Wait(pause)]

    def _come_back(self) -> list[Step]:
        draw = self.draw
        last = self._sessions[-1]
        ends: tuple[Step, ...] = (Drop(), Drop(), Close())
        end = draw(st.sampled_from(ends))
        pause = self._maybe_pause()
        return [end, *pause, self._connect(draw(st.sampled_from((last, last, None))))]

    # -- names -------------------------------------------------------------------------------

    def _which(self, tool: str) -> str | None:
        """None, or a turn that was started here and calls the tool."""
        calling = [t.name for t in self._started if any(call.tool == tool for call in t.calls)]
        return self.draw(st.sampled_from((None, None, *calling)))

    def _connect(self, resuming: str | None) -> Connect:
        self._sessions.append(self._new("s"))
        return Connect(self._sessions[-1], resuming)

    def _new(self, letter: str) -> str:
        """A name that nothing else in the scenario has."""
        self._bound += 1
        return f"{self.name}_{letter}{self._bound}"


@st.composite
def devices(draw: st.DrawFn, turns: Sequence[Turn], setup: Setup) -> tuple[Client, ...]:
    """The devices of all users, each turn started by one of them."""
    names = iter(_NAMES)
    found: list[_Device] = []
    for user in setup.users:
        count = draw(st.integers(1, _DEVICES_MAX))
        homes = [draw(st.integers(1, count)) if t.user == user.name else 0 for t in turns]
        for number in range(1, count + 1):
            own = tuple(turn for turn, home in zip(turns, homes, strict=True) if home == number)
            restless = draw(st.integers(0, 2)) == 2
            found.append(_Device(draw, next(names), user.name, own, setup, restless))
    for device in found:
        device.open()
        device.act()
    known = [turn for device in found for turn in device.sure]
    for device in found:
        device.react(known)
    return tuple(device.client() for device in found)
