"""What there is at a moment of an execution: what somebody could act on next."""

from collections.abc import Sequence

from attrs import frozen

from hocket.simulator.invariants import Observation

__all__ = ["Open", "Sight", "sight_at"]

_ENDS = ("completed", "failed", "cancelled", "expired")


@frozen
class Open:
    """A call or an approval that is open: of which tool, and in which turn."""

    tool: str
    turn: str


@frozen
class Sight:
    """What there is at a moment: open calls and approvals, and turns that are under way."""

    calls: tuple[Open, ...] = ()
    approvals: tuple[Open, ...] = ()
    turns: tuple[str, ...] = ()


def sight_at(now: float, seen: Sequence[Observation]) -> Sight:
    """What is open at a moment of an execution, from the events until then."""
    turns: dict[str, str] = {}
    live: dict[str, None] = {}
    calls: dict[str, Open] = {}
    approvals: dict[str, Open] = {}
    for event in (one for one in seen if one.time <= now):
        match event.kind:
            case "run.status":
                turn = turns.setdefault(
                    event["run"], str(event["request"]).removeprefix("request-")
                )
                live[turn] = None
                if event["new"] in _ENDS:
                    del live[turn]
            case "wire.execute":
                calls[event["exec"]] = Open(event["tool"], turns[event["run"]])
            case "tool.end":
                calls.pop(event["exec"], None)
            case "appr.new":
                approvals[event["approval"]] = Open(event["tool"], turns[event["run"]])
            case "appr.decide" | "appr.end":
                approvals.pop(event["approval"], None)
            case _:
                pass
    return Sight(tuple(calls.values()), tuple(approvals.values()), tuple(live))
