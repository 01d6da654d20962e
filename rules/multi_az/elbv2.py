"""Availability of load balancers."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.elbv2 import Lb


@rule(
    "HA-LB-DELETION-PROTECTION",
    severity="medium",
    on=Lb,
    family="high-availability",
    production=True,
    aliases={
        "checkov": "CKV_AWS_150",
        "prowler": "elbv2_deletion_protection",
    },
    frameworks={
        "fsbp": "ELB.6",
        "nist-800-53-r5": "CA-9(1) CM-2 CM-2(2) CM-3 SC-5(2)",
    },
)
def can_be_deleted(balancer: Lb) -> Finding | None:
    """Load balancers have deletion protection.

    Why: a slip deletes the entrance, and its DNS name with it.
    Fix: set `enable_deletion_protection = true`.
    Source: ELBv2 API, deletion_protection.enabled; default false.
    """
    if not balancer.enable_deletion_protection:
        return balancer.finding("can be deleted", at="enable_deletion_protection")
    return None


@rule(
    "HA-LB-MULTI-AZ",
    severity="medium",
    on=Lb,
    family="high-availability",
    production=True,
    aliases={
        "prowler": "elbv2_is_in_multiple_az",
    },
    frameworks={
        "fsbp": "ELB.13",
        "nist-800-53-r5": "CP-6(2) CP-10 SC-5(2) SC-36 SI-13(5)",
    },
)
def in_one_zone(balancer: Lb) -> Finding | None:
    """Load balancers span several Availability Zones.

    Why: when the zone fails, so does the entrance.
    Fix: list subnets of at least two zones in `subnets`.
    Source: ELBv2 API, LoadBalancer.AvailabilityZones; one subnet per zone.
    """
    if len(balancer.subnet_mapping or balancer.subnets) < 2:
        return balancer.finding("is in one Availability Zone", at="subnets")
    return None


@rule(
    "HA-LB-CROSS-ZONE",
    severity="medium",
    on=Lb,
    family="high-availability",
    production=True,
    aliases={
        "checkov": "CKV_AWS_152",
        "prowler": "elbv2_cross_zone_load_balancing_enabled",
    },
)
def not_across_zones(balancer: Lb) -> Finding | NotApplicable | None:
    """Network and gateway load balancers balance across zones.

    Why: clients of one zone are turned away when its targets are down, though others are up.
    Fix: set `enable_cross_zone_load_balancing = true`.
    Source: ELBv2 API, load_balancing.cross_zone.enabled; always on for application load balancers.
    """
    if balancer.load_balancer_type == "application":
        return not_applicable("application load balancers always do")
    if not balancer.enable_cross_zone_load_balancing:
        return balancer.finding(
            "does not balance across zones", at="enable_cross_zone_load_balancing"
        )
    return None
