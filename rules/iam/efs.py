"""Who may use EFS."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.policy import Policy
from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.efs import EfsAccessPoint, EfsFileSystem, EfsFileSystemPolicy


@rule(
    "IAM-EFS-ACCESS-POINT-ROOT",
    severity="medium",
    on=EfsAccessPoint,
    family="iam",
    aliases={
        "checkov": "CKV_AWS_329",
        "prowler": "efs_access_point_enforce_root_directory",
    },
    frameworks={
        "fsbp": "EFS.3",
        "nist-800-53-r5": "AC-6(10)",
        "pci-dss-4": "3.5.1.3 10.3.2 A1.1.2 A3.4.1",
    },
)
def access_point_to_everything(point: EfsAccessPoint) -> Finding | None:
    """Access points confine clients to a directory.

    Why: a client that needs one directory sees the whole file system.
    Fix: set `root_directory { path = "/…" }` (it forces a new access point).
    Source: EFS API, AccessPointDescription.RootDirectory; `/` unless set.
    """
    root = point.root_directory
    if not root:
        return point.finding("leads to the whole file system", at="root_directory")
    if root.path_ is None or root.path_ == "/":
        return root.finding("leads to the whole file system", at="path")
    return None


@rule(
    "IAM-EFS-ACCESS-POINT-USER",
    severity="medium",
    on=EfsAccessPoint,
    family="iam",
    aliases={
        "checkov": "CKV_AWS_330",
        "prowler": "efs_access_point_enforce_user_identity",
    },
    frameworks={
        "fsbp": "EFS.4",
        "nist-800-53-r5": "AC-6(2)",
        "pci-dss-4": "3.5.1.3 10.3.2 A1.1.2 A3.4.1",
    },
)
def access_point_without_user(point: EfsAccessPoint) -> Finding | None:
    """Access points enforce a POSIX user.

    Why: a client says itself which user it is, root included.
    Fix: add a `posix_user` block with `uid` and `gid` (it forces a new access point).
    Source: EFS API, AccessPointDescription.PosixUser; none unless set.
    """
    if not point.posix_user:
        return point.finding("enforces no POSIX user", at="posix_user")
    return None


@rule(
    "IAM-EFS-POLICY-PUBLIC",
    severity="medium",
    on=EfsFileSystem,
    family="iam",
    reads=(EfsFileSystemPolicy,),
    aliases={
        "prowler": "efs_not_publicly_accessible",
    },
)
def any_client_may_mount(system: EfsFileSystem) -> Iterator[Finding]:
    """File system policies do not admit every client.

    Why: whoever reaches a mount target reads and writes every file.
    Fix: add an `aws_efs_file_system_policy` that names principals, or pins the statement with
    `elasticfilesystem:AccessedViaMountTarget` or an access point.
    Source: EFS User Guide, "Using IAM to control access": without a policy every client that
    reaches a mount target has full access.
    """
    attached = False
    for policy in system.related(EfsFileSystemPolicy):
        attached = True
        for statement in Policy.parse(policy.policy).public_statements(_PINS):
            yield policy.finding(
                f"lets any client in ({statement.label})",
                at="policy",
                key=f"{statement.label}",
                within=statement.within("Principal"),
            )
    if not attached:
        yield system.finding("has no policy, so that any client may mount it", key="no policy")


_PINS = (
    "elasticfilesystem:AccessedViaMountTarget",
    "elasticfilesystem:AccessPointArn",
)
