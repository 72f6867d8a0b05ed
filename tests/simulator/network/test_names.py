"""Names and addresses: literals as the machine knows them, names in order of first use."""

import socket

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from tests.simulator.network.both_worlds import simulated

from hocket.simulator.network.names import Address, Names

NUMERIC = socket.AI_NUMERICHOST


def _answer(lookup: object, *question: object) -> object:
    assert callable(lookup)
    try:
        return lookup(*question)
    except socket.gaierror as error:
        return error.errno


@given(
    host=st.one_of(
        st.ip_addresses(v=4).map(str),
        st.ip_addresses(v=6)
        .map(str)
        .filter(lambda text: "%" not in text and not text.startswith("::ffff:")),
    ),
    port=st.sampled_from([0, 80, "80", b"443", 65535]),
    family=st.sampled_from([0, socket.AF_INET, socket.AF_INET6]),
    kind=st.sampled_from([0, socket.SOCK_STREAM, socket.SOCK_DGRAM]),
)
def test_literals_are_what_the_machine_says(
    host: str, port: object, family: int, kind: int
) -> None:
    """For an address that is a number already there is nothing to decide."""
    question = (host, port, family, kind, 0, NUMERIC)
    assert _answer(Names().lookup, *question) == _answer(socket.getaddrinfo, *question)


@pytest.mark.parametrize(
    "question",
    [
        (None, 80, 0, socket.SOCK_STREAM, 0, socket.AI_PASSIVE),
        ("127.0.0.1", 80, socket.AF_INET6, socket.SOCK_STREAM, 0, NUMERIC | socket.AI_V4MAPPED),
        ("127.0.0.1", "http", 0, socket.SOCK_STREAM, 0, NUMERIC),
        ("127.0.0.1", "no such service", 0, socket.SOCK_STREAM, 0, NUMERIC),
        ("127.0.0.1", "http", 0, socket.SOCK_STREAM, 0, NUMERIC | socket.AI_NUMERICSERV),
        ("a.name", 80, 0, socket.SOCK_STREAM, 0, NUMERIC),
        ("127.0.0.1", 80, 0, socket.SOCK_STREAM, socket.IPPROTO_UDP, NUMERIC),
        (None, None, 0, socket.SOCK_STREAM, 0, 0),
    ],
)
def test_other_questions_that_need_no_name(question: tuple[object, ...]) -> None:
    """Any host, mapped addresses, services, and what cannot be."""
    assert _answer(Names().lookup, *question) == _answer(socket.getaddrinfo, *question)


def test_names_are_hosts_in_order_of_first_use() -> None:
    """Each name has one address, in any spelling of it; localhost has the usual one."""
    names = Names()

    def ask(host: str, family: int = 0) -> str:
        return str(names.lookup(host, 1, family, socket.SOCK_STREAM)[0][4][0])

    asked = ["b.example", "a.example", "B.Example.", "localhost", "db.localhost"]
    assert [ask(host) for host in asked] == [
        "10.0.0.1",
        "10.0.0.2",
        "10.0.0.1",
        "127.0.0.1",
        "127.0.0.1",
    ]
    assert ask("localhost", socket.AF_INET6) == "::1"
    assert _answer(names.lookup, "a.example", 1, socket.AF_INET6) == socket.EAI_ADDRFAMILY
    assert names.name_of(Address.of(("10.0.0.2", 0)).ip) == "a.example"
    assert names.reverse("10.0.0.2", 80, 0) == ("a.example", "80")
    assert names.reverse("10.0.0.2", 80, socket.NI_NUMERICHOST) == ("10.0.0.2", "80")
    assert names.reverse("127.0.0.1", 80, 0) == ("localhost", "80")


def test_three_hundred_hosts_have_three_hundred_addresses() -> None:
    """The order of first use does not end at the last byte."""
    names = Names()
    found = {str(names.lookup(f"h{n}", 1)[0][4][0]) for n in range(300)}
    assert len(found) == 300


def test_each_execution_begins_with_no_names() -> None:
    """The first name of each is 10.0.0.1, for Trio and for plain code."""
    seen: list[object] = []

    async def target() -> None:
        name = f"host{len(seen)}.example"
        seen.append((await trio.socket.getaddrinfo(name, 80))[0][4])
        seen.append(socket.getaddrinfo(name, 80)[0][4])
        seen.append(await trio.socket.getnameinfo(("10.0.0.1", 80), 0))

    simulated(target)
    simulated(target)
    address = ("10.0.0.1", 80)
    first, second = ("host0.example", "80"), ("host3.example", "80")
    assert seen == [address, address, first, address, address, second]


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_is_none_is_an_overflow(port: int) -> None:
    """As it is for a real socket."""

    async def target() -> None:
        await trio.socket.socket().bind(("127.0.0.1", port))

    assert isinstance(simulated(target).error, OverflowError)
