"""Who may use VPC endpoints."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.policy import Policy
from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.vpc import VpcEndpoint


@rule(
    "IAM-VPC-ENDPOINT-POLICY-TRUSTED",
    severity="high",
    on=VpcEndpoint,
    family="iam",
    aliases={
        "prowler": "vpc_endpoint_connections_trust_boundaries",
    },
)
def endpoint_for_anyone(endpoint: VpcEndpoint) -> Iterator[Finding]:
    """VPC endpoint policies admit only trusted accounts.

    Why: through an endpoint that lets everyone use everything, data can leave to any account's
    bucket without touching the internet.
    Fix: set `policy` with a condition such as `aws:PrincipalOrgID` or `aws:PrincipalAccount`.
    Source: VPC User Guide, "Endpoint policies"; without one, full access for everyone.
    """
    if endpoint.policy is None:
        yield endpoint.finding("has no policy, so full access for everyone", at="policy")
        return
    for statement in Policy.parse(endpoint.policy).public_statements():
        yield endpoint.finding(
            f"lets every account in ({statement.label})",
            at="policy",
            key=statement.label,
            within=statement.within("Principal"),
        )
