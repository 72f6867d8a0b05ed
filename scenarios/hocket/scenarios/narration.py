"""An execution as a story: what happened, in whose lane, in words.

A scenario has a lane for each client and one for the runtime; any other program has a lane for each
task, in which consecutive steps are one moment.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from hocket.reports.results import Moment
from hocket.scenarios.language import model
from hocket.scenarios.tokens import strip_tokens
from hocket.simulator.engine.trace import Trace
from hocket.simulator.invariants import Observation

__all__ = ["RUNTIME_LANE", "moments_of_scenario", "moments_of_tasks", "words_of"]

RUNTIME_LANE = "runtime"

_WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "conn.close": lambda e: f"connection {e['conn']} is gone",
    "turn.reject": lambda e: f"{e['request']} refused: {e['code']}",
    "run.status": lambda e: f"{e['run']} {e['new']}" + (f" (by {e['by']})" if e["old"] else ""),
    "lock.acquire": lambda e: f"{e['run']} holds {e['thread']}",
    "llm.request": lambda e: f"{e['run']} asks the model, step {e['step']}",
    "tool.start": lambda e: f"{e['tool']} starts for {e['run']} ({e['exec']})",
    "tool.effect": lambda e: f"{e['tool']} acts for {e['run']}",
    "tool.end": lambda e: f"{e['tool']} {e['outcome']} for {e['run']}",
    "wire.execute": lambda e: f"{e['conn']}: run {e['tool']} as {e['wire']} for {e['run']}",
    "wire.result": lambda e: f"{e['conn']} answers {e['wire']}: {_short(e['value'])}",
    "wire.resolve": lambda e: f"{e['run']} gets {_short(e['value'])}",
    "wire.drop": lambda e: f"answer to {e['wire']} dropped: {e['reason']}",
    "appr.new": lambda e: f"{e['approval']} asks about {e['tool']}",
    "appr.decide": lambda e: f"{e['approval']} {e['verdict']}",
    "appr.refuse": lambda e: f"decision on {e['approval']} refused: {e['reason']}",
    "appr.consume": lambda e: f"{e['approval']} used by {e['exec']}",
    "appr.end": lambda e: f"{e['approval']} {e['reason']}",
    "cancel.request": lambda e: f"cancel {e['run']} asked for",
    "cancel.ack": lambda e: f"cancel of {e['run']} answered: {e['status']}",
    "thread.status": lambda e: f"thread {e['thread']} is {e['new']} (by {e['by']})",
    "job.start": lambda e: f"{e['job']} begins",
    "job.end": lambda e: f"{e['job']} {e['status']}",
    "memory.apply": lambda e: f"{e['user']}'s memory gets operation {e['op']}",
    "proc.crash": lambda _: "the process dies",
    "lane.stuck": lambda e: f"{e['lane']} waits for {e['text']}",
}
"""What is told of the runtime's events; the others are the same in every story."""


def moments_of_scenario(
    scenario: model.Scenario, seen: Sequence[Observation], clashing: Iterable[int]
) -> tuple[tuple[str, ...], tuple[Moment, ...]]:
    """The lanes and what happened in them; ``clashing`` observations are always told."""
    told: list[Moment] = []
    wanted = set(clashing)
    for observation in seen:
        if observation.kind == "lane.step":
            lane = str(observation["lane"])
            told.append(Moment(lane.partition(".")[0], str(observation["text"]), observation.index))
        elif text := words_of(observation.kind, observation.fields):
            told.append(Moment(RUNTIME_LANE, text, observation.index))
        elif observation.index in wanted:
            told.append(Moment(RUNTIME_LANE, _plainly(observation), observation.index))
    lanes = tuple(client.name for client in scenario.clients)
    return (*lanes, RUNTIME_LANE), tuple(told)


def words_of(kind: str, fields: Mapping[str, Any]) -> str:
    """What is told of one event of the runtime's; empty for one that every story has."""
    words = _WORDS.get(kind)
    return "" if words is None else words(fields)


def moments_of_tasks(trace: Trace) -> tuple[tuple[str, ...], tuple[Moment, ...]]:
    """A lane for each task, and the stretches in which it ran."""
    steps = [event for event in trace if event.kind == "step"]
    told: list[Moment] = []
    for task, stretch in groupby(steps, key=lambda event: event.task.partition("@")[0]):
        places = [event.text.replace("<locals>.", "") for event in stretch]
        where = f"from {places[0]}" if places[0] else "starts"
        many = f", {len(places)} steps" if len(places) > 1 else ""
        told.append(Moment(task, f"{where}{many}"))
    lanes = tuple(dict.fromkeys(moment.lane for moment in told))
    return lanes, tuple(told)


def _plainly(seen: Observation) -> str:
    fields = ", ".join(f"{name} {_short(value)}" for name, value in seen.fields.items())
    return f"{seen.kind}: {fields}"


def _short(value: object) -> str:
    text = strip_tokens(str(value))
    return text if len(text) <= 40 else f"{text[:37]}..."
