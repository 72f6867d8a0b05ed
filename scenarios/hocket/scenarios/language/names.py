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
    Approve,
    Cancel,
    Client,
    Close,
    CloseThread,
    Connect,
    DeleteThread,
    Deny,
    Drop,
    Fork,
    Offer,
    OnApproval,
    OnCall,
    OnEnd,
    OnPause,
    Reply,
    ResetThread,
    Revoke,
    Scenario,
    Start,
    Step,
    StepName,
    Wait,
)

__all__ = [
    "Binding",
    "BindingKind",
    "Deed",
    "LaneStep",
    "Names",
    "deeds_of",
    "lane_steps",
    "name_in",
    "names_of",
    "verb_of",
]

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


_VERBS: Mapping[type[Step], str] = {
    Connect: "connect",
    Start: "start",
    OnCall: "on",
    OnApproval: "on",
    OnPause: "on",
    OnEnd: "on",
    Reply: "reply",
    Approve: "approve",
    Deny: "deny",
    Cancel: "cancel",
    Drop: "drop",
    Close: "close",
    CloseThread: "close_thread",
    ResetThread: "reset_thread",
    DeleteThread: "delete_thread",
    Offer: "offer",
    Revoke: "revoke",
    Wait: "wait",
    Fork: "fork",
}


def verb_of(step: Step) -> str:
    """The verb of a step, as it is written."""
    return _VERBS[type(step)]


def name_in(step: Step) -> str | None:
    """The name by which a schedule tells a step from others of its verb, if it has one."""
    match step:
        case Start(turn=name) | OnPause(turn=name) | OnEnd(turn=name) | Cancel(turn=name):
            return name
        case Reply(call=name) | Approve(approval=name) | Deny(approval=name):
            return name
        case OnCall(name=name) | OnApproval(name=name):
            return name
        case Connect(name=name) | Drop(session=name) | Close(session=name):
            return name
        case CloseThread(thread=name) | ResetThread(thread=name) | DeleteThread(thread=name):
            return name
        case Wait() | Fork() | Offer() | Revoke():
            return None


@frozen
class Deed:
    """A step as a schedule speaks of it; ``after`` are the numbers of the steps it comes after.

    Those are the steps before it in its lane, not all of them but the last, and the one that binds
    the name it speaks of.
    """

    number: int
    client: str
    step: Step
    after: tuple[int, ...]

    @property
    def name(self) -> str | None:
        """The name in it."""
        return name_in(self.step)

    def is_meant(self, named: StepName) -> bool:
        """Whether ``named`` may mean this step."""
        return verb_of(self.step) == named.verb and named.name in (None, self.name)

    def spelt(self) -> str:
        """How a schedule names it."""
        return f"{self.client}.{verb_of(self.step)}" + (f" {self.name}" if self.name else "")


def deeds_of(scenario: Scenario) -> tuple[Deed, ...]:
    """All steps of a scenario in the order of the text, but for ``fork``."""
    found: list[Deed] = []
    for client in scenario.clients:
        _add_deeds(client.steps, client.name, (), found)
    binds = {(d.client, d.name): d.number for d in found if _bound(d.step) is not None}
    anyone = {d.name: d.number for d in reversed(found) if _bound(d.step) is not None}
    complete: list[Deed] = []
    for deed in found:
        binder = binds.get((deed.client, deed.name), anyone.get(deed.name))
        needs = () if binder in (None, deed.number) else (binder,)
        complete.append(Deed(deed.number, deed.client, deed.step, (*deed.after, *needs)))
    return tuple(complete)


def _add_deeds(
    steps: tuple[Step, ...], client: str, before: tuple[int, ...], found: list[Deed]
) -> tuple[int, ...]:
    """Add the deeds of a lane that begins after ``before``; the numbers of those that end it."""
    for step in steps:
        if isinstance(step, Fork):
            ends = [_add_deeds(lane.steps, client, before, found) for lane in step.lanes]
            before = tuple(dict.fromkeys(number for end in ends for number in end))
        else:
            found.append(Deed(len(found), client, step, before))
            before = (found[-1].number,)
    return before
