"""TLS of load balancers."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.elbv2 import Lb, LbListener, LbTargetGroup
from auditor.values import some, starts_with


@rule(
    "ENC-ALB-HTTP-REDIRECT",
    severity="medium",
    on=LbListener,
    family="encryption",
    reads=(Lb,),
    aliases={
        "checkov": "CKV2_AWS_20 CKV_AWS_2",
        "trivy": "AWS-0054",
        "prowler": "elbv2_ssl_listeners",
    },
    frameworks={
        "fsbp": "ELB.1",
        "nist-800-53-r5": (
            "AC-4 AC-17(2) IA-5(1) SC-7(4) SC-8 SC-8(1) SC-8(2) SC-12(3) SC-13 SC-23 "
            "SC-23(3) SI-7(6)"
        ),
        "pci-dss-4": "1.2.5 2.2.5 2.2.7 4.2.1 4.2.1.1 8.3.2",
    },
)
def http_without_redirect(listener: LbListener) -> Finding | NotApplicable | None:
    """HTTP listeners redirect to HTTPS.

    Why: what clients send over HTTP, cookies and passwords included, can be read on the way.
    Fix: use `default_action { type = "redirect" }` with `redirect { protocol = "HTTPS",
    port = "443", status_code = "HTTP_301" }`.
    Source: ELBv2 API, Listener.DefaultActions.
    """
    if listener.protocol != "HTTP":
        return not_applicable("it is no HTTP listener")
    if not listener.redirects_to_https:
        return listener.finding("serves HTTP without redirecting to HTTPS", at="default_action")
    return None


@rule(
    "ENC-LB-SECURE-LISTENER",
    severity="medium",
    on=LbListener,
    family="encryption",
    aliases={
        "checkov": "CKV_AWS_2",
        "trivy": "AWS-0054",
    },
    frameworks={
        "fsbp": "ELB.18",
        "nist-800-53-r5": "SC-8(1) SC-23(5)",
        "pci-dss-4": (
            "1.2.8 1.3.1 1.3.2 1.4.2 1.5.1 3.5.1.1 3.5.1.3 3.6.1.2 3.6.1.3 3.6.1.4 "
            "3.7.1 3.7.2 3.7.4 3.7.6 3.7.7 4.2.1.1 A1.1.3"
        ),
    },
)
def listener_in_the_clear(listener: LbListener) -> Finding | None:
    """Listeners use an encrypted protocol.

    Why: what passes through can be read and changed on the way.
    Fix: use `protocol = "HTTPS"` (or `TLS` on a network load balancer) with a `certificate_arn`.
    Source: ELBv2 API, Listener.Protocol.
    """
    if listener.is_encrypted:
        return None
    if listener.protocol == "HTTP" and listener.redirects_to_https:
        return None
    return listener.finding(f"listens without TLS ({listener.protocol})", at="protocol")


@rule(
    "ENC-LB-TLS-POLICY",
    severity="high",
    on=LbListener,
    family="encryption",
    aliases={
        "checkov": "CKV_AWS_103 CKV2_AWS_74",
        "trivy": "AWS-0047",
        "prowler": "elbv2_insecure_ssl_ciphers",
    },
    frameworks={
        "fsbp": "ELB.17",
        "nist-800-53-r5": (
            "AC-4 AC-17(2) IA-5(1) SC-7(4) SC-8 SC-8(1) SC-8(2) SC-12(3) SC-13 SC-23 "
            "SC-23(3) SI-7(6)"
        ),
    },
)
def old_tls_policy(listener: LbListener) -> Finding | NotApplicable | None:
    """HTTPS and TLS listeners use a current security policy.

    Why: older policies still speak TLS 1.0 and 1.1 and weak ciphers.
    Fix: set `ssl_policy = "ELBSecurityPolicy-TLS13-1-2-2021-06"`.
    Source: ELB User Guide, "Security policies"; left out, AWS takes ELBSecurityPolicy-2016-08,
    which allows TLS 1.0.
    """
    if not listener.is_encrypted:
        return not_applicable("it does not speak TLS")
    policy = str(listener.ssl_policy)
    current = ("ELBSecurityPolicy-TLS13-1-2", "ELBSecurityPolicy-TLS13-1-3")
    if listener.ssl_policy is not None and some(
        current, lambda p: starts_with(listener.ssl_policy, p)
    ):
        return None
    return listener.finding(f"{_fault(policy)} ({policy})", at="ssl_policy")


def _fault(policy: str) -> str:
    """What is wrong with a policy that is not current; those of `-1-2-` speak no older TLS."""
    if "TLS-1-2" in policy or "FS-1-2" in policy:
        return "does not speak TLS 1.3"
    return "allows outdated TLS"


@rule(
    "ENC-LB-TARGET-GROUP-PROTOCOL",
    severity="medium",
    on=LbTargetGroup,
    family="encryption",
    aliases={
        "checkov": "CKV_AWS_378",
    },
    frameworks={
        "fsbp": "ELB.22",
    },
)
def targets_in_the_clear(group: LbTargetGroup) -> Finding | NotApplicable | None:
    """Target groups use an encrypted protocol.

    Why: between the load balancer and its targets requests travel in the clear.
    Fix: set `protocol = "HTTPS"` (or `TLS`) and give the targets a certificate.
    Source: ELBv2 API, TargetGroup.Protocol; provider default HTTP.
    """
    if group.target_type in ("lambda", "alb"):
        return not_applicable(f"its targets are of type {group.target_type}")
    if group.protocol == "GENEVE":
        return not_applicable("GENEVE goes to appliances in the same network")
    if group.protocol not in ("HTTPS", "TLS", "QUIC", "TCP_QUIC"):
        return group.finding(f"reaches its targets without TLS ({group.protocol})", at="protocol")
    return None
