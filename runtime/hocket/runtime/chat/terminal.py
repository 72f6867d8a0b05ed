"""The terminal client: a person, a server, and a conversation between them.

Four tasks: one reads what is typed, one what the server says, one minds Ctrl-C, and each tool that
runs here has one.  They share a :class:`~hocket.runtime.chat.talk.Talk`, which decides everything.
A lost connection is dialed again, with the token that lets the new one take over what the old one
owed.  Where nobody sits at the terminal, a line is read when the one before it is dealt with.
"""

import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import trio
from attrs import define, field, frozen

from hocket.runtime.chat.dialing import Unreachable, Where, dialed
from hocket.runtime.chat.talk import HELP, Action, Perform, Print, Quit, Send, Stop, Talk
from hocket.runtime.protocol.codec import ProtocolError, decode_server, encode
from hocket.runtime.protocol.frames import (
    Auth,
    AuthOk,
    ClientFrame,
    ResultStatus,
    ServerFrame,
    ToolExecute,
    ToolSchema,
    ToolSchemas,
)
from hocket.runtime.server.channel import WebSocketChannel

__all__ = ["Refused", "Visit", "chat"]

_ATTEMPTS = 5
_PAUSE_SECONDS = 0.5
_OUTPUT_MAX = 20_000


class Refused(Exception):
    """The server does not let us in; the message is a sentence that says why."""


@frozen
class Visit:
    """Where to talk, and as whom; ``tools`` are run here when the agent wants it."""

    where: Where
    token: str = field(repr=False)
    thread: str | None = None
    tools: Sequence[ToolSchema] = ()
    trust: ssl.SSLContext | None = None


async def chat(visit: Visit) -> bool:
    """Talk until the person leaves, and say whether that was by Ctrl-C.

    Raises a group with :exc:`~hocket.runtime.chat.dialing.Unreachable` or :exc:`Refused` in it if
    there is no talking to the server.
    """
    person = sys.stdin.isatty()
    conversation = _Conversation(visit, Talk(visit.thread), person=person)
    if person:
        print(HELP)
    with trio.open_signal_receiver(signal.SIGINT) as signals:
        async with trio.open_nursery() as nursery:
            conversation.nursery = nursery
            nursery.start_soon(conversation.mind, signals)
            nursery.start_soon(conversation.read)
            await conversation.stay_connected()
            nursery.cancel_scope.cancel()
    return conversation.interrupted


@define(eq=False)
class _Conversation:
    visit: Visit
    talk: Talk
    person: bool
    interrupted: bool = False
    nursery: trio.Nursery = field(init=False)
    _channel: WebSocketChannel | None = field(default=None, init=False)
    _resume: str | None = field(default=None, init=False)
    _calls: dict[str, trio.CancelScope] = field(factory=dict[str, trio.CancelScope], init=False)
    _changed: trio.Event = field(factory=trio.Event, init=False)

    async def stay_connected(self) -> None:
        """Talk to the server, over one connection after another, until cancelled."""
        failures = 0
        while True:
            try:
                await self._connected()
                failures = 0
            except* Unreachable:
                failures += 1
                if self._resume is None or failures == _ATTEMPTS:
                    raise
            self._channel = None
            _show(Print("! the connection is lost; dialing again"))
            await trio.sleep(_PAUSE_SECONDS * 2**failures)

    async def _connected(self) -> None:
        """One connection, until it is lost."""
        async with dialed(self.visit.where, self.visit.trust) as socket:
            channel = WebSocketChannel(socket)
            with suppress(trio.EndOfChannel, trio.BrokenResourceError):
                await channel.send(encode(Auth(self.visit.token, self._resume)))
                await self._admitted(await _received(channel), channel)
                while True:
                    await self._act(self.talk.heard(await _received(channel)))

    async def _admitted(self, frame: ServerFrame, channel: WebSocketChannel) -> None:
        if not isinstance(frame, AuthOk):
            raise Refused("the server does not accept the token")
        again = self.talk.reconnected() if self._resume is not None else []
        self._resume = frame.resume_token
        await channel.send(encode(ToolSchemas(1, tuple(self.visit.tools))))
        self._channel = channel
        await self._act(again)

    async def read(self) -> None:
        """Read lines, until the person leaves; one at a time where there is no person."""
        while True:
            while self._channel is None or (self.talk.busy and not self.person):
                await self._changed.wait()
            line = await trio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True)
            await self._act(self.talk.typed(line) if line else [Quit()])

    async def mind(self, signals: AsyncIterator[int]) -> None:
        """Do what Ctrl-C says, until cancelled."""
        async for _ in signals:
            self.interrupted = not self.talk.runs
            await self._act(self.talk.interrupted())

    async def _act(self, actions: Sequence[Action]) -> None:
        for action in actions:
            match action:
                case Print():
                    _show(action)
                case Send(frame=frame):
                    await self._send(frame)
                case Perform(call=call):
                    self.nursery.start_soon(self._perform, call)
                case Stop(wire_id=wire):
                    if wire in self._calls:
                        self._calls[wire].cancel()
                case Quit():
                    self.nursery.cancel_scope.cancel()
        self._look_again()

    async def _send(self, frame: ClientFrame) -> None:
        if self._channel is None:
            _show(Print("! not connected; nothing was sent"))
            return
        with suppress(trio.BrokenResourceError):
            await self._channel.send(encode(frame))

    async def _perform(self, call: ToolExecute) -> None:
        """Run a tool and answer, unless nobody wants the answer any more."""
        with trio.CancelScope(deadline=trio.current_time() + call.deadline_seconds) as scope:
            self._calls[call.wire_id] = scope
            status, text = await _run_shell(str(call.arguments.get("command", "")))
            await self._act([self.talk.performed(call, status, text)])
        del self._calls[call.wire_id]

    def _look_again(self) -> None:
        self._changed.set()
        self._changed = trio.Event()


async def _received(channel: WebSocketChannel) -> ServerFrame:
    try:
        return decode_server(await channel.receive())
    except ProtocolError as error:
        raise Refused(f"the server does not speak as we do: {error}") from error


async def _run_shell(command: str) -> tuple[ResultStatus, str]:
    try:
        done = await trio.run_process(
            command,
            shell=True,
            stdin=b"",
            capture_stdout=True,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except OSError as error:
        return ResultStatus.ERROR, f"cannot run it: {error.strerror}"
    output = done.stdout.decode("utf-8", "replace")[:_OUTPUT_MAX]
    status = ResultStatus.SUCCESS if done.returncode == 0 else ResultStatus.ERROR
    return status, f"{output}exit code {done.returncode}"


def _show(said: Print) -> None:
    print(said.text, end="\n" if said.whole else "", flush=True)
