"""What steps touch, learnt from executions that were watched, for strategies that reorder them.

Two steps of different tasks commute unless both touch the same thing and one writes to it (the
dependence relation of Mazurkiewicz's traces).  A few executions are watched line by line; what a
step touched then is what the step at the same place is predicted to touch later.  Predictions may
be wrong: they steer samplers, and never say that a schedule needs no exploring.
"""

from hocket.simulator.footprints.footprints import EVERYTHING, Footprint, Footprints
from hocket.simulator.footprints.watcher import Watcher

__all__ = ["EVERYTHING", "Footprint", "Footprints", "Watcher"]
