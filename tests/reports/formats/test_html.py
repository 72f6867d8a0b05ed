"""The HTML page as a text: whole in itself, and deaf to what programs under test would have it do.

That it works is shown in a browser, by ``make browser-test``.
"""

import json
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from hocket.reports.diagram import (
    Change,
    Diagram,
    Event,
    Lane,
    Mark,
    Message,
    Pictures,
    Span,
    Stretch,
)
from hocket.reports.formats.html import html_report
from hocket.reports.results import FailureReport, Moment, Row
from hocket.simulator.engine.outcome import Verdict

Rows = Callable[..., Row]
HOSTILE = "</script><img src=x onerror=alert(1)><!-- \u2028 \u202e ]]>"


class Reader(HTMLParser):
    """A page as a parser sees it: its tags with their attributes, its scripts, styles and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": [], "": []}
        self._open = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag, and whether what follows is meant for people."""
        self.tags.append((tag, dict(attrs)))
        self._open = tag if tag in self.inside else self._open

    def handle_endtag(self, tag: str) -> None:
        """After a script or a style comes text again."""
        self._open = "" if tag == self._open else self._open

    def handle_data(self, data: str) -> None:
        """Note what is in a script, in a style, or to be read."""
        self.inside[self._open].append(data)


def _hostile(report: FailureReport, text: str) -> FailureReport:
    diagram = Diagram(
        (Lane(text, text),),
        (Event(0, Mark.SEND, 0.0, text, text, text, (), clashing=True),),
        (Message(0, None, text),),
        (Span(0, Stretch.WAITS, 0, None, text),),
        (Change(0, text, text, text),),
    )
    return evolve(
        report,
        sentence=text,
        lanes=(text,),
        moments=(Moment(text, text, 1),),
        place=text,
        statement=text,
        command=text,
        pictures=Pictures(diagram, diagram),
    )


@pytest.fixture
def page(row: Rows, report: FailureReport) -> str:
    """A page whose every text is hostile."""
    failed = row(Verdict.FAILED, failures=(_hostile(report, HOSTILE),), name=HOSTILE, file=HOSTILE)
    return html_report([failed, row(note=HOSTILE, unmet=(HOSTILE,))], [HOSTILE])


def test_hostile_text_makes_no_tag(page: str) -> None:
    """There are the scripts of the page and no images, whatever a tool answered."""
    read = Reader(page)
    assert [attributes.get("type") for tag, attributes in read.tags if tag == "script"] == [
        "application/json",
        None,
    ]
    assert "img" not in {tag for tag, _ in read.tags}
    assert not [name for _, attributes in read.tags for name in attributes if name.startswith("on")]
    assert "<img src=x onerror=alert(1)>" in "".join(read.inside[""])


def test_the_data_are_inert(page: str) -> None:
    """JSON without a single ``<``, which reads back as what was drawn."""
    data = Reader(page).inside["script"][0]
    assert not set(data) & set("<>&")
    (picture,) = json.loads(data)["pictures"]
    assert picture["failing"]["events"][0]["text"].startswith("</script><img")


def test_the_policy_allows_this_style_and_this_script_and_nothing_else(page: str) -> None:
    """By their hashes: nothing is fetched, and no other script runs."""
    read = Reader(page)
    (policy,) = [a["content"] for _, a in read.tags if a.get("http-equiv")]
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    style, script = "".join(read.inside["style"]), read.inside["script"][1]
    digests = [b64encode(sha256(text.encode()).digest()).decode() for text in (style, script)]
    assert rules == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digests[0]}'",
        "script-src": f"'sha256-{digests[1]}'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
    }


def test_nothing_is_loaded(page: str) -> None:
    """No attribute names another resource, and links stay on the page."""
    for _, attributes in Reader(page).tags:
        assert not {"src", "srcset", "data", "action", "background", "style"} & set(attributes)
        assert (attributes.get("href") or "#").startswith("#")
    assert "@import" not in page
    assert "url(" not in page


def test_the_page_can_be_read_without_its_script(page: str, row: Rows) -> None:
    """The table, the account and the command are there as text."""
    told = " ".join("".join(Reader(html_report([row(Verdict.FAILED)])).inside[""]).split())
    for words in (
        "A tool ran twice",
        "1 preemption",
        "No tool call starts",
        "hocket replay hkt1.abc",
    ):
        assert words in told
    assert "\u202e" not in page


@settings(deadline=None)
@given(text=st.text(min_size=1))
def test_any_text_can_be_shown(text: str) -> None:
    """Also halves of surrogate pairs, which no file could hold."""
    result = html_report([], [text])
    assert result.encode("utf-8").startswith(b"<!doctype html>")


def test_two_pages_of_the_same_rows_are_the_same(row: Rows) -> None:
    """No time of day, no random name."""
    rows = [row(Verdict.FAILED), row()]
    assert html_report(rows) == html_report(rows)
