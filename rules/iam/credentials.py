"""Passwords, keys and MFA of users, as the credential report tells them.

Ages are counted to when AWS made the report, so that a rule says the same of the same report.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.dates import days_between
from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.iam import IamUserGroupMembership
from auditor.services.iam_account import ROOT, IamCredentials, IamVirtualMfaDevice
from auditor.services.iam_policies import (
    IamGroupPolicyAttachment,
    IamUserPolicyAttachment,
    attaches,
)
from auditor.values import some

_ROOT = not_applicable("the root user is judged on the account")
_KEYS = ("access_key_1", "access_key_2")


@rule(
    "IAM-USER-CONSOLE-MFA",
    severity="high",
    on=IamCredentials,
    family="iam",
    where=("live",),
    aliases={
        "trivy": "AWS-0145",
        "prowler": "iam_user_mfa_enabled_console_access",
    },
    frameworks={
        "fsbp": "IAM.5",
        "cis-aws-3.0": "1.10",
        "cis-aws-5.0": "1.9",
        "nist-800-53-r5": "AC-2(1) AC-3(15) IA-2(1) IA-2(2) IA-2(6) IA-2(8)",
        "pci-dss-4": "8.4.1 8.4.2 8.4.3",
    },
)
def console_without_mfa(user: IamCredentials) -> Finding | NotApplicable | None:
    """Users with a password for the console have MFA.

    Why: passwords are guessed, reused and phished; nothing else stands between them and the
    account.
    Fix: assign an MFA device, or delete the password.
    Source: IAM credential report, password_enabled and mfa_active.
    """
    if user.user == ROOT:
        return _ROOT
    if user.password_enabled and not user.mfa_active:
        return user.finding("has a password for the console and no MFA", at="mfa_active")
    return None


@rule(
    "IAM-USER-MFA",
    severity="medium",
    on=IamCredentials,
    family="iam",
    where=("live",),
    requires=("IAM-USER-CONSOLE-MFA",),
    frameworks={
        "fsbp": "IAM.19",
        "nist-800-53-r5": "AC-2(1) AC-3(15) IA-2(1) IA-2(2) IA-2(6) IA-2(8)",
        "pci-dss-4": "7.2.1 7.2.2 7.2.5 7.3.1 7.3.2 7.3.3 8.4.1 8.4.2 8.4.3 11.5.2",
    },
)
def user_without_mfa(user: IamCredentials) -> Finding | NotApplicable | None:
    """Every IAM user has MFA.

    Why: policies that ask for MFA cannot be met by a user without a device.
    Fix: assign an MFA device, or replace the user by a role.
    Source: IAM credential report, mfa_active.
    """
    if user.user == ROOT:
        return _ROOT
    return None if user.mfa_active else user.finding("has no MFA", at="mfa_active")


@rule(
    "IAM-USER-HARDWARE-MFA",
    severity="medium",
    on=IamCredentials,
    family="iam",
    where=("live",),
    reads=(IamVirtualMfaDevice,),
    requires=("IAM-USER-CONSOLE-MFA", "IAM-USER-MFA"),
    aliases={
        "prowler": "iam_user_hardware_mfa_enabled",
    },
)
def user_with_virtual_mfa(user: IamCredentials) -> Finding | NotApplicable | None:
    """IAM users have hardware MFA only.

    Why: a virtual device's seed can be copied and its codes phished; one such device is enough
    for whoever has it, also beside a hardware one.
    Fix: assign a FIDO2 security key and remove the virtual device.
    Source: IAM API, ListVirtualMFADevices; credential report, mfa_active.
    """
    if user.user == ROOT:
        return _ROOT
    if not user.mfa_active:
        return user.finding("has no MFA", at="mfa_active")
    if some(user.everything(IamVirtualMfaDevice), lambda device: device.user_name == user.user):
        return user.finding("has a virtual MFA device")
    return None


@rule(
    "IAM-USER-KEY-ROTATION-90",
    severity="medium",
    on=IamCredentials,
    family="iam",
    where=("live",),
    aliases={
        "trivy": "AWS-0146",
        "prowler": "iam_rotate_access_key_90_days",
    },
    frameworks={
        "fsbp": "IAM.3",
        "cis-aws-3.0": "1.14",
        "cis-aws-5.0": "1.13",
        "nist-800-53-r5": "AC-2(1) AC-2(3) AC-3(15)",
        "pci-dss-4": "8.3.5 8.3.7 8.3.9 8.3.10.1 8.6.3",
    },
)
def key_not_rotated(user: IamCredentials, *, days: int = 90) -> Iterator[Finding]:
    """Active access keys are at most 90 days old.

    Why: the older a key, the more places it has been copied to.
    Fix: make a new key, switch to it, delete the old one; better, replace the user by a role.
    Source: IAM credential report, access_key_N_active and access_key_N_last_rotated.
    """
    for key in _KEYS:
        if user.get(f"{key}_active") and _age(user, f"{key}_last_rotated") > days:
            at = f"{key}_last_rotated"
            yield user.finding(f"has an access key that is older than {days} days", at=at, key=key)


def _age(user: IamCredentials, *names: str) -> int:
    """Days since the first of these dates that there is, counted to the report."""
    since: Any = next((user.get(name) for name in names if user.get(name) is not None), None)
    return days_between(since, user.generated_time)


@rule(
    "IAM-USER-UNUSED-45",
    severity="medium",
    on=IamCredentials,
    family="iam",
    where=("live",),
    aliases={
        "trivy": "AWS-0166",
        "prowler": "iam_user_accesskey_unused iam_user_console_access_unused",
    },
    frameworks={
        "fsbp": "IAM.22",
        "cis-aws-3.0": "1.12",
        "cis-aws-5.0": "1.11",
        "nist-800-53-r5": (
            "AC-2 AC-2(1) AC-2(3) AC-2(6) AC-3 AC-3(3) AC-3(4) AC-3(7) AC-3(8) "
            "AC-3(12) AC-3(13) AC-3(15) AC-4(28) AC-6 AC-24 CM-5(1) CM-6 CM-9 MP-2 "
            "SC-23(3)"
        ),
        "pci-dss-4": "7.2.4 7.2.5.1 8.2.6 A3.4.1",
    },
)
def unused_for_45_days(user: IamCredentials, *, days: int = 45) -> Iterator[Finding]:
    """Passwords and keys that were not used for 45 days are disabled.

    Why: nobody notices when a credential that nobody uses is used by somebody else.
    Fix: deactivate the key, delete the password.
    Source: IAM credential report, …_last_used and …_last_used_date; what was never used counts
    from when it was made.
    """
    yield from _unused(user, days)


@rule(
    "IAM-USER-UNUSED-90",
    severity="medium",
    on=IamCredentials,
    family="iam",
    where=("live",),
    requires=("IAM-USER-UNUSED-45",),
    aliases={
        "trivy": "AWS-0144",
    },
    frameworks={
        "fsbp": "IAM.8",
        "nist-800-53-r5": "AC-2 AC-2(1) AC-2(3) AC-3 AC-3(7) AC-3(15) AC-6",
        "pci-dss-4": "7.2.1 7.2.2 7.2.4 7.2.5 7.2.5.1 7.3.1 7.3.2 7.3.3 8.2.6 A3.4.1",
    },
)
def unused_for_90_days(user: IamCredentials, *, days: int = 90) -> Iterator[Finding]:
    """Passwords and keys that were not used for 90 days are removed.

    Why: nobody notices when a credential that nobody uses is used by somebody else.
    Fix: delete the key or password.
    Source: IAM credential report, …_last_used and …_last_used_date; what was never used counts
    from when it was made.
    """
    yield from _unused(user, days)


def _unused(user: IamCredentials, days: int) -> Iterator[Finding]:
    dates = ("password_last_used", "password_last_changed", "user_creation_time")
    if user.password_enabled and user.user != ROOT and _age(user, *dates) > days:
        yield user.finding(
            f"has a password that was not used for {days} days",
            at="password_last_used",
            key="password",
        )
    for key in _KEYS:
        used = f"{key}_last_used_date"
        if user.get(f"{key}_active") and _age(user, used, f"{key}_last_rotated") > days:
            yield user.finding(
                f"has an access key that was not used for {days} days", at=used, key=key
            )


@rule(
    "IAM-USER-NO-INITIAL-KEY",
    severity="medium",
    on=IamCredentials,
    family="iam",
    where=("live",),
    aliases={
        "prowler": "iam_user_no_setup_initial_access_key",
    },
    frameworks={
        "cis-aws-3.0": "1.11",
        "cis-aws-5.0": "1.10",
    },
)
def key_from_the_first_day(user: IamCredentials) -> Iterator[Finding]:
    """Users of the console have no access key that came with the user and was never used.

    Why: a key that was made because a box was ticked lies about in a downloaded file.
    Fix: delete the key; let users make keys when they need them.
    Source: IAM credential report; made within a day of the user, without a date of last use.
    """
    if user.password_enabled:
        for key in _KEYS:
            if user.get(f"{key}_active") and _is_never_used_of_the_first_day(user, key):
                yield user.finding(
                    "has an access key that was made with the user and never used",
                    at=f"{key}_active",
                    key=key,
                )


def _is_never_used_of_the_first_day(user: IamCredentials, key: str) -> bool:
    if user.get(f"{key}_last_used_date") is not None:
        return False
    return days_between(user.user_creation_time, user.get(f"{key}_last_rotated")) == 0


@rule(
    "IAM-ADMIN-USER-MFA",
    severity="high",
    on=IamCredentials,
    family="iam",
    where=("live",),
    reads=(IamUserPolicyAttachment, IamUserGroupMembership, IamGroupPolicyAttachment),
    aliases={
        "prowler": "iam_administrator_access_with_mfa",
    },
)
def administrator_without_mfa(user: IamCredentials) -> Finding | NotApplicable | None:
    """Users with AdministratorAccess have MFA.

    Why: the password or key of such a user is all it takes to own the account.
    Fix: assign an MFA device.
    Source: IAM credential report, mfa_active; attachments of the user and of its groups.
    """
    if user.user == ROOT:
        return _ROOT
    if user.mfa_active or not _is_administrator(user):
        return None
    return user.finding("has AdministratorAccess and no MFA", at="mfa_active")


def _is_administrator(user: IamCredentials) -> bool:
    own = user.everything(IamUserPolicyAttachment)
    if some(own, lambda a: a.user == user.user and attaches(a, "AdministratorAccess")):
        return True
    memberships = user.everything(IamUserGroupMembership)
    return some(
        user.everything(IamGroupPolicyAttachment),
        lambda attached: (
            attaches(attached, "AdministratorAccess")
            and some(memberships, lambda m: m.user == user.user and attached.group in m.groups)
        ),
    )
