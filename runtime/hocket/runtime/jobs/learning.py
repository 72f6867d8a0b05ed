"""What is learned from turns: extraction, promotion into the user's own store, and episodes.

Between a model's answer and the user's store nothing is held open.  The turns of an episode are
claimed with the row of its job, before the model is asked; what is added to the user's store is
known there by the operation or the turns it came from, so that doing a job over adds nothing.
"""

from functools import partial

from attrs import define

from hocket.runtime.conversation import Message, spoken
from hocket.runtime.core import Core
from hocket.runtime.memory import Memory
from hocket.runtime.models.contract import ModelRequest, Purpose, ToolChoice
from hocket.runtime.prompts import templates
from hocket.runtime.protocol.lifecycle import RunStatus
from hocket.runtime.store import job_units, personal_units, rows
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.job_units import Outcome
from hocket.runtime.store.records import Job
from hocket.runtime.store.store import UserScope

__all__ = ["Learning"]


@define(eq=False)
class Learning:
    """Learns about users from their completed turns."""

    core: Core
    memory: Memory

    async def extract(self, job: Job, scope: UserScope) -> Outcome:
        """Ask the model what is worth remembering of a turn."""
        said = await scope.shared(_said_by, job.run or "")
        texts = (await self._ask(job, Purpose.EXTRACTION, templates.EXTRACTION, said)).splitlines()
        return partial(_queue, job=job, texts=[text.strip() for text in texts if text.strip()])

    async def promote(self, job: Job, scope: UserScope) -> Outcome:
        """Move what was learned into the user's own store, all that is there by now."""
        ops = await scope.shared(job_units.pending_ops, scope.user)
        self.memory.learn(scope.user, await self.apply(job, scope, ops))
        return partial(job_units.applied_ops, ops=ops)

    async def apply(
        self, job: Job, scope: UserScope, ops: tuple[tuple[int, str], ...]
    ) -> tuple[int, str]:
        """The body of a promotion, on a worker thread; the block as it is then."""
        return await scope.own(personal_units.add_items, job, ops)

    async def tell_episode(self, job: Job, scope: UserScope) -> Outcome:
        """Make a story of the turns that were claimed for it."""
        runs, said = await scope.shared(_said_in, job)
        if runs:
            told = await self._ask(job, Purpose.EPISODE, templates.EPISODE, said)
            text = " ".join(told.split())
            block = await scope.own(personal_units.add_episode, job, runs, text)
            self.memory.learn(scope.user, block)
        return _nothing

    async def _ask(
        self, job: Job, purpose: Purpose, system: str, messages: tuple[Message, ...]
    ) -> str:
        request = ModelRequest(
            *(job.run or job.id, job.thread or "", 0, spoken(messages), (), self.core.options),
            system=system,
            choice=ToolChoice.NONE,
            purpose=purpose,
        )
        return (await self.core.model.reply(request, _unheard)).text


def _unheard(_piece: str) -> None:
    """Nobody is told how it comes about."""


def _nothing(_tx: Transaction) -> tuple[Job, ...]:
    return ()


def _queue(tx: Transaction, job: Job, texts: list[str]) -> tuple[Job, ...]:
    return job_units.queue_ops(tx, job, texts)


def _said_by(tx: Transaction, run: str) -> tuple[Message, ...]:
    """What a run said; nothing, if it was deleted meanwhile."""
    return rows.own_messages(tx, run)


def _said_in(tx: Transaction, job: Job) -> tuple[tuple[str, ...], tuple[Message, ...]]:
    """The runs of an episode, and what they said."""
    found = tx.execute(
        "SELECT run_id FROM runs WHERE thread_id = ? AND status = ?"
        " AND completed_seq > ? AND completed_seq <= ? ORDER BY completed_seq",
        *(job.thread, RunStatus.COMPLETED, job.first, job.last),
    ).fetchall()
    runs = tuple(run for (run,) in found)
    return runs, tuple(message for run in runs for message in rows.own_messages(tx, run))
