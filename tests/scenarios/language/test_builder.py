"""The Python builder makes the same model as the text."""

from pathlib import Path

import pytest
from tests.scenarios.cli.conftest import Hocket, hocket

from hocket.scenarios.language.builder import (
    Story,
    StoryMistakes,
    call,
    calls,
    event,
    fail,
    say,
)
from hocket.scenarios.language.builder.values import time_of
from hocket.scenarios.language.checks import read
from hocket.scenarios.language.explanations import EXAMPLE
from hocket.scenarios.language.model import Name

__all__ = ["hocket"]


def refund() -> Story:
    """The example of the explanations, but for its replay."""
    story = Story("refund", "A person allows a refund, and it is paid once.")
    story.vary("delay", *map(time_of, ("1s", "9s")))
    story.user("ann", "ben")
    story.thread("T", of="ann")
    story.thread("U", of="ben")
    story.policy("lost_call", "wait_for_resume")
    both = calls(call("refund", "r1", order=7), call("lookup", "l1", order=7))
    story.model("T", both, say("paid"))
    story.local_tool("refund", approval=True, takes=("0s", "5s"))
    story.delegated_tool("lookup", timeout="30s")
    laptop = story.client("laptop", of="ann")
    laptop.connect("s1")
    laptop.start("T", "t")
    laptop.on_approval("refund", "p")
    laptop.approve("p")
    laptop.on_call("lookup", "c")
    laptop.wait(Name("delay"))
    laptop.reply("c", "found", session="s1")
    phone = story.client("phone", of="ben")
    phone.connect()
    phone.start("U", "u")
    phone.cancel("u")
    story.fix("laptop.approve", "phone.cancel")
    story.lose("laptop.reply", up_to=1)
    story.expect.exactly_once("tool.effect", tool="refund")
    story.expect.at_most_once(event("turn.completed", turn="t"))
    story.expect.when("delay", "<", time_of("5s")).never("call.timed_out", turn="t")
    story.without("ORD-2", "the story is about one call")
    return story


def test_a_story_is_the_scenario_of_its_text() -> None:
    """Two doors, one model."""
    text = EXAMPLE.partition("\n  replay 1")[0]
    (scenario,) = read(text, name="x").scenarios
    assert refund().scenario() == scenario
    assert refund().text() == text


def test_every_word_has_its_method() -> None:
    """What the first story does not say, this one does."""
    story = Story("other")
    story.vary_together(short=(time_of("1s"),), long=(time_of("2m"),))
    story.user("ann")
    story.thread("T", of="ann")
    story.model("T", call("f"), fail("gone", takes=Name("short")))
    story.delegated_tool("f", approval=True)
    laptop = story.client("laptop", of="ann")
    laptop.connect("s1")
    laptop.start("T", "t", saying="go")
    laptop.on_pause("t", else_skip=True)
    laptop.on_approval("f", "p", of="t")
    old, new = laptop.fork("old", "new")
    old.deny("p")
    new.wait(Name("long"))
    new.on_call("f", "c", of="t", else_skip=True)
    new.reply("c", "no", as_tool="f", error=True)
    laptop.on_end("t", else_skip=True)
    laptop.drop("s1")
    laptop.connect("s2", resuming="s1")
    laptop.close()
    story.hold("laptop", up_to=2, lasting="5s")
    story.duplicate("laptop.deny", up_to=1)
    story.expect.always(event("cancel.acknowledged", turn="t"), status="failed")
    story.expect.exactly_one_of(event("turn.failed"), event("turn.completed"))
    story.expect.before(event("approval.asked"), event("approval.denied"))
    story.expect.after_never(event("approval.denied"), event("call.sent"))
    story.expect.eventually(event("turn.terminal", turn="t"), within=60)
    story.expect.sometimes("approval.denied", user="ann")
    story.expect.finally_no_pending()
    story.expect.use("shop.checks:paid_once")
    text = story.text()
    assert story.scenario() == read(text, name="x").scenarios[0]
    for said in (
        "vary together",
        "fork",
        "else skip",
        "with (status:",
        "use shop.checks:paid_once",
    ):
        assert said in text


def test_mistakes_of_a_story_are_shown_in_its_text() -> None:
    """All of them, with the line that they are on, and what is no duration is refused at once."""
    story = Story("wrong")
    story.user("ann")
    story.client("laptop", of="ann").start("T", "t")
    with pytest.raises(StoryMistakes, match=r"unknown thread 'T'"):
        story.scenario()
    with pytest.raises(ValueError, match="no duration"):
        story.client("phone", of="ann").wait("soon")


def test_a_story_in_a_file_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hocket: Hocket
) -> None:
    """``FILE.py:NAME`` names it, as it names a function."""
    monkeypatch.chdir(tmp_path)
    Path("stories.py").write_text(
        "from hocket.scenarios.language.builder import Story, say\n"
        "hello = Story('hello')\nhello.user('ann')\nhello.thread('T', of='ann')\n"
        "hello.model('T', say('hi'))\nlaptop = hello.client('laptop', of='ann')\n"
        "laptop.connect()\nlaptop.start('T', 't')\nhello.expect.never('turn.completed', turn='t')\n"
    )
    ran = hocket("run", "stories.py:hello", "--schedules", "3")
    assert ran.code == 1
    assert "never turn.completed(turn: t)" in ran.out
    token = next(word for word in ran.out.split() if word.startswith("hk1."))
    assert hocket("replay", token).code == 1
    assert hocket("freeze", token).code == 0
    assert hocket("run", "hello_frozen.hocket").code == 1
