"""Who may use ECR repositories."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.policy import Policy
from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.ecr import EcrRepositoryPolicy


@rule(
    "IAM-ECR-POLICY-PUBLIC",
    severity="critical",
    on=EcrRepositoryPolicy,
    family="iam",
    aliases={
        "checkov": "CKV_AWS_32",
        "trivy": "AWS-0032",
        "prowler": "ecr_repositories_not_publicly_accessible",
    },
)
def repository_for_anyone(attached: EcrRepositoryPolicy) -> Iterator[Finding]:
    """Repository policies do not admit every principal.

    Why: anyone with an AWS account could pull the images, or push others.
    Fix: name the accounts or roles, or pin the statement with `aws:PrincipalOrgID`.
    Source: ECR User Guide, "Private repository policies".
    """
    for statement in Policy.parse(attached.policy).public_statements():
        yield attached.finding(
            f"lets anyone in ({statement.label})",
            at="policy",
            key=statement.label,
            within=statement.within("Principal"),
        )
