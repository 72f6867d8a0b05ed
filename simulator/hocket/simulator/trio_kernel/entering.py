"""Making a thread's run of Trio ours, giving the thread back, and asking whose it is."""

from typing import TYPE_CHECKING, cast

from sniffio import thread_local as sniffio_library

from hocket.simulator.trio_kernel.private import GLOBAL_RUN_CONTEXT, Runner
from hocket.simulator.trio_kernel.runner import KernelRunner
from hocket.simulator.trio_kernel.threads import working

if TYPE_CHECKING:
    from hocket.simulator.trio_kernel.kernel import Kernel

__all__ = ["current", "enter", "leave"]


def current() -> "Kernel | None":
    """The kernel of the execution that runs on this thread, or whose worker thread this is."""
    runner = getattr(GLOBAL_RUN_CONTEXT, "runner", None)
    inside = runner if type(runner) is KernelRunner else working()
    return cast("Kernel", inside.kernel) if inside is not None else None


def enter(runner: Runner) -> str | None:
    """Let ``runner`` be that of this thread; the async library that was in use there before."""
    runner.asyncgens.install_hooks(runner)
    GLOBAL_RUN_CONTEXT.runner = runner
    library, sniffio_library.name = sniffio_library.name, "trio"
    return library


def leave(runner: Runner, library: str | None) -> None:
    """Close ``runner`` and undo :func:`enter`."""
    runner.close()
    GLOBAL_RUN_CONTEXT.__dict__.clear()
    sniffio_library.name = library
