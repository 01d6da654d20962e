"""Amazon EC2: instances, launch templates, and a region's metadata defaults.

Sources: EC2 API reference (DescribeInstances, DescribeInstanceAttribute, DescribeVolumes,
DescribeLaunchTemplates, DescribeLaunchTemplateVersions, GetInstanceMetadataDefaults), AWS provider
5.100.0 documentation of the types below. Images are in auditor.services.ec2_images.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader, tag_map
from auditor.dates import date_text, now_text
from auditor.resource import (
    Block,
    Blocks,
    Bool,
    Link,
    Links,
    Node,
    Num,
    Resource,
    Str,
    StrMap,
)
from auditor.services.ebs import KEYS, ONLY_ONE
from auditor.services.vpc import SUBNETS, arn_of
from auditor.values import Unknown

GROUPS = ("aws_security_group", "aws_default_security_group")


class MetadataOptions(Node):
    """How the instance metadata service answers. What is left out, the region or AMI decides."""

    http_endpoint = Str(default="enabled")
    http_put_response_hop_limit = Num()
    http_tokens = Str()
    instance_metadata_tags = Str()


class BlockDevice(Node):
    """A volume of an instance."""

    delete_on_termination = Bool(default=True)
    device_name = Str(computed=True)
    encrypted = Bool()
    kms_key_id = Link(*KEYS)
    snapshot_id = Link("aws_ebs_snapshot")
    volume_id = Link("aws_ebs_volume", computed=True)
    volume_size = Num(computed=True)
    volume_type = Str(computed=True)

    @property
    def is_a_volume_here(self) -> bool:
        """Whether the volume is in the model by itself, and is judged there."""
        id, model = self.data.get("volume_id"), self.root.model
        return isinstance(id, str) and model is not None and bool(model.named(_VOLUME, id))


_VOLUME = ("aws_ebs_volume",)


class Attached(Node):
    """A network interface that was made elsewhere."""

    device_index = Num()
    network_interface_id = Link("aws_network_interface")


class TemplateOf(Node):
    """The launch template that something starts from."""

    id = Link("aws_launch_template")
    name = Link("aws_launch_template")
    version = Str()


class Instance(Resource, tf="aws_instance"):
    """An instance.

    user_data: a live one and a state hold a hash of it; user_data_base64: the content, where it
    is known. launch_time, stopped_at, read_at, virtualization_type, interfaces: of a live one
    only; dates as in auditor.dates.
    """

    ami = Str(computed=True)
    arn = Str(computed=True)
    associate_public_ip_address = Bool(computed=True)
    availability_zone = Str(computed=True)
    ebs_block_device = Blocks(BlockDevice, unordered=True)
    ebs_optimized = Bool(computed=True)
    iam_instance_profile = Link("aws_iam_instance_profile", computed=True)
    instance_state = Str(computed=True)
    instance_type = Str(computed=True)
    interfaces = Num(computed=True)
    key_name = Str()
    launch_template = Block(TemplateOf)
    launch_time = Str(computed=True)
    metadata_options = Block(MetadataOptions)
    monitoring = Bool(default=False)
    network_interface = Blocks(Attached, unordered=True)
    read_at = Str(computed=True)
    root_block_device = Block(BlockDevice)
    source_dest_check = Bool(default=True)
    stopped_at = Str(computed=True)
    subnet_id = Link(*SUBNETS, computed=True)
    tags = StrMap()
    user_data = Str(sensitive=True)
    user_data_base64 = Str(sensitive=True)
    virtualization_type = Str(computed=True)
    vpc_security_group_ids = Links(*GROUPS, computed=True)


class TemplateEbs(Node):
    """The volume of a mapping. `encrypted` is a string that holds a bool."""

    delete_on_termination = Bool()
    encrypted = Bool()
    kms_key_id = Link(*KEYS)
    snapshot_id = Link("aws_ebs_snapshot")


class Mapped(Node):
    """A block device that a template attaches."""

    device_name = Str()
    ebs = Block(TemplateEbs)


class TemplateInterface(Node):
    """A network interface that a template attaches."""

    associate_public_ip_address = Bool()
    security_groups = Links(*GROUPS)
    subnet_id = Link(*SUBNETS)


class TemplateProfile(Node):
    """The instance profile of a template."""

    arn = Link("aws_iam_instance_profile")
    name = Link("aws_iam_instance_profile")


class Monitoring(Node):
    """Metrics by the minute."""

    enabled = Bool(default=False)


class LaunchTemplate(Resource, tf="aws_launch_template"):
    """A launch template: its latest version, as Terraform has it."""

    identity = ("name",)
    arn = Str(computed=True)
    block_device_mappings = Blocks(Mapped)
    iam_instance_profile = Block(TemplateProfile)
    image_id = Str()
    instance_type = Str()
    key_name = Str()
    metadata_options = Block(MetadataOptions)
    monitoring = Block(Monitoring)
    name = Str(computed=True)
    network_interfaces = Blocks(TemplateInterface)
    tags = StrMap()
    user_data = Str(sensitive=True)
    vpc_security_group_ids = Links(*GROUPS)


class MetadataDefaults(Resource, tf="aws_ec2_instance_metadata_defaults"):
    """What a region's new instances get where nothing else is said."""

    http_endpoint = Str(default="no-preference")
    http_put_response_hop_limit = Num()
    http_tokens = Str(default="no-preference")


class EipAssociation(Resource, tf="aws_eip_association"):
    """An Elastic IP on an instance or interface; live it is part of the address."""

    allocation_id = Link("aws_eip")
    instance_id = Link("aws_instance")
    network_interface_id = Link("aws_network_interface")


# -- live ----------------------------------------------------------------------------------------


@reader(
    yields=(Instance,),
    calls=(
        "ec2.describe_instances",
        "ec2.describe_volumes",
        "ec2.describe_instance_attribute",
    ),
)
def instances(aws: Aws) -> Iterator[Resource]:
    """Instances that are not terminated, with their volumes and user data."""
    listed = aws.ask_all("ec2.describe_volumes", "Volumes")
    volumes = listed if isinstance(listed, Unknown) else {v["VolumeId"]: v for v in listed}
    read_at = now_text()

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        id = item["InstanceId"]
        reply = aws.ask("ec2.describe_instance_attribute", InstanceId=id, Attribute="userData")
        content = reply.get("UserData")
        text = content if isinstance(content, Unknown) else (content or {}).get("Value")
        yield aws.resource(
            Instance,
            id,
            {
                **_described(item),
                **_devices(item, volumes),
                "arn": arn_of(aws, item, "instance", id),
                "network_interface": [],  # made by Terraform: AWS does not say by whom
                "launch_template": _template_of(tag_map(item.get("Tags"))),
                "read_at": read_at,
                "user_data": text if isinstance(text, Unknown) else _hash(text),
                "user_data_base64": text,
            },
        )

    yield from aws.parallel(
        read,
        (
            item
            for reservation in aws.list("ec2.describe_instances", "Reservations")
            for item in reservation.get("Instances", [])
            if item.get("State", {}).get("Name") not in ("terminated", "shutting-down")
        ),
    )


def _described(item: Mapping[str, Any]) -> dict[str, Any]:
    options = item.get("MetadataOptions") or {}
    profile = (item.get("IamInstanceProfile") or {}).get("Arn", "")
    state = item.get("State", {}).get("Name")
    return {
        "ami": item.get("ImageId"),
        "associate_public_ip_address": bool(item.get("PublicIpAddress")),
        "availability_zone": item.get("Placement", {}).get("AvailabilityZone"),
        "ebs_optimized": item.get("EbsOptimized", False),
        "iam_instance_profile": profile.rpartition("/")[2] or None,
        "instance_state": state,
        "instance_type": item.get("InstanceType"),
        "interfaces": len(item.get("NetworkInterfaces", [])),
        "key_name": item.get("KeyName"),
        "launch_time": date_text(item.get("LaunchTime")),
        "metadata_options": [_metadata(options)] if options else [],
        "monitoring": item.get("Monitoring", {}).get("State") in ("enabled", "pending"),
        "source_dest_check": item.get("SourceDestCheck", True),
        "stopped_at": _stopped_at(item) if state == "stopped" else None,
        "subnet_id": item.get("SubnetId"),
        "tags": {
            key: value
            for key, value in tag_map(item.get("Tags")).items()
            if not key.startswith("aws:")
        },
        "virtualization_type": item.get("VirtualizationType"),
        "vpc_security_group_ids": [g["GroupId"] for g in item.get("SecurityGroups", [])],
    }


def _template_of(tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """What it was started from: AWS says so in tags, and the provider reads them."""
    id = tags.get("aws:ec2launchtemplate:id")
    version = tags.get("aws:ec2launchtemplate:version")
    return [{"id": id, "name": None, "version": version}] if id else []


def _metadata(options: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "http_endpoint": options.get("HttpEndpoint"),
        "http_put_response_hop_limit": options.get("HttpPutResponseHopLimit"),
        "http_tokens": options.get("HttpTokens"),
        "instance_metadata_tags": options.get("InstanceMetadataTags"),
    }


def _stopped_at(item: Mapping[str, Any]) -> Any:
    """`User initiated (2025-05-01 09:00:00 GMT)`: the only place where AWS says when."""
    reason = item.get("StateTransitionReason", "")
    date = reason.partition("(")[2].partition(" GMT")[0]
    if len(date) == len("2025-05-01 09:00:00"):
        return f"{date.replace(' ', 'T')}+00:00"
    return Unknown(because=f"AWS does not say when it stopped ({reason or 'no reason given'})")


def _devices(item: Mapping[str, Any], volumes: Any) -> dict[str, Any]:
    """The root volume and the others, as DescribeVolumes has them."""
    if isinstance(volumes, Unknown):
        return {"root_block_device": volumes, "ebs_block_device": volumes}
    root: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for mapping in item.get("BlockDeviceMappings", []):
        name, ebs = mapping.get("DeviceName"), mapping.get("Ebs") or {}
        volume = volumes.get(ebs.get("VolumeId"), {})
        device = {
            "delete_on_termination": ebs.get("DeleteOnTermination"),
            "device_name": name,
            "encrypted": volume.get("Encrypted"),
            "kms_key_id": volume.get("KmsKeyId"),
            "snapshot_id": volume.get("SnapshotId") or None,
            "volume_id": ebs.get("VolumeId"),
            "volume_size": volume.get("Size"),
            "volume_type": volume.get("VolumeType"),
        }
        (root if name == item.get("RootDeviceName") else others).append(device)
    return {"root_block_device": root, "ebs_block_device": others}


def _hash(encoded: str | None) -> str | None:
    """What the provider keeps of user data: the SHA-1 of the content."""
    import base64

    if not encoded:
        return None
    content = base64.b64decode(encoded)
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


@reader(
    yields=(LaunchTemplate,),
    calls=("ec2.describe_launch_templates", "ec2.describe_launch_template_versions"),
)
def launch_templates(aws: Aws) -> Iterator[Resource]:
    """Launch templates: the latest versions of all of them come in one listing."""
    listed = {
        item["LaunchTemplateId"]: item
        for item in aws.list("ec2.describe_launch_templates", "LaunchTemplates")
    }
    versions = aws.list(
        "ec2.describe_launch_template_versions",
        "LaunchTemplateVersions",
        Versions=["$Latest"],
        MaxResults=200,
    )
    for version in versions if listed else ():
        id = version["LaunchTemplateId"]
        item = listed.get(id, {})
        yield aws.resource(
            LaunchTemplate,
            id,
            {
                **_template(version.get("LaunchTemplateData") or {}),
                "arn": arn_of(aws, {}, "launch-template", id),
                "name": version.get("LaunchTemplateName"),
                "tags": tag_map(item.get("Tags")),
            },
        )


def _template(data: Mapping[str, Any]) -> dict[str, Any]:
    options, profile = data.get("MetadataOptions"), data.get("IamInstanceProfile")
    monitoring = data.get("Monitoring")
    return {
        "block_device_mappings": [_mapping(m) for m in data.get("BlockDeviceMappings", [])],
        "iam_instance_profile": [{"arn": profile.get("Arn"), "name": profile.get("Name")}]
        if profile
        else [],
        "image_id": data.get("ImageId"),
        "instance_type": data.get("InstanceType"),
        "key_name": data.get("KeyName"),
        "metadata_options": [_metadata(options)] if options else [],
        "monitoring": [{"enabled": monitoring.get("Enabled")}] if monitoring else [],
        "network_interfaces": [
            {
                "associate_public_ip_address": each.get("AssociatePublicIpAddress"),
                "security_groups": each.get("Groups", []),
                "subnet_id": each.get("SubnetId"),
            }
            for each in data.get("NetworkInterfaces", [])
        ],
        "user_data": data.get("UserData"),
        "vpc_security_group_ids": data.get("SecurityGroupIds", []),
    }


def _mapping(item: Mapping[str, Any]) -> dict[str, Any]:
    ebs = item.get("Ebs")
    return {
        "device_name": item.get("DeviceName"),
        "ebs": [
            {
                "delete_on_termination": ebs.get("DeleteOnTermination"),
                "encrypted": ebs.get("Encrypted"),
                "kms_key_id": ebs.get("KmsKeyId"),
                "snapshot_id": ebs.get("SnapshotId"),
            }
        ]
        if ebs
        else [],
    }


@reader(yields=(MetadataDefaults,), calls=("ec2.get_instance_metadata_defaults",))
def metadata_defaults(aws: Aws) -> Iterator[Resource]:
    """The region's defaults; there is always one set, empty unless someone filled it."""
    reply = aws.ask("ec2.get_instance_metadata_defaults")

    def level(name: str) -> Any:
        return lambda: (reply.get("AccountLevel") or {}).get(name)

    yield aws.resource(
        MetadataDefaults,
        ONLY_ONE,
        {
            "http_endpoint": level("HttpEndpoint"),
            "http_put_response_hop_limit": level("HttpPutResponseHopLimit"),
            "http_tokens": level("HttpTokens"),
        },
    )
