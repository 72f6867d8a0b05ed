"""The strategies that the tables of a search compare, by the names they have there."""

from collections.abc import Callable, Mapping

from hocket.simulator.strategies import PCT, Strategy, make_strategy

__all__ = ["SAMPLERS", "SEARCHES"]


def _named(name: str) -> Callable[[int], Strategy]:
    return lambda seed: make_strategy(name, seed)


SAMPLERS: Mapping[str, tuple[Callable[[int], Strategy], str]] = {
    "random": (_named("random"), ""),
    "pct(2)": (lambda seed: PCT(seed, 2), "pct_2"),
    "pct(3)": (lambda seed: PCT(seed, 3), "pct_3"),
    "basic-pos": (_named("basic-pos"), "basic_pos"),
    "pos": (_named("pos"), "pos"),
    "surw": (_named("surw"), "surw"),
    "urw": (_named("urw"), "none"),
}
"""Each sampler with the name of its reference figure."""

SEARCHES: Mapping[str, Callable[[int], Strategy]] = {
    "portfolio": _named("portfolio"),
    "guided": _named("guided"),
    "surw-once": _named("surw-once"),
    **{name: make for name, (make, _) in SAMPLERS.items()},
    "exhaustive": _named("exhaustive"),
}
