"""The world that a program sees from inside an execution, put together from its parts.

Two moments matter.  :func:`simulated_world` is entered once for a whole campaign and replaces
functions of modules by dispatchers, which obey the execution that runs on their thread and do what
they always did where none does.  :func:`prepare` is called for each execution, when Trio's run
context is there and no task is yet, and sets what belongs to one run.
"""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager

from hocket.simulator.trio_kernel import Kernel
from hocket.simulator.worker_threads import virtual_worker_threads

__all__ = ["prepare", "simulated_world"]

_PARTS = (virtual_worker_threads,)


@contextmanager
def simulated_world() -> Generator[None]:
    """Inside, whatever runs in an execution sees the simulated world."""
    with ExitStack() as stack:
        for part in _PARTS:
            stack.enter_context(part())
        yield


def prepare(_kernel: Kernel) -> None:
    """Make the parts of the world that belong to one execution."""
