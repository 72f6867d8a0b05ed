"""Suites that tests of the plugin run."""

RACE = """
import pytest
import trio


class Account:
    def __init__(self):
        self.balance = 0

    async def deposit(self, amount, patience=0):
        for _ in range(patience):
            await trio.lowlevel.checkpoint()
        seen = self.balance
        await trio.lowlevel.checkpoint()
        self.balance = seen + amount


@pytest.fixture
async def account():
    yield Account()


@pytest.mark.trio
async def test_deposits(account):
    async with trio.open_nursery() as nursery:
        nursery.start_soon(account.deposit, 1)
        nursery.start_soon(account.deposit, 2, 4)
    assert account.balance == 3
"""
