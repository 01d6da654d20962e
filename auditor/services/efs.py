"""Amazon EFS.

Sources: EFS API reference (DescribeFileSystems, DescribeMountTargets, DescribeBackupPolicy,
DescribeFileSystemPolicy, DescribeAccessPoints, DescribeLifecycleConfiguration), AWS provider
5.100.0 documentation of the `aws_efs_…` resources.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader, tag_map
from auditor.resource import (
    Block,
    Blocks,
    Bool,
    Json,
    Link,
    Links,
    Node,
    Num,
    Resource,
    Str,
    StrMap,
)
from auditor.values import Unknown


class EfsLifecycle(Node):
    """When files move to another storage class."""

    transition_to_archive = Str()
    transition_to_ia = Str()
    transition_to_primary_storage_class = Str()


class EfsFileSystem(Resource, tf="aws_efs_file_system"):
    """A file system. With `availability_zone_name` it is in that zone only."""

    identity = ("creation_token",)
    availability_zone_name = Str()
    creation_token = Str(computed=True)
    # Left out, CreateFileSystem makes a file system that is not encrypted (EFS API, Encrypted).
    encrypted = Bool(default=False)
    kms_key_id = Link("aws_kms_key", "aws_kms_alias", "aws_kms_replica_key", computed=True)
    lifecycle_policy = Blocks(EfsLifecycle, unordered=True)
    performance_mode = Str(default="generalPurpose")
    tags = StrMap()
    throughput_mode = Str(default="bursting")


class EfsMountTarget(Resource, tf="aws_efs_mount_target"):
    """Where a subnet's hosts reach a file system."""

    availability_zone_name = Str(computed=True)
    file_system_id = Link("aws_efs_file_system")
    security_groups = Links("aws_security_group", computed=True)
    subnet_id = Link("aws_subnet", "aws_default_subnet")


class PosixUser(Node):
    """The user that every client of an access point is."""

    gid = Num()
    uid = Num()


class RootDirectory(Node):
    """The directory that clients of an access point see as the root."""

    path_ = Str()


class EfsAccessPoint(Resource, tf="aws_efs_access_point"):
    """A way into a file system, with a user and a directory of its own."""

    file_system_id = Link("aws_efs_file_system")
    posix_user = Block(PosixUser)
    root_directory = Block(RootDirectory)
    tags = StrMap()


class BackupPolicy(Node):
    """Whether AWS Backup's default plan covers the file system: `ENABLED` or `DISABLED`."""

    status = Str()


class EfsBackupPolicy(Resource, tf="aws_efs_backup_policy"):
    """Automatic backups of a file system."""

    backup_policy = Block(BackupPolicy)
    file_system_id = Link("aws_efs_file_system")


class EfsFileSystemPolicy(Resource, tf="aws_efs_file_system_policy"):
    """Who may mount, read and write a file system."""

    file_system_id = Link("aws_efs_file_system")
    policy = Json()


# -- live ----------------------------------------------------------------------------------------


@reader(
    yields=(EfsFileSystem, EfsBackupPolicy, EfsFileSystemPolicy),
    calls=(
        "efs.describe_file_systems",
        "efs.describe_lifecycle_configuration",
        "efs.describe_backup_policy",
        "efs.describe_file_system_policy",
    ),
    details={"efs.describe_lifecycle_configuration": ("lifecycle_policy",)},
)
def file_systems(aws: Aws) -> Iterator[Resource]:
    """File systems with backup policy and policy."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        id = item["FileSystemId"]
        yield aws.resource(EfsFileSystem, id, _file_system(aws, item))
        absent = ("PolicyNotFound",)
        backup = aws.ask("efs.describe_backup_policy", FileSystemId=id, absent=absent)
        if backup is not None:
            status = None if isinstance(backup, Unknown) else backup["BackupPolicy"].get("Status")
            yield _satellite(
                aws, EfsBackupPolicy, id, backup, {"backup_policy": [{"status": status}]}
            )
        policy = aws.ask("efs.describe_file_system_policy", FileSystemId=id, absent=absent)
        if policy is not None:
            yield _satellite(aws, EfsFileSystemPolicy, id, policy, {"policy": policy.get("Policy")})

    yield from aws.parallel(read, aws.list("efs.describe_file_systems", "FileSystems"))


def _satellite(
    aws: Aws, cls: type[Resource], id: str, reply: Any, attributes: Mapping[str, Any]
) -> Resource:
    named = {"file_system_id": id}
    if isinstance(reply, Unknown):
        return aws.resource(cls, id, reply, named=named)
    return aws.resource(cls, id, {**named, **attributes})


_TRANSITIONS = {
    "transition_to_archive": "TransitionToArchive",
    "transition_to_ia": "TransitionToIA",
    "transition_to_primary_storage_class": "TransitionToPrimaryStorageClass",
}


def _file_system(aws: Aws, item: Mapping[str, Any]) -> dict[str, Any]:
    lifecycle = aws.ask("efs.describe_lifecycle_configuration", FileSystemId=item["FileSystemId"])
    return {
        "arn": item.get("FileSystemArn"),
        "availability_zone_name": item.get("AvailabilityZoneName"),
        "creation_token": item.get("CreationToken"),
        "encrypted": item.get("Encrypted", False),
        "kms_key_id": item.get("KmsKeyId"),
        "lifecycle_policy": lambda: [
            {name: policy.get(key) for name, key in _TRANSITIONS.items()}
            for policy in lifecycle["LifecyclePolicies"]
        ],
        "performance_mode": item.get("PerformanceMode"),
        "tags": tag_map(item.get("Tags")),
        "throughput_mode": item.get("ThroughputMode"),
    }


@reader(
    yields=(EfsMountTarget,),
    calls=(
        "efs.describe_file_systems",
        "efs.describe_mount_targets",
        "efs.describe_mount_target_security_groups",
    ),
    details={"efs.describe_mount_target_security_groups": ("security_groups",)},
)
def mount_targets(aws: Aws) -> Iterator[Resource]:
    """Mount targets; AWS lists them for one file system at a time."""

    def read(system: Mapping[str, Any]) -> Iterator[Resource]:
        id = system["FileSystemId"]
        listed = aws.ask_all("efs.describe_mount_targets", "MountTargets", FileSystemId=id)
        if isinstance(listed, Unknown):
            yield aws.resource(EfsMountTarget, f"{id}/?", listed, named={"file_system_id": id})
            return
        for item in listed:
            target = item["MountTargetId"]
            groups = aws.ask("efs.describe_mount_target_security_groups", MountTargetId=target)
            attributes = {
                "availability_zone_name": item.get("AvailabilityZoneName"),
                "file_system_id": id,
                "security_groups": groups.get("SecurityGroups"),
                "subnet_id": item.get("SubnetId"),
            }
            yield aws.resource(EfsMountTarget, target, attributes)

    yield from aws.parallel(read, aws.list("efs.describe_file_systems", "FileSystems"))


@reader(yields=(EfsAccessPoint,), calls=("efs.describe_access_points",))
def access_points(aws: Aws) -> Iterator[Resource]:
    """Access points of all file systems."""
    for item in aws.list("efs.describe_access_points", "AccessPoints"):
        user, root = item.get("PosixUser"), item.get("RootDirectory")
        attributes = {
            "arn": item.get("AccessPointArn"),
            "file_system_id": item.get("FileSystemId"),
            "posix_user": [{"uid": user.get("Uid"), "gid": user.get("Gid")}] if user else [],
            "root_directory": [{"path": root.get("Path")}] if root else [],
            "tags": tag_map(item.get("Tags")),
        }
        yield aws.resource(EfsAccessPoint, item["AccessPointId"], attributes)
