"""Deletion of secrets."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.secretsmanager import Secret


@rule(
    "BAK-SECRETSMANAGER-RECOVERY-WINDOW",
    severity="low",
    on=Secret,
    family="backup",
    production=True,
    where=("code",),
)
def secret_deleted_at_once(secret: Secret) -> Finding | None:
    """Deleted secrets can be had back.

    Why: with a window of 0 a wrong `terraform destroy` loses the secret for ever.
    Fix: remove `recovery_window_in_days = 0` (30 is the default).
    Source: Secrets Manager API, DeleteSecret.RecoveryWindowInDays: 7 to 30, 0 forces deletion.
    """
    if (secret.recovery_window_in_days or 0) < 7:
        return secret.finding("is deleted at once", at="recovery_window_in_days")
    return None
