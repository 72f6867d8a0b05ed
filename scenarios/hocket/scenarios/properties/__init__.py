"""The invariants of agent runtimes, one family a module, one class an invariant.

They hold for every runtime whose events an adapter can translate, whatever the scenario.  Their
ids are stable: reports name findings by them, and a scenario switches one off by its id.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from hocket.scenarios.properties.approvals import Appr1, Appr2, Appr3, Appr6
from hocket.scenarios.properties.attribution import Iso4, Iso5, Iso7
from hocket.scenarios.properties.base import POLICIES, Property, Setup
from hocket.scenarios.properties.delivery import (
    Deliv1,
    Deliv2,
    Deliv3,
    Deliv5,
    Deliv6,
    Deliv7,
)
from hocket.scenarios.properties.frame_order import Ord3
from hocket.scenarios.properties.isolation import Iso1, Iso2, Iso8, Iso9
from hocket.scenarios.properties.jobs import Iso6, Job1, Job2, Job3, Job4, Job5, Job6
from hocket.scenarios.properties.liveness import Live1, Live3, Live4
from hocket.scenarios.properties.locks import Lock1, Lock2, Lock3, Lock4
from hocket.scenarios.properties.ordering import Ord1, Ord2
from hocket.scenarios.properties.outcomes import Term5, Term6, Term8
from hocket.scenarios.properties.pending_approvals import Appr4, Appr5, Appr7, Live2
from hocket.scenarios.properties.pending_calls import Deliv8
from hocket.scenarios.properties.progress import Live5, Live6, Live7
from hocket.scenarios.properties.prompts import Iso3, Llm1, Ord4, Ord5, Prompt1
from hocket.scenarios.properties.resources import Res1
from hocket.scenarios.properties.results import Deliv4
from hocket.scenarios.properties.shown_history import Ord6
from hocket.scenarios.properties.storage import Store1, Store2, Store3, Store4, Store5, Store6
from hocket.scenarios.properties.terminal import Term1, Term2, Term4, Term7
from hocket.scenarios.properties.terminal_frames import Term3

__all__ = ["POLICIES", "REGISTRY", "Property", "built_in", "unjudged"]

_ALL: tuple[type[Property], ...] = (
    *(Iso1, Iso2, Iso3, Iso4, Iso5, Iso6, Iso7, Iso8, Iso9),
    *(Term1, Term2, Term3, Term4, Term5, Term6, Term7, Term8),
    *(Appr1, Appr2, Appr3, Appr4, Appr5, Appr6, Appr7),
    *(Deliv1, Deliv2, Deliv3, Deliv4, Deliv5, Deliv6, Deliv7, Deliv8),
    *(Ord1, Ord2, Ord3, Ord4, Ord5, Ord6),
    *(Store1, Store2, Store3, Store4, Store5, Store6),
    *(Lock1, Lock2, Lock3, Lock4),
    *(Job1, Job2, Job3, Job4, Job5, Job6),
    *(Prompt1, Llm1, Res1),
    *(Live1, Live2, Live3, Live4, Live5, Live6, Live7),
)

REGISTRY: Mapping[str, type[Property]] = MappingProxyType({kind.ID: kind for kind in _ALL})
"""Every built-in invariant by its id, in the order in which they judge an event: where two are
broken at once, the first one is the finding."""


def unjudged(capabilities: Collection[str]) -> tuple[str, ...]:
    """The invariants that judge nothing of a runtime that emits these kinds of events only.

    >>> "LOCK-1" in unjudged({"run.status"}), "TERM-1" in unjudged({"run.status"})
    (True, False)
    """
    seen = {*capabilities, "quiesce", "login.revoked"}  # these two are the harness's own
    return tuple(name for name, kind in REGISTRY.items() if not seen >= kind.KINDS)


def built_in(
    policies: Mapping[str, str] | None = None,
    *,
    server_tools: Collection[str] = (),
    gated_tools: Collection[str] = (),
    without: Collection[str] = (),
) -> tuple[Property, ...]:
    """Fresh checkers for one execution.

    ``policies`` are those of the scenario by name (:data:`POLICIES`), the missing ones at their
    defaults; ``server_tools`` and ``gated_tools`` are the names of the tools that the server owns
    and of those that need an approval; ``without`` are ids to leave out.  Raises
    :exc:`ValueError` for an unknown policy, a value that it does not have, or an unknown id.

    >>> [checker.name for checker in built_in(without=set(REGISTRY) - {"ISO-1", "LIVE-4"})]
    ['ISO-1', 'LIVE-4']
    """
    chosen = {name: values[0] for name, values in POLICIES.items()} | dict(policies or {})
    for name, value in chosen.items():
        if value not in POLICIES.get(name, ()):
            raise ValueError(f"no such policy: {name}: {value}")
    unknown = set(without) - REGISTRY.keys()
    if unknown:
        raise ValueError(f"no such invariant: {min(unknown)}")
    setup = Setup(
        disconnect=chosen["disconnect"],
        lost_call=chosen["lost_call"],
        pending_approval=chosen["pending_approval"],
        memory=chosen["memory"],
        server_tools=frozenset(server_tools),
        gated_tools=frozenset(gated_tools),
    )
    return tuple(kind.of(setup) for name, kind in REGISTRY.items() if name not in without)
