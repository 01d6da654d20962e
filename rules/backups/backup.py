"""Backup plans and vaults: that they are there, hold long enough, and cannot be emptied."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.aws.account import Account
from auditor.dates import days_between
from auditor.policy import Policy
from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.backup import (
    BackupAirGappedVault,
    BackupPlan,
    BackupReportPlan,
    BackupRestoreTestingPlan,
    BackupRestoreTestingSelection,
    BackupSelection,
    BackupVault,
    BackupVaultLock,
    BackupVaultPolicy,
    CopyAction,
    PlanRule,
)
from auditor.services.backup_coverage import copies_elsewhere
from auditor.services.backup_points import BackupRecoveryPoint
from auditor.values import Undetermined, Unknown, all_of, any_of, matching, some


@rule(
    "BAK-BACKUP-PLAN-EXISTS",
    severity="low",
    on=(Account, BackupPlan),
    family="backup",
    production=True,
    reads=(BackupSelection,),
    aliases={
        "prowler": "backup_plans_exist",
    },
)
def nothing_is_planned(place: Account | BackupPlan) -> Finding | None:
    """A backup plan with at least one selection exists.

    Why: a plan that nothing is assigned to makes no backup.
    Fix: add an `aws_backup_plan` and an `aws_backup_selection` with its `plan_id`.
    Source: AWS Backup API, ListBackupPlans and ListBackupSelections.
    """
    if isinstance(place, Account):
        if not some(place.everything(BackupPlan), lambda _: True):
            return place.finding("has no backup plan")
        return None
    if not some(place.related(BackupSelection), lambda _: True):
        return place.finding("has no selection, so that it backs up nothing")
    return None


@rule(
    "BAK-BACKUP-VAULT-EXISTS",
    severity="low",
    on=Account,
    family="backup",
    production=True,
    reads=(BackupVault, BackupAirGappedVault),
    aliases={
        "prowler": "backup_vaults_exist",
    },
)
def no_vault(account: Account) -> Finding | None:
    """A backup vault exists.

    Why: without a vault there is nowhere for AWS Backup to put a recovery point.
    Fix: add an `aws_backup_vault`.
    Source: AWS Backup API, ListBackupVaults, in the regions that were read.
    """
    if not any_of(
        lambda: some(account.everything(BackupVault), lambda _: True),
        lambda: some(account.everything(BackupAirGappedVault), lambda _: True),
    ):
        return account.finding("has no backup vault")
    return None


@rule(
    "BAK-BACKUP-REPORT-PLAN",
    severity="low",
    on=BackupPlan,
    family="backup",
    production=True,
    reads=(BackupReportPlan,),
    aliases={
        "prowler": "backup_reportplans_exist",
    },
)
def backups_not_reported(plan: BackupPlan) -> Finding | None:
    """A backup report plan exists.

    Why: nobody can show that backups were made and copied as planned.
    Fix: add an `aws_backup_report_plan` with `report_template = "BACKUP_JOB_REPORT"`.
    Source: AWS Backup API, ListReportPlans.
    """
    if not some(plan.everything(BackupReportPlan), lambda _: True):
        return plan.finding("is not reported on: there is no report plan")
    return None


@rule(
    "BAK-BACKUP-RESTORE-TESTING",
    severity="low",
    on=BackupPlan,
    family="backup",
    production=True,
    reads=(BackupRestoreTestingPlan, BackupRestoreTestingSelection),
)
def restores_never_tried(plan: BackupPlan) -> Finding | None:
    """Recovery points are restored for test on a schedule.

    Why: a backup that was never restored is a hope.
    Fix: add an `aws_backup_restore_testing_plan` and an `aws_backup_restore_testing_selection`.
    Source: AWS Backup API, ListRestoreTestingPlans and ListRestoreTestingSelections.
    """

    def tries(testing: BackupRestoreTestingPlan) -> bool:
        return some(testing.related(BackupRestoreTestingSelection), lambda _: True)

    if not some(plan.everything(BackupRestoreTestingPlan), tries):
        return plan.finding("makes recovery points that are never restored for test")
    return None


@rule(
    "BAK-BACKUP-PLAN-RETENTION",
    severity="medium",
    on=BackupPlan,
    family="backup",
    production=True,
    frameworks={
        "pci-dss-4": "3.2.1 3.3.1.1 3.3.1.3 3.3.2 3.3.3 10.3.3 10.5.1",
    },
)
def not_daily_or_not_kept(plan: BackupPlan, *, minimum_days: int = 35) -> Finding | None:
    """Backup plans run daily and keep points for 35 days or more.

    Why: what was lost between two backups, or before the oldest one, cannot be brought back.
    Fix: give a rule a daily `schedule` and `lifecycle { delete_after = 35 }`.
    Source: AWS Backup API, BackupRule.ScheduleExpression and Lifecycle.DeleteAfterDays; without
    DeleteAfterDays a point is kept for ever. One such rule is enough, as in AWS Config's
    backup-plan-min-frequency-and-min-retention-check; others may keep less.
    """

    def enough(each: PlanRule) -> bool:
        return all_of(lambda: _is_daily(each), lambda: _keeps(each, minimum_days))

    if not some(plan.rule, enough):
        return plan.finding(
            f"has no rule that runs daily and keeps points for {minimum_days} days", at="rule"
        )
    return None


@rule(
    "BAK-BACKUP-POINT-RETENTION",
    severity="medium",
    on=BackupRecoveryPoint,
    family="backup",
    production=True,
    where=("live",),
    frameworks={
        "pci-dss-4": "3.2.1 3.3.1.1 3.3.1.3 3.3.2 3.3.3 10.3.3 10.5.1",
    },
)
def point_not_kept(point: BackupRecoveryPoint, *, minimum_days: int = 35) -> Finding | None:
    """Recovery points live for 35 days or more.

    Why: damage that is noticed later than that cannot be undone.
    Fix: raise `delete_after` in the plan's rule; it counts for new recovery points.
    Source: AWS Backup API, RecoveryPointByBackupVault.CalculatedLifecycle and CreationDate.
    """
    if point.delete_at is None:
        return None
    kept = days_between(point.created, point.delete_at)
    if kept < minimum_days:
        return point.finding(f"lives for {kept} days", at="delete_at")
    return None


@rule(
    "BAK-BACKUP-NO-MANUAL-DELETE",
    severity="medium",
    on=BackupVault,
    family="backup",
    production=True,
    reads=(BackupVaultPolicy,),
    frameworks={
        "pci-dss-4": (
            "3.5.1.3 7.2.1 7.2.2 7.2.5 7.3.1 7.3.2 7.3.3 8.2.7 8.2.8 8.3.4 10.3.2 A1.1.2 A3.4.1"
        ),
    },
)
def points_can_be_deleted(vault: BackupVault) -> Iterator[Finding]:
    """Vault policies deny manual deletion of recovery points.

    Why: whoever takes over an administrator deletes the backups first.
    Fix: add an `aws_backup_vault_policy` that denies everyone these actions on `*`.
    Source: AWS Backup Developer Guide, "Deny access to delete recovery points in a backup vault".
    """

    def allowed(action: str) -> bool:
        return not some(
            vault.related(BackupVaultPolicy), lambda p: Policy.parse(p.policy).denies(action)
        )

    for action in matching(_DELETING, allowed):
        yield vault.finding(f"does not deny {action}", key=action)


@rule(
    "BAK-BACKUP-VAULT-LOCK",
    severity="medium",
    on=BackupVault,
    family="backup",
    production=True,
    reads=(BackupVaultLock,),
)
def vault_not_locked(vault: BackupVault) -> Finding | None:
    """Vaults are locked.

    Why: without a lock recovery points can be deleted, or left to expire, before their time.
    Fix: add an `aws_backup_vault_lock_configuration` with `min_retention_days`; with
    `changeable_for_days` it can never be taken away again.
    Source: AWS Backup API, BackupVaultListMember.Locked and MinRetentionDays; unlocked unless set.
    """
    if not some(vault.related(BackupVaultLock), lambda lock: lock.min_retention_days is not None):
        return vault.finding("has no lock with a minimum retention")
    return None


@rule(
    "BAK-BACKUP-CROSS-REGION-COPY",
    severity="low",
    on=BackupPlan,
    family="backup",
    production=True,
    reads=(BackupVault, BackupAirGappedVault),
)
def copies_stay_in_the_region(plan: BackupPlan) -> Finding | None:
    """Backup plans copy points to another region.

    Why: when the region is lost, so are the backups in it.
    Fix: add a `copy_action` with the ARN of a vault in another region to a rule.
    Source: AWS Backup API, CopyAction.DestinationBackupVaultArn; none unless set.
    """
    if not copies_elsewhere(plan):
        return plan.finding("copies nothing to another region", at="rule")
    return None


@rule(
    "BAK-BACKUP-CROSS-ACCOUNT-COPY",
    severity="low",
    on=BackupPlan,
    family="backup",
    production=True,
    reads=(BackupVault, BackupAirGappedVault),
)
def copies_stay_in_the_account(plan: BackupPlan) -> Finding | None:
    """Backup plans copy points to another account.

    Why: whoever takes over the account takes over the backups with it.
    Fix: add a `copy_action` with the ARN of a vault in another account to a rule.
    Source: AWS Backup API, CopyAction.DestinationBackupVaultArn; none unless set.
    """

    def leaves(each: PlanRule) -> bool:
        return some(each.copy_action, lambda copy: _account_of(copy) != _own_account(plan))

    if not some(plan.rule, leaves):
        return plan.finding("copies nothing to another account", at="rule")
    return None


_DELETING = (
    "backup:DeleteRecoveryPoint",
    "backup:UpdateRecoveryPointLifecycle",
    "backup:PutBackupVaultAccessPolicy",
)
_DAILY_RATE = re.compile(r"rate\((?:1 day|(?:1[0-9]|2[0-4]|[1-9]) hours?)\)")


def _is_daily(each: PlanRule) -> bool:
    """Whether a rule makes a point every day: by its schedule, or all the time."""
    if each.schedule is None:
        return each.enable_continuous_backup
    text = each.schedule.strip()
    if text.startswith("cron("):
        fields = text[5:].rstrip(")").split()
        # Minutes, hours, day of month, month, day of week, year.
        return len(fields) == 6 and all(f in ("*", "?", "1/1", "*/1") for f in fields[2:])
    return _DAILY_RATE.fullmatch(text) is not None


def _keeps(each: PlanRule, days: int) -> bool:
    lifecycle = each.lifecycle
    if not lifecycle or lifecycle.delete_after is None:
        return True
    return bool(lifecycle.delete_after >= days)


def _account_of(copy: CopyAction) -> str | Unknown:
    arn = copy.destination_vault_arn
    if isinstance(arn, Unknown):
        vault = copy.follow("destination_vault_arn")
        return _own_account(vault)
    return str(arn).split(":")[4]


def _own_account(resource: BackupPlan | BackupVault) -> str | Unknown:
    if resource.account:
        return resource.account
    raise Undetermined(Unknown(because=f"the account of {resource.address} is not known"))
