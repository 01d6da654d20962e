"""Folding one resource into another: what stands in it then counts as part of the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auditor.resource import ModuleCall, Provenance, Resource, Trace
from auditor.values import Path, Unknown, Within


@dataclass(frozen=True, slots=True)
class Folded:
    """Provenance of a resource that others were folded into.

    parts: where in it a folded resource begins → (that resource, its names for the arguments).
    """

    own: Provenance
    parts: Mapping[Path, tuple[Resource, Mapping[str, Path]]]

    def trace(self, path: Path, within: Within | None = None) -> Trace:
        """The place in the resource that the value was written in."""
        part = self.parts.get(path[:2])
        if part is None:
            return self.own.trace(path, within)
        resource, names = part
        if len(path) < 3:
            return resource.provenance.trace((), within)
        name = names.get(str(path[2]), (path[2],))
        # A list that was made of one value has no positions of its own.
        rest = () if name in _SINGLE else path[3:]
        return resource.provenance.trace((*name, *rest), within)

    def calls(self) -> tuple[ModuleCall, ...]:
        """The module calls that lead to the resource itself."""
        return self.own.calls()


_SINGLE: frozenset[Path] = frozenset(
    {
        ("cidr_ipv4",),
        ("cidr_ipv6",),
        ("prefix_list_id",),
        ("referenced_security_group_id",),
        ("source_security_group_id",),
    }
)


def append(resource: Resource, name: str, element: Any) -> int:
    """Adds an element to a block list of a resource (its data is copied); returns its position."""
    present = resource.data.get(name)
    if isinstance(present, Unknown):
        items = (*(present.items or ()), element)
        changed: Any = Unknown(present.refs, present.because, items=items)
        position = len(items) - 1
    else:
        changed = [*(present or ()), element]
        position = len(changed) - 1
    resource.data = {**resource.data, name: changed}
    return position


def fold(
    part: Resource, into: Resource, name: str, element: Any, names: Mapping[str, Path]
) -> None:
    """Folds `part` into the block list `name` of `into` as `element`.

    names: argument in the element → its path in `part`, where the two differ.
    """
    position = append(into, name, element)
    known = into.provenance
    parts = dict(known.parts) if isinstance(known, Folded) else {}
    own = known.own if isinstance(known, Folded) else known
    into.provenance = Folded(own, {**parts, (name, position): (part, names)})
    part.folded_into = into
