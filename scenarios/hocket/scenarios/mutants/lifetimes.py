"""Planted defects of what a turn lives and dies with."""

import trio

from hocket.runtime.policies import DisconnectPolicy
from hocket.runtime.runs import RunRecord
from hocket.runtime.turns import Turns

__all__ = ["TurnOfFirstDevice", "TurnOfServer"]


class TurnOfServer(Turns):
    """A turn always lives as long as the server, also where a lost connection should end it."""

    def home(self, record: RunRecord) -> trio.Nursery:
        return self.core.tasks


class TurnOfFirstDevice(Turns):
    """Where a lost connection ends turns, a turn lives with its user's oldest connection instead
    of with the one that started it.
    """

    def home(self, record: RunRecord) -> trio.Nursery:
        if self.core.policies.disconnect is not DisconnectPolicy.CANCEL:
            return super().home(record)
        devices = self.core.connections.open_ones()
        return next((d for d in devices if d.user == record.user), record.origin).nursery
