"""Backups of databases."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.backup import BackupAirGappedVault, BackupVault
from auditor.services.backup_coverage import COVERAGE, is_copied_elsewhere, region_of
from auditor.services.rds import DbInstance, RdsCluster
from auditor.services.rds_snapshots import DbBackupReplication
from auditor.values import any_of, some


@rule(
    "BAK-RDS-FINAL-SNAPSHOT",
    severity="medium",
    on=(DbInstance, RdsCluster),
    family="backup",
    production=True,
    where=("code",),
)
def deleted_without_a_snapshot(db: DbInstance | RdsCluster) -> Finding | NotApplicable | None:
    """Deleting a database takes a final snapshot.

    Why: with the database go its automated backups, and then there is nothing left.
    Fix: remove `skip_final_snapshot = true` and set `final_snapshot_identifier`.
    Source: provider argument `skip_final_snapshot`, default false; RDS API, DeleteDBInstance. RDS
    makes no final snapshot of a replica.
    """
    if isinstance(db, DbInstance) and db.is_replica:
        return not_applicable("RDS makes no final snapshot of a replica")
    if db.skip_final_snapshot:
        return db.finding("takes no final snapshot", at="skip_final_snapshot")
    return None


@rule(
    "BAK-RDS-INSTANCE-RETENTION",
    severity="medium",
    on=DbInstance,
    family="backup",
    aliases={
        "checkov": "CKV_AWS_133",
        "trivy": "AWS-0077",
        "prowler": "rds_instance_backup_enabled",
    },
    frameworks={
        "fsbp": "RDS.11",
        "nist-800-53-r5": "CP-6 CP-6(1) CP-6(2) CP-9 CP-10 SC-5(2) SI-12 SI-13(5)",
        "pci-dss-4": "10.3.3",
    },
)
def instance_backups_not_kept(
    db: DbInstance, *, minimum_days: int = 7
) -> Finding | NotApplicable | None:
    """DB instances keep automated backups for at least seven days.

    Why: damage that is noticed later than that cannot be undone.
    Fix: set `backup_retention_period = 7` (days, up to 35); from 0 it restarts the instance.
    Source: RDS API, DBInstance.BackupRetentionPeriod; provider default 0, which is off. A
    replica's data is backed up with its source.
    """
    if db.is_replica:
        return not_applicable("the source is backed up")
    return _not_kept(db, minimum_days)


@rule(
    "BAK-RDS-CLUSTER-RETENTION",
    severity="medium",
    on=RdsCluster,
    family="backup",
    aliases={
        "checkov": "CKV_AWS_133",
        "trivy": "AWS-0077",
    },
    frameworks={
        "fsbp": "RDS.50",
    },
)
def cluster_backups_not_kept(cluster: RdsCluster, *, minimum_days: int = 7) -> Finding | None:
    """DB clusters keep automated backups for at least seven days.

    Why: damage that is noticed later than that cannot be undone.
    Fix: set `backup_retention_period = 7` (days, up to 35).
    Source: RDS API, DBCluster.BackupRetentionPeriod; 1 unless set.
    """
    return _not_kept(cluster, minimum_days)


@rule(
    "BAK-RDS-CROSS-REGION",
    severity="low",
    on=DbInstance,
    family="backup",
    production=True,
    reads=(DbBackupReplication, BackupVault, BackupAirGappedVault, *COVERAGE),
)
def backups_in_one_region(db: DbInstance) -> Finding | NotApplicable | None:
    """Automated backups or replicas exist in another region.

    Why: when the region is lost, so are the database and all its backups.
    Fix: add an `aws_db_instance_automated_backups_replication` with a provider of another region.
    Source: RDS API, DBInstanceAutomatedBackupsReplications and ReadReplicaDBInstanceIdentifiers;
    a backup plan's copy action in another region counts, too.
    """
    if db.is_replica:
        return not_applicable("the source is backed up")
    if any_of(
        lambda: bool(db.automated_backups_replications),
        lambda: some(db.related(DbBackupReplication), lambda _: True),
        lambda: some(db.related(DbInstance), lambda r: region_of(r) != region_of(db)),
        lambda: is_copied_elsewhere(db),
    ):
        return None
    return db.finding("has no backups in another region")


def _not_kept(db: DbInstance | RdsCluster, minimum_days: int) -> Finding | None:
    kept = db.backup_retention_period or 0
    if kept < minimum_days:
        return db.finding(
            f"keeps automated backups for {kept} day{'' if kept == 1 else 's'}",
            at="backup_retention_period",
        )
    return None
