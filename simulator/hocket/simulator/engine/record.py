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
    """

    source: ChoiceSource
    now: Callable[[], float]
    trace: Trace | None = None
    answer: Callable[[ChoicePoint], int] = field(init=False)
    """Gives the index that the source takes."""
    choices: list[int] = field(factory=list[int], init=False)
    arities: list[int] = field(factory=list[int], init=False)
    deviations: list[Deviation] = field(factory=list[Deviation], init=False)

    def __attrs_post_init__(self) -> None:
        if self.trace is not None:
            self.answer = self._traced
            return
        choose = self.source.choose
        took, offered = self.choices.append, self.arities.append

        # Asked at almost every step: a closure finds what it needs sooner than a method.
        def answer(point: ChoicePoint) -> int:
            index = choose(point)
            took(index)
            offered(point.arity)
            return index

        self.answer = answer

    def close(self) -> None:
        """Take defaults from here on; nothing is asked or kept any more."""
        self.answer = _default

    def _traced(self, point: ChoicePoint) -> int:
        index = self.source.choose(point)
        if index and self.trace is not None:
            deviation = Deviation.at(len(self.choices), point, index)
            self.deviations.append(deviation)
            self.trace.add("choice", deviation.taken, self.now(), str(deviation))
        self.choices.append(index)
        self.arities.append(point.arity)
        return index


def _default(_point: ChoicePoint) -> int:
    return 0
