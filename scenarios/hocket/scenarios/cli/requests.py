"""From the settings of ``hocket run`` to what is asked for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hocket.reports.environment import SettingUsed, Shard
from hocket.scenarios.corpus import Corpus
from hocket.scenarios.exploration import Plan
from hocket.scenarios.generated import Generation
from hocket.scenarios.request import Request
from hocket.scenarios.selection import REFERENCE
from hocket.scenarios.usage import UsageProblem
from hocket.simulator import Model
from hocket.simulator.strategies import make_strategy

__all__ = ["GENERATED_SCHEDULES", "SEARCH", "request_of"]

GENERATED_SCHEDULES = 10
"""Schedules of a scenario that is made up, unless somebody says: many different ones find more."""

SEARCH = (
    "paths",
    "schedules",
    "seed",
    "strategy",
    "bound",
    "model",
    "timers",
    "slow-steps",
    "sweep",
    "sweep-tasks",
    "runtime",
    "mutant",
    "generate",
    "use",
    "shard",
    "corpus",
    "no-corpus",
)
"""The settings that decide what is found; with equal ones, two runs find the same."""


def request_of(settings: Mapping[str, SettingUsed]) -> Request:
    """The request that settings, by key, make; raises :class:`UsageProblem` for a bad one."""
    values: dict[str, Any] = {key: used.value for key, used in settings.items()}
    generation = _generation(settings)
    plan = Plan(
        schedules=_unless_generating(settings["schedules"], generation, GENERATED_SCHEDULES),
        seconds=_unless_generating(settings["time-budget"], generation, None),
        seed=values["seed"],
        strategy=values["strategy"],
        bound=_bound(values["strategy"] or "portfolio", values["bound"]),
        model=Model(values["model"]),
        timers=values["timers"],
        slow_steps=values["slow-steps"],
        sweep_tasks=_sweep_tasks(values["sweep"], tuple(values["sweep-tasks"])),
        corpus=_corpus(settings),
    )
    runtime = _runtime(values["runtime"], values["mutant"])
    paths, allowed = tuple(values["paths"]), tuple(values["use"])
    return Request(paths, runtime, plan, _shard(values["shard"]), allowed, generation)


def _generation(settings: Mapping[str, SettingUsed]) -> Generation | None:
    """What is to be made up, if that is asked for, and nothing that it excludes."""
    scenarios = settings["generate"].value
    if scenarios is None:
        return None
    excluded = {"paths": "PATHS", "use": "--use", "sweep": "--sweep"}
    for key, told in excluded.items():
        if settings[key].value:
            raise UsageProblem(
                f"--generate makes scenarios up, and {told} is for those that are written down; "
                "leave one of the two away"
            )
    return Generation(scenarios)


def _unless_generating(used: SettingUsed, generation: Generation | None, instead: Any) -> Any:
    """A setting, or what is usual where scenarios are made up and nobody has set it."""
    return instead if generation is not None and used.source == "default" else used.value


def _corpus(settings: Mapping[str, SettingUsed]) -> Corpus | None:
    """The corpus, unless a bundle was named: what is compared must not depend on older runs."""
    for_the_record = settings["bundle"].value and settings["corpus"].source != "flag"
    if settings["no-corpus"].value or for_the_record:
        return None
    return Corpus(Path(settings["corpus"].value))


def _shard(word: str) -> Shard:
    number, _, total = word.partition("/")
    try:
        return Shard(int(number), int(total))
    except ValueError as error:
        raise UsageProblem(f"--shard takes NUMBER/TOTAL, as in 2/8, not {word!r}") from error


def _runtime(runtime: str | None, mutant: str | None) -> str:
    if runtime and mutant:
        raise UsageProblem("--runtime and --mutant exclude each other; name one")
    return runtime or mutant or REFERENCE


def _bound(strategy: str, bound: str | None) -> str | None:
    """The bound, once it is known to make a search together with ``strategy``."""
    if bound is None:
        return None
    try:
        make_strategy(strategy, 0, bound)
    except ValueError as error:
        raise UsageProblem(str(error)) from error
    return bound


def _sweep_tasks(sweep: str | None, patterns: tuple[str, ...]) -> tuple[str, ...] | None:
    if patterns and sweep is None:
        raise UsageProblem("--sweep-tasks says what a sweep cancels; add --sweep cancel")
    return None if sweep is None else patterns
