"""Rotation of KMS keys."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.kms import KmsKey


@rule(
    "ENC-KMS-ROTATION",
    severity="medium",
    on=KmsKey,
    family="encryption",
    aliases={
        "checkov": "CKV_AWS_7",
        "trivy": "AWS-0065",
        "prowler": "kms_cmk_rotation_enabled",
    },
    frameworks={
        "fsbp": "KMS.4",
        "cis-aws-3.0": "3.6",
        "cis-aws-5.0": "3.6",
        "nist-800-53-r5": "SC-12 SC-12(2) SC-28(3)",
        "pci-dss-4": "3.7.4 3.7.5",
    },
)
def key_not_rotated(key: KmsKey) -> Finding | NotApplicable | None:
    """Symmetric customer managed keys rotate by themselves.

    Why: the same key material then protects ever more data for ever; who gets it can read all.
    Fix: set `enable_key_rotation = true`. Nothing has to be encrypted anew, and the key's id stays.
    Source: KMS API, GetKeyRotationStatus; provider default false. KMS rotates symmetric encryption
    keys with its own key material only.
    """
    if key.key_manager == "AWS":
        return not_applicable("AWS rotates its own keys")
    if key.enable_key_rotation is True:
        return None
    if key.customer_master_key_spec != "SYMMETRIC_DEFAULT" or key.key_usage != "ENCRYPT_DECRYPT":
        return not_applicable("KMS rotates symmetric encryption keys only")
    if key.custom_key_store_id is not None or key.origin != "AWS_KMS":
        return not_applicable("its key material is not made by KMS")
    if key.key_state in _ENDING:
        return not_applicable("it is to be deleted")
    if not key.enable_key_rotation:
        return key.finding("does not rotate", at="enable_key_rotation")
    return None


_ENDING = ("PendingDeletion", "PendingReplicaDeletion")
