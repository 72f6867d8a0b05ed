"""A server's folder: the databases of its store, and the tokens of its users."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from hocket.runtime.server.problems import ServeProblem, first_of
from hocket.runtime.store.errors import StoreError
from hocket.runtime.store.store import Store

__all__ = ["TOKENS", "opened_store"]

TOKENS = "tokens"


@contextmanager
def opened_store(folder: Path) -> Generator[Store]:
    """The store in the folder.

    Raises :exc:`ServeProblem` if the folder cannot be used, is another server's, or has a database
    that is damaged, or gets so while the block is run.
    """
    problem: BaseException | None = None
    try:
        with closing(Store.open(folder)) as store:
            yield store
    except* StoreError as errors:
        problem = first_of(errors)
    if problem is not None:
        raise ServeProblem(str(problem)) from problem
