"""What an explanation says of each planted defect: the events, or the lines, that it changes.

Who reads the explanation of a real failure knows of no mutant.  So it is judged by whether it leads
there: to the pair of events whose order or content the defect changes, each with the line that it
comes from, or to the lines of two tasks whose order makes the difference.
"""

from collections.abc import Mapping

import pytest

from hocket.scenarios.catalogue import texts
from hocket.scenarios.mutants import MUTANTS
from hocket.scenarios.prepared import prepare
from hocket.scenarios.selection import adapter_for
from hocket.simulator import Budget, Campaign
from hocket.simulator.strategies import make_strategy

TOLD: Mapping[str, tuple[str, str]] = {
    "M01": ("histories_of_two_threads", "hist.load llm.request"),
    "M02": ("histories_around_a_call", "msg.append llm.request"),
    "M06": ("approve_twice", "appr.decide run.status"),
    "M07": ("approve_twice", "appr.decide appr.decide"),
    "M47": ("deny", "lock.release quiesce"),
    "M11": ("cancel_meets_the_reply", "run.status run.status"),
    "M13": ("cancel_meets_the_reply", "run.status frame.out"),
    "M14": ("cancel_at_once", "cancel.request run.status"),
    "M16": ("cancel_a_delegated_call", "run.status tool.start"),
    "M17": ("duplicate_call_id", "wire.result wire.resolve"),
    "M19": ("second_device_offers_the_tool", "wire.execute"),
    "M22": ("late_result_meets_reused_id", "wire.result wire.resolve"),
    "M23": ("answer_of_the_wrong_tool", "wire.result wire.resolve"),
    "M34": ("approval_of_a_delegated_tool", "call.propose tool.start"),
    "M03": ("histories_of_two_threads", "hist.load llm.request"),
    "M04": ("summaries_of_two_threads", "msg.append llm.request"),
    "M09": ("approvals_in_a_row", "tool.effect tx.rollback"),
    "M25": ("deny", "turn.accept llm.request"),
    "M26": ("deny", "res.open"),
    "M27": ("deny", "hist.load llm.request"),
    "M28": ("deny", "msg.append llm.request"),
    "M29": ("learning_from_turns", "memory.apply tx.commit"),
    "M32": ("turns_in_line", "turn.request frame.out"),
    "M35": ("overflow_after_a_tool", "llm.error llm.request"),
    "M37": ("learning_from_turns", "memory.queue job.end"),
    "M39": ("turn_on_a_thread_put_away", "episode.add episode.add"),
    "M45": ("turn_behind_a_turn", "frame.in turn.request"),
    "M49": ("idle_thread_waits_for_an_approval", "run.status thread.status"),
    "M51": ("turn_on_a_thread_put_away", "job.end job.sched"),
    "M54": ("second_question_refused", "appr.new appr.new"),
    "M57": ("learning_from_turns", "block.write block.write"),
    "H01": ("late_result_meets_reused_id", "wire.execute wire.execute"),
    "H02": ("duplicate_call_id_two_devices", "wire.result wire.resolve"),
    "H03": ("late_result_meets_reused_id", "wire.result wire.resolve"),
    "H04": ("cancel_a_delegated_call", "wire.result wire.resolve"),
    "H05": ("answer_lost_or_repeated", "wire.resolve wire.resolve"),
    "H06": ("lost_call_is_not_waited_for", "wire.execute conn.close"),
    "H07": ("one_device_leaves", "wire.execute tool.end"),
    "H08": ("one_device_leaves", "cancel.seen run.status"),
    "H09": ("approval_of_a_delegated_tool", "hist.load tool.start"),
    "H10": ("two_users_approve", "call.propose tool.start"),
    "H11": ("approve_races_cancel", "cancel.request run.status"),
    "H12": ("turn_behind_a_turn", "thread_locks.py"),
    "H13": ("turns_in_line", "lock.acquire lock.acquire"),
    "H14": ("turns_in_line", "lock.acquire run.status"),
    "H15": ("approval_asked_while_away", "conn.auth frame.out"),
    "M31": ("deny", "tx.begin llm.request"),
    "M33": ("client_claims_a_server_tool", "frame.in conn.ready"),
    "M40": ("learning_from_turns", "job.sched job.start"),
    "M48": ("reset_under_a_turn", "thread.status thread.status"),
    "M53": ("turns_in_line", "quiesce"),
    "M56": ("learning_from_turns", "job.sched job.start"),
    "M58": ("learning_from_turns", "run.status job.sched"),
    "M59": ("approvals_in_a_row", "tx.begin sess.use"),
    "M63": ("duplicate_call_id_one_step", "run.status tool.start"),
    "H43": ("learning_from_turns", "hist.load llm.request"),
    "H16": ("two_users_approve", "turn.request frame.out"),
    "H17": ("model_fails_after_a_tool", "run.status run.status"),
    "H18": ("model_fails_after_a_tool", "run.status job.sched"),
    "H19": ("approve_races_cancel", "msg.append run.status"),
    "H20": ("cancel_meets_the_reply", "run.status cancel.ack"),
    "H21": ("cancel_at_once", "run.status quiesce"),
    "H22": ("deny", "run.status tool.start"),
    "H23": ("cancel_a_delegated_call", "wire.result wire.resolve"),
    "H24": ("approval_among_calls", "tool.effect tool.effect"),
    "H25": ("approve_beside_another_turn", "msg.append msg.append"),
    "H26": ("histories_of_two_threads", "hist.load llm.request"),
    "H27": ("lost_call_fails", "msg.append llm.request"),
    "H28": ("cancel_a_delegated_call", "lock.acquire quiesce"),
    "H29": ("busy_thread_refuses", "frame.in turn.request"),
    "H30": ("approve_twice", "msg.append llm.request"),
    "H31": ("cancel_meets_the_question", "run.status run.status"),
    "H32": ("approve_races_cancel", "tool.end tool.effect"),
    "H34": ("one_device_leaves", "conn.ready conn.close"),
    "H36": ("second_question_refused", "lock.acquire lock.acquire"),
    "H37": ("turn_on_a_thread_put_away", "run.status thread.status"),
    "H38": ("cancel_meets_the_reply", "cancel.request run.status"),
    "H39": ("learning_from_turns", "job.sched job.start"),
    "H41": ("duplicate_call_id", "wire.resolve llm.request"),
    "H42": ("cancel_as_the_model_speaks", "frame.out frame.out"),
}
"""The scenario that shows a defect, and the kinds of the two events whose order or content it
changes (or the one that it makes wrong by itself); or, where nothing happened that could be
named, a file that the fact of the order names."""

SEED = 1

UNTOLD = {
    "M10": "it tells of the last frame before the lane waits for ever, and not of its end",
    "M44": "it tells of the approval's end by time, and not of the decision that did not count",
    "M61": "it tells of the revocation, which is the bench's own and of no line of the runtime",
    "H33": "it tells of what was never applied, and not of the promotion that was not made",
    "H35": "it tells of the lane that waits for ever, and not of the end that nobody was told",
    "H40": "it tells what happened last, and not of the call that was not asked again",
    "M42": "the connection that should have ended the turn is gone long before what it did then",
}
"""Defects whose explanation names the event that should not have been, and not what it is about."""


@pytest.mark.parametrize("name", TOLD)
def test_a_defect_is_told_by_what_it_changes(name: str) -> None:
    """The clashing pair is named, and each of the two by the line that it comes from."""
    scenario, told = TOLD[name]
    file = f"{scenario}.hocket"
    prepared, *_ = prepare(texts()[file], file=file, adapter=adapter_for(name), runtime=name)
    budget = Budget(schedules=200, shrink_executions=20, explain_executions=4, lockstep_schedules=0)
    campaign = Campaign(prepared.target(), make_strategy("mixed", SEED), budget=budget)
    (failure,) = campaign.run().failures
    explanation = failure.explanation
    assert explanation is not None
    if told.endswith(".py"):
        assert any(told in str(fact) for fact in explanation.facts)
        return
    assert " ".join(event.partition(" ")[0] for event in explanation.events).endswith(told)
    placed = [event for event in explanation.events if not event.startswith("quiesce")]
    assert all(".py:" in event for event in placed)


def test_every_defect_is_told_or_known_not_to_be() -> None:
    """A new one is added to one of the two."""
    assert not set(TOLD) & set(UNTOLD)
    assert set(TOLD) | set(UNTOLD) == set(MUTANTS)


@pytest.mark.parametrize("name", ["M22", "H01", "H06"])
def test_no_preemption_is_told_where_none_is_needed(name: str) -> None:
    """A defect that shows in the default order is told by it."""
    file = f"{TOLD[name][0]}.hocket"
    (prepared,) = prepare(texts()[file], file=file, adapter=adapter_for(name), runtime=name)
    budget = Budget(schedules=100, explain_executions=0, lockstep_schedules=0)
    (failure,) = (
        Campaign(prepared.target(), make_strategy("random", 0), budget=budget).run().failures
    )
    assert failure.preemptions == 0
