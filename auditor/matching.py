"""Which resource in code is which one in the account.

A state knows ids and ARNs, so its resources are matched by those. Evaluated HCL knows names: the
arguments that a class lists as its `identity`. A link among them (`bucket = aws_s3_bucket.b.id`)
is compared by what it leads to, so a satellite is matched through its parent. What cannot be
matched says why, and is then neither missing nor unmanaged but unmatched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor.model import Model
from auditor.resource import Link, Links, Resource
from auditor.values import Undetermined, Unknown


@dataclass(slots=True)
class Matching:
    """pairs: (code, live). unmatched: code address → why it cannot be told which one it is.

    missing: resources in code that are certainly not in the account. unmanaged: resources in the
    account that no resource in code is, leaving out types that code has unmatched ones of.
    """

    pairs: list[tuple[Resource, Resource]] = field(default_factory=list)
    unmatched: dict[str, str] = field(default_factory=dict)
    missing: list[Resource] = field(default_factory=list)
    unmanaged: list[Resource] = field(default_factory=list)


def match(
    code: Model, live: Model, stored: Mapping[str, Mapping[str, Any]] | None = None
) -> Matching:
    """Matches the resources of code (or of a plan or state) with those of an account.

    stored: what the state of the code says of a resource, by its address in the code: the ARN and
    id there go before names, as they do for Terraform.
    """
    return _Matcher(code, live, stored or {}).run()


class _Matcher:
    def __init__(self, code: Model, live: Model, stored: Mapping[str, Mapping[str, Any]]) -> None:
        self.stored = stored
        self.code = code
        self.live = live
        self.result = Matching()
        self.found: dict[str, Resource | None] = {}
        self.taken: set[int] = set()
        self.unread = {tf for gap in live.gaps for tf in gap.types}

    def run(self) -> Matching:
        for resource in self.code.resources:
            self.partner(resource)
        open_types = {self.code.by_address[a].type for a in self.result.unmatched}
        self.result.unmanaged = [
            resource
            for resource in self.live.resources
            if id(resource) not in self.taken and resource.type not in open_types
        ]
        return self.result

    def partner(self, resource: Resource) -> Resource | None:
        """The live resource that it is; None where there is none, or it cannot be told."""
        address = resource.address
        if address not in self.found:
            self.found[address] = None  # a link that leads in a circle ends here
            self.found[address] = self._settle(resource)
        return self.found[address]

    def _settle(self, resource: Resource) -> Resource | None:
        if isinstance(resource.exists, Unknown):
            self._open(resource, f"whether it exists hangs on {resource.exists.reason}")
            return None
        try:
            candidates = self._candidates(resource)
        except Undetermined as doubt:
            self._open(resource, doubt.reason)
            return None
        if len(candidates) > 1:
            self._open(resource, f"{len(candidates)} resources in the account answer to it")
            return None
        if not candidates:
            self._absent(resource)
            return None
        (partner,) = candidates
        self.taken.add(id(partner))
        self.result.pairs.append((resource, partner))
        return partner

    def _open(self, resource: Resource, why: str) -> None:
        self.result.unmatched[resource.address] = why

    def _absent(self, resource: Resource) -> None:
        if resource.type in self.unread or not self._is_read(resource.type):
            self._open(resource, f"{resource.type} was not read from the account")
        else:
            self.result.missing.append(resource)

    def _is_read(self, tf: str) -> bool:
        return tf in self.live.by_type or tf in self.live.read_types

    def _candidates(self, resource: Resource) -> list[Resource]:
        there = self.live.by_type.get(resource.type, [])
        for attribute in ("arn", "id"):
            value = resource.data.get(attribute)
            if isinstance(value, str) and value:
                return self._near(resource, [r for r in there if r.data.get(attribute) == value])
        recorded = self._recorded(resource, there)
        if recorded:
            return recorded
        identity = type(resource).identity or _links_of(type(resource))
        if not identity:
            raise Undetermined(Unknown(because=f"nothing names a {resource.type} before it exists"))
        for name in identity:
            there = [other for other in there if self._same(resource, other, name)]
        return self._near(resource, there)

    def _recorded(self, resource: Resource, there: list[Resource]) -> list[Resource]:
        """By the state's ARN or id; none also where the account has no such thing any more."""
        known = self.stored.get(resource.address, {})
        for attribute in ("arn", "id"):
            value = known.get(attribute)
            found = [r for r in there if value and r.data.get(attribute) == value]
            if found:
                return self._near(resource, found)
        return []

    def _near(self, resource: Resource, found: list[Resource]) -> list[Resource]:
        if resource.region is None or len(found) < 2:
            return found
        return [other for other in found if other.region in (resource.region, None)]

    def _same(self, mine: Resource, other: Resource, name: str) -> bool:
        link = type(mine).fields.get(name)
        value, theirs = mine.get(name), other.data.get(name)
        if isinstance(link, Link | Links) and isinstance(value, str | Unknown):
            return self._same_target(mine, value, theirs, link, name)
        if isinstance(value, Unknown):
            raise Undetermined(value)
        return bool(value == theirs)

    def _same_target(
        self, mine: Resource, value: Any, theirs: Any, link: Link | Links, name: str
    ) -> bool:
        if isinstance(value, str) and value == theirs:
            return True
        targets = self.live.named(link.to, theirs, link.by)
        if isinstance(value, str):
            return any(t in targets for t in self.live.named(link.to, value, link.by))
        partner = self.partner(mine.follow(name))
        if partner is None:
            raise Undetermined(
                Unknown(because=f"{name} names {value.reason}, which is itself not matched")
            )
        return any(target is partner for target in targets)


def _links_of(cls: type[Resource]) -> tuple[str, ...]:
    """A satellite without a name of its own is named by its first link."""
    names: Iterable[str] = (n for n, f in cls.fields.items() if isinstance(f, Link))
    return tuple(list(names)[:1])
