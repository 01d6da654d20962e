"""Addresses and ports: what a range of a security group, network ACL or route lets in.

Every question has three answers: True, False, or `Undetermined` is raised. A range that is no range
(AWS would refuse it) is never the world and covers nothing.

    is_world(cidr)                                # 0.0.0.0/0, ::/0, however they are written
    is_public_range(cidr)                         # some address of it is on the internet
    covers(wide, narrow), cover_world(cidrs), prefix_length(cidr)
    covers_port(22, "tcp", protocol, from_port, to_port)
    covers_ports(20, 21, "tcp", protocol, from_port, to_port)    # any of 20 to 21
    covers_every_port(protocol, from_port, to_port)

SOURCE: EC2 API, `IpPermission` (protocol -1 is all traffic and ignores ports; other protocols than
tcp, udp and icmp have no ports), `NetworkAclEntry`; IANA protocol numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from auditor.values import Undetermined, Unknown, all_of, any_of

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    Network = IPv4Network | IPv6Network

WORLD: Final = ("0.0.0.0/0", "::/0")

_PROTOCOLS: Final = {
    "-1": "all",
    "all": "all",
    "1": "icmp",
    "6": "tcp",
    "17": "udp",
    "58": "icmpv6",
}
_LAST_PORT: Final = 65535
_INSIDE: Final = ("aws_vpc.", "aws_subnet.", "aws_default_vpc.", "aws_default_subnet.")


@lru_cache(maxsize=4096)
def _network(cidr: str) -> Network | None:
    """The range, its host bits ignored as EC2 ignores them; None for what is no range."""
    from ipaddress import ip_network

    try:
        return ip_network(cidr.strip(), strict=False)
    except ValueError:
        return None


def _choices(value: Any) -> list[Any]:
    """What a value may be, where it is a choice (branches of a conditional)."""
    options = value.one_of if isinstance(value, Unknown) else None
    return [value] if options is None else list(options)


def _agreed(
    value: Any, claim: Callable[[Any], bool], surely_not: Callable[[Unknown], bool] | None = None
) -> bool:
    """The answer on which all choices agree; `surely_not` says no of one that is not known."""
    if not isinstance(value, Unknown):
        return claim(value)
    answers: set[bool] = set()
    for choice in _choices(value):
        if not isinstance(choice, Unknown):
            answers.add(claim(choice))
        elif surely_not is not None and surely_not(choice):
            answers.add(False)
        else:
            choice.undetermined()
    if len(answers) != 1:
        value.undetermined()
    return answers.pop()


# -- ranges ----------------------------------------------------------------------------------------


def is_world(cidr: str | Unknown | None) -> bool:
    """Whether a range is every address of IPv4 or IPv6.

    cidr: None (absent) is not. A range whose end is known (`(var.office_ip)/32`) is not, and
    neither is that of a VPC or subnet. Raises `Undetermined` for others that are not known.
    """
    return _agreed(cidr, _is_all, _is_not_world)


def _is_all(cidr: str | None) -> bool:
    if cidr in WORLD:
        return True
    network = _network(cidr) if cidr else None
    return network is not None and network.prefixlen == 0


def _is_not_world(cidr: Unknown) -> bool:
    if _is_inside(cidr):
        return True
    last = cidr.parts[-1] if cidr.parts else None
    return isinstance(last, str) and last.rpartition("/")[2].strip("0") != "" and "/" in last


def _is_inside(cidr: Unknown) -> bool:
    """Whether it is the range of a VPC or subnet of this configuration: private by nature."""
    if not cidr.exact or len(cidr.refs) != 1:
        return False
    address, path = cidr.refs[0].address, cidr.refs[0].path
    own = any(f".{kind}" in f".{address}" for kind in _INSIDE)
    return own and bool(path) and path[-1] in {"cidr_block", "ipv6_cidr_block"}


def is_public_range(cidr: str | Unknown | None) -> bool:
    """Whether an address of the range is on the internet (not private, loopback, link-local…)."""
    return _agreed(cidr, _is_public, _is_inside)


def _is_public(cidr: str | None) -> bool:
    network = _network(cidr) if cidr else None
    if network is None:
        return False
    return not any(
        special.version == network.version and network.subnet_of(special)  # type: ignore[arg-type]
        for special in _special_ranges()
    )


@lru_cache(maxsize=1)
def _special_ranges() -> tuple[Network, ...]:
    """Ranges that no packet on the internet comes from.

    SOURCE: IANA IPv4 and IPv6 special-purpose address registries (RFC 6890, RFC 6598).
    """
    from ipaddress import ip_network

    return tuple(
        ip_network(special)
        for special in (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16"),
            *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"),
            *("::/127", "2001:db8::/32", "fc00::/7", "fe80::/10", "ff00::/8"),
        )
    )


def prefix_length(cidr: str | Unknown | None) -> int | None:
    """The bits after the slash (32 or 128 for one address); None for what is no range."""
    if isinstance(cidr, Unknown):
        cidr.undetermined()
    network = _network(cidr) if cidr else None
    return None if network is None else network.prefixlen


def covers(wide: str | Unknown | None, narrow: str | Unknown | None) -> bool:
    """Whether every address of `narrow` is in `wide`. IPv4 never covers IPv6."""
    if isinstance(wide, Unknown) or isinstance(narrow, Unknown):
        causes = [value for value in (wide, narrow) if isinstance(value, Unknown)]
        pairs = [(w, n) for w in _choices(wide) for n in _choices(narrow)]
        if any(isinstance(value, Unknown) for pair in pairs for value in pair):
            raise Undetermined(*causes)
        answers = {covers(w, n) for w, n in pairs}
        if len(answers) != 1:
            raise Undetermined(*causes)
        return answers.pop()
    outer, inner = _network(wide or ""), _network(narrow or "")
    if outer is None or inner is None or outer.version != inner.version:
        return False
    return inner.subnet_of(outer)  # type: ignore[arg-type]  # versions are equal


def cover_world(cidrs: Iterable[str | Unknown]) -> bool:
    """Whether ranges together are every address of IPv4 or IPv6 (`0.0.0.0/1`, `128.0.0.0/1`)."""
    from ipaddress import IPv4Network, IPv6Network, collapse_addresses

    fours: list[IPv4Network] = []
    sixes: list[IPv6Network] = []
    causes: list[Unknown] = []
    try:
        for cidr in cidrs:
            network = None if isinstance(cidr, Unknown) else _network(cidr)
            if isinstance(network, IPv4Network):
                fours.append(network)
            elif isinstance(network, IPv6Network):
                sixes.append(network)
            elif isinstance(cidr, Unknown) and not _is_not_world(cidr):
                causes.append(cidr)
    except Undetermined as open_end:
        causes += open_end.causes
    whole = (*collapse_addresses(fours), *collapse_addresses(sixes))
    if any(str(network) in WORLD for network in whole):
        return True
    if causes:
        raise Undetermined(*causes)
    return False


# -- protocols and ports -------------------------------------------------------------------------


def protocol_name(protocol: str | int | float | Unknown | None) -> str:
    """`all`, `tcp`, `udp`, `icmp`, `icmpv6`, or the number of another protocol as text.

    None (absent) is all traffic, as in `aws_network_acl_rule` and in rules without a protocol.
    """
    if isinstance(protocol, Unknown):
        protocol.undetermined()
    if protocol is None:
        return "all"
    text = str(int(protocol)) if isinstance(protocol, float) else str(protocol).strip().lower()
    return _PROTOCOLS.get(text, text)


def covers_port(
    port: int,
    transport: str,
    protocol: str | int | float | Unknown | None,
    from_port: Any,
    to_port: Any,
) -> bool:
    """Whether a permission lets this port of `tcp` or `udp` through."""
    return covers_ports(port, port, transport, protocol, from_port, to_port)


def covers_ports(
    low: int,
    high: int,
    transport: str,
    protocol: str | int | float | Unknown | None,
    from_port: Any,
    to_port: Any,
) -> bool:
    """Whether a permission lets any port from `low` to `high` of `tcp` or `udp` through.

    protocol, from_port, to_port: as Terraform has them: `-1`, `tcp`, `6`…; absent ports (or -1) are
    all ports. A port that cannot matter (protocol -1, another protocol) may be unknown.
    """

    return any_of(
        lambda: _agreed(protocol, lambda name: protocol_name(name) == "all"),
        lambda: all_of(
            lambda: _agreed(protocol, lambda name: protocol_name(name) == transport),
            lambda: _agreed(from_port, lambda first: _port(first, 0) <= high),
            lambda: _agreed(to_port, lambda last: _port(last, _LAST_PORT) >= low),
        ),
    )


def covers_every_port(
    protocol: str | int | float | Unknown | None, from_port: Any, to_port: Any
) -> bool:
    """Whether a permission lets everything through, or every port of tcp or udp."""

    return any_of(
        lambda: _agreed(protocol, lambda name: protocol_name(name) == "all"),
        lambda: all_of(
            lambda: _agreed(protocol, lambda name: protocol_name(name) in {"tcp", "udp"}),
            lambda: _agreed(from_port, lambda first: _port(first, 0) <= 1),
            lambda: _agreed(to_port, lambda last: _port(last, _LAST_PORT) >= _LAST_PORT),
        ),
    )


def _port(value: Any, absent: int) -> int:
    """A port number; absent, -1 and what is no number stand for the end of the range."""
    if value is None or value == "":
        return absent
    try:
        number = int(value)
    except (TypeError, ValueError):
        return absent
    return absent if number < 0 else number
