"""A server's folder: one server at a time, and a database that is there the next time."""

from pathlib import Path

import pytest

from hocket.runtime.server.home import opened_store
from hocket.runtime.server.problems import ServeProblem
from hocket.runtime.store.database import Transaction


def _threads(tx: Transaction) -> list[tuple[str, str]]:
    return tx.execute("SELECT user_id, thread_id FROM threads ORDER BY user_id").fetchall()


def test_one_server_a_folder(tmp_path: Path) -> None:
    """A second one is told whose it is, and may come when the first has gone."""
    folder = tmp_path / "new" / "data"
    with opened_store(folder, ["ann"]), pytest.raises(ServeProblem, match="another process"):
        _enter(folder)
    _enter(folder)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file is in its place."""
    (tmp_path / "file").touch()
    with pytest.raises(ServeProblem, match="cannot be used as a folder"):
        _enter(tmp_path / "file")


def _enter(folder: Path) -> None:
    with opened_store(folder, ["ann"]):
        pass


def test_users_are_there_the_next_time_too(tmp_path: Path) -> None:
    """Each has one main thread, which stays the same; new users come in addition."""
    with opened_store(tmp_path, ["ann", "ann"]) as store:
        first = store.read(_threads)
    assert [user for user, _ in first] == ["ann"]
    with opened_store(tmp_path, ["ben", "ann"]) as store:
        assert store.read(_threads)[0] == first[0]
        assert [user for user, _ in store.read(_threads)] == ["ann", "ben"]
