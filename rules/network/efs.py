"""Where EFS is reached."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.efs import EfsMountTarget
from auditor.services.vpc import DefaultSubnet, Subnet


@rule(
    "NET-EFS-MOUNT-TARGET-PRIVATE",
    severity="medium",
    on=EfsMountTarget,
    family="network",
    reads=(Subnet, DefaultSubnet),
    aliases={
        "prowler": "efs_mount_target_not_publicly_accessible",
    },
    frameworks={
        "fsbp": "EFS.6",
    },
)
def mount_target_in_a_public_subnet(target: EfsMountTarget) -> Finding | None:
    """Mount targets sit in subnets that assign no public address.

    Why: hosts beside it are on the internet, one break-in away from the files.
    Fix: set `subnet_id` to a private subnet (it forces a new mount target).
    Source: EFS API, MountTargetDescription.SubnetId; EC2 API, Subnet.MapPublicIpOnLaunch.
    """
    if target.follow("subnet_id").map_public_ip_on_launch:
        return target.finding("is in a subnet that hands out public addresses", at="subnet_id")
    return None
