"""The client for models over HTTP: the same under every schedule as on the loopback interface."""

from collections.abc import Awaitable, Callable

import pytest
import trio
from attrs import evolve
from tests.runtime.models.endpoint import (
    DONE,
    STOP,
    Answer,
    FakeEndpoint,
    chunk,
    refused,
    said,
    serving,
)

from hocket.runtime.conversation import Message, Role
from hocket.runtime.models.contract import (
    ContextOverflow,
    ModelCall,
    ModelError,
    ModelMisconfigured,
    ModelOptions,
    ModelReply,
    ModelRequest,
    ModelUnavailable,
    Usage,
)
from hocket.runtime.models.openai import Endpoint, Patience, opened_model
from hocket.runtime.protocol.frames import ToolSchema
from hocket.simulator import explore_or_raise

Story = Callable[[], Awaitable[None]]
SCHEDULES = 4
REQUEST = ModelRequest(
    *("r", "A", 0, (Message(Role.USER, "hello"),)),
    (ToolSchema("look", "", {"type": "object"}),),
    ModelOptions(temperature=0.3, tokens_max=50),
)


async def ask(url: str, patience: Patience | None = None) -> tuple[ModelReply, list[str]]:
    """Ask once, by a client of its own; the reply, and the pieces that were said."""
    heard: list[str] = []
    async with opened_model(Endpoint(url, "small", "sesame"), patience) as model:
        return await model.reply(REQUEST, heard.append), heard


async def error_of(answer: Answer, patience: Patience | None = None) -> ModelError:
    """The error that an answer is for the runtime."""
    async with serving(answer) as (_, url):
        try:
            await ask(url, patience)
        except ModelError as error:
            return error
    raise AssertionError(answer)


def in_both_worlds(story: Story) -> None:
    """Under explored schedules in virtual time, and then for real."""
    explore_or_raise(story, schedules=SCHEDULES)
    trio.run(story)


def test_an_answer_is_streamed() -> None:
    """The pieces are said as they come; options, tools and the key go out together."""

    async def story() -> None:
        async with serving(said("good ", "morning")) as (endpoint, url):
            reply, heard = await ask(url)
        assert heard == ["good ", "morning"]
        assert (reply.text, reply.usage) == ("good morning", Usage(7, 2))
        (body,) = endpoint.asked
        assert (body["model"], body["temperature"], body["max_tokens"]) == ("small", 0.3, 50)
        assert body["tools"][0]["function"]["name"] == "look"
        assert endpoint.keys == ["Bearer sesame"]

    in_both_worlds(story)


def test_a_call_is_streamed() -> None:
    """Its name and its arguments come in pieces."""

    async def story() -> None:
        first = {"index": 0, "id": "c1", "function": {"name": "look", "arguments": '{"at"'}}
        rest = {"index": 0, "function": {"arguments": ": 2}"}}
        pieces = (chunk(tool_calls=[first]), chunk(tool_calls=[rest]), STOP, DONE)
        async with serving(Answer(pieces=pieces)) as (_, url):
            reply, heard = await ask(url)
        assert reply.calls == (ModelCall("c1", "look", {"at": 2}),)
        assert heard == []

    in_both_worlds(story)


def test_one_transport_serves_all_turns_and_is_closed() -> None:
    """Requests one after another share a connection, and none is open afterwards."""

    async def story() -> None:
        async with serving(said("yes")) as (endpoint, url):
            async with opened_model(Endpoint(url, "small")) as model:
                for _ in range(3):
                    await model.reply(REQUEST, _unheard)
            await _settled(endpoint)
            assert (len(endpoint.asked), endpoint.connections) == (3, 1)
            assert endpoint.keys == []

    in_both_worlds(story)


def test_no_more_requests_than_allowed_are_under_way() -> None:
    """The others wait for their turn, and all are answered."""

    async def story() -> None:
        slow = evolve(said("yes"), gap_seconds=0.01)
        async with serving(slow) as (endpoint, url):
            patience = Patience(requests=2)
            opened = opened_model(Endpoint(url, "small"), patience)
            async with opened as model, trio.open_nursery() as nursery:
                for _ in range(4):
                    nursery.start_soon(model.reply, REQUEST, _unheard)
            assert (len(endpoint.asked), endpoint.connections) == (4, 2)

    in_both_worlds(story)


def test_a_turn_that_is_cancelled_hangs_up() -> None:
    """The endpoint is not left with a stream that nobody reads."""

    async def story() -> None:
        endless = Answer(pieces=(chunk(content="more "),) * 1000, gap_seconds=0.05)
        async with serving(endless) as (endpoint, url):
            async with opened_model(Endpoint(url, "small")) as model:
                with trio.move_on_after(0.2) as scope:
                    await model.reply(REQUEST, _unheard)
                assert scope.cancelled_caught
            await _settled(endpoint)

    in_both_worlds(story)


@pytest.mark.parametrize(
    ("answer", "kind", "why"),
    [
        (refused(401, {"message": "bad key sesame"}), ModelMisconfigured, "key or the name"),
        (refused(404), ModelMisconfigured, "key or the name"),
        (refused(429, {"code": "insufficient_quota"}), ModelMisconfigured, "429"),
        (refused(400, {"code": "context_length_exceeded"}), ContextOverflow, "longer"),
        (refused(400, {"message": "maximum context length is 8"}), ContextOverflow, "longer"),
        (refused(400, {"code": "bad_tool"}), ModelError, r"\(400 bad_tool\)"),
        (refused(400, "nonsense"), ModelError, r"\(400\)"),
        (refused(503), ModelUnavailable, "503"),
        (Answer(500, (b"<html>",), ()), ModelUnavailable, "500"),
        (Answer(headers=(("Content-Type", "text/html"),)), ModelError, "something else"),
        (Answer(pieces=(chunk(content="half"),)), ModelUnavailable, "broke off"),
        (Answer(pieces=(chunk(content="half"),), cut=True), ModelUnavailable, "reached"),
        (Answer(pieces=(b"data: {\n\n",)), ModelUnavailable, "garbled"),
    ],
    ids=str,
)
# httpx leaves generators of its own behind when a request fails.
@pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning")
def test_every_error_has_its_kind(answer: Answer, kind: type[ModelError], why: str) -> None:
    """And a text for users, in which there is no key."""

    async def story() -> None:
        error = await error_of(answer)
        assert type(error) is kind
        assert "sesame" not in str(error)
        with pytest.raises(kind, match=why):
            raise error

    in_both_worlds(story)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry_After": "7"}, 7.0),
        ({"Retry_After": "1.5"}, 1.5),
        ({"Retry_After": "-3"}, 0.0),
        ({"Retry_After": "soon"}, None),
        (
            {
                "Date": "Wed, 21 Oct 2015 07:28:00 GMT",
                "Retry_After": "Wed, 21 Oct 2015 07:28:30 GMT",
            },
            30.0,
        ),
        ({"Retry_After": "Wed, 21 Oct 2015 07:28:30 GMT"}, None),
    ],
)
async def test_how_long_a_model_wants_to_be_left_in_peace(
    headers: dict[str, str], seconds: float | None
) -> None:
    """In seconds, or as a date by the endpoint's own clock."""
    error = await error_of(refused(429, **headers))
    assert isinstance(error, ModelUnavailable)
    assert error.after_seconds == seconds


@pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning")
def test_patience_has_an_end() -> None:
    """With a model that is silent, and with one that never comes to an end; in virtual time."""

    async def silent() -> None:
        error = await error_of(Answer(pieces=(STOP,), gap_seconds=100), Patience())
        assert isinstance(error, ModelUnavailable)
        assert str(error) == "the model is silent"

    async def endless() -> None:
        pieces = (chunk(content="more"),) * 100
        error = await error_of(Answer(pieces=pieces, gap_seconds=10), Patience(answer_seconds=95))
        assert isinstance(error, ModelUnavailable)
        assert "within 95 seconds" in str(error)

    explore_or_raise(silent, schedules=SCHEDULES)
    explore_or_raise(endless, schedules=SCHEDULES)


async def test_a_model_that_is_not_there_is_unavailable() -> None:
    """Nobody listens at its address."""
    with pytest.raises(ModelUnavailable, match="cannot be reached: ConnectError"):
        await ask("http://127.0.0.1:1/v1")


def _unheard(_piece: str) -> None:
    """Nobody listens."""


async def _settled(endpoint: FakeEndpoint) -> None:
    with trio.fail_after(5):
        while endpoint.open_now:
            await trio.sleep(0.01)
