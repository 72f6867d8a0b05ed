"""Make the bundles ``base`` and ``head``: one program in two releases, and what changed in between.

``python examples/two_releases/make.py`` runs ``hocket run`` on the texts below and ``hocket merge``
on what came of it, and replaces both folders.  Everything but versions and wall time is the same
each time.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent

COUNTER = """\
import trio


async def {name}():
    counter = 0

    async def increment():
        nonlocal counter
{body}

    async with trio.open_nursery() as nursery:
        nursery.start_soon(increment)
        nursery.start_soon(increment)
    assert counter == 2


"""
LOSES = (
    "        seen = counter\n        await trio.lowlevel.checkpoint()\n        counter = seen + 1"
)
KEEPS = "        await trio.lowlevel.checkpoint()\n        counter += 1"

CANCEL = """\
scenario cancel_while_asked
  "A turn is cancelled while a person is asked; the tool never runs."

  setup
    user ann
    thread T of ann
    model T: call deploy(env: "prod") id "d1", then say "shipped"
    tool deploy: local, approval required

  client laptop of ann
    connect
    start T as t
    on approval deploy as p
    {last}

  expect
    after turn.cancelled(turn: t) never tool.started(tool: deploy)
    finally no pending
"""

RELEASES = {
    "base": {
        "counters.py": "".join(
            (
                COUNTER.format(name="still_lost", body=LOSES),
                COUNTER.format(name="once_lost", body=LOSES),
                COUNTER.format(name="kept", body=KEEPS),
                COUNTER.format(name="dropped", body=KEEPS),
            )
        ),
        "cancel_while_asked.hocket": CANCEL.format(last="cancel t"),
    },
    "head": {
        "counters.py": "".join(
            (
                COUNTER.format(name="still_lost", body=LOSES),
                COUNTER.format(name="once_lost", body=KEEPS),
                COUNTER.format(name="kept", body=KEEPS),
                COUNTER.format(name="new", body=KEEPS),
            )
        ),
        "cancel_while_asked.hocket": CANCEL.format(last="approve p"),
    },
}

APPROVE = "catalogue/approve_twice.hocket"
CAMPAIGNS = {
    "base": (
        f"{APPROVE} cancel_while_asked.hocket",
        "counters.py:kept --strategy exhaustive --bound preemptions=2",
        "counters.py:once_lost counters.py:dropped --strategy random",
        "counters.py:still_lost --strategy random --seed {seed}",
    ),
    "head": (
        f"{APPROVE} --mutant M07",
        "cancel_while_asked.hocket",
        " ".join(f"counters.py:{name}" for name in ("kept", "once_lost", "new", "still_lost"))
        + " --strategy random",
    ),
}
LUCKY_SEED = 1
"""With this one the race is found several times sooner than with the usual one."""


def main() -> None:
    """Make both bundles."""
    for release, files in RELEASES.items():
        with tempfile.TemporaryDirectory() as folder:
            _make(Path(folder), release, files)
            shutil.rmtree(HERE / release, ignore_errors=True)
            shutil.copytree(Path(folder) / "merged", HERE / release)


def _make(folder: Path, release: str, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    parts: list[str] = []
    for number, words in enumerate(CAMPAIGNS[release]):
        parts.append(f"part-{number}")
        arguments = words.format(seed=LUCKY_SEED).split()
        _hocket(folder, "run", *arguments, "--schedules", "40", "--bundle", parts[-1])
    _hocket(folder, "merge", *parts, "--bundle", "merged")


def _hocket(folder: Path, *arguments: str) -> None:
    """Run the command; a campaign that finds what it is meant to find exits with 1."""
    command = [sys.executable, "-m", "hocket.scenarios.cli", *arguments]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"hocket {' '.join(arguments)} ended with code {done.returncode}")


if __name__ == "__main__":
    main()
