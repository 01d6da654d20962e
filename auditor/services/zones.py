"""Whether subnets lie in several Availability Zones."""

from __future__ import annotations

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
    known: set[str] = set()
    listed: set[tuple[str | int, ...]] = set()
    doubts: list[Unknown] = []
    try:
        for subnet in node.follow_all(argument):
            zone = subnet.availability_zone
            if not isinstance(zone, Unknown):
                known.add(zone)
            else:
                doubts.append(zone)
                listed.update(_position(zone))
            if len(known) > 1 or len(listed) > 1:
                return False
    except Undetermined as open_end:
        doubts += open_end.causes
    if doubts:
        raise Undetermined(*doubts)
    return True


def _position(zone: Unknown) -> list[tuple[str | int, ...]]:
    """Its place in the region's list of zones: two places in one list are two zones."""
    if not zone.exact or "data.aws_availability_zones." not in f"{zone.refs[0].address}":
        return []
    path = zone.refs[0].path
    return [(zone.refs[0].address, *path)] if len(path) == 2 and path[0] in _LISTS else []


_LISTS = ("names", "zone_ids")
