"""The orders that a schedule fixes between steps, while an execution keeps to them."""

from attrs import define, field

from hocket.scenarios.language import model
from hocket.scenarios.language.names import Deed, deeds_of

__all__ = ["Order"]


@define(eq=False)
class Order:
    """Which steps are over, and which others each has to wait for.

    Steps are told apart as objects, since two of one lane may well be equal.  A step is over when
    it is done, or when its lane has skipped it.
    """

    _needs: dict[int, list[Deed]] = field(factory=dict[int, list[Deed]])
    _over: set[int] = field(factory=set[int])

    @classmethod
    def of(cls, scenario: model.Scenario) -> "Order":
        """The order that the schedule of an instance fixes."""
        fixes = [limit for limit in scenario.schedule if isinstance(limit, model.Fix)]
        needs: dict[int, list[Deed]] = {}
        deeds = deeds_of(scenario) if fixes else ()
        for fix in fixes:
            first = next(deed for deed in deeds if _is(deed, fix.first))
            then = next(deed for deed in deeds if _is(deed, fix.then))
            needs.setdefault(id(then.step), []).append(first)
        return cls(needs)

    def awaited(self, step: model.Step) -> Deed | None:
        """A step that has to be over before this one begins, if there is one left."""
        needed = self._needs.get(id(step), ())
        return next((deed for deed in needed if id(deed.step) not in self._over), None)

    def is_free(self, step: model.Step) -> bool:
        """Whether nothing has to be over before this step any more."""
        return self.awaited(step) is None

    def end(self, steps: tuple[model.Step, ...]) -> bool:
        """These steps, and all nested in them, are over; whether anybody may have waited."""
        for step in steps if self._needs else ():
            self._over.add(id(step))
            if isinstance(step, model.Fork):
                for lane in step.lanes:
                    self.end(lane.steps)
        return bool(self._needs)


def _is(deed: Deed, named: model.StepName) -> bool:
    return deed.client == named.client and deed.is_meant(named)
