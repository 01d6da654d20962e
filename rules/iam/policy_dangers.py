"""What identity policies must not allow everywhere: credentials, data, roles, permissions.

Read alike wherever a customer wrote them, as in rules.iam.policies.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.policy import (
    CREDENTIALS_EXPOSURE,
    DATA_EXFILTRATION,
    PERMISSIONS_MANAGEMENT,
    Statement,
    takes_resource,
)
from auditor.resource import Finding, Resource
from auditor.rule import rule
from auditor.services.iam_policies import (
    INLINE,
    OWN_POLICIES,
    IamPolicy,
    policy_of,
    text_argument,
)
from auditor.values import Undetermined, all_of

from .statement_findings import by_statement, in_statements, listed


@rule(
    "IAM-POLICY-PRIVILEGE-ESCALATION",
    severity="high",
    on=OWN_POLICIES,
    family="iam",
    requires=(
        "IAM-POLICY-FULL-ADMIN-CUSTOMER",
        "IAM-POLICY-FULL-ADMIN-INLINE",
        "IAM-POLICY-FULL-IAM",
    ),
    aliases={
        "checkov": "CKV_AWS_110 CKV_AWS_286",
        "prowler": (
            "iam_policy_allows_privilege_escalation iam_inline_policy_allows_privilege_escalation"
        ),
    },
)
def ways_to_more_permissions(policy: Resource) -> Iterator[Finding]:
    """No policy opens a way to more permissions than it gives.

    Why: whoever has it can make themselves an administrator, for example by passing a stronger
    role to a function of their own.
    Fix: name the roles in `iam:PassRole` and in changes to IAM, or take the combination apart.
    Source: the techniques published as "AWS IAM privilege escalation"; what is limited to named
    roles or by a condition does not count.
    """
    names: list[str] = []
    doubt: Undetermined | None = None
    try:
        names += [f"it {way.name}" for way in policy_of(policy).escalations()]
    except Undetermined as open_end:
        doubt = open_end
    if names:
        yield policy.finding(
            f"opens ways to more permissions: {listed(names, 3)}", at=text_argument(policy)
        )
    if doubt is not None:
        raise doubt


@rule(
    "IAM-POLICY-CREDENTIALS-EXPOSURE",
    severity="high",
    on=OWN_POLICIES,
    family="iam",
    requires=("IAM-POLICY-FULL-ADMIN-CUSTOMER", "IAM-POLICY-FULL-ADMIN-INLINE"),
    aliases={
        "checkov": "CKV_AWS_107 CKV_AWS_287",
    },
)
def credentials_of_everything(policy: Resource) -> Iterator[Finding]:
    """Policies do not allow fetching credentials of whatever there is.

    Why: the answer of such an action is a credential, which then works from anywhere.
    Fix: name the roles, users or databases it is for.
    Source: Service Authorization Reference; actions whose reply holds credentials. What knows no
    resource (`ecr:GetAuthorizationToken`, `sts:GetSessionToken`) cannot be allowed otherwise.
    """
    found = policy_of(policy).actions_matching(filter(takes_resource, CREDENTIALS_EXPOSURE))
    yield from by_statement(policy, found, "lets credentials be fetched of everything")


@rule(
    "IAM-POLICY-DATA-EXFILTRATION",
    severity="high",
    on=OWN_POLICIES,
    family="iam",
    requires=("IAM-POLICY-FULL-ADMIN-CUSTOMER", "IAM-POLICY-FULL-ADMIN-INLINE"),
    aliases={
        "checkov": "CKV_AWS_108 CKV_AWS_288",
    },
)
def data_of_everything(policy: Resource) -> Iterator[Finding]:
    """Policies do not allow reading every object, parameter or secret.

    Why: one leaked session reads all data and all secrets of the account.
    Fix: name the buckets, parameters and secrets.
    Source: `s3:GetObject`, `ssm:GetParameter…` and `secretsmanager:GetSecretValue` on `*`.
    """
    found = policy_of(policy).actions_matching(DATA_EXFILTRATION)
    yield from by_statement(policy, found, "lets all data be read")


@rule(
    "IAM-POLICY-PERMISSIONS-MANAGEMENT",
    severity="high",
    on=OWN_POLICIES,
    family="iam",
    requires=("IAM-POLICY-FULL-ADMIN-CUSTOMER", "IAM-POLICY-FULL-ADMIN-INLINE"),
    aliases={
        "checkov": "CKV_AWS_109 CKV_AWS_289",
    },
)
def permissions_of_everything(policy: Resource) -> Iterator[Finding]:
    """Policies do not allow changing who may do what, everywhere and without condition.

    Why: it can open resources to other accounts, or give itself more.
    Fix: name the resources, or add a condition.
    Source: Service Authorization Reference, access level "Permissions management".
    """
    found = policy_of(policy).actions_matching(PERMISSIONS_MANAGEMENT, unconditional=True)
    yield from by_statement(policy, found, "lets permissions be changed everywhere")


@rule(
    "IAM-POLICY-PASSROLE-SCOPED",
    severity="medium",
    on=OWN_POLICIES,
    family="iam",
    requires=(
        "IAM-POLICY-FULL-ADMIN-CUSTOMER",
        "IAM-POLICY-FULL-ADMIN-INLINE",
        "IAM-POLICY-FULL-IAM",
    ),
    aliases={
        "trivy": "AWS-0342",
    },
)
def any_role_passed(policy: Resource) -> Iterator[Finding]:
    """Roles that may be passed are named, or the service is.

    Why: who may pass any role to a service gets the permissions of the strongest one.
    Fix: name the roles in `Resource`, or add a condition on `iam:PassedToService`.
    Source: IAM User Guide, "Grant a user permissions to pass a role to an AWS service".
    """

    def passes_any(statement: Statement) -> bool:
        return all_of(
            lambda: statement.meets_action("iam:PassRole"),
            lambda: statement.is_on_every("iam"),
            lambda: not statement.has_condition_on("iam:PassedToService"),
        )

    found = policy_of(policy).granting(passes_any)
    yield from in_statements(policy, found, "lets any role be passed")


@rule(
    "IAM-POLICY-MARKETPLACE-SUBSCRIBE",
    severity="low",
    on=OWN_POLICIES,
    family="iam",
    requires=("IAM-POLICY-FULL-ADMIN-CUSTOMER", "IAM-POLICY-FULL-ADMIN-INLINE"),
    aliases={
        "prowler": (
            "iam_policy_no_wildcard_marketplace_subscribe "
            "iam_inline_policy_no_wildcard_marketplace_subscribe"
        ),
    },
    frameworks={
        "nist-800-53-r5": "AC-6",
    },
)
def any_marketplace_subscription(policy: Resource) -> Iterator[Finding]:
    """Policies do not allow subscribing to everything in AWS Marketplace.

    Why: a subscription costs money and brings in foreign software.
    Fix: give `aws-marketplace:Subscribe` to procurement only, or use a private marketplace.
    Source: AWS Marketplace Buyer Guide, "Controlling access to AWS Marketplace subscriptions".
    """
    yield from in_statements(
        policy,
        policy_of(policy).granting(
            lambda s: all_of(lambda: s.meets_action("aws-marketplace:Subscribe"), s.is_on_star)
        ),
        "allows subscribing to everything in AWS Marketplace",
    )


@rule(
    "IAM-POLICY-ASSUME-ANY-ROLE",
    severity="high",
    on=OWN_POLICIES,
    family="iam",
    requires=("IAM-POLICY-FULL-ADMIN-CUSTOMER", "IAM-POLICY-FULL-ADMIN-INLINE"),
    aliases={
        "prowler": "iam_no_custom_policy_permissive_role_assumption",
    },
)
def any_role_assumed(policy: Resource) -> Iterator[Finding]:
    """Policies do not allow assuming any role.

    Why: who may assume any role has the permissions of all that trust the account.
    Fix: name the roles in `Resource`.
    Source: `sts:AssumeRole` on `*` or on every role.
    """

    def assumes_any(statement: Statement) -> bool:
        return all_of(
            lambda: statement.meets_action("sts:AssumeRole"),
            lambda: statement.is_on_every("sts"),
        )

    found = policy_of(policy).granting(assumes_any)
    yield from in_statements(policy, found, "lets any role be assumed")


@rule(
    "IAM-POLICY-KMS-DECRYPT-MANAGED",
    severity="medium",
    on=IamPolicy,
    family="iam",
    requires=("IAM-POLICY-FULL-ADMIN-CUSTOMER", "IAM-POLICY-KMS-FULL"),
    frameworks={
        "fsbp": "KMS.1",
        "nist-800-53-r5": "AC-2 AC-2(1) AC-3 AC-3(7) AC-3(15) AC-5 AC-6 AC-6(3)",
        "pci-dss-4": (
            "3.5.1.1 3.5.1.3 3.6.1.2 3.6.1.3 3.6.1.4 3.7.1 3.7.2 3.7.4 3.7.6 3.7.7 "
            "4.2.1.1 7.2.1 7.2.2 7.2.3 7.2.5 7.3.1 7.3.2 7.3.3 8.2.7 8.2.8 8.3.4"
        ),
    },
)
def managed_policy_decrypts_with_every_key(policy: IamPolicy) -> Iterator[Finding]:
    """Managed policies do not allow decryption with every key.

    Why: it takes away what separate keys are for.
    Fix: name the keys in `Resource`.
    Source: Security Hub control KMS.1: `kms:Decrypt`, `kms:ReEncryptFrom` on `*` or all keys.
    """
    yield from by_statement(
        policy, policy_of(policy).actions_matching(_DECRYPTS), "decrypts with every key"
    )


_DECRYPTS = frozenset({"kms:Decrypt", "kms:ReEncryptFrom"})


@rule(
    "IAM-POLICY-KMS-DECRYPT-INLINE",
    severity="medium",
    on=INLINE,
    family="iam",
    requires=("IAM-POLICY-FULL-ADMIN-INLINE", "IAM-POLICY-KMS-FULL"),
    frameworks={
        "fsbp": "KMS.2",
        "nist-800-53-r5": "AC-2 AC-2(1) AC-3 AC-3(7) AC-3(15) AC-5 AC-6 AC-6(3)",
        "pci-dss-4": (
            "3.5.1.1 3.5.1.3 3.6.1.2 3.6.1.3 3.6.1.4 3.7.1 3.7.2 3.7.4 3.7.6 3.7.7 "
            "4.2.1.1 7.2.1 7.2.2 7.2.3 7.2.5 7.3.1 7.3.2 7.3.3 8.2.7 8.2.8 8.3.4"
        ),
    },
)
def inline_policy_decrypts_with_every_key(policy: Resource) -> Iterator[Finding]:
    """Inline policies do not allow decryption with every key.

    Why: it takes away what separate keys are for.
    Fix: name the keys in `Resource`.
    Source: Security Hub control KMS.2: `kms:Decrypt`, `kms:ReEncryptFrom` on `*` or all keys.
    """
    yield from by_statement(
        policy, policy_of(policy).actions_matching(_DECRYPTS), "decrypts with every key"
    )
