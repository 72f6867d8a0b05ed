"""``hocket run``: explore scenarios or functions within a budget."""

import time

import click

from hocket.reports.bundle import Bundle, BundleError
from hocket.reports.writers import WRITERS
from hocket.scenarios.cli.console import progress
from hocket.scenarios.cli.gate import Gate, fail_on
from hocket.scenarios.cli.outputs import FORMATS, Output, print_bundle, write_outputs
from hocket.scenarios.cli.recording import Recording, begin, resume
from hocket.scenarios.cli.requests import GENERATED_SCHEDULES
from hocket.scenarios.cli.settings import Configured, settings_used
from hocket.scenarios.cli.tokens import use_option
from hocket.scenarios.exploration import explore_all, remember
from hocket.scenarios.parallel import explore_in_parallel
from hocket.scenarios.usage import UsageProblem
from hocket.simulator import Model
from hocket.simulator.strategies import STRATEGIES

__all__ = ["run"]

SCHEDULES = 200
SECONDS = 60.0


@click.command(cls=Configured)
@click.argument("paths", nargs=-1, metavar="[PATHS]")
@click.option(
    "--schedules",
    type=click.IntRange(1),
    default=SCHEDULES,
    show_default=True,
    help=f"Schedules per scenario and parameter set; {GENERATED_SCHEDULES} with --generate.",
)
@click.option(
    "--time-budget",
    type=click.FloatRange(0, min_open=True),
    default=SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="Wall time for the whole run; with --generate it has all it needs, unless you say.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="What decides the schedules.")
@click.option(
    "--strategy",
    type=click.Choice(sorted(STRATEGIES)),
    default=None,
    help="How schedules are chosen: portfolio, and for scenarios mixed, unless you say.",
)
@click.option(
    "--bound",
    metavar="MEASURE=N",
    help="Explore every schedule with at most N preemptions, delays or deviations.",
)
@click.option(
    "--model",
    type=click.Choice([str(m) for m in Model]),
    default="free",
    show_default=True,
    help="Any order of runnable tasks, or those of Trio's passes.",
)
@click.option(
    "--timers/--no-timers",
    default=True,
    show_default=True,
    help="Timers due at one instant fire in any order, with other steps between them.",
)
@click.option(
    "--slow-steps",
    type=click.FloatRange(0),
    default=0.0,
    metavar="SECONDS",
    help="One step may last so long that a deadline comes first.",
)
@click.option(
    "--sweep",
    type=click.Choice(["cancel"]),
    help="Instead of searching, cancel at every checkpoint in turn.",
)
@click.option(
    "--sweep-tasks",
    multiple=True,
    metavar="PATTERN",
    help="The tasks that a sweep cancels, by name or path; may be repeated.",
)
@click.option("--runtime", metavar="MODULE:ATTR", help="A callable that returns your Adapter.")
@click.option("--mutant", metavar="NAME", help="The reference runtime with one planted defect.")
@click.option(
    "--generate",
    type=click.IntRange(1),
    metavar="SCENARIOS",
    help="Make up so many scenarios, and explore each; shrink one that fails.",
)
@use_option
@click.option("--strict", is_flag=True, help="Unsupported and vacuous count as inconclusive.")
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Processes at a time; they find what one finds.",
)
@click.option(
    "--shard",
    default="1/1",
    show_default=True,
    metavar="NUMBER/TOTAL",
    help="Explore one part of what is selected; join the bundles with hocket merge.",
)
@click.option("--bundle", metavar="DIR", help="The folder that results are kept in.")
@click.option("--resume", metavar="DIR", help="Go on with a run that was cut.")
@click.option(
    "--runs",
    default=".hocket/runs",
    show_default=True,
    metavar="FOLDER",
    help="Where results are kept, numbered, if no --bundle is named.",
)
@click.option(
    "--baseline",
    metavar="FILE",
    help="Compare with this baseline or bundle, and fail only on what got worse.",
)
@fail_on
@click.option(
    "--format",
    type=click.Choice(FORMATS),
    default="human",
    show_default=True,
    help="How results are printed.",
)
@click.option(
    "--corpus",
    default=".hocket/corpus",
    show_default=True,
    metavar="FOLDER",
    help="Where failures are kept, and replayed first; not used with --bundle unless named.",
)
@click.option("--no-corpus", is_flag=True, help="Neither replay nor keep failures.")
@click.option(
    "--output",
    "-o",
    multiple=True,
    metavar="FORMAT=PATH",
    help=f"Also write results to a file, as in junit=PATH; may be repeated: {', '.join(WRITERS)}.",
)
@click.pass_context
def run(context: click.Context, /, **_options: object) -> int:
    """Explore scenarios, or any async function, under many schedules.

    \b
    hocket run                              the shipped scenarios, the reference runtime
    hocket run races/ --schedules 1000      your scenario files
    hocket run --runtime myapp.hocket:make  against your own runtime
    hocket run tests/race.py:main           any async function without arguments
    hocket run --generate 500 --seed 1      scenarios that are made up
    hocket run --resume .hocket/runs/latest go on with a run that was cut
    """
    settings = settings_used(context)
    outputs = [Output.parse(word) for word in settings["output"].value]
    gate = Gate.of(settings["baseline"].value, settings["fail-on"].value)
    gate.check()
    started = time.monotonic()
    try:
        recording = resume(settings) if settings["resume"].value else begin(settings)
        bundle, interrupted = _explored(recording, settings["jobs"].value)
    except BundleError as error:
        raise UsageProblem(str(error)) from error
    seconds = time.monotonic() - started
    judgement = gate.judge(bundle)
    form = settings["format"].value
    print_bundle(bundle, judgement, form, seconds=seconds, interrupted=interrupted)
    write_outputs(outputs, bundle, judgement.changes)
    return judgement.exit_of(bundle, strict=settings["strict"].value, interrupted=interrupted)


def _explored(recording: Recording, jobs: int) -> tuple[Bundle, bool]:
    """Explore what is left; the whole bundle, and whether a person stopped it."""
    plan = recording.request.plan
    interrupted = False
    with progress(len(recording.left), recording.request.schedules) as listener:
        if jobs == 1:
            rows = explore_all(recording.left, plan, listener)
        else:
            rows = explore_in_parallel(recording.request, recording.left, listener, jobs=jobs)
        try:
            for explored in rows:
                recording.bundle.add(explored.row, explored.hashes)
                remember(explored.row, plan.corpus, listener)
        except KeyboardInterrupt:
            interrupted = True
    bundle = recording.bundle.close()
    return bundle, interrupted or bundle.interrupted
