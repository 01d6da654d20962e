"""Amazon EBS: volumes, snapshots and who may restore them, and a region's settings.

Sources: EC2 API reference (DescribeVolumes, DescribeSnapshots, DescribeSnapshotAttribute,
GetEbsEncryptionByDefault, GetEbsDefaultKmsKeyId, GetSnapshotBlockPublicAccessState), AWS provider
5.100.0 documentation of the types below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader, tag_map
from auditor.resource import Bool, Link, Num, Resource, Str, StrMap
from auditor.services.left_out import left_to_aws
from auditor.services.vpc import arn_of
from auditor.values import Unknown, all_of, some

KEYS = ("aws_kms_key", "aws_kms_alias", "aws_kms_replica_key")
ONLY_ONE = "default"
"""What `terraform import` takes for a region's settings."""


class EbsVolume(Resource, tf="aws_ebs_volume"):
    """A volume. Left out, `encrypted` follows the snapshot and the region's default."""

    arn = Str(computed=True)
    availability_zone = Str()
    encrypted = Bool(computed=True)
    iops = Num(computed=True)
    kms_key_id = Link(*KEYS, computed=True)
    multi_attach_enabled = Bool(default=False)
    size = Num(computed=True)
    snapshot_id = Link("aws_ebs_snapshot", "aws_ebs_snapshot_copy")
    state = Str(computed=True)
    """No argument of Terraform: `in-use`, `available`…"""
    tags = StrMap()
    throughput = Num(computed=True)
    type_ = Str(computed=True)


class EbsSnapshot(Resource, tf="aws_ebs_snapshot"):
    """A snapshot; encrypted as its volume is. public: of a live one, whether all may restore it."""

    arn = Str(computed=True)
    description = Str()
    encrypted = Bool(computed=True)
    kms_key_id = Link(*KEYS, computed=True)
    owner_id = Str(computed=True)
    public = Bool(default=False)
    state = Str(computed=True)
    tags = StrMap()
    volume_id = Link("aws_ebs_volume")
    volume_size = Num(computed=True)


class EbsSnapshotCopy(Resource, tf="aws_ebs_snapshot_copy"):
    """A copy of a snapshot, made by Terraform; live it is a snapshot like others."""

    encrypted = Bool(default=False)
    kms_key_id = Link(*KEYS)
    source_region = Str()
    source_snapshot_id = Link("aws_ebs_snapshot")
    tags = StrMap()


class SnapshotPermission(Resource, tf="aws_snapshot_create_volume_permission"):
    """An account that may restore a snapshot."""

    account_id = Str()
    snapshot_id = Link("aws_ebs_snapshot", "aws_ebs_snapshot_copy")


class EbsEncryptionByDefault(Resource, tf="aws_ebs_encryption_by_default"):
    """Whether new volumes of a region are encrypted unless asked otherwise."""

    enabled = Bool(default=True)


class EbsDefaultKmsKey(Resource, tf="aws_ebs_default_kms_key"):
    """The key for volumes that name none."""

    key_arn = Link(*KEYS)


class EbsSnapshotBlockPublicAccess(Resource, tf="aws_ebs_snapshot_block_public_access"):
    """Whether snapshots of a region can be shared with everybody."""

    state = Str()


# -- questions ------------------------------------------------------------------------------------


def encrypts_by_default(resource: Resource) -> bool:
    """Whether new volumes in the resource's region are encrypted if nothing else is said."""
    return some(
        resource.everything(EbsEncryptionByDefault),
        lambda default: all_of(lambda: default.region == resource.region, lambda: default.enabled),
    )


def is_encrypted(volume: EbsVolume) -> bool:
    """Whether a volume is encrypted: as it says, as its snapshot is, or by default."""
    if not left_to_aws(volume, "encrypted"):
        return volume.encrypted
    if encrypts_by_default(volume):
        return True
    if volume.snapshot_id is None:
        return False
    return bool(snapshot_is_encrypted(volume.follow("snapshot_id")))


def snapshot_is_encrypted(snapshot: EbsSnapshot | EbsSnapshotCopy) -> bool:
    """Whether a snapshot or copy is encrypted; a snapshot in code is as its volume is."""
    if isinstance(snapshot, EbsSnapshotCopy):
        return snapshot.encrypted or encrypts_by_default(snapshot)
    if not left_to_aws(snapshot, "encrypted"):
        return snapshot.encrypted
    return is_encrypted(snapshot.follow("volume_id"))


ENCRYPTION = (EbsVolume, EbsSnapshot, EbsSnapshotCopy, EbsEncryptionByDefault)
"""What `is_encrypted` and `snapshot_is_encrypted` read."""


# -- live ----------------------------------------------------------------------------------------


@reader(yields=(EbsVolume,), calls=("ec2.describe_volumes",))
def volumes(aws: Aws) -> Iterator[Resource]:
    """Volumes, also those that came with an instance."""
    for item in aws.list("ec2.describe_volumes", "Volumes"):
        yield aws.resource(
            EbsVolume,
            item["VolumeId"],
            {
                "arn": arn_of(aws, item, "volume", item["VolumeId"]),
                "availability_zone": item.get("AvailabilityZone"),
                "encrypted": item.get("Encrypted", False),
                "iops": item.get("Iops"),
                "kms_key_id": item.get("KmsKeyId"),
                "multi_attach_enabled": item.get("MultiAttachEnabled", False),
                "size": item.get("Size"),
                "snapshot_id": item.get("SnapshotId") or None,
                "state": item.get("State"),
                "tags": tag_map(item.get("Tags")),
                "throughput": item.get("Throughput"),
                "type": item.get("VolumeType"),
            },
        )


@reader(yields=(EbsSnapshot,), calls=("ec2.describe_snapshots", "ec2.describe_snapshot_attribute"))
def snapshots(aws: Aws) -> Iterator[Resource]:
    """The account's own snapshots.

    Those that everybody may restore come in one listing (RestorableByUserIds `all`), which is
    empty in most accounts; each is confirmed by its attribute.
    """
    shared = aws.ask_all(
        "ec2.describe_snapshots", "Snapshots", OwnerIds=["self"], RestorableByUserIds=["all"]
    )
    candidates = shared if isinstance(shared, Unknown) else {s["SnapshotId"] for s in shared}

    def is_public(id: str) -> Any:
        if isinstance(candidates, Unknown):
            return candidates
        if id not in candidates:
            return False
        reply = aws.ask(
            "ec2.describe_snapshot_attribute", SnapshotId=id, Attribute="createVolumePermission"
        )
        permissions = reply.get("CreateVolumePermissions")
        return lambda: some(permissions or (), lambda p: p.get("Group") == "all")

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        id = item["SnapshotId"]
        yield aws.resource(
            EbsSnapshot,
            id,
            {
                "arn": f"arn:{aws.partition}:ec2:{aws.region}::snapshot/{id}",
                "description": item.get("Description"),
                "encrypted": item.get("Encrypted", False),
                "kms_key_id": item.get("KmsKeyId"),
                "owner_id": item.get("OwnerId"),
                "public": is_public(id),
                "state": item.get("State"),
                "tags": tag_map(item.get("Tags")),
                "volume_id": item.get("VolumeId"),
                "volume_size": item.get("VolumeSize"),
            },
        )

    yield from aws.parallel(
        read, aws.list("ec2.describe_snapshots", "Snapshots", OwnerIds=["self"])
    )


@reader(yields=(EbsEncryptionByDefault,), calls=("ec2.get_ebs_encryption_by_default",))
def encryption_by_default(aws: Aws) -> Iterator[Resource]:
    """The region's setting; there is always one."""
    reply = aws.ask("ec2.get_ebs_encryption_by_default")
    yield aws.resource(
        EbsEncryptionByDefault, ONLY_ONE, {"enabled": reply.get("EbsEncryptionByDefault")}
    )


@reader(yields=(EbsDefaultKmsKey,), calls=("ec2.get_ebs_default_kms_key_id",))
def default_kms_key(aws: Aws) -> Iterator[Resource]:
    """The region's key for volumes that name none; `alias/aws/ebs` unless it was set."""
    reply = aws.ask("ec2.get_ebs_default_kms_key_id")
    yield aws.resource(EbsDefaultKmsKey, ONLY_ONE, {"key_arn": reply.get("KmsKeyId")})


@reader(
    yields=(EbsSnapshotBlockPublicAccess,), calls=("ec2.get_snapshot_block_public_access_state",)
)
def snapshot_block_public_access(aws: Aws) -> Iterator[Resource]:
    """The region's setting; there is always one."""
    reply = aws.ask("ec2.get_snapshot_block_public_access_state")
    yield aws.resource(EbsSnapshotBlockPublicAccess, ONLY_ONE, {"state": reply.get("State")})
