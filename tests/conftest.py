"""What all tests share: how Hypothesis looks for examples.

The suite is a gate, so it looks for the same ones each time, and takes the time it takes: a machine
that is busy is no defect.  The tests in a browser need what only ``make browser-test`` installs.
"""

from importlib.util import find_spec

from hypothesis import HealthCheck, settings

settings.register_profile(
    "suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")

collect_ignore: list[str] = [] if find_spec("playwright") else ["browser"]
