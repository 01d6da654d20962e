"""Housekeeping of KMS keys."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.kms import KmsKey


@rule(
    "OPS-KMS-KEY-ENABLED",
    severity="low",
    on=KmsKey,
    family="operations",
    requires=("BAK-KMS-NOT-PENDING-DELETION",),
    aliases={
        "checkov": "CKV_AWS_227",
        "prowler": "kms_cmk_are_used",
    },
)
def key_disabled(key: KmsKey) -> Finding | NotApplicable | None:
    """Customer managed keys are enabled.

    Why: what it encrypts cannot be read; and a key that is not needed still costs.
    Fix: remove `is_enabled = false`, or schedule the key for deletion.
    Source: KMS API, KeyMetadata.KeyState; provider default true.
    """
    if key.key_manager == "AWS":
        return not_applicable("AWS manages it")
    return None if key.is_enabled else key.finding("is disabled", at="is_enabled")


@rule(
    "OPS-KMS-SINGLE-REGION",
    severity="low",
    on=KmsKey,
    family="operations",
    aliases={
        "prowler": "kms_cmk_not_multi_region",
    },
)
def key_of_many_regions(key: KmsKey) -> Finding | NotApplicable | None:
    """Keys belong to one region, unless they are meant to be replicated.

    Why: a multi-Region key's material leaves the region, which may be against what was promised.
    Fix: remove `multi_region = true` (it makes a new key); waive it for disaster recovery.
    Source: KMS API, KeyMetadata.MultiRegion; provider default false.
    """
    if key.key_manager == "AWS":
        return not_applicable("AWS manages it")
    return key.finding("is a multi-Region key", at="multi_region") if key.multi_region else None
