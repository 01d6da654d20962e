"""How much identity policies allow, wherever a customer wrote them.

Managed policies, inline policies of users, groups and roles, and inline policies of permission
sets are read alike (`OWN_POLICIES`); the text of AWS's own policies is AWS's business. A policy
that allows everything is told once, by the rules that the others require.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.policy import Statement
from auditor.resource import Finding, Resource
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.iam_policies import (
    INLINE,
    OWN_POLICIES,
    IamGroupPolicy,
    IamPolicy,
    IamRolePolicy,
    IamUserPolicy,
    policy_of,
)
from auditor.values import all_of, any_of

from .statement_findings import by_statement, in_statements

_WHOLE_SERVICE = ("IAM-POLICY-FULL-IAM", "IAM-POLICY-S3-FULL")
"""Of a statement that allows a service on `*`, what these say is what is wrong with it."""


@rule(
    "IAM-POLICY-FULL-ADMIN-CUSTOMER",
    severity="high",
    on=IamPolicy,
    family="iam",
    aliases={
        "checkov": "CKV_AWS_1 CKV_AWS_62",
        "prowler": (
            "iam_customer_attached_policy_no_administrative_privileges "
            "iam_customer_unattached_policy_no_administrative_privileges"
        ),
    },
    frameworks={
        "fsbp": "IAM.1",
        "cis-aws-3.0": "1.16",
        "cis-aws-5.0": "1.15",
        "nist-800-53-r5": "AC-2 AC-2(1) AC-3 AC-3(7) AC-3(15) AC-5 AC-6 AC-6(2) AC-6(3) AC-6(10)",
        "pci-dss-4": "7.2.1 7.2.2 7.2.3 7.2.5 7.3.1 7.3.2 7.3.3 8.2.7 8.2.8 8.3.4 11.5.2",
    },
)
def managed_policy_of_an_administrator(policy: IamPolicy) -> Iterator[Finding]:
    """Customer managed policies do not allow everything.

    Why: whoever gets it, or gets at what holds it, owns the account: data, logs and backups.
    Fix: list the actions and resources that are needed; for administrators attach
    `AdministratorAccess` to a role that asks for MFA, where it can be seen.
    Source: IAM User Guide, "Grant least privilege"; Action `*` with Resource `*` in an Allow.
    """
    yield from in_statements(
        policy, policy_of(policy).granting(Statement.grants_full_admin), "allows everything"
    )


@rule(
    "IAM-POLICY-FULL-ADMIN-INLINE",
    severity="critical",
    on=INLINE,
    family="iam",
    aliases={
        "checkov": "CKV_AWS_62",
        "prowler": "iam_inline_policy_no_administrative_privileges",
    },
    frameworks={
        "nist-800-53-r5": (
            "AC-2 AC-2(1) AC-2(6) AC-3 AC-3(3) AC-3(4) AC-3(7) AC-3(8) AC-3(12) "
            "AC-3(13) AC-3(15) AC-4(28) AC-5 AC-6 AC-6(2) AC-6(3) AC-6(10) AC-24 "
            "CM-5(1) CM-6 CM-9 MP-2 SC-23(3) SC-25"
        ),
    },
)
def inline_policy_of_an_administrator(policy: Resource) -> Iterator[Finding]:
    """Inline policies do not allow everything.

    Why: whoever gets at the role or user owns the account, and an inline policy is in no list of
    managed policies where one would look for it.
    Fix: list the actions and resources that are needed.
    Source: IAM User Guide, "Grant least privilege"; Action `*` with Resource `*` in an Allow.
    """
    yield from in_statements(
        policy, policy_of(policy).granting(Statement.grants_full_admin), "allows everything"
    )


@rule(
    "IAM-POLICY-STAR-ACTION",
    severity="high",
    on=OWN_POLICIES,
    family="iam",
    covered_by=("IAM-POLICY-FULL-ADMIN-CUSTOMER", "IAM-POLICY-FULL-ADMIN-INLINE"),
    aliases={
        "checkov": "CKV_AWS_49 CKV_AWS_63",
    },
)
def every_action(policy: Resource) -> Iterator[Finding]:
    """No statement allows every action.

    Why: `*` includes deleting, changing permissions and giving access to others, also in services
    that AWS has not launched yet.
    Fix: list the actions that are needed.
    Source: IAM User Guide, "IAM JSON policy elements: Action".
    """
    yield from in_statements(
        policy, policy_of(policy).granting(Statement.has_star_action), "allows every action"
    )


@rule(
    "IAM-POLICY-SERVICE-WILDCARD",
    severity="low",
    on=OWN_POLICIES,
    family="iam",
    covered_by=_WHOLE_SERVICE,
    requires=("IAM-POLICY-FULL-ADMIN-CUSTOMER", "IAM-POLICY-FULL-ADMIN-INLINE"),
    aliases={
        "trivy": "AWS-0057",
    },
    frameworks={
        "fsbp": "IAM.21",
        "nist-800-53-r5": "AC-2 AC-2(1) AC-3 AC-3(7) AC-3(15) AC-5 AC-6 AC-6(2) AC-6(3) AC-6(10)",
        "pci-dss-4": "7.2.1 7.2.2 7.2.5 7.3.1 7.3.2 7.3.3 8.2.7 8.2.8 8.3.4",
    },
)
def every_action_of_a_service(policy: Resource) -> Iterator[Finding]:
    """No statement allows every action of a service.

    Why: `s3:*` also deletes buckets and changes their policies.
    Fix: list the actions that are needed, such as `s3:GetObject`.
    Source: Security Hub control IAM.21.
    """
    yield from in_statements(
        policy,
        policy_of(policy).granting(Statement.has_service_wildcard),
        "allows every action of a service",
    )


@rule(
    "IAM-POLICY-STAR-RESOURCE",
    severity="medium",
    on=OWN_POLICIES,
    family="iam",
    covered_by=(
        *_WHOLE_SERVICE,
        "IAM-POLICY-PERMISSIONS-MANAGEMENT",
        "IAM-POLICY-CREDENTIALS-EXPOSURE",
        "IAM-POLICY-DATA-EXFILTRATION",
        "IAM-POLICY-ASSUME-ANY-ROLE",
        "IAM-POLICY-UNCONSTRAINED-WRITE",
    ),
    requires=("IAM-POLICY-FULL-ADMIN-CUSTOMER", "IAM-POLICY-FULL-ADMIN-INLINE"),
    aliases={
        "checkov": "CKV_AWS_355 CKV_AWS_356",
        "trivy": "AWS-0057 AWS-0114 AWS-0120",
    },
)
def actions_on_every_resource(policy: Resource) -> Iterator[Finding]:
    """Actions that can be kept to resources are kept to some.

    Why: on `*` an action reaches what belongs to other teams and other data.
    Fix: name the resources (`aws_s3_bucket.….arn`) instead of `*`.
    Source: Service Authorization Reference: the column "Resource types" of each action.
    """
    yield from by_statement(
        policy, policy_of(policy).unscoped_grants(), "allows actions on every resource"
    )


@rule(
    "IAM-POLICY-UNCONSTRAINED-WRITE",
    severity="medium",
    on=OWN_POLICIES,
    family="iam",
    covered_by=_WHOLE_SERVICE,
    requires=("IAM-POLICY-FULL-ADMIN-CUSTOMER", "IAM-POLICY-FULL-ADMIN-INLINE"),
    aliases={
        "checkov": "CKV_AWS_111 CKV_AWS_290",
    },
)
def writes_to_everything(policy: Resource) -> Iterator[Finding]:
    """Policies do not allow write actions on every resource without condition.

    Why: a mistake or an intruder changes or deletes what belongs to others.
    Fix: name the resources, or add a condition such as on `aws:ResourceTag/…`.
    Source: Service Authorization Reference, access level "Write" and resource types.
    """
    found = policy_of(policy).unconstrained_writes()
    yield from by_statement(policy, found, "allows changes to every resource")


@rule(
    "IAM-POLICY-FULL-IAM",
    severity="high",
    on=OWN_POLICIES,
    family="iam",
    requires=("IAM-POLICY-FULL-ADMIN-CUSTOMER", "IAM-POLICY-FULL-ADMIN-INLINE"),
    aliases={
        "checkov": "CKV2_AWS_40",
    },
)
def all_of_iam(policy: Resource) -> Iterator[Finding]:
    """Policies do not allow every action of IAM.

    Why: whoever may do everything in IAM may give themselves everything else.
    Fix: list the actions, and name the users and roles they are for.
    Source: `iam:*` on `*`.
    """
    yield from in_statements(
        policy,
        policy_of(policy).granting(lambda s: s.grants_service("iam")),
        "allows every action of IAM",
    )


@rule(
    "IAM-POLICY-S3-FULL",
    severity="high",
    on=OWN_POLICIES,
    family="iam",
    requires=("IAM-POLICY-FULL-ADMIN-CUSTOMER", "IAM-POLICY-FULL-ADMIN-INLINE"),
    aliases={
        "trivy": "AWS-0345 AWS-0346",
    },
)
def all_of_s3(policy: Resource) -> Iterator[Finding]:
    """Policies do not allow everything, or all reads and writes, on every bucket.

    Why: every bucket of the account can be read, emptied and opened to the public.
    Fix: name the buckets and list the actions.
    Source: `s3:*`, or `s3:Get*` with `s3:Put*`, on `*`.
    """

    def reads_and_writes_all(statement: Statement) -> bool:
        return all_of(
            lambda: statement.is_on_every("s3"),
            lambda: statement.covers_action("s3:Get*"),
            lambda: statement.covers_action("s3:Put*"),
        )

    found = policy_of(policy).granting(
        lambda s: any_of(lambda: s.grants_service("s3"), lambda: reads_and_writes_all(s))
    )
    yield from in_statements(policy, found, "allows reading and writing every bucket")


@rule(
    "IAM-POLICY-CLOUDTRAIL-FULL",
    severity="medium",
    on=OWN_POLICIES,
    family="iam",
    requires=("IAM-POLICY-FULL-ADMIN-CUSTOMER", "IAM-POLICY-FULL-ADMIN-INLINE"),
    aliases={
        "prowler": (
            "iam_policy_no_full_access_to_cloudtrail iam_inline_policy_no_full_access_to_cloudtrail"
        ),
    },
)
def all_of_cloudtrail(policy: Resource) -> Iterator[Finding]:
    """Policies do not allow every action of CloudTrail.

    Why: it can stop the record of what is done.
    Fix: list the actions that are needed, such as `cloudtrail:LookupEvents`.
    Source: `cloudtrail:*` on `*`.
    """
    yield from in_statements(
        policy,
        policy_of(policy).granting(lambda s: s.grants_service("cloudtrail")),
        "allows every action of CloudTrail",
    )


@rule(
    "IAM-POLICY-KMS-FULL",
    severity="medium",
    on=OWN_POLICIES,
    family="iam",
    requires=("IAM-POLICY-FULL-ADMIN-CUSTOMER", "IAM-POLICY-FULL-ADMIN-INLINE"),
    aliases={
        "prowler": "iam_policy_no_full_access_to_kms iam_inline_policy_no_full_access_to_kms",
    },
    frameworks={
        "pci-dss-4": (
            "3.5.1.1 3.5.1.3 3.6.1 3.6.1.2 3.6.1.3 3.6.1.4 3.7.1 3.7.2 3.7.4 3.7.6 "
            "3.7.7 4.2.1.1 7.2.1 7.2.2 7.2.3 7.2.5 7.3.1 7.3.2 7.3.3 8.2.7 8.2.8 "
            "8.3.4"
        ),
    },
)
def all_of_kms(policy: Resource) -> Iterator[Finding]:
    """Policies do not allow every action of KMS.

    Why: it can decrypt everything, change key policies and schedule keys for deletion, and with
    them all that they encrypt.
    Fix: list the actions, and name the keys.
    Source: `kms:*` on `*`.
    """
    yield from in_statements(
        policy,
        policy_of(policy).granting(lambda s: s.grants_service("kms")),
        "allows every action of KMS",
    )


@rule(
    "IAM-POLICY-NO-INLINE",
    severity="low",
    on=(IamUserPolicy, IamGroupPolicy, IamRolePolicy),
    family="iam",
    frameworks={
        "nist-800-53-r5": (
            "AC-2 AC-2(1) AC-2(6) AC-3 AC-3(3) AC-3(4) AC-3(7) AC-3(8) AC-3(12) "
            "AC-3(13) AC-3(15) AC-4(28) AC-6 AC-6(3) AC-24 CM-5(1) CM-6 CM-9 MP-2 "
            "SC-23(3)"
        ),
        "pci-dss-4": "7.2.1 7.2.2 7.2.5 7.3.1 7.3.2 7.3.3 8.2.7 8.2.8 8.3.4",
    },
)
def policy_inline(policy: Resource, *, roles: bool = True) -> Finding | NotApplicable:
    """Users, groups and roles have managed policies only.

    Why: an inline policy is in no list, cannot be shared and has no versions to go back to.
    Fix: make it an `aws_iam_policy` with an attachment. Set the parameter `roles` to false where
    one role has one purpose and its policy belongs to it.
    Source: IAM User Guide, "Choosing between managed policies and inline policies".
    """
    if isinstance(policy, IamRolePolicy) and not roles:
        return not_applicable("inline policies of roles are allowed by the parameter `roles`")
    return policy.finding("is an inline policy")


@rule(
    "IAM-POLICY-UNUSED",
    severity="low",
    on=IamPolicy,
    family="iam",
    where=("live",),
    frameworks={
        "pci-dss-4": (
            "7.2.1 7.2.2 7.2.5 7.3.1 7.3.2 7.3.3 8.2.1 8.2.2 8.2.4 8.2.5 8.2.7 8.2.8 8.3.4 8.3.11"
        ),
    },
)
def policy_unused(policy: IamPolicy) -> Finding | None:
    """Customer managed policies are attached to something.

    Why: a policy that nobody uses gets attached some day without being looked at.
    Fix: delete it.
    Source: IAM API, ManagedPolicyDetail: AttachmentCount, PermissionsBoundaryUsageCount.
    """
    if policy.attachment_count == 0 and not policy.permissions_boundary_usage_count:
        return policy.finding("is attached to nothing")
    return None
