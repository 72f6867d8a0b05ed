"""A TCP network in memory, behind the socket factory and the resolver that Trio lets one set.

Programs use it without knowing: ``trio.open_tcp_stream``, ``trio.serve_tcp`` and what is built on
them, such as trio-websocket and httpx.  It is perfect and offers no choices of its own, unless a
target asks for :class:`Weather` by :func:`in_weather`.
"""

from hocket.simulator.network.installing import (
    in_weather,
    prepare_network,
    simulated_sockets,
    unreached,
)
from hocket.simulator.network.weather import Weather

__all__ = ["Weather", "in_weather", "prepare_network", "simulated_sockets", "unreached"]
