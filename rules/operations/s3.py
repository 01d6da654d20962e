"""Housekeeping of S3: lifecycles and names."""

from __future__ import annotations

from auditor.resource import Finding, Node
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.s3 import LifecycleRule, S3Bucket, S3BucketLifecycle, S3BucketVersioning
from auditor.values import some


@rule(
    "OPS-S3-LIFECYCLE",
    severity="low",
    on=S3Bucket,
    family="operations",
    reads=(S3BucketLifecycle,),
    aliases={
        "checkov": "CKV2_AWS_61",
        "prowler": "s3_bucket_lifecycle_enabled",
    },
    frameworks={
        "fsbp": "S3.13",
        "nist-800-53-r5": "CP-6(2) CP-9 CP-10 SC-5(2) SI-13(5)",
        "pci-dss-4": "3.2.1 3.3.1.1 3.3.1.3 3.3.2 3.3.3 10.5.1",
    },
)
def no_lifecycle(bucket: S3Bucket) -> Finding | None:
    """Buckets have a lifecycle configuration.

    Why: data that nobody needs any more is kept, paid for and can leak for ever.
    Fix: add an `aws_s3_bucket_lifecycle_configuration` with an enabled rule.
    Source: S3 API, GetBucketLifecycleConfiguration; nothing expires without it.
    """
    for lifecycle in bucket.related(S3BucketLifecycle):
        if some(lifecycle.rule, lambda entry: entry.status == "Enabled"):
            return None
        return lifecycle.finding("has no enabled lifecycle rule", at="rule")
    return bucket.finding("has no lifecycle configuration")


@rule(
    "OPS-S3-LIFECYCLE-VERSIONED",
    severity="medium",
    on=S3Bucket,
    family="operations",
    reads=(S3BucketLifecycle, S3BucketVersioning),
    frameworks={
        "fsbp": "S3.10",
        "nist-800-53-r5": "CP-6(2) CP-9 CP-10 SC-5(2) SI-13(5)",
        "pci-dss-4": "3.2.1 3.3.1.1 3.3.1.3 3.3.2 3.3.3 10.5.1",
    },
)
def old_versions_kept_for_ever(bucket: S3Bucket) -> Finding | NotApplicable | None:
    """Versioned buckets expire noncurrent versions.

    Why: every overwrite and delete leaves a version behind that is paid for until it is removed.
    Fix: add a lifecycle rule with `noncurrent_version_expiration { noncurrent_days = … }`.
    Source: S3 User Guide, lifecycle of versioned buckets.
    """
    versioned = some(
        bucket.related(S3BucketVersioning),
        lambda v: (
            v.versioning_configuration is not None
            and v.versioning_configuration.status == "Enabled"
        ),
    )
    if not versioned:
        return not_applicable("it keeps no versions")
    for lifecycle in bucket.related(S3BucketLifecycle):
        if some(
            lifecycle.rule,
            lambda entry: (
                entry.status == "Enabled" and entry.noncurrent_version_expiration is not None
            ),
        ):
            return None
        return lifecycle.finding("never expires noncurrent versions", at="rule")
    return bucket.finding("never expires noncurrent versions")


@rule(
    "OPS-S3-ABORT-MULTIPART",
    severity="low",
    on=S3BucketLifecycle,
    family="operations",
    aliases={
        "checkov": "CKV_AWS_300",
    },
)
def uploads_never_aborted(lifecycle: S3BucketLifecycle) -> Finding | None:
    """Lifecycle rules abort incomplete multipart uploads.

    Why: the parts of an upload that was never finished are invisible and paid for.
    Fix: add an enabled rule without a narrowing filter with
    `abort_incomplete_multipart_upload { days_after_initiation = 7 }`.
    Source: S3 User Guide, "Aborting incomplete multipart uploads using a lifecycle configuration".
    """
    if some(lifecycle.rule, _aborts):
        return None
    return lifecycle.finding("never aborts unfinished multipart uploads", at="rule")


def _aborts(entry: LifecycleRule) -> bool:
    """Whether a rule holds for the whole bucket and aborts unfinished uploads."""
    if entry.status != "Enabled" or entry.abort_incomplete_multipart_upload is None:
        return False
    return not entry.prefix and not some(entry.filter, _narrows)


def _narrows(chosen: Node) -> bool:
    return some(chosen.data.values(), lambda value: value not in (None, "", [], {}))
