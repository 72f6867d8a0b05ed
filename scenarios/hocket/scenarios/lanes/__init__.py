"""Drives a scenario: its clients' lanes, step by step, through the connections of an adapter.

A lane is a task; its steps are in order, and everything between lanes is free.  A client keeps the
frames of all of its connections in one inbox, where each waiting step looks for the first that it
wants.  A wait that cannot end any more is decided when nothing can happen: ``else skip`` ends its
lane, any other makes the scenario fail as *lane stuck*.
"""

from hocket.scenarios.lanes.bench import Bench, Stuck
from hocket.scenarios.lanes.driver import Driver

__all__ = ["Bench", "Stuck", "run_lanes"]


async def run_lanes(bench: Bench) -> tuple[Stuck, ...]:
    """Run all lanes until nothing can happen any more; the waits that never ended."""
    for client in bench.scenario.clients:
        driver = Driver(bench, client)
        bench.nursery.start_soon(driver.lane, client.name, client.steps, name=client.name)
    return await bench.quiet()
