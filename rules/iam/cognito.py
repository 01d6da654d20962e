"""Who signs in by Cognito, and how."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.cognito import (
    AccountTakeover,
    CognitoIdentityPool,
    CognitoRiskConfiguration,
    CognitoUserPool,
    CognitoUserPoolClient,
    CompromisedCredentials,
    RiskActions,
)
from auditor.services.left_out import left_to_aws
from auditor.values import Unknown, all_of, any_of, every, matching, some, starts_with


@rule(
    "IAM-COGNITO-MFA",
    severity="medium",
    on=CognitoUserPool,
    family="iam",
    aliases={
        "prowler": "cognito_user_pool_mfa_enabled",
    },
    frameworks={
        "fsbp": "Cognito.5",
    },
)
def signs_in_without_mfa(pool: CognitoUserPool) -> Finding | NotApplicable | None:
    """User pools require MFA.

    Why: a password that was guessed, reused or phished is enough to become the user.
    Fix: set `mfa_configuration = "ON"` and `software_token_mfa_configuration { enabled = true }`.
    Source: Cognito API, GetUserPoolMfaConfig; OFF unless set. Pools that offer passkeys or
    one-time codes as the first factor (SignInPolicy) are not spoken of.
    """
    policy = pool.sign_in_policy
    if policy and some(policy.allowed_first_auth_factors, lambda factor: factor != "PASSWORD"):
        return not_applicable("it offers other factors than passwords")
    if pool.mfa_configuration == "OPTIONAL":
        return pool.finding("leaves MFA to its users", at="mfa_configuration")
    if pool.mfa_configuration != "ON":
        return pool.finding("does not require MFA", at="mfa_configuration")
    return None


@rule(
    "IAM-COGNITO-NO-SELF-SIGNUP",
    severity="medium",
    on=CognitoUserPool,
    family="iam",
    aliases={
        "prowler": "cognito_user_pool_self_registration_disabled",
    },
)
def anyone_may_sign_up(
    pool: CognitoUserPool, *, public: tuple[str, ...] = ()
) -> Finding | NotApplicable | None:
    """Only administrators create users.

    Why: anyone on the internet can make an account in the application.
    Fix: set `admin_create_user_config { allow_admin_create_user_only = true }`, or list the pool's
    name in the rule's parameter `public` in auditor.toml if it is meant to be open.
    Source: Cognito API, AdminCreateUserConfigType.AllowAdminCreateUserOnly; false unless set.
    """
    if public and pool.name in public:
        return not_applicable("it is meant to be open")
    if left_to_aws(pool, "admin_create_user_config"):
        return pool.finding("lets anyone sign up", at="admin_create_user_config")
    config = pool.admin_create_user_config
    if config and not config.allow_admin_create_user_only:
        return config.finding("lets anyone sign up", at="allow_admin_create_user_only")
    return None


@rule(
    "IAM-COGNITO-THREAT-PROTECTION",
    severity="medium",
    on=CognitoUserPool,
    family="iam",
    production=True,
    aliases={
        "prowler": "cognito_user_pool_advanced_security_enabled",
    },
    frameworks={
        "fsbp": "Cognito.1",
    },
)
def threats_not_stopped(pool: CognitoUserPool) -> Finding | None:
    """User pools enforce threat protection for standard sign-in.

    Why: stolen passwords and sign-ins from strange places are let through.
    Fix: set `user_pool_tier = "PLUS"` and `user_pool_add_ons { advanced_security_mode =
    "ENFORCED" }`; the tier is paid for each active user.
    Source: Cognito API, UserPoolAddOnsType.AdvancedSecurityMode; OFF unless set.
    """
    add_ons = pool.user_pool_add_ons
    if not add_ons:
        return pool.finding("has no threat protection", at="user_pool_add_ons")
    if add_ons.advanced_security_mode != "ENFORCED":
        return add_ons.finding("does not enforce threat protection", at="advanced_security_mode")
    return None


@rule(
    "IAM-COGNITO-THREAT-PROTECTION-CUSTOM",
    severity="medium",
    on=CognitoUserPool,
    family="iam",
    production=True,
    frameworks={
        "fsbp": "Cognito.4",
    },
)
def custom_threats_not_stopped(pool: CognitoUserPool) -> Finding | None:
    """User pools enforce threat protection for custom authentication.

    Why: threat protection of passwords does not look at the custom flow, which is the way around.
    Fix: add `advanced_security_additional_flows { custom_auth_mode = "ENFORCED" }` to
    `user_pool_add_ons`.
    Source: Cognito API, AdvancedSecurityAdditionalFlowsType.CustomAuthMode; off unless set.
    """
    add_ons = pool.user_pool_add_ons
    flows = add_ons.advanced_security_additional_flows if add_ons else None
    if not flows or flows.custom_auth_mode != "ENFORCED":
        return pool.finding(
            "does not enforce threat protection for custom authentication", at="user_pool_add_ons"
        )
    return None


@rule(
    "IAM-COGNITO-COMPROMISED-CREDENTIALS",
    severity="medium",
    on=CognitoUserPool,
    family="iam",
    production=True,
    reads=(CognitoRiskConfiguration,),
    requires=("IAM-COGNITO-THREAT-PROTECTION",),
    aliases={
        "prowler": "cognito_user_pool_blocks_compromised_credentials_sign_in_attempts",
    },
)
def stolen_passwords_let_in(pool: CognitoUserPool) -> Finding | None:
    """User pools block compromised credentials at sign-in.

    Why: passwords that are known to be stolen go on working.
    Fix: add an `aws_cognito_risk_configuration` with `compromised_credentials_risk_configuration`:
    `event_filter` with `SIGN_IN` (or none), `event_action = "BLOCK"`.
    Source: Cognito API, DescribeRiskConfiguration.
    """

    def blocks(risks: CognitoRiskConfiguration) -> bool:
        return all_of(
            lambda: _is_of_the_pool(risks),
            lambda: _blocks_stolen(risks.compromised_credentials_risk_configuration),
        )

    if not some(pool.related(CognitoRiskConfiguration), blocks):
        return pool.finding("does not block stolen passwords")
    return None


@rule(
    "IAM-COGNITO-MALICIOUS-SIGN-IN",
    severity="medium",
    on=CognitoUserPool,
    family="iam",
    production=True,
    reads=(CognitoRiskConfiguration,),
    requires=("IAM-COGNITO-THREAT-PROTECTION",),
    aliases={
        "prowler": "cognito_user_pool_blocks_potential_malicious_sign_in_attempts",
    },
)
def risky_sign_ins_let_in(pool: CognitoUserPool) -> Finding | None:
    """User pools block risky sign-in attempts at each level.

    Why: who signs in as a user from a strange place with the right password is let in.
    Fix: add an `aws_cognito_risk_configuration` with `account_takeover_risk_configuration` whose
    `low_action`, `medium_action` and `high_action` have `event_action = "BLOCK"`.
    Source: Cognito API, AccountTakeoverActionsType; nothing is done unless set.
    """

    def blocks(risks: CognitoRiskConfiguration) -> bool:
        return all_of(
            lambda: _is_of_the_pool(risks),
            lambda: _blocks_takeover(risks.account_takeover_risk_configuration),
        )

    if not some(pool.related(CognitoRiskConfiguration), blocks):
        return pool.finding("does not block risky sign-ins at each level")
    return None


@rule(
    "IAM-COGNITO-IDENTITY-POOL-NO-GUEST",
    severity="medium",
    on=CognitoIdentityPool,
    family="iam",
    aliases={
        "checkov": "CKV_AWS_366",
        "prowler": "cognito_identity_pool_guest_access_disabled",
    },
    frameworks={
        "fsbp": "Cognito.2",
    },
)
def credentials_for_guests(pool: CognitoIdentityPool) -> Finding | None:
    """Identity pools give no access to guests.

    Why: anyone on the internet gets AWS credentials.
    Fix: set `allow_unauthenticated_identities = false`.
    Source: Cognito identity API, AllowUnauthenticatedIdentities; provider default false.
    """
    if pool.allow_unauthenticated_identities:
        return pool.finding(
            "gives AWS credentials to guests", at="allow_unauthenticated_identities"
        )
    return None


@rule(
    "IAM-COGNITO-CLIENT-USER-ERRORS",
    severity="medium",
    on=CognitoUserPoolClient,
    family="iam",
    aliases={
        "prowler": "cognito_user_pool_client_prevent_user_existence_errors",
    },
)
def tells_who_is_a_user(client: CognitoUserPoolClient) -> Finding | None:
    """App clients hide whether a user exists.

    Why: answers that differ tell which mail addresses have an account.
    Fix: set `prevent_user_existence_errors = "ENABLED"`.
    Source: Cognito API, UserPoolClientType.PreventUserExistenceErrors; LEGACY unless set.
    """
    argument = "prevent_user_existence_errors"
    if left_to_aws(client, argument) or client.prevent_user_existence_errors != "ENABLED":
        return client.finding("tells whether a user exists", at=argument)
    return None


@rule(
    "IAM-COGNITO-CLIENT-TOKEN-REVOCATION",
    severity="medium",
    on=CognitoUserPoolClient,
    family="iam",
    aliases={
        "prowler": "cognito_user_pool_client_token_revocation_enabled",
    },
)
def tokens_cannot_be_revoked(client: CognitoUserPoolClient) -> Finding | None:
    """App clients allow token revocation.

    Why: a stolen refresh token works until it ends, up to ten years.
    Fix: remove `enable_token_revocation = false`.
    Source: Cognito API, UserPoolClientType.EnableTokenRevocation; true for new clients.
    """
    if left_to_aws(client, "enable_token_revocation"):
        return None
    if not client.enable_token_revocation:
        return client.finding("does not let tokens be revoked", at="enable_token_revocation")
    return None


@rule(
    "IAM-COGNITO-CLIENT-OAUTH-SAFE",
    severity="medium",
    on=CognitoUserPoolClient,
    family="iam",
)
def unsafe_flows(client: CognitoUserPoolClient) -> Iterator[Finding]:
    """App clients avoid the implicit flow and plain HTTP callbacks.

    Why: tokens in addresses and on plain HTTP are read on the way; flows that send the password
    show it to the application.
    Fix: use `allowed_oauth_flows = ["code"]`, https callbacks, and `ALLOW_USER_SRP_AUTH`.
    Source: Cognito Developer Guide, "Application-specific settings with app clients": without
    `explicit_auth_flows` a client has SRP, custom and refresh flows.
    """
    if "implicit" in client.allowed_oauth_flows:
        yield client.finding("allows the implicit flow", at="allowed_oauth_flows", key="implicit")
    for url in matching(client.callback_urls, _is_plain):
        yield client.finding(f"is called back at {url}", at="callback_urls", key=url)
    for flow in matching(client.explicit_auth_flows, lambda flow: flow in _PASSWORD_FLOWS):
        yield client.finding(f"allows the flow {flow}", at="explicit_auth_flows", key=flow)


_PASSWORD_FLOWS = (
    "ADMIN_NO_SRP_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "USER_PASSWORD_AUTH",
)
_LOCAL = ("http://localhost:", "http://localhost/", "http://127.0.0.1:", "http://127.0.0.1/")


def _is_plain(url: str) -> bool:
    return all_of(
        lambda: starts_with(url, "http://"),
        lambda: every(_LOCAL, lambda local: not starts_with(url, local)),
        lambda: url != "http://localhost",
    )


def _is_of_the_pool(risks: CognitoRiskConfiguration) -> bool:
    """Whether a configuration holds for the whole pool, not for one client."""
    client = risks.client_id
    if isinstance(client, Unknown):
        if any("aws_cognito_user_pool_client." in ref.address for ref in client.refs):
            return False
        client.undetermined()
    return client is None


def _blocks_stolen(stolen: CompromisedCredentials | None) -> bool:
    if not stolen:
        return False
    actions = stolen.actions
    return all_of(
        lambda: actions is not None and actions.event_action == "BLOCK",
        lambda: any_of(lambda: not stolen.event_filter, lambda: "SIGN_IN" in stolen.event_filter),
    )


def _blocks_takeover(takeover: AccountTakeover | None) -> bool:
    actions: RiskActions | None = takeover.actions if takeover else None
    if not actions:
        return False
    levels = (actions.low_action, actions.medium_action, actions.high_action)
    return every(levels, lambda level: level and level.event_action == "BLOCK")
