"""The union of bundles: shards of one campaign, or campaigns of several strategies.

Merging is commutative, associative and idempotent: sets are united, and of two rows with one key
the one that says more is kept, by an order that is total.  Schedules are never added up, since
nobody knows whether they were different ones.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce

from hocket.reports.bundle import Bundle, BundleError, in_order
from hocket.reports.environment import Environment
from hocket.reports.results import Row
from hocket.reports.schema import Story, plain, row_to_json, story_to_json
from hocket.reports.wording import count
from hocket.simulator.engine.outcome import Verdict

__all__ = ["doubts", "gaps", "merge"]

_SAYS_MORE = (
    Verdict.UNSUPPORTED,
    Verdict.INCONCLUSIVE,
    Verdict.ERROR,
    Verdict.NOT_FOUND,
    Verdict.VERIFIED,
    Verdict.NONDETERMINISTIC,
    Verdict.FAILED,
)
"""A counterexample outdoes a proof, and a proof a search."""


def merge(bundles: Iterable[Bundle]) -> Bundle:
    """All of ``bundles``, of which there is at least one, as one.

    Raises :class:`BundleError` if they were made by different versions of hocket, whose verdicts
    do not mean the same.
    """
    merged = reduce(_united, bundles)
    versions = sorted({environment.tool for environment in merged.environments})
    if len(versions) > 1:
        raise BundleError(
            f"bundles of hocket {' and '.join(versions)} cannot be merged; run one of them again"
        )
    return merged


def gaps(bundle: Bundle) -> list[str]:
    """What is missing, each as a sentence: shards that were lost, scenarios that were not run."""
    told: list[str] = []
    totals = sorted({e.shard.total for e in bundle.environments})
    for total in totals:
        numbers = {e.shard.number for e in bundle.environments if e.shard.total == total}
        missing = sorted(set(range(1, total + 1)) - numbers)
        if missing:
            names = ", ".join(map(str, missing))
            told.append(f"{total - len(missing)} of {total} shards; missing: {names}")
    if len(totals) == 1:
        selected = sum({e.shard: e.selected for e in bundle.environments}.values())
        done = len({(row.file, row.name) for row in bundle.rows if not row.result.interrupted})
        if done < selected:
            told.append(f"{done} of {count(selected, 'scenario')} explored")
    return told


def doubts(bundle: Bundle) -> list[str]:
    """What makes the parts of a bundle less comparable, each as a sentence."""
    return list(_doubts(bundle.environments))


def _doubts(environments: Sequence[Environment]) -> Iterator[str]:
    words = {
        "python": "Python",
        "implementation": "Python implementation",
        "hash_seed": "hash seed",
        "trio": "Trio",
        "commit": "commit",
    }
    for name, word in words.items():
        values = sorted({str(getattr(environment, name)) for environment in environments})
        if len(values) > 1:
            yield f"the parts have another {word} each: {', '.join(v or 'none' for v in values)}"


def _united(one: Bundle, other: Bundle) -> Bundle:
    environments = {_text(plain(e)): e for e in (*one.environments, *other.environments)}
    rows: dict[tuple[str, str, str], Row] = {}
    for row in (*one.rows, *other.rows):
        rows[row.key] = max(rows.get(row.key, row), row, key=_worth)
    return Bundle(
        tuple(environments[text] for text in sorted(environments)),
        in_order(rows.values()),
        one.coverage | other.coverage,
    )


def _worth(row: Row) -> tuple[int, int, str]:
    """A total order of what a row says: its verdict, its schedules, and then all of it."""
    stories = [story_to_json(Story.of(report)) for report in row.failures]
    text = _text([row_to_json(row), stories])
    return _SAYS_MORE.index(row.verdict), row.result.schedules, text


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True)
