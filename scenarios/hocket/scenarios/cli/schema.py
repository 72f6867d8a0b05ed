"""``hocket schema``: the JSON Schema of the JSON form."""

import json

import click

from hocket.reports.exits import Exit
from hocket.scenarios.language.json_schema import json_schema

__all__ = ["schema"]


@click.command()
def schema() -> int:
    """Print the JSON Schema of scenarios in the JSON form, from which editors complete.

    \b
    hocket schema > hocket.schema.json
    """
    click.echo(json.dumps(json_schema(), indent=2))
    return Exit.OK
