"""One fuzzing process: ``python -m tests.fuzz.one TARGET FOLDER LIBFUZZER-OPTIONS...``.

It runs in an environment of its own, which has atheris; ``make fuzz`` sets it up.
"""

import importlib
import sys
from typing import Any

atheris: Any = importlib.import_module("atheris")

with atheris.instrument_imports(include=["hocket.scenarios.language", "hocket.simulator.engine"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Fuzz until libFuzzer's options say that it is enough, or a target raises."""
    name, *options = sys.argv[1:]
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
