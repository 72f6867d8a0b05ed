"""Scenarios to begin with, each with comments that say where to go on."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["TEMPLATES"]

_BLANK = """\
scenario NAME
  "One sentence: what happens, and what must be true in the end."

  setup
    user ann
    thread T of ann
    # What the model answers, and the tools it may call.
    model T: say "hello"

  # A client is a device of a user; its steps are in order, and all else is free.
  client laptop of ann
    connect
    start T as t

  expect
    eventually turn.completed(turn: t) within 60s
    finally no pending
"""

_DUPLICATE_ID = """\
scenario NAME
  "Two threads issue the same call id; each answer must go home."

  setup
    user ann, ben
    thread A of ann, B of ben
    # The ids are the model's own, so nothing keeps two threads from having one.
    model A: call read_file(path: "a.txt") id "call_1", then say "ok"
    model B: call read_file(path: "b.txt") id "call_1", then say "ok"
    tool read_file: delegated, timeout 30s

  client laptop of ann
    connect
    start A as a
    on call read_file as c
    reply c "AAA"

  client phone of ben
    connect
    start B as b
    on call read_file as c
    reply c "BBB"

  expect
    exactly once result.accepted(turn: a, value: "AAA")
    exactly once result.accepted(turn: b, value: "BBB")
    eventually turn.completed(turn: a) within 60s
    eventually turn.completed(turn: b) within 60s
    finally no pending
"""

_APPROVAL_RACE = """\
scenario NAME
  "Two devices answer one question at the same time; the tool runs once at most."

  setup
    user ann
    thread T of ann
    model T: call deploy(env: "prod") id "d1", then say "shipped"
    # A range is free: each run takes one of its ends, or the middle.
    tool deploy: local, approval required, takes 0s..5s

  client laptop of ann
    connect
    start T as t
    on approval deploy as p
    approve p

  client phone of ann
    connect
    # The question may be gone before this device sees it.
    on approval deploy as q else skip
    approve q

  expect
    exactly once approval.approved(tool: deploy)
    exactly once tool.effect(tool: deploy)
    finally no pending
"""

_RECONNECT = """\
scenario NAME
  "The client drops while a call is out, comes back, and is asked again or finds it lost."

  # At 30 s the call times out, so only what holds on both sides can be asked at the boundary.
  vary outage = 1s, 29s, 31s

  setup
    user ann
    thread T of ann
    policy lost_call: wait_for_resume
    model T: call read_file(path: "a.txt") id "call_1", then say "ok"
    tool read_file: delegated, timeout 30s

  client laptop of ann
    connect as s1
    start T as t
    on call read_file as c
    drop
    wait outage
    connect as s2 resuming s1
    on call read_file as again else skip
    reply again "AAA"

  expect
    at most once result.accepted(turn: t)
    when outage < 10s
      exactly once result.accepted(turn: t, value: "AAA")
    when outage > 30s
      exactly once call.timed_out(id: "call_1")
    eventually turn.terminal(turn: t) within 120s
    finally no pending
"""

TEMPLATES: Mapping[str, str] = MappingProxyType(
    {
        "blank": _BLANK,
        "duplicate-id": _DUPLICATE_ID,
        "approval-race": _APPROVAL_RACE,
        "reconnect": _RECONNECT,
    }
)
"""The text of each template by its name; the scenario in it is called NAME."""
