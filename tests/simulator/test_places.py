"""Places are told alike wherever a program is installed."""

import sys
from pathlib import Path
from types import CodeType

import pytest

from hocket.simulator import places


def code_at(path: Path) -> CodeType:
    """The code of a function called ``f`` in the file at ``path``."""
    module = compile("def f(): pass", str(path), "exec")
    return next(one for one in module.co_consts if isinstance(one, CodeType))


def test_a_file_below_the_working_folder_is_told_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if it could be imported."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path / "src"), *sys.path])
    code = code_at(tmp_path / "src" / "race.py")
    assert places.for_person((code, 3)) == "src/race.py:3 (f)"


def test_a_file_elsewhere_is_told_as_it_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the innermost of the folders that modules are looked for in."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(sys, "path", ["", str(tmp_path), str(tmp_path / "site")])
    code = code_at(tmp_path / "site" / "package" / "race.py")
    assert places.for_person((code, 3)) == "package/race.py:3 (f)"


def test_a_file_that_nobody_imports_has_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no shorter way to say where it is; a relative one stays as it is."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site")])
    path = tmp_path / "site-of-another" / "race.py"
    assert places.for_person((code_at(path), 3)) == f"{path}:3 (f)"
    assert places.for_person((code_at(Path("race.py")), 3)) == "race.py:3 (f)"
    assert places.for_person(None) == "an unknown place"
