"""Rules about Cognito."""

from __future__ import annotations

import pytest
from auditor.rules.iam import cognito as iam
from auditor.rules.iam import cognito_passwords as passwords
from auditor.rules.multi_az import cognito as lifetime
from auditor.rules.waf import cognito as waf

from auditor.testing import check_rule, judge_code

TEXT = 'variable "v" { type = string }\n'
FLAG = 'variable "v" { type = bool }\n'
NUMBER = 'variable "v" { type = number }\n'
LIST = 'variable "v" { type = list(string) }\n'
ALL = {
    "minimum_length": "14",
    "require_lowercase": "true",
    "require_uppercase": "true",
    "require_numbers": "true",
    "require_symbols": "true",
    "temporary_password_validity_days": "7",
}


def pool(body: str = "") -> str:
    return f'resource "aws_cognito_user_pool" "p" {{\n  name = "p"\n{body}\n}}\n'


def policy(**changes: str | None) -> str:
    said = {**ALL, **changes}
    lines = "".join(f"    {name} = {value}\n" for name, value in said.items() if value)
    return f"password_policy {{\n{lines}  }}"


def client(body: str = "") -> str:
    return (
        'resource "aws_cognito_user_pool_client" "c" {\n  name = "c"\n'
        f"  user_pool_id = aws_cognito_user_pool.p.id\n{body}\n}}\n"
    )


@pytest.mark.parametrize(
    ("rule", "flag"),
    [
        (passwords.passwords_without_lower_case, "require_lowercase"),
        (passwords.passwords_without_upper_case, "require_uppercase"),
        (passwords.passwords_without_digit, "require_numbers"),
        (passwords.passwords_without_symbol, "require_symbols"),
    ],
)
def test_kinds_of_characters(rule, flag):
    at = f"password_policy[0].{flag}"
    check_rule(
        rule,
        bad=pool(policy(**{flag: "false"})),
        good=pool(policy()),
        unknown=FLAG + pool(policy(**{flag: "var.v"})),
        at=at,
    )
    # Without the block Cognito's own policy is in force; in a block what is left out is off.
    check_rule(rule, bad=pool(policy(**{flag: None})), good=pool(), at=at)
    check_rule(
        passwords.weak_passwords,
        bad=pool(policy(**{flag: None})),
        good=pool(),
        unknown=FLAG + pool(policy(**{flag: "var.v"})),
    )


def test_blocks_that_might_be_there():
    dynamic = (
        'dynamic "password_policy" {\n  for_each = var.v ? [1] : []\n'
        "  content {\n    minimum_length = 6\n  }\n}"
    )
    for rule in (
        passwords.weak_passwords,
        passwords.short_passwords,
        passwords.passwords_without_digit,
        passwords.temporary_passwords_live_long,
    ):
        assert [v.status for v in judge_code(rule, FLAG + pool(dynamic))] == ["undetermined"]


def test_lengths():
    at = "password_policy[0].minimum_length"
    check_rule(
        passwords.short_passwords,
        bad=pool(policy(minimum_length="13")),
        good=pool(policy(minimum_length="14")),
        unknown=NUMBER + pool(policy(minimum_length="var.v")),
        at=at,
    )
    check_rule(passwords.short_passwords, bad=pool(), good=pool(policy()), at="password_policy")
    check_rule(
        passwords.weak_passwords,
        bad=pool(policy(minimum_length="7")),
        good=pool(policy(minimum_length="8")),
        unknown=NUMBER + pool(policy(minimum_length="var.v")),
        at=at,
    )


@pytest.mark.parametrize(
    "rule", [passwords.temporary_passwords_live_long, passwords.weak_passwords]
)
def test_temporary_passwords(rule):
    check_rule(
        rule,
        bad=pool(policy(temporary_password_validity_days="8")),
        good=pool(policy(temporary_password_validity_days="7")),
        unknown=NUMBER + pool(policy(temporary_password_validity_days="var.v")),
        at="password_policy[0].temporary_password_validity_days",
    )
    check_rule(
        rule,
        bad=pool(policy(temporary_password_validity_days="90")),
        good=pool(policy(temporary_password_validity_days=None)),
    )


def test_mfa():
    check_rule(
        iam.signs_in_without_mfa,
        bad=pool('mfa_configuration = "OPTIONAL"'),
        good=pool('mfa_configuration = "ON"'),
        unknown=TEXT + pool("mfa_configuration = var.v"),
        at="mfa_configuration",
    )
    check_rule(
        iam.signs_in_without_mfa,
        bad=pool('sign_in_policy {\n  allowed_first_auth_factors = ["PASSWORD"]\n}'),
        good=pool('mfa_configuration = "ON"'),
        unknown=LIST + pool("sign_in_policy {\n  allowed_first_auth_factors = var.v\n}"),
        not_for=pool(
            'sign_in_policy {\n  allowed_first_auth_factors = ["PASSWORD", "WEB_AUTHN"]\n}'
        ),
    )


def test_sign_up():
    def only(value: str) -> str:
        return f"admin_create_user_config {{\n  allow_admin_create_user_only = {value}\n}}"

    check_rule(
        iam.anyone_may_sign_up,
        bad=pool(only("false")),
        good=pool(only("true")),
        unknown=FLAG + pool(only("var.v")),
        at="admin_create_user_config[0].allow_admin_create_user_only",
    )
    check_rule(
        iam.anyone_may_sign_up,
        bad=pool(),
        good=pool(only("true")),
        at="admin_create_user_config",
    )


def add_ons(mode: str, custom: str = "") -> str:
    flows = f"advanced_security_additional_flows {{\n custom_auth_mode = {custom}\n}}"
    return f"user_pool_add_ons {{\n  advanced_security_mode = {mode}\n{flows if custom else ''}\n}}"


ENFORCED = add_ons('"ENFORCED"', '"ENFORCED"')


def test_threat_protection():
    check_rule(
        iam.threats_not_stopped,
        bad=pool(add_ons('"AUDIT"')),
        good=pool(ENFORCED),
        unknown=TEXT + pool(add_ons("var.v")),
        at="user_pool_add_ons[0].advanced_security_mode",
    )
    check_rule(iam.threats_not_stopped, bad=pool(), good=pool(ENFORCED), at="user_pool_add_ons")
    check_rule(
        iam.custom_threats_not_stopped,
        bad=pool(add_ons('"ENFORCED"', '"AUDIT"')),
        good=pool(ENFORCED),
        unknown=TEXT + pool(add_ons('"ENFORCED"', "var.v")),
    )
    check_rule(iam.custom_threats_not_stopped, bad=pool(add_ons('"ENFORCED"')), good=pool(ENFORCED))
    check_rule(iam.custom_threats_not_stopped, bad=pool(), good=pool(ENFORCED))


def risks(body: str) -> str:
    return (
        'resource "aws_cognito_risk_configuration" "r" {\n'
        f"  user_pool_id = aws_cognito_user_pool.p.id\n{body}\n}}\n"
    )


def stolen(action: str, events: str = "") -> str:
    return risks(
        f"compromised_credentials_risk_configuration {{\n{events}\n"
        f"  actions {{\n    event_action = {action}\n  }}\n}}"
    )


def test_stolen_passwords():
    rule = iam.stolen_passwords_let_in
    base = pool(ENFORCED)
    check_rule(
        rule,
        bad=base,
        good=base + stolen('"BLOCK"'),
        unknown=TEXT + base + stolen("var.v"),
    )
    check_rule(
        rule,
        bad=base + stolen('"BLOCK"', '  event_filter = ["SIGN_UP"]'),
        good=base + stolen('"BLOCK"', '  event_filter = ["SIGN_IN"]'),
        unknown=LIST + base + stolen('"BLOCK"', "  event_filter = var.v"),
    )
    of_a_client = stolen('"BLOCK"').replace("compromised", 'client_id = "c"\n  compromised', 1)
    check_rule(
        rule,
        bad=base + of_a_client,
        good=base + stolen('"BLOCK"'),
        unknown=TEXT + base + of_a_client.replace('client_id = "c"', "client_id = var.v"),
    )


def takeover(*levels: str, action: str = '"BLOCK"') -> str:
    blocks = "".join(
        f"    {level}_action {{\n      event_action = {action}\n      notify = false\n    }}\n"
        for level in levels
    )
    return risks(
        "account_takeover_risk_configuration {\n  notify_configuration {\n"
        '    source_arn = "arn:aws:ses:eu-west-1:1:identity/x"\n  }\n'
        f"  actions {{\n{blocks}  }}\n}}"
    )


def test_risky_sign_ins():
    base = pool(ENFORCED)
    check_rule(
        iam.risky_sign_ins_let_in,
        bad=base + takeover("high", "medium"),
        good=base + takeover("high", "medium", "low"),
        unknown=TEXT + base + takeover("high", "medium", "low", action="var.v"),
    )
    check_rule(
        iam.risky_sign_ins_let_in,
        bad=base + takeover("high", "medium", "low", action='"MFA_IF_CONFIGURED"'),
        good=base + takeover("high", "medium", "low"),
    )
    check_rule(
        iam.risky_sign_ins_let_in,
        bad=base + stolen('"BLOCK"'),
        good=base + takeover("high", "medium", "low"),
    )


def test_guests():
    def guests(body: str) -> str:
        return (
            f'resource "aws_cognito_identity_pool" "i" {{\n  identity_pool_name = "i"\n{body}\n}}\n'
        )

    check_rule(
        iam.credentials_for_guests,
        bad=guests("  allow_unauthenticated_identities = true"),
        good=guests(""),
        unknown=FLAG + guests("  allow_unauthenticated_identities = var.v"),
        at="allow_unauthenticated_identities",
    )


def test_who_is_a_user():
    argument = "prevent_user_existence_errors"
    check_rule(
        iam.tells_who_is_a_user,
        bad=pool() + client(f'  {argument} = "LEGACY"'),
        good=pool() + client(f'  {argument} = "ENABLED"'),
        unknown=TEXT + pool() + client(f"  {argument} = var.v"),
        at=argument,
    )
    check_rule(
        iam.tells_who_is_a_user,
        bad=pool() + client(),
        good=pool() + client(f'  {argument} = "ENABLED"'),
    )


def test_revocation():
    check_rule(
        iam.tokens_cannot_be_revoked,
        bad=pool() + client("  enable_token_revocation = false"),
        good=pool() + client(),
        unknown=FLAG + pool() + client("  enable_token_revocation = var.v"),
        at="enable_token_revocation",
    )


@pytest.mark.parametrize(
    ("argument", "bad", "good"),
    [
        ("allowed_oauth_flows", ["code", "implicit"], ["code"]),
        ("callback_urls", ["http://app.example.com/x"], ["https://app.example.com", "app://x"]),
        ("callback_urls", ["http://localhost.evil.com/"], ["http://localhost:3000/cb"]),
        ("explicit_auth_flows", ["ALLOW_USER_PASSWORD_AUTH"], ["ALLOW_USER_SRP_AUTH"]),
        ("explicit_auth_flows", ["ADMIN_NO_SRP_AUTH"], []),
    ],
)
def test_flows(argument, bad, good):
    def listed(names: list[str]) -> str:
        return pool() + client(f"  {argument} = {names}".replace("'", '"'))

    check_rule(
        iam.unsafe_flows,
        bad=listed(bad),
        good=listed(good),
        unknown=LIST + pool() + client(f"  {argument} = var.v"),
        at=argument,
    )


def test_deletion():
    check_rule(
        lifetime.pool_can_be_deleted,
        bad=pool(),
        good=pool('deletion_protection = "ACTIVE"'),
        unknown=TEXT + pool("deletion_protection = var.v"),
        at="deletion_protection",
    )


def test_web_acls():
    association = (
        'resource "aws_wafv2_web_acl_association" "a" {\n  resource_arn = %s\n'
        '  web_acl_arn = "arn:aws:wafv2:eu-west-1:1:regional/webacl/x/y"\n}\n'
    )
    check_rule(
        waf.pool_without_web_acl,
        bad=pool(),
        good=pool() + association % "aws_cognito_user_pool.p.arn",
        unknown=TEXT + pool() + association % "var.v",
    )
