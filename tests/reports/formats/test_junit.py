"""JUnit XML is what Jenkins' schema allows, and is read back by junitparser."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml, Skipped

from hocket.reports.bundle import Bundle
from hocket.reports.environment import SettingUsed
from hocket.reports.formats.junit import junit, junit_with_places
from hocket.reports.results import Row
from hocket.simulator.campaign import CampaignResult
from hocket.simulator.engine.outcome import ExitReason, Verdict

MakeRow = Callable[..., Row]

NUMBERS = {"name", "tests", "failures", "errors", "time"}
RESULT = {"type", "message"}
ALLOWED: dict[str, tuple[set[str], set[str]]] = {
    "testsuites": (NUMBERS, {"testsuite"}),
    "testsuite": (NUMBERS | {"skipped", "file"}, {"properties", "testcase"}),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": ({"name", "classname", "time"}, {"failure", "error", "skipped", "system-out"}),
    "failure": (RESULT, set()),
    "error": (RESULT, set()),
    "skipped": (RESULT, set()),
    "system-out": (set(), set()),
}
"""What of the xUnit plugin's schema hocket writes: attributes and children by element."""


def assert_allowed(text: str) -> None:
    """The document has the elements and attributes of the schema, and times without powers."""
    for element in ElementTree.fromstring(text).iter():
        attributes, children = ALLOWED[element.tag]
        assert set(element.attrib) <= attributes, element.tag
        assert {child.tag for child in element} <= children, element.tag
        assert "e" not in element.attrib.get("time", "0")


def cases(text: str) -> dict[str, Any]:
    """The cases by name, as junitparser reads them."""
    document: Any = JUnitXml.fromstring(text.encode())
    return {case.name: case for suite in document for case in suite}


def test_every_verdict_has_its_result(every: Bundle) -> None:
    """A violation is a failure, doubt an error, and what was not judged is skipped."""
    text = junit(every)
    assert_allowed(text)
    found: dict[str, list[object]] = {
        name: [type(result) for result in case.result] for name, case in cases(text).items()
    }
    assert found["again[random]"] == [Failure]
    assert found["unmet[random]"] == [Failure]
    assert found["shaky[random]"] == found["error[random]"] == [Error]
    assert found["inconclusive[random]"] == found["unsupported[random]"] == [Skipped]
    assert found["verified[random]"] == found["not-found[random]"] == []
    assert len(found) == len(every.rows)


def test_inconclusive_is_an_error_under_strict(every: Bundle) -> None:
    """JUnit has no word for it, so the message says it."""
    strict = {"strict": SettingUsed(True, "flag")}
    bundle = evolve(every, environments=(evolve(every.environments[0], settings=strict),))
    result: Any
    (result,) = cases(junit(bundle))["inconclusive[random]"].result
    assert (type(result), result.message.partition(":")[0]) == (Error, "inconclusive")


def test_a_failure_begins_with_its_command(every: Bundle) -> None:
    """Readers cut long texts in the middle; the seed and the command are at the beginning."""
    result: Any
    (result,) = cases(junit(every))["again[random]"].result
    assert result.text.startswith("hocket replay hkt1.abc")
    assert result.type == "invariant.at-most-once-tool.start"
    assert "main/2@7 preempts main/1@5" in result.text


def test_suites_are_files_and_their_properties_come_first(every: Bundle) -> None:
    """A class is a dotted path; parameters and strategy are in the name."""
    document = ElementTree.fromstring(junit(every))
    assert [suite.get("name") for suite in document] == [
        "catalogue/approve.hocket",
        "other/b.hocket",
    ]
    for suite in document:
        assert next(child.tag for child in suite) == "properties"
        assert suite.get("tests") == str(len(suite.findall("testcase")))
    assert document.get("failures") == "3"
    case = document.find(".//testcase[@name='again[random]']")
    assert case is not None
    assert case.get("classname") == "catalogue.approve"


def test_parameters_and_strategy_are_one_name(row: MakeRow) -> None:
    """GitLab takes two cases of one name for one."""
    assert list(cases(junit(Bundle((), (row(),))))) == ["approve[n=2,random]"]


def test_places_are_for_those_who_link_to_them(every: Bundle) -> None:
    """The file and the line of the violated property; nothing else differs."""
    case = ElementTree.fromstring(junit_with_places(every)).find(".//*[@name='again[random]']")
    assert case is not None
    assert (case.get("file"), case.get("line")) == ("catalogue/approve.hocket", "12")
    for name in ("file", "line"):
        del case.attrib[name]
    with pytest.raises(AssertionError):
        assert_allowed(junit_with_places(every))


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_no_text_breaks_the_document(text: str) -> None:
    """Characters that XML cannot hold are removed; all others are read back."""
    result = CampaignResult("t", Verdict.ERROR, 1, (), "random", 0, "free", ExitReason.BUDGET, 0.5)
    bundle = Bundle((), (Row(f"n{text}", "f.hocket", 1, result, note=text, vacuous=(text,)),))
    document = junit(bundle)
    assert_allowed(document)
    (name,) = cases(document)
    legal = "".join(c for c in text if c >= " " and not "\ud800" <= c <= "\udfff" and c < "\ufffe")
    assert set(legal) - set("\t\r\n\ufffe\uffff") <= set(name)
