"""Encryption of S3: default encryption of buckets, TLS on requests."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.policy import Policy
from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.kms import KmsAlias, KmsKey, is_aws_managed_key
from auditor.services.s3 import S3Bucket, S3BucketEncryption, S3BucketPolicy


@rule(
    "ENC-S3-SSE-KMS",
    severity="medium",
    on=S3Bucket,
    family="encryption",
    reads=(S3BucketEncryption, KmsKey, KmsAlias),
    aliases={
        "checkov": "CKV_AWS_145",
        "trivy": "AWS-0132",
        "prowler": "s3_bucket_kms_encryption",
    },
    frameworks={
        "fsbp": "S3.17",
        "nist-800-53-r5": "AU-9 CA-9(1) CM-3(6) SC-7(10) SC-12(2) SC-13 SC-28 SC-28(1) SI-7(6)",
        "pci-dss-4": "3.5.1 8.3.2",
    },
)
def default_encryption_without_kms(
    bucket: S3Bucket, *, customer_managed: bool = False
) -> Iterator[Finding]:
    """Bucket default encryption uses a KMS key, preferably customer managed.

    Why: with a KMS key every read needs `kms:Decrypt` and is in CloudTrail; with S3's own keys
    (AES256) whoever may read the object may read the data.
    Fix: add an `aws_s3_bucket_server_side_encryption_configuration` with
    `sse_algorithm = "aws:kms"` and `kms_master_key_id` of a key of your own. Existing objects keep
    their encryption.
    Source: S3 API, GetBucketEncryption; without a configuration S3 encrypts with AES256. Left out,
    `kms_master_key_id` means the AWS managed key aws/s3, which fails only when the parameter
    `customer_managed` is true.
    """
    stated = False
    for configuration in bucket.related(S3BucketEncryption):
        for entry in configuration.rule:
            default = entry.apply_server_side_encryption_by_default
            if default is None:
                continue
            stated = True
            if default.sse_algorithm not in ("aws:kms", "aws:kms:dsse"):
                yield default.finding("encrypts with S3's own keys (AES256)", at="sse_algorithm")
            elif customer_managed and is_aws_managed_key(default, "kms_master_key_id"):
                yield default.finding(
                    "encrypts with the AWS managed key aws/s3", at="kms_master_key_id"
                )
    if not stated:
        yield bucket.finding("has no default encryption with a KMS key: S3 uses its own (AES256)")


@rule(
    "ENC-S3-TLS-ONLY",
    severity="medium",
    on=S3Bucket,
    family="encryption",
    reads=(S3BucketPolicy,),
    aliases={
        "checkov": "CKV_AWS_379",
        "prowler": "s3_bucket_secure_transport_policy",
    },
    frameworks={
        "fsbp": "S3.5",
        "cis-aws-3.0": "2.1.1",
        "cis-aws-5.0": "2.1.1",
        "nist-800-53-r5": (
            "AC-4 AC-17(2) IA-5(1) SC-7(4) SC-8 SC-8(1) SC-8(2) SC-12(3) SC-13 SC-23 "
            "SC-23(3) SI-7(6)"
        ),
        "pci-dss-4": "1.2.5 2.2.5 2.2.7 4.2.1 4.2.1.1 8.3.2",
    },
)
def requests_without_tls(bucket: S3Bucket) -> Finding | None:
    """Bucket policy denies requests without TLS.

    Why: S3 answers plain HTTP; a client that uses it sends requests, presigned URLs and data in
    the clear.
    Fix: add a statement to the bucket policy: `Effect = "Deny"`, `Principal = "*"`,
    `Action = "s3:*"`, on the bucket's ARN and `${arn}/*`, with
    `Condition = { Bool = { "aws:SecureTransport" = "false" } }`.
    Source: S3 User Guide, security best practices, "Enforce encryption of data in transit".
    """
    policies = bucket.related(S3BucketPolicy)
    for attached in policies:
        if Policy.parse(attached.policy).denies_insecure_transport(("s3:*",)):
            return None
        return attached.finding("does not deny requests without TLS", at="policy")
    return bucket.finding("has no policy that denies requests without TLS")
