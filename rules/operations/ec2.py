"""Instances: metadata service, age, images, keys."""

from __future__ import annotations

from auditor.dates import days_between
from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.autoscaling import LaunchConfiguration
from auditor.services.ec2 import (
    EipAssociation,
    Instance,
    LaunchTemplate,
    MetadataDefaults,
)
from auditor.services.ec2_starts import METADATA, requires_tokens
from auditor.services.elbv2 import Lb
from auditor.services.left_out import left_to_aws
from auditor.services.vpc import Eip, NatGateway
from auditor.values import any_of, some


@rule(
    "OPS-EC2-IMDSV2-INSTANCE",
    severity="high",
    on=Instance,
    family="operations",
    reads=METADATA,
    aliases={
        "checkov": "CKV_AWS_79",
        "trivy": "AWS-0028",
        "prowler": "ec2_instance_imdsv2_enabled",
    },
    frameworks={
        "fsbp": "EC2.8",
        "cis-aws-3.0": "5.6",
        "cis-aws-5.0": "5.7",
        "nist-800-53-r5": "AC-3 AC-3(7) AC-3(15) AC-6",
        "pci-dss-4": "8.2.8",
    },
)
def instance_answers_without_token(instance: Instance) -> Finding | None:
    """Instances accept only IMDSv2 requests.

    Why: with IMDSv1 whoever makes the application fetch a URL gets the credentials of its role.
    Fix: add `metadata_options { http_tokens = "required" }`; no replacement. Check with the metric
    `MetadataNoToken` that nothing still uses IMDSv1.
    Source: EC2 API, InstanceMetadataOptions.HttpTokens. Left out, the launch template decides, then
    the region's default; some images require tokens by themselves, which is not seen here.
    """
    if not requires_tokens(instance):
        return instance.finding("answers metadata requests without a token", at="metadata_options")
    return None


@rule(
    "OPS-EC2-IMDSV2-LAUNCH-TEMPLATE",
    severity="high",
    on=(LaunchTemplate, LaunchConfiguration),
    family="operations",
    reads=METADATA,
    aliases={
        "checkov": "CKV_AWS_79",
        "trivy": "AWS-0130",
        "prowler": (
            "ec2_launch_template_imdsv2_required "
            "autoscaling_group_launch_configuration_requires_imdsv2"
        ),
    },
    frameworks={
        "fsbp": "EC2.170 AutoScaling.3",
        "nist-800-53-r5": "AC-3 AC-3(7) AC-3(15) AC-6 CA-9(1) CM-2",
        "pci-dss-4": "8.2.8",
    },
)
def template_answers_without_token(
    starter: LaunchTemplate | LaunchConfiguration,
) -> Finding | None:
    """Launch templates and launch configurations require IMDSv2.

    Why: with IMDSv1 whoever makes the application fetch a URL gets the credentials of its role.
    Fix: add `metadata_options { http_tokens = "required" }`. A launch configuration is replaced.
    Source: EC2 API, LaunchTemplateInstanceMetadataOptions.HttpTokens. Left out, the region's
    default decides (none unless someone set it).
    """
    if not requires_tokens(starter):
        return starter.finding(
            "starts instances that answer without a token", at="metadata_options"
        )
    return None


@rule(
    "OPS-EC2-IMDSV2-ACCOUNT-DEFAULT",
    severity="high",
    on=MetadataDefaults,
    family="operations",
    aliases={
        "prowler": "ec2_instance_account_imdsv2_enabled",
    },
)
def region_does_not_require_tokens(defaults: MetadataDefaults) -> Finding | None:
    """The regional instance metadata default requires IMDSv2.

    Why: whatever starts an instance without saying otherwise leaves IMDSv1 on.
    Fix: set `http_tokens = "required"` in `aws_ec2_instance_metadata_defaults`.
    Source: EC2 API, GetInstanceMetadataDefaults.AccountLevel.HttpTokens; none unless set.
    """
    if defaults.http_tokens != "required":
        return defaults.finding("does not require tokens", at="http_tokens")
    return None


@rule(
    "OPS-EC2-IMDS-HOP-LIMIT",
    severity="high",
    on=(LaunchTemplate, LaunchConfiguration),
    family="operations",
    aliases={
        "checkov": "CKV_AWS_341",
    },
    frameworks={
        "fsbp": "AutoScaling.4",
        "nist-800-53-r5": "CA-9(1) CM-2 CM-2(2)",
    },
)
def metadata_reaches_further(starter: LaunchTemplate | LaunchConfiguration) -> Finding | None:
    """Metadata response hop limit is 1 in launch templates and configurations.

    Why: with more hops, containers and proxies on the instance get its credentials too.
    Fix: set `http_put_response_hop_limit = 1`. Containers that need the instance's role through
    the bridge need 2: give them roles of their own (ECS task roles) instead.
    Source: EC2 API, InstanceMetadataOptions.HttpPutResponseHopLimit; 1 where left out.
    """
    options = None if left_to_aws(starter, "metadata_options") else starter.metadata_options
    if options is None or left_to_aws(options, "http_put_response_hop_limit"):
        return None
    limit = options.http_put_response_hop_limit
    if limit is not None and limit > 1:
        return options.finding(
            f"lets metadata replies travel {limit} hops", at="http_put_response_hop_limit"
        )
    return None


@rule(
    "OPS-EC2-AGE",
    severity="medium",
    on=Instance,
    family="operations",
    where=("live",),
    aliases={
        "prowler": "ec2_instance_older_than_specific_days",
    },
    frameworks={
        "nist-800-53-r5": "CM-2 CM-2(2) CM-3(3) CM-8(6)",
    },
)
def runs_too_long(instance: Instance, *, maximum_days: int = 180) -> Finding | NotApplicable | None:
    """Running instances are not older than 180 days.

    Why: an instance that is never replaced is never rebuilt from a patched image.
    Fix: build a new image and replace the instance; let an Auto Scaling group do it with
    `max_instance_lifetime`.
    Source: EC2 API, Instance.LaunchTime (a stop and start counts as a launch).
    """
    if instance.instance_state != "running":
        return not_applicable("it does not run")
    days = days_between(instance.launch_time, instance.read_at)
    if days > maximum_days:
        return instance.finding(f"has run for {days} days", at="launch_time")
    return None


@rule(
    "OPS-EC2-STOPPED-STALE",
    severity="medium",
    on=Instance,
    family="operations",
    where=("live",),
    aliases={
        "prowler": "ec2_instance_stopped_older_than_specific_days",
    },
    frameworks={
        "fsbp": "EC2.4",
        "nist-800-53-r5": "CA-9(1) CM-2 CM-2(2)",
    },
)
def stopped_and_forgotten(
    instance: Instance, *, maximum_days: int = 30
) -> Finding | NotApplicable | None:
    """Instances stopped longer than 30 days are removed.

    Why: nobody patches it, its disks are paid for, and one day it is started as it was.
    Fix: keep an image or snapshot if it is needed, and terminate the instance.
    Source: EC2 API, Instance.StateTransitionReason.
    """
    if instance.instance_state != "stopped":
        return not_applicable("it is not stopped")
    days = days_between(instance.stopped_at, instance.read_at)
    if days > maximum_days:
        return instance.finding(f"has been stopped for {days} days", at="instance_state")
    return None


@rule(
    "OPS-EC2-NO-PARAVIRTUAL",
    severity="medium",
    on=Instance,
    family="operations",
    where=("live",),
    aliases={
        "prowler": "ec2_instance_paravirtual_type",
    },
    frameworks={
        "fsbp": "EC2.24",
        "nist-800-53-r5": "CM-2 CM-2(2)",
    },
)
def paravirtual(instance: Instance) -> Finding | None:
    """Instances use hardware virtualisation.

    Why: paravirtual images run on old hardware only, without its protections.
    Fix: move to an image of type `hvm`.
    Source: EC2 API, Instance.VirtualizationType.
    """
    if instance.virtualization_type != "hvm":
        return instance.finding("uses paravirtualisation", at="virtualization_type")
    return None


@rule(
    "OPS-EC2-NO-KEY-PAIR",
    severity="low",
    on=(Instance, LaunchTemplate),
    family="operations",
    frameworks={
        "pci-dss-4": "8.2.1 8.2.2 8.2.4 8.2.5 8.3.11",
    },
)
def has_key_pair(starter: Instance | LaunchTemplate) -> Finding | None:
    """Instances do not carry an SSH key pair.

    Why: a key that several people share says nothing about who logged in, and is never changed.
    Fix: remove `key_name` (the instance is replaced) and log in with Session Manager.
    Source: EC2 API, Instance.KeyName; none unless set.
    """
    if not left_to_aws(starter, "key_name"):
        return starter.finding("carries an SSH key pair", at="key_name")
    return None


@rule(
    "OPS-EC2-EIP-UNUSED",
    severity="low",
    on=Eip,
    family="operations",
    reads=(EipAssociation, NatGateway, Lb),
    aliases={
        "checkov": "CKV2_AWS_19",
        "prowler": "ec2_elastic_ip_unassigned",
    },
    frameworks={
        "fsbp": "EC2.12",
        "nist-800-53-r5": "CM-8(1)",
    },
)
def address_unused(address: Eip) -> Finding | None:
    """Elastic IPs are associated with an instance, interface or NAT gateway.

    Why: it is paid for, and an address that nobody remembers stays in somebody's allow list.
    Fix: associate it or remove the `aws_eip`.
    Source: EC2 API, Address.AssociationId.
    """
    used = any_of(
        lambda: not left_to_aws(address, "association_id"),
        lambda: not left_to_aws(address, "instance"),
        lambda: not left_to_aws(address, "network_interface"),
        lambda: some(address.related(EipAssociation), lambda _: True),
        lambda: some(address.related(NatGateway), lambda _: True),
        lambda: some(address.everything(Lb), lambda balancer: _has(balancer, address)),
    )
    return None if used else address.finding("is not used by anything")


def _has(balancer: Lb, address: Eip) -> bool:
    return some(
        balancer.subnet_mapping,
        lambda mapping: (
            mapping.is_set("allocation_id") and mapping.follow("allocation_id") is address
        ),
    )
