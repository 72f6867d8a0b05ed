"""Checks of what is declared: users, threads, policies, the model, tools, clients, parameters."""

from itertools import chain

from hocket.scenarios.language.context import Context
from hocket.scenarios.language.diagnostics import Code
from hocket.scenarios.language.model import (
    POLICIES,
    Call,
    Calls,
    Duration,
    Name,
    Policy,
    Range,
    Site,
    Together,
    Tool,
    Value,
)
from hocket.scenarios.language.parameters import MAX_INSTANCES, count

__all__ = ["check_setup", "check_unused"]


def check_setup(context: Context) -> None:
    """Check the setup and the parameters."""
    scenario = context.scenario
    setup = scenario.setup
    context.unique("user", ((user.name, user.line) for user in setup.users))
    context.unique("thread", ((thread.name, thread.line) for thread in setup.threads))
    context.unique("tool", ((tool.name, tool.line) for tool in setup.tools))
    context.unique("policy", ((policy.name, policy.line) for policy in setup.policies))
    context.unique("client", ((client.name, client.line) for client in scenario.clients))
    for thread in setup.threads:
        context.known("user", thread.user, (thread.line, "of"))
    for policy in setup.policies:
        _check_policy(policy, context)
    for tool in setup.tools:
        _check_tool(tool, context)
    for turn in setup.models:
        context.known("thread", turn.thread, (turn.line, ""))
        for reply in turn.replies:
            if reply.takes is not None:
                context.is_duration(reply.takes, (reply.line, "takes"))
            for call in reply.calls if isinstance(reply, Calls) else ():
                _check_call(call, context)
    _check_parameters(context)
    if not scenario.clients and "client" not in context.reporter.forgiven:
        hint = "nothing happens without one: client laptop of ann"
        at = (scenario.line, scenario.name)
        context.report(Code.EMPTY, at, f"scenario '{scenario.name}' has no client", hint)


def check_unused(context: Context) -> None:
    """Report what is declared and never used; to be called after all other checks."""
    scenario = context.scenario
    setup = scenario.setup
    context.used.update(("user", thread.user) for thread in setup.threads)
    declared = chain(
        (("user", user.name, user.line) for user in setup.users),
        (("tool", tool.name, tool.line) for tool in setup.tools),
        (("parameter", parameter.name, parameter.line) for parameter in scenario.each_parameter()),
    )
    for what, name, line in declared:
        if (what, name) not in context.used and name not in context.reporter.forgiven:
            message = f"{what} '{name}' is never used"
            hint = "use it or leave it out: a reader would look for its part in the story"
            context.report(Code.UNUSED_NAME, (line, name), message, hint)
    for thread in setup.threads:
        started = ("started thread", thread.name) in context.used
        if not started and thread.name not in context.reporter.forgiven:
            message = f"no turn is started on thread '{thread.name}'"
            hint = f"start {thread.name} as {thread.name.lower()}1, or leave the thread out"
            context.report(Code.UNUSED_NAME, (thread.line, thread.name), message, hint)


def _check_policy(policy: Policy, context: Context) -> None:
    if policy.name not in POLICIES:
        span = context.source.span(policy.line, policy.name)
        reporter = context.reporter
        reporter.report_unknown(Code.POLICY, span, "policy", policy.name, POLICIES)
    elif policy.value not in POLICIES[policy.name]:
        span = context.source.span(policy.line, policy.value, after=":")
        what = f"value of policy {policy.name}"
        context.reporter.report_unknown(
            Code.POLICY, span, what, policy.value, POLICIES[policy.name]
        )


def _check_tool(tool: Tool, context: Context) -> None:
    if tool.timeout is not None:
        context.is_duration(tool.timeout, (tool.line, "timeout"))
        if tool.site is Site.LOCAL:
            message = f"local tool '{tool.name}' has a timeout"
            hint = "a timeout bounds the wait for a client; for a local tool say how long it takes"
            context.report(Code.MISPLACED_OPTION, (tool.line, "timeout"), message, hint)
    if isinstance(tool.takes, Range):
        if tool.takes.low.seconds > tool.takes.high.seconds:
            hint = "write the smaller bound first"
            context.report(Code.RANGE, (tool.line, "takes"), "an empty range", hint)
    elif tool.takes is not None:
        context.is_duration(tool.takes, (tool.line, "takes"))
    if tool.use is not None and tool.site is Site.DELEGATED:
        message = f"delegated tool '{tool.name}' names code of its own"
        hint = 'what a delegated tool does is for its client to say: reply c "..."'
        context.report(Code.MISPLACED_OPTION, (tool.line, "use"), message, hint)
    if tool.takes is not None and tool.site is Site.DELEGATED:
        message = f"delegated tool '{tool.name}' says how long it takes"
        hint = "that is for its client to say: on call ... as c, wait 5s, reply c"
        context.report(Code.MISPLACED_OPTION, (tool.line, "takes"), message, hint)


def _check_call(call: Call, context: Context) -> None:
    at = (call.line, "call")
    if not context.known("tool", call.tool, at, code=Code.UNDECLARED_CALL):
        return
    for argument in call.arguments:
        if isinstance(argument.value, Name):
            context.known("parameter", argument.value.text, (call.line, argument.name))


def _check_parameters(context: Context) -> None:
    scenario = context.scenario
    context.unique("parameter", ((p.name, p.line) for p in scenario.each_parameter()))
    taken = {*context.users, *context.threads, *context.tools, *context.names.by_name}
    for parameter in scenario.each_parameter():
        at = (parameter.line, parameter.name)
        if parameter.name in taken:
            message = f"parameter '{parameter.name}' has the name of something else"
            context.report(Code.DUPLICATE_NAME, at, message, "give the parameter its own name")
        if len({_kind(value) for value in parameter.values}) > 1:
            message = f"parameter '{parameter.name}' mixes kinds of values"
            hint = "its values must be all durations, all numbers or all texts"
            context.report(Code.PARAMETER_TYPE, at, message, hint)
    for varied in scenario.parameters:
        if isinstance(varied, Together) and len({len(p.values) for p in varied.parameters}) > 1:
            message = "parameters that vary together have different numbers of values"
            hint = "; ".join(f"{p.name} has {len(p.values)}" for p in varied.parameters)
            context.report(Code.UNEVEN, (varied.line, "together"), message, hint)
    if count(scenario) > MAX_INSTANCES:
        at = (scenario.parameters[-1].line, "vary")
        message = f"the parameters make more than {MAX_INSTANCES} instances"
        context.report(Code.TOO_MANY_INSTANCES, at, message, "leave out values or parameters")


def _kind(value: Value) -> str:
    if isinstance(value, Duration):
        return "duration"
    return "text" if isinstance(value, str) else "number"
