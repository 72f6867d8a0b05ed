"""``pytest --hocket``, as the maintainer of a suite types it."""

import re

import pytest
from tests.scenarios.suites import RACE

pytest_plugins = ["pytester"]


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder whose pytest knows pytest-trio, as ours does, and not our own settings."""
    pytester.makeini("[pytest]\n")
    return pytester


def test_a_race_is_found_told_and_replayed(suite: pytest.Pytester) -> None:
    """The report has the shrunk schedule and a command, which shows the same execution."""
    suite.makepyfile(test_bank=RACE)
    suite.runpytest_inprocess("-W", "ignore").assert_outcomes(failed=0, passed=1)
    found = suite.runpytest_inprocess("--hocket=50", "-W", "ignore")
    found.assert_outcomes(failed=1)
    found.stdout.fnmatch_lines(["*1 preemption:*", "*preempts*", "*--hocket-replay=hk1.*"])
    command = re.search(r"pytest '(\S+)' (--hocket-replay=\S+)", str(found.stdout))
    assert command is not None
    again = suite.runpytest_inprocess(*command.groups(), "-W", "ignore")
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines(["*the same execution as recorded*"])


def test_a_suite_without_a_race_passes_and_fixtures_are_made_anew(suite: pytest.Pytester) -> None:
    """Every schedule has its own function-scoped fixtures and instance; wider ones are kept."""
    suite.makepyfile(
        test_scopes="""
import pytest, trio
made = {"function": 0, "async": 0, "module": 0}

@pytest.fixture(scope="module")
def module():
    made["module"] += 1

@pytest.fixture
def plain():
    made["function"] += 1
    return []

@pytest.fixture
async def slow():
    made["async"] += 1
    await trio.sleep(3)
    yield []
    await trio.sleep(3)

class TestScopes:
    @pytest.mark.trio
    async def test_all(self, module, plain, slow, autojump_clock):
        assert not hasattr(self, "seen") and plain == slow == []
        self.seen = 1
        plain.append(1)
        slow.append(1)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.lowlevel.checkpoint)
            nursery.start_soon(trio.lowlevel.checkpoint)

def test_count():
    assert made == {"function": 8, "async": 8, "module": 1}  # the default schedule first
"""
    )
    ran = suite.runpytest_inprocess("--hocket=7", "-W", "ignore")
    ran.assert_outcomes(passed=2)
    ran.stdout.fnmatch_lines(["1 tests explored under 7 schedules; 0 not explored"])


def test_trio_run_inside_a_plain_test_is_explored(suite: pytest.Pytester) -> None:
    """Also where it is called twice: both runs are one schedule."""
    suite.makepyfile(
        test_plain="""
import trio

def test_two_runs():
    order = []

    async def main():
        async with trio.open_nursery() as nursery:
            for name in "ab":
                nursery.start_soon(say, name)

    async def say(name):
        await trio.lowlevel.checkpoint()
        order.append(name)

    trio.run(main)
    trio.run(main)
    assert order != ["b", "a", "b", "a"]
"""
    )
    ran = suite.runpytest_inprocess("--hocket", "-W", "ignore")
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(["*--hocket-replay=hk1.*"])


def test_what_needs_the_real_world_is_run_once_and_listed(suite: pytest.Pytester) -> None:
    """With the reason; it passes or fails as it always does."""
    suite.makepyfile(
        test_world="""
import socket, subprocess, sys, pytest, trio

@pytest.mark.trio
async def test_process():
    done = await trio.run_process([sys.executable, "-c", "print(1)"], capture_stdout=True)
    assert done.stdout == b"1\\n"

@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]

@pytest.mark.trio
async def test_server(port):
    async with await trio.open_tcp_stream("127.0.0.1", port):
        pass

@pytest.mark.trio
async def test_refused():
    with pytest.raises(OSError):
        await trio.open_tcp_stream("127.0.0.1", 9)

@pytest.mark.trio
@pytest.mark.xfail
async def test_expected():
    assert False
"""
    )
    ran = suite.runpytest_inprocess("--hocket=5", "-W", "ignore")
    ran.assert_outcomes(passed=3, xfailed=1)
    ran.stdout.fnmatch_lines(
        [
            "1 tests explored under 5 schedules; 3 not explored",
            "*test_process: *real*test_world.py*",
            "*test_server: nothing simulated listens at 127.0.0.1 port * at test_world.py:*",
            "*expected*",
        ]
    )


def test_a_deadlock_is_a_failure(suite: pytest.Pytester) -> None:
    """Plain pytest would hang."""
    suite.makepyfile(
        test_stuck="""
import pytest, trio

@pytest.mark.trio
async def test_stuck():
    await trio.Event().wait()
"""
    )
    ran = suite.runpytest_inprocess("--hocket=5", "-W", "ignore")
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(["*deadlock*", "*also fails in lockstep*", "*waits for an event*"])


def test_the_flag_may_stand_before_a_path(suite: pytest.Pytester) -> None:
    """``--hocket tests`` does not take the path for a number; other words are refused."""
    suite.makepyfile(test_bank=RACE)
    suite.runpytest_inprocess("--hocket", "test_bank.py", "-W", "ignore").assert_outcomes(failed=1)
    refused = suite.runpytest_inprocess("--hocket=many", "-W", "ignore")
    refused.stderr.fnmatch_lines(["*--hocket takes a number of schedules*"])


def test_a_marker_decides_for_its_test(suite: pytest.Pytester) -> None:
    """``schedules=0`` leaves the test out, and a wrong name is told."""
    suite.makepyfile(
        test_bank=RACE.replace(
            "@pytest.mark.trio", "@pytest.mark.hocket(schedules=0)\n@pytest.mark.trio"
        )
    )
    suite.runpytest_inprocess("--hocket", "-W", "ignore").assert_outcomes(passed=1)
    suite.makepyfile(
        test_bank=RACE.replace(
            "@pytest.mark.trio", "@pytest.mark.hocket(tries=0)\n@pytest.mark.trio"
        )
    )
    wrong = suite.runpytest_inprocess("--hocket", "-W", "ignore")
    assert "the marker hocket has no tries" in str(wrong.stdout) + str(wrong.stderr)
