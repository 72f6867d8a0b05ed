"""The choice sequence of one execution, as it is answered."""

from collections.abc import Callable

from attrs import define, field

from hocket.simulator.engine.choices import ChoicePoint, ChoiceSource, Deviation
from hocket.simulator.engine.trace import Trace

__all__ = ["ChoiceRecord"]


@define
class ChoiceRecord:
    """Asks a source, and keeps what it answered.

    ``choices`` and ``arities`` are the index taken and the number of options, in order.  With a
    ``trace``, ``deviations`` has those that were not the default, with their anchors; without one
    nobody looks at anchors, which cost time to make.  ``now`` tells the virtual time in seconds.
    Once it is ``closed``, defaults are taken and nothing is asked or kept.
    """

    source: ChoiceSource
    now: Callable[[], float]
    trace: Trace | None = None
    closed: bool = field(default=False, init=False)
    choices: list[int] = field(factory=list[int], init=False)
    arities: list[int] = field(factory=list[int], init=False)
    deviations: list[Deviation] = field(factory=list[Deviation], init=False)

    def answer(self, point: ChoicePoint) -> int:
        """The index that the source takes."""
        if self.closed:
            return 0
        index = self.source.choose(point)
        if index and self.trace is not None:
            deviation = Deviation.at(len(self.choices), point, index)
            self.deviations.append(deviation)
            self.trace.add("choice", deviation.taken, self.now(), str(deviation))
        self.choices.append(index)
        self.arities.append(point.arity)
        return index
