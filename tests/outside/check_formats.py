"""Whether every file that hocket writes passes the readers that others wrote.

Run as ``python -m tests.outside.check_formats TOOLS``, as ``make formats`` does: ``TOOLS`` is a
folder in which npm has installed ``@microsoft/sarif-multitool-linux`` and ``ctrf``, which hold the
official schemas of SARIF and CTRF.  The schema of Jenkins' xUnit plugin (``junit-10.xsd``) is in
no package; ``JUNIT_XSD`` names a copy, and without one JUnit is read by junitparser alone.  Each
reader is also given a spoilt file, which it must refuse.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
from attrs import frozen
from junitparser import JUnitXml

from hocket.reports.bundle import read_bundle
from hocket.reports.writers import WRITERS

REPOSITORY = Path(__file__).resolve().parents[2]
BUNDLES = REPOSITORY / "examples" / "two_releases"
SECONDS_MAX = 120
EXCUSED = "SARIF2005"
"""The rule that wants a home page of the tool, which hocket has none of."""


@frozen
class Check:
    """A reader, the format it reads, and how to spoil a file of that."""

    name: str
    form: str
    complaint_of: Callable[[Path], str]
    spoil: Callable[[str], str]


def checks(tools: Path, xsd: Path | None) -> Iterator[Check]:
    """Every reader that is there."""
    multitool = tools / "node_modules" / "@microsoft" / "sarif-multitool-linux"
    sarif = json.loads((multitool / "sarif-2.1.0.json").read_text("utf-8"))
    (path,) = (tools / "node_modules" / "ctrf" / "dist").glob("ctrf-schema*.json")
    ctrf = json.loads(path.read_text("utf-8"))
    yield Check("SARIF schema", "sarif", _by_schema(sarif), _with("version", "9"))
    yield Check("SARIF Multitool", "sarif", _multitool(multitool), _without_locations)
    yield Check("CTRF schema", "ctrf", _by_schema(ctrf), _with("reportFormat", "other"))
    yield Check("junitparser", "junit", _junitparser, lambda text: text.replace("seed", "\x00"))
    yield Check("junitparser", "junit-places", _junitparser, lambda text: text[:-20])
    if xsd is not None:
        spoil = _renamed("classname", "class")
        yield Check("xmllint, Jenkins schema", "junit", _xmllint(xsd), spoil)


def _with(key: str, value: str) -> Callable[[str], str]:
    return lambda text: json.dumps({**json.loads(text), key: value})


def _renamed(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


def _without_locations(text: str) -> str:
    log = json.loads(text)
    for result in log["runs"][0]["results"]:
        del result["locations"]
    return json.dumps(log)


def _by_schema(schema: Any) -> Callable[[Path], str]:
    def complaint_of(path: Path) -> str:
        try:
            jsonschema.validate(
                json.loads(path.read_text("utf-8")),
                schema,
                format_checker=jsonschema.FormatChecker(),
            )
        except jsonschema.ValidationError as error:
            return error.message
        return ""

    return complaint_of


def _multitool(folder: Path) -> Callable[[Path], str]:
    """The errors and warnings of its rules, those that GitHub adds among them."""

    def complaint_of(path: Path) -> str:
        command = [str(folder / "Sarif.Multitool"), "validate", str(path)]
        rules = ["--rule-kind", "Sarif;Ghas", "--level", "Error;Warning"]
        output = _run([*command, *rules], DOTNET_SYSTEM_GLOBALIZATION_INVARIANT="1")
        if "Analysis completed successfully" not in output:
            return output
        told = [line for line in output.splitlines() if line.startswith(str(path))]
        return "\n".join(line for line in told if EXCUSED not in line)

    return complaint_of


def _xmllint(xsd: Path) -> Callable[[Path], str]:
    def complaint_of(path: Path) -> str:
        output = _run(["xmllint", "--noout", "--schema", str(xsd), str(path)])
        return "" if output.strip() == f"{path} validates" else output

    return complaint_of


def _junitparser(path: Path) -> str:
    try:
        document: Any = JUnitXml.fromstring(path.read_text("utf-8").encode())
        return "" if list(document) else "it has no suites"
    except SyntaxError as error:
        return str(error)


def _run(command: list[str], **variables: str) -> str:
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS_MAX,
        env={**os.environ, **variables},
        check=False,
    )
    return done.stdout


def main() -> int:
    """Check what is written of both example bundles; 1 if a reader complains, or never does."""
    tools = Path(sys.argv[1]).resolve()
    named = os.environ.get("JUNIT_XSD", "")
    xsd = Path(named).resolve() if named else None
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for check in checks(tools, xsd):
            for release in ("base", "head"):
                path = Path(folder) / f"{release}.{check.form}"
                text = WRITERS[check.form](read_bundle(BUNDLES / release), ())
                path.write_text(text, encoding="utf-8")
                complaint = check.complaint_of(path)
                bad += bool(complaint)
                print(f"{check.name}: {release}: {complaint or 'ok'}")
            path.write_text(check.spoil(text), encoding="utf-8")
            caught = check.complaint_of(path)
            bad += not caught
            print(f"{check.name}: a spoilt file {'is refused' if caught else 'PASSES'}")
    if xsd is None:
        print("not checked: the schema of Jenkins' xUnit plugin; name a copy with JUNIT_XSD")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
