"""Diagnostics in the shape that editors take: that of the Language Server Protocol.

Lines and characters count from 0 there, and characters are units of UTF-16.
"""

from pathlib import Path
from typing import Any

from hocket.scenarios.language.diagnostics import Diagnostic
from hocket.scenarios.language.parser import ParseResult

__all__ = ["for_editors"]

_ERROR = 1


def for_editors(file: str, result: ParseResult) -> dict[str, Any]:
    """The parameters of ``textDocument/publishDiagnostics`` for a file, with its name added.

    ``data`` holds the line of help, and the suggestion if there is one, for a quick fix.
    """
    return {
        "file": file,
        "uri": Path(file).absolute().as_uri(),
        "diagnostics": [_diagnostic(d, result.source.row(d.line)) for d in result.diagnostics],
    }


def _diagnostic(diagnostic: Diagnostic, row: str) -> dict[str, Any]:
    line = max(0, diagnostic.line - 1)
    data = {"help": diagnostic.help}
    if diagnostic.suggestion:
        data["suggestion"] = diagnostic.suggestion
    return {
        "range": {
            "start": {"line": line, "character": _units(row, diagnostic.column)},
            "end": {"line": line, "character": _units(row, diagnostic.end_column)},
        },
        "severity": _ERROR,
        "code": str(diagnostic.code),
        "source": "hocket",
        "message": diagnostic.message,
        "data": data,
    }


def _units(row: str, column: int) -> int:
    """The place before a column of a row, in units of UTF-16; behind its end, at most one more."""
    before = row[: column - 1]
    units = len(before) + sum(ord(character) > 0xFFFF for character in before)
    return units + min(1, column - 1 - len(before))
