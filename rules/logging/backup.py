"""What AWS Backup tells."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.backup import BackupVault, BackupVaultNotifications
from auditor.values import matching, some


@rule(
    "LOG-BACKUP-NOTIFICATIONS",
    severity="low",
    on=BackupVault,
    family="logging",
    production=True,
    reads=(BackupVaultNotifications,),
)
def failures_go_unnoticed(vault: BackupVault) -> Iterator[Finding]:
    """Vaults notify about failed jobs.

    Why: that there is no backup is noticed when one is needed.
    Fix: add an `aws_backup_vault_notifications` with the events `BACKUP_JOB_FAILED` and
    `COPY_JOB_FAILED`, and a topic whose policy lets `backup.amazonaws.com` publish.
    Source: AWS Backup API, GetBackupVaultNotifications; none unless set.
    """

    def silent(events: tuple[str, ...]) -> bool:
        return not some(
            vault.related(BackupVaultNotifications),
            lambda told: some(events, lambda event: event in told.backup_vault_events),
        )

    for events in matching(_FAILURES, silent):
        yield vault.finding(f"tells nobody of {events[0]}", key=events[0])


# BACKUP_JOB_COMPLETED is told for every job that ended, whatever its outcome.
_FAILURES = (("BACKUP_JOB_FAILED", "BACKUP_JOB_COMPLETED"), ("COPY_JOB_FAILED",))
