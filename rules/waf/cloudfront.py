"""Web ACLs of distributions."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.cloudfront import CloudfrontDistribution


@rule(
    "WAF-CLOUDFRONT-WEB-ACL",
    severity="medium",
    on=CloudfrontDistribution,
    family="waf",
    aliases={
        "checkov": "CKV_AWS_68",
        "trivy": "AWS-0011",
        "prowler": "cloudfront_distributions_using_waf",
    },
    frameworks={
        "fsbp": "CloudFront.6",
        "nist-800-53-r5": "AC-4(21)",
        "pci-dss-4": "1.2.8 1.3.1 1.3.2 1.4.2 1.5.1 6.4.1 6.4.2 A1.1.3",
    },
)
def distribution_without_web_acl(distribution: CloudfrontDistribution) -> Finding | None:
    """Distributions have a WAF web ACL.

    Why: attacks that any rule set knows reach the application.
    Fix: set `web_acl_id` to the ARN of an `aws_wafv2_web_acl` of scope CLOUDFRONT (in us-east-1).
    Source: CloudFront API, DistributionConfig.WebACLId; none unless set.
    """
    acl = distribution.web_acl_id
    if acl is None or (isinstance(acl, str) and not acl):
        return distribution.finding("has no web ACL", at="web_acl_id")
    return None
