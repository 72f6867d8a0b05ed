"""Prompts, each property with a trace that breaks it."""

from collections.abc import Callable

import pytest

from hocket.runtime.protocol.events import EVENT_FIELDS
from hocket.scenarios.properties import Property
from hocket.scenarios.properties.prompts import Iso3, Llm1, Ord4, Ord5, Prompt1
from hocket.scenarios.properties.shown_history import Ord6
from hocket.simulator.invariants import Monitor

Holds = Callable[[Property, str], None]
Breaks = Callable[[Property, str, tuple[int, ...]], None]

RUN = "run.status run=r1 thread=A user=ann conn=c1 request=q1 new=accepted\n"


def test_blocks_of_a_thread_stay_there(holds: Holds, breaks: Breaks) -> None:
    """ISO-3: the summary of another thread is a finding, what is known of the user is none."""
    holds(Iso3(), RUN + "llm.request run=r1 blocks=summary:<ann.A.1>|memory:<ann.B.1>")
    breaks(Iso3(), RUN + "llm.request run=r1 blocks=summary:<ann.B.1>", (1,))


def test_the_users_message_is_there_once_and_last(holds: Holds, breaks: Breaks) -> None:
    """ORD-4: a prompt without it, with it twice, or with another one behind it, is a finding."""
    asked = "turn.request conn=c1 request=q1 text=now\n" + RUN
    holds(Ord4(), asked + "llm.request run=r1 messages=user:before|user:now|note:go")
    for said in ("user:before", "user:now|user:now", "user:now|user:after"):
        breaks(Ord4(), asked + f"llm.request run=r1 messages={said}", (2,))


def test_tools_are_those_at_acceptance(holds: Holds, breaks: Breaks) -> None:
    """ORD-5: tools that came later, that are missing, or of an older list, are findings."""
    ready = "conn.ready conn=c1 epoch=2 tools=find\nturn.accept run=r1 conn=c1 tools=find,note\n"
    mine = frozenset({"note"})
    holds(Ord5(server_tools=mine), ready + "llm.request run=r1 tools=find,note")
    breaks(Ord5(server_tools=mine), ready + "llm.request run=r1 tools=note", (2,))
    breaks(Ord5(server_tools=mine), ready + "conn.ready conn=c1 epoch=1 tools=", (0, 2))
    breaks(Ord5(server_tools=mine), "turn.accept run=r1 conn=c1 tools=note,find", (0,))


def test_a_prompt_shows_the_stored_thread(holds: Holds, breaks: Breaks) -> None:
    """ORD-6: a prompt that leaves a completed turn out, or shows one too many, is a finding."""
    past = """
        msg.append thread=A run=r0 role=user in_context=True
        run.status run=r0 thread=A new=completed
        msg.append thread=A run=r0 role=assistant in_context=True
        msg.append thread=A run=r1 role=user in_context=True
        hist.load thread=A run=r1
        """
    holds(Ord6(), past + "llm.request run=r1 messages=user:a|assistant:b|user:c")
    breaks(Ord6(), past + "llm.request run=r1 messages=user:c", (4, 5))
    breaks(Ord6(), past + "llm.request run=r1 messages=assistant:b|user:a|user:c", (4, 5))
    compacted = past + "msg.append thread=A run=r1 role=summary\nhist.load thread=A run=r1\n"
    breaks(Ord6(), compacted + "llm.request run=r1 messages=assistant:a|user:c", (6, 7))


def test_options_are_those_at_acceptance(holds: Holds, breaks: Breaks) -> None:
    """LLM-1: a prompt with other options is a finding."""
    holds(Llm1(), "turn.accept run=r1 options=cold\nllm.request run=r1 options=cold")
    breaks(Llm1(), "turn.accept run=r1 options=cold\nllm.request run=r1 options=hot", (0, 1))


def test_prompts_and_schemas_agree(holds: Holds, breaks: Breaks) -> None:
    """PROMPT-1: a name that no schema has, in the fixed part of a prompt, is a finding."""
    proposed = "call.propose run=r1 call=k1 tool=find\n"
    schemas = "tools=find arguments=find:what"
    holds(Prompt1(), proposed + f"llm.request run=r1 {schemas} mentions=find,what messages=user:x")
    breaks(
        Prompt1(),
        proposed + f"llm.request run=r1 {schemas} mentions=thinking messages=user:x",
        (1,),
    )


@pytest.mark.parametrize(
    ("given", "result", "wrong"),
    [
        ('{"what": 1}', "found", False),
        ('{"what": 1, "thinking": "hm"}', "found", True),
        ('{"what": 1, "thinking": "hm"}', "error: find takes no argument 'thinking'", False),
    ],
)
def test_replayed_calls_fit_their_schemas(given: str, result: str, *, wrong: bool) -> None:
    """PROMPT-1: an argument added to a call is a finding; one of the model's own is not."""
    monitor = Monitor((Prompt1(),))
    blank = dict.fromkeys(EVENT_FIELDS["llm.request"])
    proposed = {"run": "r1", "step": 0, "call": "k1", "model_call": "x", "tool": "find"}
    monitor.observe("call.propose", {**proposed, "args_hash": "h"}, 0.0)
    asked = {"run": "r1", "tools": ("find",), "arguments": (("find", ("what",)),)}
    messages = (("assistant", given, "k1"), ("tool", result, "k1"))
    found = monitor.observe("llm.request", {**blank, **asked, "messages": messages}, 0.0)
    assert (found is not None) is wrong
