"""Keeping what is in S3: versions, Object Lock, copies in other regions."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.s3 import (
    ReplicationRule,
    S3Bucket,
    S3BucketLifecycle,
    S3BucketReplication,
    S3BucketVersioning,
)
from auditor.values import Undetermined, some


@rule(
    "BAK-S3-VERSIONING",
    severity="medium",
    on=S3Bucket,
    family="backup",
    reads=(S3BucketVersioning,),
    aliases={
        "checkov": "CKV_AWS_21",
        "trivy": "AWS-0090",
        "prowler": "s3_bucket_object_versioning",
    },
    frameworks={
        "fsbp": "S3.14",
        "nist-800-53-r5": "AU-9(2) CP-6 CP-6(1) CP-6(2) CP-9 CP-10 SC-5(2) SI-12 SI-13(5)",
        "pci-dss-4": "10.3.4",
    },
)
def versions_not_kept(bucket: S3Bucket) -> Finding | None:
    """Buckets keep object versions.

    Why: without versions an overwrite or delete, by mistake or by ransomware, is final.
    Fix: add an `aws_s3_bucket_versioning` with
    `versioning_configuration { status = "Enabled" }`.
    Source: S3 API, GetBucketVersioning; a bucket without it is unversioned.
    """
    for versioning in bucket.related(S3BucketVersioning):
        settings = versioning.versioning_configuration
        if settings is not None and settings.status == "Enabled":
            return None
        return versioning.finding(
            f"does not keep versions ({settings.status if settings else 'not configured'})",
            at="versioning_configuration",
        )
    return bucket.finding("does not keep versions")


@rule(
    "BAK-S3-MFA-DELETE",
    severity="low",
    on=S3Bucket,
    family="backup",
    production=True,
    reads=(S3BucketVersioning, S3BucketLifecycle),
    aliases={
        "trivy": "AWS-0170",
        "prowler": "s3_bucket_no_mfa_delete",
    },
    frameworks={
        "fsbp": "S3.20",
        "cis-aws-3.0": "2.1.2",
        "cis-aws-5.0": "2.1.2",
        "nist-800-53-r5": "CA-9(1) CM-2 CM-2(2) CM-3 SC-5(2)",
        "pci-dss-4": "3.5.1.3 8.4.1 8.4.2 8.4.3 10.3.2 A1.1.2 A3.4.1",
    },
)
def versions_deleted_without_mfa(bucket: S3Bucket) -> Finding | NotApplicable | None:
    """Permanent deletion of object versions needs MFA.

    Why: whoever gets hold of a key that may delete versions can destroy the backups as well.
    Fix: set `mfa_delete = "Enabled"` in `versioning_configuration` (only the root user with MFA
    can apply it).
    Source: S3 API, VersioningConfiguration.MFADelete; S3 User Guide: it cannot be combined with
    lifecycle rules.
    """
    for _ in bucket.related(S3BucketLifecycle):
        return not_applicable("a bucket with lifecycle rules cannot use MFA delete")
    for versioning in bucket.related(S3BucketVersioning):
        settings = versioning.versioning_configuration
        if settings is not None and settings.mfa_delete == "Enabled":
            return None
        return versioning.finding("deletes versions without MFA", at="versioning_configuration")
    return bucket.finding("has no versioning, so no MFA delete")


@rule(
    "BAK-S3-REPLICATION",
    severity="low",
    on=S3Bucket,
    family="backup",
    production=True,
    reads=(S3BucketReplication,),
    details=("region",),
    aliases={
        "checkov": "CKV_AWS_144",
        "prowler": "s3_bucket_cross_region_replication",
    },
    frameworks={
        "fsbp": "S3.7",
        "nist-800-53-r5": "AU-9(2) CP-6 CP-6(1) CP-6(2) CP-9 CP-10 SC-5(2) SC-36(2) SI-13(5)",
    },
)
def not_replicated(bucket: S3Bucket) -> Finding | None:
    """Buckets replicate to another region.

    Why: when the region is lost, so is the only copy.
    Fix: add an `aws_s3_bucket_replication_configuration` with an enabled rule to a bucket in
    another region (both versioned).
    Source: S3 API, GetBucketReplication; nothing is replicated without it. Where the other bucket
    is, is only known of one that was read: another account's counts as elsewhere.
    """
    for replication in bucket.related(S3BucketReplication):
        if not some(replication.rule, lambda entry: entry.status == "Enabled"):
            return replication.finding("has no enabled replication rule", at="rule")
        if all(_stays(bucket, entry) for entry in replication.rule):
            return replication.finding("replicates within its own region only", at="rule")
        return None
    return bucket.finding("is not replicated to another region")


def _stays(bucket: S3Bucket, entry: ReplicationRule) -> bool:
    """Whether a rule certainly copies to a bucket in the same region, or is switched off."""
    if entry.status != "Enabled":
        return True
    try:
        destination = entry.destination
        other = destination.follow("bucket") if destination is not None else None
    except Undetermined:
        return False
    return other is not None and bucket.region is not None and other.region == bucket.region
