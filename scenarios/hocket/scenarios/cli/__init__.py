"""The command line: ``hocket run``, ``replay``, ``mutants``, ``check``, ``doctor``, ``serve`` and
``chat``.

Results go to standard output, progress and diagnostics to standard error.  Exit codes are those of
:mod:`hocket.reports.verdicts`; an error is one sentence that says what to do.
"""

import sys

import click

from hocket.reports.verdicts import Exit
from hocket.scenarios.cli.chat import chat
from hocket.scenarios.cli.check import check
from hocket.scenarios.cli.doctor import doctor
from hocket.scenarios.cli.mutants import mutants
from hocket.scenarios.cli.replay import replay
from hocket.scenarios.cli.run import run
from hocket.scenarios.cli.serve import serve
from hocket.scenarios.usage import UsageProblem

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hocket")
def cli() -> None:
    """Deterministic concurrency testing for Trio programs and agent runtimes.

    \b
    hocket run                     explore the shipped scenarios
    hocket run my.hocket           explore your own
    hocket run tests/race.py:main  explore any async function
    hocket replay TOKEN            see a failure again
    hocket serve --db DIR          the reference runtime, over WebSockets
    hocket chat                    talk to it
    """


for command in (run, replay, mutants, check, doctor, serve, chat):
    cli.add_command(command)


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
