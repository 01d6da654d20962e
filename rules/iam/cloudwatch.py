"""Who may write to CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.policy import Policy
from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.cloudwatch import CloudwatchLogResourcePolicy


@rule(
    "IAM-CLOUDWATCH-LOG-POLICY-PUBLIC",
    severity="high",
    on=CloudwatchLogResourcePolicy,
    family="iam",
    aliases={
        "prowler": "cloudwatch_log_group_not_publicly_accessible",
    },
)
def log_policy_for_anyone(attached: CloudwatchLogResourcePolicy) -> Iterator[Finding]:
    """Log resource policies do not admit every principal.

    Why: anyone with an AWS account could write into the logs, or read them.
    Fix: name the services that write, with `aws:SourceAccount` or `aws:SourceArn`.
    Source: CloudWatch Logs API, PutResourcePolicy.
    """
    for statement in Policy.parse(attached.policy_document).public_statements():
        yield attached.finding(
            f"lets anyone in ({statement.label})",
            at="policy_document",
            key=statement.label,
            within=statement.within("Principal"),
        )
