"""The deprecated arguments inside `aws_s3_bucket` become the resources that replaced them.

A bucket with `versioning { enabled = true }` says what an `aws_s3_bucket_versioning` says. The
resources made here carry the bucket's address with the argument behind it, and their attributes'
places are those of the argument in the bucket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from auditor.model import Model
from auditor.quirks.inside import Inside
from auditor.resource import Resource
from auditor.values import Ref, Sensitive, Unknown


def split_inline_bucket_arguments(model: Model) -> None:
    """Adds a satellite for each deprecated argument that is set on a bucket."""
    for bucket in list(model.by_type.get("aws_s3_bucket", ())):
        for argument, (tf, shape) in _ARGUMENTS.items():
            value = bucket.data.get(argument)
            if isinstance(value, Sensitive):
                value = value.value
            if value is None or (isinstance(value, list) and not value):
                continue
            model.add(_satellite(bucket, argument, tf, shape, value))


def _satellite(
    bucket: Resource, argument: str, tf: str, shape: Callable[[Any], dict[str, Any]], value: Any
) -> Resource:
    part = value if argument in _WHOLE or isinstance(value, Unknown) else value[0]
    # Blocks that are unknown as a whole may not be there; a policy or an ACL that is unknown is.
    exists = part if isinstance(part, Unknown) and argument not in ("policy", "acl") else True
    attributes = {} if isinstance(exists, Unknown) else shape(part)
    name = bucket.data.get("bucket")
    if not isinstance(name, str):  # not set, or known in part: the satellite is this bucket's alone
        name = Unknown((Ref(bucket.address, ("id",)),), exact=True)
    return Resource(
        f"{bucket.address}.{argument}",
        tf,
        {"bucket": name, **attributes},
        source=bucket.source,
        provenance=Inside(bucket, argument),
        exists=bucket.exists if isinstance(bucket.exists, Unknown) else exists,
        region=bucket.region,
        account=bucket.account,
        stand_alone=bucket.stand_alone,
    )


def _versioning(block: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "versioning_configuration": [
            {
                "status": _choice(block.get("enabled"), "Enabled", "Suspended"),
                "mfa_delete": _choice(block.get("mfa_delete"), "Enabled", "Disabled"),
            }
        ]
    }


def _choice(flag: Any, yes: str, no: str) -> Any:
    if isinstance(flag, Unknown):
        return Unknown(flag.refs, flag.because, one_of=(yes, no))
    return yes if flag else no


def _lifecycle(blocks: Any) -> dict[str, Any]:
    return {"rule": list(_lifecycle_rules(blocks))}


def _lifecycle_rules(blocks: Any) -> Iterator[Any]:
    for block in blocks:
        if isinstance(block, Unknown):
            yield block
            continue
        days = block.get("abort_incomplete_multipart_upload_days")
        noncurrent = (block.get("noncurrent_version_expiration") or [None])[0]
        yield {
            "id": block.get("id"),
            "status": _choice(block.get("enabled"), "Enabled", "Disabled"),
            "prefix": block.get("prefix"),
            "filter": [{"tag": block["tags"]}] if block.get("tags") else [],
            "abort_incomplete_multipart_upload": []
            if days is None
            else [{"days_after_initiation": days}],
            "expiration": block.get("expiration") or [],
            "noncurrent_version_expiration": []
            if noncurrent is None
            else [{"noncurrent_days": noncurrent.get("days")}],
        }


def _replication(block: Mapping[str, Any]) -> dict[str, Any]:
    rules = block.get("rules")
    return {
        "role": block.get("role"),
        "rule": rules if isinstance(rules, Unknown) else list(rules or ()),
    }


def _grants(blocks: Any) -> dict[str, Any]:
    return {"access_control_policy": [{"grant": list(_each_grant(blocks))}]}


def _each_grant(blocks: Any) -> Iterator[Any]:
    for block in blocks:
        if isinstance(block, Unknown) or isinstance(block.get("permissions"), Unknown):
            yield block if isinstance(block, Unknown) else block["permissions"]
            continue
        grantee = {"id": block.get("id"), "type": block.get("type"), "uri": block.get("uri")}
        for permission in block.get("permissions") or ():
            yield {"permission": permission, "grantee": [grantee]}


_ARGUMENTS: dict[str, tuple[str, Callable[[Any], dict[str, Any]]]] = {
    "acl": ("aws_s3_bucket_acl", lambda value: {"acl": value}),
    "grant": ("aws_s3_bucket_acl", _grants),
    "lifecycle_rule": ("aws_s3_bucket_lifecycle_configuration", _lifecycle),
    "logging": ("aws_s3_bucket_logging", dict),
    "object_lock_configuration": ("aws_s3_bucket_object_lock_configuration", dict),
    "policy": ("aws_s3_bucket_policy", lambda value: {"policy": value}),
    "replication_configuration": ("aws_s3_bucket_replication_configuration", _replication),
    "server_side_encryption_configuration": (
        "aws_s3_bucket_server_side_encryption_configuration",
        dict,
    ),
    "versioning": ("aws_s3_bucket_versioning", _versioning),
    "website": ("aws_s3_bucket_website_configuration", lambda _: {}),
}
"""Argument → the type that replaced it, and how its block reads there."""

_WHOLE = frozenset({"acl", "policy", "grant", "lifecycle_rule"})
"""Arguments that are no single block."""
