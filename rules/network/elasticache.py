"""Where ElastiCache runs."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.elasticache import ElasticacheCluster, ElasticacheReplicationGroup


@rule(
    "NET-ELASTICACHE-SUBNET-GROUP",
    severity="high",
    on=(ElasticacheReplicationGroup, ElasticacheCluster),
    family="network",
    aliases={
        "checkov": "CKV_AWS_323",
    },
    frameworks={
        "fsbp": "ElastiCache.7",
        "nist-800-53-r5": "AC-4 AC-4(21) SC-7 SC-7(4) SC-7(5) SC-7(11) SC-7(16) SC-7(21)",
        "pci-dss-4": "1.3.1 1.3.2 1.4.1 1.4.4",
    },
)
def default_subnets(
    cache: ElasticacheReplicationGroup | ElasticacheCluster,
) -> Finding | None:
    """Caches name their own subnet group.

    Why: the default group holds the subnets of the default VPC, which are public.
    Fix: set `subnet_group_name` to an `aws_elasticache_subnet_group` of private subnets.
    Source: ElastiCache API, CacheSubnetGroupName; the group `default` unless set.
    """
    if cache.subnet_group_name is None or cache.subnet_group_name == "default":
        return cache.finding("is in the default subnet group", at="subnet_group_name")
    return None
