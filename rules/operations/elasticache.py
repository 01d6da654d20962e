"""Upkeep of ElastiCache."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.elasticache import ElasticacheCluster, ElasticacheReplicationGroup


@rule(
    "OPS-ELASTICACHE-MINOR-UPGRADE",
    severity="medium",
    on=(ElasticacheReplicationGroup, ElasticacheCluster),
    family="operations",
    aliases={
        "checkov": "CKV_AWS_322",
        "prowler": "elasticache_redis_cluster_auto_minor_version_upgrades",
    },
    frameworks={
        "fsbp": "ElastiCache.2",
        "nist-800-53-r5": "SI-2 SI-2(2) SI-2(4) SI-2(5)",
        "pci-dss-4": "6.3.3",
    },
)
def no_minor_upgrades(
    cache: ElasticacheReplicationGroup | ElasticacheCluster,
) -> Finding | NotApplicable | None:
    """Caches take minor engine upgrades automatically.

    Why: security fixes come as minor versions, and wait for someone to remember.
    Fix: remove `auto_minor_version_upgrade = false`.
    Source: ElastiCache API, AutoMinorVersionUpgrade; provider default true. It does not act on
    Memcached.
    """
    if cache.engine == "memcached":
        return not_applicable("Memcached is not upgraded this way")
    if not cache.auto_minor_version_upgrade:
        return cache.finding("takes no minor upgrades", at="auto_minor_version_upgrade")
    return None
