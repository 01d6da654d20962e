"""Backups of ElastiCache."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.elasticache import ElasticacheCluster, ElasticacheReplicationGroup


@rule(
    "BAK-ELASTICACHE-SNAPSHOTS",
    severity="high",
    on=(ElasticacheReplicationGroup, ElasticacheCluster),
    family="backup",
    production=True,
    aliases={
        "checkov": "CKV_AWS_134",
        "trivy": "AWS-0050",
        "prowler": "elasticache_redis_cluster_backup_enabled",
    },
    frameworks={
        "fsbp": "ElastiCache.1",
        "nist-800-53-r5": "CP-6 CP-6(1) CP-6(2) CP-9 CP-10 SC-5(2) SI-12 SI-13(5)",
        "pci-dss-4": "10.3.3",
    },
)
def no_snapshots(
    cache: ElasticacheReplicationGroup | ElasticacheCluster, *, minimum_days: int = 1
) -> Finding | NotApplicable | None:
    """Redis/Valkey caches keep automatic snapshots.

    Why: what is in the cache is gone when it fails or is flushed by mistake.
    Fix: set `snapshot_retention_limit = 7` (days).
    Source: ElastiCache API, SnapshotRetentionLimit, in days; provider default 0, which is off.
    Memcached has no snapshots.
    """
    if cache.engine == "memcached":
        return not_applicable("Memcached has no snapshots")
    if isinstance(cache, ElasticacheCluster) and cache.replication_group_id is not None:
        return not_applicable("the replication group decides")
    kept = cache.snapshot_retention_limit or 0
    if kept < minimum_days:
        return cache.finding(f"keeps snapshots for {kept} days", at="snapshot_retention_limit")
    return None
