"""Whom roles trust, and what foreign accounts get from them."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.dates import days_between
from auditor.policy import CALLS_FOR_OTHERS, Policy
from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.iam import IamRole
from auditor.services.iam_policies import (
    IamPolicy,
    IamRolePolicy,
    IamRolePolicyAttachment,
    attaches,
    policy_of,
)
from auditor.values import Unknown, all_of, any_of, some

_OF_AWS = "AWS made it, and alone can change whom it trusts"


@rule(
    "IAM-ROLE-TRUST-PUBLIC",
    severity="critical",
    on=IamRole,
    family="iam",
    aliases={
        "checkov": "CKV_AWS_60",
    },
)
def role_for_anyone(role: IamRole) -> Iterator[Finding]:
    """Role trust policies do not let everyone in.

    Why: anyone with an AWS account can assume the role and do what it may.
    Fix: name the principals in `assume_role_policy`, or pin the statement with
    `aws:PrincipalOrgID`.
    Source: IAM User Guide, "AWS JSON policy elements: Principal".
    """
    for statement in Policy.parse(role.assume_role_policy).public_statements():
        yield role.finding(
            f"lets anyone assume it in {statement.label}",
            at="assume_role_policy",
            key=statement.label,
            within=statement.within("Principal"),
        )


@rule(
    "IAM-ROLE-TRUST-ACCOUNT-ROOT",
    severity="medium",
    on=IamRole,
    family="iam",
    requires=("IAM-ROLE-TRUST-PUBLIC",),
    aliases={
        "checkov": "CKV_AWS_61",
    },
)
def role_for_a_whole_account(role: IamRole) -> Iterator[Finding | NotApplicable]:
    """Role trust policies name roles or services, not whole accounts.

    Why: every user and role of that account whose own policies allow it can assume the role.
    Fix: name the role's ARN instead of the account's id or `…:root`.
    Source: IAM User Guide, "AWS account principals".
    """
    if role.is_of_aws:
        yield not_applicable(_OF_AWS)
        return
    for statement in Policy.parse(role.assume_role_policy).account_root_statements():
        yield role.finding(
            f"trusts a whole account in {statement.label}",
            at="assume_role_policy",
            key=statement.label,
            within=statement.within("Principal"),
        )


@rule(
    "IAM-ROLE-CONFUSED-DEPUTY",
    severity="high",
    on=IamRole,
    family="iam",
    aliases={
        "prowler": "iam_role_cross_service_confused_deputy_prevention",
    },
)
def role_for_a_service_without_source(role: IamRole) -> Iterator[Finding | NotApplicable]:
    """Roles for services that act for others say for whom.

    Why: such a service works for every customer; without the condition somebody else's resource
    can make it use this role (the confused deputy).
    Fix: add to the statement a condition `StringEquals` on `aws:SourceAccount`, or `ArnLike` on
    `aws:SourceArn`.
    Source: IAM User Guide, "Cross-service confused deputy prevention". Services that only run
    what is in one's own account (EC2, Lambda) are not meant.
    """
    if role.is_of_aws:
        yield not_applicable(_OF_AWS)
        return
    policy = Policy.parse(role.assume_role_policy)
    for statement in policy.unsourced_service_statements(CALLS_FOR_OTHERS):
        yield role.finding(
            f"trusts a service without a source account or ARN in {statement.label}",
            at="assume_role_policy",
            key=statement.label,
            within=statement.within("Principal"),
        )


@rule(
    "IAM-ROLE-GITHUB-OIDC",
    severity="high",
    on=IamRole,
    family="iam",
    aliases={
        "checkov": "CKV_AWS_358 CKV_AWS_393",
    },
)
def federation_not_pinned(role: IamRole) -> Iterator[Finding]:
    """Roles for GitHub Actions and other identity providers say whose tokens they take.

    Why: everyone can get a token from GitHub; without a condition on the subject any repository
    in the world can assume the role.
    Fix: add a condition `StringEquals` or `StringLike` on
    `token.actions.githubusercontent.com:sub` with the owner and repository, such as
    `repo:octo-org/octo-repo:ref:refs/heads/main`.
    Source: GitHub Docs, "About security hardening with OpenID Connect"; IAM User Guide, "Create a
    role for OpenID Connect federation".
    """
    for statement, why in Policy.parse(role.assume_role_policy).federation_problems():
        yield role.finding(
            f"{why}, in {statement.label}",
            at="assume_role_policy",
            key=statement.label,
            within=statement.within(),
        )


@rule(
    "IAM-ROLE-CROSS-ACCOUNT-READONLY",
    severity="high",
    on=IamRole,
    family="iam",
    reads=(IamRolePolicyAttachment,),
    aliases={
        "prowler": "iam_role_cross_account_readonlyaccess_policy",
    },
)
def foreign_account_reads_everything(
    role: IamRole, *, trusted: tuple[str, ...] = ()
) -> Finding | None:
    """Roles that other accounts may assume do not carry ReadOnlyAccess.

    Why: ReadOnlyAccess reads the data too, not only the configuration: objects, tables, messages.
    Fix: attach `SecurityAudit` or `ViewOnlyAccess` instead, or list the account in the parameter
    `trusted`.
    Source: IAM API, AttachedManagedPolicies; AWS managed policy reference, ReadOnlyAccess.
    """
    attached = role.related(IamRolePolicyAttachment)
    if all_of(
        lambda: some(attached, lambda a: attaches(a, "ReadOnlyAccess")),
        lambda: _is_for_others(role, trusted),
    ):
        return role.finding("lets another account read everything", at="assume_role_policy")
    return None


def _is_for_others(role: IamRole, trusted: tuple[str, ...]) -> bool:
    policy = Policy.parse(role.assume_role_policy)
    return some(policy.foreign_principals(role.account, trusted), lambda _: True)


@rule(
    "IAM-ROLE-CROSS-ACCOUNT-WRITE",
    severity="high",
    on=IamRole,
    family="iam",
    where=("live",),
    reads=(IamRolePolicyAttachment, IamRolePolicy, IamPolicy),
)
def foreign_account_writes(role: IamRole, *, trusted: tuple[str, ...] = ()) -> Finding | None:
    """Roles that other accounts may assume do not allow changes.

    Why: a break-in over there becomes changes and deletions here.
    Fix: keep such roles to reading, or list the account in the parameter `trusted`.
    Source: IAM API, RoleDetail; Service Authorization Reference, access levels. Of policies of AWS
    the text is not read: their names decide, or nothing does.
    """
    if all_of(
        lambda: _is_for_others(role, trusted),
        lambda: any_of(
            lambda: some(role.related(IamRolePolicy), lambda p: policy_of(p).allows_write()),
            lambda: some(role.related(IamRolePolicyAttachment), _attaches_writes),
        ),
    ):
        return role.finding("lets another account make changes", at="assume_role_policy")
    return None


_READING = ("ReadOnlyAccess", "ViewOnlyAccess", "SecurityAudit")
_WRITING = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess")


def _attaches_writes(attachment: IamRolePolicyAttachment) -> bool:
    if some(_WRITING, lambda name: attaches(attachment, name)):
        return True
    arn = str(attachment.policy_arn)
    if arn.endswith(_READING) and ":aws:policy/" in arn:
        return False
    if ":aws:policy/" in arn:
        Unknown(because=f"the text of {arn} is not read").undetermined()
    return policy_of(attachment.follow("policy_arn")).allows_write()


@rule(
    "IAM-ROLE-UNUSED",
    severity="low",
    on=IamRole,
    family="iam",
    where=("live",),
)
def role_unused(role: IamRole, *, days: int = 60) -> Finding | NotApplicable | None:
    """Roles that were not used for 60 days are removed.

    Why: whom an old role trusts, and what it may do, nobody looks after.
    Fix: delete the role, or raise the parameter `days` for yearly jobs.
    Source: IAM API, RoleLastUsed (of the last 400 days); a role that was never used counts from
    when it was made.
    """
    if role.is_of_aws:
        return not_applicable("AWS made it for a service")
    since = role.create_date if role.last_used_date is None else role.last_used_date
    unused = days_between(since, role.read_at)
    if unused > days:
        return role.finding(f"was not used for more than {days} days", at="last_used_date")
    return None
