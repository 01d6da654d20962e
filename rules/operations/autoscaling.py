"""How Auto Scaling groups start their instances."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.autoscaling import AutoscalingGroup
from auditor.values import every


@rule(
    "OPS-ASG-LAUNCH-TEMPLATE",
    severity="medium",
    on=AutoscalingGroup,
    family="operations",
    aliases={
        "checkov": "CKV_AWS_315",
        "prowler": "autoscaling_group_using_ec2_launch_template",
    },
    frameworks={
        "fsbp": "AutoScaling.9",
        "nist-800-53-r5": "CA-9(1) CM-2 CM-2(2)",
    },
)
def starts_from_a_configuration(group: AutoscalingGroup) -> Finding | None:
    """Auto scaling groups start from a launch template.

    Why: launch configurations get no new features (new instance types, tags, IMDS settings) and
    new accounts cannot make them.
    Fix: replace `launch_configuration` with a `launch_template` block.
    Source: Auto Scaling User Guide, "Launch configurations"; API,
    AutoScalingGroup.LaunchConfigurationName.
    """
    if group.launch_configuration is not None:
        return group.finding("starts from a launch configuration", at="launch_configuration")
    if group.launch_template is None and group.mixed_instances_policy is None:
        return group.finding("starts from no launch template", at="launch_template")
    return None


@rule(
    "OPS-ASG-TAG-PROPAGATION",
    severity="low",
    on=AutoscalingGroup,
    family="operations",
    aliases={
        "checkov": "CKV_AWS_153",
    },
)
def tags_stay_behind(group: AutoscalingGroup) -> Finding | None:
    """Auto scaling groups pass their tags to launched instances.

    Why: nobody can say whose instance it is, and rules by tag (backups, patches) miss it.
    Fix: add `tag` blocks with `propagate_at_launch = true`.
    Source: Auto Scaling API, TagDescription.PropagateAtLaunch.
    """
    if not group.tag:
        return group.finding("has no tags to pass on", at="tag")
    if not every(group.tag, lambda tag: tag.propagate_at_launch):
        return group.finding("keeps tags to itself", at="tag")
    return None
