"""A whole scenario."""

from attrs import field, frozen

from hocket.scenarios.language.model.clients import Client, Fault
from hocket.scenarios.language.model.properties import Property, Without
from hocket.scenarios.language.model.setup import Parameter, Setup
from hocket.scenarios.language.model.values import Node

__all__ = [
    "Scenario",
]


@frozen
class Scenario(Node):
    """A story with its setup, the lanes of its clients, its faults and what must hold."""

    name: str
    story: str = ""
    parameters: tuple[Parameter, ...] = ()
    setup: Setup = field(factory=Setup)
    clients: tuple[Client, ...] = ()
    schedule: tuple[Fault, ...] = ()
    properties: tuple[Property, ...] = ()
    without: tuple[Without, ...] = ()
