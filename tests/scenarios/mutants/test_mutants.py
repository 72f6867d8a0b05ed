"""Every planted defect is found where it shows, for a reason that was expected, and again."""

from collections.abc import Mapping, Sequence

import pytest
from attrs import evolve

from hocket.runtime.runtime import Parts, Runtime
from hocket.scenarios.adapters.reference import ReferenceAdapter
from hocket.scenarios.catalogue import texts
from hocket.scenarios.mutants import (
    MUTANTS,
    Mutant,
    approvals,
    asking,
    background,
    cancellations,
    deliveries,
    endings,
    frames,
    histories,
    lifetimes,
    prompts,
    queues,
    sessions,
    working,
)
from hocket.scenarios.prepared import Prepared, prepare
from hocket.scenarios.properties import REGISTRY
from hocket.scenarios.selection import REFERENCE, adapter_for, shipped
from hocket.simulator import Budget, Campaign, CampaignResult, Verdict
from hocket.simulator.engine.token import decode
from hocket.simulator.exploring import replay_target
from hocket.simulator.invariants import Invariant
from hocket.simulator.strategies import make_strategy

SCHEDULES = 100
SHOWN_BY: Mapping[str, str] = {
    "M01": "histories_of_two_threads",
    "M02": "histories_around_a_call",
    "M06": "approve_beside_another_turn",
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
    "M31": "deny",
    "M33": "client_claims_a_server_tool",
    "M48": "reset_under_a_turn",
    "M61": "revoked_while_a_call_is_out",
    "H41": "duplicate_call_id",
    "H42": "cancel_as_the_model_speaks",
    "M40": "learning_from_turns",
    "M53": "turns_in_line",
    "M56": "learning_from_turns",
    "M58": "learning_from_turns",
    "M59": "approvals_in_a_row",
    "M63": "duplicate_call_id_one_step",
    "H43": "learning_from_turns",
    "H16": "two_users_approve",
    "H17": "model_fails_after_a_tool",
    "H18": "model_fails_after_a_tool",
    "H19": "approve_races_cancel",
    "H20": "cancel_meets_the_reply",
    "H21": "cancel_at_once",
    "H22": "deny",
    "H23": "cancel_a_delegated_call",
    "H24": "approval_among_calls",
    "H25": "approve_beside_another_turn",
    "H26": "histories_of_two_threads",
    "H27": "lost_call_fails",
    "H28": "cancel_a_delegated_call",
    "H29": "busy_thread_refuses",
    "H30": "approve_twice",
    "H31": "cancel_meets_the_question",
    "H32": "approve_races_cancel",
    "H33": "two_turns_teach_at_once",
    "H34": "one_device_leaves",
    "H35": "cancel_at_once",
    "H36": "second_question_refused",
    "H37": "turn_on_a_thread_put_away",
    "H38": "cancel_meets_the_reply",
    "H39": "learning_from_turns",
    "H40": "late_result_after_reconnect",
}
"""A scenario in which each defect shows soon; others may show it, too."""

THEMES = (
    *(histories, approvals, cancellations, deliveries, endings, lifetimes, queues),
    *(prompts, background, asking, frames, sessions, working),
)
HARMLESS = {
    endings.EndShielded: Parts(turns=endings.EndShielded),
    endings.LocksLeftEarly: Parts(locks=endings.LocksLeftEarly),
    prompts.NoCompaction: Parts(prompting=prompts.NoCompaction),
    approvals.AskedBesideAnother: Parts(approvals=approvals.AskedBesideAnother),
    working.JobsInterruptible: Parts(jobs=working.JobsInterruptible),
}
"""Parts that defects stand on, and that are none themselves."""


def _prepared(scenario: str, runtime: str) -> Prepared:
    file = f"{scenario}.hocket"
    adapter = adapter_for(runtime)
    prepared, *_ = prepare(texts()[file], file=file, adapter=adapter, runtime=runtime)
    return prepared


def _explore(prepared: Prepared, strategy: str = "mixed") -> CampaignResult:
    budget = Budget(SCHEDULES, shrink_executions=20, explain_executions=0, lockstep_schedules=0)
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
    sentences = sorted(" ".join(str(part.__doc__).split()) for part in set(parts) - set(HARMLESS))
    assert sorted(mutant.sentence for mutant in MUTANTS.values()) == sentences
    assert len(set(sentences)) == len(sentences) >= 16


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=lambda mutant: mutant.name)
def test_a_mutant_says_what_is_different(mutant: Mutant) -> None:
    """One sentence, and parts that are not the shipped ones."""
    assert mutant.sentence.endswith(".")
    assert ". " not in mutant.sentence
    assert (mutant.parts, mutant.adapter().kind) != (Parts(), Runtime)


@pytest.fixture(scope="module")
def known_killers() -> frozenset[str]:
    """The invariants, the properties of all scenarios, and a lane that waits for ever."""
    return frozenset({"lane stuck", *REGISTRY}).union(*(prepared.asked() for prepared in shipped()))


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=lambda mutant: mutant.name)
def test_killers_exist(mutant: Mutant, known_killers: frozenset[str]) -> None:
    """A mutant's killers are ids of invariants, or properties as a scenario writes them."""
    assert mutant.killers
    assert known_killers.issuperset(mutant.killers)


def _alone(mutant: Mutant, invariant: str) -> CampaignResult:
    """A campaign of the mutant where it shows, judged by this invariant and nothing else."""
    prepared = _prepared(SHOWN_BY[mutant.name], mutant.name)

    def invariants() -> Sequence[Invariant]:
        return [one for one in prepared.invariants() if one.name == invariant]

    budget = Budget(SCHEDULES, shrink_executions=0, explain_executions=0, lockstep_schedules=0)
    target = evolve(prepared.target(), invariants=invariants)
    return Campaign(target, make_strategy("portfolio", 0), budget=budget).run()


@pytest.mark.parametrize("invariant", REGISTRY)
def test_each_invariant_kills_a_mutant_by_itself(invariant: str) -> None:
    """No invariant is there in vain: one defect at least is found by it and by nothing else."""
    naming = [mutant for mutant in MUTANTS.values() if invariant in mutant.killers]
    assert any(_alone(mutant, invariant).failures for mutant in reversed(naming))
