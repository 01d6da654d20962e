"""Who may read secrets in Secrets Manager."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.policy import Policy
from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.secretsmanager import Secret, SecretPolicy
from auditor.values import some


@rule(
    "IAM-SECRETSMANAGER-POLICY-PUBLIC",
    severity="critical",
    on=SecretPolicy,
    family="iam",
    aliases={
        "prowler": "secretsmanager_not_publicly_accessible",
    },
)
def secret_for_anyone(attached: SecretPolicy) -> Iterator[Finding]:
    """Policies of secrets do not admit everyone.

    Why: anyone with an AWS account may read the secret, if its key lets them.
    Fix: name the principals, or pin the statement with `aws:PrincipalOrgID`; set
    `block_public_policy = true`.
    Source: Secrets Manager User Guide, "Resource-based policies".
    """
    for statement in Policy.parse(attached.policy).public_statements():
        yield attached.finding(
            f"lets anyone in, in {statement.label}",
            at="policy",
            key=statement.label,
            within=statement.within("Principal"),
        )


@rule(
    "IAM-SECRETSMANAGER-POLICY-RESTRICTIVE",
    severity="medium",
    on=Secret,
    family="iam",
    reads=(SecretPolicy,),
    aliases={
        "prowler": "secretsmanager_has_restrictive_resource_policy",
    },
)
def secret_for_the_whole_account(secret: Secret) -> Finding | None:
    """Policies of secrets refuse all but named principals.

    Why: without one, every wide policy in the account reads the secret.
    Fix: add an `aws_secretsmanager_secret_policy` that denies everyone but the principals who need
    it (`StringNotEquals` on `aws:PrincipalArn`).
    Source: Secrets Manager User Guide, "Resource-based policies".
    """
    policies = secret.related(SecretPolicy)
    if some(policies, lambda p: Policy.parse(p.policy).denies_all_but_named()):
        return None
    return secret.finding("can be read by whoever the account's policies let")
