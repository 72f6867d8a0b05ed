"""Rules about names and words: docstrings, exports, and the glossary.

Each rule takes one source and yields its offences.
"""

import ast
import re
from collections.abc import Iterator

from tests.architecture.sources import Function, Source

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_REPEATED = re.compile(r"\b(overload|setter|deleter|register)\b")
_FRAMES = frozenset({"ABC", "Enum", "Exception", "Generic", "Protocol", "StrEnum", "ValueError"})


def undocumented(source: Source) -> Iterator[str]:
    """Every public module, class, function and method says what it is for.

    A method of a class with bases may be described where it is first declared.
    """
    if not ast.get_docstring(source.tree):
        yield f"{source.path}:1: the module has no docstring"
    inherited = _overrides(source.tree)
    for node, name in _public_definitions(source.tree, ""):
        if not (ast.get_docstring(node) or node in inherited or _is_described_elsewhere(node)):
            yield source.at(node, f"{name} has no docstring")


def silent_test(source: Source) -> Iterator[str]:
    """Every test states in its docstring the behaviour that it holds the code to."""
    for function in source.functions:
        if function.name.startswith("test_") and not ast.get_docstring(function):
            yield source.at(function, f"{function.name} does not say what behaviour it tests")


def false_export(source: Source) -> Iterator[str]:
    """Every name in ``__all__`` is bound in its module, once, and public."""
    exported = _exported(source.tree)
    bound = _bound(source.tree.body)
    for name in sorted(set(exported)):
        if name not in bound:
            yield f"{source.path}: __all__ names {name}, which is not there"
        if exported.count(name) > 1:
            yield f"{source.path}: __all__ names {name} {exported.count(name)} times"
        if name.startswith("_") and not name.endswith("__"):
            yield f"{source.path}: __all__ names {name}, which is private"


def banned_word(source: Source, banned: frozenset[str]) -> Iterator[str]:
    """No public name contains a word that the glossary replaces by another.

    ``banned`` is in lower case, in the singular.
    """
    for name in sorted(public_names(source)):
        for word in _WORD.findall(name):
            singular = word.lower().removesuffix("s")
            if banned & {word.lower(), singular}:
                yield f"{source.path}: {name} says {word}, which the glossary replaces"


def public_names(source: Source) -> set[str]:
    """The module, what it binds, the members of its classes, and the parameters of all of them."""
    names = {source.module.rpartition(".")[2], *_bound(source.tree.body)}
    for node, _ in _public_definitions(source.tree, ""):
        if isinstance(node, ast.ClassDef):
            names |= _bound(node.body)
        else:
            names |= {a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)}
    return {name for name in names if not name.startswith("_")}


def _public_definitions(
    parent: ast.Module | ast.ClassDef, prefix: str
) -> Iterator[tuple[ast.ClassDef | Function, str]]:
    for node in _flat(parent.body):
        if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
            yield node, prefix + node.name
            if isinstance(node, ast.ClassDef):
                yield from _public_definitions(node, f"{prefix}{node.name}.")


def _flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module or class, those under ``if`` and ``try`` too."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try):
            handlers = [s for h in getattr(node, "handlers", ()) for s in h.body]
            yield from _flat([*node.body, *node.orelse, *handlers])


def _overrides(tree: ast.Module) -> set[ast.AST]:
    """The methods of classes that have bases of their own kind, where a name may be declared."""
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return {
        method
        for node in classes
        if {ast.unparse(base).partition("[")[0] for base in node.bases} - _FRAMES
        for method in node.body
        if isinstance(method, Function)
    }


def _is_described_elsewhere(node: ast.ClassDef | Function) -> bool:
    """A setter or an overload, or a member of a protocol that is one line: its class tells."""
    if isinstance(node, ast.ClassDef):
        return False
    names = " ".join(ast.unparse(decorator) for decorator in node.decorator_list)
    return bool(_REPEATED.search(names)) or node.lineno == node.end_lineno


def _exported(tree: ast.Module) -> list[str]:
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets):
            return list(ast.literal_eval(node.value)) if isinstance(node, ast.Assign) else []
    return []


def _bound(body: list[ast.stmt]) -> set[str]:
    """The names that the statements of a module or class bind."""
    names: set[str] = set()
    for node in _flat(body):
        if isinstance(node, ast.ClassDef | Function):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(a.asname or a.name).partition(".")[0] for a in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    return names
