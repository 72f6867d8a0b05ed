"""Tracing lines on worker threads, too.

Python traces each thread by itself, and the threads of a pool are there before anybody asks.
"""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any

__all__ = ["lines_seen_by", "traced"]

Tracer = Callable[[FrameType, str, Any], Any]

_tracers: list[Tracer] = []


@contextmanager
def lines_seen_by(tracer: Tracer) -> Generator[None]:
    """Inside, the lines of functions on worker threads are seen by ``tracer``."""
    _tracers.append(tracer)
    try:
        yield
    finally:
        _tracers.remove(tracer)


@contextmanager
def traced() -> Generator[None]:
    """On a worker thread: what runs inside is seen by who asked for it last, if anybody did."""
    if not _tracers:
        yield
        return
    before = sys.gettrace()
    sys.settrace(_tracers[-1])
    try:
        yield
    finally:
        sys.settrace(before)
