"""Drives Trio's ``Runner``, one task step at a time.

Prior art: Trio's own ``unrolled_run``, whose handling of steps, messages, cancellation, task exit
and finalisation is kept, and the controlled schedulers of Shuttle and Coyote.  What differs:

- One task runs per turn of the loop and the next is *chosen*, where Trio runs a whole pass.
- Nothing of the operating system is touched, which is also why a run is cheaper than ``trio.run``;
  time is virtual and moves only when nothing can run.
- Tasks are named by the path of who spawned them.  Trio keeps tasks and cancel scopes in sets that
  iterate in address order; here the sets that decide an order of abortion keep the order of
  insertion, and deadlines tie by a number of this run.

Trio's private packages are named in one module beside this, :mod:`.private`; private attributes of
its objects are used in this package and nowhere else.
"""

from hocket.simulator.trio_kernel.cancelling import Canceller
from hocket.simulator.trio_kernel.entering import current
from hocket.simulator.trio_kernel.kernel import Kernel
from hocket.simulator.trio_kernel.passes import PassRule
from hocket.simulator.trio_kernel.phases import PhasedRun
from hocket.simulator.trio_kernel.recorder import OrderRecorder
from hocket.simulator.trio_kernel.runner import TaskEntry
from hocket.simulator.trio_kernel.swallowing import errors_of_scopes, watch_cancellations
from hocket.simulator.trio_kernel.threads import here, replaced_threads, working

__all__ = [
    "Canceller",
    "Kernel",
    "OrderRecorder",
    "PassRule",
    "PhasedRun",
    "TaskEntry",
    "current",
    "errors_of_scopes",
    "here",
    "replaced_threads",
    "watch_cancellations",
    "working",
]
