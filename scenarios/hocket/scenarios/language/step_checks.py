"""Checks of the steps: what they speak of is there, of the right kind, and in time."""

from attrs import frozen

from hocket.scenarios.language.context import Context
from hocket.scenarios.language.diagnostics import Code
from hocket.scenarios.language.model import (
    Approve,
    Cancel,
    Client,
    Close,
    CloseThread,
    Connect,
    DeleteThread,
    Deny,
    Drop,
    Fork,
    Offer,
    OnApproval,
    OnCall,
    OnEnd,
    OnPause,
    Reply,
    ResetThread,
    Site,
    Start,
    Step,
    Tool,
    Wait,
)
from hocket.scenarios.language.names import (
    Binding,
    BindingKind,
    LaneStep,
    lane_steps,
    verb_of,
)

__all__ = ["check_steps"]

_ANSWERS = {
    BindingKind.CALL: 'answer a call with: reply {} "..."',
    BindingKind.APPROVAL: "decide an approval with: approve {0} or deny {0}",
    BindingKind.TURN: "a turn can be cancelled: cancel {}",
    BindingKind.CONNECTION: "a connection can be dropped or closed: drop {}",
}


def check_steps(context: Context) -> None:
    """Check the steps of all clients, and the names they bind."""
    _check_bindings(context)
    for client in context.scenario.clients:
        context.known("user", client.user, (client.line, "of"))
        _check_connected(client.steps, context, connected=False)
        for order, placed in enumerate(lane_steps(client)):
            _check_step(placed, order, client, context)


def _check_bindings(context: Context) -> None:
    for name, found in context.names.by_name.items():
        first: dict[str, Binding] = {}
        turn = next((b for b in found if b.kind is BindingKind.TURN), None)
        for binding in found:
            other = turn if turn not in (None, binding) else first.get(binding.client)
            if other is not None:
                message = f"'{name}' is the name of {_one(other.kind)} already"
                hint = f"see line {other.line}; a turn's name is the scenario's, others a client's"
                context.report(Code.DUPLICATE_NAME, (binding.line, name), message, hint)
            first.setdefault(binding.client, binding)


def _check_connected(steps: tuple[Step, ...], context: Context, *, connected: bool) -> bool:
    """Report the steps that need a connection and have none; whether there is one at the end."""
    reported = "connect" in context.reporter.forgiven
    for step in steps:
        if isinstance(step, Connect):
            connected = True
        elif isinstance(step, Fork):
            ends = [
                _check_connected(lane.steps, context, connected=connected) for lane in step.lanes
            ]
            connected = connected or any(ends)
        elif not (connected or reported or isinstance(step, Wait) or _session(step)):
            hint = "write 'connect' before it; after 'drop' or 'close', connect again"
            context.report(
                Code.NOT_CONNECTED, (step.line, ""), "this step has no connection to act on", hint
            )
            reported = True
        elif isinstance(step, Drop | Close):
            connected = step.session is not None and connected
    return connected


def _session(step: Step) -> str | None:
    if isinstance(step, Reply | Approve | Deny | Cancel | Drop | Close):
        return step.session
    return None


def _check_step(placed: LaneStep, order: int, client: Client, context: Context) -> None:
    step = placed.step
    means = _Meaning(placed, order, context)
    match step:
        case Start():
            context.used.add(("started thread", step.thread))
            _check_thread(step, client, context)
        case CloseThread() | ResetThread() | DeleteThread():
            _check_thread(step, client, context)
        case OnCall() | OnApproval():
            _check_wait(step, context)
            if step.turn is not None:
                means.check(step.turn, BindingKind.TURN, after="of")
        case OnPause() | OnEnd():
            means.check(step.turn, BindingKind.TURN, after="of")
        case Cancel():
            means.check(step.turn, BindingKind.TURN)
        case Reply():
            means.check(step.call, BindingKind.CALL)
            if step.tool is not None:
                context.known("tool", step.tool, (step.line, "tool"))
        case Approve() | Deny():
            means.check(step.approval, BindingKind.APPROVAL)
        case Connect(resuming=str(resuming)):
            means.check(resuming, BindingKind.CONNECTION, after="resuming")
        case _:
            _check_plain(step, context)
    session = _session(step)
    if session is not None:
        after = "from" if isinstance(step, Reply | Approve | Deny | Cancel) else ""
        means.check(session, BindingKind.CONNECTION, after=after)


def _check_plain(step: Step, context: Context) -> None:
    """Check a step that speaks of nothing which another step names."""
    match step:
        case Offer():
            for tool in step.tools:
                context.known("tool", tool, (step.line, "offer"))
        case Wait():
            context.is_duration(step.duration, (step.line, ""))
        case Fork():
            context.unique("lane", ((lane.name, lane.line) for lane in step.lanes))
        case _:
            pass


def _check_thread(
    step: Start | CloseThread | ResetThread | DeleteThread, client: Client, context: Context
) -> None:
    if not context.known("thread", step.thread, (step.line, verb_of(step))):
        return
    owner = context.threads[step.thread].user
    if owner != client.user and not {owner, client.user} & context.reporter.forgiven:
        message = f"thread '{step.thread}' is of {owner}, and this client of {client.user}"
        hint = "a client has to do with threads of its own user"
        context.report(Code.FOREIGN_THREAD, (step.line, step.thread), message, hint)


def _check_wait(step: OnCall | OnApproval, context: Context) -> None:
    """Report a wait for what cannot come."""
    after = "call" if isinstance(step, OnCall) else "approval"
    if not context.known("tool", step.tool, (step.line, after)):
        return
    tool = context.tools[step.tool]
    why = _why_never(step, tool, context)
    if why:
        hint = f"the tool is declared on line {tool.line}; see the model's script too"
        context.report(Code.UNREACHABLE, (step.line, step.tool), why, hint)


def _why_never(step: OnCall | OnApproval, tool: Tool, context: Context) -> str:
    """Why the wait cannot end, or nothing if it can."""
    if isinstance(step, OnCall) and tool.site is Site.LOCAL:
        return f"tool '{tool.name}' is local: no client is asked to run it"
    if isinstance(step, OnApproval) and not tool.approval:
        return f"tool '{tool.name}' needs no approval: nobody is asked"
    if tool.name in context.reporter.forgiven:
        return ""
    ids = context.proposed.get(tool.name)
    if ids is None:
        return f"the model never calls '{tool.name}'"
    if isinstance(step, OnCall) and step.id is not None and step.id not in ids:
        return f"the model gives no call of '{tool.name}' the id \"{step.id}\""
    return ""


def _one(kind: BindingKind) -> str:
    return f"an {kind}" if kind is BindingKind.APPROVAL else f"a {kind}"


@frozen
class _Meaning:
    """Checks what a name means in one step."""

    placed: LaneStep
    order: int
    context: Context

    def check(self, name: str, kind: BindingKind, *, after: str = "") -> None:
        """Report ``name`` unless it means one thing, of ``kind``, that is bound in time.

        ``after`` is the word of the line after which the name stands, empty for its first place.
        """
        context = self.context
        line = self.placed.step.line
        found = context.names.resolve(name, self.placed.lane[0])
        right = [binding for binding in found if binding.kind is kind]
        if not found:
            if name not in context.reporter.forgiven:
                span = context.source.span(line, name, after=after)
                known = context.names.of_kind(kind)
                context.reporter.report_unknown(Code.UNKNOWN_NAME, span, kind, name, known)
        elif not right:
            message = f"'{name}' is {_one(found[0].kind)}, not {_one(kind)}"
            hint = _ANSWERS[found[0].kind].format(name)
            context.report(Code.WRONG_KIND, (line, name), message, hint)
        elif len(right) > 1:
            message = f"'{name}' may be that of {' or that of '.join(b.client for b in right)}"
            hint = "give the things you use from another client names of their own"
            context.report(Code.AMBIGUOUS_NAME, (line, name), message, hint)
        elif self._follows(right[0]):
            message = f"'{name}' is not there yet"
            hint = f"this lane names it on line {right[0].line}, after this step"
            context.report(Code.TOO_EARLY, (line, name), message, hint)

    def _follows(self, binding: Binding) -> bool:
        """Whether the binding comes after the step in every order of the lanes."""
        shorter = min(len(binding.lane), len(self.placed.lane))
        one_after_another = binding.lane[:shorter] == self.placed.lane[:shorter]
        return one_after_another and binding.order >= self.order
