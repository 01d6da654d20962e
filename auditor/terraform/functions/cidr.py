"""IP networks in CIDR notation, with the arithmetic of Terraform's address functions.

Odd but true, and kept: a netnum may be negative, an IPv6 host number may leave its network, and
leading zeros in IPv4 octets are decimal. Source: go-cidr 1.1 and Terraform's `ipaddr`, checked
against Terraform 1.11.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_WORD = 1 << 64


@dataclass(frozen=True, slots=True)
class Network:
    """An address of 32 or 128 bits as a number, and the length of its prefix."""

    address: int
    prefix: int
    bits: int

    def __str__(self) -> str:
        if 0 <= self.prefix <= self.bits:
            return f"{address_text(self.address, self.bits)}/{self.prefix - 96 * self.mapped}"
        return "<nil>"  # what Go prints for a prefix that newbits made negative

    @property
    def mapped(self) -> bool:
        """Whether it is an IPv4 network written as IPv6."""
        return self.bits == 128 and self.address >> 32 == 0xFFFF

    @property
    def span(self) -> int:
        """How many addresses it has."""
        return 1 << (self.bits - self.prefix)


def parse(text: str) -> Network:
    """The network that an address with a prefix length is in. Raises ValueError."""
    address, slash, length = text.partition("/")
    found = (_ipv4(address), 32)
    if found[0] is None:
        found = (_ipv6(address), 128)
    number, bits = found
    prefix = _decimal(length)
    if not slash or number is None or prefix is None or prefix > bits:
        raise ValueError(f"invalid CIDR expression: invalid CIDR address: {text}")
    host = bits - prefix
    return Network(number >> host << host, prefix, bits)


def _ipv4(text: str) -> int | None:
    octets = text.split(".")
    if len(octets) != 4:
        return None
    number = 0
    for octet in octets:
        value = _decimal(octet)
        if value is None or value > 255:
            return None
        number = number << 8 | value
    return number


def _decimal(digits: str) -> int | None:
    """A number of at most three digits after leading zeros, which are fine."""
    return int(digits[-3:]) if re.fullmatch(r"0*\d{1,3}", digits, re.ASCII) else None


def _ipv6(text: str) -> int | None:
    head, gap, tail = text.partition("::")
    left, right = _groups(head), _groups(tail)
    if left is None or right is None or (gap and "." in head) or not (gap or head):
        return None
    missing = 8 - len(left) - len(right)
    if missing < 1 if gap else missing != 0:
        return None
    number = 0
    for group in (*left, *[0] * missing, *right):
        number = number << 16 | group
    return number


def _groups(text: str) -> list[int] | None:
    """The 16-bit groups of a part of an IPv6 address; the last may be a dotted IPv4 address."""
    if not text:
        return []
    groups: list[int] = []
    words = text.split(":")
    if "." in words[-1]:
        dotted = _ipv4(words.pop())
        if dotted is None:
            return None
        groups = [dotted >> 16, dotted & 0xFFFF]
    if not all(re.fullmatch(r"0*[0-9a-fA-F]{1,4}", word, re.ASCII) for word in words):
        return None
    return [int(word, 16) for word in words] + groups


def address_text(address: int, bits: int) -> str:
    """An address as people write it; IPv6 as RFC 5952 wants it, IPv4-mapped ones dotted."""
    if bits == 32 or address >> 32 == 0xFFFF:
        return ".".join(str(address >> shift & 0xFF) for shift in (24, 16, 8, 0))
    groups = [f"{address >> shift & 0xFFFF:x}" for shift in range(112, -1, -16)]
    start, length = max(_zero_runs(groups), key=lambda run: (run[1], -run[0]), default=(0, 0))
    if length < 2:
        return ":".join(groups)
    return f"{':'.join(groups[:start])}::{':'.join(groups[start + length :])}"


def _zero_runs(groups: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Each run of zero groups as its start and length."""
    start = 0
    while start < len(groups):
        end = start
        while end < len(groups) and groups[end] == "0":
            end += 1
        if end > start:
            yield start, end - start
        start = end + 1


def host(network: Network, number: int) -> str:
    """The address with a number in the network; negative numbers count from the end."""
    largest = network.span - 1
    asked = (number + _WORD // 2) % _WORD - _WORD // 2
    if number < 0:
        asked = -number - 1
        number = largest - asked
    if asked > largest:
        raise ValueError(
            f"prefix of {network.prefix} does not accommodate a host numbered {number}"
        )
    prefix = 32 if network.mapped else network.bits
    return address_text(_insert(network, number, prefix), network.bits)


def netmask(network: Network) -> str:
    """The mask of an IPv4 network, dotted."""
    everything = (1 << network.bits) - 1
    if network.bits == 128 and not network.mapped:
        raise ValueError(f"IPv6 addresses cannot have a netmask: {network}")
    return address_text(everything ^ (network.span - 1), network.bits)


def subnet(network: Network, newbits: int, number: int) -> Network:
    """The network with a number among those that `newbits` more bits of prefix give."""
    prefix = network.prefix + newbits
    if prefix > network.bits:
        raise ValueError(
            f"insufficient address space to extend prefix of {network.prefix} by {newbits}"
        )
    largest = (1 << newbits if 0 <= newbits < 64 else 0) - 1
    if abs(number) % _WORD > largest % _WORD:
        raise ValueError(
            f"prefix extension of {newbits} does not accommodate a subnet numbered {number}"
        )
    return Network(_insert(network, number, prefix), prefix, network.bits)


def _insert(network: Network, number: int, prefix: int) -> int:
    """The network's address with the number or-ed in before the host bits."""
    address = abs(network.address | number << (network.bits - prefix))
    if address >> network.bits:
        raise ValueError(f"{number} does not fit the addresses of {network}")
    return address


def subnets(network: Network, newbits: Sequence[int]) -> Iterator[Network]:
    """Consecutive networks, each with its own number of bits more than the given one.

    Raises ValueError where one does not fit; the second argument is then the place in `newbits`.
    """
    total = 1 << network.bits
    # Go starts from the network that ends just before this one, even where that wraps around.
    last = (network.address - 1) % total
    for place, more in enumerate(newbits):
        prefix = network.prefix + more
        _fits(network, more, prefix, place)
        size = 1 << (network.bits - prefix)
        following = (last // size + 1) * size
        inside = network.address <= following < network.address + network.span
        if not 0 < following < total or not inside or network.mapped:
            raise ValueError(
                f"not enough remaining address space for a subnet with a prefix of {prefix} bits",
                place,
            )
        yield Network(following, prefix, network.bits)
        last = following + size - 1


def _fits(network: Network, more: int, prefix: int, place: int) -> None:
    if more < 1:
        raise ValueError("must extend prefix by at least one bit", place)
    if more > 32:
        raise ValueError("may not extend prefix by more than 32 bits", place)
    if prefix > network.bits:
        family = "IPv4" if network.bits == 32 else "IPv6"
        raise ValueError(
            f"would extend prefix to {prefix} bits, which is too long for an {family} address",
            place,
        )
