"""Where and with what a campaign ran: what must be equal for two results to be comparable."""

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from attrs import field, frozen

__all__ = ["Environment", "SettingUsed", "Shard", "hash_seed", "here"]

_COMMITS = ("GITHUB_SHA", "CI_COMMIT_SHA")
_GIT_SECONDS_MAX = 5.0


@frozen
class SettingUsed:
    """The value of a setting, and who set it: a flag, a variable, a file, or nobody."""

    value: Any
    source: str


@frozen(order=True)
class Shard:
    """Part ``number``, from 1, of the ``total`` parts that a selection was split into."""

    number: int = 1
    total: int = 1

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.number <= self.total:
            raise ValueError(f"there is no part {self.number} of {self.total}")

    def __str__(self) -> str:
        return f"{self.number}/{self.total}"


@frozen
class Environment:
    """One campaign's surroundings.

    ``tool``, ``python`` and ``trio`` are versions; ``hash_seed`` is a number or ``random``;
    ``commit`` is that of the repository it ran in, empty if there is none; ``started`` is a moment
    in UTC in the form of ISO 8601.  ``settings`` are those of the command, by name; ``sources``
    identifies the texts of everything that was selected, ``selected`` counts the rows that the
    campaign is to have, and ``shard`` says which part of a selection they are.
    """

    tool: str
    python: str
    implementation: str
    trio: str
    hash_seed: str
    platform: str
    commit: str
    started: str
    settings: Mapping[str, SettingUsed] = field(factory=dict[str, SettingUsed])
    sources: str = ""
    selected: int = 0
    shard: Shard = field(factory=Shard)

    def __str__(self) -> str:
        commit = f", commit {self.commit[:12]}" if self.commit else ""
        part = f", part {self.shard}" if self.shard.total > 1 else ""
        made_by = f"hocket {self.tool}, {self.implementation} {self.python}, Trio {self.trio}"
        return f"{made_by}, hash seed {self.hash_seed}{commit}, {self.started}{part}"


def here(
    settings: Mapping[str, SettingUsed], *, sources: str, selected: int, shard: Shard
) -> Environment:
    """The surroundings of a campaign that starts now in this process."""
    return Environment(
        tool=version("hocket"),
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        trio=version("trio"),
        hash_seed=hash_seed(),
        platform=f"{platform.system()} {platform.machine()}",
        commit=_commit(),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        settings=settings,
        sources=sources,
        selected=selected,
        shard=shard,
    )


def hash_seed() -> str:
    """The seed of this process's hashes, or ``random`` if each process has another."""
    if not sys.flags.hash_randomization:
        return "0"
    return os.environ.get("PYTHONHASHSEED", "") or "random"


def _commit() -> str:
    """What git says, else what a CI says; empty if neither knows."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS_MAX,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        done = None
    if done is not None and done.returncode == 0:
        return done.stdout.strip()
    return next((os.environ[name] for name in _COMMITS if os.environ.get(name)), "")
