"""Rotation and use of secrets in Secrets Manager."""

from __future__ import annotations

import re

from auditor.dates import days_between
from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.secretsmanager import RotationRules, Secret, SecretRotation
from auditor.values import Unknown, some


@rule(
    "SEC-SECRETSMANAGER-ROTATION",
    severity="medium",
    on=Secret,
    family="secrets",
    reads=(SecretRotation,),
    aliases={
        "checkov": "CKV2_AWS_57",
        "prowler": "secretsmanager_automatic_rotation_enabled",
    },
    frameworks={
        "fsbp": "SecretsManager.1",
        "nist-800-53-r5": "AC-2(1) AC-3(15)",
        "pci-dss-4": "3.5.1 8.2.2 8.3.2 8.3.5 8.3.7 8.3.9 8.3.10.1 8.6.3",
    },
)
def secret_not_rotated(secret: Secret) -> Finding | NotApplicable | None:
    """Secrets rotate by themselves.

    Why: a secret that leaked works until somebody changes it, and nobody likes to.
    Fix: add an `aws_secretsmanager_secret_rotation`; for database passwords let RDS manage them
    (`manage_master_user_password`).
    Source: Secrets Manager API, SecretListEntry.RotationEnabled; secrets that a service owns
    (OwningService) are rotated by it.
    """
    if secret.owning_service is not None:
        return not_applicable(f"{secret.owning_service} manages it")
    if some(secret.related(SecretRotation), lambda _: True):
        return None
    return secret.finding("does not rotate")


@rule(
    "SEC-SECRETSMANAGER-ROTATION-90",
    severity="medium",
    on=SecretRotation,
    family="secrets",
    aliases={
        "checkov": "CKV_AWS_304",
        "prowler": "secretsmanager_secret_rotated_periodically",
    },
    frameworks={
        "fsbp": "SecretsManager.4",
        "nist-800-53-r5": "AC-2(1) AC-3(15)",
        "pci-dss-4": "8.2.2 8.3.5 8.3.7 8.3.9 8.3.10.1 8.6.3",
    },
)
def secret_rotated_rarely(rotation: SecretRotation, *, days: int = 90) -> Finding | None:
    """Secrets rotate at least every 90 days.

    Why: a secret that leaked works for as long.
    Fix: set `automatically_after_days` to 90 or less.
    Source: Secrets Manager API, RotationRulesType.
    """
    rules = rotation.rotation_rules
    if rules is None:
        return rotation.finding("says nothing of when it rotates", at="rotation_rules")
    if _days(rules) > days:
        at = "automatically_after_days" if rules.automatically_after_days else "schedule_expression"
        return rules.finding(f"rotates less often than every {days} days", at=at)
    return None


_RATE = re.compile(r"rate\((\d+) (hours?|days?)\)")
_CRON = re.compile(r"cron\(\S+ \S+ \S+ (\S+) \S+ (\S+)\)")


def _days(rules: RotationRules) -> float:
    """The longest time between two rotations in days."""
    if rules.automatically_after_days is not None:
        return float(rules.automatically_after_days)
    expression = rules.schedule_expression
    if isinstance(expression, Unknown):
        expression.undetermined()
    rate = _RATE.fullmatch(expression or "")
    if rate:
        return int(rate.group(1)) / (24 if rate.group(2).startswith("hour") else 1)
    cron = _CRON.fullmatch(expression or "")
    step = _months(cron.group(1)) if cron and cron.group(2) == "*" else None
    if step is None:
        Unknown(because=f"the schedule {expression} is not understood").undetermined()
    return step * 31.0


def _months(field: str) -> int | None:
    """Months between two that a cron field names; `None` for forms that are not read."""
    if field == "*":
        return 1
    step = re.fullmatch(r"(?:\*|1)/(\d+)", field)
    if step:
        return min(int(step.group(1)), 12) or None
    if not re.fullmatch(r"\d+(,\d+)*", field):
        return None
    months = sorted({int(text) for text in field.split(",")})
    following = [*months[1:], months[0] + 12]
    return max(after - month for month, after in zip(months, following, strict=True))


@rule(
    "SEC-SECRETSMANAGER-ROTATION-SUCCEEDS",
    severity="medium",
    on=SecretRotation,
    family="secrets",
    where=("live",),
    reads=(Secret,),
    frameworks={
        "fsbp": "SecretsManager.2",
        "nist-800-53-r5": "AC-2(1) AC-3(15)",
        "pci-dss-4": "8.2.2 8.3.5 8.3.7 8.3.9 8.3.10.1 8.6.3",
    },
)
def rotation_fails(rotation: SecretRotation) -> Finding | None:
    """Rotation of secrets happens when it is due.

    Why: a rotation that fails leaves the old secret in use, and nobody notices.
    Fix: look into the logs of the rotation function.
    Source: Secrets Manager API, SecretListEntry.LastRotatedDate against RotationRules, with a day's
    grace.
    """
    secret = rotation.follow("secret_id")
    rules = rotation.rotation_rules
    if rules is None:
        return None
    since = secret.created_date if secret.last_rotated_date is None else secret.last_rotated_date
    if days_between(since, secret.read_at) > _days(rules) + 1:
        return rotation.finding("was due to rotate and did not")
    return None


@rule(
    "SEC-SECRETSMANAGER-UNUSED",
    severity="medium",
    on=Secret,
    family="secrets",
    where=("live",),
    aliases={
        "prowler": "secretsmanager_secret_unused",
    },
    frameworks={
        "fsbp": "SecretsManager.3",
        "nist-800-53-r5": "AC-2(1) AC-3(15)",
        "pci-dss-4": "7.2.4 7.2.5.1 7.3.1 7.3.2 8.2.2 8.2.6 A3.4.1",
    },
)
def secret_unused(secret: Secret, *, days: int = 90) -> Finding | None:
    """Secrets that were not read for 90 days are removed.

    Why: what nobody uses nobody rotates; but it may still open something.
    Fix: delete the secret; it can be had back for 30 days.
    Source: Secrets Manager API, SecretListEntry.LastAccessedDate; a secret that was never read
    counts from when it was made.
    """
    since = secret.created_date if secret.last_accessed_date is None else secret.last_accessed_date
    if days_between(since, secret.read_at) > days:
        return secret.finding(f"was not read for {days} days", at="last_accessed_date")
    return None
