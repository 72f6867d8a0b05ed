"""What a source line reads and writes that several tasks can see, as far as its text tells.

Variables of enclosing functions and of modules, attributes and constant items count; locals do not.
Calls of methods that change their object count as writes of it.
"""

import ast
import linecache
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType

from attrs import frozen

__all__ = ["Access", "accesses", "is_test"]

_CHANGING = frozenset(
    {"add", "append", "clear", "discard", "extend", "insert"}
    | {"pop", "popitem", "popleft", "remove", "setdefault", "update"}
)
_TESTS = (ast.If, ast.While, ast.IfExp, ast.Assert)


@frozen
class Access:
    """One read or write.

    ``text`` is how the line spells it; ``path`` are the names by which its owner is reached from
    the frame, empty for a plain variable, and ``key`` is the name of what is touched in the owner.
    """

    text: str
    path: tuple[str, ...]
    key: str
    writes: bool


@lru_cache(maxsize=4096)
def accesses(code: CodeType, line: int) -> tuple[Access, ...]:
    """The reads of a line, then its writes, each once."""
    found = dict.fromkeys(_lines(code.co_filename).get(line, ()))
    seen = [access for access in found if access.path or _is_shared(code, access.key)]
    return tuple(sorted(seen, key=lambda access: access.writes))


def _is_shared(code: CodeType, name: str) -> bool:
    """Whether other functions reach the variable; a comprehension is no other function."""
    if code.co_name.startswith("<"):
        return False
    inner = (c for c in code.co_consts if isinstance(c, CodeType) and c.co_name[0] != "<")
    if name in code.co_freevars or any(name in c.co_freevars for c in inner):
        return True
    return name in code.co_names and name not in (*code.co_varnames, *code.co_cellvars)


def is_test(code: CodeType, line: int) -> bool:
    """Whether the line decides which way to go."""
    return line in _tests(code.co_filename)


@lru_cache(maxsize=256)
def _lines(file: str) -> dict[int, tuple[Access, ...]]:
    lines: dict[int, list[Access]] = {}
    for node in ast.walk(_tree(file)):
        for line, access in _found(node):
            lines.setdefault(line, []).append(access)
    return {line: tuple(found) for line, found in lines.items()}


@lru_cache(maxsize=256)
def _tests(file: str) -> frozenset[int]:
    return frozenset(
        line
        for node in ast.walk(_tree(file))
        if isinstance(node, _TESTS)
        for line in range(node.test.lineno, (node.test.end_lineno or node.test.lineno) + 1)
    )


@lru_cache(maxsize=64)
def _tree(file: str) -> ast.AST:
    try:
        return ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def _found(node: ast.AST) -> Iterator[tuple[int, Access]]:
    match node:
        case ast.AugAssign(target=ast.Name() | ast.Attribute() | ast.Subscript() as target):
            yield from _access(target, writes=False)
        case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name in _CHANGING:
            yield from _access(owner, writes=True)
        case ast.Name(ctx=context) | ast.Attribute(ctx=context) | ast.Subscript(ctx=context):
            yield from _access(node, writes=isinstance(context, ast.Store | ast.Del))
        case _:
            return


def _access(node: ast.expr, *, writes: bool) -> Iterator[tuple[int, Access]]:
    match node:
        case ast.Name(id=name):
            yield node.lineno, Access(name, (), name, writes)
        case ast.Attribute(value=owner, attr=name) if path := _path(owner):
            yield node.lineno, Access(ast.unparse(node), path, name, writes)
        case ast.Subscript(value=owner, slice=ast.Constant(value=item)) if path := _path(owner):
            yield node.lineno, Access(ast.unparse(node), path, f"[{item!r}]", writes)
        case _:
            return


def _path(node: ast.expr) -> tuple[str, ...]:
    match node:
        case ast.Name(id=name):
            return (name,)
        case ast.Attribute(value=owner, attr=name) if path := _path(owner):
            return (*path, name)
        case _:
            return ()
