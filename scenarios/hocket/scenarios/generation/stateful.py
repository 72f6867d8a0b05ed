"""A state machine that uses a runtime as people do, for Hypothesis to drive.

Where :mod:`~hocket.scenarios.generation.races` draws a whole scenario at once, here each rule looks
at what the runtime has come to, and then somebody acts on it: answers the call that is open,
decides on the approval that pends, cancels the turn that runs, leaves and comes back.  All of it
goes through the public door, an :class:`~hocket.scenarios.adapters.Adapter`, and so the machine is
for anybody's runtime::

    from hocket.scenarios.generation.stateful import machine_for

    TestMyRuntime = machine_for(make_my_adapter).TestCase

The rules write a scenario as they go, a step for a lane or two.  After each of them the scenario is
executed once in its default schedule, from the beginning, to see what is there by then; in the end
it is explored under others.  Steps of different devices race unless time passes between them.
What fails is told as a scenario, which can be put into a file and explored, frozen and kept.

The way of testing is that of model-based testing in the manner of QuickCheck's state machines;
there is no model of the runtime besides its invariants.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from attrs import define, field
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from hocket.scenarios.adapters import AdapterFactory
from hocket.scenarios.generation.sights import Sight, sight_at
from hocket.scenarios.generation.worlds import (
    Turn,
    any_policies,
    plain_tools,
    scripts,
    world_of,
)
from hocket.scenarios.language.formatter import format_scenarios
from hocket.scenarios.language.model import (
    Approve,
    Cancel,
    Client,
    Connect,
    Deny,
    Drop,
    Duration,
    ModelReply,
    OnApproval,
    OnCall,
    Policy,
    Reply,
    Scenario,
    Start,
    Step,
    Wait,
)
from hocket.scenarios.prepared import Prepared
from hocket.simulator import Budget, Campaign
from hocket.simulator.engine.outcome import Failure
from hocket.simulator.execution import Execution
from hocket.simulator.strategies import make_strategy

__all__ = ["RuntimeMachine", "machine_for"]

_OWNERS = {"laptop": "ann", "phone": "ann", "desk": "ben"}
_THREADS = {"ann": ("A", "B"), "ben": ("C",)}
_TURNS_MAX = 6

_WHICH = st.integers(0, 5)
"""Which of the things that are there, counted round."""


@define
class _Lane:
    """What one device does; ``at`` is the moment to which its waits have brought it."""

    name: str
    steps: list[Step] = field(factory=list[Step])
    at: float = 0.0
    session: str = ""
    restless: bool = False


class RuntimeMachine(RuleBasedStateMachine):
    """People with several devices use a runtime; see :func:`machine_for`.

    ``schedules`` is how many are explored at the end of each example, ``exploration_seed`` decides
    which.
    """

    schedules: ClassVar[int] = 5
    exploration_seed: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self._lanes = {name: _Lane(name) for name in _OWNERS}
        self._turns: dict[str, Turn] = {}
        self._devices: dict[str, str] = {}
        self._policies: tuple[Policy, ...] = ()
        self._now = 0.0
        self._bound = 0
        self.sight = Sight()

    def adapter_factory(self) -> AdapterFactory:
        """What makes a fresh adapter for each execution."""
        raise NotImplementedError

    @initialize(policies=any_policies())
    def open(self, policies: tuple[Policy, ...]) -> None:
        """The owner of the runtime has made up their mind, and everybody connects."""
        self._policies = policies
        for lane in self._lanes.values():
            self._act(lane, self._connect(lane, None))

    # -- rules -------------------------------------------------------------------------------

    @precondition(lambda self: len(self._turns) < _TURNS_MAX)
    @rule(which=_WHICH, thread=_WHICH, script=scripts(replies_min=1))
    def start(self, which: int, thread: int, script: tuple[ModelReply, ...]) -> None:
        """A device asks for a turn."""
        lane = _pick(list(self._lanes.values()), which)
        user = _OWNERS[lane.name]
        turn = Turn(f"t{len(self._turns) + 1}", _pick(_THREADS[user], thread), user, script)
        self._turns[turn.name] = turn
        self._devices[turn.name] = lane.name
        self._act(lane, Start(turn.thread, turn.name))

    @precondition(lambda self: self.sight.calls)
    @rule(which=_WHICH, error=st.booleans(), late=st.sampled_from((0.0, 0.0, 6.0, 31.0)))
    def answer(self, which: int, late: float, *, error: bool) -> None:
        """The device that was asked to run a tool answers, at once or later."""
        call = _pick(self.sight.calls, which)
        lane = self._lanes[self._devices[call.turn]]
        name = self._new("c")
        steps: list[Step] = [OnCall(call.tool, name, call.turn, else_skip=True)]
        if late:
            steps.append(Wait(Duration(late)))
        self._act(lane, *steps, Reply(name, f"answer {name}", error=error))
        lane.at += late

    @precondition(lambda self: self.sight.approvals)
    @rule(which=_WHICH, device=_WHICH, approves=st.sampled_from((True, True, False)))
    def decide(self, which: int, device: int, *, approves: bool) -> None:
        """A person decides on any of their devices, perhaps on two at once."""
        approval = _pick(self.sight.approvals, which)
        user = self._turns[approval.turn].user
        lane = _pick([one for one in self._lanes.values() if _OWNERS[one.name] == user], device)
        name = self._new("p")
        asked = OnApproval(approval.tool, name, approval.turn, else_skip=True)
        self._act(lane, asked, Approve(name) if approves else Deny(name))

    @precondition(lambda self: self._certain())
    @rule(which=_WHICH)
    def cancel(self, which: int) -> None:
        """A device cancels a turn that it started and that is under way."""
        turn = _pick(self._certain(), which)
        self._act(self._lanes[self._devices[turn]], Cancel(turn))

    @rule(which=_WHICH, pause=st.sampled_from((0.0, 1.0, 31.0)), resumes=st.booleans())
    def come_back(self, which: int, pause: float, *, resumes: bool) -> None:
        """A device is gone without a word, and connects again."""
        lane = _pick(list(self._lanes.values()), which)
        lane.restless = True
        steps: list[Step] = [Drop(), *[Wait(Duration(pause))] * (pause > 0)]
        self._act(lane, *steps, self._connect(lane, lane.session if resumes else None))
        lane.at += pause

    @rule(seconds=st.sampled_from((1.0, 1.0, 1.0, 6.0, 450.0)))
    def pass_time(self, seconds: float) -> None:
        """What was done is done, and what follows comes later."""
        self._now += seconds
        self._look()

    def teardown(self) -> None:
        """Explore what was done under other schedules."""
        if self._turns:
            self._campaign("mixed", self.schedules, self._keep)

    # -- the scenario ------------------------------------------------------------------------

    def _act(self, lane: _Lane, *steps: Step) -> None:
        """A device does something now."""
        if lane.at < self._now:
            lane.steps.append(Wait(Duration(self._now - lane.at)))
            lane.at = self._now
        lane.steps.extend(steps)
        self._look()

    def _look(self) -> None:
        """Execute all that was done, and see what is there by now."""
        if self._turns:
            self._campaign("exhaustive", 1, self._see)

    def _see(self, execution: Execution) -> None:
        self.sight = sight_at(self._now, execution.observations)

    def _keep(self, _execution: Execution) -> None:
        """What other schedules come to is no state of this machine."""

    def _campaign(self, strategy: str, schedules: int, on_execution: Any) -> None:
        scenario = self.scenario()
        adapter = self.adapter_factory()
        seed = self.exploration_seed
        result = Campaign(
            Prepared(scenario.name, "", "", scenario, adapter, "").target(),
            make_strategy(strategy, seed),
            seed=seed,
            budget=Budget(schedules, 100, explain_executions=0, lockstep_schedules=0),
            on_execution=on_execution,
        ).run()
        if result.interrupted:
            raise KeyboardInterrupt
        for failure in result.failures:
            raise AssertionError(_told(failure, scenario))

    def scenario(self) -> Scenario:
        """What was done so far, as a scenario."""
        turns = tuple(self._turns.values())
        clients = tuple(
            Client(lane.name, _OWNERS[lane.name], tuple(lane.steps))
            for lane in self._lanes.values()
            if lane.steps
        )
        users = [client.user for client in clients]
        setup = world_of(turns, plain_tools(turns), self._policies, users)
        return Scenario("used_by_people", setup=setup, clients=clients)

    # -- who and what is there ---------------------------------------------------------------

    def _certain(self) -> list[str]:
        """The turns under way that are known to their device in every schedule."""
        devices = {turn: self._lanes[self._devices[turn]] for turn in self.sight.turns}
        return [turn for turn, lane in devices.items() if not lane.restless]

    def _connect(self, lane: _Lane, resuming: str | None) -> Connect:
        lane.session = self._new("s")
        return Connect(lane.session, resuming)

    def _new(self, letter: str) -> str:
        self._bound += 1
        return f"{letter}{self._bound}"


def machine_for(
    make_adapter: AdapterFactory, *, schedules: int = 5, seed: int = 0
) -> type[RuntimeMachine]:
    """The state machine for a runtime: its ``TestCase`` is a test, for pytest or unittest.

    ``make_adapter`` returns a fresh adapter of the runtime for each execution.  ``schedules`` are
    explored at the end of each example, from ``seed``.  How many examples there are, and how many
    rules in each, is for Hypothesis's settings: ``TestCase.settings``.

    >>> from hocket.scenarios.adapters.reference import reference
    >>> TestReference = machine_for(reference).TestCase
    """

    class Machine(RuntimeMachine):
        def adapter_factory(self) -> AdapterFactory:
            return make_adapter

    Machine.schedules, Machine.exploration_seed = schedules, seed
    return Machine


def _pick(things: Sequence[Any], which: int) -> Any:
    return things[which % len(things)]


def _told(failure: Failure, scenario: Scenario) -> str:
    text = format_scenarios([scenario])
    return f"{failure.message}\n\nput this into a file, and explore it with hocket run:\n\n{text}"
