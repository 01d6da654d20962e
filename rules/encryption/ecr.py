"""Encryption of ECR repositories."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.ecr import EcrRepository
from auditor.services.kms import KmsAlias, KmsKey, is_aws_managed_key


@rule(
    "ENC-ECR-CMK",
    severity="medium",
    on=EcrRepository,
    family="encryption",
    reads=(KmsKey, KmsAlias),
    aliases={
        "checkov": "CKV_AWS_136",
        "trivy": "AWS-0033",
    },
    frameworks={
        "fsbp": "ECR.5",
        "nist-800-53-r5": "AU-9 CA-9(1) CM-3(6) SC-7(10) SC-12(2) SC-13 SC-28 SC-28(1) SI-7(6)",
    },
)
def images_without_own_key(repository: EcrRepository) -> Finding | None:
    """Repositories are encrypted with a KMS key.

    Why: the use of a key of AWS can be neither limited nor revoked, and AES256 leaves no trace.
    Fix: add `encryption_configuration { encryption_type = "KMS", kms_key = … }`. It forces a new
    repository: push the images again.
    Source: ECR API, EncryptionConfiguration; AES256 unless set, `aws/ecr` for KMS without a key.
    """
    encryption = repository.encryption_configuration
    if encryption is None:
        return repository.finding("is not encrypted with a KMS key", at="encryption_configuration")
    if encryption.encryption_type not in ("KMS", "KMS_DSSE"):
        return encryption.finding("is not encrypted with a KMS key", at="encryption_type")
    if encryption.kms_key is None or is_aws_managed_key(encryption, "kms_key"):
        return encryption.finding("is encrypted with an AWS managed key", at="kms_key")
    return None
