"""Style as a test: each rule holds for the whole repository, and is seen to catch a violation.

The rules are in the modules beside this one, a docstring each.  A rule that nobody ever saw fail
is no rule, so every one of them is fed something wrong here.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from tests.architecture import dependence, house, names, shape
from tests.architecture.glossary import banned_words
from tests.architecture.sources import (
    REPOSITORY,
    ROOTS,
    Source,
    all_sources,
    shipped_sources,
    texts,
)

Rule = Callable[[Source], Iterator[str]]
EVERYWHERE: tuple[Rule, ...] = (
    shape.long_module,
    shape.long_function,
    shape.deep_nesting,
    shape.left_over_comment,
    shape.unrun_test,
    names.silent_test,
    names.false_export,
)
SHIPPED: tuple[Rule, ...] = (
    shape.many_parameters,
    shape.boolean_positional,
    names.undocumented,
    dependence.private_trio,
    dependence.second_chance,
)
OF_FOLDERS = (
    house.shadowed_namespace,
    house.stray_in_root,
    house.untyped_component,
    house.unlicensed,
)
OF_TEXTS = (house.machine_path, house.registry_name)


def _none(offences: Iterable[str], rule: object) -> None:
    found = list(offences)
    assert not found, "\n".join([str(getattr(rule, "__doc__", "")), *found])


def _name(rule: object) -> str:
    return str(getattr(rule, "__name__", rule))


def _numbered(cases: Iterable[tuple[Rule, str]]) -> list[str]:
    return [f"{_name(rule)}-{number}" for number, (rule, _) in enumerate(cases)]


@pytest.mark.parametrize("rule", EVERYWHERE, ids=_name)
def test_all_code_is_tidy(rule: Rule) -> None:
    """The rule holds for the package, the tests, the benchmarks and the examples."""
    _none((offence for source in all_sources() for offence in rule(source)), rule)


@pytest.mark.parametrize("rule", SHIPPED, ids=_name)
def test_the_package_is_tidy(rule: Rule) -> None:
    """The rule holds for everything that is installed."""
    _none((offence for source in shipped_sources() for offence in rule(source)), rule)


@pytest.mark.parametrize("rule", OF_FOLDERS, ids=_name)
def test_the_house_is_in_order(rule: Callable[[Path], Iterator[str]]) -> None:
    """The rule holds for the repository's folders."""
    _none(rule(REPOSITORY), rule)


@pytest.mark.parametrize("rule", OF_TEXTS, ids=_name)
def test_texts_hold_no_foreign_traces(rule: Callable[[str, str], Iterator[str]]) -> None:
    """The rule holds for every text file of the project."""
    _none((offence for path, text in texts() for offence in rule(path, text)), rule)


def test_one_module_and_only_one_knows_trios_inside() -> None:
    """It is where it is said to be, and it is no empty exception."""
    users = [source.path for source in shipped_sources() if dependence.uses_private_trio(source)]
    assert users == [dependence.PRIVATE_TRIO_HOME]


def test_every_permission_for_chance_is_used() -> None:
    """An exception whose reason has gone is taken off the list."""
    _none(dependence.unused_permission(shipped_sources()), dependence.unused_permission)


def test_the_simulator_speaks_by_its_glossary() -> None:
    """No public name of the simulator contains a banned word."""
    banned = banned_words()
    ours = [s for s in shipped_sources() if s.path.startswith("simulator/")]
    _none((o for s in ours for o in names.banned_word(s, banned)), names.banned_word)


def test_the_rules_see_the_whole_repository() -> None:
    """Rules over no files hold: each root is there, and its modules are many."""
    for root in ROOTS:
        assert sum(source.path.startswith(f"{root}/") for source in shipped_sources()) > 5
    assert {"README.md", "pyproject.toml", "LICENSE"} <= {path for path, _ in texts()}


_DEEP = """
def f(xs):
    for x in xs:
        with x:
            if x:
                {inner}
                    pass
"""
_LEFT = "# TO" + "DO: later\n"

PLANTED: tuple[tuple[Rule, str], ...] = (
    (shape.long_module, "x = 1\n" * 301),
    (shape.long_module, '"""Long because it is a table."""\n' + "x = 1\n" * 500),
    (shape.long_function, "def f():\n" + "    x = 1\n" * 70),
    (shape.long_function, "class C:\n    async def f(self):\n" + "        x = 1\n" * 70),
    (shape.many_parameters, "def f(a, b, c, /, d, *, e, f, g): ..."),
    (shape.many_parameters, "class C:\n    def f(self, a, b, c, d, e, *f, **g): ..."),
    (shape.deep_nesting, _DEEP.format(inner="while x:")),
    (
        shape.deep_nesting,
        _DEEP.format(inner="if 0:\n                    pass\n                elif x:"),
    ),
    (
        shape.deep_nesting,
        _DEEP.format(inner="try:\n                    pass\n                finally:"),
    ),
    (shape.boolean_positional, "def f(a, b=False): ..."),
    (shape.boolean_positional, "class C:\n    def f(self, b: bool): ..."),
    (shape.left_over_comment, f"x = 1  {_LEFT}"),
    (shape.unrun_test, "import pytest\n@pytest.mark.xfail\ndef test(): ..."),
    (shape.unrun_test, "import pytest\ndef test():\n    pytest.skip('slow')"),
    (shape.unrun_test, "from pytest import importorskip"),
    (names.silent_test, "def test_it():\n    assert True"),
    (names.false_export, "__all__ = ['f']"),
    (names.false_export, "__all__ = ['f', 'f']\ndef f(): ..."),
    (names.false_export, "__all__ = ['_f']\ndef _f(): ..."),
    (names.undocumented, "x = 1"),
    (names.undocumented, '"""A module."""\ndef f():\n    return 1'),
    (names.undocumented, '"""A module."""\nclass C:\n    x = 1'),
    (
        names.undocumented,
        '"""A module."""\nclass C:\n    """A class."""\n    def f(self):\n        x',
    ),
    (
        names.undocumented,
        '"""A."""\nclass C(Protocol[T]):\n    """B."""\n    def f(self):\n        x',
    ),
    (dependence.private_trio, "from trio._core import _run"),
    (dependence.private_trio, "import trio._core._run"),
    (dependence.private_trio, "import trio\ntrio._core.current_task()"),
    (dependence.private_trio, "from trio import _core"),
    (dependence.second_chance, "import random\nrandom.random()"),
    (dependence.second_chance, "from random import Random\nRandom(1)"),
    (dependence.second_chance, "from random import Random\nRandom(1).random()"),
    (dependence.second_chance, "import time as t\nt.monotonic_ns()"),
    (dependence.second_chance, "from time import perf_counter as now\nnow()"),
    (dependence.second_chance, "def f():\n    import datetime\n    return datetime.datetime.now()"),
    (dependence.second_chance, "from datetime import datetime\nclock = datetime.now"),
    (dependence.second_chance, "import uuid\nuuid.uuid4()"),
    (dependence.second_chance, "import os\nos.urandom(3)"),
    (dependence.second_chance, "import secrets\nsecrets.token_hex()"),
)


@pytest.mark.parametrize(("rule", "text"), PLANTED, ids=_numbered(PLANTED))
def test_a_violation_is_caught(rule: Rule, text: str) -> None:
    """Each rule finds exactly one offence in a source that has one, and says where it is."""
    (offence,) = rule(Source.of(text))
    assert offence.startswith("simulator/hocket/simulator/planted.py:")


INNOCENT: tuple[tuple[Rule, str], ...] = (
    (shape.long_module, '"""Long\nbecause it is a table."""\n' + "x = 1\n" * 400),
    (shape.many_parameters, "class C:\n    def f(self, a, b, c, d, e, f): ..."),
    (shape.deep_nesting, _DEEP.format(inner="def g():")),
    (
        shape.deep_nesting,
        "def f(x):\n    if x: ...\n    elif 1: ...\n    elif 2: ...\n    elif 3: ...",
    ),
    (shape.boolean_positional, "def f(*, b: bool = False): ...\ndef _g(b: bool): ..."),
    (shape.left_over_comment, f"x = '{_LEFT.strip()}'"),
    (names.undocumented, '"""A module."""\ndef _f(): ...'),
    (names.undocumented, '"""A."""\nclass C(Base):\n    """B."""\n    def f(self):\n        x'),
    (names.false_export, "__all__ = ['f', 'g']\nfrom m import f\ntry:\n    g = 1\nfinally: ..."),
    (dependence.private_trio, "from trio.lowlevel import checkpoint\nimport trio.testing"),
    (dependence.second_chance, "class C:\n    def random(self): ...\nC().random()"),
    (dependence.second_chance, "import time\ntime.struct_time"),
)


@pytest.mark.parametrize(("rule", "text"), INNOCENT, ids=_numbered(INNOCENT))
def test_what_is_allowed_is_let_through(rule: Rule, text: str) -> None:
    """A rule that cries at good code is switched off by its readers."""
    assert not list(rule(Source.of(text)))


@pytest.mark.parametrize(
    "text",
    ["class Tape: ...", "def on_tick(): ...", "def f(*, fibers): ...", "class C:\n    zoo: int"],
)
def test_a_banned_word_is_caught(text: str) -> None:
    """Classes, functions, parameters and attributes are all names."""
    assert len(list(names.banned_word(Source.of(text), banned_words()))) == 1


def test_words_within_words_are_not_banned() -> None:
    """``sticky`` contains ``tick``, and is another word; private names are free."""
    text = "def sticky(particles): ...\nclass _Tape: ..."
    assert not list(names.banned_word(Source.of(text), banned_words()))


def test_permission_for_chance_is_for_one_name_in_one_place() -> None:
    """A strategy may make a seeded generator, and not read the clock."""
    path = "simulator/hocket/simulator/strategies/planted.py"
    allowed = Source.of("from random import Random\nRandom(1)", path)
    refused = Source.of("import time\ntime.monotonic()", path)
    assert not list(dependence.second_chance(allowed))
    assert list(dependence.second_chance(refused)) == [f"{path}:2: time.monotonic"]


def test_a_permission_that_nobody_uses_is_caught() -> None:
    """Over no sources every permission is idle."""
    assert len(list(dependence.unused_permission(()))) == len(dependence.ALLOWED_CHANCE)


@pytest.fixture
def small_house(tmp_path: Path) -> Path:
    """A repository in miniature that all rules of folders are content with."""
    for root in ROOTS:
        component = tmp_path / root / "hocket" / root
        component.mkdir(parents=True)
        (component / "__init__.py").touch()
        (component / "py.typed").touch()
    for name in ("LICENSE", "pyproject.toml"):
        (tmp_path / name).write_bytes((REPOSITORY / name).read_bytes())
    assert not [offence for rule in OF_FOLDERS for offence in rule(tmp_path)]
    return tmp_path


def test_a_shadowed_namespace_is_caught(small_house: Path) -> None:
    """Both ways to make a root hide the others."""
    (small_house / "reports" / "hocket" / "__init__.py").touch()
    (small_house / "runtime" / "__init__.py").touch()
    assert len(list(house.shadowed_namespace(small_house))) == 2


def test_a_module_outside_of_its_component_is_caught(small_house: Path) -> None:
    """Beside the component, and under the namespace itself."""
    (small_house / "reports" / "helper.py").touch()
    (small_house / "reports" / "hocket" / "helper.py").touch()
    assert len(list(house.stray_in_root(small_house))) == 2


def test_an_untyped_component_is_caught(small_house: Path) -> None:
    """The marker counts per component, since each is imported alone."""
    (small_house / "runtime" / "hocket" / "runtime" / "py.typed").unlink()
    assert len(list(house.untyped_component(small_house))) == 1


def test_a_missing_licence_is_caught(small_house: Path) -> None:
    """An empty file is no licence, and metadata without it is none either."""
    (small_house / "LICENSE").write_text("MIT License\nCopyright (c) us\nfree of charge\n")
    (small_house / "pyproject.toml").write_text('license = "GPL"\n')
    assert len(list(house.unlicensed(small_house))) == 2


@pytest.mark.parametrize("path", ["home/ann/hocket", "root/.venv", "Users/ann", "work/main"])
def test_a_path_of_a_machine_is_caught(path: str) -> None:
    """Wherever somebody's checkout lies."""
    assert list(house.machine_path("a.md", f"cd /{path}")) == [f"a.md:1: cd /{path}"]


@pytest.mark.parametrize("text", ["docs/work/plan", "the run/work split", "GET /home", "~/work/x"])
def test_other_slashes_are_no_paths_of_a_machine(text: str) -> None:
    """Relative paths, prose and routes stay."""
    assert not list(house.machine_path("a.md", text))


@pytest.mark.parametrize("host", ["pypi" + ".org", "files.pythonhosted" + ".org"])
def test_a_registry_is_caught(host: str) -> None:
    """As an address, and as a flag that needs one."""
    text = "pip install --index" + f"-url https://mirror hocket\nsee https://{host}/p/hocket"
    assert len(list(house.registry_name("a.md", text))) == 2
