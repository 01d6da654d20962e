"""Amazon Cognito in a live account (sources: see auditor.services.cognito)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader
from auditor.resource import Resource
from auditor.services.cognito import (
    CognitoIdentityPool,
    CognitoRiskConfiguration,
    CognitoUserPool,
    CognitoUserPoolClient,
)
from auditor.services.wafv2 import WafWebAclAssociation
from auditor.values import Unknown

_PAGE = 60
"""The most that Cognito lists at once; MaxResults has to be given."""


@reader(
    yields=(CognitoUserPool, CognitoRiskConfiguration),
    calls=(
        "cognito-idp.list_user_pools",
        "cognito-idp.describe_user_pool",
        "cognito-idp.get_user_pool_mfa_config",
        "cognito-idp.describe_risk_configuration",
    ),
    details={"cognito-idp.get_user_pool_mfa_config": ("software_token_mfa_configuration",)},
)
def user_pools(aws: Aws) -> Iterator[Resource]:
    """User pools with their risk configuration."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        id = item["Id"]
        pool: Any = aws.ask("cognito-idp.describe_user_pool", UserPoolId=id)["UserPool"]
        factors = aws.ask("cognito-idp.get_user_pool_mfa_config", UserPoolId=id)
        attributes = {
            **_pool(pool),
            "arn": _arn(aws, id),
            "name": item.get("Name"),
            "software_token_mfa_configuration": lambda: _token(
                factors.get("SoftwareTokenMfaConfiguration")
            ),
        }
        yield aws.resource(CognitoUserPool, id, attributes)
        yield from _risks(aws, id)

    yield from aws.parallel(read, _pools(aws))


def _pools(aws: Aws) -> Iterator[Mapping[str, Any]]:
    yield from aws.list("cognito-idp.list_user_pools", "UserPools", MaxResults=_PAGE)


def _arn(aws: Aws, id: str) -> str:
    return f"arn:{aws.partition}:cognito-idp:{aws.region}:{aws.account_id}:userpool/{id}"


def _pool(pool: Any) -> dict[str, Any]:
    return {
        "admin_create_user_config": lambda: _renamed(
            pool.get("AdminCreateUserConfig"),
            {"allow_admin_create_user_only": "AllowAdminCreateUserOnly"},
        ),
        "alias_attributes": lambda: pool.get("AliasAttributes") or [],
        "auto_verified_attributes": lambda: pool.get("AutoVerifiedAttributes") or [],
        "deletion_protection": pool.get("DeletionProtection"),
        "mfa_configuration": pool.get("MfaConfiguration"),
        "password_policy": lambda: _renamed(
            pool.get("Policies", {}).get("PasswordPolicy"), _PASSWORDS
        ),
        "sign_in_policy": lambda: _renamed(
            pool.get("Policies", {}).get("SignInPolicy"),
            {"allowed_first_auth_factors": "AllowedFirstAuthFactors"},
        ),
        "tags": lambda: pool.get("UserPoolTags") or {},
        "user_pool_add_ons": lambda: _add_ons(pool.get("UserPoolAddOns")),
        "user_pool_tier": pool.get("UserPoolTier"),
        "username_attributes": lambda: pool.get("UsernameAttributes") or [],
    }


_PASSWORDS = {
    "minimum_length": "MinimumLength",
    "password_history_size": "PasswordHistorySize",
    "require_lowercase": "RequireLowercase",
    "require_numbers": "RequireNumbers",
    "require_symbols": "RequireSymbols",
    "require_uppercase": "RequireUppercase",
    "temporary_password_validity_days": "TemporaryPasswordValidityDays",
}


def _renamed(item: Any, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """One block with AWS's members under Terraform's names, or none."""
    if isinstance(item, Unknown):
        item.undetermined()
    return [{name: item.get(key) for name, key in names.items()}] if item else []


def _token(item: Any) -> list[dict[str, Any]]:
    return _renamed(item, {"enabled": "Enabled"})


def _add_ons(item: Any) -> list[dict[str, Any]]:
    blocks = _renamed(item, {"advanced_security_mode": "AdvancedSecurityMode"})
    for block in blocks:
        flows = item.get("AdvancedSecurityAdditionalFlows")
        block["advanced_security_additional_flows"] = _renamed(
            flows, {"custom_auth_mode": "CustomAuthMode"}
        )
    return blocks


_NO_RISKS = ("ResourceNotFoundException", "UserPoolAddOnNotEnabledException")


def _risks(aws: Aws, pool: str) -> Iterator[Resource]:
    """The configuration of the pool; those of single clients are not asked for."""
    reply = aws.ask("cognito-idp.describe_risk_configuration", UserPoolId=pool, absent=_NO_RISKS)
    named = {"user_pool_id": pool, "client_id": None}
    if isinstance(reply, Unknown):
        yield aws.resource(CognitoRiskConfiguration, pool, reply, named=named)
        return
    said = (reply or {}).get("RiskConfiguration") or {}
    takeover = said.get("AccountTakeoverRiskConfiguration")
    stolen = said.get("CompromisedCredentialsRiskConfiguration")
    if not takeover and not stolen:
        return
    attributes = {
        **named,
        "account_takeover_risk_configuration": [
            {"actions": [_actions(takeover.get("Actions", {}))]}
        ]
        if takeover
        else [],
        "compromised_credentials_risk_configuration": [
            {
                "actions": _renamed(stolen.get("Actions"), {"event_action": "EventAction"}),
                "event_filter": stolen.get("EventFilter") or [],
            }
        ]
        if stolen
        else [],
    }
    yield aws.resource(CognitoRiskConfiguration, pool, attributes)


def _actions(item: Mapping[str, Any]) -> dict[str, Any]:
    names = {"event_action": "EventAction", "notify": "Notify"}
    return {
        f"{level.lower()}_action": _renamed(item.get(f"{level}Action"), names)
        for level in ("High", "Low", "Medium")
    }


@reader(
    yields=(CognitoUserPoolClient,),
    calls=(
        "cognito-idp.list_user_pools",
        "cognito-idp.list_user_pool_clients",
        "cognito-idp.describe_user_pool_client",
    ),
)
def user_pool_clients(aws: Aws) -> Iterator[Resource]:
    """Clients of each pool, without their secrets."""

    def read(pool: Mapping[str, Any]) -> Iterator[Resource]:
        id = pool["Id"]
        listed = aws.ask_all(
            "cognito-idp.list_user_pool_clients",
            "UserPoolClients",
            UserPoolId=id,
            MaxResults=_PAGE,
        )
        if isinstance(listed, Unknown):
            named = {"user_pool_id": id}
            yield aws.resource(CognitoUserPoolClient, f"{id}/?", listed, named=named)
            return
        for item in listed:
            yield _client(aws, id, item)

    yield from aws.parallel(read, _pools(aws))


_CLIENT_LISTS = {
    "allowed_oauth_flows": "AllowedOAuthFlows",
    "allowed_oauth_scopes": "AllowedOAuthScopes",
    "callback_urls": "CallbackURLs",
    "explicit_auth_flows": "ExplicitAuthFlows",
    "logout_urls": "LogoutURLs",
    "supported_identity_providers": "SupportedIdentityProviders",
}


def _client(aws: Aws, pool: str, item: Mapping[str, Any]) -> Resource:
    id = item["ClientId"]
    reply = aws.ask("cognito-idp.describe_user_pool_client", UserPoolId=pool, ClientId=id)
    said: Any = reply["UserPoolClient"]

    def listed(key: str) -> Any:
        return lambda: said.get(key) or []

    attributes = {
        **{name: listed(key) for name, key in _CLIENT_LISTS.items()},
        "access_token_validity": said.get("AccessTokenValidity"),
        "allowed_oauth_flows_user_pool_client": said.get("AllowedOAuthFlowsUserPoolClient"),
        "enable_token_revocation": said.get("EnableTokenRevocation"),
        "generate_secret": lambda: bool(said.get("ClientSecret")),
        "name": item.get("ClientName"),
        "prevent_user_existence_errors": said.get("PreventUserExistenceErrors"),
        "refresh_token_validity": said.get("RefreshTokenValidity"),
        "user_pool_id": pool,
    }
    return aws.resource(CognitoUserPoolClient, id, attributes)


@reader(
    yields=(WafWebAclAssociation,),
    calls=("cognito-idp.list_user_pools", "wafv2.get_web_acl_for_resource"),
)
def user_pool_web_acls(aws: Aws) -> Iterator[Resource]:
    """Which user pool is protected by which web ACL, asked from its side."""

    def read(pool: Mapping[str, Any]) -> Iterator[Resource]:
        arn = _arn(aws, pool["Id"])
        absent = ("WAFNonexistentItemException",)
        reply = aws.ask("wafv2.get_web_acl_for_resource", ResourceArn=arn, absent=absent)
        if isinstance(reply, Unknown):
            yield aws.resource(WafWebAclAssociation, arn, reply, named={"resource_arn": arn})
        elif reply is not None and reply.get("WebACL"):
            acl = reply["WebACL"]["ARN"]
            yield aws.resource(
                WafWebAclAssociation, f"{acl},{arn}", {"resource_arn": arn, "web_acl_arn": acl}
            )

    yield from aws.parallel(read, _pools(aws))


@reader(
    yields=(CognitoIdentityPool,),
    calls=("cognito-identity.list_identity_pools", "cognito-identity.describe_identity_pool"),
)
def identity_pools(aws: Aws) -> Iterator[Resource]:
    """Identity pools."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        id = item["IdentityPoolId"]
        said = aws.ask("cognito-identity.describe_identity_pool", IdentityPoolId=id)
        names = {
            "client_id": "ClientId",
            "provider_name": "ProviderName",
            "server_side_token_check": "ServerSideTokenCheck",
        }
        attributes = {
            "arn": f"arn:{aws.partition}:cognito-identity:{aws.region}:{aws.account_id}"
            f":identitypool/{id}",
            "allow_classic_flow": said.get("AllowClassicFlow"),
            "allow_unauthenticated_identities": said.get("AllowUnauthenticatedIdentities"),
            "cognito_identity_providers": lambda: [
                block
                for provider in said.get("CognitoIdentityProviders") or ()
                for block in _renamed(provider, names)
            ],
            "identity_pool_name": item.get("IdentityPoolName"),
            "tags": lambda: said.get("IdentityPoolTags") or {},
        }
        yield aws.resource(CognitoIdentityPool, id, attributes)

    listed = aws.list("cognito-identity.list_identity_pools", "IdentityPools", MaxResults=_PAGE)
    yield from aws.parallel(read, listed)
