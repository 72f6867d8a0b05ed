"""Scenarios written in Python: the third front door to the same model.

A word of the language is a method of the same name, and takes what the word takes.  Durations are
written as in the text, ``"30s"``, or are seconds; the name of a parameter stands for its value as
:class:`~hocket.scenarios.language.model.Name`.

>>> story = Story("answers", "A call is answered.")
>>> story.user("ann")
>>> story.thread("T", of="ann")
>>> story.model("T", call("read_file", path="a.txt"), say("ok"))
>>> story.delegated_tool("read_file", timeout="30s")
>>> laptop = story.client("laptop", of="ann")
>>> laptop.connect()
>>> laptop.start("T", "t")
>>> laptop.on_call("read_file", "c")
>>> laptop.reply("c", "AAA")
>>> story.expect.exactly_once("result.accepted", turn="t", value="AAA")
>>> story.scenario().name
'answers'
>>> print(story.text().partition("client ")[2])
laptop of ann
    connect
    start T as t
    on call read_file as c
    reply c "AAA"
<BLANKLINE>
  expect
    exactly once result.accepted(turn: t, value: "AAA")
<BLANKLINE>

:meth:`Story.scenario` checks and gives the model.  ``hocket run FILE.py:NAME`` runs a story that
stands under that name in a file.
"""

from hocket.scenarios.language.builder.expecting import Expectations, event
from hocket.scenarios.language.builder.lanes import LaneScript
from hocket.scenarios.language.builder.stories import Story, StoryMistakes, call, calls, fail, say

__all__ = [
    "Expectations",
    "LaneScript",
    "Story",
    "StoryMistakes",
    "call",
    "calls",
    "event",
    "fail",
    "say",
]
