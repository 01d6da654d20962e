"""Availability of ElastiCache: failover and Availability Zones."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.elasticache import ElasticacheReplicationGroup


@rule(
    "HA-ELASTICACHE-FAILOVER",
    severity="medium",
    on=ElasticacheReplicationGroup,
    family="high-availability",
    production=True,
    aliases={
        "checkov": "CKV2_AWS_50",
        "prowler": "elasticache_redis_cluster_automatic_failover_enabled",
    },
    frameworks={
        "fsbp": "ElastiCache.3",
        "nist-800-53-r5": "CP-10 SC-5(2) SC-36 SI-13(5)",
    },
)
def no_failover(group: ElasticacheReplicationGroup) -> Finding | None:
    """Replication groups fail over automatically.

    Why: when the primary fails, the cache is down until someone acts.
    Fix: set `automatic_failover_enabled = true` with at least one replica.
    Source: ElastiCache API, ReplicationGroup.AutomaticFailover; provider default false.
    """
    if not group.automatic_failover_enabled:
        return group.finding("does not fail over", at="automatic_failover_enabled")
    return None


@rule(
    "HA-ELASTICACHE-MULTI-AZ",
    severity="medium",
    on=ElasticacheReplicationGroup,
    family="high-availability",
    production=True,
    aliases={
        "prowler": "elasticache_redis_cluster_multi_az_enabled",
    },
)
def one_zone(group: ElasticacheReplicationGroup) -> Finding | None:
    """Replication groups run in several Availability Zones.

    Why: when the zone fails, primary and replicas are lost together.
    Fix: set `multi_az_enabled = true` (needs `automatic_failover_enabled = true`).
    Source: ElastiCache API, ReplicationGroup.MultiAZ; provider default false.
    """
    if not group.multi_az_enabled:
        return group.finding("runs in one Availability Zone", at="multi_az_enabled")
    return None
