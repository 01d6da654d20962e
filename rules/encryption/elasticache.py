"""Encryption of ElastiCache: at rest, and on the way."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.elasticache import ElasticacheReplicationGroup
from auditor.services.kms import KmsAlias, KmsKey, is_aws_managed_key


@rule(
    "ENC-ELASTICACHE-AT-REST",
    severity="high",
    on=ElasticacheReplicationGroup,
    family="encryption",
    aliases={
        "checkov": "CKV_AWS_29",
        "trivy": "AWS-0045",
        "prowler": "elasticache_redis_cluster_rest_encryption_enabled",
    },
    frameworks={
        "fsbp": "ElastiCache.4",
        "nist-800-53-r5": "CA-9(1) CM-3(6) SC-7(10) SC-13 SC-28 SC-28(1) SI-7(6)",
        "pci-dss-4": "3.5.1 8.3.2",
    },
)
def cache_in_the_clear(group: ElasticacheReplicationGroup) -> Finding | None:
    """Replication groups are encrypted at rest.

    Why: disks, swap and backups of the cache hold the data in the clear.
    Fix: set `at_rest_encryption_enabled = true`. It forces a new replication group: restore it
    from a backup.
    Source: ElastiCache API, ReplicationGroup.AtRestEncryptionEnabled; left out it is false for
    Redis and true for Valkey.
    """
    if not group.at_rest_encryption_enabled:
        return group.finding("is not encrypted at rest", at="at_rest_encryption_enabled")
    return None


@rule(
    "ENC-ELASTICACHE-CMK",
    severity="low",
    on=ElasticacheReplicationGroup,
    family="encryption",
    reads=(KmsKey, KmsAlias),
    requires=("ENC-ELASTICACHE-AT-REST",),
    aliases={
        "checkov": "CKV_AWS_191",
    },
)
def cache_without_own_key(group: ElasticacheReplicationGroup) -> Finding | None:
    """Replication groups use a customer managed key.

    Why: the use of a key that AWS owns can be neither seen nor revoked.
    Fix: set `kms_key_id` to the ARN of a key of your own (it forces a new replication group).
    Source: ElastiCache API, ReplicationGroup.KmsKeyId; left out, a key that AWS owns.
    """
    if group.kms_key_id is None:
        return group.finding("is encrypted with a key that AWS owns", at="kms_key_id")
    if is_aws_managed_key(group, "kms_key_id"):
        return group.finding("is encrypted with an AWS managed key", at="kms_key_id")
    return None


@rule(
    "ENC-ELASTICACHE-IN-TRANSIT",
    severity="high",
    on=ElasticacheReplicationGroup,
    family="encryption",
    aliases={
        "checkov": "CKV_AWS_30",
        "trivy": "AWS-0051",
        "prowler": "elasticache_redis_cluster_in_transit_encryption_enabled",
    },
    frameworks={
        "fsbp": "ElastiCache.5",
        "nist-800-53-r5": (
            "AC-4 AC-17(2) IA-5(1) SC-7(4) SC-8 SC-8(1) SC-8(2) SC-12(3) SC-13 SC-23 "
            "SC-23(3) SI-7(6)"
        ),
        "pci-dss-4": "2.2.7 4.2.1 4.2.1.1 8.3.2",
    },
)
def cache_without_tls(group: ElasticacheReplicationGroup) -> Finding | None:
    """Replication groups use TLS.

    Why: commands, data and passwords cross the network in the clear.
    Fix: set `transit_encryption_enabled = true` with `transit_encryption_mode = "required"`; on a
    running group go through `preferred` first.
    Source: ElastiCache API, TransitEncryptionEnabled and TransitEncryptionMode; left out it is
    false for Redis and true for Valkey. `preferred` still accepts clients without TLS.
    """
    if not group.transit_encryption_enabled:
        return group.finding("does not use TLS", at="transit_encryption_enabled")
    if group.transit_encryption_mode == "preferred":
        return group.finding("accepts clients without TLS", at="transit_encryption_mode")
    return None
