"""AWS Key Management Service.

Sources: KMS API reference (ListKeys, DescribeKey, GetKeyRotationStatus, GetKeyPolicy, ListAliases),
AWS provider 5.100.0 documentation of `aws_kms_key` and `aws_kms_alias`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader
from auditor.aws.tagging import TAGS, tags_at, tags_of
from auditor.resource import Bool, Json, Link, Node, Num, Resource, Str, StrMap
from auditor.values import Undetermined, Unknown


class KmsKey(Resource, tf="aws_kms_key"):
    """A KMS key. Live ones include the keys that AWS manages, told by `key_manager`.

    key_state, origin: of live ones, as DescribeKey says (`PendingDeletion`, `EXTERNAL`).
    """

    identity = ("arn",)
    arn = Str(computed=True)
    custom_key_store_id = Str()
    customer_master_key_spec = Str(default="SYMMETRIC_DEFAULT")
    deletion_window_in_days = Num(default=30)
    description = Str(computed=True)
    enable_key_rotation = Bool(default=False, computed=True)
    is_enabled = Bool(default=True)
    key_manager = Str(default="CUSTOMER")
    key_state = Str(default="Enabled")
    key_usage = Str(default="ENCRYPT_DECRYPT")
    multi_region = Bool(default=False, computed=True)
    origin = Str(default="AWS_KMS")
    policy = Json(computed=True)
    rotation_period_in_days = Num(computed=True)
    tags = StrMap()


class KmsReplicaKey(Resource, tf="aws_kms_replica_key"):
    """A replica of a multi-Region key (code only: a live one is a `KmsKey`)."""

    deletion_window_in_days = Num(default=30)
    policy = Json(computed=True)
    primary_key_arn = Link("aws_kms_key")
    tags = StrMap()


class KmsExternalKey(Resource, tf="aws_kms_external_key"):
    """A key with imported key material (code only: a live one is a `KmsKey`)."""

    deletion_window_in_days = Num(default=30)
    multi_region = Bool(default=False, computed=True)
    policy = Json(computed=True)
    tags = StrMap()


class KmsKeyPolicy(Resource, tf="aws_kms_key_policy"):
    """The policy of a key, also where it is written inside the key (see auditor.quirks)."""

    key_id = Link("aws_kms_key", "aws_kms_replica_key", "aws_kms_external_key", by=("key_id",))
    policy = Json()


class KmsAlias(Resource, tf="aws_kms_alias"):
    """A name for a key."""

    identity = ("name",)
    name = Str(computed=True)
    target_key_id = Link("aws_kms_key", "aws_kms_replica_key", by=("key_id",))


def is_aws_managed_key(node: Node, argument: str) -> bool:
    """Whether the key that an argument names is one that AWS manages (`alias/aws/…`).

    The name of such an alias says so by itself, also in a data source. A reference to a key or
    alias in the same code is a customer's; an id or ARN is looked up among the keys that were read
    (DescribeKey, KeyManager). Raises `Undetermined` for a key that was not read.
    """
    value = node.get(argument)
    if value is None:
        return True
    model = node.root.model
    asked = model.data_source(value) if model is not None else None
    if asked is not None and isinstance(value, Unknown):
        return _is_alias_of_aws(asked.data.get(_ASKS_WITH.get(asked.type, "id")), value)
    if isinstance(value, str) and "alias/" in value:
        return value.split("alias/", 1)[1].startswith("aws/")
    if isinstance(value, Unknown) and value.exact:
        # A key that the same plan makes is a customer's, whichever attribute names it.
        address = f".{value.refs[0].address}"
        if any(f".{kind}." in address for kind in _KEYS) and ".data." not in address:
            return False
    return bool(node.follow(argument).get("key_manager") == "AWS")


_ASKS_WITH = {"aws_kms_key": "key_id", "aws_kms_alias": "name"}
_KEYS = ("aws_kms_key", "aws_kms_replica_key", "aws_kms_external_key", "aws_kms_alias")


def _is_alias_of_aws(name: Any, value: Unknown) -> bool:
    """Whether a data source asks for an alias of AWS; another way to ask leaves a doubt."""
    first = name.parts[0] if isinstance(name, Unknown) and name.parts else name
    _, alias, rest = first.partition("alias/") if isinstance(first, str) else ("", "", "")
    if rest.startswith("aws/"):
        return True
    if not alias or (isinstance(name, Unknown) and "aws/".startswith(rest)):
        raise Undetermined(value)
    return False


# -- live ----------------------------------------------------------------------------------------


@reader(
    # The policies come inside the keys; auditor.quirks makes resources of them.
    yields=(KmsKey, KmsKeyPolicy),
    calls=(
        "kms.list_keys",
        "kms.describe_key",
        "kms.get_key_rotation_status",
        "kms.get_key_policy",
        TAGS,
    ),
    details={TAGS: ("tags",)},
)
def keys(aws: Aws) -> Iterator[Resource]:
    """Keys; rotation, policy and tags only of the customer's own."""
    tags = tags_of(aws, "kms")

    def read(entry: Mapping[str, Any]) -> Iterator[Resource]:
        key_id = entry["KeyId"]
        reply = aws.ask("kms.describe_key", KeyId=key_id)
        about: Any = reply["KeyMetadata"]
        own = _own(aws, key_id, about, tags_at(tags, entry["KeyArn"]))
        yield aws.resource(KmsKey, key_id, {**_described(entry, about), **own})

    yield from aws.parallel(read, aws.list("kms.list_keys", "Keys"))


def _described(entry: Mapping[str, Any], about: Any) -> dict[str, Any]:
    return {
        "arn": entry["KeyArn"],
        "key_id": entry["KeyId"],
        "custom_key_store_id": about.get("CustomKeyStoreId"),
        "customer_master_key_spec": about.get("KeySpec"),
        # Only a configuration says it; a key that waits for deletion shows in `is_enabled`.
        "deletion_window_in_days": None,
        "description": about.get("Description"),
        "is_enabled": lambda: about["KeyState"] == "Enabled",
        "key_manager": about.get("KeyManager"),
        "key_state": about.get("KeyState"),
        "key_usage": about.get("KeyUsage"),
        "multi_region": about.get("MultiRegion"),
        "origin": about.get("Origin"),
    }


def _own(aws: Aws, key_id: str, about: Any, tags: Any) -> dict[str, Any]:
    if not isinstance(about, Unknown) and about.get("KeyManager") == "AWS":
        # AWS rotates its keys every year and owns their policy; neither can be changed.
        return {
            "enable_key_rotation": True,
            "rotation_period_in_days": 365,
            "policy": None,
            "tags": {},
        }
    rotation = aws.ask(
        "kms.get_key_rotation_status", KeyId=key_id, absent=("UnsupportedOperationException",)
    )
    policy = aws.ask("kms.get_key_policy", KeyId=key_id, PolicyName="default")
    return {
        "enable_key_rotation": False if rotation is None else rotation.get("KeyRotationEnabled"),
        "rotation_period_in_days": None
        if rotation is None
        else rotation.get("RotationPeriodInDays"),
        "policy": policy.get("Policy"),
        "tags": tags,
    }


@reader(yields=(KmsAlias,), calls=("kms.list_aliases",))
def aliases(aws: Aws) -> Iterator[Resource]:
    """Aliases, those of AWS included."""
    for item in aws.list("kms.list_aliases", "Aliases"):
        yield aws.resource(
            KmsAlias,
            item["AliasName"],
            {
                "arn": item["AliasArn"],
                "name": item["AliasName"],
                "target_key_id": item.get("TargetKeyId"),
            },
        )
