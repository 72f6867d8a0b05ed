"""The report of a run for programs: one JSON object a line, one line for each row."""

from collections.abc import Iterable

from hocket.reports.results import Row
from hocket.reports.schema import json_line, row_to_json

__all__ = ["jsonl"]


def jsonl(rows: Iterable[Row]) -> str:
    """``rows`` as the text of a file of JSON lines; see :mod:`hocket.reports.schema`."""
    return "".join(json_line(row_to_json(row)) for row in rows)
