"""The formats a bundle can be written in, by the names that ``-o FORMAT=PATH`` takes."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from hocket.reports.baseline import baseline
from hocket.reports.bundle import Bundle
from hocket.reports.compare import Change
from hocket.reports.formats.annotations import annotations
from hocket.reports.formats.code_quality import code_quality
from hocket.reports.formats.ctrf import ctrf
from hocket.reports.formats.html import html_report
from hocket.reports.formats.junit import junit, junit_with_places
from hocket.reports.formats.machine import jsonl
from hocket.reports.formats.sarif import sarif
from hocket.reports.formats.summary import step_summary

__all__ = ["WRITERS", "Writer"]

Writer = Callable[[Bundle, Sequence[Change]], str]
"""Makes the whole text of a file from a bundle and its changes since a baseline, if any."""


def _html(bundle: Bundle, _changes: Sequence[Change]) -> str:
    about = dict.fromkeys(map(str, bundle.environments))
    return html_report(bundle.rows, about, interrupted=bundle.interrupted)


WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "html": _html,
        "jsonl": lambda bundle, _changes: jsonl(bundle.rows),
        "junit": junit,
        "junit-places": junit_with_places,
        "sarif": sarif,
        "ctrf": ctrf,
        "code-quality": code_quality,
        "github": annotations,
        "summary": step_summary,
        "baseline": lambda bundle, _changes: baseline(bundle),
    }
)
