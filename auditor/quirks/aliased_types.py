"""Terraform types that are another name of a type: `aws_alb` is `aws_lb`."""

from __future__ import annotations

from auditor.model import Model

ALIASES = {
    f"aws_alb{rest}": f"aws_lb{rest}"
    for rest in (
        *("", "_listener", "_listener_certificate", "_listener_rule"),
        *("_target_group", "_target_group_attachment"),
    )
}
"""SOURCE: AWS provider 5.100.0, `aws_lb` and its kin: "is known as `aws_alb`. The functionality is
identical"."""


def take_aliased_types(model: Model) -> None:
    """Makes each a resource of the type that rules know; its address stays as written."""
    for alias, tf in ALIASES.items():
        for resource in model.by_type.pop(alias, ()):
            resource.type = tf
            model.add(resource)
