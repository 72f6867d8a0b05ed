"""What a scenario promises by itself: properties that follow from what its lanes do."""

from hocket.scenarios.language.model import FinallyNoPending, Property, Scenario

__all__ = ["promises"]


def promises(scenario: Scenario) -> tuple[Property, ...]:
    """The properties that a sound runtime keeps in every schedule of ``scenario``."""
    return (FinallyNoPending(),)
