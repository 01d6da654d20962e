"""Logs of load balancers."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.elbv2 import Lb


@rule(
    "LOG-LB-ACCESS-LOGS",
    severity="medium",
    on=Lb,
    family="logging",
    aliases={
        "checkov": "CKV_AWS_91",
        "prowler": "elbv2_logging_enabled",
    },
    frameworks={
        "fsbp": "ELB.5",
        "nist-800-53-r5": "AC-4(26) AU-2 AU-3 AU-6(3) AU-6(4) AU-10 AU-12 CA-7 SC-7(9) SI-7(8)",
        "pci-dss-4": (
            "10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 10.2.1.5 10.2.1.6 10.2.1.7 10.2.2 "
            "10.3.1 10.6.3 A1.2.1"
        ),
    },
)
def no_access_logs(balancer: Lb) -> Finding | NotApplicable | None:
    """Load balancers write access logs to S3.

    Why: after an attack nobody can say what was requested, and by whom.
    Fix: add `access_logs { enabled = true, bucket = … }`.
    Source: ELBv2 API, access_logs.s3.enabled; default false.
    """
    if balancer.load_balancer_type == "gateway":
        return not_applicable("gateway load balancers have no access logs")
    logs = balancer.access_logs
    if logs is None:
        return balancer.finding("writes no access logs")
    if not logs.enabled:
        return logs.finding("writes no access logs", at="enabled")
    return None


@rule(
    "LOG-ALB-CONNECTION-LOGS",
    severity="low",
    on=Lb,
    family="logging",
    production=True,
)
def no_connection_logs(balancer: Lb) -> Finding | NotApplicable | None:
    """Application load balancers write connection logs.

    Why: failed TLS handshakes and client certificates are in no other log.
    Fix: add `connection_logs { enabled = true, bucket = … }`.
    Source: ELBv2 API, connection_logs.s3.enabled; default false.
    """
    if balancer.load_balancer_type != "application":
        return not_applicable("only application load balancers have connection logs")
    logs = balancer.connection_logs
    if logs is None:
        return balancer.finding("writes no connection logs")
    if not logs.enabled:
        return logs.finding("writes no connection logs", at="enabled")
    return None
