"""What instances may do in AWS."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.policy import EC2_ROLE_DANGERS
from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.ec2 import Instance, LaunchTemplate
from auditor.services.ec2_starts import ADDRESSING, has_public_address, template_of
from auditor.services.iam import IamInstanceProfile, IamRole
from auditor.services.iam_policies import (
    IamPolicy,
    IamRolePolicy,
    IamRolePolicyAttachment,
    policy_of,
)
from auditor.services.left_out import left_to_aws
from auditor.values import Undetermined, Unknown, all_of, some


@rule(
    "IAM-EC2-INSTANCE-PROFILE",
    severity="medium",
    on=Instance,
    family="iam",
    reads=(LaunchTemplate,),
    aliases={
        "checkov": "CKV2_AWS_41",
        "prowler": "ec2_instance_profile_attached",
    },
    frameworks={
        "cis-aws-3.0": "1.18",
        "cis-aws-5.0": "1.17",
        "nist-800-53-r5": "AC-3 CM-5(1) CM-6",
        "pci-dss-4": "7.2.1 7.2.2 7.2.5 7.3.1 7.3.2 7.3.3 8.2.7 8.2.8 8.3.4",
    },
)
def no_profile(instance: Instance) -> Finding | None:
    """Instances obtain AWS access through an instance profile.

    Why: without a role, access keys end up on the disk.
    Fix: set `iam_instance_profile` to a profile whose role allows what is needed; no replacement.
    Source: EC2 API, Instance.IamInstanceProfile; none unless set.
    """
    if not left_to_aws(instance, "iam_instance_profile"):
        return None
    template = template_of(instance)
    if template is None or template.iam_instance_profile is None:
        return instance.finding("has no instance profile", at="iam_instance_profile")
    return None


@rule(
    "IAM-EC2-PUBLIC-WITH-PROFILE",
    severity="high",
    on=Instance,
    family="iam",
    reads=ADDRESSING,
    aliases={
        "prowler": "ec2_instance_internet_facing_with_instance_profile",
    },
)
def public_with_profile(instance: Instance) -> Finding | None:
    """Internet-facing instances carry no instance profile.

    Why: whoever breaks in from the internet has the credentials of its role at once.
    Fix: move the instance behind a load balancer into a private subnet, or take the profile away.
    Source: EC2 API, Instance.IamInstanceProfile, Instance.PublicIpAddress.
    """
    if all_of(
        lambda: not left_to_aws(instance, "iam_instance_profile"),
        lambda: has_public_address(instance),
    ):
        return instance.finding(
            "is on the internet and carries credentials", at="iam_instance_profile"
        )
    return None


@rule(
    "IAM-EC2-ROLE-DANGEROUS-PERMISSIONS",
    severity="high",
    on=Instance,
    family="iam",
    reads=(IamInstanceProfile, IamRole, IamRolePolicy, IamRolePolicyAttachment, IamPolicy),
)
def role_can_do_harm(instance: Instance) -> Iterator[Finding | NotApplicable]:
    """Instance roles hold no destructive or escalating permission set.

    Why: code that runs on the instance, an attacker's included, can destroy data or make itself
    an administrator.
    Fix: allow the role what the application does, on the resources that it uses.
    Source: IAM API; Service Authorization Reference. Of policies of AWS the text is not read:
    their names decide, or nothing does.
    """
    profile = None
    if not left_to_aws(instance, "iam_instance_profile"):
        profile = instance.follow("iam_instance_profile")
    if profile is None:
        yield not_applicable("it has no instance profile")
        return
    role = profile.follow("role")
    causes: list[Unknown] = []
    found: dict[str, str] = {}
    try:
        for held in _policies(role):
            try:
                found.update(dict(_dangers(held)))
            except Undetermined as doubt:
                causes += doubt.causes
    except Undetermined as open_end:
        causes += open_end.causes
    for danger, where in found.items():
        yield instance.finding(
            f"has a role that {danger} ({where})", at="iam_instance_profile", key=danger
        )
    if causes:
        raise Undetermined(*causes)


Held = IamRolePolicy | IamPolicy | IamRolePolicyAttachment
"""A policy that a role has; an attachment stands for a policy of AWS."""


def _policies(role: IamRole) -> Iterator[Held]:
    """The policies of a role, certain ones first."""
    open_ends: list[Unknown] = []
    inline = iter(role.related(IamRolePolicy))
    attached = (_attached(each) for each in role.related(IamRolePolicyAttachment))
    for some_of_them in (inline, attached):
        try:
            yield from some_of_them
        except Undetermined as doubt:
            open_ends += doubt.causes
    if open_ends:
        raise Undetermined(*open_ends)


def _attached(attachment: IamRolePolicyAttachment) -> Held:
    if _name_of_aws(attachment) is not None:
        return attachment
    policy: IamPolicy = attachment.follow("policy_arn")
    return policy


def _name_of_aws(attachment: IamRolePolicyAttachment) -> str | None:
    """The name of a policy of AWS, also where the partition in its ARN is not known."""
    arn = attachment.policy_arn
    text = arn.parts[-1] if isinstance(arn, Unknown) and arn.parts else arn
    if isinstance(text, str) and ":iam::aws:policy/" in text:
        return text.rpartition("/")[2]
    return None


def _dangers(held: Held) -> Iterator[tuple[str, str]]:
    """What a policy allows that it should not: (danger, where)."""
    if isinstance(held, IamRolePolicyAttachment):
        name = _name_of_aws(held) or ""
        if name.endswith(_WIDE):
            yield "may do everything of a service", name
        elif not name.endswith(_HARMLESS):
            raise Undetermined(Unknown(because=f"the text of AWS's policy {name} is not read"))
        return
    policy = policy_of(held)
    for danger, actions in EC2_ROLE_DANGERS.items():
        if some(policy.actions_matching(actions), lambda _grant: True):
            yield danger, held.address


_WIDE = ("FullAccess", "AdministratorAccess", "PowerUserAccess")
_HARMLESS = (
    "ReadOnlyAccess",
    "ReadOnly",
    "ViewOnlyAccess",
    "SecurityAudit",
    "AmazonSSMManagedInstanceCore",
    "CloudWatchAgentServerPolicy",
    "AWSXRayDaemonWriteAccess",
)
"""How names of AWS's policies end that change nothing of the kinds above."""
