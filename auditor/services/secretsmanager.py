"""AWS Secrets Manager.

Sources: Secrets Manager API reference (ListSecrets, GetResourcePolicy), AWS provider 5.100.0
documentation of `aws_secretsmanager_secret`, `…_policy` and `…_rotation`. No secret's value is
ever read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader, tag_map
from auditor.dates import date_text, now_text
from auditor.resource import Block, Blocks, Bool, Json, Link, Node, Num, Resource, Str, StrMap
from auditor.values import Unknown


class SecretReplica(Node):
    """A copy in another region; without a key it is encrypted with `aws/secretsmanager` there."""

    kms_key_id = Link("aws_kms_key", "aws_kms_alias", "aws_kms_replica_key")
    region_ = Str()


class Secret(Resource, tf="aws_secretsmanager_secret"):
    """A secret.

    Of live ones: created_date, last_accessed_date (a day, `None` if never), last_rotated_date,
    owning_service (which manages it), read_at.
    """

    identity = ("name",)
    created_date = Str(computed=True)
    description = Str(default="")
    kms_key_id = Link("aws_kms_key", "aws_kms_alias", "aws_kms_replica_key", by=("key_id", "name"))
    last_accessed_date = Str()
    last_rotated_date = Str()
    name = Str(computed=True)
    owning_service = Str()
    read_at = Str(computed=True)
    recovery_window_in_days = Num(default=30)
    replica = Blocks(SecretReplica, unordered=True)
    tags = StrMap()


class SecretPolicy(Resource, tf="aws_secretsmanager_secret_policy"):
    """The resource policy of a secret, also where it is written inside the secret."""

    block_public_policy = Bool(default=False)
    policy = Json()
    secret_arn = Link("aws_secretsmanager_secret", by=("name",))


class RotationRules(Node):
    """When a secret rotates: a number of days, or a `rate(…)` or `cron(…)` expression."""

    automatically_after_days = Num()
    duration = Str()
    schedule_expression = Str()


class SecretRotation(Resource, tf="aws_secretsmanager_secret_rotation"):
    """Rotation of a secret. Live ones say what ListSecrets does."""

    rotation_lambda_arn = Link("aws_lambda_function")
    rotation_rules = Block(RotationRules)
    secret_id = Link("aws_secretsmanager_secret", by=("name",))


# -- live ----------------------------------------------------------------------------------------

_LIST = "secretsmanager.list_secrets"


_DESCRIBE = "secretsmanager.describe_secret"


@reader(yields=(Secret, SecretRotation), calls=(_LIST, _DESCRIBE))
def secrets(aws: Aws) -> Iterator[Resource]:
    """Secrets and their rotation: the listing gives all of it but where replicas are."""
    read_at = now_text()
    for item in aws.list(_LIST, "SecretList"):
        arn = item["ARN"]
        about = {**_secret(item), "replica": _replicas(aws, item), "read_at": read_at}
        yield aws.resource(Secret, arn, about)
        if item.get("RotationEnabled"):
            yield aws.resource(SecretRotation, arn, _rotation(item))


def _replicas(aws: Aws, item: Mapping[str, Any]) -> Any:
    """Replicas of a secret that has some: AWS then says where the original is."""
    if item.get("PrimaryRegion") != aws.region:
        return []
    reply = aws.ask(_DESCRIBE, SecretId=item["ARN"])
    if isinstance(reply, Unknown):
        return reply
    return [
        {"kms_key_id": status.get("KmsKeyId"), "region": status.get("Region")}
        for status in reply.get("ReplicationStatus", [])
    ]


def _secret(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "arn": item["ARN"],
        "created_date": date_text(item.get("CreatedDate")),
        "description": item.get("Description"),
        "kms_key_id": item.get("KmsKeyId"),
        "last_accessed_date": date_text(item.get("LastAccessedDate")),
        "last_rotated_date": date_text(item.get("LastRotatedDate")),
        "name": item["Name"],
        "owning_service": item.get("OwningService"),
        # Only a configuration says it.
        "recovery_window_in_days": None,
        "tags": tag_map(item.get("Tags")),
    }


def _rotation(item: Mapping[str, Any]) -> dict[str, Any]:
    rules = item.get("RotationRules") or {}
    return {
        "rotation_lambda_arn": item.get("RotationLambdaARN"),
        "rotation_rules": [
            {
                "automatically_after_days": rules.get("AutomaticallyAfterDays"),
                "duration": rules.get("Duration"),
                "schedule_expression": rules.get("ScheduleExpression"),
            }
        ],
        "secret_id": item["ARN"],
    }


@reader(yields=(SecretPolicy,), calls=(_LIST, "secretsmanager.get_resource_policy"))
def secret_policies(aws: Aws) -> Iterator[Resource]:
    """Resource policies."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        arn = item["ARN"]
        reply = aws.ask("secretsmanager.get_resource_policy", SecretId=arn)
        if isinstance(reply, Unknown):
            yield aws.resource(SecretPolicy, arn, reply, named={"secret_arn": arn})
        elif reply.get("ResourcePolicy"):
            # Only a configuration says whether a public policy would have been refused.
            policy = {"policy": reply["ResourcePolicy"], "block_public_policy": None}
            yield aws.resource(SecretPolicy, arn, {"secret_arn": arn, **policy})

    yield from aws.parallel(read, aws.list(_LIST, "SecretList"))
