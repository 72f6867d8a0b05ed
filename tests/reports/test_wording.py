"""Foreign text is tamed and numbers are honest."""

import math

from hypothesis import given
from hypothesis import strategies as st

from hocket.reports.wording import count, printable, probability_below


@given(st.text())
def test_printable_text_is_one_line_that_any_terminal_can_be_sent(text: str) -> None:
    """No control character, line break or lone surrogate is left."""
    shown = printable(text)
    assert shown.isprintable()
    shown.encode("utf-8")


def test_printable_text_keeps_spaces() -> None:
    """A command is shown exactly, its double spaces included."""
    assert printable("hocket  replay\u00e9") == "hocket  replay\u00e9"


def test_an_irregular_plural_can_be_given() -> None:
    """Nouns that do not take an s are possible."""
    assert count(2, "property", "properties") == "2 properties"


@given(st.floats(min_value=1e-9, max_value=1.0))
def test_a_bound_is_never_rounded_down(bound: float) -> None:
    """The sentence says "under", so the number shown is not below the bound."""
    shown = float(probability_below(bound).removesuffix("%"))
    assert shown >= 100 * bound or math.isclose(shown, 100 * bound)
    assert shown <= 110 * bound or math.isclose(shown, 110 * bound)
