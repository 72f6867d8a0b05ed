"""``hocket explain-code``: what a diagnostic means, at more length."""

import textwrap

import click

from hocket.reports.exits import Exit
from hocket.scenarios.language.diagnostics import Code, suggestion
from hocket.scenarios.language.explanations import EXAMPLE, EXPLANATIONS, Explanation
from hocket.scenarios.usage import UsageProblem

__all__ = ["explain_code"]

_WIDTH = 88
_SHOWN = 100


@click.command("explain-code")
@click.argument("code", required=False, metavar="[CODE]")
def explain_code(code: str | None) -> int:
    """Say what a code of `hocket check` means, with a wrong line beside a right one.

    \b
    hocket explain-code E012
    hocket explain-code         all codes, a line each
    """
    if code is None:
        for one, explanation in EXPLANATIONS.items():
            click.echo(f"{one}  {explanation.title}")
        return Exit.OK
    known = {str(one): one for one in Code}
    if code.upper() not in known:
        near = suggestion(code.upper(), list(known))
        hint = f"did you mean {near}?" if near else f"there are {min(known)} to {max(known)}"
        raise UsageProblem(f"there is no code {code!r}; {hint}")
    click.echo(_explained(known[code.upper()], EXPLANATIONS[known[code.upper()]]))
    return Exit.OK


def _explained(code: Code, explanation: Explanation) -> str:
    parts = [f"{code}: {explanation.title}", textwrap.fill(explanation.text, _WIDTH)]
    if explanation.wrong:
        right = next(row for row in EXAMPLE.split("\n") if explanation.right in row)
        parts += [f"wrong:\n{_cut(explanation.wrong)}", f"right:\n{_cut(right)}"]
    return "\n\n".join(parts)


def _cut(lines: str) -> str:
    rows = lines.replace("\r", "\\r").split("\n")
    return "\n".join(row if len(row) <= _SHOWN else row[: _SHOWN - 3] + "..." for row in rows)
