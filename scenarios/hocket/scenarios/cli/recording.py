"""A run and its bundle: begun, or gone on with after it was cut."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import evolve, frozen

from hocket.reports.bundle import Bundle, BundleError, BundleWriter, numbered_folder, read_bundle
from hocket.reports.environment import Environment, SettingUsed, here
from hocket.scenarios.cli.requests import SEARCH, request_of
from hocket.scenarios.request import Request, Selected, sources_of
from hocket.scenarios.usage import UsageProblem

__all__ = ["Recording", "begin", "resume"]

SCENARIOS = "scenarios"
"""The folder of a bundle that has the scenarios that were made up and failed."""


@frozen
class Recording:
    """A request under way: what is still to be explored, and the bundle that it goes to."""

    request: Request
    left: Sequence[tuple[int, Selected]]
    bundle: BundleWriter


def begin(settings: Mapping[str, SettingUsed]) -> Recording:
    """Begin a bundle where ``settings`` say, or in the next numbered folder."""
    named = settings["bundle"].value
    request = request_of(settings)
    selected = request.selected()
    environment = here(
        settings,
        sources=sources_of(selected),
        selected=len(selected),
        shard=request.shard,
    )
    try:
        folder = Path(named) if named else numbered_folder(Path(settings["runs"].value))
    except OSError as error:
        raise UsageProblem(
            f"cannot keep results in {settings['runs'].value}: {error.strerror}; "
            "name another folder with --bundle"
        ) from error
    kept = _keeping(request, folder)
    return Recording(kept, kept.selected(), BundleWriter.create(folder, environment))


def resume(settings: Mapping[str, SettingUsed]) -> Recording:
    """Go on with the bundle that ``settings`` name, by the settings that it was begun with.

    What was interrupted is explored again from its beginning.
    """
    given = [key for key in (*SEARCH, "bundle") if settings[key].source == "flag"]
    if given:
        raise UsageProblem(
            f"--resume takes what is explored from its bundle; leave {given[0]} away"
        )
    folder = Path(settings["resume"].value)
    kept = read_bundle(folder)
    begun = _only_campaign(folder, kept)
    budget = {"time-budget": settings["time-budget"]}
    request = _keeping(request_of({**begun.settings, **budget}), folder)
    selected = request.selected()
    if begun.sources != sources_of(selected):
        raise UsageProblem(f"what {folder} explored was edited since; begin another run")
    done = {row.position for row in kept.rows if not row.result.interrupted}
    left = [(position, subject) for position, subject in selected if position not in done]
    return Recording(request, left, BundleWriter.resume(folder))


def _keeping(request: Request, folder: Path) -> Request:
    """The request, with what it makes up and sees failing kept in the bundle ``folder``."""
    generation = request.generation
    if generation is None:
        return request
    return evolve(request, generation=evolve(generation, folder=folder / SCENARIOS))


def _only_campaign(folder: Path, kept: Bundle) -> Environment:
    if len(kept.environments) != 1:
        raise BundleError(f"{folder} was merged from several campaigns and cannot be resumed")
    begun = kept.environments[0]
    now = here({}, sources="", selected=0, shard=begun.shard)
    for name in ("tool", "python", "trio"):
        before, after = getattr(begun, name), getattr(now, name)
        if before != after:
            raise UsageProblem(
                f"{folder} was begun with {name} {before}, and this is {after}; begin another run"
            )
    return begun
