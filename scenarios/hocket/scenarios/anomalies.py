"""The shapes of a runtime's anomalies, told from what it said about itself.

The observations that clash show the shape: the same thing twice, something after an end, a text of
one owner with another.  Where they show none, there is no name for it.
"""

from collections.abc import Mapping, Sequence

from hocket.runtime.protocol.lifecycle import RUN_TABLE, RunStatus, is_terminal
from hocket.scenarios.tokens import tokens
from hocket.simulator.engine.explanation import Anomaly
from hocket.simulator.invariants import Observation

__all__ = ["shape"]

_ONCE: Mapping[str, str] = {
    "appr.decide": "approval",
    "tool.effect": "exec",
    "tool.start": "exec",
    "wire.execute": "wire",
    "wire.resolve": "exec",
}
"""What may happen once, and the field that says to what."""


def shape(seen: Sequence[Observation], clashing: Sequence[int]) -> str:
    """The name of the shape that the ``clashing`` ones among all observations show, if any."""
    met = [seen[index] for index in clashing]
    if any(_is_foreign(one, seen) for one in met):
        return Anomaly.LEAK_ACROSS_OWNER
    if len(met) == 2:
        first, second = met
        identity = _ONCE.get(first.kind)
        same = identity is not None and first[identity] == second.get(identity)
        if first.kind == second.kind and same:
            return Anomaly.DOUBLE_EXECUTION
        if _ends(first) and first.get("run") == second.get("run"):
            return Anomaly.USE_AFTER_TERMINAL
    return ""


def _ends(one: Observation) -> bool:
    if one.kind == "frame.out":
        return bool(one["terminal"])
    return one.kind == "run.status" and is_terminal(RUN_TABLE, RunStatus(one["new"]))


def _is_foreign(one: Observation, seen: Sequence[Observation]) -> bool:
    """Whether the observation holds a text of another thread than that of its run."""
    owner = one.get("thread") or _thread_of(one.get("run"), seen)
    texts = (str(one.get(name, "")) for name in ("messages", "value", "content"))
    return bool(owner) and any(token.thread != owner for text in texts for token in tokens(text))


def _thread_of(run: object, seen: Sequence[Observation]) -> object:
    starts = (o for o in seen if o.kind == "run.status" and o["run"] == run)
    first = next(starts, None)
    return first["thread"] if first is not None else None
