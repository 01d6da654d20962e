"""Snapshots that everybody may restore."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.ebs import EbsSnapshot, EbsSnapshotBlockPublicAccess


@rule(
    "NET-EBS-SNAPSHOT-PUBLIC",
    severity="critical",
    on=EbsSnapshot,
    family="network",
    where=("live",),
    aliases={
        "prowler": "ec2_ebs_public_snapshot",
    },
    frameworks={
        "fsbp": "EC2.1",
        "nist-800-53-r5": (
            "AC-3 AC-3(7) AC-4 AC-4(21) AC-6 AC-21 SC-7 SC-7(3) SC-7(4) SC-7(9) "
            "SC-7(11) SC-7(16) SC-7(20) SC-7(21)"
        ),
        "pci-dss-4": "3.5.1.3 10.3.2 A1.1.2 A3.4.1",
    },
)
def snapshot_for_everybody(snapshot: EbsSnapshot) -> Finding | None:
    """No EBS snapshot can be restored by everybody.

    Why: anyone with an AWS account can make a volume of it and read the data.
    Fix: remove the permission of the group `all` (console: Modify permissions, Private), and see
    who may have copied it: what was on it is known.
    Source: EC2 API, DescribeSnapshots (RestorableByUserIds), CreateVolumePermission.Group.
    """
    if snapshot.public:
        return snapshot.finding("can be restored by everybody", at="public")
    return None


@rule(
    "NET-EBS-SNAPSHOT-BLOCK-PUBLIC",
    severity="high",
    on=EbsSnapshotBlockPublicAccess,
    family="network",
    aliases={
        "prowler": "ec2_ebs_snapshot_account_block_public_access",
    },
    frameworks={
        "pci-dss-4": "3.5.1.3 10.3.2 A1.1.2 A3.4.1",
    },
)
def snapshots_may_be_public(block: EbsSnapshotBlockPublicAccess) -> Finding | None:
    """Public sharing of EBS snapshots is blocked for the region.

    Why: one wrong click or line makes a snapshot public.
    Fix: set `state = "block-all-sharing"` in `aws_ebs_snapshot_block_public_access`.
    Source: EC2 API, GetSnapshotBlockPublicAccessState; `unblocked` unless set.
    """
    if block.state not in ("block-all-sharing", "block-new-sharing"):
        return block.finding("does not block public snapshots", at="state")
    return None
