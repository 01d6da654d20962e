"""Availability of distributions."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.cloudfront import CloudfrontDistribution
from auditor.values import some


@rule(
    "HA-CLOUDFRONT-ORIGIN-FAILOVER",
    severity="low",
    on=CloudfrontDistribution,
    family="high-availability",
    production=True,
    aliases={
        "checkov": "CKV_AWS_310",
        "prowler": "cloudfront_distributions_multiple_origin_failover_configured",
    },
    frameworks={
        "fsbp": "CloudFront.4",
        "nist-800-53-r5": "CP-10 SC-5(2) SC-36 SI-13(5)",
    },
)
def no_second_origin(distribution: CloudfrontDistribution) -> Finding | None:
    """Distributions have an origin group for failover.

    Why: when the origin fails, so does everything that is not cached.
    Fix: add an `origin_group` with two members, and target it in the behaviours.
    Source: CloudFront API, DistributionConfig.OriginGroups; a group has two members.
    """
    if not some(distribution.origin_group, lambda _: True):
        return distribution.finding("has no origin group", at="origin_group")
    return None
