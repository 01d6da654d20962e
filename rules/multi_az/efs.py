"""Availability of EFS."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.efs import EfsFileSystem, EfsMountTarget


@rule(
    "HA-EFS-MULTI-AZ",
    severity="medium",
    on=EfsFileSystem,
    family="high-availability",
    production=True,
    reads=(EfsMountTarget,),
    aliases={
        "prowler": "efs_multi_az_enabled",
    },
)
def files_in_one_zone(system: EfsFileSystem) -> Finding | None:
    """File systems are regional with several mount targets.

    Why: when the zone fails, the files cannot be reached, and in a One Zone file system may be
    lost.
    Fix: remove `availability_zone_name` (it forces a new file system), and add an
    `aws_efs_mount_target` in each zone.
    Source: EFS API, AvailabilityZoneName (One Zone only) and DescribeMountTargets; there can be
    one mount target in each zone, so that two are in two.
    """
    if system.availability_zone_name:
        return system.finding("is in one Availability Zone", at="availability_zone_name")
    targets = 0
    for _ in system.related(EfsMountTarget):
        targets += 1
        if targets > 1:
            return None
    return system.finding(f"has {targets} mount target{'' if targets == 1 else 's'}")
