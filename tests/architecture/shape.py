"""Rules about the shape of code: how long, how wide, how deep, and what it does not contain.

Each rule takes one source and yields its offences, a place and a sentence each.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from tests.architecture.sources import Function, Source

MODULE_LINES_MAX = 300
EXPLAINED_MODULE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
PARAMETERS_MAX = 6
NESTING_MAX = 3

_REASON = re.compile(r"\blong because\b", re.IGNORECASE)
_LEFT_OVER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
_UNRUN = re.compile(r"(pytest|unittest)\.(mark\.)?(skip|skip[iI]f|xfail|importorskip)")
_COMPOUND = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.With,
    ast.AsyncWith,
    ast.Try,
    ast.TryStar,
    ast.Match,
)


def long_module(source: Source) -> Iterator[str]:
    """A module is short; a longer one says in its header that it is long because of something."""
    lines = len(source.text.splitlines())
    # A docstring wraps where it must.
    header = " ".join((ast.get_docstring(source.tree) or "").split())
    limit = EXPLAINED_MODULE_LINES_MAX if _REASON.search(header) else MODULE_LINES_MAX
    if lines > limit:
        yield f"{source.path}: {lines} lines, more than {limit}"


def long_function(source: Source) -> Iterator[str]:
    """A function fits on a screen, its docstring with it."""
    for function in source.functions:
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines > FUNCTION_LINES_MAX:
            yield source.at(function, f"{function.name} has {lines} lines")


def many_parameters(source: Source) -> Iterator[str]:
    """A function that needs more facts than this takes them as a value; ``self`` is no fact."""
    for function in source.functions:
        names = [a.arg for a in _parameters(function)]
        count = len(names) - (bool(names) and names[0] in {"self", "cls"})
        if count > PARAMETERS_MAX:
            yield source.at(function, f"{function.name} takes {count} parameters")


def deep_nesting(source: Source) -> Iterator[str]:
    """Statements are not nested deeper than a reader holds; a function inside starts anew."""
    for function in source.functions:
        for statement in _too_deep(function.body, 1):
            yield source.at(statement, f"{function.name} nests more than {NESTING_MAX} deep")


def boolean_positional(source: Source) -> Iterator[str]:
    """A call ``f(x, True)`` cannot be read, so a public function takes its booleans by name."""
    for function in source.functions:
        if function.name.startswith("_"):
            continue
        positional = [*function.args.posonlyargs, *function.args.args]
        defaults = [None] * (len(positional) - len(function.args.defaults))
        for argument, default in zip(positional, [*defaults, *function.args.defaults], strict=True):
            if _is_boolean(argument.annotation, default):
                yield source.at(argument, f"{function.name} takes {argument.arg} by position")


def left_over_comment(source: Source) -> Iterator[str]:
    """What is left to do is done, or it is an issue; it is no comment."""
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT and _LEFT_OVER.search(token.string):
            yield f"{source.path}:{token.start[0]}: {token.string}"


def unrun_test(source: Source) -> Iterator[str]:
    """A test that does not run is deleted, and one that fails is repaired."""
    for node in ast.walk(source.tree):
        names: list[str] = []
        if isinstance(node, ast.Attribute):
            names = [ast.unparse(node)]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        if isinstance(node, ast.stmt | ast.expr):
            yield from (source.at(node, name) for name in names if _UNRUN.fullmatch(name))


def _parameters(function: Function) -> list[ast.arg]:
    arguments = function.args
    more = [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *more]


def _is_boolean(annotation: ast.expr | None, default: ast.expr | None) -> bool:
    if isinstance(default, ast.Constant) and isinstance(default.value, bool):
        return True
    return annotation is not None and ast.unparse(annotation).strip("'\"") == "bool"


def _too_deep(body: list[ast.stmt], depth: int) -> Iterator[ast.stmt]:
    """The outermost compound statements in ``body`` that are nested too deep."""
    for statement in body:
        if not isinstance(statement, _COMPOUND):
            continue
        if depth > NESTING_MAX:
            yield statement
            continue
        for block in _blocks(statement):
            # An elif is written as deep as its if, whatever the tree says.
            yield from _too_deep(block, depth + (not _is_elif(statement, block)))


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name, value in ast.iter_fields(statement):
        if name in {"body", "orelse", "finalbody"}:
            yield value
        elif name in {"handlers", "cases"}:
            yield from (part.body for part in value)


def _is_elif(statement: ast.stmt, block: list[ast.stmt]) -> bool:
    if not isinstance(statement, ast.If) or block is not statement.orelse or len(block) != 1:
        return False
    return isinstance(block[0], ast.If) and block[0].col_offset == statement.col_offset
