"""Upkeep of distributions."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.cloudfront import CloudfrontDistribution


@rule(
    "OPS-CLOUDFRONT-ENABLED",
    severity="low",
    on=CloudfrontDistribution,
    family="operations",
    aliases={
        "checkov": "CKV_AWS_216",
    },
)
def distribution_left_over(distribution: CloudfrontDistribution) -> Finding | None:
    """No disabled distribution remains.

    Why: nobody looks after it, and its names still point to it.
    Fix: delete it, or set `enabled = true`.
    Source: CloudFront API, DistributionConfig.Enabled.
    """
    if not distribution.enabled:
        return distribution.finding("is disabled", at="enabled")
    return None
