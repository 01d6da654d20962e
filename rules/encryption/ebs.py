"""Encryption of volumes, snapshots and images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.autoscaling import LaunchConfiguration
from auditor.services.ebs import (
    ENCRYPTION,
    EbsEncryptionByDefault,
    EbsSnapshot,
    EbsSnapshotCopy,
    EbsVolume,
    encrypts_by_default,
    is_encrypted,
    snapshot_is_encrypted,
)
from auditor.services.ec2 import BlockDevice, Instance, LaunchTemplate
from auditor.services.ec2_images import Ami, AmiCopy
from auditor.services.ec2_starts import template_of
from auditor.services.kms import KmsAlias, KmsKey, is_aws_managed_key
from auditor.services.left_out import left_to_aws
from auditor.values import every, matching


@rule(
    "ENC-EBS-DEFAULT-ENCRYPTION",
    severity="medium",
    on=EbsEncryptionByDefault,
    family="encryption",
    aliases={
        "checkov": "CKV_AWS_106",
        "prowler": "ec2_ebs_default_encryption",
    },
    frameworks={
        "fsbp": "EC2.7",
        "cis-aws-3.0": "2.2.1",
        "cis-aws-5.0": "5.1.1",
        "nist-800-53-r5": "CA-9(1) CM-3(6) SC-7(10) SC-13 SC-28 SC-28(1) SI-7(6)",
        "pci-dss-4": "8.3.2",
    },
)
def no_encryption_by_default(default: EbsEncryptionByDefault) -> Finding | None:
    """EBS encryption by default is switched on in the region.

    Why: every volume that someone makes without thinking of it holds data in the clear.
    Fix: add `aws_ebs_encryption_by_default` with `enabled = true`; volumes that are there stay.
    Source: EC2 API, GetEbsEncryptionByDefault; off unless set.
    """
    if not default.enabled:
        return default.finding("does not encrypt new volumes", at="enabled")
    return None


@rule(
    "ENC-EBS-VOLUME",
    severity="high",
    on=(EbsVolume, Instance, LaunchConfiguration),
    family="encryption",
    reads=(*ENCRYPTION, LaunchTemplate),
    aliases={
        "checkov": "CKV_AWS_3 CKV_AWS_8 CKV2_AWS_2",
        "trivy": "AWS-0026 AWS-0131 AWS-0008",
        "prowler": "ec2_ebs_volume_encryption",
    },
    frameworks={
        "fsbp": "EC2.3",
        "cis-aws-3.0": "2.2.1",
        "cis-aws-5.0": "5.1.1",
        "nist-800-53-r5": "CA-9(1) CM-3(6) SC-7(10) SC-13 SC-28 SC-28(1) SI-7(6)",
        "pci-dss-4": "3.5.1 8.3.2",
    },
)
def volume_in_the_clear(holder: EbsVolume | Instance | LaunchConfiguration) -> Iterator[Finding]:
    """Volumes and instance block devices are encrypted.

    Why: whoever gets at a snapshot of it, or at the disk, reads the data.
    Fix: set `encrypted = true` (on the volume, in `root_block_device` and in each
    `ebs_block_device`; the volume is replaced), or switch on encryption by default.
    Source: EC2 API, Volume.Encrypted; false unless the region's default or the snapshot says
    otherwise. A root volume is there also where no block speaks of it.
    """
    if isinstance(holder, EbsVolume):
        if not is_encrypted(holder):
            yield holder.finding("is not encrypted", at="encrypted")
        return
    for device in matching(_attached(holder), _is_in_the_clear):
        yield device.finding(
            "attaches a volume that is not encrypted", at="encrypted", key=str(device.device_name)
        )
    root = None if left_to_aws(holder, "root_block_device") else holder.root_block_device
    if root is not None:
        if _is_in_the_clear(root):
            yield root.finding(
                "has a root volume that is not encrypted", at="encrypted", key="root"
            )
    elif not encrypts_by_default(holder) and not _template_encrypts(holder):
        yield holder.finding(
            "has a root volume that nothing encrypts", at="root_block_device", key="root"
        )


def _attached(holder: Instance | LaunchConfiguration) -> Iterable[Any]:
    return holder.ebs_block_device


def _template_encrypts(holder: Instance | LaunchConfiguration) -> bool:
    template = template_of(holder) if isinstance(holder, Instance) else None
    if template is None:
        return False
    mapped = list(template.block_device_mappings)
    return bool(mapped) and every(mapped, lambda m: not _is_in_the_clear(m.ebs))


def _is_in_the_clear(device: Any) -> bool:
    """Whether the volume of a block is not encrypted, and is not judged by itself."""
    if device is None or (isinstance(device, BlockDevice) and device.is_a_volume_here):
        return False
    if not left_to_aws(device, "encrypted"):
        return not device.encrypted
    if encrypts_by_default(device.root):
        return False
    if left_to_aws(device, "snapshot_id"):
        return True
    return not snapshot_is_encrypted(device.follow("snapshot_id"))


@rule(
    "ENC-EBS-VOLUME-CMK",
    severity="low",
    on=EbsVolume,
    family="encryption",
    reads=(KmsKey, KmsAlias),
    aliases={
        "checkov": "CKV_AWS_189",
        "trivy": "AWS-0027",
    },
)
def volume_without_own_key(volume: EbsVolume) -> Finding | None:
    """EBS volumes use a customer managed key.

    Why: the key of AWS cannot be disabled, shared, or taken from someone who may read the volume.
    Fix: set `kms_key_id` (the volume is replaced).
    Source: EC2 API, Volume.KmsKeyId; left out, `aws/ebs` or the region's default key.
    """
    if left_to_aws(volume, "kms_key_id") or is_aws_managed_key(volume, "kms_key_id"):
        return volume.finding("names no key of your own", at="kms_key_id")
    return None


@rule(
    "ENC-EBS-LAUNCH-TEMPLATE",
    severity="medium",
    on=LaunchTemplate,
    family="encryption",
    reads=ENCRYPTION,
    frameworks={
        "fsbp": "EC2.181",
    },
)
def template_in_the_clear(template: LaunchTemplate) -> Iterator[Finding]:
    """Launch templates encrypt the volumes they attach.

    Why: every instance that it starts holds data in the clear.
    Fix: set `encrypted = true` in each `block_device_mappings.ebs`, or switch on encryption by
    default in the region.
    Source: EC2 API, LaunchTemplateEbsBlockDevice.Encrypted; left out, the image's snapshot and the
    region's default decide.
    """
    for mapping in matching(template.block_device_mappings, lambda m: _is_in_the_clear(m.ebs)):
        yield mapping.finding(
            "attaches a volume that is not encrypted", at="ebs", key=str(mapping.device_name)
        )


@rule(
    "ENC-EBS-SNAPSHOT",
    severity="high",
    on=(EbsSnapshot, EbsSnapshotCopy),
    family="encryption",
    reads=ENCRYPTION,
    aliases={
        "checkov": "CKV_AWS_183",
        "prowler": "ec2_ebs_snapshots_encrypted",
    },
    frameworks={
        "pci-dss-4": "3.5.1 8.3.2",
    },
)
def snapshot_in_the_clear(snapshot: EbsSnapshot | EbsSnapshotCopy) -> Finding | None:
    """EBS snapshots and their copies are encrypted.

    Why: whoever it is shared with, or who may copy it, reads the data.
    Fix: encrypt the volume (a snapshot is as its volume); for `aws_ebs_snapshot_copy` set
    `encrypted = true` and `kms_key_id`. A snapshot cannot be encrypted in place: copy it.
    Source: EC2 API, Snapshot.Encrypted; provider default of a copy false.
    """
    if not snapshot_is_encrypted(snapshot):
        return snapshot.finding("is not encrypted", at="encrypted")
    return None


@rule(
    "ENC-EC2-AMI",
    severity="medium",
    on=(Ami, AmiCopy),
    family="encryption",
    reads=ENCRYPTION,
    aliases={
        "checkov": "CKV_AWS_204 CKV_AWS_235 CKV_AWS_236",
    },
)
def image_in_the_clear(image: Ami | AmiCopy) -> Iterator[Finding]:
    """Own AMIs and AMI copies are encrypted, with a customer managed key.

    Why: whoever may use the image reads its disks, and instances of it start in the clear.
    Fix: copy it with `encrypted = true` and `kms_key_id` of a key of your own.
    Source: EC2 API, EbsBlockDevice.Encrypted; provider default of a copy false.
    """
    if isinstance(image, AmiCopy):
        if not image.encrypted:
            yield image.finding("is not encrypted", at="encrypted")
        elif left_to_aws(image, "kms_key_id"):
            yield image.finding("names no key of your own", at="kms_key_id")
        return
    devices: Iterable[Any] = image.ebs_block_device
    for device in matching(devices, _is_in_the_clear):
        yield device.finding("is not encrypted", at="encrypted", key=str(device.device_name))
