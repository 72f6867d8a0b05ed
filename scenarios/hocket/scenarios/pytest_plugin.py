"""``pytest --hocket[=N]`` runs each test that runs Trio under N explored schedules; and scenarios.

This module is what pytest loads in every project that has hocket installed, so it imports nothing
and only says what there is; the work is done by :mod:`hocket.scenarios.pytest_explorer`, which is
loaded when it is asked for.
"""

import copy
from pathlib import Path

import pytest

__all__ = [
    "pytest_addoption",
    "pytest_collect_file",
    "pytest_configure",
    "pytest_load_initial_conftests",
]

_DEFAULT = "default"
_MARK = (
    "hocket(schedules=, strategy=, model=, seed=, sweep=, allow=): how this test is explored under "
    "--hocket; hocket(schedules=0) leaves it out"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options and settings."""
    group = parser.getgroup("hocket", "deterministic concurrency testing (hocket)")
    group.addoption(
        "--hocket",
        nargs="?",
        const=_DEFAULT,
        default=None,
        metavar="N",
        help="run each test that runs Trio under N schedules (100 if no number is given)",
    )
    group.addoption(
        "--hocket-replay",
        default=None,
        metavar="TOKEN",
        help="run the test of a replay token under exactly that schedule",
    )
    parser.addini("hocket_schedules", "schedules per test under --hocket", default="100")
    parser.addini("hocket_strategy", "exploration strategy under --hocket", default="portfolio")
    parser.addini("hocket_model", "scheduling model under --hocket", default="free")
    parser.addini(
        "hocket_scenario_strategies",
        "exploration strategies of *.hocket files, an item for each",
        type="args",
        default=["mixed"],
    )
    parser.addini("hocket_runtime", "the runtime of *.hocket files, as MODULE:ATTR", default="")
    parser.addini("hocket_use", "packages whose code *.hocket files may name", type="args")
    parser.addini("hocket_seed", "seed of the strategy under --hocket", default="0")
    parser.addini("hocket_sweep", "cancel: try a cancellation at each point instead", default="")
    parser.addini("hocket_allow", "exits to the real world that are left open", default="")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> None:
    """Let ``--hocket tests/`` mean the flag and a path, where it would take the path as its N."""
    if "--hocket" in args:
        args[:] = [f"--hocket={_DEFAULT}" if word == "--hocket" else word for word in args]
        before = copy.copy(early_config.known_args_namespace)
        early_config.known_args_namespace = parser.parse_known_args(args, namespace=before)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect scenario files."""
    if not file_path.name.endswith((".hocket", ".hocket.json")):
        return None
    from hocket.scenarios.pytest_scenarios import ScenarioFile  # noqa: PLC0415 - only now

    return ScenarioFile.of(file_path, parent)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and the explorer if it was asked for."""
    config.addinivalue_line("markers", _MARK)
    number, token = config.getoption("--hocket"), config.getoption("--hocket-replay")
    if number is None and token is None:
        return
    from hocket.scenarios.pytest_explorer import Explorer  # noqa: PLC0415 - only now

    if number is not None and number != _DEFAULT and not number.isdecimal():
        raise pytest.UsageError(
            f"--hocket takes a number of schedules, as in --hocket=200: {number}"
        )
    schedules = int(number) if number is not None and number != _DEFAULT else None
    config.pluginmanager.register(Explorer(config, schedules, token), "hocket-explorer")
