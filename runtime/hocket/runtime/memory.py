"""What is remembered of users, as their turns are shown it.

One text a user, whatever the thread; what belongs to a thread is in the thread's history.  The
text has a version that grows in the user's own database, and a newer one is never replaced by an
older one, however late that was read.
"""

from attrs import define, field

from hocket.runtime.store import personal_units
from hocket.runtime.store.store import UserScope

__all__ = ["Memory"]


@define(eq=False)
class Memory:
    """The texts of the users who had a turn, each with its version."""

    _blocks: dict[str, tuple[int, str]] = field(factory=dict[str, tuple[int, str]], init=False)

    async def recall(self, scope: UserScope) -> str:
        """What is remembered of the scope's user."""
        if scope.user not in self._blocks:
            self.learn(scope.user, await scope.own(personal_units.read_block))
        return self._blocks[scope.user][1]

    def learn(self, user: str, block: tuple[int, str]) -> None:
        """Take note of a version of the text, unless a later one is known."""
        known = self._blocks.get(user)
        if known is None or known[0] < block[0]:
            self._blocks[user] = block
