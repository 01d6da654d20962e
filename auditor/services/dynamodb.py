"""Amazon DynamoDB.

Sources: DynamoDB API reference (ListTables, DescribeTable, DescribeContinuousBackups,
DescribeTimeToLive, ListTagsOfResource, GetResourcePolicy), AWS provider 5.100.0 documentation of
`aws_dynamodb_table`, `aws_dynamodb_resource_policy`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.aws.reader import Aws, reader
from auditor.aws.tagging import TAGS, tags_at, tags_of
from auditor.resource import Block, Blocks, Bool, Json, Link, Node, Num, Resource, Str, StrMap
from auditor.values import Unknown


class Encryption(Node):
    """Encryption at rest. Off means the key that AWS owns; on without a key means aws/dynamodb."""

    enabled = Bool(default=False)
    kms_key_arn = Link("aws_kms_key", "aws_kms_alias", "aws_kms_replica_key")


class Recovery(Node):
    """Point-in-time recovery."""

    enabled = Bool(default=False)


class TimeToLive(Node):
    """Expiry of items by an attribute."""

    attribute_name = Str()
    enabled = Bool(default=False)


class Replica(Node):
    """A copy of the table in another region."""

    kms_key_arn = Link("aws_kms_key", "aws_kms_replica_key", "aws_kms_alias")
    point_in_time_recovery = Bool(default=False)
    region_name = Str()


class DynamodbTable(Resource, tf="aws_dynamodb_table"):
    """A table. Its name is its id."""

    identity = ("name",)
    arn = Str(computed=True)
    billing_mode = Str(default="PROVISIONED")
    deletion_protection_enabled = Bool(default=False)
    name = Str()
    point_in_time_recovery = Block(Recovery)
    read_capacity = Num(computed=True)
    replica = Blocks(Replica, unordered=True)
    server_side_encryption = Block(Encryption)
    stream_enabled = Bool(default=False)
    table_class = Str(default="STANDARD")
    tags = StrMap()
    ttl = Block(TimeToLive)
    write_capacity = Num(computed=True)


class DynamodbResourcePolicy(Resource, tf="aws_dynamodb_resource_policy"):
    """A policy on a table."""

    policy = Json()
    resource_arn = Link("aws_dynamodb_table", by=("arn",))


@reader(
    yields=(DynamodbTable,),
    calls=(
        "dynamodb.list_tables",
        "dynamodb.describe_table",
        "dynamodb.describe_continuous_backups",
        "dynamodb.describe_time_to_live",
        TAGS,
    ),
    details={"dynamodb.describe_time_to_live": ("ttl",)},
)
def tables(aws: Aws) -> Iterator[Resource]:
    """Tables."""
    tags = tags_of(aws, "dynamodb:table")

    def read(name: str) -> Iterator[Resource]:
        table: Any = aws.ask("dynamodb.describe_table", TableName=name).get("Table")
        arn = f"arn:{aws.partition}:dynamodb:{aws.region}:{aws.account_id}:table/{name}"
        backups = aws.ask("dynamodb.describe_continuous_backups", TableName=name)
        ttl = aws.ask("dynamodb.describe_time_to_live", TableName=name)
        yield aws.resource(
            DynamodbTable,
            name,
            {
                "arn": arn,
                "name": name,
                **_described(table),
                "point_in_time_recovery": lambda: [{"enabled": _recovers(backups)}],
                "ttl": lambda: _ttl(ttl),
                "tags": tags_at(tags, arn),
            },
        )

    yield from aws.parallel(read, aws.list("dynamodb.list_tables", "TableNames"))


def _described(table: Any) -> dict[str, Any]:
    if isinstance(table, Unknown):
        names = ("billing_mode", "deletion_protection_enabled", "read_capacity", "replica")
        more = ("server_side_encryption", "stream_enabled", "table_class", "write_capacity")
        return dict.fromkeys((*names, *more), table)
    throughput = table.get("ProvisionedThroughput", {})
    return {
        "billing_mode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "deletion_protection_enabled": table.get("DeletionProtectionEnabled", False),
        "read_capacity": throughput.get("ReadCapacityUnits"),
        "replica": [
            {
                "kms_key_arn": replica.get("KMSMasterKeyId"),
                # Its own region's DescribeContinuousBackups would say.
                "point_in_time_recovery": Unknown(because="recovery of replicas is not read"),
                "region_name": replica["RegionName"],
            }
            for replica in table.get("Replicas", [])
        ],
        "server_side_encryption": _encryption(table.get("SSEDescription")),
        "stream_enabled": table.get("StreamSpecification", {}).get("StreamEnabled", False),
        "table_class": table.get("TableClassSummary", {}).get("TableClass", "STANDARD"),
        "write_capacity": throughput.get("WriteCapacityUnits"),
    }


def _encryption(described: Any) -> list[dict[str, Any]]:
    """AWS leaves the description out for tables under the key that it owns."""
    if not described or described.get("Status") not in ("ENABLED", "ENABLING", "UPDATING"):
        return []
    return [{"enabled": True, "kms_key_arn": described.get("KMSMasterKeyArn")}]


def _recovers(reply: Any) -> bool:
    recovery = reply["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    return bool(recovery["PointInTimeRecoveryStatus"] == "ENABLED")


def _ttl(reply: Any) -> list[dict[str, Any]]:
    described = reply["TimeToLiveDescription"]
    if described["TimeToLiveStatus"] not in ("ENABLED", "ENABLING"):
        return []
    return [{"attribute_name": described.get("AttributeName"), "enabled": True}]


@reader(
    yields=(DynamodbResourcePolicy,), calls=("dynamodb.list_tables", "dynamodb.get_resource_policy")
)
def resource_policies(aws: Aws) -> Iterator[Resource]:
    """Policies on tables."""

    def read(name: str) -> Iterator[Resource]:
        arn = f"arn:{aws.partition}:dynamodb:{aws.region}:{aws.account_id}:table/{name}"
        reply = aws.ask(
            "dynamodb.get_resource_policy", ResourceArn=arn, absent=("PolicyNotFoundException",)
        )
        if isinstance(reply, Unknown):
            yield aws.resource(DynamodbResourcePolicy, arn, reply, named={"resource_arn": arn})
        elif reply is not None:
            yield aws.resource(
                DynamodbResourcePolicy, arn, {"resource_arn": arn, "policy": reply["Policy"]}
            )

    yield from aws.parallel(read, aws.list("dynamodb.list_tables", "TableNames"))
