"""``hocket doctor``: what this installation decides, what it does not, and with which settings."""

import os
import platform
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from typing import Any

import click

from hocket.reports.exits import Exit
from hocket.scenarios.cli.run import run
from hocket.scenarios.cli.settings import settings_used
from hocket.scenarios.properties import unjudged
from hocket.scenarios.selection import REFERENCE, adapter_for, select
from hocket.simulator.reach import FACTS, Standing, generators_made_at_import
from hocket.simulator.run_queue import SPIN_LIMIT

__all__ = ["doctor"]

_SOURCES = {
    "default": "the default",
    "environment": "the environment",
    "pyproject.toml": "pyproject.toml",
}


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATHS]")
@click.option("--runtime", metavar="MODULE:ATTR", help="A callable that returns your Adapter.")
def doctor(paths: Sequence[str], runtime: str | None) -> int:
    """Say what is decided by a schedule here and what is not, and where settings come from.

    \b
    hocket doctor                             this installation
    hocket doctor tests/race.py:main          and the generators that this file makes at import
    hocket doctor --runtime myapp.hocket:make and what that adapter can do
    """
    if paths:
        select(paths)
    capabilities = sorted(adapter_for(runtime or REFERENCE)().capabilities)
    _print("versions", _versions())
    _print("settings", _settings(runtime))
    _print(f"capabilities of {runtime or REFERENCE}", [", ".join(capabilities) or "none"])
    blind = unjudged(capabilities)
    _print("invariants that are not checked", [", ".join(blind) or "none: all are"])
    made = sorted(set(generators_made_at_import()))
    _print("generators made at import, not covered", made or ["none in the loaded modules"])
    for standing in Standing:
        _print(standing, (f"{f.what}: {f.how}" for f in FACTS if f.standing is standing))
    return Exit.OK


def _print(heading: str, lines: Iterable[str]) -> None:
    click.echo(f"{heading}:")
    for line in lines:
        click.echo(f"  {line}")
    click.echo()


def _versions() -> Iterator[str]:
    yield f"hocket {version('hocket')}"
    yield f"Python {platform.python_version()} ({platform.python_implementation()})"
    yield f"Trio {version('trio')} (supported: 0.27 and newer)"


def _settings(runtime: str | None) -> Iterator[str]:
    """Each setting, its value, and where that came from."""
    yield f"hash seed: {_hash_seed()}"
    yield f"runtime: {runtime or REFERENCE} (from {'--runtime' if runtime else 'the default'})"
    yield f"checkpoints without blocking before a task spins: {SPIN_LIMIT} (fixed)"
    for name in ("NO_COLOR", "FORCE_COLOR"):
        if name in os.environ:
            yield f"{name}: {os.environ[name]!r} (from the environment)"
    command = run.make_context("run", [], click.get_current_context().parent)
    for key, used in settings_used(command).items():
        if key != "runtime":
            yield f"{key} of hocket run: {_shown(used.value)} (from {_SOURCES[used.source]})"


def _hash_seed() -> str:
    chosen = os.environ.get("PYTHONHASHSEED", "")
    if not sys.flags.hash_randomization:
        return "0 (from PYTHONHASHSEED)"
    if chosen and chosen != "random":
        return f"{chosen} (from PYTHONHASHSEED)"
    return "another in each process (PYTHONHASHSEED is not set)"


def _shown(value: Any) -> str:
    """A value as a person types it."""
    return "none" if value is None or value in ((), "") else str(value)
