"""Encryption of RDS: storage, keys, Performance Insights, TLS."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.kms import KmsAlias, KmsKey, is_aws_managed_key
from auditor.services.rds import (
    DbInstance,
    DbParameterGroup,
    RdsCluster,
    RdsClusterInstance,
    RdsClusterParameterGroup,
    engine_of,
    parameter_group_link,
    parameter_of,
    release_of,
)


@rule(
    "ENC-RDS-INSTANCE",
    severity="high",
    on=DbInstance,
    family="encryption",
    aliases={
        "checkov": "CKV_AWS_16",
        "trivy": "AWS-0080",
        "prowler": "rds_instance_storage_encrypted",
    },
    frameworks={
        "fsbp": "RDS.3",
        "cis-aws-3.0": "2.3.1",
        "cis-aws-5.0": "2.2.1",
        "nist-800-53-r5": "CA-9(1) CM-3(6) SC-7(10) SC-13 SC-28 SC-28(1) SI-7(6)",
        "pci-dss-4": "3.5.1 8.3.2",
    },
)
def instance_storage_in_the_clear(db: DbInstance) -> Finding | None:
    """DB instances encrypt their storage.

    Why: the volume, its snapshots, backups and replicas hold the data in the clear, for whoever
    gets at a snapshot or a disk.
    Fix: set `storage_encrypted = true` and name a key with `kms_key_id`. It cannot be switched on
    in place: copy a snapshot with encryption and restore from it.
    Source: RDS API, DBInstance.StorageEncrypted; provider default false. A replica, or an instance
    restored from a snapshot, takes its encryption from there.
    """
    if db.storage_encrypted:
        return None
    if db.is_replica:
        return _as_its_source(db)
    _left_to_its_origin(db)
    return db.finding("does not encrypt its storage", at="storage_encrypted")


def _left_to_its_origin(db: DbInstance | RdsCluster) -> None:
    """Raises `Undetermined` where the snapshot or source that it is restored from decides."""
    if db.is_set("storage_encrypted"):
        return
    if db.snapshot_identifier is not None or db.is_set("restore_to_point_in_time"):
        db.computed("storage_encrypted").undetermined()


def _as_its_source(db: DbInstance) -> Finding | None:
    source = db.follow("replicate_source_db")
    if source.storage_encrypted:
        return None
    return db.finding(
        f"replicates {source.address}, which does not encrypt its storage", at="replicate_source_db"
    )


@rule(
    "ENC-RDS-CLUSTER",
    severity="high",
    on=RdsCluster,
    family="encryption",
    aliases={
        "checkov": "CKV_AWS_96",
        "trivy": "AWS-0079",
        "prowler": "rds_cluster_storage_encrypted",
    },
    frameworks={
        "fsbp": "RDS.27",
        "nist-800-53-r5": "CA-9(1) CM-3(6) SC-7(10) SC-13 SC-28 SC-28(1) SI-7(6)",
        "pci-dss-4": "3.5.1 8.3.2",
    },
)
def cluster_storage_in_the_clear(cluster: RdsCluster) -> Finding | None:
    """DB clusters encrypt their storage.

    Why: the cluster volume, its snapshots and replicas hold the data in the clear.
    Fix: set `storage_encrypted = true` and name a key with `kms_key_id`. It cannot be switched on
    in place: restore an encrypted copy of a snapshot.
    Source: RDS API, DBCluster.StorageEncrypted; provider default false, true for serverless v1. A
    cluster that is restored from a snapshot takes its encryption from there.
    """
    if cluster.storage_encrypted:
        return None
    _left_to_its_origin(cluster)
    return cluster.finding("does not encrypt its storage", at="storage_encrypted")


@rule(
    "ENC-RDS-CMK",
    severity="medium",
    on=(DbInstance, RdsCluster),
    reads=(KmsKey, KmsAlias),
    family="encryption",
    requires=("ENC-RDS-INSTANCE", "ENC-RDS-CLUSTER"),
    aliases={"checkov": "CKV_AWS_327"},
)
def key_of_aws(db: DbInstance | RdsCluster) -> Finding | NotApplicable | None:
    """DB instances and clusters use a customer managed key.

    Why: the AWS managed key `aws/rds` cannot be shared, revoked or given a policy of your own, and
    its snapshots cannot be copied to another account.
    Fix: set `kms_key_id` to the ARN of a key of your own (`aws_kms_key.….arn`).
    Source: RDS API, KmsKeyId; left out, RDS uses the account's default key `aws/rds`.
    """
    if isinstance(db, DbInstance) and db.is_replica and not db.is_set("kms_key_id"):
        return not_applicable("a replica in the same region uses its source's key")
    if db.kms_key_id is None:
        return db.finding("is encrypted with the AWS managed key aws/rds", at="kms_key_id")
    if is_aws_managed_key(db, "kms_key_id"):
        return db.finding("names an AWS managed key", at="kms_key_id")
    return None


@rule(
    "ENC-RDS-PERFORMANCE-INSIGHTS-CMK",
    severity="low",
    on=(DbInstance, RdsClusterInstance),
    reads=(KmsKey, KmsAlias),
    family="encryption",
    aliases={"checkov": "CKV_AWS_354", "trivy": "AWS-0078"},
)
def insights_with_the_key_of_aws(
    db: DbInstance | RdsClusterInstance,
) -> Finding | NotApplicable | None:
    """Performance Insights data uses a customer managed key.

    Why: Performance Insights stores statements, which can hold data.
    Fix: set `performance_insights_kms_key_id` to the ARN of a key of your own.
    Source: RDS API, PerformanceInsightsKMSKeyId; left out, RDS uses `aws/rds`. It cannot be
    changed once Performance Insights is on.
    """
    if not db.performance_insights_enabled:
        return not_applicable("Performance Insights is off")
    if db.performance_insights_kms_key_id is None:
        return db.finding(
            "keeps Performance Insights data under the AWS managed key aws/rds",
            at="performance_insights_kms_key_id",
        )
    if is_aws_managed_key(db, "performance_insights_kms_key_id"):
        return db.finding("names an AWS managed key", at="performance_insights_kms_key_id")
    return None


@rule(
    "ENC-RDS-POSTGRES-TLS",
    severity="high",
    on=(DbInstance, RdsCluster),
    reads=(DbInstance, DbParameterGroup, RdsClusterParameterGroup),
    family="encryption",
    aliases={"checkov": "CKV2_AWS_69", "prowler": "rds_instance_transport_encrypted"},
    frameworks={"fsbp": "RDS.38"},
)
def postgres_without_tls(db: DbInstance | RdsCluster) -> Finding | NotApplicable | None:
    """PostgreSQL forces TLS on client connections.

    Why: without it a client may connect in the clear, credentials and data included.
    Fix: set the parameter `rds.force_ssl = 1` in the parameter group.
    Source: RDS User Guide, "Using SSL with a PostgreSQL DB instance": the default is 1 from
    PostgreSQL 15 on and 0 before; Aurora PostgreSQL: 1 from 17 on.
    """
    engine = engine_of(db)
    if engine not in ("postgres", "aurora-postgresql"):
        return not_applicable(f"the engine is {engine}")
    parameter = parameter_of(db, "rds.force_ssl")
    if parameter is not None:
        if parameter.value == "1":
            return None
        return parameter.finding("lets clients connect without TLS", at="value")
    if release_of(db)[0] >= (17 if engine == "aurora-postgresql" else 15):
        return None
    return db.finding(
        "lets clients connect without TLS: rds.force_ssl is 0 by default",
        at=parameter_group_link(db),
    )
