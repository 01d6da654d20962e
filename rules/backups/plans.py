"""Resources that a backup plan has to cover."""

from __future__ import annotations

from auditor.resource import Finding, Resource
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.backup_coverage import COVERAGE, is_backed_up
from auditor.services.dynamodb import DynamodbTable
from auditor.services.efs import EfsFileSystem
from auditor.services.rds import DbInstance, RdsCluster


@rule(
    "BAK-RDS-BACKUP-PLAN",
    severity="medium",
    on=(DbInstance, RdsCluster),
    family="backup",
    production=True,
    reads=COVERAGE,
    aliases={
        "checkov": "CKV2_AWS_8",
        "prowler": ("rds_instance_protected_by_backup_plan rds_cluster_protected_by_backup_plan"),
    },
    frameworks={
        "fsbp": "RDS.26",
        "nist-800-53-r5": "CP-6 CP-6(1) CP-6(2) CP-9 CP-10 SC-5(2) SI-12 SI-13(5)",
        "pci-dss-4": "10.3.3",
    },
)
def database_not_in_a_plan(db: DbInstance | RdsCluster) -> Finding | NotApplicable | None:
    """Databases are selected by a backup plan.

    Why: RDS's own backups go with the database, end after 35 days and stay in its region.
    Fix: add an `aws_backup_selection` that names the database or a tag of it.
    Source: AWS Backup API, BackupSelection. A replica's data is backed up with its primary.
    """
    if isinstance(db, DbInstance) and db.is_replica:
        return not_applicable("the primary is backed up")
    return _not_in_a_plan(db)


@rule(
    "BAK-DYNAMODB-BACKUP-PLAN",
    severity="medium",
    on=DynamodbTable,
    family="backup",
    production=True,
    reads=COVERAGE,
    aliases={
        "prowler": "dynamodb_table_protected_by_backup_plan",
    },
    frameworks={
        "fsbp": "DynamoDB.4",
        "nist-800-53-r5": "CP-6 CP-6(1) CP-6(2) CP-9 CP-10 SC-5(2) SI-12 SI-13(5)",
        "pci-dss-4": "10.3.3",
    },
)
def table_not_in_a_plan(table: DynamodbTable) -> Finding | None:
    """Tables are selected by a backup plan.

    Why: point in time recovery ends after 35 days; nothing older can be brought back.
    Fix: add an `aws_backup_selection` that names the table or a tag of it.
    Source: AWS Backup API, BackupSelection.
    """
    return _not_in_a_plan(table)


@rule(
    "BAK-EFS-BACKUP-PLAN",
    severity="medium",
    on=EfsFileSystem,
    family="backup",
    production=True,
    reads=COVERAGE,
    aliases={
        "checkov": "CKV2_AWS_18",
    },
    frameworks={
        "fsbp": "EFS.2",
        "nist-800-53-r5": "CP-6 CP-6(1) CP-6(2) CP-9 CP-10 SC-5(2) SI-12 SI-13(5)",
        "pci-dss-4": "10.3.3",
    },
)
def file_system_not_in_a_plan(system: EfsFileSystem) -> Finding | None:
    """File systems are selected by a backup plan.

    Why: a deleted or overwritten file is gone; EFS has no versions or snapshots of its own.
    Fix: add an `aws_backup_selection` that names the file system or a tag of it.
    Source: AWS Backup API, BackupSelection.
    """
    return _not_in_a_plan(system)


def _not_in_a_plan(resource: Resource) -> Finding | None:
    if not is_backed_up(resource):
        return resource.finding("is in no selection of a backup plan", at="tags")
    return None
