"""Passwords of Cognito users."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.cognito import CognitoUserPool
from auditor.services.left_out import left_to_aws
from auditor.values import every


@rule(
    "IAM-COGNITO-PASSWORD-STRONG",
    severity="medium",
    on=CognitoUserPool,
    family="iam",
    frameworks={
        "fsbp": "Cognito.3",
    },
)
def weak_passwords(pool: CognitoUserPool) -> Finding | None:
    """User pool password policy meets the combined strength profile.

    Why: what each setting allows adds up: passwords that are guessed or leaked.
    Fix: in `password_policy` set `minimum_length` to 8 or more, the four `require_…` flags, and
    `temporary_password_validity_days` to 7 or fewer; or leave the block out.
    Source: Cognito API, PasswordPolicyType. Cognito's own policy meets the profile.
    """
    if left_to_aws(pool, "password_policy"):
        return None
    policy = pool.password_policy
    assert policy is not None
    if (policy.minimum_length or 0) < 8:
        return policy.finding("accepts passwords shorter than 8", at="minimum_length")
    if not every(_CLASSES, lambda name: policy.get(name)):
        return pool.finding("does not ask for all kinds of characters", at="password_policy")
    if (policy.temporary_password_validity_days or 0) > 7:
        return policy.finding(
            "keeps temporary passwords for more than 7 days", at="temporary_password_validity_days"
        )
    return None


@rule(
    "IAM-COGNITO-PASSWORD-LENGTH-14",
    severity="medium",
    on=CognitoUserPool,
    family="iam",
    aliases={
        "prowler": "cognito_user_pool_password_policy_minimum_length_14",
    },
)
def short_passwords(pool: CognitoUserPool, *, minimum_length: int = 14) -> Finding | None:
    """User pool passwords have 14 or more characters.

    Why: length is what makes a password hard to guess.
    Fix: set `minimum_length = 14` in `password_policy` (with the four `require_…` flags, which
    are off in a block that does not set them).
    Source: Cognito API, PasswordPolicyType.MinimumLength; 8 unless set.
    """
    if left_to_aws(pool, "password_policy"):
        return pool.finding("accepts passwords of 8 characters", at="password_policy")
    policy = pool.password_policy
    assert policy is not None
    if (policy.minimum_length or 0) < minimum_length:
        return policy.finding(
            f"accepts passwords of {policy.minimum_length} characters", at="minimum_length"
        )
    return None


@rule(
    "IAM-COGNITO-PASSWORD-LOWERCASE",
    severity="medium",
    on=CognitoUserPool,
    family="iam",
    aliases={
        "prowler": "cognito_user_pool_password_policy_lowercase",
    },
)
def passwords_without_lower_case(pool: CognitoUserPool) -> Finding | None:
    """User pool passwords need a lower-case letter.

    Why: simpler passwords are guessed sooner.
    Fix: set `require_lowercase = true` in `password_policy`.
    Source: Cognito API, PasswordPolicyType; without the block Cognito asks for it, with the block
    a flag that is left out is off.
    """
    return _not_asked_for(pool, "require_lowercase", "a lower-case letter")


@rule(
    "IAM-COGNITO-PASSWORD-UPPERCASE",
    severity="medium",
    on=CognitoUserPool,
    family="iam",
    aliases={
        "prowler": "cognito_user_pool_password_policy_uppercase",
    },
)
def passwords_without_upper_case(pool: CognitoUserPool) -> Finding | None:
    """User pool passwords need an upper-case letter.

    Why: simpler passwords are guessed sooner.
    Fix: set `require_uppercase = true` in `password_policy`.
    Source: Cognito API, PasswordPolicyType; without the block Cognito asks for it, with the block
    a flag that is left out is off.
    """
    return _not_asked_for(pool, "require_uppercase", "an upper-case letter")


@rule(
    "IAM-COGNITO-PASSWORD-NUMBER",
    severity="medium",
    on=CognitoUserPool,
    family="iam",
    aliases={
        "prowler": "cognito_user_pool_password_policy_number",
    },
)
def passwords_without_digit(pool: CognitoUserPool) -> Finding | None:
    """User pool passwords need a digit.

    Why: simpler passwords are guessed sooner.
    Fix: set `require_numbers = true` in `password_policy`.
    Source: Cognito API, PasswordPolicyType; without the block Cognito asks for it, with the block
    a flag that is left out is off.
    """
    return _not_asked_for(pool, "require_numbers", "a digit")


@rule(
    "IAM-COGNITO-PASSWORD-SYMBOL",
    severity="medium",
    on=CognitoUserPool,
    family="iam",
    aliases={
        "prowler": "cognito_user_pool_password_policy_symbol",
    },
)
def passwords_without_symbol(pool: CognitoUserPool) -> Finding | None:
    """User pool passwords need a symbol.

    Why: simpler passwords are guessed sooner.
    Fix: set `require_symbols = true` in `password_policy`.
    Source: Cognito API, PasswordPolicyType; without the block Cognito asks for it, with the block
    a flag that is left out is off.
    """
    return _not_asked_for(pool, "require_symbols", "a symbol")


@rule(
    "IAM-COGNITO-TEMP-PASSWORD",
    severity="medium",
    on=CognitoUserPool,
    family="iam",
    aliases={
        "prowler": "cognito_user_pool_temporary_password_expiration",
    },
)
def temporary_passwords_live_long(
    pool: CognitoUserPool, *, maximum_days: int = 7
) -> Finding | None:
    """Temporary passwords expire within seven days.

    Why: they are sent by mail, and whoever reads that first becomes the user.
    Fix: set `temporary_password_validity_days = 7` in `password_policy`, or less.
    Source: Cognito API, PasswordPolicyType.TemporaryPasswordValidityDays; 7 unless set.
    """
    if left_to_aws(pool, "password_policy"):
        return None
    policy = pool.password_policy
    assert policy is not None
    if (policy.temporary_password_validity_days or 0) > maximum_days:
        return policy.finding(
            f"keeps temporary passwords for more than {maximum_days} days",
            at="temporary_password_validity_days",
        )
    return None


_CLASSES = ("require_lowercase", "require_uppercase", "require_numbers", "require_symbols")


def _not_asked_for(pool: CognitoUserPool, flag: str, what: str) -> Finding | None:
    if left_to_aws(pool, "password_policy"):
        return None
    policy = pool.password_policy
    assert policy is not None
    if not policy.get(flag):
        return policy.finding(f"accepts passwords without {what}", at=flag)
    return None
