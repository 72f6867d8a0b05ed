"""A frozen schedule fails for its own reason, and is stale rather than passed."""

from attrs import evolve

from hocket.scenarios.adapters.reference import ReferenceAdapter, reference
from hocket.scenarios.frozen import deviations_of, replay_of, run_replay
from hocket.scenarios.language.model import Duration, Replay
from hocket.scenarios.language.templates import TEMPLATES
from hocket.scenarios.mutants import MUTANTS
from hocket.scenarios.prepared import Prepared, prepare
from hocket.simulator import Budget, Campaign, Setting, Verdict
from hocket.simulator.engine.token import Token, decode
from hocket.simulator.strategies import Rare, make_strategy, placing

TEXT = TEMPLATES["duplicate-id"].replace("NAME", "same_call_id", 1)

ANSWERED_AT_ONCE = """\
scenario answered_at_once

  setup
    user ann
    thread A of ann
    model A: call read_file(path: "a.txt"), then say "ok"
    tool read_file: delegated, timeout 30s

  client laptop of ann
    connect
    start A as t
    on call read_file as c
    reply c "AAA"

  expect
    never call.timed_out(turn: t)
"""


def prepared(runtime: str, text: str = TEXT) -> Prepared:
    """The scenario against the reference, or a mutant."""
    parts = MUTANTS[runtime].parts if runtime in MUTANTS else None
    adapter = reference if parts is None else (lambda: ReferenceAdapter(parts))
    (subject,) = prepare(text, file="x.hocket", adapter=adapter, runtime=runtime)
    return subject


def found() -> Token:
    """A failing schedule of the mutant M17, which takes the model's id of a call for its own."""
    strategy = make_strategy("mixed", 0)
    campaign = Campaign(prepared("M17").target(), strategy, budget=Budget(60))
    return decode(campaign.run().failures[0].token)


def test_a_frozen_schedule_fails_for_its_own_reason() -> None:
    """On the mutant the same origin fails; on the reference the schedule is followed, and holds."""
    token = found()
    replay = replay_of(token)
    assert deviations_of(replay) == token.deviations
    result, note = run_replay(prepared("M17"), replay)
    assert (result.verdict, note) == (Verdict.FAILED, "")
    assert str(result.failures[0].origin) == token.origin == replay.fails
    result, note = run_replay(prepared("reference"), replay)
    assert result.verdict is Verdict.NOT_FOUND
    assert "followed to its end" in note


def test_a_frozen_schedule_keeps_how_long_a_step_could_last() -> None:
    """A call that is answered at once times out where a step lasts, and nowhere else."""
    subject = prepared("reference", ANSWERED_AT_ONCE)
    strategy = placing(make_strategy("mixed", 0), 0, Rare.SLOW_STEP)
    setting = Setting(slow_steps=60.0)
    campaign = Campaign(subject.target(), strategy, setting=setting, budget=Budget(300))
    replay = replay_of(decode(campaign.run().failures[0].token))
    assert replay.slow_steps == Duration(60.0)
    result, note = run_replay(subject, replay)
    assert (result.verdict, note) == (Verdict.FAILED, "")
    result, note = run_replay(subject, evolve(replay, slow_steps=None))
    assert result.verdict is Verdict.INCONCLUSIVE
    assert note.startswith("stale: ")


def test_a_schedule_that_cannot_be_followed_is_stale() -> None:
    """It is inconclusive, and says where it could not be followed."""
    replay = replay_of(found())
    elsewhere = [evolve(taken, position=9_999) for taken in replay.choices]
    astray = evolve(replay, choices=(*replay.choices[:-1], *elsewhere[-1:]))
    result, note = run_replay(prepared("reference"), astray)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert note.startswith("stale: ")
    assert "at choice 9999" in note


def test_a_schedule_that_moved_still_fails() -> None:
    """The places of its choices are found again by what was on offer there."""
    replay = replay_of(found())
    moved = evolve(
        replay, choices=tuple(evolve(c, position=c.position + 1) for c in replay.choices)
    )
    result, note = run_replay(prepared("M17"), moved)
    assert result.verdict is Verdict.FAILED
    assert str(result.failures[0].origin) == replay.fails
    assert "has moved" in note


def test_another_failure_is_told_from_the_frozen_one() -> None:
    """It fails all the same, and it is said that the reason is another."""
    replay = evolve(replay_of(found()), fails="invariant: ISO-1")
    result, note = run_replay(prepared("M17"), replay)
    assert result.verdict is Verdict.FAILED
    assert note == "another failure than the frozen one, which was invariant: ISO-1"


def test_the_default_schedule_can_be_frozen() -> None:
    """A replay without choices is the default schedule."""
    result, note = run_replay(prepared("reference"), Replay(1, "invariant: APPR-6", "free"))
    assert (result.verdict, result.schedules) == (Verdict.NOT_FOUND, 1)
    assert "followed to its end" in note
