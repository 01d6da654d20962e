"""Deletion of KMS keys, and with them of all that they encrypt."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.kms import KmsExternalKey, KmsKey, KmsReplicaKey


@rule(
    "BAK-KMS-NOT-PENDING-DELETION",
    severity="critical",
    on=KmsKey,
    family="backup",
    where=("live",),
    aliases={
        "prowler": "kms_cmk_not_deleted_unintentionally",
    },
    frameworks={
        "fsbp": "KMS.3",
        "nist-800-53-r5": "SC-12 SC-12(2)",
        "pci-dss-4": (
            "3.5.1.1 3.5.1.3 3.6.1 3.6.1.2 3.6.1.3 3.6.1.4 3.7.1 3.7.2 3.7.4 3.7.6 3.7.7 4.2.1.1"
        ),
    },
)
def key_to_be_deleted(key: KmsKey) -> Finding | None:
    """Customer managed keys are not waiting for their deletion.

    Why: when the window is over, everything that the key encrypts is lost for ever.
    Fix: unless it is meant, cancel it (`aws kms cancel-key-deletion`) and enable the key.
    Source: KMS API, KeyMetadata.KeyState.
    """
    if key.key_state in ("PendingDeletion", "PendingReplicaDeletion"):
        return key.finding("is to be deleted", at="key_state")
    return None


@rule(
    "BAK-KMS-DELETION-WINDOW",
    severity="low",
    on=(KmsKey, KmsReplicaKey, KmsExternalKey),
    family="backup",
    production=True,
    where=("code",),
)
def deletion_window_short(
    key: KmsKey | KmsReplicaKey | KmsExternalKey, *, days: int = 14
) -> Finding | None:
    """Deleted keys can be had back for two weeks or more.

    Why: it is the time that there is to notice what still needs the key.
    Fix: set `deletion_window_in_days` to 14 or more (30 is the default).
    Source: KMS API, ScheduleKeyDeletion.PendingWindowInDays: 7 to 30, default 30.
    """
    if (key.deletion_window_in_days or 0) < days:
        return key.finding(
            f"can be had back for less than {days} days", at="deletion_window_in_days"
        )
    return None
