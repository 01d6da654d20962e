"""Logs of S3: server access logging."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.s3 import S3Bucket, S3BucketLogging


@rule(
    "LOG-S3-ACCESS-LOGGING",
    severity="medium",
    on=S3Bucket,
    family="logging",
    reads=(S3BucketLogging,),
    aliases={
        "checkov": "CKV_AWS_18",
        "trivy": "AWS-0089",
        "prowler": "s3_bucket_server_access_logging_enabled",
    },
    frameworks={
        "fsbp": "S3.9",
        "nist-800-53-r5": (
            "AC-2(4) AC-4(26) AC-6(9) AU-2 AU-3 AU-6(3) AU-6(4) AU-10 AU-12 CA-7 "
            "SC-7(9) SI-3(8) SI-4(20) SI-7(8)"
        ),
        "pci-dss-4": (
            "5.3.4 10.2.1 10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 10.2.1.5 10.2.1.6 "
            "10.2.1.7 10.2.2 10.3.1 10.6.3 A1.2.1"
        ),
    },
)
def access_not_logged(bucket: S3Bucket) -> Finding | NotApplicable | None:
    """Buckets write server access logs.

    Why: after a leak nobody can say who read or deleted what.
    Fix: add an `aws_s3_bucket_logging` with `target_bucket` (another bucket) and `target_prefix`.
    Source: S3 API, GetBucketLogging; off unless configured. A bucket that receives access logs is
    exempt, as it would log its own log deliveries.
    """
    for _ in bucket.related(S3BucketLogging, via="bucket"):
        return None
    for _ in bucket.related(S3BucketLogging, via="target_bucket"):
        return not_applicable("it receives the access logs of other buckets")
    return bucket.finding("writes no access logs")
