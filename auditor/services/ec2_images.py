"""Amazon Machine Images of the account, and who may use them.

Sources: EC2 API reference (DescribeImages, GetImageBlockPublicAccessState), AWS provider 5.100.0
documentation of `aws_ami`, `aws_ami_copy`, `aws_ami_launch_permission`,
`aws_ec2_image_block_public_access`.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.aws.reader import Aws, reader, tag_map
from auditor.resource import Blocks, Bool, Link, Node, Resource, Str, StrMap
from auditor.services.ebs import KEYS, ONLY_ONE


class ImageDevice(Node):
    """A block device of an image."""

    device_name = Str()
    encrypted = Bool()
    snapshot_id = Link("aws_ebs_snapshot", "aws_ebs_snapshot_copy")


class Ami(Resource, tf="aws_ami"):
    """An image of the account's own."""

    identity = ("name",)
    arn = Str(computed=True)
    ebs_block_device = Blocks(ImageDevice, unordered=True)
    name = Str()
    public = Bool(default=False)
    tags = StrMap()


class AmiCopy(Resource, tf="aws_ami_copy"):
    """A copy of an image, made by Terraform; live it is an image like others."""

    encrypted = Bool(default=False)
    kms_key_id = Link(*KEYS)
    name = Str()
    source_ami_id = Link("aws_ami", "aws_ami_copy")
    tags = StrMap()


class AmiLaunchPermission(Resource, tf="aws_ami_launch_permission"):
    """Who may start instances from an image; live it is part of the image."""

    account_id = Str()
    group = Str()
    image_id = Link("aws_ami", "aws_ami_copy")
    organization_arn = Str()


class ImageBlockPublicAccess(Resource, tf="aws_ec2_image_block_public_access"):
    """Whether images of a region can be shared with everybody."""

    state = Str()


@reader(yields=(Ami,), calls=("ec2.describe_images",))
def images(aws: Aws) -> Iterator[Resource]:
    """The account's own images."""
    for item in aws.list("ec2.describe_images", "Images", Owners=["self"]):
        devices = [m for m in item.get("BlockDeviceMappings", []) if m.get("Ebs")]
        yield aws.resource(
            Ami,
            item["ImageId"],
            {
                "arn": f"arn:{aws.partition}:ec2:{aws.region}::image/{item['ImageId']}",
                "ebs_block_device": [
                    {
                        "device_name": each.get("DeviceName"),
                        "encrypted": each["Ebs"].get("Encrypted", False),
                        "snapshot_id": each["Ebs"].get("SnapshotId"),
                    }
                    for each in devices
                ],
                "name": item.get("Name"),
                "public": item.get("Public", False),
                "tags": tag_map(item.get("Tags")),
            },
        )


@reader(yields=(ImageBlockPublicAccess,), calls=("ec2.get_image_block_public_access_state",))
def image_block_public_access(aws: Aws) -> Iterator[Resource]:
    """The region's setting; there is always one."""
    reply = aws.ask("ec2.get_image_block_public_access_state")
    state = reply.get("ImageBlockPublicAccessState")
    yield aws.resource(ImageBlockPublicAccess, ONLY_ONE, {"state": state})
