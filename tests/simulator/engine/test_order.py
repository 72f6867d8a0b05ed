"""Equal happens-before orders have one number, and others another."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from hocket.simulator.engine.order import Footprint, Order

Step = tuple[tuple[int, ...], Footprint]

_A, _B, _C = (0, 0), (0, 1), (0, 2)
_READ_X, _WRITE_X, _WRITE_Y = (0b11, 0), (0b11, 0b10), (0b101, 0b100)
_UNKNOWN = (-1, -1)

steps = st.tuples(
    st.sampled_from([_A, _B, _C]),
    st.sampled_from([(1, 0), _READ_X, _WRITE_X, _WRITE_Y, (0b111, 0b100), _UNKNOWN]),
)


def digest(taken: Sequence[Step]) -> int:
    """The number of an execution with these steps."""
    order = Order()
    for path, footprint in taken:
        order.step(path, footprint)
    return order.digest()


def depend(one: Step, other: Step) -> bool:
    """Whether two steps may not change places."""
    (path, (touched, written)), (path_2, (touched_2, written_2)) = one, other
    return path == path_2 or bool(touched & written_2 or touched_2 & written)


@given(st.lists(steps, min_size=2, max_size=8), st.data())
def test_the_number_changes_with_the_order_of_dependent_steps_only(
    taken: list[Step], data: st.DataObject
) -> None:
    """Neighbours that commute may change places; those of two tasks that conflict may not."""
    at = data.draw(st.integers(0, len(taken) - 2))
    one, other = taken[at], taken[at + 1]
    swapped = [*taken[:at], other, one, *taken[at + 2 :]]
    if one[0] != other[0]:
        assert (digest(taken) != digest(swapped)) == depend(one, other)


def test_two_lost_updates_are_four_classes() -> None:
    """Two tasks that read and then write have six schedules, of which two pairs are alike."""
    schedules = ["aabb", "abab", "abba", "baab", "baba", "bbaa"]

    def as_steps(schedule: str) -> list[Step]:
        seen: dict[str, int] = {}
        taken: list[Step] = []
        for name in schedule:
            seen[name] = seen.get(name, 0) + 1
            taken.append(((0, ord(name)), _READ_X if seen[name] == 1 else _WRITE_X))
        return taken

    assert len({digest(as_steps(schedule)) for schedule in schedules}) == 4


def test_a_wake_up_orders_what_no_thing_does() -> None:
    """The step that was woken comes after the one that woke it."""

    def woken(*, by: tuple[int, ...] | None) -> int:
        order = Order()
        order.step(_A)
        if by is not None:
            order.woke(_B, by)
        order.step(_B)
        return order.digest()

    assert woken(by=_A) != woken(by=None) == woken(by=_B)
