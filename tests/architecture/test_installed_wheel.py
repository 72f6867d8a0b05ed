"""What the wheel check looks for, seen to be missed; the check itself is a script."""

import pytest
from tests.architecture.installed_wheel import (
    CATALOGUE,
    COMPONENTS,
    Broken,
    check_sdist,
    check_wheel,
)
from tests.architecture.sources import REPOSITORY


def _wheel() -> list[str]:
    scenarios = (REPOSITORY / "scenarios" / CATALOGUE).glob("*.hocket")
    return [
        *(f"hocket/{name}/{file}" for name in COMPONENTS for file in ("__init__.py", "py.typed")),
        *(f"{CATALOGUE}/{path.name}" for path in scenarios),
        "hocket-0.1.0.dist-info/METADATA",
    ]


def test_a_whole_wheel_is_accepted() -> None:
    """The four components, their markers, the catalogue and the metadata are enough."""
    check_wheel(_wheel())


@pytest.mark.parametrize("lost", ["hocket/reports/py.typed", f"{CATALOGUE}/deny.hocket"])
def test_a_wheel_that_lacks_a_file_is_refused(lost: str) -> None:
    """A data file that the build forgot is named."""
    with pytest.raises(Broken, match=lost):
        check_wheel(name for name in _wheel() if name != lost)


@pytest.mark.parametrize("more", ["tests/test_it.py", "hocket/__init__.py"])
def test_a_wheel_that_holds_too_much_is_refused(more: str) -> None:
    """Nothing but the namespace goes into a user's environment, and nothing shadows it."""
    with pytest.raises(Broken, match="more"):
        check_wheel([*_wheel(), more])


def test_an_sdist_without_licence_is_refused() -> None:
    """A source distribution can be built, tested and used under its licence."""
    names = [f"hocket-0.1.0/{name}/hocket/{name}/__init__.py" for name in COMPONENTS]
    names += [f"hocket-0.1.0/{name}" for name in ("pyproject.toml", "README.md")]
    with pytest.raises(Broken, match="LICENSE"):
        check_sdist(names)
