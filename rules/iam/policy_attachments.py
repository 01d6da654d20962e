"""Which policies of AWS are attached, and to whom policies are."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.aws.account import Account
from auditor.resource import Finding, Resource
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.iam import IamUser
from auditor.services.iam_policies import (
    ATTACHMENTS,
    IamRolePolicyAttachment,
    IamUserPolicy,
    IamUserPolicyAttachment,
    arn_argument,
    attaches,
)
from auditor.values import some


def _attached(attachment: Resource, name: str, exempt: Iterable[str] = ()) -> Finding | None:
    if not attaches(attachment, name):
        return None
    if some(exempt, lambda one: some(_HOLDERS, lambda kind: attachment.get(kind) == one)):
        return None
    return attachment.finding(f"attaches {name}", at=arn_argument(attachment))


_HOLDERS = ("role", "user", "group", "permission_set_arn")


@rule(
    "IAM-POLICY-ADMIN-MANAGED-ATTACHED",
    severity="high",
    on=ATTACHMENTS,
    family="iam",
    aliases={
        "checkov": "CKV_AWS_274 CKV_AWS_275",
        "prowler": (
            "iam_aws_attached_policy_no_administrative_privileges "
            "iam_role_administratoraccess_policy "
            "iam_group_administrator_access_policy "
            "iam_user_administrator_access_policy"
        ),
    },
    frameworks={
        "cis-aws-3.0": "1.16",
        "cis-aws-5.0": "1.15",
        "nist-800-53-r5": (
            "AC-2 AC-2(1) AC-2(6) AC-3 AC-3(3) AC-3(4) AC-3(7) AC-3(8) AC-3(12) "
            "AC-3(13) AC-3(15) AC-4(28) AC-5 AC-6 AC-6(2) AC-6(3) AC-6(10) AC-24 "
            "CM-5(1) CM-6 CM-9 MP-2 SC-23(3) SC-25"
        ),
        "pci-dss-4": "7.2.1 7.2.2 7.2.5 7.3.1 7.3.2 7.3.3 8.2.7 8.2.8 8.3.4",
    },
)
def administrator_attached(attachment: Resource, *, exempt: tuple[str, ...] = ()) -> Finding | None:
    """The policy AdministratorAccess is attached to nobody.

    Why: whoever gets at the user or role owns the account.
    Fix: attach what is needed. List roles for emergencies in the parameter `exempt`.
    Source: IAM API, AttachedManagedPolicies; `arn:aws:iam::aws:policy/AdministratorAccess`.
    """
    return _attached(attachment, "AdministratorAccess", exempt)


@rule(
    "IAM-POLICY-IAMFULLACCESS-ATTACHED",
    severity="high",
    on=ATTACHMENTS,
    family="iam",
    aliases={
        "checkov": "CKV2_AWS_56",
    },
)
def iam_full_access_attached(
    attachment: Resource, *, exempt: tuple[str, ...] = ()
) -> Finding | None:
    """The policy IAMFullAccess is attached to nobody.

    Why: whoever may do everything in IAM may give themselves everything else.
    Fix: attach what is needed.
    Source: IAM API, AttachedManagedPolicies; `arn:aws:iam::aws:policy/IAMFullAccess`.
    """
    return _attached(attachment, "IAMFullAccess", exempt)


@rule(
    "IAM-POLICY-CLOUDSHELL-FULL",
    severity="medium",
    on=ATTACHMENTS,
    family="iam",
    aliases={
        "prowler": "iam_policy_cloudshell_admin_not_attached",
    },
    frameworks={
        "fsbp": "IAM.27",
        "cis-aws-3.0": "1.22",
        "cis-aws-5.0": "1.21",
        "pci-dss-4": "7.2.1 7.2.2 7.2.3 7.2.5 7.3.1 7.3.2 7.3.3 8.2.7 8.2.8 8.3.4",
    },
)
def cloudshell_attached(attachment: Resource, *, exempt: tuple[str, ...] = ()) -> Finding | None:
    """The policy AWSCloudShellFullAccess is attached to nobody.

    Why: it allows uploads and downloads through the browser's shell, past all network controls.
    Fix: give `cloudshell:*` without `GetFileDownloadUrls` and `GetFileUploadUrls`.
    Source: CIS AWS Foundations Benchmark, "Ensure access to AWSCloudShellFullAccess is restricted".
    """
    return _attached(attachment, "AWSCloudShellFullAccess", exempt)


@rule(
    "IAM-USER-POLICIES-VIA-GROUPS",
    severity="low",
    on=(IamUser, IamUserPolicy, IamUserPolicyAttachment),
    family="iam",
    aliases={
        "checkov": "CKV_AWS_40",
        "trivy": "AWS-0143",
        "prowler": "iam_policy_attached_only_to_group_or_roles",
    },
    frameworks={
        "fsbp": "IAM.2",
        "cis-aws-3.0": "1.15",
        "cis-aws-5.0": "1.14",
        "nist-800-53-r5": "AC-2 AC-2(1) AC-3 AC-3(7) AC-3(15) AC-6 AC-6(3)",
        "pci-dss-4": (
            "7.2.1 7.2.2 7.2.5 7.3.1 7.3.2 7.3.3 8.2.1 8.2.2 8.2.4 8.2.5 8.2.7 8.2.8 8.3.4 8.3.11"
        ),
    },
)
def user_with_policies_of_its_own(
    judged: IamUser | IamUserPolicy | IamUserPolicyAttachment,
) -> Finding | NotApplicable | None:
    """Users get permissions through groups or roles only.

    Why: permissions of single users are forgotten when people change jobs.
    Fix: attach the policy to a group (`aws_iam_group_policy_attachment`) and put the user in it.
    Source: IAM API, UserDetail: UserPolicyList, AttachedManagedPolicies.
    """
    if not isinstance(judged, IamUser):
        return judged.finding("gives a user permissions of its own")
    for cls in (IamUserPolicy, IamUserPolicyAttachment):
        if some(judged.related(cls), lambda _: True):
            return not_applicable("its own policies are judged by themselves")
    return None


@rule(
    "IAM-ROLE-SUPPORT",
    severity="low",
    on=Account,
    family="iam",
    where=("live",),
    reads=(IamRolePolicyAttachment,),
    aliases={
        "trivy": "AWS-0169",
        "prowler": "iam_support_role_created",
    },
    frameworks={
        "fsbp": "IAM.18",
        "cis-aws-3.0": "1.17",
        "cis-aws-5.0": "1.16",
    },
)
def nobody_for_support(account: Account) -> Finding | None:
    """Some role may open cases with AWS Support.

    Why: in an incident somebody has to be able to ask AWS without using root.
    Fix: attach `arn:aws:iam::aws:policy/AWSSupportAccess` to a role of the people on call.
    Source: CIS AWS Foundations Benchmark, "Ensure a support role has been created".
    """
    if some(account.everything(IamRolePolicyAttachment), lambda a: attaches(a, "AWSSupportAccess")):
        return None
    return account.finding("has no role with AWSSupportAccess")


@rule(
    "IAM-ROLE-SECURITY-AUDIT",
    severity="low",
    on=Account,
    family="iam",
    where=("live",),
    reads=(IamRolePolicyAttachment,),
    aliases={
        "prowler": "iam_securityaudit_role_created",
    },
)
def nobody_for_audits(account: Account) -> Finding | None:
    """Some role may read the account's configuration for a security audit.

    Why: without one, audits are done with more permissions than they need.
    Fix: attach `arn:aws:iam::aws:policy/SecurityAudit` to a role of the auditors.
    Source: IAM User Guide, "AWS managed policies for job functions", security auditor.
    """
    if some(account.everything(IamRolePolicyAttachment), lambda a: attaches(a, "SecurityAudit")):
        return None
    return account.finding("has no role with SecurityAudit")
