"""Users and groups: who is in which, and who has passwords and keys."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.aws.account import Account
from auditor.policy import Policy
from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.iam import IamGroup, IamGroupMembership, IamUser, IamUserGroupMembership
from auditor.services.iam_account import IamAccessKey, IamSamlProvider, IamUserLoginProfile
from auditor.services.iam_policies import IamGroupPolicy, IamGroupPolicyAttachment, IamPolicy
from auditor.values import any_of, matching, some


@rule(
    "IAM-USER-ONE-ACTIVE-KEY",
    severity="medium",
    on=IamUser,
    family="iam",
    reads=(IamAccessKey,),
    aliases={
        "trivy": "AWS-0167",
        "prowler": "iam_user_two_active_access_key",
    },
    frameworks={
        "cis-aws-3.0": "1.13",
        "cis-aws-5.0": "1.12",
    },
)
def two_active_keys(user: IamUser) -> Finding | None:
    """No user has two active access keys.

    Why: two keys are twice the chance of a leak; the second is for the days of a rotation only.
    Fix: set `status = "Inactive"` on the old `aws_iam_access_key`, then delete it.
    Source: IAM API, AccessKeyMetadata.Status; provider default Active.
    """
    keys = matching(user.related(IamAccessKey), lambda key: key.status == "Active")
    for number, _ in enumerate(keys, 1):
        if number > 1:
            return user.finding("has two active access keys")
    return None


@rule(
    "IAM-USER-IN-GROUP",
    severity="low",
    on=IamUser,
    family="iam",
    reads=(IamUserGroupMembership, IamGroupMembership),
    aliases={
        "checkov": "CKV2_AWS_21",
    },
    frameworks={
        "nist-800-53-r5": (
            "AC-2 AC-2(1) AC-2(6) AC-3 AC-3(3) AC-3(4) AC-3(7) AC-3(8) AC-3(12) "
            "AC-3(13) AC-3(15) AC-4(28) AC-6 AC-6(3) AC-24 CM-5(1) CM-6 CM-9 MP-2 "
            "SC-23(3)"
        ),
        "pci-dss-4": "7.2.1 7.2.2 7.2.6 7.3.1 7.3.2 8.2.1 8.2.2 8.2.4 8.2.5 8.3.11 10.6.3",
    },
)
def user_in_no_group(user: IamUser) -> Finding | None:
    """Each user is in a group.

    Why: permissions of users outside groups are given one by one, and stay.
    Fix: add an `aws_iam_user_group_membership`.
    Source: IAM API, UserDetail.GroupList.
    """
    if any_of(
        lambda: some(user.related(IamUserGroupMembership), lambda m: some(m.groups, _is_there)),
        lambda: some(user.related(IamGroupMembership), _is_there),
    ):
        return None
    return user.finding("is in no group")


def _is_there(_: object) -> bool:
    return True


@rule(
    "IAM-GROUP-NOT-EMPTY",
    severity="low",
    on=IamGroup,
    family="iam",
    reads=(IamUserGroupMembership, IamGroupMembership),
    aliases={
        "checkov": "CKV2_AWS_14",
    },
    frameworks={
        "pci-dss-4": "7.2.4 7.2.5.1 8.2.1 8.2.2 8.2.4 8.2.5 8.2.6 8.3.11 A3.4.1",
    },
)
def group_empty(group: IamGroup) -> Finding | None:
    """Each group has a member.

    Why: an empty group keeps permissions that nobody reviews until somebody is put in.
    Fix: delete the group.
    Source: IAM API, UserDetail.GroupList.
    """
    if any_of(
        lambda: some(group.related(IamUserGroupMembership), _is_there),
        lambda: some(group.related(IamGroupMembership), lambda m: some(m.users, _is_there)),
    ):
        return None
    return group.finding("has no member")


@rule(
    "IAM-GROUP-ENFORCE-MFA",
    severity="medium",
    on=IamGroup,
    family="iam",
    reads=(IamGroupPolicy, IamGroupPolicyAttachment, IamPolicy),
    aliases={
        "trivy": "AWS-0123",
    },
)
def group_without_mfa(group: IamGroup) -> Finding | None:
    """Policies of groups ask for MFA.

    Why: without it a password or key alone is enough to use the group's permissions.
    Fix: add a policy that denies what it can while `aws:MultiFactorAuthPresent` is false
    (`BoolIfExists`).
    Source: IAM User Guide, "AWS: Allows MFA-authenticated IAM users to manage their own
    credentials". None of AWS's own policies has such a condition.
    """
    if any_of(
        lambda: some(group.related(IamGroupPolicy), lambda p: _asks_for_mfa(p.policy)),
        lambda: some(group.related(IamGroupPolicyAttachment), _attaches_mfa),
    ):
        return None
    return group.finding("has no policy that asks for MFA")


def _asks_for_mfa(policy: object) -> bool:
    return Policy.parse(policy).uses_condition_key(
        "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"
    )


def _attaches_mfa(attachment: IamGroupPolicyAttachment) -> bool:
    arn = attachment.policy_arn
    if isinstance(arn, str) and ":aws:policy/" in arn:
        return False
    return _asks_for_mfa(attachment.follow("policy_arn").policy)


@rule(
    "IAM-USER-NONE-FEDERATE",
    severity="low",
    on=(IamUser, Account),
    family="iam",
    reads=(IamSamlProvider,),
    aliases={
        "checkov": "CKV_AWS_273",
        "prowler": "iam_check_saml_providers_sts",
    },
    frameworks={
        "cis-aws-3.0": "1.21",
        "cis-aws-5.0": "1.20",
    },
)
def user_not_federated(judged: IamUser | Account) -> Finding | None:
    """People sign in by federation, not as IAM users.

    Why: IAM users have passwords and keys that do not expire, and stay when people leave.
    Fix: use IAM Identity Center or a SAML provider for people, and roles for programs.
    Source: IAM User Guide, security best practices, "Require human users to use federation".
    Identity Center makes a SAML provider in each account.
    """
    if isinstance(judged, IamUser):
        return judged.finding("is an IAM user")
    if some(judged.everything(IamSamlProvider), _is_there):
        return None
    return judged.finding("has no SAML provider for people to sign in with")


@rule(
    "IAM-USER-NO-CONSOLE",
    severity="low",
    on=IamUser,
    family="iam",
    reads=(IamUserLoginProfile,),
    aliases={
        "checkov": "CKV2_AWS_22",
    },
)
def user_with_console_password(user: IamUser) -> Iterator[Finding]:
    """IAM users have no password for the console.

    Why: what is left for IAM users is programs, which need none; a password is one more way in.
    Fix: remove the `aws_iam_user_login_profile`; let people sign in by federation.
    Source: IAM API, credential report, password_enabled.
    """
    for _ in user.related(IamUserLoginProfile):
        yield user.finding("has a password for the console")
