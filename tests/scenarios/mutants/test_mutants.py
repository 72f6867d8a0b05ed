"""Every planted defect is found where it shows, for a reason that was expected, and again."""

from collections.abc import Mapping

import pytest

from hocket.runtime.runtime import Parts
from hocket.scenarios.adapters.reference import ReferenceAdapter
from hocket.scenarios.catalogue import texts
from hocket.scenarios.mutants import (
    MUTANTS,
    Mutant,
    approvals,
    background,
    cancellations,
    deliveries,
    endings,
    histories,
    lifetimes,
    prompts,
    queues,
)
from hocket.scenarios.prepared import Prepared, prepare
from hocket.scenarios.properties import REGISTRY
from hocket.scenarios.selection import REFERENCE, adapter_for, shipped
from hocket.simulator import Budget, Campaign, CampaignResult, Verdict
from hocket.simulator.engine.token import decode
from hocket.simulator.exploring import replay_target
from hocket.simulator.strategies import make_strategy

SCHEDULES = 100
SHOWN_BY: Mapping[str, str] = {
    "M01": "histories_of_two_threads",
    "M02": "histories_around_a_call",
    "M06": "approve_twice",
    "M07": "approve_twice",
    "M11": "cancel_meets_the_reply",
    "M13": "cancel_meets_the_reply",
    "M14": "cancel_at_once",
    "M16": "cancel_a_delegated_call",
    "M17": "duplicate_call_id",
    "M19": "second_device_offers_the_tool",
    "M22": "late_result_meets_reused_id",
    "M23": "answer_of_the_wrong_tool",
    "M34": "approval_of_a_delegated_tool",
    "M42": "disconnect_cancels",
    "M03": "histories_of_two_threads",
    "M04": "summaries_of_two_threads",
    "M09": "approvals_in_a_row",
    "M10": "approvals_in_a_row",
    "M25": "deny",
    "M26": "deny",
    "M27": "deny",
    "M28": "deny",
    "M29": "learning_from_turns",
    "M32": "turns_in_line",
    "M35": "overflow_after_a_tool",
    "M37": "learning_from_turns",
    "M39": "turn_on_a_thread_put_away",
    "M44": "approve_again_after_reconnect",
    "H15": "approval_asked_while_away",
    "M45": "turn_behind_a_turn",
    "M47": "deny",
    "M49": "idle_thread_waits_for_an_approval",
    "M51": "turn_on_a_thread_put_away",
    "M54": "second_question_refused",
    "M57": "learning_from_turns",
    "H01": "late_result_meets_reused_id",
    "H02": "duplicate_call_id_two_devices",
    "H03": "late_result_meets_reused_id",
    "H04": "cancel_a_delegated_call",
    "H05": "answer_lost_or_repeated",
    "H06": "lost_call_is_not_waited_for",
    "H07": "one_device_leaves",
    "H08": "one_device_leaves",
    "H09": "approval_of_a_delegated_tool",
    "H10": "two_users_approve",
    "H11": "approve_races_cancel",
    "H12": "turn_behind_a_turn",
    "H13": "turns_in_line",
    "H14": "turns_in_line",
}
"""A scenario in which each defect shows soon; others may show it, too."""

THEMES = (
    *(histories, approvals, cancellations, deliveries, endings, lifetimes, queues),
    *(prompts, background),
)
HARMLESS = {
    endings.EndShielded: Parts(turns=endings.EndShielded),
    endings.LocksLeftEarly: Parts(locks=endings.LocksLeftEarly),
    prompts.NoCompaction: Parts(prompting=prompts.NoCompaction),
    approvals.AskedBesideAnother: Parts(approvals=approvals.AskedBesideAnother),
}
"""Parts that defects stand on, and that are none themselves."""


def _prepared(scenario: str, runtime: str) -> Prepared:
    file = f"{scenario}.hocket"
    adapter = adapter_for(runtime)
    prepared, *_ = prepare(texts()[file], file=file, adapter=adapter, runtime=runtime)
    return prepared


def _explore(prepared: Prepared, strategy: str = "mixed") -> CampaignResult:
    budget = Budget(SCHEDULES, shrink_executions=20)
    return Campaign(prepared.target(), make_strategy(strategy, 0), budget=budget).run()


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=lambda mutant: mutant.name)
def test_a_defect_is_found_and_replayed(mutant: Mutant) -> None:
    """A short campaign fails by one of the expected killers; its token shows the same trace."""
    prepared = _prepared(SHOWN_BY[mutant.name], mutant.name)
    (failure,) = _explore(prepared, "portfolio").failures
    assert failure.origin.name in mutant.killers
    replayed = replay_target(prepared.target(), decode(failure.token))
    assert replayed.reproduced
    assert replayed.digest == failure.digest


@pytest.mark.parametrize("scenario", sorted(set(SHOWN_BY.values())))
def test_the_unmodified_runtime_passes_where_defects_fail(scenario: str) -> None:
    """What kills a mutant is the defect, not the scenario."""
    assert _explore(_prepared(scenario, REFERENCE)).verdict is Verdict.NOT_FOUND


@pytest.mark.parametrize("parts", HARMLESS.values(), ids=[part.__name__ for part in HARMLESS])
@pytest.mark.parametrize("scenario", ["cancel_meets_the_reply", "turn_behind_a_turn"])
def test_what_a_defect_stands_on_is_none_by_itself(scenario: str, parts: Parts) -> None:
    """The deviation alone fails, not what was needed to make it."""
    file = f"{scenario}.hocket"
    (prepared,) = prepare(
        texts()[file], file=file, adapter=lambda: ReferenceAdapter(parts), runtime="harmless"
    )
    assert _explore(prepared).verdict is Verdict.NOT_FOUND


def test_each_part_is_one_mutant() -> None:
    """Every deviating part is registered, under one name that no other has."""
    parts = [getattr(theme, name) for theme in THEMES for name in theme.__all__]
    parts.remove(background.NoRecovery)  # which shows only where a process dies
    sentences = sorted(" ".join(str(part.__doc__).split()) for part in set(parts) - set(HARMLESS))
    assert sorted(mutant.sentence for mutant in MUTANTS.values()) == sentences
    assert len(set(sentences)) == len(sentences) >= 16


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=lambda mutant: mutant.name)
def test_a_mutant_says_what_is_different(mutant: Mutant) -> None:
    """One sentence, and parts that are not the shipped ones."""
    assert mutant.sentence.endswith(".")
    assert ". " not in mutant.sentence
    assert mutant.parts != Parts()


@pytest.fixture(scope="module")
def known_killers() -> frozenset[str]:
    """The invariants, the properties of all scenarios, and a lane that waits for ever."""
    return frozenset({"lane stuck", *REGISTRY}).union(*(prepared.asked() for prepared in shipped()))


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=lambda mutant: mutant.name)
def test_killers_exist(mutant: Mutant, known_killers: frozenset[str]) -> None:
    """A mutant's killers are ids of invariants, or properties as a scenario writes them."""
    assert mutant.killers
    assert known_killers.issuperset(mutant.killers)
