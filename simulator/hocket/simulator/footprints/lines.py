"""What a line of source reads and writes, and which objects those are in a running frame.

The line is read as syntax, once; its names are then looked up in the frame without running any of
the program's code: attributes come from instance dictionaries, items from plain lists, tuples and
dictionaries.  What cannot be looked up that way is passed over.
"""

import ast
import linecache
import operator
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import FrameType
from typing import Any, Final, cast

from attrs import frozen

__all__ = ["Access", "Touch", "accesses_of", "touches"]

_MISSING: Final = object()
_CONTAINERS: Final = (list, dict, set, deque, bytearray)
_OPERATORS: Final[Mapping[type, Callable[[int, int], int]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}

Touch = tuple[object, object, bool]
"""An object, the field or item of it (``*`` for all its items), and whether it is written."""


@frozen
class Access:
    """One expression that touches something: its node, and how it is used."""

    node: ast.Attribute | ast.Subscript | ast.Name
    write: bool
    called: bool
    whole: bool


def accesses_of(path: str, line: int) -> tuple[Access, ...]:
    """The accesses that stand on one line of a file; none for what is no file of source."""
    return _by_line(path).get(line, ())


@cache
def _by_line(path: str) -> Mapping[int, tuple[Access, ...]]:
    try:
        tree = ast.parse("".join(linecache.getlines(path)))
    except (SyntaxError, ValueError):
        return {}
    found: dict[int, tuple[Access, ...]] = {}
    for parent in ast.walk(tree):
        for node in ast.iter_child_nodes(parent):
            if isinstance(node, ast.Attribute | ast.Subscript | ast.Name):
                access = Access(
                    node=node,
                    write=not isinstance(node.ctx, ast.Load),
                    called=isinstance(parent, ast.Call) and parent.func is node,
                    whole=not isinstance(parent, ast.Attribute | ast.Subscript),
                )
                found[node.lineno] = (*found.get(node.lineno, ()), access)
    return found


def touches(frame: FrameType, line: int) -> Iterator[Touch]:
    """What ``line`` touches in ``frame``, where it is about to run, or goes on after an await."""
    for access in accesses_of(frame.f_code.co_filename, line):
        yield from _touch(access, frame)


def _touch(access: Access, frame: FrameType) -> Iterator[Touch]:
    node = access.node
    if isinstance(node, ast.Name):
        code = frame.f_code
        cell = node.id in code.co_freevars or node.id in code.co_cellvars
        if cell or (node.id not in code.co_varnames and node.id in frame.f_globals):
            yield None, node.id, access.write
    else:
        owner = _value(node.value, frame)
        if owner is _MISSING:
            return
        if isinstance(node, ast.Subscript):
            item = _value(node.slice, frame)
            known = isinstance(item, int | str)
            yield owner, item if known else "*", access.write
        elif isinstance(owner, _CONTAINERS):
            yield owner, "*", access.called
            return
        else:
            yield owner, node.attr, access.write
    if access.whole and not access.write:
        value = _value(node, frame)
        if isinstance(value, _CONTAINERS):
            yield cast("object", value), "*", False


def _value(node: ast.expr, frame: FrameType) -> Any:
    """What an expression stands for, if that can be said without running it."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return frame.f_locals.get(node.id, frame.f_globals.get(node.id, _MISSING))
    if isinstance(node, ast.Attribute):
        fields = getattr(_value(node.value, frame), "__dict__", None)
        if type(fields) is not dict:
            return _MISSING
        return cast("dict[str, Any]", fields).get(node.attr, _MISSING)
    if isinstance(node, ast.Subscript):
        return _item(_value(node.value, frame), _value(node.slice, frame))
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = _value(node.left, frame), _value(node.right, frame)
        if type(left) is int and type(right) is int:
            return _OPERATORS[type(node.op)](left, right)
    return _MISSING


def _item(owner: Any, key: Any) -> Any:
    if type(owner) in {list, tuple} and type(key) is int and -len(owner) <= key < len(owner):
        return owner[key]
    if type(owner) is dict and type(key) in {int, str}:
        return cast("dict[object, Any]", owner).get(key, _MISSING)
    return _MISSING
