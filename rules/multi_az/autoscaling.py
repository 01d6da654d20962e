"""Auto Scaling groups that survive the loss of a zone or an instance."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.autoscaling import AutoscalingAttachment, AutoscalingGroup, Override
from auditor.services.left_out import left_to_aws
from auditor.services.vpc import DefaultSubnet, Subnet
from auditor.services.zones import in_one_zone
from auditor.values import any_of, every, some


@rule(
    "HA-ASG-MULTI-AZ",
    severity="medium",
    on=AutoscalingGroup,
    family="high-availability",
    production=True,
    reads=(Subnet, DefaultSubnet),
    aliases={
        "prowler": "autoscaling_group_multiple_az",
    },
    frameworks={
        "fsbp": "AutoScaling.2",
        "nist-800-53-r5": "CP-2(2) CP-6(2) CP-10 SC-5(2) SC-36 SI-13(5)",
    },
)
def group_in_one_zone(group: AutoscalingGroup) -> Finding | None:
    """Auto scaling groups span several Availability Zones.

    Why: when the zone fails, so do all instances, and no other zone takes over.
    Fix: list subnets of at least two zones in `vpc_zone_identifier`.
    Source: Auto Scaling API, AutoScalingGroup.AvailabilityZones.
    """
    if _is_in_one_zone(group):
        return group.finding("is in one Availability Zone", at=_places(group))
    return None


def _places(group: AutoscalingGroup) -> str:
    by_zone = left_to_aws(group, "vpc_zone_identifier") or not group.is_set("vpc_zone_identifier")
    return "availability_zones" if by_zone else "vpc_zone_identifier"


def _is_in_one_zone(group: AutoscalingGroup) -> bool:
    if not left_to_aws(group, "availability_zones") and group.availability_zones:
        first = group.availability_zones[0]
        return every(group.availability_zones, lambda zone: zone == first)
    return in_one_zone(group, "vpc_zone_identifier")


@rule(
    "HA-ASG-ELB-HEALTH-CHECK",
    severity="low",
    on=AutoscalingGroup,
    family="high-availability",
    reads=(AutoscalingAttachment,),
    aliases={
        "checkov": "CKV2_AWS_15",
        "prowler": "autoscaling_group_elb_health_check_enabled",
    },
    frameworks={
        "fsbp": "AutoScaling.1",
        "nist-800-53-r5": "CA-7 CP-2(2) SI-2",
    },
)
def balancer_is_not_asked(group: AutoscalingGroup) -> Finding | NotApplicable | None:
    """Groups behind a load balancer trust its health verdict.

    Why: an instance whose application hangs gets no traffic and is never replaced.
    Fix: set `health_check_type = "ELB"` with a `health_check_grace_period` that lets it start.
    Source: Auto Scaling API, AutoScalingGroup.HealthCheckType; EC2 unless set.
    """
    if not left_to_aws(group, "health_check_type") and group.health_check_type != "EC2":
        return None
    behind = any_of(
        lambda: bool(group.target_group_arns),
        lambda: bool(group.load_balancers),
        lambda: bool(group.traffic_source),
        lambda: some(group.related(AutoscalingAttachment), lambda _: True),
    )
    if not behind:
        return not_applicable("no load balancer sends it traffic")
    return group.finding("replaces no instance that its balancer finds ill", at="health_check_type")


@rule(
    "HA-ASG-MIXED-INSTANCES",
    severity="medium",
    on=AutoscalingGroup,
    family="high-availability",
    production=True,
    reads=(Subnet, DefaultSubnet),
    aliases={
        "prowler": "autoscaling_group_multiple_instance_types",
    },
    frameworks={
        "fsbp": "AutoScaling.6",
        "nist-800-53-r5": "CP-2(2) CP-6(2) CP-10 SC-5(2) SC-36 SI-13(5)",
    },
)
def one_instance_type(group: AutoscalingGroup) -> Finding | None:
    """Auto scaling groups use several instance types over several zones.

    Why: when AWS has no capacity of the one type, the group cannot grow or heal.
    Fix: add a `mixed_instances_policy` with an `override` for each of two or more types, or with
    `instance_requirements`.
    Source: Auto Scaling API, MixedInstancesPolicy.LaunchTemplate.Overrides.
    """
    mixed = group.mixed_instances_policy
    template = mixed.launch_template if mixed is not None else None
    if template is None or not _has_choice(template.override):
        return group.finding("starts one instance type only", at="mixed_instances_policy")
    if _is_in_one_zone(group):
        return group.finding("is in one Availability Zone", at=_places(group))
    return None


def _has_choice(overrides: list[Override]) -> bool:
    return any_of(
        lambda: some(overrides, lambda each: bool(each.instance_requirements)),
        lambda: len({str(each.instance_type) for each in overrides if each.instance_type}) > 1,
    )


@rule(
    "HA-ASG-CAPACITY-REBALANCE",
    severity="low",
    on=AutoscalingGroup,
    family="high-availability",
    production=True,
    aliases={
        "prowler": "autoscaling_group_capacity_rebalance_enabled",
    },
)
def waits_for_interruption(group: AutoscalingGroup) -> Finding | NotApplicable | None:
    """Groups using spot capacity rebalance ahead of interruption.

    Why: a spot instance goes two minutes after the notice, before its replacement is there.
    Fix: set `capacity_rebalance = true`.
    Source: Auto Scaling API, AutoScalingGroup.CapacityRebalance; provider default false.
    """
    mixed = group.mixed_instances_policy
    bought = mixed.instances_distribution if mixed is not None else None
    if bought is None or bought.on_demand_percentage_above_base_capacity == 100:
        return not_applicable("it uses no spot capacity")
    if not group.capacity_rebalance:
        return group.finding("does not rebalance spot capacity", at="capacity_rebalance")
    return None


@rule(
    "HA-ASG-NO-SUSPENDED-PROCESS",
    severity="low",
    on=AutoscalingGroup,
    family="high-availability",
    production=True,
)
def process_suspended(group: AutoscalingGroup) -> Finding | None:
    """Auto scaling groups have no suspended process.

    Why: what is suspended does not heal or scale, and nobody remembers it.
    Fix: remove `suspended_processes`.
    Source: Auto Scaling API, AutoScalingGroup.SuspendedProcesses; none unless set.
    """
    if group.suspended_processes:
        names = ", ".join(str(name) for name in group.suspended_processes)
        return group.finding(f"has suspended {names}", at="suspended_processes")
    return None
