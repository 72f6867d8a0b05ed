"""Suites of anyio's pytest plugin under ``pytest --hocket``."""

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder whose suite runs on anyio's Trio backend, and not by our own settings."""
    pytester.makeini("[pytest]\n")
    pytester.makeconftest("import pytest\n@pytest.fixture\ndef anyio_backend(): return 'trio'\n")
    return pytester


def test_fixtures_and_test_are_one_run_of_a_kernel_and_made_anew_for_each_schedule(
    suite: pytest.Pytester,
) -> None:
    """Tasks of a fixture go on during the test, in an order that the schedule decides."""
    suite.makepyfile(
        test_group="""
import anyio, pytest, trio

@pytest.fixture
async def box():
    kept = []

    async def fill():
        await anyio.sleep(5)
        kept.append("fixture")

    async with anyio.create_task_group() as group:
        group.start_soon(fill)
        yield kept
        group.cancel_scope.cancel()

@pytest.fixture
async def wanted(box):
    assert box == []
    return "fixture"

@pytest.mark.anyio
async def test_order(box, wanted):
    async def add():
        await anyio.sleep(5)
        box.append("test")

    async with anyio.create_task_group() as group:
        group.start_soon(add)
    await anyio.sleep(1)
    assert box == [wanted, "test"]
"""
    )
    found = suite.runpytest_inprocess("--hocket=50", "-W", "ignore")
    found.assert_outcomes(failed=1)
    found.stdout.fnmatch_lines(["*'test', 'fixture'*", "*1 tests explored*"])


def test_a_fixture_is_torn_down_also_after_a_failure(suite: pytest.Pytester) -> None:
    """And the schedules of the next test begin with nothing left over."""
    suite.makepyfile(
        test_ends="""
import anyio, pytest
ended = []

@pytest.fixture
async def resource():
    yield
    await anyio.sleep(1)
    ended.append(1)

@pytest.mark.anyio
async def test_fails(resource):
    assert False

@pytest.mark.anyio
async def test_hangs(resource):
    await anyio.Event().wait()

@pytest.mark.anyio
async def test_passes(resource):
    del ended[:]
    async with anyio.create_task_group() as group:
        group.start_soon(anyio.lowlevel.checkpoint)

def test_ended():
    assert ended == [1]
"""
    )
    ran = suite.runpytest_inprocess("--hocket=5", "-W", "ignore")
    ran.assert_outcomes(passed=2, failed=2)
    ran.stdout.fnmatch_lines(["*waits for an event at test_ends.py:*(test_hangs)*"])


def test_a_fixture_of_wider_scope_keeps_its_tests_as_they_are(suite: pytest.Pytester) -> None:
    """They are listed with its name; a test beside them is explored, though its run still lives."""
    suite.makepyfile(
        test_wide="""
import anyio, pytest

@pytest.fixture(scope="module")
def anyio_backend():
    return "trio"

@pytest.fixture(scope="module")
async def server():
    async with anyio.create_task_group() as group:
        yield group

@pytest.mark.anyio
async def test_with(server):
    await anyio.sleep(0)

@pytest.mark.anyio
async def test_without():
    async with anyio.create_task_group() as group:
        group.start_soon(anyio.sleep, 3600)

@pytest.mark.anyio
async def test_again(server):
    await anyio.sleep(0)
"""
    )
    ran = suite.runpytest_inprocess("--hocket=5", "-W", "ignore")
    ran.assert_outcomes(passed=3)
    ran.stdout.fnmatch_lines(
        ["1 tests explored under 5 schedules; 2 not explored", "*wide async fixture server"]
    )


def test_other_backends_run_once_as_ever(suite: pytest.Pytester) -> None:
    """A test on asyncio runs no Trio, so there is nothing to explore."""
    suite.makepyfile(
        test_both="""
import anyio, pytest

@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param

@pytest.mark.anyio
async def test_both(anyio_backend_name):
    assert await anyio.to_thread.run_sync(lambda: 3) == 3
"""
    )
    ran = suite.runpytest_inprocess("--hocket=5", "-W", "ignore")
    ran.assert_outcomes(passed=2)
    ran.stdout.fnmatch_lines(["1 tests explored under 5 schedules; 0 not explored"])
