"""Checks that need no assertion, as a suite under ``pytest --hocket`` meets them."""

import re

import pytest

pytest_plugins = ["pytester"]

LIBRARY = """
import trio


class Silent(trio.abc.SendStream):
    async def send_all(self, data):
        pass

    async def wait_send_all_might_not_block(self):
        await trio.lowlevel.checkpoint()

    async def aclose(self):
        pass


async def swallow(seconds):
    try:
        await trio.sleep(seconds)
    except trio.Cancelled:
        pass


async def swallow_and_meet_the_next(seconds):
    await swallow(seconds)
    await trio.sleep(seconds)


async def tidy_up(seconds):
    try:
        await trio.sleep(seconds)
    finally:
        with trio.CancelScope(shield=True):
            await trio.sleep(1)


async def move_on(seconds):
    with trio.move_on_after(seconds / 2):
        await trio.sleep(seconds)


async def clean_up_with_an_error(seconds):
    try:
        await trio.sleep(seconds)
    finally:
        try:
            await trio.lowlevel.checkpoint()
        finally:
            raise ValueError("in clean-up")


async def sleep_within(seconds):
    with trio.move_on_after(seconds):
        await trio.sleep(seconds)


class Loud:
    def __del__(self):
        raise ValueError("in a destructor")


async def drop():
    Loud()
    await trio.lowlevel.checkpoint()


async def abandoned():
    try:
        yield 1
        yield 2
    finally:
        raise KeyError("in clean-up")


async def abandon():
    async for _ in abandoned():
        break
    await trio.sleep(1)


async def consume(receive):
    await trio.lowlevel.checkpoint()
    async with receive:
        async for _ in receive:
            pass


async def hold(lock):
    await lock.acquire()
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder with a small library that does right and wrong."""
    pytester.makeini("[pytest]\ntrio_mode = true\npythonpath = .\n")
    pytester.makepyfile(library=LIBRARY)
    return pytester


WRONG = {
    "swallowed-cancellation": """
async def test_it():
    with trio.move_on_after(1):
        await library.swallow(5)
""",
    "swallowed-cancellation: swallow": """
async def test_it(nursery):
    nursery.start_soon(library.swallow, 5)
    await trio.sleep(1)
    nursery.cancel_scope.cancel()
""",
    "missing-checkpoint: Silent.send_all returned without a checkpoint": """
async def test_it():
    await library.Silent().send_all(b"x")
""",
    "lost-exception: nobody hears of ValueError: in a destructor at library.py:": """
async def test_it():
    await library.drop()
""",
    "lost-exception: nobody hears of KeyError: 'in clean-up' at library.py:": """
async def test_it():
    await library.abandon()
""",
    "leaked-channel: the receiving half of the channel of test_it.py:4": """
async def test_it():
    send, receive = trio.open_memory_channel(0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(library.consume, receive)
        nursery.start_soon(nursery.cancel_scope.cancel)
        send.close()

async def cancel(nursery): nursery.cancel_scope.cancel()
""".replace("start_soon(nursery.cancel_scope.cancel)", "start_soon(cancel, nursery)"),
    "hold ended while holding a lock": """
async def test_it(nursery):
    nursery.start_soon(library.hold, trio.Lock())
    await trio.sleep(1)
""",
}

RIGHT = """
import pytest, trio, library

async def test_scopes():
    with trio.move_on_after(1):
        await library.swallow_and_meet_the_next(5)
    with trio.move_on_after(1):
        await library.tidy_up(5)
    with trio.move_on_after(4):
        await library.move_on(5)
    with trio.CancelScope() as scope:
        scope.cancel()
        with pytest.raises(trio.Cancelled):
            await library.tidy_up(5)

async def test_tasks(nursery):
    for each in (library.move_on, library.tidy_up, library.swallow_and_meet_the_next):
        nursery.start_soon(each, 5)
    await trio.sleep(1)
    nursery.cancel_scope.cancel()

async def test_errors():
    with pytest.raises(ValueError):
        with trio.move_on_after(1):
            await library.clean_up_with_an_error(5)

async def test_two_time_outs_at_once():
    await library.sleep_within(5)

async def test_channels_and_locks():
    send, receive = trio.open_memory_channel(3)
    await send.send(1)
    await trio.Lock().acquire()

class Mock(library.Silent):
    async def send_all(self, data):
        pass

async def test_mock():
    await Mock().send_all(b"x")
"""


@pytest.mark.parametrize("said", WRONG)
def test_what_is_wrong_under_trios_rules_is_told(suite: pytest.Pytester, said: str) -> None:
    """Without any assertion; and a name in ``allow`` lets it be."""
    suite.makepyfile(test_it="import trio, library\n" + WRONG[said])
    suite.runpytest_inprocess("-W", "ignore").assert_outcomes(passed=1)
    found = suite.runpytest_inprocess("--hocket=20", "-W", "ignore")
    found.assert_outcomes(failed=1)
    assert said in " ".join(str(found.stdout).split())
    name = "held-lock" if "lock" in said else said.partition(":")[0]
    allowed = suite.runpytest_inprocess("--hocket=20", "-W", "ignore", "-o", f"hocket_allow={name}")
    allowed.assert_outcomes(passed=1)


def test_what_is_right_is_not(suite: pytest.Pytester) -> None:
    """Scopes that catch, clean-up that waits, and what a test does itself."""
    suite.makepyfile(test_right=RIGHT)
    ran = suite.runpytest_inprocess("--hocket=20", "-W", "ignore")
    ran.assert_outcomes(passed=6)
    ran.stdout.fnmatch_lines(["6 tests explored under 120 schedules; 0 not explored"])


def test_a_replay_tells_it_too(suite: pytest.Pytester) -> None:
    """Though the test itself comes to its end."""
    suite.makepyfile(test_it="import trio, library\n" + WRONG["swallowed-cancellation"])
    found = suite.runpytest_inprocess("--hocket=20", "-W", "ignore")
    command = re.search(r"pytest '(\S+)' (--hocket-replay=\S+)", str(found.stdout))
    assert command is not None
    again = suite.runpytest_inprocess(*command.groups(), "-W", "ignore")
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines(["swallowed-cancellation: *", "the same execution as recorded"])
