"""A client for models behind OpenAI's chat completions, which many servers speak.

One transport for all turns, opened with the client and closed with it.  Errors are told apart by
their status: what asking again may mend is :exc:`ModelUnavailable`, with the time that the server
wants to be left in peace, and the runtime decides whether and when to ask again.  What an endpoint
says about an error is not repeated to users, since it may speak of the key.
"""

import json
import re
import ssl
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, cast

import httpx
import trio
from attrs import define, field, frozen
from attrs.validators import ge, gt
from httpx_sse import EventSource, SSEError

from hocket.runtime.models.chat_format import Assembly, body_of
from hocket.runtime.models.contract import (
    ContextOverflow,
    ModelError,
    ModelMisconfigured,
    ModelReply,
    ModelRequest,
    ModelUnavailable,
    Say,
)

__all__ = ["Endpoint", "OpenAIModel", "Patience", "opened_model"]

_OK = 200
_WRONG_KEY_OR_NAME = frozenset({401, 403, 404})
_PASSING = frozenset({408, 409, 425, 429})
_SERVER_ERRORS = 500
_QUOTA = "insufficient_quota"
_OVERFLOW = re.compile(
    r"context_length_exceeded|maximum context length|context window|prompt is too long"
    r"|exceeds? the (available )?context",
    re.IGNORECASE,
)
_ERROR_BYTES_MAX = 65_536


@frozen
class Endpoint:
    """Where a model is, and how one is let in.

    ``url`` is the address under which ``/chat/completions`` is, as in ``http://localhost:8080/v1``;
    ``model`` is its name there; ``key`` is sent as a bearer token, if there is one.
    """

    url: str
    model: str
    key: str = field(default="", repr=False)


@frozen
class Patience:
    """How long to wait, in seconds: for a connection, for the next piece of an answer, and for the
    whole of it; and how many requests are under way at once.
    """

    connect_seconds: float = field(default=10.0, validator=gt(0))
    piece_seconds: float = field(default=60.0, validator=gt(0))
    answer_seconds: float = field(default=600.0, validator=gt(0))
    requests: int = field(default=256, validator=ge(1))


@asynccontextmanager
async def opened_model(
    endpoint: Endpoint, patience: Patience | None = None
) -> AsyncGenerator["OpenAIModel"]:
    """The model behind an endpoint, with a transport that is closed when the block is left."""
    patience = patience or Patience()
    headers = {"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}
    client = httpx.AsyncClient(
        base_url=endpoint.url,
        headers=headers,
        timeout=httpx.Timeout(patience.piece_seconds, connect=patience.connect_seconds, pool=None),
        limits=httpx.Limits(max_connections=patience.requests),
        verify=_trust(),
    )
    async with client:
        yield OpenAIModel(client, endpoint.model, patience.answer_seconds)


@cache
def _trust() -> ssl.SSLContext:
    """The certificates that are believed, read once a process."""
    return httpx.create_ssl_context()


@define(eq=False)
class OpenAIModel:
    """Asks a model over HTTP; see :func:`opened_model`."""

    _client: httpx.AsyncClient
    _model: str
    _answer_seconds: float

    async def reply(self, request: ModelRequest, say: Say) -> ModelReply:
        """Ask, and say each piece of the text when it comes.

        Raises :exc:`ModelError` of the kind that fits.
        """
        try:
            with trio.fail_after(self._answer_seconds):
                return await self._ask(body_of(request, self._model), say)
        except trio.TooSlowError:
            seconds = f"{self._answer_seconds:g}"
            raise ModelUnavailable(f"the model did not answer within {seconds} seconds") from None
        except SSEError:
            raise ModelError("the model's endpoint answers with something else") from None
        except httpx.TimeoutException:
            raise ModelUnavailable("the model is silent") from None
        except httpx.TransportError as error:
            kind = type(error).__name__
            raise ModelUnavailable(f"the model cannot be reached: {kind}") from error

    async def _ask(self, body: dict[str, Any], say: Say) -> ModelReply:
        asked_at = trio.current_time()
        first_seconds: float | None = None
        async with self._client.stream("POST", "chat/completions", json=body) as response:
            if response.status_code != _OK:
                raise await _refusal(response)
            assembly = Assembly()
            async with aclosing(EventSource(response).aiter_sse()) as events:
                async for event in events:
                    first_seconds = first_seconds or trio.current_time() - asked_at
                    await _tell(assembly.add(event.data), say)
            return assembly.reply(first_seconds)


async def _tell(piece: str, say: Say) -> None:
    """Say a piece, and let others run: many may have come at once."""
    if piece:
        say(piece)
    await trio.lowlevel.checkpoint()


async def _refusal(response: httpx.Response) -> ModelError:
    status = response.status_code
    code, told = _error_of(await _beginning(response))
    if status in _WRONG_KEY_OR_NAME or code == _QUOTA:
        return ModelMisconfigured(f"the model's endpoint refuses the key or the name ({status})")
    if _OVERFLOW.search(f"{code} {told}"):
        return ContextOverflow("the conversation is longer than the model can read")
    if status in _PASSING or status >= _SERVER_ERRORS:
        return ModelUnavailable(f"the model is not available ({status})", _retry_after(response))
    return ModelError(
        f"the model's endpoint refuses the request ({status} {code})".replace(" )", ")")
    )


async def _beginning(response: httpx.Response) -> bytes:
    found = bytearray()
    async for piece in response.aiter_bytes():
        found += piece
        if len(found) > _ERROR_BYTES_MAX:
            break
    return bytes(found[:_ERROR_BYTES_MAX])


def _error_of(body: bytes) -> tuple[str, str]:
    """The code and the message of an error, as far as there are any."""
    try:
        error: Any = json.loads(body)["error"]
        if isinstance(error, dict):
            named = cast("dict[str, Any]", error)
            return str(named.get("code") or named.get("type") or ""), str(named.get("message"))
        return "", str(error)
    except (ValueError, TypeError, KeyError, RecursionError):
        return "", body.decode("utf-8", "replace")


def _retry_after(response: httpx.Response) -> float | None:
    """The seconds to wait that a response asks for, by RFC 9110, section 10.2.3.

    A date is taken relative to that of the response, so that clocks need not agree.
    """
    wanted = response.headers.get("Retry-After", "")
    try:
        return max(0.0, float(wanted))
    except ValueError:
        pass
    try:
        then = parsedate_to_datetime(wanted)
        return max(0.0, (then - parsedate_to_datetime(response.headers["Date"])).total_seconds())
    except (ValueError, TypeError, KeyError):
        return None
