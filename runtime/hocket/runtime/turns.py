"""Turns: from the request of a user to the one fate of its run.

A turn is accepted and stored before anything else happens for it; then its task waits for the
thread's lock, and works in *segments*: one until the turn ends or pauses for an approval, and one
more for each decision.  Between two checkpoints of a segment at most one unit of work is committed,
and every unit asks the store whether the run is still the task's to work for.  A task that leaves
a segment before its end has been cancelled, by whatever means, and says so in the store.

What goes wrong in a tool or in the model is an outcome of the turn.  A turn whose store has no room
for it, or is held by somebody else, has failed, as soon as that can be stored.  Any other exception
is a defect of the runtime and is let through.

The module is long because a turn is one story, and what comes before what is its point.
"""

from collections.abc import Awaitable, Callable
from functools import partial

import trio
from attrs import define

from hocket.runtime.approvals import Approvals
from hocket.runtime.cancellation import Cancellation
from hocket.runtime.connections import Connection
from hocket.runtime.conversation import Call, Message, Role, canonical
from hocket.runtime.core import Core
from hocket.runtime.delegation import Delegation
from hocket.runtime.history import HistoryCache
from hocket.runtime.jobs.board import Jobs
from hocket.runtime.memory import Memory
from hocket.runtime.models.contract import ModelError, ModelReply
from hocket.runtime.policies import DisconnectPolicy, MemoryPolicy
from hocket.runtime.prompting import Prompting
from hocket.runtime.prompts import schemas, templates
from hocket.runtime.protocol.frames import (
    ApprovalResponse,
    MessageDelta,
    ProtocolFault,
    RequestRejected,
    RunQueued,
    ServerFrame,
    ToolCall,
    ToolReturn,
    TurnCompleted,
    TurnFailed,
    UserMessage,
)
from hocket.runtime.protocol.lifecycle import CallStatus, RunStatus
from hocket.runtime.runs import RunRecord
from hocket.runtime.segments import Segment
from hocket.runtime.store import units
from hocket.runtime.store.errors import UNSTORED, StoreError
from hocket.runtime.store.records import (
    Acceptance,
    Checkpoint,
    Ending,
    Job,
    PauseOutcome,
    StopReason,
    TurnRequest,
)
from hocket.runtime.thread_locks import ThreadLocks, Ticket
from hocket.runtime.tools import ToolContext, ToolOutcome, run_tool

__all__ = ["Turns"]

_REJECTIONS = {
    "busy": "another turn of the thread is under way",
    "approval_pending": "a turn of the thread waits for an approval",
    "not_found": "there is no such thread",
    "limit": "too many turns wait for the thread",
    "unavailable": UNSTORED,
}


@define(eq=False)
class Turns:
    """Accepts turns, and works for them."""

    core: Core
    history: HistoryCache
    locks: ThreadLocks
    delegation: Delegation
    cancellation: Cancellation
    approvals: Approvals
    prompting: Prompting
    memory: Memory
    jobs: Jobs

    # The beginning of a turn.

    async def accept(self, connection: Connection, asked: UserMessage) -> None:
        """Store a run for the request, or reject it; the turn itself gets a task of its own."""
        who = {"user": connection.user, "conn": connection.id}
        fields = {**who, "thread": asked.thread_id, "request": asked.request_id}
        self.core.say("turn.request", **fields, text=asked.text)
        record = RunRecord(
            *(self.core.new_id("run"), connection.user, asked.request_id),
            *(connection, connection.tools, self.core.options),
        )
        self.core.runs.add(record)
        acceptance = Acceptance()
        try:
            acceptance = await self._admit(record, asked)
        except StoreError:
            acceptance = Acceptance(code="unavailable")
        finally:
            if acceptance.thread is None:
                self.core.runs.discard(record)
        code = acceptance.code
        if code is not None:
            self.core.say("turn.reject", **fields, code=code)
            rejected = RequestRejected(asked.request_id, code, _REJECTIONS[code])
            self.core.connections.send(connection, rejected)
        elif acceptance.thread is not None and not record.over:
            self._begin(record, acceptance.thread)

    async def _admit(self, record: RunRecord, asked: UserMessage) -> Acceptance:
        """Store the run; where a policy puts it before others, cancel those and try again."""
        policies, limit = self.core.policies, self.core.limits.turns_per_thread
        origin = record.origin.id
        request = TurnRequest(
            *(record.id, record.request_id, record.user, origin),
            *(asked.thread_id, asked.text, _spelled(record)),
            fresh=self.core.new_id("thread") if asked.thread_id is None else "",
            now=self.core.clock(),
        )
        while True:  # ends: each round cancels runs, and only other requests bring new ones
            acceptance = await self.core.unit(units.accept, request, policies, limit)
            if not acceptance.blockers:
                return acceptance
            for blocker in acceptance.blockers:
                await self.cancellation.cancel(blocker, record.user, "next turn")

    def _begin(self, record: RunRecord, thread: str) -> None:
        self.take_up(record, thread)
        self.core.runs.announce(record, thread)
        ticket = self.locks.join(thread, record.id)
        if ticket.ahead:
            queued = RunQueued(record.id, thread, record.request_id, ticket.ahead)
            self.core.connections.tell(record.user, queued)
        record.working = True
        self.home(record).start_soon(self.run, record, ticket)

    def take_up(self, record: RunRecord, thread: str) -> None:
        """Fix what the run may use and how, as things are now."""
        record.thread = thread
        self.prompting.offer(record)
        options = (record.options.temperature, record.options.tokens_max)
        names = tuple(tool.name for tool in record.offered)
        fields = {"run": record.id, "conn": record.origin.id}
        self.core.say("turn.accept", **fields, tools=names, options=options)

    def home(self, record: RunRecord) -> trio.Nursery:
        """Where the tasks of a run live, and with what they are cancelled."""
        if self.core.policies.disconnect is DisconnectPolicy.CANCEL and not record.origin.restored:
            return record.origin.nursery
        return self.core.tasks

    # Segments.

    async def run(self, record: RunRecord, ticket: Ticket) -> None:
        """The task of a turn: its first segment."""
        segment = Segment(record)
        try:
            await self._work(segment, partial(self._open, segment, ticket))
        finally:
            ticket.release()

    def respond(self, record: RunRecord, connection: Connection, said: ApprovalResponse) -> None:
        """Queue up with a decision on the approval that the run waits for."""
        origin = record.origin
        cancels = self.core.policies.disconnect is DisconnectPolicy.CANCEL
        if cancels and not origin.open and not origin.restored:
            self.approvals.refuse(connection, said.approval_id, "approval_closed")
            return
        ticket = self.queue_resume(record)
        self.home(record).start_soon(self.resume, record, ticket, connection, said)

    def queue_resume(self, record: RunRecord) -> Ticket:
        """A resumed turn takes its thread's lock like any other."""
        return self.locks.join(record.thread, record.id)

    async def resume(
        self, record: RunRecord, ticket: Ticket, connection: Connection, said: ApprovalResponse
    ) -> None:
        """The task of a decision: the segment that follows it, if it takes effect."""
        try:
            await ticket.acquire()
            past = self.history.get(record.user, record.thread)
            checkpoint = await self._decided(record, connection, said, load=past is None)
            if checkpoint is not None:
                step = checkpoint.step
                segment = Segment(record, own=checkpoint.own, step=step.index, doing=step)
                part = partial(self._go_on, segment, checkpoint, said, past)
                await self._work(segment, part)
        finally:
            ticket.release()

    async def _decided(
        self, record: RunRecord, connection: Connection, said: ApprovalResponse, *, load: bool
    ) -> Checkpoint | None:
        try:
            return await self.approvals.decide(record, connection, said, load=load)
        except StoreError:
            self.approvals.refuse(connection, said.approval_id, "unavailable")
            return None

    async def _work(self, segment: Segment, part: Callable[[], Awaitable[None]]) -> None:
        record = segment.record
        record.working = True
        with self.cancellation.scope(record):
            try:
                await self.attempt(segment, part)
            finally:
                if not segment.settled:
                    await self._abandon(segment)
                record.working = False

    async def attempt(self, segment: Segment, part: Callable[[], Awaitable[None]]) -> None:
        """Work through a part of a turn; one that the store does not take will have failed.

        Its user hears at once that something is wrong, and of the end once it is one.
        """
        try:
            await part()
        except StoreError:
            record = segment.record
            self._tell(record, ProtocolFault("unavailable", UNSTORED, record.id))
            failed = partial(self.finish, segment, RunStatus.FAILED, UNSTORED)
            await self.core.insist(failed)

    async def _abandon(self, segment: Segment) -> None:
        record = segment.record
        self.core.say("cancel.seen", run=record.id)
        by = "shutdown" if record.origin.open else "disconnect"
        by = "cancel" if record.cancel_requested else by
        await self.cancellation.cancel_surely(record.id, record.user, by, segment)

    async def _open(self, segment: Segment, ticket: Ticket) -> None:
        record = segment.record
        await ticket.acquire()
        past = self.history.get(record.user, record.thread)
        opening = await self.core.unit(units.start, record.id, load=past is None)
        if opening is not None:
            segment.own = (opening.message,)
            await self._load(segment, past if past is not None else opening.history)
            await self._steps(segment)

    async def _load(self, segment: Segment, past: tuple[Message, ...] | None) -> None:
        """Give the segment its history, and what is remembered of its user."""
        self.prompting.adopt(segment, past or ())
        if self.core.policies.memory is MemoryPolicy.LEARN:
            segment.memory = await self.memory.recall(self.core.scope(segment.record.user))

    async def _go_on(
        self,
        segment: Segment,
        checkpoint: Checkpoint,
        said: ApprovalResponse,
        cached: tuple[Message, ...] | None,
    ) -> None:
        await self._load(segment, cached if cached is not None else checkpoint.history)
        call = checkpoint.call
        if said.approved:
            resumed = await self.run_approved(segment, call, said.approval_id)
        else:
            resumed = await self.core.unit(units.proceed, segment.record.id, None, None)
            reason = f": {said.reason}" if said.reason else ""
            segment.say(call.returned(f"denied by the user{reason}"))
        if resumed and await self._carry_out(segment, checkpoint.deferred):
            segment.step += 1
            await self._steps(segment)

    async def run_approved(self, segment: Segment, call: Call, approval: str) -> bool:
        """Use an approval, and only then run the call that it was given for."""
        execution = self.core.new_id("exec")
        run = segment.record.id
        resumed = await self.core.unit(units.proceed, run, approval, execution)
        if resumed:
            await self._perform(segment, call, execution, approval)
        return resumed

    # Steps.

    async def _steps(self, segment: Segment) -> None:
        while segment.step < self.core.limits.steps:
            try:
                reply = await self.prompting.ask(segment)
            except ModelError as error:
                await self.finish(segment, RunStatus.FAILED, str(error))
                return
            if not reply.calls:
                if await self._reply(segment, reply.text):
                    return
            elif not await self._carry_out(segment, self._propose(segment, reply)):
                return
            segment.step += 1
        reason = StopReason.MAX_STEPS
        if segment.own[-1].role is Role.NOTE:
            reason = StopReason.NO_TERMINAL_TOOL
        await self.finish(segment, RunStatus.FAILED, reason)

    async def _reply(self, segment: Segment, text: str) -> bool:
        """End the turn with a text, unless a tool has to end it; whether it ended."""
        terminal = sorted(self.core.tools.order.terminal)
        if not text:
            await self.finish(segment, RunStatus.FAILED, StopReason.EMPTY_RESPONSE)
            return True
        segment.say(Message(Role.ASSISTANT, text))
        if terminal:
            segment.say(Message(Role.NOTE, templates.END_WITH_A_TOOL + ", ".join(terminal)))
            return not await self._save_step(segment)
        await self.finish(segment, RunStatus.COMPLETED, text)
        return True

    def _propose(self, segment: Segment, reply: ModelReply) -> tuple[Call, ...]:
        record = segment.record
        if reply.text:
            segment.say(Message(Role.ASSISTANT, reply.text))
            if not segment.streamed:
                self._tell(record, MessageDelta(record.id, record.thread, reply.text))
        asked = self.core.tools.order.in_order(reply.calls, (call.name for call in reply.calls))
        calls = tuple(
            Call(self.core.new_id("call"), one.id, one.name, one.arguments, one.error)
            for one in asked
        )
        for call in calls:
            fields = {"run": record.id, "step": segment.step, "call": call.id}
            named = {"model_call": call.model_id, "tool": call.tool}
            self.core.say("call.propose", **fields, **named, args_hash=call.args_hash)
            shown = ToolCall(record.id, record.thread, call.id, call.tool, call.spelled)
            self._tell(record, shown)
        segment.proposed(calls)
        return calls

    async def _carry_out(self, segment: Segment, calls: tuple[Call, ...]) -> bool:
        """Carry out calls of the step in order and store it; whether the turn goes on.

        A call that needs an approval ends the segment; it and those behind it wait.
        """
        terminal = self.core.tools.order.terminal
        for call in calls:
            segment.say(call.proposed())
            if (why := self.refusal(segment, call)) is not None:
                segment.say(call.returned(f"error: {why}"))
            elif self.needs_approval(call):
                if await self.approvals.ask(segment, call) is PauseOutcome.TAKEN:
                    await self.finish(segment, RunStatus.FAILED, "approval_pending")
                return False
            else:
                done = await self._perform(segment, call, self.core.new_id("exec"), None)
                if done.status is CallStatus.SUCCEEDED and call.tool in terminal:
                    await self._end_with(segment, done.text)
                    return False
        return await self._save_step(segment)

    async def _save_step(self, segment: Segment) -> bool:
        """Store the step that was carried out; whether the turn goes on."""
        step = segment.worked()
        run = segment.record.id
        running = await self.core.unit(units.save_step, run, step, segment.unsaved)
        if running:
            segment.saved(step)
        return running

    async def _end_with(self, segment: Segment, text: str) -> None:
        """End the turn with the result of a terminal tool; what comes behind it is left out."""
        if await self._save_step(segment):
            await self.finish(segment, RunStatus.COMPLETED, text, StopReason.TERMINAL_TOOL)

    def refusal(self, segment: Segment, call: Call) -> str | None:
        """Why a call cannot be carried out, for the model to read; ``None`` if it can."""
        if call.error is not None:
            return f"the arguments could not be read: {call.error}"
        own = self.core.tools.local.get(call.tool)
        schema = own.schema if own is not None else segment.record.tools.get(call.tool)
        if schema is None:
            return f"there is no tool {call.tool}"
        misfit = schemas.misfit(schema, call.arguments)
        return misfit or self.core.tools.order.violation(call.tool, segment.done)

    def needs_approval(self, call: Call) -> bool:
        """Whether a person must approve the call, wherever it runs."""
        return self.core.tools.needs_approval(call.tool)

    async def _perform(
        self, segment: Segment, call: Call, execution: str, approval: str | None
    ) -> ToolOutcome:
        """Run one call to its end; one that is cancelled has a result too, for the record."""
        record = segment.record
        await trio.lowlevel.checkpoint_if_cancelled()
        segment.works()
        site = "server" if self.core.tools.owns(call.tool) else "client"
        named = {"exec": execution, "run": record.id, "call": call.id}
        rest = {"tool": call.tool, "site": site, "approval": approval}
        self.core.say("tool.start", **named, **rest, args_hash=call.args_hash)
        outcome = ToolOutcome(CallStatus.CANCELLED, "cancelled")
        try:
            outcome = await self._run_tool(record, call, execution)
        finally:
            ended = {"model_call": call.model_id, "tool": call.tool, "outcome": outcome.status}
            self.core.say("tool.end", **named, **ended)
            segment.say(call.returned(outcome.text))
        shown = ToolReturn(record.id, record.thread, call.id, call.tool, outcome.text)
        self._tell(record, shown)
        return outcome

    async def _run_tool(self, record: RunRecord, call: Call, execution: str) -> ToolOutcome:
        tool = self.core.tools.local.get(call.tool)
        if tool is None:
            return await self.delegation.run(record, call, execution)
        ids = (record.id, record.thread, record.user, execution)
        return await run_tool(tool, ToolContext(*ids, call, self.core.emit))

    def _tell(self, record: RunRecord, frame: ServerFrame) -> None:
        """Tell of a turn's progress, unless its end was told already."""
        if not record.over:
            self.core.connections.tell(record.user, frame)

    # The end of a turn.

    async def finish(
        self,
        segment: Segment,
        status: RunStatus,
        text: str,
        reason: StopReason = StopReason.END_TURN,
    ) -> None:
        """End the turn with its reply or its error, unless something else ended it first."""
        ending = self.ending(segment, status, text, reason)
        jobs = await self.commit_end(segment, ending)
        if jobs is not None:
            self.conclude(segment, status, text)
            self.jobs.start(jobs)

    def ending(self, segment: Segment, status: RunStatus, text: str, reason: StopReason) -> Ending:
        """The end of the turn as it is to be stored; ``text`` is the reply or the error."""
        if status is RunStatus.COMPLETED:
            learns = self.core.policies.memory is MemoryPolicy.LEARN
            job = f"extraction of {segment.record.id}" if learns else None
            turns, now = self.core.limits.episode_turns, self.core.clock()
            return Ending(status, reason, None, segment.usage, job, turns, now)
        known = text in StopReason.__members__.values()
        return Ending(status, StopReason(text) if known else StopReason.ERROR, text, segment.usage)

    async def commit_end(self, segment: Segment, ending: Ending) -> tuple[Job, ...] | None:
        """Store the end of the turn; the jobs that follow, ``None`` if it had another end."""
        run, unsaved, step = segment.record.id, segment.unsaved, segment.doing
        return await self.core.unit(units.finish, run, ending, unsaved, step)

    def conclude(self, segment: Segment, status: RunStatus, text: str) -> None:
        """Tell of the end that was stored, and let later turns see a completed one."""
        record = segment.record
        ids = (record.id, record.thread)
        if status is RunStatus.COMPLETED:
            self.history.put(record.user, record.thread, segment.prompt)
            frame: ServerFrame = TurnCompleted(*ids, text)
        else:
            frame = TurnFailed(*ids, text)
        segment.settle()
        self.core.runs.over(record.id, record.user, record.thread, frame)


def _spelled(record: RunRecord) -> str:
    """The tools of the run's origin as JSON text, for when this process is no more."""
    if not record.tools:
        return "[]"
    return canonical([(t.name, t.description, t.parameters) for t in record.tools.values()])
