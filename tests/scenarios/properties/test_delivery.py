"""Every call has one fate, every answer finds its call or is dropped, nothing happens twice."""

from collections.abc import Callable

import pytest

from hocket.scenarios.properties import Property
from hocket.scenarios.properties.delivery import Deliv1, Deliv2, Deliv3, Deliv5, Deliv6, Deliv7

Holds = Callable[[Property, str], None]
Breaks = Callable[[Property, str, tuple[int, ...]], None]

SENT = "tool.start exec=x1\nwire.execute conn=c1 wire=w1 exec=x1 tool=t\n"
EXECUTE = "wire.execute conn=c1 wire=w1 exec=x1 tool=t\n"
RESULT = "wire.result conn=c1 wire=w1 tool=t value=AAA\n"
RESOLVE = "wire.resolve conn=c1 wire=w1 exec=x1 tool=t status=success value=AAA\n"
DROP = "wire.drop conn=c1 wire=w1 reason=late\n"


def ended(outcome: str) -> str:
    return f"tool.end exec=x1 outcome={outcome}\n"


@pytest.mark.parametrize(
    "end",
    [RESOLVE + ended("succeeded"), RESOLVE + ended("cancelled"), ended("lost"), ended("timed_out")],
)
def test_a_call_has_one_fate(holds: Holds, end: str) -> None:
    """DELIV-1 holds for each fate, and for a cancellation that overtakes an answer."""
    holds(Deliv1(), SENT + end)


def test_calls_that_never_started_have_nothing_to_end(holds: Holds) -> None:
    """DELIV-1 lets calls that a rule rejected end without an execution, any number of them."""
    holds(Deliv1(), "tool.end run=r1\ntool.end run=r1\ntool.start exec=x1\n" + ended("succeeded"))


@pytest.mark.parametrize(
    ("story", "indices"),
    [
        ("tool.start exec=x1", (0,)),
        (EXECUTE, (0,)),
        (SENT + ended("lost") + ended("lost"), (2, 3)),
        (SENT + RESOLVE + RESOLVE, (2, 3)),
        (SENT + RESOLVE + ended("timed_out"), (2, 3)),
    ],
    ids=["no end", "sent, no end", "two ends", "two answers", "answered and timed out"],
)
def test_a_call_without_one_fate_is_seen(
    breaks: Breaks, story: str, indices: tuple[int, ...]
) -> None:
    """DELIV-1 breaks on a missing end, a second one, and contradicting ones."""
    breaks(Deliv1(), story, indices)


def test_wire_ids_are_fresh_on_their_connection(holds: Holds, breaks: Breaks) -> None:
    """DELIV-2 lets two connections use one id, and one connection use it once."""
    holds(Deliv2(), EXECUTE + "wire.execute conn=c2 wire=w1 exec=x2")
    breaks(Deliv2(), EXECUTE + ended("timed_out") + "wire.execute conn=c1 wire=w1 exec=x2", (0, 2))


def test_an_answer_names_its_tool(holds: Holds) -> None:
    """DELIV-3 holds for a complete answer, also one that reports an error."""
    holds(Deliv3(), EXECUTE + RESULT + RESOLVE)
    holds(Deliv3(), EXECUTE + RESULT + RESOLVE.replace("success", "error"))


@pytest.mark.parametrize(
    "pair",
    [
        (RESULT.replace("tool=t", "tool=other"), RESOLVE),
        (RESULT.replace("tool=t", "tool=None"), RESOLVE),
        (RESULT, RESOLVE.replace("status=success", "status=None")),
        (RESULT, RESOLVE.replace("value=AAA", "value=None")),
    ],
    ids=["another tool", "no tool", "no status", "no result"],
)
def test_an_incomplete_answer_that_resolves_is_seen(breaks: Breaks, pair: tuple[str, str]) -> None:
    """DELIV-3 breaks when an answer with a wrong or missing field resolves a call."""
    breaks(Deliv3(), EXECUTE + "".join(pair), (1, 2))


def test_a_late_answer_is_dropped(holds: Holds, vacuous: Holds) -> None:
    """DELIV-5 holds when answers to ended or answered calls are dropped, through resumption too."""
    holds(Deliv5(), EXECUTE + ended("timed_out") + RESULT + DROP)
    holds(Deliv5(), EXECUTE + RESULT + RESOLVE + RESULT + DROP)
    resumed = "conn.auth conn=c2 user=ann resumed=c1\nwire.result conn=c2 wire=w1\n"
    holds(Deliv5(), EXECUTE + ended("lost") + resumed + DROP)
    vacuous(Deliv5(), EXECUTE + RESULT + RESOLVE + ended("succeeded"))


@pytest.mark.parametrize(
    ("story", "indices"),
    [
        (ended("timed_out") + RESULT + RESOLVE, (2, 3)),
        (RESULT + RESOLVE + RESULT + RESOLVE, (3, 4)),
        (ended("timed_out") + RESULT, (2,)),
        (ended("timed_out") + RESULT + "wire.result conn=c1 wire=w2", (2,)),
    ],
    ids=["late", "twice", "ignored", "not dropped in its step"],
)
def test_a_late_answer_that_is_not_dropped_is_seen(
    breaks: Breaks, story: str, indices: tuple[int, ...]
) -> None:
    """DELIV-5 breaks when an answer to an ended call resolves anything, or is not dropped."""
    breaks(Deliv5(), EXECUTE + story, indices)


@pytest.mark.parametrize(
    "messages",
    [
        "system:s|user:hi|assistant:a:k1|tool:out:k1|assistant:b:k1|tool:out:k1|assistant:done",
        "user:hi|assistant:a:k1|assistant:b:k2|tool:out:k2|tool:out:k1|user:note",
        "user:hi|assistant:a:k1|assistant:a:k1|tool:out:k1|tool:out:k1",
    ],
    ids=["an id used again", "one step", "one id twice in one step"],
)
def test_each_call_in_a_prompt_has_its_tool_message(holds: Holds, messages: str) -> None:
    """DELIV-6 holds for calls answered one by one or step by step."""
    holds(Deliv6(), f"llm.request run=r1 messages={messages}")


@pytest.mark.parametrize(
    "messages",
    [
        "user:hi|assistant:a:k1|user:next|tool:out:k1",
        "user:hi|assistant:a:k1",
        "user:hi|assistant:a:k1|tool:out:k1|tool:again:k1",
        "user:hi|tool:out:k1",
        "user:hi|assistant:a:k1|tool:out:k2",
    ],
    ids=["not directly after", "no answer", "two answers", "no call", "another call"],
)
def test_a_prompt_with_unpaired_calls_is_seen(breaks: Breaks, messages: str) -> None:
    """DELIV-6 breaks on a call or a tool message that stands alone."""
    breaks(Deliv6(), f"llm.request run=r1 messages={messages}", (0,))


def test_an_effect_happens_once_per_call(holds: Holds, breaks: Breaks) -> None:
    """DELIV-7 breaks when two executions of one call both have the effect."""
    first = "tool.effect exec=x1 run=r1 call=k1 tool=t\n"
    holds(Deliv7(), first + "tool.effect exec=x2 run=r2 call=k1 tool=t")
    breaks(Deliv7(), first + "tool.effect exec=x2 run=r1 call=k1 tool=t", (0, 1))
