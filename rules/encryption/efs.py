"""Encryption of EFS: at rest, and on the way."""

from __future__ import annotations

from auditor.policy import Policy
from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.efs import EfsFileSystem, EfsFileSystemPolicy
from auditor.services.kms import KmsAlias, KmsKey, is_aws_managed_key
from auditor.services.left_out import left_to_aws
from auditor.values import some


@rule(
    "ENC-EFS-AT-REST",
    severity="high",
    on=EfsFileSystem,
    family="encryption",
    aliases={
        "checkov": "CKV_AWS_42",
        "trivy": "AWS-0037",
        "prowler": "efs_encryption_at_rest_enabled",
    },
    frameworks={
        "fsbp": "EFS.1 EFS.8",
        "cis-aws-3.0": "2.4.1",
        "cis-aws-5.0": "2.3.1",
        "nist-800-53-r5": "CA-9(1) CM-3(6) SC-7(10) SC-13 SC-28 SC-28(1) SI-7(6)",
        "pci-dss-4": "3.5.1 8.3.2",
    },
)
def files_in_the_clear(system: EfsFileSystem) -> Finding | None:
    """File systems are encrypted.

    Why: the disks hold every file in the clear.
    Fix: set `encrypted = true` and `kms_key_id` (it forces a new file system: copy the files).
    Source: EFS API, FileSystemDescription.Encrypted; false unless set.
    """
    if not system.encrypted:
        return system.finding("is not encrypted", at="encrypted")
    return None


@rule(
    "ENC-EFS-CMK",
    severity="low",
    on=EfsFileSystem,
    family="encryption",
    reads=(KmsKey, KmsAlias),
    requires=("ENC-EFS-AT-REST",),
    aliases={
        "checkov": "CKV_AWS_184",
    },
)
def files_with_the_key_of_aws(system: EfsFileSystem) -> Finding | None:
    """File systems use a customer managed key.

    Why: the key `aws/elasticfilesystem` cannot be given a policy of your own or be revoked.
    Fix: set `kms_key_id` to the ARN of a key of your own (it forces a new file system).
    Source: EFS API, FileSystemDescription.KmsKeyId; left out, `aws/elasticfilesystem`.
    """
    if left_to_aws(system, "kms_key_id"):
        return system.finding("is encrypted with aws/elasticfilesystem", at="kms_key_id")
    if is_aws_managed_key(system, "kms_key_id"):
        return system.finding("is encrypted with an AWS managed key", at="kms_key_id")
    return None


@rule(
    "ENC-EFS-TLS-ONLY",
    severity="medium",
    on=EfsFileSystem,
    family="encryption",
    reads=(EfsFileSystemPolicy,),
)
def mounts_without_tls(system: EfsFileSystem) -> Finding | None:
    """File system policies deny access without TLS.

    Why: NFS without TLS carries files over the network in the clear.
    Fix: add an `aws_efs_file_system_policy` with a Deny of `elasticfilesystem:Client*` for
    everyone with the condition `Bool` `aws:SecureTransport` = `false`.
    Source: EFS User Guide, "Resource-based policy examples".
    """
    if not some(
        system.related(EfsFileSystemPolicy),
        lambda attached: Policy.parse(attached.policy).denies_insecure_transport(_CLIENT),
    ):
        return system.finding("does not deny access without TLS")
    return None


_CLIENT = ("elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite")
