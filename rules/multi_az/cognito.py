"""Lifetime of user pools."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.cognito import CognitoUserPool


@rule(
    "HA-COGNITO-DELETION-PROTECTION",
    severity="medium",
    on=CognitoUserPool,
    family="high-availability",
    production=True,
    aliases={
        "prowler": "cognito_user_pool_deletion_protection_enabled",
    },
    frameworks={
        "fsbp": "Cognito.6",
    },
)
def pool_can_be_deleted(pool: CognitoUserPool) -> Finding | None:
    """User pools have deletion protection.

    Why: one mistaken `destroy` deletes all users, and nothing brings them back.
    Fix: set `deletion_protection = "ACTIVE"`.
    Source: Cognito API, UserPoolType.DeletionProtection; provider default INACTIVE.
    """
    if pool.deletion_protection != "ACTIVE":
        return pool.finding("has no deletion protection", at="deletion_protection")
    return None
