"""Backups of volumes and instances."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.backup_coverage import COVERAGE, is_backed_up
from auditor.services.ebs import EbsSnapshot, EbsVolume
from auditor.services.ec2 import Instance
from auditor.values import some


@rule(
    "BAK-EBS-BACKUP-PLAN",
    severity="medium",
    on=EbsVolume,
    family="backup",
    production=True,
    reads=COVERAGE,
    aliases={
        "checkov": "CKV2_AWS_9",
        "prowler": "ec2_ebs_volume_protected_by_backup_plan",
    },
    frameworks={
        "fsbp": "EC2.28",
        "nist-800-53-r5": "CP-6 CP-6(1) CP-6(2) CP-9 CP-10 SC-5(2) SI-12 SI-13(5)",
        "pci-dss-4": "10.3.3",
    },
)
def volume_not_in_a_plan(volume: EbsVolume) -> Finding | None:
    """EBS volumes are selected by a backup plan.

    Why: what is lost with the volume is lost.
    Fix: add an `aws_backup_selection` that names the volume or a tag of it.
    Source: AWS Backup API, BackupSelection.
    """
    if not is_backed_up(volume):
        return volume.finding("is in no backup plan")
    return None


@rule(
    "BAK-EC2-BACKUP-PLAN",
    severity="medium",
    on=Instance,
    family="backup",
    production=True,
    reads=COVERAGE,
    frameworks={
        "pci-dss-4": "10.3.3",
    },
)
def instance_not_in_a_plan(instance: Instance) -> Finding | None:
    """Instances are selected by a backup plan.

    Why: what is on its disks is lost with it.
    Fix: add an `aws_backup_selection` that names the instance or a tag of it, or keep nothing on
    the instance and start it from an Auto Scaling group.
    Source: AWS Backup API, BackupSelection.
    """
    if not is_backed_up(instance):
        return instance.finding("is in no backup plan")
    return None


@rule(
    "BAK-EBS-SNAPSHOT-EXISTS",
    severity="medium",
    on=EbsVolume,
    family="backup",
    production=True,
    where=("live",),
    reads=(EbsSnapshot,),
    aliases={
        "prowler": "ec2_ebs_volume_snapshots_exists",
    },
    frameworks={
        "pci-dss-4": "3.2.1 3.3.1.1 3.3.1.3 3.3.2 3.3.3 10.5.1",
    },
)
def no_snapshot(volume: EbsVolume) -> Finding | NotApplicable | None:
    """Every in-use volume has a snapshot.

    Why: what is lost with the volume is lost.
    Fix: add the volume to a backup plan (`aws_backup_selection`) or a lifecycle policy.
    Source: EC2 API, Snapshot.VolumeId and State.
    """
    if volume.state != "in-use":
        return not_applicable("nothing uses it")
    if some(volume.related(EbsSnapshot), lambda snapshot: snapshot.state == "completed"):
        return None
    return volume.finding("has no snapshot")
