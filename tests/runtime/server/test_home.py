"""A server's folder: one server at a time, and what cannot be used is told."""

from pathlib import Path

import pytest

from hocket.runtime.server.home import opened_store
from hocket.runtime.server.problems import ServeProblem
from hocket.runtime.store.errors import StoreFull


def _enter(folder: Path) -> None:
    with opened_store(folder):
        pass


def test_one_server_a_folder(tmp_path: Path) -> None:
    """A second one is told whose it is, and may come when the first has gone."""
    folder = tmp_path / "new" / "data"
    with opened_store(folder), pytest.raises(ServeProblem, match="another process"):
        _enter(folder)
    _enter(folder)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file is in its place."""
    (tmp_path / "file").touch()
    with pytest.raises(ServeProblem, match="cannot be used as a folder"):
        _enter(tmp_path / "file")


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    """It is left as it is."""
    _enter(tmp_path)
    path = tmp_path / "shared.db"
    path.write_bytes(b"something else" * 1000)
    with pytest.raises(ServeProblem, match="damaged"):
        _enter(tmp_path)
    assert path.read_bytes() == b"something else" * 1000


@pytest.mark.parametrize("grouped", [False, True])
def test_a_store_that_fails_meanwhile_is_told(tmp_path: Path, *, grouped: bool) -> None:
    """In a sentence, also when it comes out of nurseries."""
    error: Exception = StoreFull("the database has no room left")
    if grouped:
        error = ExceptionGroup("a", [ExceptionGroup("b", [error])])
    with pytest.raises(ServeProblem, match="no room left"), opened_store(tmp_path):
        raise error
