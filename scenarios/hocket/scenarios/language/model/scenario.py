"""A whole scenario."""

from attrs import field, frozen

from hocket.scenarios.language.model.clients import Client
from hocket.scenarios.language.model.properties import Property, Without
from hocket.scenarios.language.model.schedule import Limit, Replay
from hocket.scenarios.language.model.setup import Parameter, Setup, Together
from hocket.scenarios.language.model.values import Node

__all__ = [
    "Scenario",
]


@frozen
class Scenario(Node):
    """A story with its setup, the lanes of its clients, its faults and what must hold.

    ``schedule`` narrows and widens what is explored; ``replay`` pins it to one schedule.
    """

    name: str
    story: str = ""
    parameters: tuple[Parameter | Together, ...] = ()
    setup: Setup = field(factory=Setup)
    clients: tuple[Client, ...] = ()
    schedule: tuple[Limit, ...] = ()
    properties: tuple[Property, ...] = ()
    without: tuple[Without, ...] = ()
    replay: Replay | None = None

    def each_parameter(self) -> tuple[Parameter, ...]:
        """All parameters in order, whether they vary alone or together."""
        return tuple(
            parameter
            for varied in self.parameters
            for parameter in (varied.parameters if isinstance(varied, Together) else (varied,))
        )
