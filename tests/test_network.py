"""Ranges and ports, with what is not known."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.network import (
    cover_world,
    covers,
    covers_every_port,
    covers_port,
    covers_ports,
    is_public_range,
    is_world,
    prefix_length,
    protocol_name,
)
from auditor.values import Ref, Undetermined, Unknown

OFFICE = Unknown([Ref("var.office")], exact=True)
VPC_RANGE = Unknown([Ref("module.net.aws_vpc.main", ("cidr_block",))], exact=True)


@pytest.mark.parametrize(
    "cidr", ["0.0.0.0/0", "::/0", "::0/0", "0:0::0/0", "1.2.3.4/0", " 0.0.0.0/0 ", "fe80::/0"]
)
def test_world_however_it_is_written(cidr):
    assert is_world(cidr)


@pytest.mark.parametrize(
    "cidr", ["10.0.0.0/8", "0.0.0.0/1", "::1/128", "", None, "pl-1", "0.0.0.0"]
)
def test_not_the_world(cidr):
    assert not is_world(cidr)


def test_world_is_undetermined_where_the_range_is_not_known():
    with pytest.raises(Undetermined, match=r"var\.office"):
        is_world(OFFICE)


@pytest.mark.parametrize(
    "cidr",
    [
        VPC_RANGE,
        Unknown([Ref("var.ip")], parts=(Unknown([Ref("var.ip")]), "/32")),
        Unknown([Ref("var.a")], one_of=("10.0.0.0/8", "192.0.2.0/24")),
    ],
    ids=["of a VPC", "one address", "a choice"],
)
def test_not_the_world_for_certain_though_not_known(cidr):
    assert not is_world(cidr)


def test_unknown_address_of_length_nought_may_be_the_world():
    with pytest.raises(Undetermined):
        is_world(Unknown([Ref("var.ip")], parts=(Unknown([Ref("var.ip")]), "/0")))


def test_world_in_every_branch_is_the_world():
    assert is_world(Unknown([Ref("var.a")], one_of=("0.0.0.0/0", "::/0")))


def test_choice_between_world_and_office_is_undetermined():
    with pytest.raises(Undetermined):
        is_world(Unknown([Ref("var.a")], one_of=("0.0.0.0/0", "10.0.0.0/8")))


@pytest.mark.parametrize(
    ("cidr", "public"),
    [
        ("203.0.114.0/24", True),
        ("8.8.8.8", True),
        ("0.0.0.0/0", True),
        ("10.1.0.0/16", False),
        ("172.16.0.0/12", False),
        ("172.16.0.0/11", True),
        ("192.168.3.0/24", False),
        ("100.64.0.0/16", False),
        ("127.0.0.1/32", False),
        ("169.254.169.254/32", False),
        ("2600::/12", True),
        ("fd00::/8", False),
        ("nonsense", False),
        (None, False),
    ],
)
def test_public_ranges(cidr, public):
    assert is_public_range(cidr) is public


def test_public_range_of_a_vpc_and_of_a_variable():
    assert not is_public_range(VPC_RANGE)
    with pytest.raises(Undetermined):
        is_public_range(OFFICE)


@pytest.mark.parametrize(
    ("wide", "narrow", "covered"),
    [
        ("10.0.0.0/8", "10.2.0.0/16", True),
        ("10.2.0.0/16", "10.0.0.0/8", False),
        ("0.0.0.0/0", "::/0", False),
        ("::/0", "2600::/16", True),
        ("10.0.0.9/8", "10.0.0.1", True),
        ("bad", "10.0.0.1", False),
    ],
)
def test_covers(wide, narrow, covered):
    assert covers(wide, narrow) is covered


def test_covers_is_undetermined_for_unknown_ranges():
    with pytest.raises(Undetermined, match=r"var\.office"):
        covers("10.0.0.0/8", OFFICE)


def test_halves_make_the_world():
    assert cover_world(["0.0.0.0/1", "128.0.0.0/1"])
    assert cover_world(["::/1", "10.0.0.0/8", "8000::/1"])
    assert not cover_world(["0.0.0.0/1", "128.0.0.0/2"])


def test_unknown_range_may_complete_the_world_but_a_certain_world_decides():
    with pytest.raises(Undetermined):
        cover_world(["10.0.0.0/8", OFFICE])
    assert cover_world([OFFICE, "0.0.0.0/0"])
    assert cover_world(Unknown([Ref("var.more")], items=("0.0.0.0/0",)))


def test_prefix_length():
    assert prefix_length("10.0.0.0/8") == 8
    assert prefix_length("2600::") == 128
    assert prefix_length("x") is None


@pytest.mark.parametrize(
    ("protocol", "name"),
    [("-1", "all"), (-1, "all"), (None, "all"), ("ALL", "all"), ("6", "tcp"), (17.0, "udp"),
     ("icmp", "icmp"), (58, "icmpv6"), ("50", "50")],
)  # fmt: skip
def test_protocol_names(protocol, name):
    assert protocol_name(protocol) == name


@pytest.mark.parametrize(
    ("protocol", "first", "last", "open_"),
    [
        ("tcp", 22, 22, True),
        ("6", 0, 65535, True),
        ("tcp", 20, 30, True),
        ("tcp", 23, 80, False),
        ("udp", 22, 22, False),
        ("-1", 0, 0, True),
        ("-1", None, None, True),
        ("all", 443, 443, True),
        ("tcp", None, None, True),
        ("tcp", -1, -1, True),
        ("tcp", 0, 0, False),
        ("tcp", "22", "22", True),
        ("icmp", 8, 0, False),
        ("icmp", -1, -1, False),
        ("50", None, None, False),
    ],
)
def test_ssh_let_through(protocol, first, last, open_):
    assert covers_port(22, "tcp", protocol, first, last) is open_


def test_any_port_of_a_range():
    assert covers_ports(20, 21, "tcp", "tcp", 21, 25)
    assert not covers_ports(20, 21, "tcp", "tcp", 22, 25)


def test_unknown_port_matters_only_where_it_can():
    port = Unknown([Ref("var.port")])
    assert covers_port(22, "tcp", "-1", port, port)
    assert not covers_port(22, "tcp", "udp", port, port)
    assert not covers_port(22, "tcp", "tcp", 80, port)
    with pytest.raises(Undetermined, match=r"var\.port"):
        covers_port(22, "tcp", "tcp", port, port)


def test_unknown_protocol():
    protocol = Unknown([Ref("var.protocol")])
    assert not covers_port(22, "tcp", Unknown([Ref("var.p")], one_of=("udp", "icmp")), 22, 22)
    with pytest.raises(Undetermined):
        covers_port(22, "tcp", protocol, 22, 22)
    with pytest.raises(Undetermined):
        covers_port(22, "tcp", protocol, 80, 80)


@pytest.mark.parametrize(
    ("protocol", "first", "last", "every"),
    [
        ("-1", 0, 0, True),
        ("tcp", 0, 65535, True),
        ("tcp", 1, 65535, True),
        ("udp", None, None, True),
        ("tcp", 1024, 65535, False),
        ("icmp", -1, -1, False),
        (None, None, None, True),
    ],
)
def test_every_port(protocol, first, last, every):
    assert covers_every_port(protocol, first, last) is every


@given(st.ip_addresses(), st.integers(0, 32))
def test_covers_agrees_with_membership(address, length):
    if address.version == 6:
        length *= 4
    network = ipaddress.ip_network(f"{address}/{length}", strict=False)
    assert covers(str(network), str(address))
    assert is_world(str(network)) is (length == 0)


@given(st.text(max_size=20))
def test_any_text_has_an_answer(text):
    assert is_world(text) in (True, False)
    assert is_public_range(text) in (True, False)
