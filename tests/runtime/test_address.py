"""Addresses: `host:port` and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from aethel.runtime.address import Address, parse_address, parse_integer

PORTS = st.integers(0, 65535)


@given(st.ip_addresses().map(str), PORTS)
def test_a_printed_ip_address_reads_back(host: str, port: int) -> None:
    assert parse_address(str(Address(host, port))) == Address(host, port)


@given(st.text())
def test_any_text_is_an_address_that_prints_to_the_same_address_or_none(text: str) -> None:
    address = parse_address(text)
    assert address is None or parse_address(str(address)) == address


@given(st.text(st.sampled_from("0123456789_+-. \t٣²")))
def test_an_integer_has_exactly_one_spelling(text: str) -> None:
    value = parse_integer(text)
    assert value is None or str(value) == text


def test_a_port_ends_at_65535() -> None:
    assert parse_address("h:65535") == Address("h", 65535)
    assert parse_address("h:65536") is None


def test_a_mistyped_ip_address_is_not_taken_for_a_name() -> None:
    assert parse_address("127.0.0.256:80") is None


def test_an_ipv6_address_needs_brackets() -> None:
    assert parse_address("[::1]:80") == Address("::1", 80)
    assert parse_address("::1:80") is None


def test_brackets_hold_ipv6_only() -> None:
    assert parse_address("[127.0.0.1]:80") is None


def test_a_host_name_has_letters_digits_and_inner_hyphens() -> None:
    assert parse_address("z3-1.mesh.svc:80") == Address("z3-1.mesh.svc", 80)
    for host in ("-z3", "z3-", "z3..svc", "", "z3/x", "z3@x", "zé", "a" * 64, "a." * 127 + "a"):
        assert parse_address(f"{host}:80") is None
