"""What the lanes of one execution share: what is known, and who waits for what."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import trio
import trio.testing
from attrs import define, field

from hocket.runtime.protocol import frames
from hocket.runtime.protocol.events import Event
from hocket.scenarios.adapters import Adapter
from hocket.scenarios.lanes.order import Order
from hocket.scenarios.language import model
from hocket.simulator.simulation import observe

__all__ = ["Bench", "Bound", "LaneSkipped", "Stuck"]

QUIET_SECONDS = 3_600.0
"""Virtual time after which nothing scripted can still be on its way."""

_OF_THE_END = frozenset(
    {"conn.end", "res.open", "res.close", "tx.commit", "job.start", "job.end", "proc.stop"}
)

Found = TypeVar("Found")
Bound = tuple[str, str]
"""A client and a name that it bound."""


class LaneSkipped(Exception):
    """The rest of a lane is left out."""


@define(eq=False)
class Stuck:
    """A step that waits: in which lane, and whether the rest may be skipped."""

    lane: str
    step: model.Step
    text: str
    else_skip: bool
    skipped: bool = False
    woken: trio.Event = field(factory=trio.Event)


@define(eq=False)
class Bench:
    """One execution of a scenario against an adapter.

    ``requests`` gets the request id of each turn that a lane asks for, under the turn's name.
    """

    scenario: model.Scenario
    adapter: Adapter
    requests: dict[str, str]
    nursery: trio.Nursery
    order: Order = field(init=False)
    runs: dict[str, str] = field(factory=dict[str, str], init=False)
    calls: dict[Bound, frames.ToolExecute] = field(
        factory=dict[Bound, frames.ToolExecute], init=False
    )
    approvals: dict[Bound, str] = field(factory=dict[Bound, str], init=False)
    model_calls: dict[str, str | None] = field(factory=dict[str, str | None], init=False)
    rejected: set[str] = field(factory=set[str], init=False)
    waiting: list[Stuck] = field(factory=list[Stuck], init=False)
    over: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self.order = Order.of(self.scenario)

    async def quiet(self) -> tuple[Stuck, ...]:
        """Wait until nothing can happen any more; the waits of lanes that never ended."""
        while True:
            await trio.sleep(QUIET_SECONDS)
            # Time also moves past a task that only seems to spin, which has not ended then.
            await trio.testing.wait_all_tasks_blocked()
            skippable = [wait for wait in self.waiting if wait.else_skip]
            for wait in skippable:
                wait.skipped = True
                wait.woken.set()
            if not skippable:
                return tuple(self.waiting)

    async def wait_until(
        self, lane: str, step: model.Step, text: str, look: Callable[[], Found | None]
    ) -> Found:
        """Wait until ``look`` finds something; anything that happens may be what it looks for."""
        while (found := look()) is None:
            wait = Stuck(lane, step, text, else_skip=getattr(step, "else_skip", False))
            self.waiting.append(wait)
            try:
                await wait.woken.wait()
            finally:
                self.waiting.remove(wait)
            if wait.skipped:
                raise LaneSkipped
        return found

    def emit(self, event: Event) -> None:
        """Hear what the runtime says, and pass it on to those who judge."""
        if event.kind == "call.propose":
            self.model_calls[event["call"]] = event["model_call"]
        if not self.over or event.kind in _OF_THE_END:
            observe(event.kind, event.fields)

    def end(self) -> None:
        """What follows is shutting down; only what must not outlive that is judged."""
        self.over = True

    def find(self, table: Mapping[Bound, Found], client: str, name: str) -> Found | None:
        """What a client means by a name: what it bound itself, else what another client bound."""
        own = table.get((client, name))
        others = (value for (_, bound), value in table.items() if bound == name)
        return own if own is not None else next(others, None)

    def done(self, *steps: model.Step) -> None:
        """These steps are over: whoever was to wait for them may go on."""
        if self.order.end(steps):
            self.stir()

    def stir(self) -> None:
        """Something happened: let every waiting step look again."""
        for wait in self.waiting:
            wait.woken.set()
