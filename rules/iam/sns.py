"""Who may use SNS topics."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.policy import Policy
from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.sns import SnsTopicPolicy


@rule(
    "IAM-SNS-POLICY-PUBLIC",
    severity="high",
    on=SnsTopicPolicy,
    family="iam",
    aliases={
        "checkov": "CKV_AWS_169",
        "prowler": "sns_topics_not_publicly_accessible",
    },
    frameworks={
        "fsbp": "SNS.4",
    },
)
def topic_for_anyone(attached: SnsTopicPolicy) -> Iterator[Finding]:
    """Topic policies do not admit every principal.

    Why: anyone with an AWS account could publish to the topic or subscribe to what it sends.
    Fix: name the principals, or pin the statement with `aws:SourceArn`, `aws:SourceAccount` or
    `aws:SourceOwner`.
    Source: SNS Developer Guide, "Ensure topics aren't publicly accessible".
    """
    for statement in Policy.parse(attached.policy).public_statements():
        yield attached.finding(
            f"lets anyone in ({statement.label})",
            at="policy",
            key=f"{statement.label}",
            within=statement.within("Principal"),
        )
