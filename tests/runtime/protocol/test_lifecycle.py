"""The tables of lives: what may follow what, and what absorbs."""

from itertools import product

import pytest

from hocket.runtime.protocol.lifecycle import (
    APPROVAL_TABLE,
    CALL_TABLE,
    DELEGATED_TABLE,
    RUN_TABLE,
    ApprovalStatus,
    IllegalTransition,
    RunStatus,
    Table,
    check,
    is_terminal,
    legal_sources,
)

TABLES = [RUN_TABLE, APPROVAL_TABLE, CALL_TABLE, DELEGATED_TABLE]


@pytest.mark.parametrize("table", TABLES)
def test_every_state_has_a_row_and_can_be_reached(table: Table) -> None:
    """Successors are states of the same table, and each state is somebody's successor."""
    successors = {state for row in table.values() for state in row}
    assert successors == set(table) - {None}


@pytest.mark.parametrize("table", TABLES)
def test_from_every_state_an_end_can_be_reached(table: Table) -> None:
    """No life goes round in circles for ever."""
    ended = {state for state in table if state is not None and is_terminal(table, state)}
    for _ in table:
        ended |= {state for state, row in table.items() if state is not None and row & ended}
    assert ended == set(table) - {None}


@pytest.mark.parametrize("table", TABLES)
def test_changes_are_edges(table: Table) -> None:
    """A change passes if and only if it is an edge, and sources are edges read backwards."""
    for old, new in product(table, (state for state in table if state is not None)):
        if new in table[old]:
            check(table, old, new)
            assert old is None or old in legal_sources(table, new)
        else:
            assert old not in legal_sources(table, new)
            with pytest.raises(IllegalTransition):
                check(table, old, new)


def test_the_fates_of_a_run() -> None:
    """Exactly four states of a run absorb."""
    assert {s for s in RunStatus if is_terminal(RUN_TABLE, s)} == {
        *(RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.EXPIRED),
    }


def test_an_approval_given_is_used_once() -> None:
    """Only an approved approval can be consumed, and nothing follows."""
    assert legal_sources(APPROVAL_TABLE, ApprovalStatus.CONSUMED) == (ApprovalStatus.APPROVED,)
    assert is_terminal(APPROVAL_TABLE, ApprovalStatus.CONSUMED)
