"""Logs of zones."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.route53 import Route53QueryLog, Route53Zone
from auditor.values import some


@rule(
    "LOG-ROUTE53-QUERY-LOGS",
    severity="medium",
    on=Route53Zone,
    family="logging",
    reads=(Route53QueryLog,),
    aliases={
        "checkov": "CKV2_AWS_39",
        "prowler": "route53_public_hosted_zones_cloudwatch_logging_enabled",
    },
    frameworks={
        "fsbp": "Route53.2",
        "pci-dss-4": (
            "5.3.4 10.2.1 10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 10.2.1.5 10.2.1.6 "
            "10.2.1.7 10.2.2 10.3.1 10.6.3 A1.2.1"
        ),
    },
)
def queries_not_logged(zone: Route53Zone) -> Finding | NotApplicable | None:
    """Public hosted zones log queries.

    Why: who looked for which names, and with what answer, cannot be found out afterwards.
    Fix: add an `aws_route53_query_log` with a log group in us-east-1 whose resource policy lets
    route53.amazonaws.com write.
    Source: Route 53 API, ListQueryLoggingConfigs; private zones are logged by the resolver.
    """
    if zone.vpc:
        return not_applicable("private zones are logged by the resolver")
    if not some(zone.related(Route53QueryLog), lambda _: True):
        return zone.finding("does not log queries")
    return None
