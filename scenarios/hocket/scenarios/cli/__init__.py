"""The command line: ``hocket run``, ``report``, ``check``, ``fmt`` and the others.

Results go to standard output, progress and diagnostics to standard error.  Exit codes are those of
:class:`hocket.reports.exits.Exit`; an error is one sentence that says what to do.

Each command is loaded when it is called: an editor that runs ``hocket check`` at every keystroke
must not wait for the simulator.
"""

import importlib
import sys

import click

from hocket.reports.exits import Exit
from hocket.scenarios.usage import UsageProblem

__all__ = ["main"]

_COMMANDS = {
    "run": "run",
    "replay": "replay",
    "report": "report",
    "compare": "compare",
    "merge": "merge",
    "trend": "trend",
    "freeze": "freeze",
    "check": "check",
    "fmt": "fmt",
    "new": "new",
    "schema": "schema",
    "explain-code": "explain",
    "mutants": "mutants",
    "doctor": "doctor",
    "serve": "serve",
    "chat": "chat",
}
"""The module of each command, which has it under its name."""


class _Commands(click.Group):
    """Loads a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of the table."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, if there is one."""
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"{__name__}.{_COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hocket")
def cli() -> None:
    """Deterministic concurrency testing for Trio programs and agent runtimes.

    \b
    hocket run                     explore the shipped scenarios
    hocket run my.hocket           explore your own
    hocket run tests/race.py:main  explore any async function
    hocket replay TOKEN            see a failure again
    hocket report                  see the newest run again, or write it in another format
    hocket freeze TOKEN            keep it as a scenario that fails for good
    hocket serve --db DIR          the reference runtime, over WebSockets
    hocket chat                    talk to it
    """


def main() -> None:
    """The entry point of the ``hocket`` command."""
    try:
        code = cli.main(standalone_mode=False)
    except UsageProblem as problem:
        click.echo(f"error: {problem}", err=True)
        code = Exit.USAGE
    except click.ClickException as problem:
        problem.show()
        code = Exit.USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        code = Exit.INTERRUPTED
    sys.exit(code)
