"""Rules about what code may depend on: one module for Trio's inside, one source of chance.

Names are resolved through the imports of their module, so that neither ``import time as t`` nor
``from time import monotonic as now`` hides one.  A call through ``getattr``, or by a library that
draws on its own, is not seen here; the determinism tests are there for those.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from tests.architecture.sources import Source

PRIVATE_TRIO_HOME = "simulator/hocket/simulator/trio_kernel/private.py"

# What differs between two runs of one program: chance, real clocks, names that are made up.
_CHANCE = re.compile(
    r"(random|secrets)\.\w+|uuid\.uuid[14]|os\.(urandom|getrandom|getpid|times)"
    r"|time\.(time|monotonic|perf_counter|process_time|thread_time|clock_gettime)(_ns)?"
    r"|time\.(localtime|gmtime|ctime|strftime|sleep)"
    r"|(datetime\.)?(datetime|date)\.(now|utcnow|today)"
)

# Where chance enters, as (path pattern, name): why it may.
ALLOWED_CHANCE: Mapping[tuple[str, str], str] = {
    ("runtime/hocket/runtime/runtime.py", "time.time"): (
        "what is stored has the time of day; a simulation gives the runtime another clock"
    ),
    ("simulator/hocket/simulator/strategies/*.py", "random.Random"): (
        "a strategy draws from its own generator, made from the campaign's seed"
    ),
    ("simulator/hocket/simulator/shrinking/passes.py", "random.Random"): (
        "candidates are drawn from a generator with a constant seed, alike every time"
    ),
    ("simulator/hocket/simulator/clocks.py", "time.localtime"): (
        "it is told the moment, and turns it into the fields of a local time"
    ),
    ("simulator/hocket/simulator/entropy.py", "random.Random"): (
        "the generator of a task is seeded by its stream"
    ),
    ("simulator/hocket/simulator/reach.py", "random.Random"): (
        "it is told apart from other objects, and not made"
    ),
    ("simulator/hocket/simulator/reach.py", "random.SystemRandom"): (
        "it is told apart from other objects, and not made"
    ),
    ("simulator/hocket/simulator/campaign.py", "time.monotonic"): (
        "the budget of a campaign is wall time, which the target never sees"
    ),
    ("scenarios/hocket/scenarios/exploration.py", "time.monotonic"): (
        "the wall time of a whole run is shared among its campaigns, outside of any target"
    ),
    ("scenarios/hocket/scenarios/generated.py", "random.Random"): (
        "what is made up comes from a generator that the seed of the run decides"
    ),
    ("scenarios/hocket/scenarios/generation/hunting.py", "random.Random"): (
        "the generator is the caller's"
    ),
    ("scenarios/hocket/scenarios/generation/hunting.py", "time.monotonic"): (
        "the budget of a hunt is wall time, which no target sees"
    ),
    ("scenarios/hocket/scenarios/parallel.py", "time.monotonic"): (
        "the wall time of a whole run is shared among its workers, outside of any target"
    ),
    ("scenarios/hocket/scenarios/cli/*.py", "time.monotonic"): (
        "the command says how long it took, and shows every while that it lives"
    ),
    ("reports/hocket/reports/files.py", "os.getpid"): (
        "two processes that write one file must not share the draft of it"
    ),
    ("reports/hocket/reports/environment.py", "datetime.datetime.now"): (
        "a bundle says when it was begun, for those who order bundles by time"
    ),
    ("runtime/hocket/runtime/server/accounts.py", "secrets.token_urlsafe"): (
        "the first user's token is a secret"
    ),
    ("runtime/hocket/runtime/server/logs.py", "datetime.datetime.now"): (
        "a line of the log says when it was written, which nothing reads again"
    ),
    ("runtime/hocket/runtime/runtime.py", "secrets.token_hex"): (
        "ids of a runtime in production are hard to guess; under test the caller gives its own"
    ),
}


def private_trio(source: Source) -> Iterator[str]:
    """Trio's private names are used in one module, so that a new Trio is one repair."""
    if source.path == PRIVATE_TRIO_HOME:
        return
    for node in ast.walk(source.tree):
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            modules = [f"{node.value.id}.{node.attr}"]
        for module in modules:
            if re.match(r"trio\.(\w+\.)*_[a-z]", module) and isinstance(node, ast.stmt | ast.expr):
                yield source.at(node, module)


def uses_private_trio(source: Source) -> bool:
    """Whether the module imports from one of Trio's private packages at all."""
    return any(
        isinstance(node, ast.ImportFrom) and (node.module or "").startswith("trio._")
        for node in ast.walk(source.tree)
    )


def second_chance(source: Source) -> Iterator[str]:
    """No module draws, reads a real clock or makes up a name, except where it is allowed to."""
    for name, node in chance_in(source):
        if not any(_matches(entry, source.path, name) for entry in ALLOWED_CHANCE):
            yield source.at(node, name)


def chance_in(source: Source) -> Iterator[tuple[str, ast.expr]]:
    """Every use of a name that differs from run to run, and where."""
    known = _imported(source.tree)
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Attribute | ast.Name):
            continue
        head, dot, tail = ast.unparse(node).partition(".")
        name = known.get(head, "") + dot + tail
        if _CHANCE.fullmatch(name):
            yield name, node


def unused_permission(sources: tuple[Source, ...]) -> Iterator[str]:
    """Permissions whose reason has gone."""
    used = [(source.path, name) for source in sources for name, _ in chance_in(source)]
    for entry in ALLOWED_CHANCE:
        if not any(_matches(entry, path, name) for path, name in used):
            yield f"{entry[0]} does not use {entry[1]} any more"


def _matches(entry: tuple[str, str], path: str, name: str) -> bool:
    return fnmatchcase(path, entry[0]) and name == entry[1]


def _imported(tree: ast.Module) -> dict[str, str]:
    """What each name that an import binds anywhere in the module stands for."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                head = alias.name.partition(".")[0]
                known[alias.asname or head] = alias.name if alias.asname else head
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return known
