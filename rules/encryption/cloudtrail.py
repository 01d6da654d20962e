"""Encryption of audit trails and logs."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.cloudtrail import Cloudtrail
from auditor.services.cloudwatch import CloudwatchLogGroup


@rule(
    "ENC-CLOUDTRAIL-CMK",
    severity="medium",
    on=Cloudtrail,
    family="encryption",
    aliases={
        "checkov": "CKV_AWS_35",
        "trivy": "AWS-0015",
        "prowler": "cloudtrail_kms_encryption_enabled",
    },
    frameworks={
        "fsbp": "CloudTrail.2",
        "cis-aws-3.0": "3.5",
        "cis-aws-5.0": "3.5",
        "nist-800-53-r5": "AU-9 CA-9(1) CM-3(6) SC-7(10) SC-13 SC-28 SC-28(1) SI-7(6)",
        "pci-dss-4": "3.5.1 8.3.2 10.3.2 10.3.3 10.3.4 A1.2.1",
    },
)
def trail_without_own_key(trail: Cloudtrail) -> Finding | None:
    """Trail logs are encrypted with a customer managed key.

    Why: whoever may read the bucket may read who did what in the account.
    Fix: set `kms_key_id` to the ARN of a key whose policy lets CloudTrail use it.
    Source: CloudTrail API, Trail.KmsKeyId; left out, the files are under S3's own keys.
    """
    if trail.kms_key_id is None:
        return trail.finding("is not encrypted with a key of your own", at="kms_key_id")
    return None


@rule(
    "ENC-CLOUDWATCH-LOG-GROUP-CMK",
    severity="medium",
    on=CloudwatchLogGroup,
    family="encryption",
    aliases={
        "checkov": "CKV_AWS_158",
        "trivy": "AWS-0017",
        "prowler": "cloudwatch_log_group_kms_encryption_enabled",
    },
    frameworks={
        "nist-800-53-r5": "AU-9(3) CP-9 SC-8(3) SC-8(4) SC-13 SC-28(1) SI-19(4)",
        "pci-dss-4": "3.5.1 8.3.2 10.3.2 10.3.3 10.3.4 A1.2.1",
    },
)
def log_group_without_own_key(group: CloudwatchLogGroup) -> Finding | None:
    """Log groups are encrypted with a KMS key.

    Why: whoever may read CloudWatch Logs may read what the applications wrote, secrets included.
    Fix: set `kms_key_id` to the ARN of a key whose policy lets CloudWatch Logs use it.
    Source: CloudWatch Logs API, LogGroup.kmsKeyId; left out, the service's own encryption.
    """
    if group.kms_key_id is None:
        return group.finding("is not encrypted with a KMS key", at="kms_key_id")
    return None
