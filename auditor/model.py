"""All resources of one evaluation, and how they refer to each other.

A model holds what one source says: one root module, one plan, one state, or one live account.
Links are found the same way in all of them: in code by the reference that an unknown value *is*
(`bucket = aws_s3_bucket.b.id`), else by the value (id, arn or name).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any, TypeVar, cast

from auditor.records import dataclass
from auditor.resource import Gap, Link, Links, Node, Problem, Resource
from auditor.values import Path, Undetermined, Unknown, could_be_same, only_choice, text_key

R = TypeVar("R", bound=Resource)


def _is_decided(value: Any) -> bool:
    return type(value) is Unknown and value.one_of is not None and len(value.one_of) == 1


@dataclass(frozen=True, slots=True)
class Settings:
    """What is known about the place that the resources live in (from auditor.toml or the API)."""

    account_id: str | None = None
    region: str | None = None
    partition: str = "aws"
    environment: str | None = None


@dataclass(slots=True)
class _Links:
    """Who names a target: certain sources by target address, and those that might name any."""

    certain: dict[str, list[Resource]] = field(default_factory=dict)
    open: list[_Open] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Open:
    """A link whose target is not known: the value as written, and the doubt that it leaves."""

    value: Unknown
    doubt: Unknown
    link: Link | Links


class Model:
    """The resources of one source. Treat as read-only once built.

    read_types: Terraform types that a live account was asked for, also if it has none.
    trace: while a rule runs, the list that field reads are recorded in: (resource, path).
    seen: beside `trace`, the unknown that each read gave, None where it gave a known value.
    readable: while a rule runs, the types that it declared; asking for another is an error in it.
    """

    def __init__(
        self,
        resources: Iterable[Resource],
        *,
        problems: Iterable[Problem] = (),
        gaps: Iterable[Gap] = (),
        settings: Settings | None = None,
        source: str = "hcl",
        label: str = "",
        read_types: Iterable[str] = (),
        data: Iterable[Resource] = (),
    ) -> None:
        self.settings = settings or Settings()
        self.problems = list(problems)
        self.gaps = list(gaps)
        self.source = source
        self.label = label
        self.read_types = frozenset(read_types)
        self._data = {resource.address: resource for resource in data}
        self.trace: list[tuple[Resource, Path]] | None = None
        self.seen: list[Unknown | None] = []
        self.readable: frozenset[str] | None = None
        self.by_address: dict[str, Resource] = {}
        self.by_type: dict[str, list[Resource]] = {}
        self._values: dict[tuple[str, str], dict[_Key, list[Resource]]] = {}
        self._links: dict[tuple[str, str], _Links] = {}
        for resource in resources:
            self.add(resource)

    def add(self, resource: Resource) -> None:
        """Takes a resource in, as an instance of its type's class."""
        typed = resource.typed()
        if typed is not resource and any(map(_is_decided, typed.data.values())):
            typed.data = {name: only_choice(value) for name, value in typed.data.items()}
        typed.model = self
        self.by_address[typed.address] = typed
        self.by_type.setdefault(typed.type, []).append(typed)

    @property
    def resources(self) -> list[Resource]:
        """All resources, by type in order of first appearance."""
        return [resource for group in self.by_type.values() for resource in group]

    def all(self, cls: type[R]) -> list[R]:
        """Every resource of a class; an unknown list where some could not be read."""
        self._declared(cls)
        found = self.by_type.get(cls.tf, [])
        certain = [r for r in found if r.exists is True]
        open_ends = [r.exists for r in found if isinstance(r.exists, Unknown)]
        open_ends += [gap.unknown() for gap in self.gaps if cls.tf in gap.types]
        return cast("list[R]", _ending(certain, open_ends))

    def related(self, target: Resource, cls: type[R], via: str | None = None) -> list[R]:
        """The resources of `cls` whose link `via` names `target` (see `Resource.related`)."""
        self._declared(cls)
        name = via or _link_to(cls, target.type)
        links = self._links_of(cls, name)
        found = links.certain.get(target.address, [])
        certain = [r for r in found if r.exists is True]
        open_ends = [r.exists for r in found if isinstance(r.exists, Unknown)]
        open_ends += [o.doubt for o in links.open if _may_name(o, target)]
        open_ends += [gap.unknown() for gap in self.gaps if _may_hold(gap, cls.tf, target)]
        return cast("list[R]", _ending(certain, open_ends))

    def follow(self, node: Node, name: str, value: Any) -> Resource:
        """The resource that `value`, read from the link `name` of `node`, names."""
        link = type(node).fields.get(name)
        types = link.to if isinstance(link, Link | Links) else ()
        by = link.by if isinstance(link, Link | Links) else ()
        found = _nearest(self._targets(value, types, by), node.root)
        if len(found) == 1:
            self._declared(type(found[0]))
            return found[0]
        if isinstance(value, Unknown):
            raise Undetermined(value)
        raise Undetermined(
            Unknown(because=f"{name} names {value}, which is not among the resources read")
        )

    def data_source(self, value: Any) -> Resource | None:
        """The data source in code whose attribute an unknown is; its arguments tell what it asks.

        None for a value that is known (in plan and state) or that comes from elsewhere.
        """
        if not isinstance(value, Unknown) or not value.exact:
            return None
        return self._data.get(value.refs[0].address)

    def named(self, types: Iterable[str], value: Any, by: tuple[str, ...] = ()) -> list[Resource]:
        """The resources of some types that a value names: by reference, id, arn or identity."""
        return self._targets(value, tuple(types), by)

    def _declared(self, cls: type[Resource]) -> None:
        """A rule may only ask for what it declares, or the live reader would not have read it."""
        if self.readable is not None and cls.tf not in self.readable:
            raise LookupError(f"the rule asks for {cls.tf}: add {cls.__name__} to its `reads`")

    # -- linking ----------------------------------------------------------------------------------

    def _targets(self, value: Any, types: tuple[str, ...], by: tuple[str, ...]) -> list[Resource]:
        if isinstance(value, Unknown):
            referenced = self._referenced(value, types)
            if referenced or _elsewhere(self, value):
                return referenced
        key = text_key(value)
        if key is None:
            return []
        found: list[Resource] = []
        for tf in types:
            for attribute in _names(tf, by):
                found += self._by_value(tf, attribute).get(key, [])
        return list({id(r): r for r in found}.values())

    def _referenced(self, value: Unknown, types: tuple[str, ...]) -> list[Resource]:
        if not value.exact or not value.refs:
            return []
        resource = self.by_address.get(value.refs[0].address)
        if resource is None or (types and resource.type not in types):
            return []
        return [resource]

    def _by_value(self, tf: str, attribute: str) -> Mapping[_Key, list[Resource]]:
        index = self._values.get((tf, attribute))
        if index is None:
            index = self._values[tf, attribute] = {}
            for resource in self.by_type.get(tf, []):
                key = text_key(resource.data.get(attribute))
                if key is not None:
                    index.setdefault(key, []).append(resource)
        return index

    def _links_of(self, cls: type[Resource], name: str) -> _Links:
        key = (cls.tf, name)
        if key not in self._links:
            self._links[key] = self._find_links(cls, name)
        return self._links[key]

    def _find_links(self, cls: type[Resource], name: str) -> _Links:
        links = _Links()
        link = cls.fields[name]
        assert isinstance(link, Link | Links)
        for source in self.by_type.get(cls.tf, []):
            value = source.data.get(name)
            if isinstance(value, Unknown) and isinstance(link, Links):
                values = [*(value.items or ()), Unknown(value.refs, value.because)]
            else:
                values = value if isinstance(value, list) else [value]
            for each in values:
                self._link(links, source, each, link)
        return links

    def _link(self, links: _Links, source: Resource, value: Any, link: Link | Links) -> None:
        targets = _nearest(self._targets(value, link.to, link.by), source)
        for target in targets:
            links.certain.setdefault(target.address, []).append(source)
        if not targets and isinstance(value, Unknown) and not _elsewhere(self, value):
            because = f"{source.address} may apply to it"
            if value.because:
                because += f": {value.because}"
            links.open.append(_Open(value, Unknown(value.refs, because), link))


_Key = str | tuple[Any, ...]


def _names(tf: str, by: tuple[str, ...]) -> tuple[str, ...]:
    """The attributes of a type whose value a link may hold."""
    identity = Resource.classes[tf].identity if tf in Resource.classes else ()
    return tuple(dict.fromkeys(("id", "arn", *identity, *by)))


def _may_name(link: _Open, target: Resource) -> bool:
    """Whether a text with holes could be the name of a resource: not if their known ends differ.

    An ARN, or a link by nothing but ids, is left open: those are known only after the apply.
    """
    parts = link.value.parts
    if parts is None or str(parts[0]).startswith("arn:"):
        return True
    names = [n for n in _names(target.type, link.link.by) if n not in ("id", "arn")]
    values = [target.data[name] for name in names if target.data.get(name) is not None]
    return not values or any(could_be_same(link.value, value) for value in values)


def _nearest(targets: list[Resource], source: Resource) -> list[Resource]:
    """Those in the source's own region, where a name is used in several."""
    if len(targets) < 2:
        return targets
    return [target for target in targets if target.region == source.region] or targets


def _elsewhere(model: Model, value: Unknown) -> bool:
    """Whether an unknown is exactly another resource's attribute, so certainly not ours."""
    return value.exact and value.refs[0].address in model.by_address


def _may_hold(gap: Gap, tf: str, target: Resource) -> bool:
    if gap.types:
        return tf in gap.types and (gap.region is None or gap.region == target.region)
    return target.address in gap.refs


def _link_to(cls: type[Resource], tf: str) -> str:
    for name, link in cls.fields.items():
        if isinstance(link, Link | Links) and tf in link.to:
            return name
    raise LookupError(f"{cls.__name__} has no link to {tf}")


def _ending(certain: list[Resource], open_ends: list[Unknown]) -> Any:
    if not open_ends:
        return certain
    because = "; ".join(dict.fromkeys(u.reason for u in open_ends))
    refs = [ref for u in open_ends for ref in u.refs]
    return Unknown(refs if not because else (), because, items=tuple(certain))
