"""Readers of networks, instances and Auto Scaling on replies in the shape that AWS gives.

moto cannot hold some of these: rules with groups of other accounts, encrypted volumes of instances,
Block Public Access settings, metadata defaults. The replies follow the EC2 API reference.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from auditor.rules import security_groups as sg
from auditor.rules.encryption import ebs as encryption
from auditor.rules.logging import vpc as vpc_logging
from auditor.rules.network import ebs as ebs_network
from auditor.rules.network import ec2 as network
from auditor.rules.operations import ec2 as operations
from auditor.rules.secrets import ec2 as secrets
from fake_aws import model_from, refused

from auditor.engine import evaluate
from auditor.model import Model
from auditor.services import autoscaling, ebs, ec2, ec2_images, prefix_lists, vpc, vpc_routing
from auditor.services import security_groups as groups

INSTANCES = "ec2.describe_instances"
VOLUMES = "ec2.describe_volumes"
ATTRIBUTE = "ec2.describe_instance_attribute"
PREFIX_LISTS = "ec2.describe_managed_prefix_lists"
ENTRIES = "ec2.get_managed_prefix_list_entries"
GROUPS = "ec2.describe_security_groups"


def statuses(rule: Any, model: Model) -> list[str]:
    return [v.status for v in evaluate([rule], model)]


def group(**permissions: Any) -> dict[str, Any]:
    item = {
        "GroupId": "sg-1",
        "GroupName": "web",
        "Description": "d",
        "VpcId": "vpc-1",
        "OwnerId": "123456789012",
        "IpPermissionsEgress": [],
        "Tags": [{"Key": "team", "Value": "a"}],
    }
    return {"SecurityGroups": [{**item, **permissions}]}


def test_a_group_with_every_kind_of_source():
    """Blocks as Terraform has them: one for each description, other accounts' groups by account."""
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "IpRanges": [
            {"CidrIp": "10.0.0.0/8", "Description": "inside"},
            {"CidrIp": "192.0.2.0/24"},
        ],
        "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32", "Description": "inside"}],
        "PrefixListIds": [{"PrefixListId": "pl-1"}],
        "UserIdGroupPairs": [
            {"GroupId": "sg-1", "UserId": "123456789012"},
            {"GroupId": "sg-2", "UserId": "123456789012"},
            {"GroupId": "sg-3", "UserId": "210987654321"},
        ],
    }
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    reply = group(IpPermissions=[permission], IpPermissionsEgress=[everything])
    model = model_from([groups.security_groups], {GROUPS: reply})
    ports = {"protocol": "tcp", "from_port": 443, "to_port": 443}
    assert model.by_address["aws_security_group.sg-1"].data == {
        "id": "sg-1",
        "arn": "arn:aws:ec2:eu-west-1:123456789012:security-group/sg-1",
        "name": "web",
        "description": "d",
        "vpc_id": "vpc-1",
        "ingress": [
            {
                **ports,
                "cidr_blocks": ["10.0.0.0/8"],
                "ipv6_cidr_blocks": ["2001:db8::/32"],
                "prefix_list_ids": [],
                "security_groups": [],
                "self": False,
                "description": "inside",
            },
            {
                **ports,
                "cidr_blocks": ["192.0.2.0/24"],
                "ipv6_cidr_blocks": [],
                "prefix_list_ids": ["pl-1"],
                "security_groups": ["sg-2", "210987654321/sg-3"],
                "self": True,
                "description": None,
            },
        ],
        "egress": [
            {
                "protocol": "-1",
                "from_port": 0,
                "to_port": 0,
                "cidr_blocks": ["0.0.0.0/0"],
                "ipv6_cidr_blocks": [],
                "prefix_list_ids": [],
                "security_groups": [],
                "self": False,
                "description": None,
            }
        ],
        "tags": {"team": "a"},
    }


@pytest.mark.parametrize(
    ("owner", "entries", "status"),
    [
        ("123456789012", {"Entries": [{"Cidr": "0.0.0.0/0"}]}, "fail"),
        ("123456789012", {"Entries": [{"Cidr": "198.51.100.7/32"}]}, "pass"),
        ("123456789012", refused("ec2:GetManagedPrefixListEntries"), "undetermined"),
        ("AWS", {"Entries": [{"Cidr": "0.0.0.0/0"}]}, "pass"),  # never asked for
    ],
)
def test_prefix_lists(owner: str, entries: Any, status: str):
    permission = {
        "IpProtocol": "-1",
        "PrefixListIds": [{"PrefixListId": "pl-1"}],
    }
    listed = {"PrefixLists": [{"PrefixListId": "pl-1", "PrefixListName": "p", "OwnerId": owner}]}
    model = model_from(
        [groups.security_groups, prefix_lists.prefix_lists],
        {GROUPS: group(IpPermissions=[permission]), PREFIX_LISTS: listed, ENTRIES: entries},
    )
    assert statuses(sg.every_port_open, model) == [status]


def test_routes_that_nobody_wrote_are_left_out():
    routes = [
        {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"},
        {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "Origin": "CreateRoute"},
        {
            "DestinationCidrBlock": "192.0.2.0/24",
            "GatewayId": "vgw-1",
            "Origin": "EnableVgwRoutePropagation",
        },
        {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1", "Origin": "CreateRoute"},
    ]
    table = {
        "RouteTableId": "rtb-1",
        "VpcId": "vpc-1",
        "Routes": routes,
        "Associations": [{"RouteTableAssociationId": "a-1", "SubnetId": "subnet-1", "Main": False}],
    }
    replies = {"ec2.describe_route_tables": {"RouteTables": [table]}}
    model = model_from([vpc_routing.route_tables], replies)
    (route,) = model.by_address["aws_route_table.rtb-1"].get("route")
    assert (route.cidr_block, route.gateway_id) == ("0.0.0.0/0", "igw-1")
    association = model.by_address["aws_route_table_association.a-1"]
    assert association.get("subnet_id") == "subnet-1"


SCRIPT = base64.b64encode(b"#!/bin/bash\nexport DB_PASSWORD=hunter2hunter2\n").decode()


def instance(**more: Any) -> dict[str, Any]:
    item = {
        "InstanceId": "i-1",
        "ImageId": "ami-1",
        "InstanceType": "t3.micro",
        "State": {"Name": "running"},
        "LaunchTime": datetime(2025, 5, 1, 9, tzinfo=UTC),
        "Placement": {"AvailabilityZone": "eu-west-1a"},
        "SubnetId": "subnet-1",
        "PublicIpAddress": "203.0.113.7",
        "IamInstanceProfile": {"Arn": "arn:aws:iam::123456789012:instance-profile/app/web"},
        "MetadataOptions": {
            "HttpTokens": "required",
            "HttpEndpoint": "enabled",
            "HttpPutResponseHopLimit": 2,
            "InstanceMetadataTags": "disabled",
        },
        "Monitoring": {"State": "enabled"},
        "EbsOptimized": True,
        "SourceDestCheck": True,
        "SecurityGroups": [{"GroupId": "sg-1"}],
        "NetworkInterfaces": [{"NetworkInterfaceId": "eni-1"}],
        "RootDeviceName": "/dev/xvda",
        "BlockDeviceMappings": [
            {"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": "vol-1", "DeleteOnTermination": True}},
            {"DeviceName": "/dev/sdb", "Ebs": {"VolumeId": "vol-2", "DeleteOnTermination": False}},
        ],
        "VirtualizationType": "hvm",
        "Tags": [
            {"Key": "team", "Value": "a"},
            {"Key": "aws:ec2launchtemplate:id", "Value": "lt-1"},
            {"Key": "aws:ec2launchtemplate:version", "Value": "3"},
        ],
    }
    return {"Reservations": [{"Instances": [{**item, **more}]}]}


ENCRYPTED = {
    "Volumes": [
        {"VolumeId": "vol-1", "Encrypted": True, "KmsKeyId": "k", "Size": 8, "VolumeType": "gp3"},
        {"VolumeId": "vol-2", "Encrypted": False, "Size": 9, "VolumeType": "gp3"},
    ]
}


def of_instance(reply: Any = None, **replies: Any) -> Model:
    known = {
        INSTANCES: reply or instance(),
        VOLUMES: ENCRYPTED,
        ATTRIBUTE: {"UserData": {"Value": SCRIPT}},
    }
    return model_from([ec2.instances], {**known, **replies})


def test_an_instance_with_its_volumes_and_user_data():
    resource = of_instance().by_address["aws_instance.i-1"]
    data = dict(resource.data)
    assert data.pop("read_at")
    assert data.pop("user_data_base64").value == SCRIPT
    assert data.pop("user_data").value == "4d516d293bac512ea66483f0e12d2ff899cccfc0"
    assert data == {
        "id": "i-1",
        "ami": "ami-1",
        "arn": "arn:aws:ec2:eu-west-1:123456789012:instance/i-1",
        "associate_public_ip_address": True,
        "availability_zone": "eu-west-1a",
        "ebs_optimized": True,
        "iam_instance_profile": "web",
        "instance_state": "running",
        "instance_type": "t3.micro",
        "interfaces": 1,
        "key_name": None,
        "launch_template": [{"id": "lt-1", "name": None, "version": "3"}],
        "launch_time": "2025-05-01T09:00:00+00:00",
        "metadata_options": [
            {
                "http_endpoint": "enabled",
                "http_put_response_hop_limit": 2,
                "http_tokens": "required",
                "instance_metadata_tags": "disabled",
            }
        ],
        "monitoring": True,
        "network_interface": [],
        "root_block_device": [
            {
                "delete_on_termination": True,
                "device_name": "/dev/xvda",
                "encrypted": True,
                "kms_key_id": "k",
                "snapshot_id": None,
                "volume_id": "vol-1",
                "volume_size": 8,
                "volume_type": "gp3",
            }
        ],
        "ebs_block_device": [
            {
                "delete_on_termination": False,
                "device_name": "/dev/sdb",
                "encrypted": False,
                "kms_key_id": None,
                "snapshot_id": None,
                "volume_id": "vol-2",
                "volume_size": 9,
                "volume_type": "gp3",
            }
        ],
        "source_dest_check": True,
        "stopped_at": None,
        "subnet_id": "subnet-1",
        "tags": {"team": "a"},
        "virtualization_type": "hvm",
        "vpc_security_group_ids": ["sg-1"],
    }


def test_terminated_instances_are_left_out():
    model = of_instance(instance(State={"Name": "terminated"}))
    assert "aws_instance" not in model.by_type


@pytest.mark.parametrize(
    ("rule", "changed", "status"),
    [
        (secrets.secret_in_user_data, {}, "fail"),
        (secrets.secret_in_user_data, {ATTRIBUTE: {"UserData": {}}}, "pass"),
        (secrets.secret_in_user_data, {ATTRIBUTE: refused("ec2:x")}, "undetermined"),
        (encryption.volume_in_the_clear, {}, "fail"),
        (encryption.volume_in_the_clear, {VOLUMES: refused("ec2:x")}, "undetermined"),
        (operations.instance_answers_without_token, {}, "pass"),
    ],
)
def test_what_was_refused_is_in_doubt(rule: Any, changed: dict[str, Any], status: str):
    assert statuses(rule, of_instance(None, **changed)) == [status]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"StateTransitionReason": "User initiated (2020-05-01 09:00:00 GMT)"}, "fail"),
        ({"StateTransitionReason": ""}, "undetermined"),
        ({"State": {"Name": "running"}}, "not_applicable"),
    ],
)
def test_stopped_and_forgotten(changed: dict[str, Any], status: str):
    model = of_instance(instance(**{"State": {"Name": "stopped"}, **changed}))
    assert statuses(operations.stopped_and_forgotten, model) == [status]


def test_old_and_paravirtual_instances():
    old = of_instance(instance(VirtualizationType="paravirtual"))
    assert statuses(operations.runs_too_long, old) == ["fail"]
    assert statuses(operations.paravirtual, old) == ["fail"]
    new = of_instance(instance(LaunchTime=datetime.now(UTC)))
    assert statuses(operations.runs_too_long, new) == ["pass"]
    assert statuses(operations.paravirtual, new) == ["pass"]


SNAPSHOTS = "ec2.describe_snapshots"
PERMISSION = "ec2.describe_snapshot_attribute"
OWN = {"Snapshots": [{"SnapshotId": "snap-1", "Encrypted": True}, {"SnapshotId": "snap-2"}]}
SHARED = {"Snapshots": [{"SnapshotId": "snap-1"}]}
ALL = {"CreateVolumePermissions": [{"Group": "all"}]}


@pytest.mark.parametrize(
    ("shared", "permission", "wanted"),
    [
        (SHARED, ALL, ["fail", "pass"]),
        (SHARED, {"CreateVolumePermissions": []}, ["pass", "pass"]),
        (SHARED, refused("ec2:DescribeSnapshotAttribute"), ["undetermined", "pass"]),
        ({"Snapshots": []}, ALL, ["pass", "pass"]),
        (refused("ec2:DescribeSnapshots"), ALL, ["undetermined", "undetermined"]),
    ],
)
def test_public_snapshots(shared: Any, permission: Any, wanted: list[str]):
    def listed(arguments: dict[str, Any]) -> Any:
        return shared if "RestorableByUserIds" in arguments else OWN

    model = model_from([ebs.snapshots], {SNAPSHOTS: listed, PERMISSION: permission})
    assert statuses(ebs_network.snapshot_for_everybody, model) == wanted


@pytest.mark.parametrize(
    ("reader", "call", "rule", "bad", "good"),
    [
        (
            ebs.encryption_by_default,
            "ec2.get_ebs_encryption_by_default",
            encryption.no_encryption_by_default,
            {"EbsEncryptionByDefault": False},
            {"EbsEncryptionByDefault": True},
        ),
        (
            ebs.snapshot_block_public_access,
            "ec2.get_snapshot_block_public_access_state",
            ebs_network.snapshots_may_be_public,
            {"State": "unblocked"},
            {"State": "block-new-sharing"},
        ),
        (
            ec2_images.image_block_public_access,
            "ec2.get_image_block_public_access_state",
            network.images_may_be_public,
            {"ImageBlockPublicAccessState": "unblocked"},
            {"ImageBlockPublicAccessState": "block-new-sharing"},
        ),
        (
            ec2.metadata_defaults,
            "ec2.get_instance_metadata_defaults",
            operations.region_does_not_require_tokens,
            {},
            {"AccountLevel": {"HttpTokens": "required"}},
        ),
    ],
)
def test_settings_of_a_region(reader: Any, call: str, rule: Any, bad: Any, good: Any):
    answers = [bad, good, refused(call)]
    found = [statuses(rule, model_from([reader], {call: answer})) for answer in answers]
    assert found == [["fail"], ["pass"], ["undetermined"]]


@pytest.mark.parametrize(
    ("reader", "call", "rule"),
    [
        (groups.security_groups, GROUPS, sg.every_port_open),
        (ec2.instances, INSTANCES, operations.instance_answers_without_token),
        (
            ec2.launch_templates,
            "ec2.describe_launch_templates",
            operations.template_answers_without_token,
        ),
        (ebs.volumes, VOLUMES, encryption.volume_in_the_clear),
        (ec2_images.images, "ec2.describe_images", network.image_for_everybody),
        (vpc.flow_logs, "ec2.describe_flow_logs", vpc_logging.no_flow_logs),
    ],
)
def test_a_refused_listing_is_no_pass(reader: Any, call: str, rule: Any):
    """The verdicts are in doubt, though nothing was found."""
    yes = {"Value": True}
    replies = {
        "ec2.describe_vpcs": {"Vpcs": [{"VpcId": "vpc-1"}]},
        "ec2.describe_vpc_attribute": {"EnableDnsHostnames": yes, "EnableDnsSupport": yes},
        VOLUMES: {"Volumes": []},
        call: refused(call),
    }
    assert set(statuses(rule, model_from([reader, vpc.vpcs], replies))) == {"undetermined"}


def test_an_auto_scaling_group():
    item = {
        "AutoScalingGroupName": "g",
        "AutoScalingGroupARN": "arn:g",
        "AvailabilityZones": ["eu-west-1a", "eu-west-1b"],
        "VPCZoneIdentifier": "subnet-1,subnet-2",
        "HealthCheckType": "ELB",
        "MinSize": 1,
        "MaxSize": 3,
        "CapacityRebalance": True,
        "MixedInstancesPolicy": {
            "LaunchTemplate": {
                "LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1", "Version": "$Latest"},
                "Overrides": [{"InstanceType": "m5.large"}, {"InstanceRequirements": {}}],
            },
            "InstancesDistribution": {"OnDemandPercentageAboveBaseCapacity": 20},
        },
        "SuspendedProcesses": [{"ProcessName": "Launch"}],
        "Tags": [{"Key": "team", "Value": "a", "PropagateAtLaunch": True}],
        "TargetGroupARNs": ["arn:t"],
        "TrafficSources": [{"Identifier": "arn:t", "Type": "elbv2"}],
    }
    reply = {"AutoScalingGroups": [item]}
    model = model_from([autoscaling.groups], {"autoscaling.describe_auto_scaling_groups": reply})
    specification = {
        "launch_template_id": "lt-1",
        "launch_template_name": None,
        "version": "$Latest",
    }
    assert model.by_address["aws_autoscaling_group.g"].data == {
        "id": "g",
        "arn": "arn:g",
        "availability_zones": ["eu-west-1a", "eu-west-1b"],
        "capacity_rebalance": True,
        "health_check_type": "ELB",
        "launch_configuration": None,
        "launch_template": [],
        "load_balancers": [],
        "max_size": 3,
        "min_size": 1,
        "mixed_instances_policy": [
            {
                "instances_distribution": [
                    {"on_demand_percentage_above_base_capacity": 20, "spot_max_price": None}
                ],
                "launch_template": [
                    {
                        "launch_template_specification": [specification],
                        "override": [
                            {"instance_requirements": [], "instance_type": "m5.large"},
                            {"instance_requirements": [{}], "instance_type": None},
                        ],
                    }
                ],
            }
        ],
        "name": "g",
        "suspended_processes": ["Launch"],
        "tag": [{"key": "team", "propagate_at_launch": True, "value": "a"}],
        "target_group_arns": ["arn:t"],
        "traffic_source": [{"identifier": "arn:t", "type": "elbv2"}],
        "vpc_zone_identifier": ["subnet-1", "subnet-2"],
    }
