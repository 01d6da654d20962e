"""Amazon Cognito.

Sources: Cognito user pools API reference (ListUserPools, DescribeUserPool, GetUserPoolMfaConfig,
ListUserPoolClients, DescribeUserPoolClient, DescribeRiskConfiguration), Cognito identity pools
API reference (ListIdentityPools, DescribeIdentityPool), AWS provider 5.100.0 documentation of
`aws_cognito_user_pool`, `aws_cognito_user_pool_client`, `aws_cognito_risk_configuration`,
`aws_cognito_identity_pool`.
"""

from __future__ import annotations

from auditor.resource import Block, Blocks, Bool, Link, Node, Num, Resource, Str, StrMap, Strs


class PasswordPolicy(Node):
    """What passwords must hold. A flag that is left out of the block is off."""

    minimum_length = Num(default=8)
    password_history_size = Num(default=0)
    require_lowercase = Bool(default=False)
    require_numbers = Bool(default=False)
    require_symbols = Bool(default=False)
    require_uppercase = Bool(default=False)
    temporary_password_validity_days = Num(default=7)


class AdminCreateUser(Node):
    """Who may create users."""

    allow_admin_create_user_only = Bool(default=False)


class SignInPolicy(Node):
    """With what people may begin to sign in."""

    allowed_first_auth_factors = Strs(unordered=True)


class SoftwareToken(Node):
    """Whether authenticator apps are a factor."""

    enabled = Bool()


class AdditionalFlows(Node):
    """Threat protection of custom authentication: `AUDIT` or `ENFORCED`."""

    custom_auth_mode = Str()


class AddOns(Node):
    """Threat protection: `OFF`, `AUDIT` or `ENFORCED`."""

    advanced_security_additional_flows = Block(AdditionalFlows)
    advanced_security_mode = Str()


class CognitoUserPool(Resource, tf="aws_cognito_user_pool"):
    """A directory of users. Without `password_policy` Cognito's own is in force."""

    identity = ("name",)
    admin_create_user_config = Block(AdminCreateUser)
    alias_attributes = Strs(unordered=True)
    auto_verified_attributes = Strs(unordered=True)
    deletion_protection = Str(default="INACTIVE")
    mfa_configuration = Str(default="OFF")
    name = Str()
    password_policy = Block(PasswordPolicy)
    sign_in_policy = Block(SignInPolicy)
    software_token_mfa_configuration = Block(SoftwareToken)
    tags = StrMap()
    user_pool_add_ons = Block(AddOns)
    user_pool_tier = Str(computed=True)
    username_attributes = Strs(unordered=True)


class CognitoUserPoolClient(Resource, tf="aws_cognito_user_pool_client"):
    """An application that signs users in."""

    access_token_validity = Num(computed=True)
    allowed_oauth_flows = Strs(unordered=True)
    allowed_oauth_flows_user_pool_client = Bool(default=False)
    allowed_oauth_scopes = Strs(unordered=True)
    callback_urls = Strs(unordered=True)
    enable_token_revocation = Bool(computed=True)
    explicit_auth_flows = Strs(unordered=True)
    generate_secret = Bool(default=False)
    logout_urls = Strs(unordered=True)
    name = Str()
    prevent_user_existence_errors = Str(computed=True)
    refresh_token_validity = Num(computed=True)
    supported_identity_providers = Strs(unordered=True)
    user_pool_id = Link("aws_cognito_user_pool")


class RiskAction(Node):
    """What happens at a level of risk."""

    event_action = Str()
    notify = Bool()


class RiskActions(Node):
    """What happens at each level of risk."""

    high_action = Block(RiskAction)
    low_action = Block(RiskAction)
    medium_action = Block(RiskAction)


class AccountTakeover(Node):
    """What happens at risky attempts to sign in."""

    actions = Block(RiskActions)


class CompromisedAction(Node):
    """`BLOCK` or `NO_ACTION`."""

    event_action = Str()


class CompromisedCredentials(Node):
    """What happens when a password is known to be stolen; without a filter, at every event."""

    actions = Block(CompromisedAction)
    event_filter = Strs(unordered=True)


class CognitoRiskConfiguration(Resource, tf="aws_cognito_risk_configuration"):
    """What threat protection does, of a pool or (with `client_id`) of one client."""

    account_takeover_risk_configuration = Block(AccountTakeover)
    client_id = Link("aws_cognito_user_pool_client")
    compromised_credentials_risk_configuration = Block(CompromisedCredentials)
    user_pool_id = Link("aws_cognito_user_pool")


class IdentityProvider(Node):
    """A user pool's client whose users may get credentials."""

    client_id = Link("aws_cognito_user_pool_client")
    provider_name = Str()
    server_side_token_check = Bool(default=False)


class CognitoIdentityPool(Resource, tf="aws_cognito_identity_pool"):
    """Gives AWS credentials to users of other directories."""

    identity = ("identity_pool_name",)
    allow_classic_flow = Bool(default=False)
    allow_unauthenticated_identities = Bool(default=False)
    cognito_identity_providers = Blocks(IdentityProvider, unordered=True)
    identity_pool_name = Str()
    tags = StrMap()
