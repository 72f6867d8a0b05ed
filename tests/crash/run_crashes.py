"""Kill a server again and again under load, and look whether anything that was told is lost.

    make crash-test
    python -m tests.crash.run_crashes --kills 20 --seed 7

Each time the server, which is the code of ``hocket serve`` in a process of its own, is started on
what the last one left, its store is compared with what clients were told, clients have turns, and
after a random moment it is killed with SIGKILL.  At the end everything that still waits is decided.
A moment is a number of frames drawn from the seed; what it hits depends on the machine.  Exit code
1 if anything was lost, done twice, or left without an end.
"""

import argparse
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from random import Random

import trio
from attrs import define, field
from tests.crash.ledger import Ledger, effects_in, unsettled, violations
from tests.crash.load import Client, under_load
from tests.crash.server import DATABASE, EFFECTS, USERS, Served

__all__ = ["Campaign", "main"]

CLIENTS_PER_USER = 2
FRAMES_MAX = 150
PAUSE_SECONDS_MAX = 0.02
LIFE_SECONDS_MAX = 20.0
SECONDS_MAX = 480.0


@define(eq=False)
class Campaign:
    """One folder, one ledger, and many servers that die."""

    folder: Path
    seed: int
    ledger: Ledger = field(factory=Ledger)
    problems: list[str] = field(factory=list[str])
    kills: int = 0
    caught: int = 0
    chance: Random = field(init=False)
    clients: list[Client] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.chance = Random(self.seed)
        self.clients = [
            Client(f"{user}{number}", user, self.ledger, Random(f"{self.seed} {user} {number}"))
            for user in USERS
            for number in range(CLIENTS_PER_USER)
        ]

    def run(self, kills: int, seconds_max: float = SECONDS_MAX) -> None:
        """Let so many servers die, or as many as there is time for, and decide what is left."""
        until = time.monotonic() + seconds_max
        while self.kills < kills and not self.problems and time.monotonic() < until:
            served = Served(self.folder)
            served.start()
            try:
                trio.run(self._live, served)
            finally:
                served.kill()
            self.kills += 1
            self.caught += len(unsettled(self.folder / DATABASE))
        if not self.problems:
            self._end()

    async def _live(self, served: Served) -> None:
        """One life: compared at its beginning, and ended while clients are at work."""
        await self._let_in(served)
        self._compare("after a kill")
        ready = trio.Event()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(under_load, served.url, self.clients, self.kills, ready)
            await ready.wait()
            await self._moment()
            served.kill()

    async def _moment(self) -> None:
        """Wait for the moment of death: some frames later, and a little, however slow all is."""
        wanted = self.ledger.heard + self.chance.randint(1, FRAMES_MAX)
        pause = self.chance.random() * PAUSE_SECONDS_MAX
        with trio.move_on_after(LIFE_SECONDS_MAX):
            while self.ledger.heard < wanted:
                await trio.sleep(0.001)
        await trio.sleep(pause)

    async def _let_in(self, served: Served) -> None:
        """A server has recovered when it lets somebody in."""
        probe = Client("probe", USERS[0], Ledger(), Random(0))
        with trio.fail_after(30):
            await probe.is_let_in(served.url)

    def _compare(self, when: str) -> None:
        database = self.folder / DATABASE
        found = [*unsettled(database), *self.broken()]
        self.problems += [f"{when} (kill {self.kills}): {problem}" for problem in found]

    def broken(self) -> list[str]:
        """Where the store or the world is not as clients were told."""
        effects = effects_in(self.folder / EFFECTS)
        return violations(self.ledger, self.folder / DATABASE, effects)

    def _end(self) -> None:
        """Decide what still waits, stop in good order, and compare for the last time."""
        served = Served(self.folder)
        served.start()
        try:
            for user in USERS:
                client = Client("last", user, self.ledger, self.chance)
                trio.run(client.decide_all, served.url, _pending(self.folder / DATABASE))
        finally:
            code = served.stop()
        self._compare("at the end")
        if code != 0:
            self.problems.append(f"the last server ended with code {code}")
        self.problems += [f"{one} still pends" for one in _pending(self.folder / DATABASE)]

    def summary(self) -> str:
        """What happened, in a few lines."""
        ends = list(self.ledger.ends.values())
        told = ", ".join(f"{ends.count(end)} {end}" for end in sorted(set(ends)))
        effects = len(self.ledger.effects) + len(effects_in(self.folder / EFFECTS))
        return (
            f"{self.kills} kills, seed {self.seed}: {self.caught} runs were caught under way\n"
            f"clients were told of {len(self.ledger.texts)} runs: {told}\n"
            f"{effects} effects of tools, {len(self.ledger.approvals)} approvals\n"
            f"{len(self.problems)} violations"
        )


def _pending(database: Path) -> list[str]:
    """Approvals that pend, also those that no client lived to hear of."""
    with closing(sqlite3.connect(database)) as rows:
        found = rows.execute("SELECT approval_id FROM approvals WHERE status = 'pending'")
        return [str(approval) for (approval,) in found.fetchall()]


def main(arguments: list[str] | None = None) -> int:
    """The command; its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="hocket-crash-") as folder:
        campaign = Campaign(Path(folder), options.seed)
        began = time.monotonic()
        campaign.run(options.kills)
        print(campaign.summary())
        print("\n".join(campaign.problems[:50]), file=sys.stderr)
        print(f"in {time.monotonic() - began:.0f} s")
    enough = campaign.kills == options.kills
    if not enough:
        print(f"only {campaign.kills} of {options.kills} kills", file=sys.stderr)
    return 0 if enough and not campaign.problems else 1


if __name__ == "__main__":
    sys.exit(main())
