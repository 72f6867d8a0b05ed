"""``hocket merge``: shards of a campaign, or several campaigns, as one bundle."""

from collections.abc import Sequence
from pathlib import Path

import click

from hocket.reports.bundle import BundleError, numbered_folder, read_bundle, write_bundle
from hocket.reports.exits import Exit
from hocket.reports.merge import doubts, gaps
from hocket.reports.merge import merge as merge_bundles
from hocket.reports.wording import count
from hocket.scenarios.usage import UsageProblem

__all__ = ["merge"]


@click.command()
@click.argument("bundles", nargs=-1, required=True)
@click.option("--bundle", metavar="DIR", help="The folder to write; the next numbered run if none.")
def merge(bundles: Sequence[str], bundle: str | None) -> int:
    """Join bundles: the shards of one run, or runs by several strategies.

    \b
    hocket merge shard-*/ --bundle merged
    hocket report merged -o junit=report.xml

    Of two results for one scenario and strategy the one that says more is kept.
    """
    try:
        merged = merge_bundles([read_bundle(Path(one)) for one in bundles])
        if bundle is not None and (Path(bundle) / "results.jsonl").exists():
            raise UsageProblem(f"{bundle} holds a bundle already; name another folder")
        folder = Path(bundle) if bundle else numbered_folder(Path(".hocket/runs"))
        write_bundle(folder, merged)
    except BundleError as error:
        raise UsageProblem(str(error)) from error
    except OSError as error:
        raise UsageProblem(f"cannot write the merged bundle: {error}") from error
    missing = gaps(merged)
    for warning in (*missing, *doubts(merged)):
        click.echo(f"warning: {warning}", err=True)
    parts = count(len(merged.environments), "campaign")
    click.echo(f"{folder}: {count(len(merged.rows), 'scenario')} of {parts}")
    return Exit.INCONCLUSIVE if missing else Exit.OK
