"""Scenarios made ready to run: from files to targets of a campaign.

A target's source is the text of its file and of the runtime, so that a token from before an edit is
known to be stale; its context names the file, the instance and the runtime, so that a token alone
is enough to build it again.
"""

import os
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

import trio
from attrs import evolve, field, frozen

from hocket.scenarios import anomalies, expectations, own_code, properties
from hocket.scenarios.adapters import AdapterFactory, World
from hocket.scenarios.checkers import NO_CODE, Code
from hocket.scenarios.lanes import Bench, Stuck, run_lanes
from hocket.scenarios.language import model
from hocket.scenarios.language.diagnostics import render
from hocket.scenarios.language.formatter import format_scenarios
from hocket.scenarios.language.forms import is_json, read_document
from hocket.scenarios.language.parameters import instances
from hocket.scenarios.sources import digest_of_runtime, digest_of_text
from hocket.simulator import Target
from hocket.simulator.invariants import Invariant, Observation, Violation
from hocket.simulator.simulation import observe

__all__ = ["Prepared", "ScenarioErrors", "prepare"]


_HERE = os.path.dirname(__file__)
BENCH = tuple(os.path.join(_HERE, name) for name in ("lanes", "adapters", "prepared.py"))
"""What drives a runtime, and is no part of it."""


class ScenarioErrors(Exception):
    """A text that is no scenario; the message holds every mistake in it, with its place."""


@lru_cache(maxsize=64)
def _unjudged(adapter: AdapterFactory) -> tuple[str, ...]:
    return properties.unjudged(adapter().capabilities)


@frozen
class Prepared:
    """One instance of one scenario, with the runtime it is to be run against.

    ``file`` and ``line`` say where it stands, ``digest`` identifies the sources, and
    ``runtime`` names what ``adapter`` makes: "reference", a mutant, or MODULE:ATTR.  In a
    ``sweep`` tasks of the runtime are cancelled, and some adapters disturb theirs themselves, so
    what must happen is not asked for then: only what must not.  ``code`` is what the scenario names
    by ``use``; ``text`` is the text form of its file, whatever form that has.
    """

    name: str
    file: str
    digest: str
    scenario: model.Scenario
    adapter: AdapterFactory
    runtime: str
    sweep: bool = False
    code: Code = NO_CODE
    text: str = field(default="", repr=False)
    _requests: dict[str, str] = field(factory=dict[str, str], init=False)

    @property
    def line(self) -> int:
        """Where the scenario begins in its file."""
        return self.scenario.line

    @property
    def sweep_tasks(self) -> tuple[str, ...]:
        """The tasks that a sweep cancels if nobody names others: those that work for a turn."""
        return ("*.Turns.run", "*.Turns.resume")

    def in_sweep(self) -> "Prepared":
        """The same scenario as a cancellation sweep judges it."""
        return evolve(self, sweep=True)

    def target(self) -> Target:
        """What a campaign explores."""
        return Target(
            name=self.name,
            source=self.digest,
            main=self.main,
            invariants=self.invariants,
            context={
                "file": self.file,
                "runtime": self.runtime,
                **({"sweep": "cancel"} if self.sweep else {}),
            },
            name_shape=anomalies.shape,
            bench=BENCH,
        )

    async def main(self) -> None:
        """One execution: start the runtime, run the lanes, and see what is left in the end."""
        async with trio.open_nursery() as nursery:
            adapter = self.adapter()
            bench = Bench(self.scenario, adapter, self._requests, nursery)
            await adapter.open(World(self.scenario.setup, nursery, self.code), bench.emit)
            for stuck in await run_lanes(bench):
                observe("lane.stuck", _stuck_fields(stuck))
            left = adapter.snapshot()
            observe(
                "quiesce",
                {
                    "runs": left.runs,
                    "approvals": left.approvals,
                    "calls": left.calls,
                    "connections": left.connections,
                    "records": left.records,
                    "locks": left.locks,
                    "stale": left.stale,
                },
            )
            bench.end()
            await adapter.close()
            nursery.cancel_scope.cancel()

    def invariants(self) -> Sequence[Invariant]:
        """Fresh checkers: what the scenario expects, and what must always hold."""
        self._requests.clear()
        setup = self.scenario.setup
        built_in = properties.built_in(
            {name: setup.policy(name) for name in model.POLICIES},
            server_tools=[t.name for t in setup.tools if t.site is model.Site.LOCAL],
            gated_tools=[t.name for t in setup.tools if t.approval],
            without=[*_unjudged(self.adapter), *(w.invariant for w in self.scenario.without)],
        )
        if self.sweep:
            return (*built_in, *expectations.safety(self.scenario, self._requests))
        expected = expectations.checkers(self.scenario, self._requests, self.code)
        witnesses = expectations.witnesses(self.scenario, self._requests)
        return (*built_in, *expected, LaneStuck(), *map(Watched, witnesses))

    def asked(self) -> dict[str, int]:
        """The scenario's own properties by name, with the line of each."""
        if self.sweep:
            return {c.name: c.line for c in expectations.safety(self.scenario, {})}
        return {c.name: c.line for c in expectations.checkers(self.scenario, {}, self.code)}

    def hoped(self) -> dict[str, int]:
        """What some execution of a campaign must show, by name, with the line of each."""
        if self.sweep or self.scenario.replay is not None:
            return {}
        return {w.name: w.line for w in expectations.witnesses(self.scenario, {})}


@frozen
class LaneStuck:
    """A lane still waits when nothing can happen any more."""

    name: str = "lane stuck"
    statement: str = "Every lane comes to its end, or was told what to skip."
    kinds: frozenset[str] = frozenset({"lane.stuck"})
    triggered: bool = True

    def observe(self, seen: Observation) -> Violation | None:
        """Any such observation is a violation."""
        text = f"{seen['lane']} waits for {seen['text']} (line {seen['line']}), which never comes"
        return Violation(self.name, text, (seen.index,))

    def conclude(self, time: float) -> Violation | None:
        """Nothing is owed."""
        return None


@frozen
class Watched:
    """A ``sometimes`` as an invariant that never breaks: a campaign learns whether it was met."""

    witness: expectations.Witness
    statement: str = "Some execution of the campaign shows it."

    @property
    def name(self) -> str:
        """The property as it is written."""
        return self.witness.name

    @property
    def kinds(self) -> frozenset[str]:
        """What the witness has to see."""
        return self.witness.kinds

    @property
    def triggered(self) -> bool:
        """Whether this execution showed it."""
        return self.witness.met

    def observe(self, seen: Observation) -> Violation | None:
        """Let the witness look."""
        self.witness.observe(seen)
        return None

    def conclude(self, time: float) -> Violation | None:
        """Nothing is owed by one execution."""
        return None


def prepare(
    text: str,
    *,
    file: str,
    adapter: AdapterFactory,
    runtime: str,
    allowed: Collection[str] = (),
) -> list[Prepared]:
    """The instances of all scenarios in ``text``.

    ``allowed`` are the packages whose code the scenarios may name by ``use``.  Raises
    :class:`ScenarioErrors` for mistakes in the text, and
    :class:`~hocket.scenarios.usage.UsageProblem` for code that is not allowed or not there.
    """
    result = read_document(text, name=file)
    if result.diagnostics:
        row = result.source.row
        raise ScenarioErrors(
            "\n".join(render(d, file=file, source=row(d.line)) for d in result.diagnostics)
        )
    code = own_code.load(result.scenarios, allowed, file=file)
    digest = digest_of_text(text, digest_of_runtime(runtime), *_sources(code))
    shown = format_scenarios(result.scenarios) if is_json(file) else text
    return [
        Prepared(
            *(instance.name, file, digest, instance.scenario, adapter, runtime),
            sweep=getattr(adapter(), "disturbs", False),
            code=code,
            text=shown,
        )
        for scenario in result.scenarios
        for instance in instances(scenario)
    ]


def _sources(code: Mapping[str, object]) -> list[str]:
    modules = dict.fromkeys(reference.partition(":")[0] for reference in code)
    return [digest_of_runtime(f"{module}:") for module in modules]


def _stuck_fields(stuck: Stuck) -> dict[str, object]:
    return {"lane": stuck.lane, "text": stuck.text, "line": stuck.step.line}
