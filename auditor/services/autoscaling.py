"""EC2 Auto Scaling: groups and launch configurations.

Sources: Auto Scaling API reference (DescribeAutoScalingGroups, DescribeLaunchConfigurations), AWS
provider 5.100.0 documentation of the types below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader
from auditor.resource import Block, Blocks, Bool, Link, Links, Node, Num, Resource, Str, Strs
from auditor.services.ec2 import MetadataOptions, TemplateOf
from auditor.services.vpc import SUBNETS


class Override(Node):
    """An instance type that a group may use instead."""

    instance_requirements = Blocks(Node)
    instance_type = Str()


class TemplateSpecification(Node):
    """A launch template by id or name."""

    launch_template_id = Link("aws_launch_template")
    launch_template_name = Link("aws_launch_template")
    version = Str()


class MixedTemplate(Node):
    """The template of a mixed instances policy."""

    launch_template_specification = Block(TemplateSpecification)
    override = Blocks(Override)


class Distribution(Node):
    """How capacity is bought. On-demand percentage: of what is above the base."""

    on_demand_percentage_above_base_capacity = Num(default=100)
    spot_max_price = Str()


class MixedInstances(Node):
    """Several instance types in one group."""

    instances_distribution = Block(Distribution)
    launch_template = Block(MixedTemplate)


class GroupTag(Node):
    """A tag of a group."""

    key = Str()
    propagate_at_launch = Bool()
    value = Str()


class TrafficSource(Node):
    """A target group or other source of traffic."""

    identifier = Str()
    type = Str()


class AutoscalingGroup(Resource, tf="aws_autoscaling_group"):
    """A group. Its name is its id."""

    identity = ("name",)
    arn = Str(computed=True)
    availability_zones = Strs(computed=True, unordered=True)
    capacity_rebalance = Bool(default=False)
    health_check_type = Str(default="EC2")
    launch_configuration = Link("aws_launch_configuration")
    launch_template = Block(TemplateOf)
    load_balancers = Strs(unordered=True)
    max_size = Num()
    min_size = Num()
    mixed_instances_policy = Block(MixedInstances)
    name = Str(computed=True)
    suspended_processes = Strs(unordered=True)
    tag = Blocks(GroupTag, unordered=True)
    target_group_arns = Links("aws_lb_target_group", "aws_alb_target_group")
    traffic_source = Blocks(TrafficSource, unordered=True)
    vpc_zone_identifier = Links(*SUBNETS, computed=True)


class AutoscalingAttachment(Resource, tf="aws_autoscaling_attachment"):
    """A load balancer or target group of a group; live it is part of the group."""

    autoscaling_group_name = Link("aws_autoscaling_group")
    elb = Str()
    lb_target_group_arn = Link("aws_lb_target_group", "aws_alb_target_group")


class ConfiguredDevice(Node):
    """A volume of a launch configuration."""

    delete_on_termination = Bool(default=True)
    device_name = Str()
    encrypted = Bool()
    no_device = Bool(default=False)
    snapshot_id = Link("aws_ebs_snapshot")


class LaunchConfiguration(Resource, tf="aws_launch_configuration"):
    """What launch templates replaced."""

    identity = ("name",)
    arn = Str(computed=True)
    associate_public_ip_address = Bool(computed=True)
    ebs_block_device = Blocks(ConfiguredDevice, unordered=True)
    iam_instance_profile = Link("aws_iam_instance_profile", by=("name",))
    image_id = Str()
    instance_type = Str()
    key_name = Str()
    metadata_options = Block(MetadataOptions)
    name = Str(computed=True)
    root_block_device = Block(ConfiguredDevice)
    security_groups = Links("aws_security_group", "aws_default_security_group")
    user_data = Str(sensitive=True)
    user_data_base64 = Str(sensitive=True)


# -- live ----------------------------------------------------------------------------------------


@reader(yields=(AutoscalingGroup,), calls=("autoscaling.describe_auto_scaling_groups",))
def groups(aws: Aws) -> Iterator[Resource]:
    """Groups, with their tags."""
    for item in aws.list("autoscaling.describe_auto_scaling_groups", "AutoScalingGroups"):
        subnets = item.get("VPCZoneIdentifier") or ""
        yield aws.resource(
            AutoscalingGroup,
            item["AutoScalingGroupName"],
            {
                "arn": item.get("AutoScalingGroupARN"),
                "availability_zones": item.get("AvailabilityZones", []),
                "capacity_rebalance": item.get("CapacityRebalance", False),
                "health_check_type": item.get("HealthCheckType"),
                "launch_configuration": item.get("LaunchConfigurationName"),
                "launch_template": _template(item.get("LaunchTemplate")),
                "load_balancers": item.get("LoadBalancerNames", []),
                "max_size": item.get("MaxSize"),
                "min_size": item.get("MinSize"),
                "mixed_instances_policy": _mixed(item.get("MixedInstancesPolicy")),
                "name": item["AutoScalingGroupName"],
                "suspended_processes": [
                    each["ProcessName"] for each in item.get("SuspendedProcesses", [])
                ],
                "tag": [
                    {
                        "key": each["Key"],
                        "propagate_at_launch": each.get("PropagateAtLaunch", False),
                        "value": each.get("Value"),
                    }
                    for each in item.get("Tags", [])
                ],
                "target_group_arns": item.get("TargetGroupARNs", []),
                "traffic_source": [
                    {"identifier": each["Identifier"], "type": each.get("Type")}
                    for each in item.get("TrafficSources", [])
                ],
                "vpc_zone_identifier": [s.strip() for s in subnets.split(",") if s.strip()],
            },
        )


def _template(item: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    if not item:
        return []
    return [
        {
            "id": item.get("LaunchTemplateId"),
            "name": item.get("LaunchTemplateName"),
            "version": item.get("Version"),
        }
    ]


def _mixed(item: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    if not item:
        return []
    template = item.get("LaunchTemplate") or {}
    specification = template.get("LaunchTemplateSpecification") or {}
    bought = item.get("InstancesDistribution") or {}
    return [
        {
            "instances_distribution": [
                {
                    "on_demand_percentage_above_base_capacity": bought.get(
                        "OnDemandPercentageAboveBaseCapacity", 100
                    ),
                    "spot_max_price": bought.get("SpotMaxPrice"),
                }
            ],
            "launch_template": [
                {
                    "launch_template_specification": [
                        {
                            "launch_template_id": specification.get("LaunchTemplateId"),
                            "launch_template_name": specification.get("LaunchTemplateName"),
                            "version": specification.get("Version"),
                        }
                    ],
                    "override": [
                        {
                            "instance_requirements": [{}] if "InstanceRequirements" in o else [],
                            "instance_type": o.get("InstanceType"),
                        }
                        for o in template.get("Overrides", [])
                    ],
                }
            ],
        }
    ]


@reader(yields=(LaunchConfiguration,), calls=("autoscaling.describe_launch_configurations",))
def launch_configurations(aws: Aws) -> Iterator[Resource]:
    """Launch configurations. A device is the root by its name, as AWS does not say which is."""
    for item in aws.list("autoscaling.describe_launch_configurations", "LaunchConfigurations"):
        options = item.get("MetadataOptions")
        text = item.get("UserData") or None
        devices = [d for d in item.get("BlockDeviceMappings", []) if d.get("Ebs")]
        yield aws.resource(
            LaunchConfiguration,
            item["LaunchConfigurationName"],
            {
                "arn": item.get("LaunchConfigurationARN"),
                "associate_public_ip_address": item.get("AssociatePublicIpAddress"),
                "ebs_block_device": [_device(d) for d in devices if d["DeviceName"] not in _ROOTS],
                "iam_instance_profile": item.get("IamInstanceProfile"),
                "image_id": item.get("ImageId"),
                "instance_type": item.get("InstanceType"),
                "key_name": item.get("KeyName") or None,
                "metadata_options": [
                    {
                        "http_endpoint": options.get("HttpEndpoint"),
                        "http_put_response_hop_limit": options.get("HttpPutResponseHopLimit"),
                        "http_tokens": options.get("HttpTokens"),
                        "instance_metadata_tags": None,  # launch configurations have no such
                    }
                ]
                if options
                else [],
                "name": item["LaunchConfigurationName"],
                "root_block_device": [_device(d) for d in devices if d["DeviceName"] in _ROOTS],
                "security_groups": item.get("SecurityGroups", []),
                "user_data": None,  # a hash of the content in Terraform
                "user_data_base64": text,
            },
        )


_ROOTS = ("/dev/xvda", "/dev/sda1")
"""Root devices of the images of Amazon Linux, Ubuntu, Windows and others (EC2 User Guide)."""


def _device(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "delete_on_termination": item["Ebs"].get("DeleteOnTermination"),
        "device_name": item.get("DeviceName"),
        "encrypted": item["Ebs"].get("Encrypted"),
        "no_device": item.get("NoDevice", False),
        "snapshot_id": item["Ebs"].get("SnapshotId"),
    }
