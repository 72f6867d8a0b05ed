"""What a client does: the steps of its lanes, each a method."""

from collections.abc import Callable, Mapping
from functools import singledispatchmethod
from typing import TypeVar

import trio
from attrs import define, field

from hocket.runtime.protocol import frames
from hocket.scenarios.adapters import Revoking
from hocket.scenarios.lanes.bench import Bench, Bound, LaneSkipped
from hocket.scenarios.lanes.device import Device, ServerFrame
from hocket.scenarios.language import model
from hocket.scenarios.language.parameters import seconds
from hocket.scenarios.tokens import mint
from hocket.simulator.simulation import observe

__all__ = ["Driver"]

Found = TypeVar("Found")


@define(eq=False)
class Driver:
    """One client at work."""

    bench: Bench
    client: model.Client
    device: Device = field(init=False)
    _minted: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.device = Device(self.bench, self.client)

    async def lane(self, name: str, steps: tuple[model.Step, ...]) -> None:
        """Do the steps of one lane in order."""
        left = list(steps)
        try:
            while left:
                await self._keep_order(left[0], name)
                await self.do(left[0], name)
                self.bench.done(left.pop(0))
        except LaneSkipped:
            self._tell(name, steps[0], "the rest is skipped")
            self.bench.done(*left)

    @singledispatchmethod
    async def do(self, step: model.Step, lane: str) -> None:
        """Do one step."""
        raise TypeError(f"no such step: {step!r}")

    # -- connections -------------------------------------------------------------------------

    @do.register
    async def _connect(self, step: model.Connect, lane: str) -> None:
        self._tell(lane, step, f"connect{' resuming ' + step.resuming if step.resuming else ''}")
        await self.device.connect(step.name, step.resuming)

    @do.register
    async def _drop(self, step: model.Drop, lane: str) -> None:
        self._tell(lane, step, "lose the connection")
        await self.device.lose(step.session)

    @do.register
    async def _close(self, step: model.Close, lane: str) -> None:
        self._tell(lane, step, "close the connection")
        await self.device.close(step.session)

    @do.register
    async def _offer(self, step: model.Offer, lane: str) -> None:
        self._tell(lane, step, f"offer {', '.join(step.tools)}")
        await self.device.offer(step.tools)

    @do.register
    async def _revoke(self, step: model.Revoke, lane: str) -> None:
        self._tell(lane, step, "the login is revoked")
        adapter, user = self.bench.adapter, self.client.user
        if not isinstance(adapter, Revoking):
            raise TypeError(f"{type(adapter).__name__} cannot revoke a login: it has no revoke")
        await adapter.revoke(user)
        observe("login.revoked", {"user": user})

    # -- threads -----------------------------------------------------------------------------

    @do.register
    async def _close_thread(self, step: model.CloseThread, lane: str) -> None:
        self._tell(lane, step, f"close thread {step.thread}")
        await self.device.send(frames.ThreadClose(self._request(step), step.thread))

    @do.register
    async def _reset_thread(self, step: model.ResetThread, lane: str) -> None:
        self._tell(lane, step, f"reset thread {step.thread}")
        await self.device.send(frames.ThreadReset(self._request(step), step.thread))

    @do.register
    async def _delete_thread(self, step: model.DeleteThread, lane: str) -> None:
        self._tell(lane, step, f"delete thread {step.thread}")
        await self.device.send(frames.ThreadDelete(self._request(step), step.thread))

    def _request(self, step: model.Step) -> str:
        return f"{self.client.name} line {step.line}"

    # -- turns -------------------------------------------------------------------------------

    @do.register
    async def _start(self, step: model.Start, lane: str) -> None:
        self._tell(lane, step, f"start {step.thread} as {step.turn}")
        request = f"request-{step.turn}"
        self.bench.requests[step.turn] = request
        text = f"{step.text or 'please'}{self._mint(step.thread)}"
        await self.device.send(frames.UserMessage(request, text, step.thread))

    @do.register
    async def _cancel(self, step: model.Cancel, lane: str) -> None:
        request = f"request-{step.turn}"
        bench = self.bench

        def look() -> str | None:
            return "" if request in bench.rejected else bench.runs.get(request)

        run = await bench.wait_until(lane, step, f"{step.turn} to be known", look)
        self._tell(lane, step, f"cancel {step.turn}")
        if run:
            await self.device.send(frames.Cancel(run), self.device.session(step.session))

    @do.register
    async def _on_end(self, step: model.OnEnd, lane: str) -> None:
        request = f"request-{step.turn}"

        def ends(frame: ServerFrame) -> bool:
            if isinstance(frame, frames.RequestRejected):
                return frame.request_id == request
            final = frames.is_terminal_frame(frame) and not isinstance(frame, frames.TurnPaused)
            return final and getattr(frame, "run_id", None) == self.bench.runs.get(request)

        await self._take(step, lane, f"the end of {step.turn}", ends)

    @do.register
    async def _on_pause(self, step: model.OnPause, lane: str) -> None:
        def pauses(frame: ServerFrame) -> bool:
            run = self.bench.runs.get(f"request-{step.turn}")
            return isinstance(frame, frames.TurnPaused) and frame.run_id == run

        await self._take(step, lane, f"a pause of {step.turn}", pauses)

    # -- tools and approvals -----------------------------------------------------------------

    @do.register
    async def _on_call(self, step: model.OnCall, lane: str) -> None:
        def asked(frame: ServerFrame) -> bool:
            return (
                isinstance(frame, frames.ToolExecute)
                and frame.tool_name == step.tool
                and self._is_of(frame, step.turn)
                and step.id in (None, self.bench.model_calls.get(frame.call_uid))
            )

        frame = await self._take(step, lane, f"a call of {step.tool}", asked)
        assert isinstance(frame, frames.ToolExecute)
        self.bench.calls[self.client.name, step.name] = frame
        self.bench.stir()
        self._tell(lane, step, f"is asked to run {step.tool} ({step.name})")

    @do.register
    async def _reply(self, step: model.Reply, lane: str) -> None:
        call = await self._bound(self.bench.calls, step.call, step, lane)
        self._tell(lane, step, f'reply {step.call} "{step.value}"')
        status = frames.ResultStatus.ERROR if step.error else frames.ResultStatus.SUCCESS
        result = f"{step.value}{self._mint(call.thread_id)}"
        answer = frames.ToolResult(call.wire_id, step.tool or call.tool_name, status, result)
        await self.device.send(answer, self.device.session(step.session))

    @do.register
    async def _on_approval(self, step: model.OnApproval, lane: str) -> None:
        def asked(frame: ServerFrame) -> bool:
            return (
                isinstance(frame, frames.TurnPaused)
                and frame.approval.tool_name == step.tool
                and self._is_of(frame, step.turn)
            )

        frame = await self._take(step, lane, f"an approval of {step.tool}", asked)
        assert isinstance(frame, frames.TurnPaused)
        self.bench.approvals[self.client.name, step.name] = frame.approval.approval_id
        self.bench.stir()
        self._tell(lane, step, f"is asked to approve {step.tool} ({step.name})")

    @do.register
    async def _approve(self, step: model.Approve, lane: str) -> None:
        await self._decide(step, lane, "approve", approved=True)

    @do.register
    async def _deny(self, step: model.Deny, lane: str) -> None:
        await self._decide(step, lane, "deny", approved=False)

    async def _decide(
        self, step: model.Approve | model.Deny, lane: str, verb: str, *, approved: bool
    ) -> None:
        approval = await self._bound(self.bench.approvals, step.approval, step, lane)
        self._tell(lane, step, f"{verb} {step.approval}")
        response = frames.ApprovalResponse(approval, approved)
        await self.device.send(response, self.device.session(step.session))

    # -- time and forks ----------------------------------------------------------------------

    @do.register
    async def _wait(self, step: model.Wait, lane: str) -> None:
        self._tell(lane, step, f"wait {seconds(step.duration):g} s")
        await trio.sleep(seconds(step.duration))

    @do.register
    async def _fork(self, step: model.Fork, lane: str) -> None:
        async with trio.open_nursery() as nursery:
            for branch in step.lanes:
                name = f"{lane}.{branch.name}"
                nursery.start_soon(self.lane, name, branch.steps, name=name)

    async def _keep_order(self, step: model.Step, lane: str) -> None:
        """Wait for the steps that the schedule fixes before this one."""
        order = self.bench.order
        awaited = order.awaited(step)
        if awaited is not None:
            told = f"{awaited.spelt()} to be over"
            await self.bench.wait_until(lane, step, told, lambda: order.is_free(step) or None)

    # -- looking things up -------------------------------------------------------------------

    async def _take(
        self, step: model.Step, lane: str, text: str, wanted: Callable[[ServerFrame], bool]
    ) -> ServerFrame:
        """Wait for the first frame in the inbox that is wanted, and take it out."""

        def look() -> ServerFrame | None:
            return self.device.take(wanted)

        frame: ServerFrame = await self.bench.wait_until(lane, step, text, look)
        return frame

    async def _bound(
        self, table: Mapping[Bound, Found], name: str, step: model.Step, lane: str
    ) -> Found:
        """What a name is bound to, once it is, here or by another client."""

        def look() -> Found | None:
            return self.bench.find(table, self.client.name, name)

        return await self.bench.wait_until(lane, step, f"{name} to be known", look)

    def _is_of(self, frame: frames.RunFrame, turn: str | None) -> bool:
        return turn is None or frame.run_id == self.bench.runs.get(f"request-{turn}")

    def _mint(self, thread: str) -> str:
        """A token that no other text has, be it of this client or of another."""
        clients = self.bench.scenario.clients
        number = self._minted * len(clients) + clients.index(self.client) + 1
        self._minted += 1
        return mint(self.client.user, thread, number)

    def _tell(self, lane: str, step: model.Step, text: str) -> None:
        observe("lane.step", {"lane": lane, "text": text, "line": step.line})
