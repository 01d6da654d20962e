"""Cognito rules say of an account what they say of the same Terraform.

The emulator has no risk configuration and does not keep web ACLs of user pools; those are judged on
replies in the shape of the API references.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from auditor.rules.iam import cognito as iam
from auditor.rules.iam import cognito_passwords as passwords
from auditor.rules.multi_az import cognito as lifetime
from auditor.rules.waf import cognito as waf
from fake_aws import model_from, refused

from auditor.engine import evaluate
from auditor.model import Model
from auditor.services import cognito_readers
from auditor.testing import check_twins

STRONG = {
    "MinimumLength": 14,
    "RequireUppercase": True,
    "RequireLowercase": True,
    "RequireNumbers": True,
    "RequireSymbols": True,
    "TemporaryPasswordValidityDays": 7,
}


def pool(**arguments: Any) -> Callable[[Any], str]:
    def make(client: Any) -> str:
        made = client.create_user_pool(PoolName="p", **arguments)["UserPool"]
        return str(made["Id"])

    return make


def policy(**changes: Any) -> Callable[[Any], str]:
    return pool(Policies={"PasswordPolicy": {**STRONG, **changes}})


def mfa(mode: str) -> Callable[[Any], None]:
    def make(client: Any) -> None:
        client.set_user_pool_mfa_config(
            UserPoolId=pool()(client),
            MfaConfiguration=mode,
            SoftwareTokenMfaConfiguration={"Enabled": True},
        )

    return make


def client_of(**arguments: Any) -> Callable[[Any], None]:
    def make(client: Any) -> None:
        client.create_user_pool_client(UserPoolId=pool()(client), ClientName="c", **arguments)

    return make


@pytest.mark.emulator
@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (passwords.short_passwords, policy(MinimumLength=13), policy()),
        (passwords.weak_passwords, policy(MinimumLength=7), policy()),
        (passwords.passwords_without_lower_case, policy(RequireLowercase=False), policy()),
        (passwords.passwords_without_upper_case, policy(RequireUppercase=False), policy()),
        (passwords.passwords_without_digit, policy(RequireNumbers=False), policy()),
        (passwords.passwords_without_symbol, policy(RequireSymbols=False), policy()),
        (
            passwords.temporary_passwords_live_long,
            policy(TemporaryPasswordValidityDays=8),
            policy(),
        ),
        (iam.signs_in_without_mfa, mfa("OPTIONAL"), mfa("ON")),
        (
            iam.anyone_may_sign_up,
            pool(AdminCreateUserConfig={"AllowAdminCreateUserOnly": False}),
            pool(AdminCreateUserConfig={"AllowAdminCreateUserOnly": True}),
        ),
        (
            lifetime.pool_can_be_deleted,
            pool(),
            pool(DeletionProtection="ACTIVE"),
        ),
        (
            iam.threats_not_stopped,
            pool(UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"}),
            pool(UserPoolAddOns={"AdvancedSecurityMode": "ENFORCED"}),
        ),
        (
            iam.tells_who_is_a_user,
            client_of(PreventUserExistenceErrors="LEGACY"),
            client_of(PreventUserExistenceErrors="ENABLED"),
        ),
        (
            iam.unsafe_flows,
            client_of(CallbackURLs=["http://a.example.com"]),
            client_of(CallbackURLs=["https://a.example.com"], AllowedOAuthFlows=["code"]),
        ),
        (
            iam.tokens_cannot_be_revoked,
            client_of(EnableTokenRevocation=False),
            client_of(EnableTokenRevocation=True),
        ),
    ],
)
def test_twins(
    moto_server: Any, make_client: Callable[..., Any], rule: Any, bad: Any, good: Any
) -> None:
    client = make_client("cognito-idp")
    check_twins(
        rule,
        moto_server.url,
        bad=lambda: bad(client),
        good=lambda: good(client),
        reset=moto_server.reset,
    )


@pytest.mark.emulator
def test_identity_pools(moto_server: Any, make_client: Callable[..., Any]) -> None:
    client = make_client("cognito-identity")

    def guests(allowed: bool) -> Callable[[], object]:
        return lambda: client.create_identity_pool(
            IdentityPoolName="i", AllowUnauthenticatedIdentities=allowed
        )

    check_twins(
        iam.credentials_for_guests,
        moto_server.url,
        bad=guests(True),
        good=guests(False),
        reset=moto_server.reset,
    )


ACTION = {"Notify": False, "EventAction": "BLOCK"}
RISKS = {
    "RiskConfiguration": {
        "UserPoolId": "eu-west-1_a",
        "CompromisedCredentialsRiskConfiguration": {
            "EventFilter": ["SIGN_IN"],
            "Actions": {"EventAction": "BLOCK"},
        },
        "AccountTakeoverRiskConfiguration": {
            "Actions": {"LowAction": ACTION, "MediumAction": ACTION, "HighAction": ACTION}
        },
    }
}
ARN = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_a"
REPLIES = {
    "cognito-idp.list_user_pools": {"UserPools": [{"Id": "eu-west-1_a", "Name": "p"}]},
    "cognito-idp.describe_user_pool": {
        "UserPool": {
            "Id": "eu-west-1_a",
            "MfaConfiguration": "ON",
            "DeletionProtection": "ACTIVE",
            "UserPoolTier": "PLUS",
            "UserPoolTags": {"team": "a"},
            "Policies": {
                "PasswordPolicy": STRONG,
                "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]},
            },
            "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
            "UserPoolAddOns": {
                "AdvancedSecurityMode": "ENFORCED",
                "AdvancedSecurityAdditionalFlows": {"CustomAuthMode": "ENFORCED"},
            },
        }
    },
    "cognito-idp.get_user_pool_mfa_config": {"SoftwareTokenMfaConfiguration": {"Enabled": True}},
    "cognito-idp.describe_risk_configuration": RISKS,
    "cognito-idp.list_user_pool_clients": {
        "UserPoolClients": [{"ClientId": "c1", "ClientName": "c"}]
    },
    "cognito-idp.describe_user_pool_client": {
        "UserPoolClient": {
            "ClientId": "c1",
            "ClientSecret": "not-to-be-kept",
            "EnableTokenRevocation": True,
            "PreventUserExistenceErrors": "ENABLED",
            "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
        }
    },
    "wafv2.get_web_acl_for_resource": {"WebACL": {"ARN": "arn:acl"}},
    "cognito-identity.list_identity_pools": {
        "IdentityPools": [{"IdentityPoolId": "i", "IdentityPoolName": "i"}]
    },
    "cognito-identity.describe_identity_pool": {"AllowUnauthenticatedIdentities": False},
}
READERS = (
    cognito_readers.user_pools,
    cognito_readers.user_pool_clients,
    cognito_readers.user_pool_web_acls,
    cognito_readers.identity_pools,
)


def read(**changes: Any) -> Model:
    return model_from(READERS, {**REPLIES, **changes})


def status(rule: Any, model: Model) -> list[str]:
    return [v.status for v in evaluate([rule], model)]


def test_a_pool_with_all_that_hangs_on_it():
    model = read()
    data = model.by_address["aws_cognito_user_pool.eu-west-1_a"].data
    assert data["arn"] == ARN
    assert data["user_pool_add_ons"] == [
        {
            "advanced_security_mode": "ENFORCED",
            "advanced_security_additional_flows": [{"custom_auth_mode": "ENFORCED"}],
        }
    ]
    assert data["software_token_mfa_configuration"] == [{"enabled": True}]
    assert data["sign_in_policy"] == [{"allowed_first_auth_factors": ["PASSWORD"]}]
    assert data["tags"] == {"team": "a"}
    client = model.by_address["aws_cognito_user_pool_client.c1"].data
    assert (client["user_pool_id"], client["generate_secret"]) == ("eu-west-1_a", True)
    assert "not-to-be-kept" not in repr(client)
    (association,) = model.by_type["aws_wafv2_web_acl_association"]
    assert dict(association.data) == {
        "id": f"arn:acl,{ARN}",
        "resource_arn": ARN,
        "web_acl_arn": "arn:acl",
    }


def test_risks_and_web_acls():
    risks, acl = "cognito-idp.describe_risk_configuration", "wafv2.get_web_acl_for_resource"
    low = {**ACTION, "EventAction": "NO_ACTION"}
    weak = {"LowAction": low, "MediumAction": ACTION, "HighAction": ACTION}
    takeover = {"RiskConfiguration": {"AccountTakeoverRiskConfiguration": {"Actions": weak}}}
    for rule, call, bad in (
        (iam.stolen_passwords_let_in, risks, None),
        (iam.stolen_passwords_let_in, risks, takeover),
        (iam.risky_sign_ins_let_in, risks, {"RiskConfiguration": {"UserPoolId": "x"}}),
        (iam.risky_sign_ins_let_in, risks, takeover),
        (waf.pool_without_web_acl, acl, None),
    ):
        assert status(rule, read()) == ["pass"]
        assert status(rule, read(**{call: bad})) == ["fail"]
        assert status(rule, read(**{call: refused(call)})) == ["undetermined"]


POOL_RULES = (
    passwords.weak_passwords,
    passwords.short_passwords,
    passwords.passwords_without_digit,
    passwords.temporary_passwords_live_long,
    iam.signs_in_without_mfa,
    iam.anyone_may_sign_up,
    iam.threats_not_stopped,
    iam.custom_threats_not_stopped,
    lifetime.pool_can_be_deleted,
)


@pytest.mark.parametrize("rule", POOL_RULES)
def test_a_pool_that_cannot_be_described(rule):
    call = "cognito-idp.describe_user_pool"
    assert status(rule, read()) == ["pass"]
    assert status(rule, read(**{call: refused(call)})) == ["undetermined"]


@pytest.mark.parametrize(
    ("rule", "call"),
    [
        (iam.tells_who_is_a_user, "cognito-idp.list_user_pool_clients"),
        (iam.tells_who_is_a_user, "cognito-idp.describe_user_pool_client"),
        (iam.tokens_cannot_be_revoked, "cognito-idp.describe_user_pool_client"),
        (iam.unsafe_flows, "cognito-idp.describe_user_pool_client"),
        (iam.credentials_for_guests, "cognito-identity.describe_identity_pool"),
    ],
)
def test_clients_and_identity_pools_that_cannot_be_read(rule, call):
    assert status(rule, read()) == ["pass"]
    denied = read(**{call: refused(call)})
    assert status(rule, denied) == ["undetermined"]
