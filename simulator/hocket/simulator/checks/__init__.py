"""Checks that need no assertion: what holds of every Trio program that is right.

Beside a deadlock and a lock that is held beyond its task, which the kernel sees, a run is watched
for what Trio's own rules call wrong:

- an exception that nobody can hear of, since a destructor or the clean-up of an abandoned async
  generator raised it;
- a cancellation that is swallowed: ``Cancelled`` was raised in a task and reached no cancel scope;
- a method of one of Trio's abstract streams or channels that returns without a checkpoint;
- a memory channel that is left open, though the default schedule closes it.  By itself an open
  channel is no error under Trio, so only the difference counts.

A task cannot be leaked silently: Trio raises in whoever leaves a nursery with tasks in it.

What test code does itself is not judged, since a test may do wrong on purpose.
"""

from hocket.simulator.checks.notices import CHECKS, Notice, is_bench
from hocket.simulator.checks.watch import Watch, checked_classes

__all__ = ["CHECKS", "Notice", "Watch", "checked_classes", "is_bench"]
