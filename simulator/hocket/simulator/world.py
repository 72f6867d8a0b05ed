"""The world that a program sees from inside an execution, put together from its parts.

Two moments matter.  :func:`simulated_world` is entered once for a whole campaign and replaces
functions of modules by dispatchers, which obey the execution that runs on their thread and do what
they always did where none does.  :func:`prepare` is called for each execution, when Trio's run
context is there and no task is yet, and sets what belongs to one run.

Modules belong to the process, and campaigns may run on several threads: the first that comes puts
the dispatchers in place, and the last that goes takes them away.
"""

import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from inspect import unwrap

from attrs import define, field

from hocket.simulator.clocks import virtual_clocks
from hocket.simulator.entropy import seed_entropy, virtual_entropy
from hocket.simulator.escapes import closed_exits, leave_open
from hocket.simulator.network import prepare_network, simulated_sockets
from hocket.simulator.substitutes import rebinding
from hocket.simulator.trio_kernel import Kernel
from hocket.simulator.worker_threads import virtual_worker_threads

__all__ = ["prepare", "simulated_world"]

_PARTS = (
    virtual_worker_threads,
    virtual_clocks,
    virtual_entropy,
    closed_exits,
    simulated_sockets,  # which asks before the real ones are refused
)


@define
class _Shared:
    """What the campaigns of this process have in common while any of them runs."""

    lock: threading.Lock = field(factory=threading.Lock)
    campaigns: int = 0
    parts: ExitStack = field(factory=ExitStack)
    bind: Callable[[str], None] = field(default=lambda _package: None)


_shared = _Shared()


@contextmanager
def simulated_world(target: Callable[..., object] | None = None) -> Generator[None]:
    """Inside, whatever runs in an execution sees the simulated world.

    Modules of the program are searched for names that they imported from replaced ones: those that
    are not installed, and the package of ``target`` even if it is.
    """
    with _shared.lock:
        if not _shared.campaigns:
            _enter()
        _shared.campaigns += 1
        _shared.bind(str(getattr(unwrap(target), "__module__", "")) if target else "")
    try:
        yield
    finally:
        with _shared.lock:
            _shared.campaigns -= 1
            if not _shared.campaigns:
                _shared.parts.close()


def _enter() -> None:
    with ExitStack() as parts:
        for part in _PARTS:
            parts.enter_context(part())
        _shared.bind = parts.enter_context(rebinding())
        _shared.parts = parts.pop_all()


def prepare(kernel: Kernel, *, entropy_seed: int = 0, allow: frozenset[str] = frozenset()) -> None:
    """Make the parts of the world that belong to one execution.

    ``entropy_seed`` is what all that its tasks draw follows from; ``allow`` names the
    :data:`~hocket.simulator.escapes.EXITS` that are left open.
    """
    leave_open(kernel, allow)
    if entropy_seed:  # 0 costs nothing
        seed_entropy(kernel, entropy_seed)
    prepare_network(kernel)
