"""Security group rules that are resources of their own become blocks of their group.

`aws_security_group_rule`, `aws_vpc_security_group_ingress_rule` and `…_egress_rule` say what an
inline block says; DescribeSecurityGroups knows only the group with all its rules. A rule whose
group is not in the model stays by itself.
"""

from __future__ import annotations

from typing import Any

from auditor.model import Model
from auditor.quirks.folding import fold
from auditor.resource import Resource
from auditor.values import Undetermined

_NEW = {
    "aws_vpc_security_group_ingress_rule": "ingress",
    "aws_vpc_security_group_egress_rule": "egress",
}


def fold_security_group_rules(model: Model) -> None:
    """Folds each rule resource into the group that it names."""
    for tf, direction in _NEW.items():
        for resource in model.by_type.get(tf, ()):
            _fold(resource, direction, _from_new(resource), _NEW_NAMES)
    for resource in model.by_type.get("aws_security_group_rule", ()):
        direction = resource.data.get("type", "")
        if isinstance(direction, str) and direction in ("ingress", "egress"):
            _fold(resource, direction, _from_old(resource), _OLD_NAMES)


def _fold(resource: Resource, direction: str, block: dict[str, Any], names: Any) -> None:
    if resource.exists is not True:
        return
    try:
        group = resource.follow("security_group_id")
    except Undetermined:
        return
    if group is not None:
        fold(resource, group, direction, block, names)


_NEW_NAMES = {
    "cidr_blocks": ("cidr_ipv4",),
    "ipv6_cidr_blocks": ("cidr_ipv6",),
    "prefix_list_ids": ("prefix_list_id",),
    "protocol": ("ip_protocol",),
    "security_groups": ("referenced_security_group_id",),
}


def _from_new(rule: Resource) -> dict[str, Any]:
    data = rule.data
    return {
        "cidr_blocks": _one(data.get("cidr_ipv4")),
        "ipv6_cidr_blocks": _one(data.get("cidr_ipv6")),
        "prefix_list_ids": _one(data.get("prefix_list_id")),
        "security_groups": _one(data.get("referenced_security_group_id")),
        "description": data.get("description"),
        "from_port": data.get("from_port"),
        "protocol": data.get("ip_protocol"),
        "self": False,
        "to_port": data.get("to_port"),
    }


_OLD_NAMES = {"security_groups": ("source_security_group_id",)}


def _from_old(rule: Resource) -> dict[str, Any]:
    data = rule.data
    return {
        "cidr_blocks": data.get("cidr_blocks"),
        "ipv6_cidr_blocks": data.get("ipv6_cidr_blocks"),
        "prefix_list_ids": data.get("prefix_list_ids"),
        "security_groups": _one(data.get("source_security_group_id")),
        "description": data.get("description"),
        "from_port": data.get("from_port"),
        "protocol": data.get("protocol"),
        "self": data.get("self"),
        "to_port": data.get("to_port"),
    }


def _one(value: Any) -> list[Any]:
    return [] if value is None else [value]
