"""Numbers and foreign text as people read them on a terminal.

Messages, names and arguments come from the program under test.  They may hold line breaks, escape
sequences or halves of surrogate pairs, so whatever is shown passes :func:`printable` first.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Context

__all__ = ["count", "duration", "printable", "probability_above", "probability_below"]


def printable(text: str) -> str:
    """``text`` on one line, with what no terminal should be sent written as an escape.

    >>> printable("two\\nlines, \\x1b[31mred")
    'two lines, \\\\x1b[31mred'
    """
    return "".join(map(_printable, text))


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() else repr(character)[1:-1]


def count(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun.

    >>> count(1, "schedule"), count(8400, "schedule")
    ('1 schedule', '8,400 schedules')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def duration(seconds: float) -> str:
    """A time in ``seconds`` for a person: hundredths below one second, tenths above.

    >>> duration(0.034), duration(1234.56)
    ('0.03 s', '1,234.6 s')
    """
    return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:,.1f} s"


def probability_above(bound: float) -> str:
    """``bound`` (0 to 1) in per cent with two digits, never rounded up, and never certain.

    >>> probability_above(0.6349), probability_above(1.0)
    ('63%', '99%')
    """
    two_digits = Context(prec=2, rounding=ROUND_FLOOR)
    return f"{two_digits.create_decimal(repr(min(99.9, round(100 * bound, 12)))):f}%"


def probability_below(bound: float) -> str:
    """``bound`` (0 to 1) in per cent with two significant digits, never rounded down.

    >>> probability_below(0.0029912), probability_below(0.95)
    ('0.30%', '95%')
    """
    two_digits = Context(prec=2, rounding=ROUND_CEILING)
    return f"{two_digits.create_decimal(repr(round(100 * bound, 12))):f}%"
