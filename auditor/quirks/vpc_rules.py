"""Routes and network ACL rules that are resources of their own fold into their table or ACL."""

from __future__ import annotations

from typing import Any

from auditor.model import Model
from auditor.quirks.folding import fold
from auditor.resource import Resource
from auditor.values import Path, Undetermined

_ROUTE_NAMES: dict[str, Path] = {
    "cidr_block": ("destination_cidr_block",),
    "ipv6_cidr_block": ("destination_ipv6_cidr_block",),
}
_ENTRY_NAMES: dict[str, Path] = {"action": ("rule_action",), "rule_no": ("rule_number",)}


def fold_routes_and_acl_rules(model: Model) -> None:
    """Folds each `aws_route` and `aws_network_acl_rule` into what it belongs to."""
    for route in model.by_type.get("aws_route", ()):
        _fold(route, "route_table_id", "route", _ROUTE_NAMES)
    for rule in model.by_type.get("aws_network_acl_rule", ()):
        egress = rule.data.get("egress")
        if egress is None or isinstance(egress, bool):
            _fold(rule, "network_acl_id", "egress" if egress else "ingress", _ENTRY_NAMES)


def _fold(part: Resource, link: str, name: str, names: dict[str, Path]) -> None:
    if part.exists is not True:
        return
    try:
        whole = part.follow(link)
    except Undetermined:
        return
    if whole is not None:
        fold(part, whole, name, _renamed(part, names), names)


def _renamed(part: Resource, names: dict[str, Path]) -> dict[str, Any]:
    data = dict(part.data)
    for name, (other,) in names.items():
        data[name] = data.pop(str(other), None)
    return data
