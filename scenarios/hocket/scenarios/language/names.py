"""What the names that steps bind stand for, and which one a step means.

A turn has one name in the whole scenario.  The names of delegated calls, approvals and connections
belong to the client whose step binds them, so that two devices may both speak of `c`; a step of
another client may use such a name if only one other client binds it.  Checks and drivers resolve
names by the same function, so that a text which passes the checks means one thing.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from attrs import frozen

from hocket.scenarios.language.model import (
    Client,
    Connect,
    Fork,
    OnApproval,
    OnCall,
    Scenario,
    Start,
    Step,
)

__all__ = ["Binding", "BindingKind", "LaneStep", "Names", "lane_steps", "names_of"]

_MAX_MEANINGS = 8


class BindingKind(StrEnum):
    """What a name of a step stands for."""

    TURN = "turn"
    CALL = "delegated call"
    APPROVAL = "approval"
    CONNECTION = "connection"


@frozen
class LaneStep:
    """A step with its lane: the client's name, then the names of the lanes of forks."""

    lane: tuple[str, ...]
    step: Step


@frozen
class Binding:
    """A name that a step binds, the lane of that step, and its order among the client's steps."""

    name: str
    kind: BindingKind
    lane: tuple[str, ...]
    order: int
    line: int

    @property
    def client(self) -> str:
        """The client whose step binds the name."""
        return self.lane[0]


@frozen
class Names:
    """All names that the steps of a scenario bind, in the order of the text."""

    by_name: Mapping[str, Sequence[Binding]]
    _by_client: Mapping[tuple[str, str], Binding]
    _by_kind: Mapping[BindingKind, Mapping[str, Binding]]

    def resolve(self, name: str, client: str) -> tuple[Binding, ...]:
        """What ``name`` may mean in a step of ``client``: its own binding, else those of others.

        In a scenario without diagnostics, that is exactly one binding.  Of many, a few are told.
        """
        own = self._by_client.get((client, name))
        return (own,) if own is not None else tuple(self.by_name.get(name, ())[:_MAX_MEANINGS])

    def of_kind(self, kind: BindingKind) -> Mapping[str, Binding]:
        """All names bound to things of ``kind``, with their first bindings."""
        return self._by_kind[kind]


def lane_steps(client: Client) -> Iterator[LaneStep]:
    """The steps of a client in the order of the text, forks among them, then their lanes'."""
    return _walk(client.steps, (client.name,))


def names_of(scenario: Scenario) -> Names:
    """Collect what the steps of all clients bind."""
    by_name: dict[str, list[Binding]] = {}
    by_client: dict[tuple[str, str], Binding] = {}
    by_kind: dict[BindingKind, dict[str, Binding]] = {kind: {} for kind in BindingKind}
    for client in scenario.clients:
        for order, placed in enumerate(lane_steps(client)):
            bound = _bound(placed.step)
            if bound is not None:
                name, kind = bound
                binding = Binding(name, kind, placed.lane, order, placed.step.line)
                by_name.setdefault(name, []).append(binding)
                by_client.setdefault((client.name, name), binding)
                by_kind[kind].setdefault(name, binding)
    return Names(by_name, by_client, by_kind)


def _walk(steps: tuple[Step, ...], lane: tuple[str, ...]) -> Iterator[LaneStep]:
    for step in steps:
        yield LaneStep(lane, step)
        if isinstance(step, Fork):
            for inner in step.lanes:
                yield from _walk(inner.steps, (*lane, inner.name))


def _bound(step: Step) -> tuple[str, BindingKind] | None:
    match step:
        case Start(turn=name):
            return name, BindingKind.TURN
        case OnCall(name=name):
            return name, BindingKind.CALL
        case OnApproval(name=name):
            return name, BindingKind.APPROVAL
        case Connect(name=str(name)):
            return name, BindingKind.CONNECTION
        case _:
            return None
