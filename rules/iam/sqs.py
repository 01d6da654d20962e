"""Who may use SQS queues."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.policy import Policy
from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.sqs import SqsQueuePolicy
from auditor.values import any_of


@rule(
    "IAM-SQS-POLICY-PUBLIC",
    severity="high",
    on=SqsQueuePolicy,
    family="iam",
    aliases={
        "checkov": "CKV_AWS_168 CKV_AWS_387",
        "prowler": "sqs_queues_not_publicly_accessible",
    },
    frameworks={
        "fsbp": "SQS.3",
    },
)
def queue_for_anyone(attached: SqsQueuePolicy) -> Iterator[Finding]:
    """Queue policies do not admit every principal.

    Why: anyone with an AWS account could read, send or delete messages.
    Fix: name the principals, or pin the statement with `aws:SourceArn`, `aws:SourceAccount` or
    `aws:PrincipalOrgID`.
    Source: SQS Developer Guide, "Ensure that queues are not publicly accessible".
    """
    for statement in Policy.parse(attached.policy).public_statements():
        yield attached.finding(
            f"lets anyone in ({statement.label})",
            at="policy",
            key=f"{statement.label}",
            within=statement.within("Principal"),
        )


@rule(
    "IAM-SQS-POLICY-STAR-ACTION",
    severity="high",
    on=SqsQueuePolicy,
    family="iam",
    aliases={
        "checkov": "CKV_AWS_72",
        "trivy": "AWS-0097",
    },
)
def every_action_allowed(attached: SqsQueuePolicy) -> Iterator[Finding]:
    """Queue policies do not allow every action.

    Why: `sqs:*` lets a sender also read, purge and delete the queue and change its policy.
    Fix: list the actions that are needed, such as `sqs:SendMessage`.
    Source: SQS Developer Guide, "Implement least-privilege access".
    """
    for statement in Policy.parse(attached.policy).granting(
        lambda s: any_of(s.has_star_action, lambda: s.covers_action("sqs:*"))
    ):
        yield attached.finding(
            f"allows every action ({statement.label})",
            at="policy",
            key=f"{statement.label}",
            within=statement.within(),
        )
