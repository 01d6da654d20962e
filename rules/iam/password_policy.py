"""The account's password policy for IAM users.

An account without one has AWS's default: 8 characters, three kinds of them, never expires. In code
an absent resource says nothing, as another configuration may hold it.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.aws.account import Account
from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.iam_account import IamAccountPasswordPolicy
from auditor.values import some


def _without_policy(account: Account) -> Finding | NotApplicable:
    if some(account.everything(IamAccountPasswordPolicy), lambda _: True):
        return not_applicable("its password policy is judged by itself")
    return account.finding("has no password policy, so that AWS's default holds")


def _asks(
    judged: IamAccountPasswordPolicy | Account, argument: str, says: str
) -> Finding | NotApplicable | None:
    if isinstance(judged, Account):
        return _without_policy(judged)
    return None if judged.get(argument) else judged.finding(says, at=argument)


@rule(
    "IAM-PWPOLICY-LENGTH-14",
    severity="medium",
    on=(IamAccountPasswordPolicy, Account),
    family="iam",
    aliases={
        "checkov": "CKV_AWS_10",
        "trivy": "AWS-0063",
        "prowler": "iam_password_policy_minimum_length_14",
    },
    frameworks={
        "fsbp": "IAM.15",
        "cis-aws-3.0": "1.8",
        "cis-aws-5.0": "1.7",
        "nist-800-53-r5": (
            "AC-2 AC-2(1) AC-2(3) AC-3(3) AC-3(4) AC-3(8) AC-3(12) AC-3(13) AC-3(15) "
            "AC-4(28) AC-7(4) AC-24 CM-5(1) CM-6 CM-9 CM-12 IA-4 IA-5 IA-5(1) "
            "IA-5(18) IA-8(2) MA-4 SC-23(3)"
        ),
    },
)
def passwords_short(
    judged: IamAccountPasswordPolicy | Account, *, length: int = 14
) -> Finding | NotApplicable | None:
    """Passwords have 14 characters or more.

    Why: short passwords are guessed, and found from leaked hashes in hours.
    Fix: set `minimum_password_length = 14`.
    Source: IAM API, PasswordPolicy.MinimumPasswordLength; provider default 6, AWS's default 8.
    """
    if isinstance(judged, Account):
        return _without_policy(judged)
    if (judged.minimum_password_length or 0) < length:
        return judged.finding(
            f"allows passwords of less than {length} characters", at="minimum_password_length"
        )
    return None


@rule(
    "IAM-PWPOLICY-REUSE-24",
    severity="medium",
    on=(IamAccountPasswordPolicy, Account),
    family="iam",
    aliases={
        "checkov": "CKV_AWS_13",
        "trivy": "AWS-0056",
        "prowler": "iam_password_policy_reuse_24",
    },
    frameworks={
        "fsbp": "IAM.16",
        "cis-aws-3.0": "1.9",
        "cis-aws-5.0": "1.8",
        "pci-dss-4": "8.3.6 8.6.3 11.3.1.3 11.5.2",
    },
)
def passwords_reused(
    judged: IamAccountPasswordPolicy | Account, *, remembered: int = 24
) -> Finding | NotApplicable | None:
    """The last 24 passwords cannot be used again.

    Why: else a leaked password comes back after a change.
    Fix: set `password_reuse_prevention = 24`.
    Source: IAM API, PasswordPolicy.PasswordReusePrevention; left out nothing is remembered.
    """
    if isinstance(judged, Account):
        return _without_policy(judged)
    if (judged.password_reuse_prevention or 0) < remembered:
        return judged.finding(
            f"remembers less than {remembered} passwords", at="password_reuse_prevention"
        )
    return None


@rule(
    "IAM-PWPOLICY-EXPIRY-90",
    severity="low",
    on=(IamAccountPasswordPolicy, Account),
    family="iam",
    aliases={
        "checkov": "CKV_AWS_9",
        "trivy": "AWS-0062",
        "prowler": "iam_password_policy_expires_passwords_within_90_days_or_less",
    },
    frameworks={
        "fsbp": "IAM.17",
        "pci-dss-4": "8.3.6 8.6.3",
    },
)
def passwords_never_expire(
    judged: IamAccountPasswordPolicy | Account, *, days: int = 90
) -> Finding | NotApplicable | None:
    """Passwords expire within 90 days.

    Why: a password that leaked unseen stops working at last.
    Fix: set `max_password_age = 90`.
    Source: IAM API, PasswordPolicy.MaxPasswordAge; left out, or 0, passwords never expire.
    """
    if isinstance(judged, Account):
        return _without_policy(judged)
    age = judged.max_password_age or 0
    if age == 0 or age > days:
        return judged.finding(f"lets passwords be older than {days} days", at="max_password_age")
    return None


@rule(
    "IAM-PWPOLICY-UPPERCASE",
    severity="medium",
    on=(IamAccountPasswordPolicy, Account),
    family="iam",
    aliases={
        "checkov": "CKV_AWS_15",
        "trivy": "AWS-0061",
        "prowler": "iam_password_policy_uppercase",
    },
    frameworks={
        "fsbp": "IAM.11",
    },
)
def passwords_without_uppercase(
    judged: IamAccountPasswordPolicy | Account,
) -> Finding | NotApplicable | None:
    """Passwords have an upper-case letter.

    Why: fewer kinds of characters are fewer passwords to try.
    Fix: set `require_uppercase_characters = true`.
    Source: IAM API, PasswordPolicy; left out it is not asked for (UpdateAccountPasswordPolicy).
    """
    return _asks(judged, "require_uppercase_characters", "asks for no upper-case letter")


@rule(
    "IAM-PWPOLICY-LOWERCASE",
    severity="medium",
    on=(IamAccountPasswordPolicy, Account),
    family="iam",
    aliases={
        "checkov": "CKV_AWS_11",
        "trivy": "AWS-0058",
        "prowler": "iam_password_policy_lowercase",
    },
    frameworks={
        "fsbp": "IAM.12",
    },
)
def passwords_without_lowercase(
    judged: IamAccountPasswordPolicy | Account,
) -> Finding | NotApplicable | None:
    """Passwords have a lower-case letter.

    Why: fewer kinds of characters are fewer passwords to try.
    Fix: set `require_lowercase_characters = true`.
    Source: IAM API, PasswordPolicy; left out it is not asked for (UpdateAccountPasswordPolicy).
    """
    return _asks(judged, "require_lowercase_characters", "asks for no lower-case letter")


@rule(
    "IAM-PWPOLICY-SYMBOL",
    severity="medium",
    on=(IamAccountPasswordPolicy, Account),
    family="iam",
    aliases={
        "checkov": "CKV_AWS_14",
        "trivy": "AWS-0060",
        "prowler": "iam_password_policy_symbol",
    },
    frameworks={
        "fsbp": "IAM.13",
    },
)
def passwords_without_symbol(
    judged: IamAccountPasswordPolicy | Account,
) -> Finding | NotApplicable | None:
    """Passwords have a symbol.

    Why: fewer kinds of characters are fewer passwords to try.
    Fix: set `require_symbols = true`.
    Source: IAM API, PasswordPolicy; left out it is not asked for (UpdateAccountPasswordPolicy).
    """
    return _asks(judged, "require_symbols", "asks for no symbol")


@rule(
    "IAM-PWPOLICY-NUMBER",
    severity="medium",
    on=(IamAccountPasswordPolicy, Account),
    family="iam",
    aliases={
        "checkov": "CKV_AWS_12",
        "trivy": "AWS-0059",
        "prowler": "iam_password_policy_number",
    },
    frameworks={
        "fsbp": "IAM.14",
    },
)
def passwords_without_digit(
    judged: IamAccountPasswordPolicy | Account,
) -> Finding | NotApplicable | None:
    """Passwords have a digit.

    Why: fewer kinds of characters are fewer passwords to try.
    Fix: set `require_numbers = true`.
    Source: IAM API, PasswordPolicy; left out it is not asked for (UpdateAccountPasswordPolicy).
    """
    return _asks(judged, "require_numbers", "asks for no digit")


@rule(
    "IAM-PWPOLICY-STRONG",
    severity="medium",
    on=(IamAccountPasswordPolicy, Account),
    family="iam",
    frameworks={
        "fsbp": "IAM.7 IAM.10",
        "nist-800-53-r5": "AC-2(1) AC-2(3) AC-3(15) IA-5(1)",
    },
)
def passwords_weak(
    judged: IamAccountPasswordPolicy | Account, *, length: int = 8
) -> Iterator[Finding | NotApplicable]:
    """Passwords have 8 characters of all four kinds.

    Why: weaker ones are guessed.
    Fix: set `minimum_password_length`, and the four `require_…` arguments to true.
    Source: Security Hub control IAM.7, with its default parameters.
    """
    if isinstance(judged, Account):
        yield _without_policy(judged)
        return
    if (judged.minimum_password_length or 0) < length:
        at = "minimum_password_length"
        yield judged.finding(f"allows passwords of less than {length} characters", at=at, key=at)
    for name in (
        "require_uppercase_characters",
        "require_lowercase_characters",
        "require_symbols",
        "require_numbers",
    ):
        if not judged.get(name):
            yield judged.finding(f"leaves {name} off", at=name, key=name)
