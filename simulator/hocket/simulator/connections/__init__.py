"""Fake connections: links that carry messages, and rules that decide what becomes of each."""

from hocket.simulator.connections.fates import (
    DELIVER,
    DROP,
    DUPLICATE,
    Fate,
    Hold,
    Rule,
    explored,
)
from hocket.simulator.connections.links import Endpoint, Link, connect

__all__ = [
    "DELIVER",
    "DROP",
    "DUPLICATE",
    "Endpoint",
    "Fate",
    "Hold",
    "Link",
    "Rule",
    "connect",
    "explored",
]
