"""Replay tokens: a schedule as one printable word.

``hk1.<payload>.<checksum>``: the payload is JSON, deflated, in URL-safe base64.  A token names its
target and the digest of its source, the scheduling model, the seed of the target's random numbers,
and the deviations with their anchors.  It needs no strategy and no seed of one, so it stays good
when strategies change.  A token is untrusted input: decoding checks the length, the checksum and
every type, bounds what it inflates, and runs nothing.
"""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Mapping
from math import inf
from typing import Any, NoReturn, cast

from attrs import asdict, field, frozen

from hocket.simulator.engine.choices import ChoiceKind, Deviation

__all__ = ["Token", "TokenError", "decode", "encode"]

PREFIX = "hk1"
LENGTH_MAX = 200_000
PAYLOAD_MAX = 4_000_000
FIRST_SPIN_LIMIT = 50
"""The fairness rule of tokens that do not tell theirs."""
FIRST_PROFILE = "full"
"""That of tokens that do not tell theirs."""
_SHAPE = re.compile(r"hk(\d{1,4})\.([A-Za-z0-9_-]+)\.([0-9a-f]{8})")


class TokenError(ValueError):
    """A replay token that cannot be read; the message says why and what to do."""


@frozen
class Token:
    """A recorded schedule of one target.

    ``target`` names what was explored and ``source`` digests its text; ``model`` is the scheduling
    model; ``digest`` identifies the trace and ``origin`` the failure that the replay must show
    again; ``context`` is whatever else the target's owner needs to build it again, such as the
    name of a mutant; ``entropy`` is the seed of the random numbers that the target drew.  A token
    from before there was one is read with 0, which was then of no effect.  ``cancel`` holds the
    patterns of the tasks that the schedule could cancel, and is ``None`` if it could cancel none.
    ``spin_limit`` is the number of checkpoints of the fairness rule, which is part of the model.
    ``timers`` says whether the order of deadlines due at one instant was a choice, and
    ``slow_steps`` for how many virtual seconds one step could last; ``profile`` says which places
    counted as choices.
    """

    target: str
    source: str
    model: str
    deviations: tuple[Deviation, ...]
    digest: str
    origin: str
    context: Mapping[str, str] = field(factory=dict[str, str])
    entropy: int = 0
    cancel: tuple[str, ...] | None = None
    spin_limit: int = FIRST_SPIN_LIMIT
    timers: bool = False
    slow_steps: float = 0.0
    profile: str = FIRST_PROFILE


def encode(token: Token) -> str:
    """The printable form; :func:`decode` gives back an equal token."""
    payload = asdict(token, recurse=False)
    payload["deviations"] = [list(asdict(d).values()) for d in token.deviations]
    payload["context"] = dict(token.context)
    raw = json.dumps(payload, separators=(",", ":"), sort_keys=True).encode()
    body = base64.urlsafe_b64encode(zlib.compress(raw, 9)).rstrip(b"=").decode()
    return f"{PREFIX}.{body}.{zlib.crc32(body.encode()):08x}"


def decode(text: str) -> Token:
    """Read a token that :func:`encode` wrote.

    Raises :class:`TokenError` for text that is no token, one of another version, or a damaged one.
    """
    text = text.strip()
    if len(text) > LENGTH_MAX:
        _refuse(f"it is {len(text)} characters long, more than any token")
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        _refuse("a token looks like hk1.<letters>.<8 digits>; copy the whole word")
    version, body, checksum = shape.groups()
    if f"hk{version}" != PREFIX:
        _refuse(f"it has format {version}, this hocket reads format 1")
    if f"{zlib.crc32(body.encode()):08x}" != checksum:
        _refuse("its checksum does not match; copy the whole word again")
    return _from_payload(_inflate(body))


def _inflate(body: str) -> object:
    try:
        packed = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        inflater = zlib.decompressobj()
        raw = inflater.decompress(packed, PAYLOAD_MAX)
        if inflater.unconsumed_tail:
            _refuse(f"it holds more than {PAYLOAD_MAX} bytes")
        return json.loads(raw)
    except (binascii.Error, zlib.error, ValueError, RecursionError) as exc:
        if isinstance(exc, TokenError):
            raise
        raise TokenError("not a replay token: its contents are damaged") from exc


_TEXTS = ("target", "source", "model", "digest", "origin")


def _from_payload(payload: object) -> Token:
    if not isinstance(payload, dict):
        _refuse("its contents are not a schedule")
    data = cast("dict[str, object]", payload)
    texts = {name: data.get(name) for name in _TEXTS}
    context = data.get("context")
    rows = data.get("deviations")
    numbers = (data.get("entropy", 0), data.get("spin_limit", FIRST_SPIN_LIMIT))
    if not all(isinstance(value, str) for value in texts.values()):
        _refuse("a name in it is missing")
    if not isinstance(rows, list) or not isinstance(context, dict):
        _refuse("its schedule is missing")
    pairs = cast("dict[object, object]", context).items()
    if not all(isinstance(k, str) and isinstance(v, str) for k, v in pairs):
        _refuse("its context is malformed")
    if any(type(number) is not int for number in numbers):
        _refuse("a number in it is malformed")
    entropy, spin_limit = cast("tuple[int, int]", numbers)
    patterns = data.get("cancel")
    if not (patterns is None or _are_texts(patterns)):
        _refuse("its tasks to cancel are malformed")
    return Token(
        **cast("dict[str, Any]", texts),
        deviations=tuple(_deviation(row) for row in cast("list[object]", rows)),
        context=cast("dict[str, str]", context),
        entropy=entropy,
        cancel=None if patterns is None else tuple(cast("list[str]", patterns)),
        spin_limit=spin_limit,
        timers=data.get("timers") is True,
        slow_steps=_seconds(data.get("slow_steps", 0.0)),
        profile=str(data.get("profile", FIRST_PROFILE)),
    )


def _seconds(value: object) -> float:
    if not isinstance(value, int | float) or not 0 <= value < inf:
        _refuse("its slow steps are malformed")
    return float(value)


def _are_texts(values: object) -> bool:
    return isinstance(values, list) and all(
        isinstance(value, str) for value in cast("list[object]", values)
    )


_ROW = (int, str, str, int, int, str, str, bool)


def _deviation(row: object) -> Deviation:
    values = list(cast("list[object]", row)) if isinstance(row, list) else []
    well_typed = len(values) == len(_ROW) and all(
        type(value) is wanted for value, wanted in zip(values, _ROW, strict=True)
    )
    if not well_typed or values[1] not in set(ChoiceKind):
        _refuse("a deviation in it is malformed")
    row_values = cast("tuple[int, str, str, int, int, str, str, bool]", tuple(values))
    position, kind, label, index, arity, default, taken, preemption = row_values
    if position < 0 or not 0 < index < arity:
        _refuse("a deviation in it is out of range")
    return Deviation(
        position, ChoiceKind(kind), label, index, arity, default, taken, preemption=preemption
    )


def _refuse(why: str) -> NoReturn:
    raise TokenError(f"not a replay token: {why}")
