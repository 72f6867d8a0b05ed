"""A conversation in a terminal, without the terminal: frames and typed lines in, actions out.

Nothing here waits or prints.  What is typed is a message, unless it begins with a slash, or answers
what was asked: a question of the agent's, or an approval.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count

from attrs import define, field, frozen

from hocket.runtime.protocol.frames import (
    ApprovalClosed,
    ApprovalRequest,
    ApprovalResponse,
    Cancel,
    ClientFrame,
    History,
    MessageDelta,
    ProtocolFault,
    RequestRejected,
    ResultStatus,
    RunQueued,
    RunStarted,
    ServerFrame,
    ShownMessage,
    ThreadHistory,
    ToolCall,
    ToolCancel,
    ToolExecute,
    ToolResult,
    ToolReturn,
    ToolSchema,
    TurnCancelled,
    TurnCompleted,
    TurnExpired,
    TurnFailed,
    TurnPaused,
    UserMessage,
)

__all__ = ["ASK", "HELP", "SHELL", "Action", "Perform", "Print", "Quit", "Send", "Stop", "Talk"]

_ONE_TEXT = {"type": "object", "additionalProperties": False}
ASK = ToolSchema(
    "ask",
    "Asks the person at the terminal a question and waits for the answer.",
    {**_ONE_TEXT, "properties": {"question": {"type": "string"}}, "required": ["question"]},
)
SHELL = ToolSchema(
    "shell",
    "Runs a command line on the person's machine; gives its output and exit code.",
    {**_ONE_TEXT, "properties": {"command": {"type": "string"}}, "required": ["command"]},
)
HELP = """\
/approve        let the agent do what it asks for     /cancel   stop the turn under way
/deny [REASON]  do not                                /quit     leave; so does Ctrl-D
Anything else is a message to the agent.  Ctrl-C cancels a turn, or leaves when there is none."""
_TOLD_MAX = 500


@frozen
class Print:
    """Show a text; ``whole`` says that the line ends with it."""

    text: str
    whole: bool = True


@frozen
class Send:
    """Send a frame to the server."""

    frame: ClientFrame


@frozen
class Perform:
    """Run a tool here, and tell :meth:`Talk.performed` what came of it."""

    call: ToolExecute


@frozen
class Stop:
    """Nobody wants the result of the tool under this wire id any more."""

    wire_id: str


@frozen
class Quit:
    """Leave."""


Action = Print | Send | Perform | Stop | Quit


@define(eq=False)
class Talk:
    """What one client knows of its conversation, on ``thread`` or on the user's main thread.

    The server tells a new connection of all that is under way, so after a loss nothing is assumed
    but what was ``missed``: turns whose end this client did not hear.  A call that it is asked for
    again is not run again: ``calls`` has its run, and its answer if there is one.
    """

    thread: str | None = None
    requests: set[str] = field(factory=set[str], init=False)
    runs: dict[str, None] = field(factory=dict[str, None], init=False)
    approvals: dict[str, ApprovalRequest] = field(factory=dict[str, ApprovalRequest], init=False)
    questions: dict[str, ToolExecute] = field(factory=dict[str, ToolExecute], init=False)
    calls: dict[str, tuple[str, Send | None]] = field(
        factory=dict[str, tuple[str, Send | None]], init=False
    )
    missed: set[str] = field(factory=set[str], init=False)
    _numbers: Iterator[int] = field(factory=lambda: count(1), init=False)
    _in_line: bool = field(default=False, init=False)

    @property
    def busy(self) -> bool:
        """Whether the agent is at work, and waits for nobody here."""
        asked = bool(self.approvals or self.questions)
        return bool(self.requests) or (bool(self.runs) and not asked)

    def typed(self, line: str) -> list[Action]:
        """What a line of the person's brings about."""
        word, _, rest = line.strip().partition(" ")
        if command := _COMMANDS.get(word):
            return command(self, rest)
        if word.startswith("/"):
            return [Print(f"there is no command {word}\n{HELP}")]
        if not word:
            return []
        if self.questions:
            call = self.questions.pop(next(iter(self.questions)))
            return [self.performed(call, ResultStatus.SUCCESS, line.strip())]
        request = f"q{next(self._numbers)}"
        self.requests.add(request)
        return [Send(UserMessage(request, line.strip(), self.thread))]

    def interrupted(self) -> list[Action]:
        """What Ctrl-C brings about: the end of the turns under way, or of the conversation."""
        return self.cancel("") if self.runs else [Quit()]

    def performed(self, call: ToolExecute, status: ResultStatus, text: str) -> Send:
        """The answer to a call, once its tool has run."""
        answer = Send(ToolResult(call.wire_id, call.tool_name, status, text))
        self.calls[call.call_uid] = call.run_id, answer
        return answer

    def reconnected(self) -> list[Action]:
        """Forget what only the lost connection could have told, and ask what was missed."""
        self.missed |= {*self.requests, *self.runs}
        for known in (self.requests, self.runs, self.questions, self.approvals):
            known.clear()
        asking = ThreadHistory(f"q{next(self._numbers)}", self.thread)
        return [Send(asking)] if self.missed else []

    def heard(self, frame: ServerFrame) -> list[Action]:
        """What a frame of the server's brings about."""
        match frame:
            case MessageDelta(content=text):
                self._in_line = True
                return [Print(text, whole=False)]
            case History(messages=said):
                return self._catch_up(said)
            case ToolExecute():
                return self._asked_to_run(frame)
            case ToolCancel(wire_id=wire):
                self.questions.pop(wire, None)
                return [Stop(wire)]
            case TurnPaused(approval=approval):
                self.approvals[approval.approval_id] = approval
                told = f"{approval.tool_name} {_short(approval.arguments)}"
                return self._line(f"? may it run {told}  (/approve or /deny)")
            case ApprovalClosed(approval_id=closed, outcome=outcome):
                self.approvals.pop(closed, None)
                return self._line(f"  the approval is {outcome}")
            case _:
                return self._progress(frame)

    def _progress(self, frame: ServerFrame) -> list[Action]:
        told: list[Action] = []
        match frame:
            case RunStarted(run_id=run, request_id=request):
                self.requests.discard(request)
                self.missed -= {request, run}
                self.runs[run] = None
            case RunQueued(ahead=ahead):
                told = self._line(f"  waits for {ahead} before it")
            case ToolCall(tool_name=tool, content=arguments):
                told = self._line(f"  {tool} {arguments[:_TOLD_MAX]}")
            case ToolReturn(call_uid=call, tool_name=tool, content=text):
                self.calls.pop(call, None)
                told = self._line(f"  {tool}: {text[:_TOLD_MAX]}")
            case RequestRejected(request_id=request, message=message):
                self.requests.discard(request)
                told = self._line(f"! not now: {message}")
            case ProtocolFault(message=message):
                told = self._line(f"! refused: {message}")
            case TurnCompleted() | TurnFailed() | TurnCancelled() | TurnExpired():
                self.runs.pop(frame.run_id, None)
                self._forget_calls()
                told = self._end(frame)
            case _:
                pass
        return told

    def _end(self, frame: ServerFrame) -> list[Action]:
        match frame:
            case TurnCompleted(response=text):
                streamed, self._in_line = self._in_line, False
                return [Print("" if streamed else text)]
            case TurnFailed(error=error):
                return self._line(f"! failed: {error}")
            case TurnExpired():
                return self._line("! nobody decided in time")
            case _:
                return self._line("! cancelled")

    def _line(self, text: str) -> list[Action]:
        """A line of its own, also when the agent is in the middle of one."""
        broken, self._in_line = self._in_line, False
        return [Print(""), Print(text)] if broken else [Print(text)]

    def _asked_to_run(self, call: ToolExecute) -> list[Action]:
        _run, answer = self.calls.get(call.call_uid, (None, None))
        if answer is not None:
            return [answer]
        if call.tool_name == ASK.name:
            self.questions[call.wire_id] = call
            return self._line(f"? {call.arguments.get('question', '')}")
        if call.call_uid in self.calls:
            return []
        self.calls[call.call_uid] = call.run_id, None
        return [Perform(call)]

    def _catch_up(self, said: Sequence[ShownMessage]) -> list[Action]:
        """Tell what became of turns while nobody here heard; the others were told of again."""
        ended, self.missed = bool(self.missed), set()
        self._forget_calls()
        last = next((m.content for m in reversed(said) if m.role == "assistant"), "nothing")
        return self._line(f"! a turn ended meanwhile; the last that was said: {last}") * ended

    def _forget_calls(self) -> None:
        """Forget the calls of turns that are over."""
        self.calls = {call: known for call, known in self.calls.items() if known[0] in self.runs}

    def approve(self, _rest: str) -> list[Action]:
        """Say yes to what is asked for longest."""
        return self._decide(approved=True, reason=None)

    def deny(self, rest: str) -> list[Action]:
        """Say no to it, perhaps with a reason."""
        return self._decide(approved=False, reason=rest or None)

    def _decide(self, *, approved: bool, reason: str | None) -> list[Action]:
        if not self.approvals:
            return [Print("nothing waits for an approval")]
        approval = next(iter(self.approvals))
        del self.approvals[approval]
        return [Send(ApprovalResponse(approval, approved, reason))]

    def cancel(self, _rest: str) -> list[Action]:
        """Stop all turns that are under way."""
        if not self.runs:
            return [Print("no turn is under way")]
        return [Send(Cancel(run)) for run in self.runs]


_COMMANDS: Mapping[str, Callable[[Talk, str], list[Action]]] = {
    "/approve": Talk.approve,
    "/deny": Talk.deny,
    "/cancel": Talk.cancel,
    "/quit": lambda _talk, _rest: [Quit()],
    "/help": lambda _talk, _rest: [Print(HELP)],
}


def _short(arguments: Mapping[str, object]) -> str:
    return json.dumps(arguments)[:_TOLD_MAX]
