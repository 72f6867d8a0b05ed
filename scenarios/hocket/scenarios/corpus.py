"""The corpus: replay tokens of failures, one for each origin of each target, replayed first.

Files are written whole or not at all, so that two runs at a time and one that is killed leave whole
tokens only.  A token of sources that were edited since is stale, and dropped.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from hocket.reports.files import write_whole
from hocket.simulator import Failure, Target, TokenError
from hocket.simulator.engine.token import Token, decode

__all__ = ["Corpus"]


@frozen
class Corpus:
    """The tokens in ``folder``, which is made when the first is kept."""

    folder: Path

    def of(self, target: Target, model: str) -> tuple[Token, ...]:
        """The tokens of ``target`` that can be replayed under ``model``, in order of files."""
        found = (token for _, token in self._of(target) if token.source == target.source)
        return tuple(token for token in found if token.model == model and token.entropy == 0)

    def named(self, name: str) -> dict[str, str]:
        """The tokens of the target or scenario of that name, by target and origin, in order."""
        found: dict[str, str] = {}
        for path in sorted(self.folder.glob("*.token")):
            try:
                text = path.read_text("ascii").strip()
                token = decode(text)
            except (OSError, UnicodeDecodeError, TokenError):
                continue
            if name in (token.target, token.target.partition("[")[0]):
                found[f"{token.target}: {token.origin}"] = text
        return found

    def drop_stale(self, target: Target) -> int:
        """Remove the tokens of ``target`` from before its sources were edited; how many."""
        stale = [path for path, token in self._of(target) if token.source != target.source]
        for path in stale:
            path.unlink(missing_ok=True)
        return len(stale)

    def keep(self, failure: Failure) -> None:
        """Store the token of ``failure`` in the place of its origin.

        Raises :class:`OSError` if the folder cannot be written.
        """
        token = decode(failure.token)
        self.folder.mkdir(parents=True, exist_ok=True)
        place = self.folder / f"{_digest(token.target)}-{_digest(token.origin, token.model)}.token"
        write_whole(place, failure.token + "\n")

    def _of(self, target: Target) -> Iterator[tuple[Path, Token]]:
        for path in sorted(self.folder.glob(f"{_digest(target.name)}-*.token")):
            try:
                token = decode(path.read_text("ascii"))
            except (OSError, UnicodeDecodeError, TokenError):
                continue
            if token.target == target.name and token.context == target.context:
                yield path, token


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:12]
