"""Looking on shows waits, holds, messages and cancellations, and changes none of them."""

from collections.abc import Awaitable, Callable

import trio

from hocket.simulator import explore
from hocket.simulator.connections import DELIVER, DROP, connect
from hocket.simulator.engine.sightings import Sight, Sighting
from hocket.simulator.engine.token import decode
from hocket.simulator.exploring import target_of
from hocket.simulator.looking import Look, look_at

AnyLock = trio.Lock | trio.StrictFIFOLock
AsyncFunction = Callable[[], Awaitable[object]]


def _look(target: AsyncFunction) -> Look:
    result = explore(target, schedules=50)
    return look_at(target_of(target), decode(result.failures[0].token))


def _seen(look: Look, sight: Sight) -> list[Sighting]:
    return [seen for seen in look.sightings if seen.sight is sight and seen.task != "init"]


async def two_locks() -> None:
    """Two tasks take two locks in opposite orders."""
    left: AnyLock = trio.Lock()
    right: AnyLock = trio.StrictFIFOLock()

    async def take(first: AnyLock, second: AnyLock) -> None:
        async with first, second:
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(take, left, right)
        nursery.start_soon(take, right, left)


def test_locks_are_seen_held_and_waited_for() -> None:
    """Each task holds its first lock, and waits for the one that the other holds."""
    look = _look(two_locks)
    assert {(s.task, s.key) for s in _seen(look, Sight.TAKES)} == {
        ("main/0", "0#0"),
        ("main/1", "1#0"),
    }
    stuck = {s.task: s.held_by for s in _seen(look, Sight.WAITS)}
    assert stuck["main/0"] == ("main/1",)
    assert stuck["main/1"] == ("main/0",)


def test_a_lock_that_is_given_back_belongs_to_who_waits() -> None:
    """The one who waited holds it before it runs again."""

    async def target() -> None:
        lock = trio.Lock()

        async def work() -> None:
            async with lock:
                await trio.sleep(1)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
            nursery.start_soon(work)
        raise ValueError

    look = _look(target)
    held = [
        (seen.sight, seen.task, seen.what)
        for seen in look.sightings
        if seen.sight in (Sight.TAKES, Sight.GIVES)
    ]
    first, second = held[0][1], held[2][1]
    assert {first, second} == {"main/0", "main/1"}
    assert held == [
        (Sight.TAKES, first, "a lock `lock`"),
        (Sight.GIVES, first, "a lock `lock`"),
        (Sight.TAKES, second, "a lock `lock`"),
        (Sight.GIVES, second, "a lock `lock`"),
    ]


def test_messages_are_joined_with_their_receipt() -> None:
    """A message has one key where it is sent and where it is received; a dropped one has no end."""

    async def target() -> None:
        here, there = connect("a", "b")
        fates = iter((DELIVER, DROP))
        here.outgoing.rules.append(lambda _link, _message: next(fates, None))
        for text in ("one", "two", "three"):
            await here.send(text)
        assert [await there.receive(), await there.receive()] == ["one", "three"]
        raise ValueError

    look = _look(target)
    sent = {seen.key: seen.what for seen in _seen(look, Sight.SENDS)}
    received = {seen.key: seen.what for seen in _seen(look, Sight.RECEIVES)}
    assert list(sent.values()) == ["one", "two", "three"]
    assert {key: text for key, text in sent.items() if text != "two"} == received


def test_a_cancellation_is_seen_where_it_is_delivered() -> None:
    """In the task that is told, at the line where it waits."""

    async def target() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep_forever)
            await trio.lowlevel.checkpoint()
            nursery.cancel_scope.cancel()
        raise ValueError

    look = _look(target)
    assert "main/0" in [seen.task for seen in _seen(look, Sight.CANCELLED)]
    assert "main/0" in [seen.task for seen in _seen(look, Sight.ENDS)]


def test_looking_on_changes_nothing() -> None:
    """The trace is the one that the campaign recorded, digest for digest."""
    result = explore(two_locks, schedules=50)
    (failure,) = result.failures
    look = look_at(target_of(two_locks), decode(failure.token))
    trace = look.execution.trace
    assert trace is not None
    assert trace.digest() == failure.digest
    assert look.names["main/0"].endswith("take")
    assert all(seen.at <= len(trace) for seen in look.sightings)


def test_values_in_memory_channels_are_joined_with_their_receipt() -> None:
    """Handed over at once, kept in the buffer, or waited with; the same object sent twice too."""

    async def target() -> None:
        send, receive = trio.open_memory_channel[str](1)

        async def produce() -> None:
            for _ in range(3):
                await send.send("again")
            send.send_nowait("last")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(produce)
            for _ in range(3):
                await receive.receive()
            await trio.sleep(1)
            assert receive.receive_nowait() == "last"
        raise ValueError

    look = _look(target)
    sent = [(seen.key, seen.what, seen.task) for seen in _seen(look, Sight.SENDS)]
    received = [(seen.key, seen.what, seen.task) for seen in _seen(look, Sight.RECEIVES)]
    assert sent == [(f"0#{n}", "'again'", "main/0") for n in (1, 2, 3)] + [
        ("0#4", "'last'", "main/0")
    ]
    assert [(key, what, "main/0") for key, what, _ in received] == sent
    assert {task for _, _, task in received} == {"main"}


def test_bytes_over_a_socket_are_joined_with_their_receipt() -> None:
    """Each piece that was sent is received by the other end of the connection."""

    async def target() -> None:
        listeners = await trio.open_tcp_listeners(8000, host="127.0.0.1")

        async def answer(stream: trio.SocketStream) -> None:
            await stream.send_all(await stream.receive_some() + b"!")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.serve_listeners, answer, listeners)
            stream = await trio.open_tcp_stream("127.0.0.1", 8000)
            await stream.send_all(b"hello")
            await stream.receive_some()
            nursery.cancel_scope.cancel()
        raise ValueError

    look = _look(target)
    sent = [seen.key for seen in _seen(look, Sight.SENDS) if seen.what.startswith("b'hello")]
    received = [seen.key for seen in _seen(look, Sight.RECEIVES)]
    assert len(sent) == 2
    assert set(sent) <= set(received)


def test_the_end_of_a_sleep_is_no_cancellation() -> None:
    """Though Trio ends it by one; a timeout of the program's own is."""

    async def target() -> None:
        with trio.move_on_after(5):
            await trio.sleep(1)
            await trio.sleep(60)
        raise ValueError

    cancelled = _seen(_look(target), Sight.CANCELLED)
    assert [seen.task for seen in cancelled] == ["main"]
    assert "target" in cancelled[0].what


async def quick_work_under_a_watchdog() -> None:
    """Its time-out comes only where a step is slow."""
    with trio.move_on_after(2) as watchdog:
        for _ in range(5):
            await trio.lowlevel.checkpoint()
    assert not watchdog.cancelled_caught, "too slow"


def test_a_look_is_in_the_setting_of_the_token() -> None:
    """What fails by a slow step fails so again, and is not another execution."""
    (failure,) = explore(quick_work_under_a_watchdog, schedules=50, slow_steps=5).failures
    look = look_at(target_of(quick_work_under_a_watchdog), decode(failure.token))
    assert look.execution.rejection is not None
    assert look.execution.rejection.origin == failure.origin
