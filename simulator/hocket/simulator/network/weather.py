"""What may go wrong on the network, and how often: only what a target asks for.

A fault is a choice of the schedule, and its limit is the number of times that one execution may
meet it, since faults without a limit drown the orders that a search is about.  Latency is the same
for all that is sent, and no choice.  A partition loses nothing, for TCP sends again what was lost:
what is sent meanwhile arrives when it is over, and who connects waits until then or times out.
"""

from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase

from attrs import define, field, frozen
from attrs.validators import ge

from hocket.simulator.engine.choices import ChoiceKind
from hocket.simulator.simulation import choose

__all__ = ["CONNECT_SECONDS", "Conditions", "Route", "Weather"]

CONNECT_SECONDS = 127.0
"""How long Linux asks a host that does not answer before ``connect`` raises TimeoutError."""


@frozen
class Weather:
    """The faults that the schedule may choose on the way to hosts whose name matches ``to``.

    ``to`` is a name, or a pattern such as ``*.example``.  ``latency`` is in virtual seconds, for
    each direction.  The others are limits for one execution: how many connects may be ``refused``,
    how many connections ``reset`` at a send, how many ``lookups`` of the name fail, how many
    ``partitions`` of ``partition_seconds`` each begin between the two hosts of a connection, and
    how many receives give only ``pieces`` of what was sent at once.
    """

    to: str = "*"
    latency: float = field(default=0.0, validator=ge(0.0))
    refused: int = field(default=0, validator=ge(0))
    reset: int = field(default=0, validator=ge(0))
    lookups: int = field(default=0, validator=ge(0))
    partitions: int = field(default=0, validator=ge(0))
    partition_seconds: float = field(default=30.0, validator=ge(0.0))
    pieces: int = field(default=0, validator=ge(0))


_CALM = Weather()


@define(eq=False)
class Conditions:
    """The weather of one execution, and how much of it has come."""

    weathers: Sequence[Weather] = ()
    _met: Counter[tuple[Weather, str]] = field(factory=Counter[tuple[Weather, str]], init=False)
    _healed: dict[frozenset[str], float] = field(factory=dict[frozenset[str], float], init=False)

    def of(self, host: str) -> Weather:
        """The first weather whose pattern matches the name of a host."""
        return next((w for w in self.weathers if fnmatchcase(host, w.to)), _CALM)

    def ask(self, weather: Weather, label: str, tame: str, faults: Sequence[str]) -> str:
        """Let the schedule choose ``tame`` or one of ``faults``, named as fields of the weather.

        Faults whose limit has been met are not offered.
        """
        offered = [f for f in faults if self._met[weather, f] < getattr(weather, f)]
        if not offered:
            return tame
        options = [tame, *offered]
        taken = options[choose(ChoiceKind.FAULT, label, options)]
        if taken != tame:
            self._met[weather, taken] += 1
        return taken

    def split(self, between: frozenset[str], until: float) -> None:
        """Begin a partition between two hosts, or make it longer."""
        self._healed[between] = max(until, self.healed(between))

    def healed(self, between: frozenset[str]) -> float:
        """The virtual time at which the two hosts can hear each other (again)."""
        return self._healed.get(between, 0.0)


@frozen
class Route:
    """The way between the two ends of one connection; ``names`` are theirs, the client's first."""

    names: tuple[str, str]
    label: str
    weather: Weather
    conditions: Conditions

    def arrival(self, now: float) -> float:
        """When something sent now is there."""
        return max(now, self.conditions.healed(frozenset(self.names))) + self.weather.latency

    def meets(self, doing: str, tame: str, faults: Sequence[str], now: float) -> str:
        """What happens to one act on this way; a partition that comes has begun."""
        label = f"{doing} {self.label}"
        taken = self.conditions.ask(self.weather, label, tame, faults)
        if taken == "partitions":
            until = now + self.weather.partition_seconds
            self.conditions.split(frozenset(self.names), until)
        return taken
