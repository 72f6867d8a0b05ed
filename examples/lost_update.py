"""Two tasks read a counter, wait, and write it back: in some orders one update is lost."""

import trio


async def main() -> None:
    """The target: an async function without arguments."""
    counter = 0

    async def increment() -> None:
        nonlocal counter
        seen = counter
        await trio.lowlevel.checkpoint()  # anything that waits: a query, a request, a lock
        counter = seen + 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(increment)
        nursery.start_soon(increment)
    assert counter == 2, f"an update was lost: the counter is {counter}"
