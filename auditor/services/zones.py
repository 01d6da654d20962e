"""Whether subnets lie in several Availability Zones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from auditor.resource import Node
from auditor.values import Undetermined, Unknown


def in_one_zone(node: Node, argument: str) -> bool:
    """Whether the subnets that a `Links` argument names are all in one zone.

    One subnet is in one zone. Two that are known to differ decide; where a subnet or its zone is
    not known the answer is `Undetermined`.
    """
    named = node.get(argument)
    if isinstance(named, list) and len(named) == 1:
        return True
    return are_in_one_zone(node.follow_all(argument))


def are_in_one_zone(subnets: Iterable[Any]) -> bool:
    """Whether all of some subnets are in one zone; also true of none. As `in_one_zone`."""
    known: set[str] = set()
    listed: set[tuple[str | int, ...]] = set()
    doubts: list[Unknown] = []
    count = 0
    try:
        for subnet in subnets:
            count += 1
            zone = subnet.availability_zone
            if not isinstance(zone, Unknown):
                known.add(zone)
            else:
                doubts.append(zone)
                listed.update(_position(zone))
            if len(known) > 1 or len(listed) > 1:
                return False
    except Undetermined as open_end:
        return _undecided([*doubts, *open_end.causes])
    return True if not doubts or count < 2 else _undecided(doubts)


def _undecided(doubts: list[Unknown]) -> bool:
    raise Undetermined(*doubts)


def _position(zone: Unknown) -> list[tuple[str | int, ...]]:
    """Its place in the region's list of zones: two places in one list are two zones."""
    if not zone.exact or "data.aws_availability_zones." not in f"{zone.refs[0].address}":
        return []
    path = zone.refs[0].path
    return [(zone.refs[0].address, *path)] if len(path) == 2 and path[0] in _LISTS else []


_LISTS = ("names", "zone_ids")
