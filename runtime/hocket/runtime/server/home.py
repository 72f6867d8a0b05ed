"""A server's folder: the databases of its store, and the tokens of its users."""

import secrets
from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from hocket.runtime.protocol.events import ignore
from hocket.runtime.server.problems import ServeProblem
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.errors import StoreError
from hocket.runtime.store.store import Store

__all__ = ["TOKENS", "opened_store"]

TOKENS = "tokens"


@contextmanager
def opened_store(folder: Path, users: Iterable[str]) -> Generator[Store]:
    """The store in the folder, with these users in it, each of whom has a main thread.

    Raises :exc:`ServeProblem` if the folder cannot be used, is another server's, or has a database
    that is damaged.
    """
    try:
        with closing(Store.open(folder)) as store:
            store.shared.commit("settle", partial(_settle, users=tuple(users)), ignore)
            yield store
    except StoreError as error:
        raise ServeProblem(str(error)) from error


def _settle(tx: Transaction, users: tuple[str, ...]) -> None:
    for user in users:
        if not tx.execute("SELECT 1 FROM users WHERE user_id = ?", user).fetchone():
            tx.execute("INSERT INTO users VALUES (?)", user)
            tx.execute(
                "INSERT INTO threads (thread_id, user_id, is_main) VALUES (?, ?, 1)",
                *(f"thread-{secrets.token_hex(12)}", user),
            )
