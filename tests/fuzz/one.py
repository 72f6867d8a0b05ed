"""One fuzzing process: ``python -m tests.fuzz.one TARGET FOLDER LIBFUZZER-OPTIONS...``.

It runs in an environment of its own, which has atheris; ``make fuzz`` sets it up.  How long an
input takes is measured in processor time, so that a busy machine is no defect.
"""

import importlib
import signal
import sys
from types import FrameType
from typing import Any

atheris: Any = importlib.import_module("atheris")

with atheris.instrument_imports(include=["hocket.scenarios.language", "hocket.simulator.engine"]):
    from tests.fuzz.targets import TARGETS


SECONDS_OF_ONE_INPUT = 10.0
"""Processor time; inputs are small, and take a few milliseconds."""


def main() -> None:
    """Fuzz until libFuzzer's options say that it is enough, or a target raises."""
    name, *options = sys.argv[1:]
    target = TARGETS[name]
    signal.signal(signal.SIGVTALRM, too_long)

    def timed(data: bytes) -> None:
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS_OF_ONE_INPUT)
        target(data)

    atheris.Setup([sys.argv[0], *options], timed)
    atheris.Fuzz()


def too_long(_signal: int, _frame: FrameType | None) -> None:
    """An input has taken all of its time."""
    raise AssertionError(f"more than {SECONDS_OF_ONE_INPUT:g} s of processor time")


if __name__ == "__main__":
    main()
