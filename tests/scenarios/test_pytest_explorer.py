"""What ``pytest --hocket`` keeps apart, tells to others, and takes from a marker."""

import re
import sys

import pytest
from tests.scenarios.suites import RACE

pytest_plugins = ["pytester"]


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder whose pytest knows pytest-trio, as ours does, and not our own settings."""
    pytester.makeini("[pytest]\n")
    return pytester


def test_parameters_are_anew_for_each_schedule(suite: pytest.Pytester) -> None:
    """A list that the test empties is full again, and a test that keeps other state is listed."""
    suite.makepyfile(
        test_state="""
import pytest, trio
seen = []

@pytest.mark.trio
@pytest.mark.parametrize("wanted", [[1, [2]]])
async def test_pops(wanted):
    assert wanted.pop() == [2]

@pytest.mark.trio
async def test_keeps():
    seen.append(1)
    await trio.lowlevel.checkpoint()
    assert len(seen) < 3
"""
    )
    ran = suite.runpytest_inprocess("--hocket=5", "-W", "ignore")
    ran.stdout.fnmatch_lines(
        ["1 tests explored under 5 schedules; 1 not explored", "*test_keeps: it keeps state*"]
    )
    ran.assert_outcomes(passed=1, failed=1)


def test_the_facts_are_in_a_junit_file(suite: pytest.Pytester) -> None:
    """Of explored tests how, and what was found; of others why they were not."""
    suite.makepyfile(test_bank=RACE + "\n@pytest.mark.xfail\nasync def test_x(): ...\n")
    suite.runpytest_inprocess("--hocket=50", "-W", "ignore", "--junitxml=out.xml")
    found = (suite.path / "out.xml").read_text()
    for name in ("verdict", "schedules", "strategy", "model", "seed", "origin", "token"):
        assert f'<property name="hocket.{name}" value=' in found
    assert '<property name="hocket.not-explored" value="it is expected to fail"' in found


def test_workers_of_xdist_tell_the_same(suite: pytest.Pytester) -> None:
    """The summary is that of one process."""
    suite.makepyfile(test_bank=RACE, test_other=RACE.replace("== 3", "<= 3"))
    ran = suite.runpytest_subprocess("--hocket=50", "-W", "ignore", "-n", "2")
    ran.assert_outcomes(failed=1, passed=1)
    ran.stdout.fnmatch_lines(["2 tests explored under * schedules; 0 not explored"])


def test_a_replay_stops_in_the_debugger(suite: pytest.Pytester) -> None:
    """And a token of a test that was not collected is refused."""
    suite.makepyfile(test_bank=RACE)
    found = suite.runpytest_inprocess("--hocket=50", "-W", "ignore")
    command = re.search(r"pytest '(\S+)' (--hocket-replay=\S+)", str(found.stdout))
    assert command is not None
    python = (sys.executable, "-m", "pytest", "-W", "ignore", "--pdb")
    stopped = suite.run(*python, *command.groups(), stdin=b"p 'balance', account.balance\nq\n")
    stopped.stdout.fnmatch_lines(["*assert account.balance == 3*", "*('balance', [12])*"])
    suite.makepyfile(test_else="def test(): ...")
    refused = suite.runpytest_inprocess("test_else.py", command[2])
    refused.stderr.fnmatch_lines(["*the token is of test_bank.py::test_deposits*"])


def test_a_marker_asks_for_a_sweep_and_leaves_exits_open(suite: pytest.Pytester) -> None:
    """A cancellation that is swallowed at one line is found; a process that is allowed runs."""
    suite.makepyfile(
        test_sweep="""
import subprocess, sys, pytest, trio

@pytest.mark.trio
@pytest.mark.hocket(sweep="cancel")
async def test_hangs_if_cancelled(nursery):
    done = trio.Event()

    async def work():
        await trio.sleep(1)
        await trio.sleep(1)
        done.set()

    nursery.start_soon(work)
    try:
        await trio.sleep(5)
    finally:
        with trio.CancelScope(shield=True):
            await done.wait()
            nursery.cancel_scope.cancel()

@pytest.mark.trio
@pytest.mark.hocket(schedules=3, allow=["process"])
async def test_process():
    assert subprocess.run([sys.executable, "-c", ""]).returncode == 0
"""
    )
    ran = suite.runpytest_inprocess("--hocket=60", "-W", "ignore")
    ran.stdout.fnmatch_lines(["2 tests explored under *; 0 not explored"])


def test_a_mock_clock_does_not_jump_while_a_task_can_run(suite: pytest.Pytester) -> None:
    """However many checkpoints it passes without blocking."""
    suite.makepyfile(
        test_clock="""
import pytest, trio

@pytest.mark.trio
async def test_busy(nursery, autojump_clock):
    done = []

    async def work():
        for number in range(100):
            await trio.lowlevel.checkpoint()
        done.append(trio.current_time())

    nursery.start_soon(work)
    await trio.sleep(2)
    assert done == [0]
"""
    )
    suite.runpytest_inprocess("--hocket=10", "-W", "ignore").assert_outcomes(passed=1)


def test_the_data_of_hypothesis_are_shown_and_shrunk_with_the_schedule(
    suite: pytest.Pytester,
) -> None:
    """Two deposits of one are the least that can race; what else was drawn is left out."""
    suite.makepyfile(
        test_total="""
import pytest, trio
from hypothesis import given, strategies as st

@pytest.mark.trio
@given(amounts=st.lists(st.integers(1, 9), max_size=3))
async def test_total(amounts):
    total = 0

    async def add(amount):
        nonlocal total
        seen = total
        await trio.lowlevel.checkpoint()
        total = seen + amount

    async with trio.open_nursery() as nursery:
        for amount in amounts:
            nursery.start_soon(add, amount)
    assert total == sum(amounts)
"""
    )
    found = suite.runpytest_inprocess("--hocket=50", "-W", "ignore")
    found.assert_outcomes(failed=1)
    found.stdout.fnmatch_lines(["* hocket data *", "amounts = [[]1, 1]"])


def test_what_failed_last_is_explored_alone(suite: pytest.Pytester) -> None:
    """With ``-k`` before it, as in any suite; parameters are told apart."""
    suite.makepyfile(
        test_park="""
import pytest, trio

@pytest.mark.trio
@pytest.mark.parametrize("stuck", [False, True])
async def test_wait(stuck):
    if stuck:
        await trio.Event().wait()

@pytest.mark.trio
async def test_other():
    await trio.sleep(1)
"""
    )
    first = suite.runpytest_inprocess("--hocket=3", "-W", "ignore", "-k", "wait")
    first.assert_outcomes(failed=1, passed=1, deselected=1)
    again = suite.runpytest_inprocess("--hocket=3", "-W", "ignore", "--lf")
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines(["1 tests explored under 1 schedules; 0 not explored"])
