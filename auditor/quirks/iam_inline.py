"""Inline policies and attachments of IAM, whichever way they are written, as resources.

The deprecated `inline_policy` and `managed_policy_arns` of `aws_iam_role` become
`aws_iam_role_policy` and `aws_iam_role_policy_attachment`; `aws_iam_policy_attachment` becomes an
attachment for each user, role and group that it lists. The account knows only those. A state
repeats in the role what the resources beside it say; that is not said twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.model import Model
from auditor.resource import ModuleCall, Resource, Trace
from auditor.values import Path, Ref, Sensitive, Unknown, Within

_Place = tuple[str, int] | tuple[str]
_INLINE = "aws_iam_role_policy"
_ATTACHED = "aws_iam_role_policy_attachment"


@dataclass(frozen=True, slots=True)
class _Element:
    """Provenance of what one element of an argument says. names: its arguments' own places."""

    owner: Resource
    place: Path
    names: Mapping[str, Path]

    def trace(self, path: Path, within: Within | None = None) -> Trace:
        """The place of the argument in the owner; of the whole, the element's."""
        name = str(path[0]) if path else ""
        return self.owner.provenance.trace(self.names.get(name, self.place), within)

    def calls(self) -> tuple[ModuleCall, ...]:
        """Those of the owner."""
        return self.owner.provenance.calls()


def split_iam_arguments(model: Model) -> None:
    """Adds a resource for each inline policy and each attachment inside another resource."""
    said = _said(model, _INLINE, "name") | _said(model, _ATTACHED, "policy_arn")
    for role in list(model.by_type.get("aws_iam_role", ())):
        for place, block, exists in _elements(role, "inline_policy"):
            policy = _inline_policy(role, block)
            if policy is not None and _key(policy, "name") not in said:
                names = {key: (*place, key) for key in ("name", "policy")}
                _add(model, role, _INLINE, place, policy, exists, names)
        for place, arn, exists in _elements(role, "managed_policy_arns"):
            attached = {"role": _name_of(role), "policy_arn": arn}
            if _key(attached, "policy_arn") not in said:
                _add(model, role, _ATTACHED, place, attached, exists, {})
    for attachment in list(model.by_type.get("aws_iam_policy_attachment", ())):
        _split_attachment(model, attachment)


def _split_attachment(model: Model, attachment: Resource) -> None:
    for argument, kind in (("roles", "role"), ("users", "user"), ("groups", "group")):
        for place, name, exists in _elements(attachment, argument):
            values = {kind: name, "policy_arn": attachment.data.get("policy_arn")}
            names: dict[str, Path] = {"policy_arn": ("policy_arn",)}
            tf = f"aws_iam_{kind}_policy_attachment"
            _add(model, attachment, tf, place, values, exists, names)


def _inline_policy(role: Resource, block: Any) -> dict[str, Any] | None:
    """What a block says as a resource; `None` for an empty one, which says that there are none."""
    if isinstance(block, Unknown):
        block = dict.fromkeys(("name", "policy"), block)
    if block.get("policy") is None:
        return None
    return {"role": _name_of(role), "name": block.get("name"), "policy": block["policy"]}


def _elements(owner: Resource, argument: str) -> Iterator[tuple[_Place, Any, bool | Unknown]]:
    """Place and value of each element; those that may be there too are one that might exist."""
    value = owner.data.get(argument)
    if isinstance(value, Sensitive):
        value = value.value
    certain = (value.items or ()) if isinstance(value, Unknown) else (value or ())
    for position, item in enumerate(certain):
        yield (argument, position), item, owner.exists
    if isinstance(value, Unknown) and not _is_aws_to_say(value, owner):
        rest = Unknown(value.refs, value.because)
        yield (argument,), rest, owner.exists if isinstance(owner.exists, Unknown) else rest


def _is_aws_to_say(value: Unknown, owner: Resource) -> bool:
    """Whether a plan says no more than that AWS decides: nothing is written there."""
    return value.exact and value.refs[0].address == owner.address


def _name_of(owner: Resource) -> Any:
    name = owner.data.get("name")
    return Unknown((Ref(owner.address, ("id",)),), exact=True) if name is None else name


def _said(model: Model, tf: str, name: str) -> set[tuple[str, str] | None]:
    keys = {_key(resource.data, name) for resource in model.by_type.get(tf, ())}
    return keys - {None}


def _key(values: Mapping[str, Any], name: str) -> tuple[str, str] | None:
    """Role and policy, where both are written out."""
    role, policy = values.get("role"), values.get(name)
    return (role, policy) if isinstance(role, str) and isinstance(policy, str) else None


def _add(
    model: Model,
    owner: Resource,
    tf: str,
    place: _Place,
    values: Mapping[str, Any],
    exists: bool | Unknown,
    names: Mapping[str, Path],
) -> None:
    step = f"{place[0]}[{place[1]}]" if len(place) == 2 else place[0]
    model.add(
        Resource(
            f"{owner.address}.{step}",
            tf,
            values,
            source=owner.source,
            provenance=_Element(owner, place, names),
            exists=exists,
            region=owner.region,
            account=owner.account,
            stand_alone=owner.stand_alone,
        )
    )
