"""Backups of EFS."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.efs import EfsBackupPolicy, EfsFileSystem
from auditor.values import some


@rule(
    "BAK-EFS-AUTOMATIC-BACKUP",
    severity="medium",
    on=EfsFileSystem,
    family="backup",
    production=True,
    reads=(EfsBackupPolicy,),
    aliases={
        "prowler": "efs_have_backup_enabled",
    },
    frameworks={
        "fsbp": "EFS.7",
        "nist-800-53-r5": (
            "CP-1(2) CP-2(5) CP-6 CP-6(1) CP-6(2) CP-9 CP-10 CP-10(2) SC-5(2) SI-13(5)"
        ),
        "pci-dss-4": "10.3.3",
    },
)
def no_automatic_backups(system: EfsFileSystem) -> Finding | None:
    """File systems have automatic backups.

    Why: a deleted or overwritten file is gone; EFS has no versions or snapshots of its own.
    Fix: add an `aws_efs_backup_policy` with `backup_policy { status = "ENABLED" }`.
    Source: EFS API, DescribeBackupPolicy. Terraform makes file systems without a policy.
    """

    def backs_up(attached: EfsBackupPolicy) -> bool:
        policy = attached.backup_policy
        if not policy:
            return False
        return policy.status in ("ENABLED", "ENABLING")

    if not some(system.related(EfsBackupPolicy), backs_up):
        return system.finding("has no automatic backups")
    return None
