"""A promise is made where nothing in a scenario could be the cause of what must not be."""

import pytest

from hocket.scenarios.generation.promises import promises
from hocket.scenarios.language.checks import read
from hocket.scenarios.language.spelling import spell_property

STAYS = """\
scenario stays
  setup
    user ann
    thread T of ann
    {policy}
    model T: call look() id "c1", then say "ok"
    tool look: delegated

  client laptop of ann
    connect
    start T as t
    on call look as c else skip
    {laptop}

  client phone of ann
    connect
    {phone}
"""


@pytest.mark.parametrize(
    ("policy", "laptop", "phone", "promised"),
    [
        ("", "", "drop", ["never turn.cancelled(turn: t)", "never call.lost(turn: t)"]),
        ("", "", "cancel t", ["never call.lost(turn: t)"]),
        ("", "close", "", []),
        ("policy second_turn: interrupt", "", "", ["never call.lost(turn: t)"]),
        (
            "policy disconnect: cancel",
            "",
            "close",
            ["never turn.cancelled(turn: t)", "never call.lost(turn: t)"],
        ),
    ],
)
def test_promises_follow_from_the_lanes(
    policy: str, laptop: str, phone: str, promised: list[str]
) -> None:
    """Who stays loses no call, and a turn that nobody and no policy ends is not cancelled."""
    text = STAYS.format(policy=policy, laptop=laptop, phone=phone)
    (scenario,) = read(text, name="x").scenarios
    spelt = [spell_property(one) for one in promises(scenario)]
    assert spelt == [*promised, "finally no pending"]
