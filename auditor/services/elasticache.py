"""Amazon ElastiCache.

Sources: ElastiCache API reference (DescribeReplicationGroups, DescribeCacheClusters,
DescribeCacheSubnetGroups, ListTagsForResource), AWS provider 5.100.0 documentation of
`aws_elasticache_replication_group`, `aws_elasticache_cluster`, `aws_elasticache_subnet_group`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader, tag_map
from auditor.resource import Blocks, Bool, Link, Links, Node, Num, Resource, Str, StrMap
from auditor.values import Unknown


class LogDelivery(Node):
    """Where one kind of log goes: `slow-log` or `engine-log`."""

    destination = Str()
    destination_type = Str()
    log_format = Str()
    log_type = Str()


def _valkey(group: ElasticacheReplicationGroup) -> bool:
    """Valkey groups are encrypted unless told otherwise; Redis ones are not."""
    return group.engine == "valkey"


class ElasticacheReplicationGroup(Resource, tf="aws_elasticache_replication_group"):
    """A Redis or Valkey replication group."""

    identity = ("replication_group_id",)
    arn = Str(computed=True)
    at_rest_encryption_enabled = Bool(default=_valkey)
    auth_token = Str(sensitive=True)
    auto_minor_version_upgrade = Bool(default=True)
    automatic_failover_enabled = Bool(default=False)
    engine = Str(default="redis")
    engine_version = Str(computed=True)
    kms_key_id = Link("aws_kms_key", "aws_kms_alias", "aws_kms_replica_key", by=("key_id",))
    log_delivery_configuration = Blocks(LogDelivery, unordered=True)
    multi_az_enabled = Bool(default=False)
    num_cache_clusters = Num(computed=True)
    replicas_per_node_group = Num(computed=True)
    replication_group_id = Str()
    security_group_ids = Links("aws_security_group", "aws_default_security_group", computed=True)
    snapshot_retention_limit = Num(default=0)
    subnet_group_name = Link("aws_elasticache_subnet_group", by=("name",))
    tags = StrMap()
    transit_encryption_enabled = Bool(default=_valkey)
    transit_encryption_mode = Str(default="required")
    user_group_ids = Links("aws_elasticache_user_group", by=("user_group_id",))


class ElasticacheCluster(Resource, tf="aws_elasticache_cluster"):
    """A Memcached cluster, a single Redis node, or a member of a replication group."""

    identity = ("cluster_id",)
    arn = Str(computed=True)
    auto_minor_version_upgrade = Bool(default=True)
    az_mode = Str(default="single-az")
    cluster_id = Str()
    engine = Str(computed=True)
    engine_version = Str(computed=True)
    log_delivery_configuration = Blocks(LogDelivery, unordered=True)
    num_cache_nodes = Num(computed=True)
    replication_group_id = Link("aws_elasticache_replication_group", by=("replication_group_id",))
    security_group_ids = Links("aws_security_group", "aws_default_security_group", computed=True)
    snapshot_retention_limit = Num(default=0)
    subnet_group_name = Link("aws_elasticache_subnet_group", by=("name",))
    tags = StrMap()
    transit_encryption_enabled = Bool(default=False)


class ElasticacheSubnetGroup(Resource, tf="aws_elasticache_subnet_group"):
    """The subnets that caches may be placed in."""

    identity = ("name",)
    name = Str()
    subnet_ids = Links("aws_subnet")
    tags = StrMap()


# -- live ----------------------------------------------------------------------------------------


def _logs(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "destination": next(
                (
                    detail.get("LogGroup") or detail.get("DeliveryStream")
                    for detail in each.get("DestinationDetails", {}).values()
                ),
                None,
            ),
            "destination_type": each.get("DestinationType"),
            "log_format": each.get("LogFormat"),
            "log_type": each.get("LogType"),
        }
        for each in item.get("LogDeliveryConfigurations", [])
    ]


def _tags(aws: Aws, arn: str | None) -> Any:
    if not arn:
        return {}
    return tag_map(aws.ask("elasticache.list_tags_for_resource", ResourceName=arn).get("TagList"))


@reader(
    yields=(ElasticacheReplicationGroup,),
    calls=(
        "elasticache.describe_replication_groups",
        "elasticache.describe_cache_clusters",
        "elasticache.list_tags_for_resource",
    ),
    details={"elasticache.list_tags_for_resource": ("tags",)},
)
def replication_groups(aws: Aws) -> Iterator[Resource]:
    """Replication groups; what only members say (network, engine version) comes from those."""
    members = aws.ask_all("elasticache.describe_cache_clusters", "CacheClusters")

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        yield aws.resource(
            ElasticacheReplicationGroup,
            item["ReplicationGroupId"],
            {
                **_group(item, _member(members, item["ReplicationGroupId"])),
                "tags": _tags(aws, item.get("ARN")),
            },
        )

    yield from aws.parallel(
        read, aws.list("elasticache.describe_replication_groups", "ReplicationGroups")
    )


def _member(members: Any, group: str) -> Any:
    if isinstance(members, Unknown):
        return members
    for member in members:
        if member.get("ReplicationGroupId") == group:
            return member
    return Unknown(because=f"no member of {group} was listed by elasticache:DescribeCacheClusters")


def _group(item: Mapping[str, Any], member: Any) -> dict[str, Any]:
    shards = item.get("NodeGroups", [])
    nodes = [len(shard.get("NodeGroupMembers", [])) for shard in shards]
    return {
        "arn": item.get("ARN"),
        "at_rest_encryption_enabled": item.get("AtRestEncryptionEnabled", False),
        # The token itself is never told; only whether there is one.
        "auth_token": "(set)" if item.get("AuthTokenEnabled") else None,
        "auto_minor_version_upgrade": item.get("AutoMinorVersionUpgrade", True),
        "automatic_failover_enabled": item.get("AutomaticFailover") in ("enabled", "enabling"),
        "engine": item.get("Engine", "redis"),
        "engine_version": member.get("EngineVersion"),
        "kms_key_id": item.get("KmsKeyId"),
        "log_delivery_configuration": _logs(item),
        "multi_az_enabled": item.get("MultiAZ") == "enabled",
        "num_cache_clusters": len(item.get("MemberClusters", [])),
        "replicas_per_node_group": max(nodes, default=1) - 1,
        "replication_group_id": item["ReplicationGroupId"],
        "security_group_ids": lambda: [
            group["SecurityGroupId"] for group in member.get("SecurityGroups") or []
        ],
        "snapshot_retention_limit": item.get("SnapshotRetentionLimit", 0),
        "subnet_group_name": member.get("CacheSubnetGroupName"),
        "transit_encryption_enabled": item.get("TransitEncryptionEnabled", False),
        "transit_encryption_mode": item.get("TransitEncryptionMode"),
        "user_group_ids": item.get("UserGroupIds", []),
    }


@reader(
    yields=(ElasticacheCluster,),
    calls=("elasticache.describe_cache_clusters", "elasticache.list_tags_for_resource"),
    details={"elasticache.list_tags_for_resource": ("tags",)},
)
def clusters(aws: Aws) -> Iterator[Resource]:
    """Clusters, leaving out members of replication groups, as Terraform manages the group."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        yield aws.resource(
            ElasticacheCluster,
            item["CacheClusterId"],
            {**_cluster(item), "tags": _tags(aws, item.get("ARN"))},
        )

    listed = aws.list("elasticache.describe_cache_clusters", "CacheClusters")
    yield from aws.parallel(read, (c for c in listed if not c.get("ReplicationGroupId")))


def _cluster(item: Mapping[str, Any]) -> dict[str, Any]:
    nodes = item.get("CacheNodes", [])
    zones = {node.get("CustomerAvailabilityZone") for node in nodes}
    return {
        "arn": item.get("ARN"),
        "auto_minor_version_upgrade": item.get("AutoMinorVersionUpgrade", True),
        "az_mode": "cross-az" if len(zones) > 1 else "single-az",
        "cluster_id": item["CacheClusterId"],
        "engine": item.get("Engine"),
        "engine_version": item.get("EngineVersion"),
        "log_delivery_configuration": _logs(item),
        "num_cache_nodes": item.get("NumCacheNodes"),
        "replication_group_id": None,
        "security_group_ids": [g["SecurityGroupId"] for g in item.get("SecurityGroups") or []],
        "snapshot_retention_limit": item.get("SnapshotRetentionLimit", 0),
        "subnet_group_name": item.get("CacheSubnetGroupName"),
        "transit_encryption_enabled": item.get("TransitEncryptionEnabled", False),
    }


@reader(yields=(ElasticacheSubnetGroup,), calls=("elasticache.describe_cache_subnet_groups",))
def subnet_groups(aws: Aws) -> Iterator[Resource]:
    """Subnet groups (their tags are not in the reply)."""
    for item in aws.list("elasticache.describe_cache_subnet_groups", "CacheSubnetGroups"):
        yield aws.resource(
            ElasticacheSubnetGroup,
            item["CacheSubnetGroupName"],
            {
                "arn": item.get("ARN"),
                "name": item["CacheSubnetGroupName"],
                "subnet_ids": [subnet["SubnetIdentifier"] for subnet in item.get("Subnets", [])],
            },
        )
