"""What load balancers let through."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.elbv2 import Lb


@rule(
    "NET-ALB-DROP-INVALID-HEADERS",
    severity="medium",
    on=Lb,
    family="network",
    aliases={
        "checkov": "CKV_AWS_131",
        "trivy": "AWS-0052",
        "prowler": "elbv2_alb_drop_invalid_header_fields_enabled",
    },
    frameworks={
        "fsbp": "ELB.4",
        "nist-800-53-r5": "SC-7(4) SC-8(2)",
    },
)
def passes_invalid_headers(balancer: Lb) -> Finding | NotApplicable | None:
    """Application load balancers drop invalid header fields.

    Why: headers that proxies read differently are how requests are smuggled past checks.
    Fix: set `drop_invalid_header_fields = true`.
    Source: ELBv2 API, routing.http.drop_invalid_header_fields.enabled; default false.
    """
    if balancer.load_balancer_type != "application":
        return not_applicable("only application load balancers read headers")
    if not balancer.drop_invalid_header_fields:
        return balancer.finding("passes on invalid headers", at="drop_invalid_header_fields")
    return None


@rule(
    "NET-ALB-DESYNC-MODE",
    severity="medium",
    on=Lb,
    family="network",
    aliases={
        "checkov": "CKV_AWS_328",
        "prowler": "elbv2_desync_mitigation_mode",
    },
    frameworks={
        "fsbp": "ELB.12",
        "nist-800-53-r5": "AC-4(21) CA-9(1) CM-2",
    },
)
def desync_not_mitigated(balancer: Lb) -> Finding | NotApplicable | None:
    """Application load balancers mitigate request desync.

    Why: ambiguous requests let an attacker put words into another client's connection.
    Fix: remove `desync_mitigation_mode = "monitor"`, or set `defensive` or `strictest`.
    Source: ELBv2 API, routing.http.desync_mitigation_mode; default defensive.
    """
    if balancer.load_balancer_type != "application":
        return not_applicable("only application load balancers read requests")
    if balancer.desync_mitigation_mode not in ("defensive", "strictest"):
        return balancer.finding("does not mitigate desync", at="desync_mitigation_mode")
    return None


@rule(
    "NET-LB-NOT-INTERNET-FACING",
    severity="high",
    on=Lb,
    family="network",
    aliases={
        "trivy": "AWS-0053",
        "prowler": "elbv2_internet_facing",
    },
)
def internet_facing(balancer: Lb, *, public: tuple[str, ...] = ()) -> Finding | None:
    """Load balancers are internal unless listed as public.

    Why: everything behind it is one step from the internet.
    Fix: set `internal = true` (it forces a new load balancer), or list its name in the rule's
    parameter `public` in auditor.toml if it is meant to be public.
    Source: ELBv2 API, LoadBalancer.Scheme; provider default false, which is internet-facing.
    """
    if balancer.internal or (public and balancer.name in public):
        return None
    return balancer.finding("faces the internet", at="internal")
