"""Logs of CloudFront."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.cloudfront import CloudfrontDistribution, LogDeliverySource
from auditor.values import any_of, some


@rule(
    "LOG-CLOUDFRONT-ACCESS-LOGS",
    severity="medium",
    on=CloudfrontDistribution,
    family="logging",
    reads=(LogDeliverySource,),
    aliases={
        "checkov": "CKV_AWS_86",
        "trivy": "AWS-0010",
        "prowler": "cloudfront_distributions_logging_enabled",
    },
    frameworks={
        "fsbp": "CloudFront.5",
        "nist-800-53-r5": (
            "AC-2(4) AC-4(26) AC-6(9) AU-2 AU-3 AU-6(3) AU-6(4) AU-10 AU-12 CA-7 "
            "SC-7(9) SI-3(8) SI-4(20) SI-7(8)"
        ),
        "pci-dss-4": (
            "5.3.4 10.2.1 10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 10.2.1.5 10.2.1.6 "
            "10.2.1.7 10.2.2 10.3.1 10.6.3 A1.2.1"
        ),
    },
)
def requests_not_logged(distribution: CloudfrontDistribution) -> Finding | None:
    """Distributions write access logs.

    Why: who asked for what cannot be found out afterwards.
    Fix: add an `aws_cloudwatch_log_delivery_source` in us-east-1 with the distribution's ARN (and
    destination and delivery), or `logging_config`.
    Source: CloudFront API, DistributionConfig.Logging; CloudWatch Logs API,
    DescribeDeliverySources; real-time logs of the default behaviour count, too.
    """
    behavior = distribution.default_cache_behavior
    if any_of(
        lambda: bool(distribution.logging_config),
        lambda: behavior.realtime_log_config_arn is not None if behavior else False,
        lambda: some(distribution.related(LogDeliverySource), lambda _: True),
    ):
        return None
    return distribution.finding("writes no access logs", at="logging_config")
