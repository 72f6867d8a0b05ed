"""The mechanical changes of the runtime that ``make mutmut`` tests, and samples of them.

They are those of Cosmic Ray, one replacement for each operator, since the others are mostly errors
of types; and statements left out, which it lacks and which are what concurrent programs forget.
SQL is text to both of them and is not changed.
"""

import ast
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

from attrs import frozen
from cosmic_ray import plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

__all__ = ["NAMED", "OTHERS", "RUNTIME", "Change", "mutated", "sample"]

RUNTIME = Path("runtime/hocket/runtime")

NAMED = (
    *("thread_locks.py", "approvals.py", "cancellation.py", "delegation.py", "history.py"),
    *(f"store/{name}.py" for name in ("units", "rows", "thread_units", "job_units")),
    *(f"store/{name}.py" for name in ("personal_units", "recovery_units", "database", "store")),
)
"""The modules whose survivors are studied; first in every sample."""

OTHERS = (
    *("turns.py", "dialogue.py", "connections.py", "runs.py", "segments.py", "threads.py"),
    *("prompting.py", "memory.py", "tools.py", "core.py", "runtime.py"),
    *(f"jobs/{name}.py" for name in ("board", "closing", "learning", "recovery")),
)
"""The other modules that work in a simulated execution; those of the server do not."""

OPERATORS = (
    *("AddNot", "NumberReplacer", "ZeroIterationForLoop"),
    *("ReplaceAndWithOr", "ReplaceOrWithAnd", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue"),
    *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ReplaceUnaryOperator_Delete_Not"),
    *("ReplaceComparisonOperator_Is_IsNot", "ReplaceComparisonOperator_IsNot_Is"),
    *("ReplaceComparisonOperator_Eq_NotEq", "ReplaceComparisonOperator_NotEq_Eq"),
    *("ReplaceComparisonOperator_Lt_LtE", "ReplaceComparisonOperator_LtE_Lt"),
    *("ReplaceComparisonOperator_Gt_GtE", "ReplaceComparisonOperator_GtE_Gt"),
    *("ReplaceBinaryOperator_Add_Sub", "ReplaceBinaryOperator_Sub_Add"),
    *("ReplaceBinaryOperator_Mul_Div", "ReplaceBinaryOperator_Div_Mul"),
)
LEFT_OUT = "StatementLeftOut"


@frozen
class Change:
    """One change: the ``occurrence``-th place of the ``operator`` in the module.

    ``before`` and ``after`` are the first line that differs, without its indentation, by which the
    change is known when line numbers have moved.
    """

    module: str
    operator: str
    occurrence: int
    line: int
    before: str
    after: str


def left_out(source: str) -> Iterator[str]:
    """The source without one statement each: calls, deletions, and assignments to what lasts."""
    lines = source.splitlines(keepends=True)
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Call() | ast.Await()) | ast.Delete() | ast.AugAssign():
                pass
            case ast.Assign(targets=[ast.Attribute() | ast.Subscript(), *_]):
                pass
            case _:
                continue
        first, last = node.lineno - 1, node.end_lineno or node.lineno
        indent = lines[first][: node.col_offset]
        yield "".join([*lines[:first], f"{indent}pass\n", *lines[last:]])


def mutated(source: str, operator: str) -> Iterator[str]:
    """The source with the operator applied at one place each."""
    if operator == LEFT_OUT:
        yield from left_out(source)
        return
    kind = plugins.get_operator(f"core/{operator}")
    places = sum(1 for node in ast_nodes(get_ast(source)) for _ in kind().mutation_positions(node))
    for occurrence in range(places):
        changed = mutate_code(source, kind(), occurrence)
        if changed is not None:
            yield changed


def changes_of(module: str) -> list[Change]:
    """All changes of a module."""
    source = (RUNTIME / module).read_text("utf-8")
    found = [
        _change(module, operator, number, source, text)
        for operator in (*OPERATORS, LEFT_OUT)
        for number, text in enumerate(mutated(source, operator))
    ]
    return [change for change in found if change is not None]


def _change(
    module: str, operator: str, occurrence: int, source: str, changed: str
) -> Change | None:
    old, new = source.splitlines(), changed.splitlines()
    for line, (before, after) in enumerate(zip(old, new, strict=False), start=1):
        if before != after:
            return Change(module, operator, occurrence, line, before.strip(), after.strip())
    return None


def sample(modules: Iterable[str], count: int, seed: int) -> list[Change]:
    """So many changes of the modules, the same for one seed as long as the modules are the same."""
    every = [change for module in modules for change in changes_of(module)]
    chosen = random.Random(seed).sample(every, min(count, len(every)))
    return sorted(chosen, key=lambda c: (c.module, c.line, c.operator, c.occurrence))
