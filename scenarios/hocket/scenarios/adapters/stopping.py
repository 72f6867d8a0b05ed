"""The reference runtime in a process that may be stopped in good order, and then begins again.

As a server is that gets SIGTERM: connections are closed, turns are cancelled, jobs are interrupted,
and all of them have ended before the databases are closed.
"""

from attrs import define, field

from hocket.scenarios.adapters.restarting import RestartingAdapter

__all__ = ["StoppingAdapter", "stopping"]


@define(eq=False)
class StoppingAdapter(RestartingAdapter):
    """The reference runtime, stopped at most once an execution."""

    what: str = field(default="stop", init=False)

    async def end(self) -> dict[str, bytes]:
        """Stop the process; everything that it committed is left."""
        await self.halt()
        return self.store.remains()


def stopping() -> StoppingAdapter:
    """The reference runtime, with a stop."""
    return StoppingAdapter()
