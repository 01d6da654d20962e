"""Instances and images that are reachable by, or shared with, everybody."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.autoscaling import LaunchConfiguration
from auditor.services.ec2 import Instance, LaunchTemplate
from auditor.services.ec2_images import (
    Ami,
    AmiLaunchPermission,
    ImageBlockPublicAccess,
)
from auditor.services.ec2_starts import ADDRESSING, gives_address, has_public_address


@rule(
    "NET-EC2-NO-PUBLIC-IP",
    severity="high",
    on=Instance,
    family="network",
    reads=ADDRESSING,
    aliases={
        "checkov": "CKV_AWS_88",
        "prowler": "ec2_instance_public_ip",
    },
    frameworks={
        "fsbp": "EC2.9",
        "nist-800-53-r5": (
            "AC-3 AC-3(7) AC-4 AC-4(21) AC-6 AC-21 SC-7 SC-7(3) SC-7(4) SC-7(9) "
            "SC-7(11) SC-7(16) SC-7(20) SC-7(21)"
        ),
        "pci-dss-4": "11.3.1.3 11.5.2",
    },
)
def instance_on_the_internet(instance: Instance) -> Finding | None:
    """Instances have no public IPv4 address.

    Why: one rule of a security group away from it, everybody can talk to the instance.
    Fix: set `associate_public_ip_address = false` and a private subnet (a new address at launch
    only: the instance is replaced); publish it through a load balancer.
    Source: EC2 API, Instance.PublicIpAddress. Left out, the subnet decides; a default subnet gives
    one. An Elastic IP counts too.
    """
    if has_public_address(instance):
        return instance.finding("has a public address", at="associate_public_ip_address")
    return None


@rule(
    "NET-EC2-LAUNCH-TEMPLATE-NO-PUBLIC-IP",
    severity="high",
    on=(LaunchTemplate, LaunchConfiguration),
    family="network",
    aliases={
        "checkov": "CKV_AWS_88 CKV_AWS_389",
        "trivy": "AWS-0009",
        "prowler": (
            "ec2_launch_template_no_public_ip autoscaling_group_launch_configuration_no_public_ip"
        ),
    },
    frameworks={
        "fsbp": "EC2.25 Autoscaling.5",
        "nist-800-53-r5": (
            "AC-3 AC-3(7) AC-4 AC-4(21) AC-6 AC-21 SC-7 SC-7(3) SC-7(4) SC-7(9) "
            "SC-7(11) SC-7(16) SC-7(20) SC-7(21)"
        ),
        "pci-dss-4": "1.4.5",
    },
)
def template_gives_public_addresses(
    starter: LaunchTemplate | LaunchConfiguration,
) -> Finding | None:
    """Launch templates and configurations assign no public address.

    Why: every instance that they start is on the internet, whatever its subnet is meant for.
    Fix: remove `associate_public_ip_address = true` from `network_interfaces`.
    Source: EC2 API, LaunchTemplateInstanceNetworkInterfaceSpecification.AssociatePublicIpAddress.
    Left out, the subnet decides.
    """
    if gives_address(starter):
        where = "associate_public_ip_address"
        at = where if isinstance(starter, LaunchConfiguration) else "network_interfaces"
        return starter.finding("gives its instances public addresses", at=at)
    return None


@rule(
    "NET-EC2-ENI-SOURCE-DEST-CHECK",
    severity="medium",
    on=Instance,
    family="network",
    frameworks={
        "fsbp": "EC2.180",
    },
)
def forwards_packets(instance: Instance) -> Finding | None:
    """Network interfaces keep the source/destination check on.

    Why: without the check an instance can pass on, and read, traffic that is not its own.
    Fix: remove `source_dest_check = false`; use a NAT gateway where it was there for NAT.
    Source: EC2 API, Instance.SourceDestCheck; provider default true.
    """
    if not instance.source_dest_check:
        return instance.finding("does not check source and destination", at="source_dest_check")
    return None


@rule(
    "NET-EC2-AMI-PUBLIC",
    severity="critical",
    on=(Ami, AmiLaunchPermission),
    family="network",
    aliases={
        "checkov": "CKV_AWS_205",
        "prowler": "ec2_ami_public",
    },
)
def image_for_everybody(image: Ami | AmiLaunchPermission) -> Finding | None:
    """Own AMIs are not shared with everybody.

    Why: anyone can start the image and read what is on its disks, forgotten secrets included.
    Fix: name accounts in `aws_ami_launch_permission` (`account_id`) instead of `group = "all"`.
    Source: EC2 API, Image.Public, LaunchPermission.Group.
    """
    if isinstance(image, Ami):
        if image.public:
            return image.finding("is shared with everybody", at="public")
    elif image.group == "all":
        return image.finding("shares the image with everybody", at="group")
    return None


@rule(
    "NET-EC2-AMI-BLOCK-PUBLIC",
    severity="medium",
    on=ImageBlockPublicAccess,
    family="network",
    aliases={
        "prowler": "ec2_ami_account_block_public_access",
    },
)
def images_may_be_public(block: ImageBlockPublicAccess) -> Finding | None:
    """Public AMI sharing is blocked for the region.

    Why: one wrong click or line makes an image public.
    Fix: set `state = "block-new-sharing"` in `aws_ec2_image_block_public_access`.
    Source: EC2 API, GetImageBlockPublicAccessState.
    """
    if block.state != "block-new-sharing":
        return block.finding("does not block public images", at="state")
    return None
