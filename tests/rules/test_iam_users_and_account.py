"""Users, their credentials, root and the password policy."""

import pytest
from auditor.rules.iam import credentials, password_policy, root_user, users
from auditor.rules.operations import iam as operations

from auditor.aws.account import Account
from auditor.engine import evaluate
from auditor.model import Model
from auditor.resource import Gap, Resource
from auditor.services.iam_account import ROOT
from auditor.testing import check_rule, judge_code

USER = 'resource "aws_iam_user" "u" { name = "u" }\n'


def test_one_active_key():
    check_rule(
        users.two_active_keys,
        bad=USER
        + 'resource "aws_iam_access_key" "k" {\n count = 2\n user = aws_iam_user.u.name\n}',
        good=USER
        + """
          resource "aws_iam_access_key" "new" { user = aws_iam_user.u.name }
          resource "aws_iam_access_key" "old" {
            user   = "u"
            status = "Inactive"
          }
        """,
        unknown='variable "keys" { type = number }\n'
        + USER
        + 'resource "aws_iam_access_key" "k" {\n count = var.keys\n user = "u"\n}',
    )


def test_users_are_in_groups():
    check_rule(
        users.user_in_no_group,
        bad=USER,
        good=USER + 'resource "aws_iam_user_group_membership" "m" {\n'
        ' user = aws_iam_user.u.name\n groups = ["g"]\n}',
        unknown='variable "groups" { type = list(string) }\n'
        + USER
        + 'resource "aws_iam_user_group_membership" "m" {\n user = "u"\n groups = var.groups\n}',
    )
    by_group = (
        'resource "aws_iam_group_membership" "m" {\n name = "m"\n group = "g"\n users = ["u"]\n}'
    )
    assert [v.status for v in judge_code(users.user_in_no_group, USER + by_group)] == ["pass"]


GROUP = 'resource "aws_iam_group" "g" { name = "g" }\n'


def test_groups_have_members():
    check_rule(
        users.group_empty,
        bad=GROUP,
        good=GROUP + 'resource "aws_iam_user_group_membership" "m" {\n'
        ' user = "u"\n groups = [aws_iam_group.g.name]\n}',
        unknown='variable "groups" { type = list(string) }\n'
        + GROUP
        + 'resource "aws_iam_user_group_membership" "m" {\n user = "u"\n groups = var.groups\n}',
    )


MFA = """
  policy = jsonencode({
    Statement = [{
      Effect = "Deny", Action = "*", Resource = "*"
      Condition = { BoolIfExists = { "aws:MultiFactorAuthPresent" = "false" } }
    }]
  })
"""


def test_groups_ask_for_mfa():
    check_rule(
        users.group_without_mfa,
        bad=GROUP
        + 'resource "aws_iam_group_policy_attachment" "a" {\n group = aws_iam_group.g.name\n'
        ' policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"\n}',
        good=GROUP
        + f"""
          resource "aws_iam_policy" "mfa" {{ {MFA} }}
          resource "aws_iam_group_policy_attachment" "a" {{
            group      = aws_iam_group.g.name
            policy_arn = aws_iam_policy.mfa.arn
          }}
        """,
        unknown='variable "p" { type = string }\n'
        + GROUP
        + 'resource "aws_iam_group_policy" "p" {\n group = "g"\n policy = var.p\n}',
    )


def test_users_have_no_console_password():
    check_rule(
        users.user_with_console_password,
        bad=USER + 'resource "aws_iam_user_login_profile" "p" { user = aws_iam_user.u.name }',
        good=USER,
    )


def test_a_key_for_root():
    check_rule(
        root_user.root_with_access_key,
        bad='resource "aws_iam_access_key" "k" { user = "root" }',
        good=USER + 'resource "aws_iam_access_key" "k" { user = aws_iam_user.u.name }',
        unknown='variable "u" { type = string }\n'
        'resource "aws_iam_access_key" "k" { user = var.u }',
        at="user",
    )


def test_a_key_of_a_user_whose_name_is_partly_known():
    text = """
      data "aws_caller_identity" "me" {}
      resource "aws_iam_user" "u" { name = "${data.aws_caller_identity.me.account_id}-worker" }
      resource "aws_iam_access_key" "k" { user = aws_iam_user.u.name }
    """
    assert [v.status for v in judge_code(root_user.root_with_access_key, text)] == ["pass"]


def test_root_is_managed_centrally():
    check_rule(
        root_user.root_not_managed_centrally,
        bad='resource "aws_iam_organizations_features" "f" { enabled_features = ["RootSessions"] }',
        good='resource "aws_iam_organizations_features" "f" {\n'
        ' enabled_features = ["RootCredentialsManagement", "RootSessions"]\n}',
        at="enabled_features",
    )


# -- password policy -------------------------------------------------------------------------------


def policy(text: str) -> str:
    return (
        f'variable "x" {{ type = any }}\n'
        f'resource "aws_iam_account_password_policy" "p" {{\n{text}\n}}'
    )


@pytest.mark.parametrize(
    ("rule", "bad", "good", "argument"),
    [
        (password_policy.passwords_short, "", "14", "minimum_password_length"),
        (password_policy.passwords_short, "13", "20", "minimum_password_length"),
        (password_policy.passwords_reused, "", "24", "password_reuse_prevention"),
        (password_policy.passwords_reused, "5", "24", "password_reuse_prevention"),
        (password_policy.passwords_never_expire, "", "90", "max_password_age"),
        (password_policy.passwords_never_expire, "365", "60", "max_password_age"),
        (password_policy.passwords_without_uppercase, "", "true", "require_uppercase_characters"),
        (password_policy.passwords_without_lowercase, "", "true", "require_lowercase_characters"),
        (password_policy.passwords_without_symbol, "false", "true", "require_symbols"),
        (password_policy.passwords_without_digit, "false", "true", "require_numbers"),
    ],
)
def test_password_policy(rule, bad, good, argument):
    check_rule(
        rule,
        bad=policy(f"{argument} = {bad}" if bad else ""),
        good=policy(f"{argument} = {good}"),
        unknown=policy(f"{argument} = var.x"),
        at=argument,
    )


def test_strong_passwords():
    four = "\n".join(
        f"require_{kind} = true"
        for kind in ("uppercase_characters", "lowercase_characters", "symbols", "numbers")
    )
    check_rule(
        password_policy.passwords_weak,
        bad=policy("minimum_password_length = 8"),
        good=policy(f"minimum_password_length = 8\n{four}"),
        unknown=policy(f"minimum_password_length = var.x\n{four}"),
        at="require_symbols",
    )


# -- what only the account says --------------------------------------------------------------------


def account() -> Resource:
    data = {"id": "111122223333", "account_id": "111122223333", "regions": ["eu-west-1"]}
    return Account("aws_account.111122223333", "aws_account", data, source="live")


def live(tf: str, name: str, **data: object) -> Resource:
    return Resource(f"{tf}.{name}", tf, {"id": name, **data}, source="live")


def row(user: str = "ann", **more: object) -> Resource:
    """A row of a credential report of 1 June 2025: a user that has nothing."""
    cells: dict[str, object] = {
        "access_key_1_active": False,
        "access_key_1_last_rotated": None,
        "access_key_1_last_used_date": None,
        "access_key_2_active": False,
        "access_key_2_last_rotated": None,
        "access_key_2_last_used_date": None,
        "generated_time": "2025-06-01T00:00:00+00:00",
        "mfa_active": False,
        "password_enabled": False,
        "password_last_changed": None,
        "password_last_used": None,
        "user": user,
        "user_creation_time": "2025-01-01T00:00:00+00:00",
    }
    return live("aws_iam_credentials", user, **{**cells, **more})


def statuses(rule, *resources: Resource, gaps: tuple[Gap, ...] = ()) -> list[str]:
    model = Model(resources, source="live", gaps=gaps)
    return [v.status for v in evaluate([rule], model)]


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (credentials.console_without_mfa, {"password_enabled": True}, {}),
        (credentials.user_without_mfa, {}, {"mfa_active": True}),
        (
            credentials.key_not_rotated,
            {"access_key_2_active": True, "access_key_2_last_rotated": "2025-03-02T00:00:00+00:00"},
            {"access_key_2_active": True, "access_key_2_last_rotated": "2025-03-03T00:00:00+00:00"},
        ),
        (
            credentials.key_not_rotated,
            {"access_key_1_active": True, "access_key_1_last_rotated": "2024-01-01T00:00:00+00:00"},
            {"access_key_1_last_rotated": "2024-01-01T00:00:00+00:00"},
        ),
        (
            credentials.unused_for_45_days,
            {"password_enabled": True, "password_last_used": "2025-04-01T00:00:00+00:00"},
            {"password_enabled": True, "password_last_used": "2025-05-30T00:00:00+00:00"},
        ),
        (
            credentials.unused_for_45_days,
            {"password_enabled": True, "password_last_changed": "2025-02-01T00:00:00+00:00"},
            {"password_enabled": True, "password_last_changed": "2025-05-20T00:00:00+00:00"},
        ),
        (
            credentials.unused_for_90_days,
            {"access_key_1_active": True, "access_key_1_last_rotated": "2025-01-01T00:00:00+00:00"},
            {
                "access_key_1_active": True,
                "access_key_1_last_rotated": "2025-01-01T00:00:00+00:00",
                "access_key_1_last_used_date": "2025-04-01T00:00:00+00:00",
            },
        ),
        (
            credentials.key_from_the_first_day,
            {
                "password_enabled": True,
                "access_key_1_active": True,
                "access_key_1_last_rotated": "2025-01-01T00:00:09+00:00",
            },
            {
                "password_enabled": True,
                "access_key_1_active": True,
                "access_key_1_last_rotated": "2025-01-01T00:00:09+00:00",
                "access_key_1_last_used_date": "2025-02-01T00:00:00+00:00",
            },
        ),
    ],
)
def test_credential_report(rule, bad, good):
    assert statuses(rule, row(**bad)) == ["fail"]
    assert statuses(rule, row(**good)) == ["pass"]


def test_days_are_a_parameter():
    from auditor.engine import Policy

    key = row(access_key_1_active=True, access_key_1_last_rotated="2025-04-01T00:00:00+00:00")
    model = Model([key], source="live")
    policies = {"IAM-USER-KEY-ROTATION-90": Policy(parameters={"days": 30})}
    (verdict,) = evaluate([credentials.key_not_rotated], model, policies)
    assert verdict.findings[0].message == "has an access key that is older than 30 days"


def test_root_is_not_judged_as_a_user():
    root = row(ROOT, password_enabled=True)
    assert statuses(credentials.console_without_mfa, root) == ["not_applicable"]


def test_a_report_that_could_not_be_read_is_no_pass():
    gap = Gap("iam:GetCredentialReport", "denied", frozenset({"aws_iam_credentials"}))
    assert statuses(credentials.console_without_mfa, gaps=(gap,)) == ["undetermined"]


def test_a_date_that_is_missing_is_no_pass():
    key = row(access_key_1_active=True)
    assert statuses(credentials.key_not_rotated, key) == ["undetermined"]


def test_hardware_mfa_only():
    virtual = live("aws_iam_virtual_mfa_device", "d", user_name="ann", of_root=False)
    of_root = live("aws_iam_virtual_mfa_device", "r", user_name=None, of_root=True)
    rule = credentials.user_with_virtual_mfa
    assert statuses(rule, row(mfa_active=True), virtual) == ["fail"]
    assert statuses(rule, row(mfa_active=True), of_root) == ["pass"]


def test_administrators_have_mfa():
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    member = live("aws_iam_user_group_membership", "m", user="ann", groups=["admins"])
    by_group = live("aws_iam_group_policy_attachment", "g", group="admins", policy_arn=admin)
    direct = live("aws_iam_user_policy_attachment", "u", user="ann", policy_arn=admin)
    rule = credentials.administrator_without_mfa
    assert statuses(rule, row(), direct) == ["fail"]
    assert statuses(rule, row(), member, by_group) == ["fail"]
    assert statuses(rule, row(mfa_active=True), direct) == ["pass"]
    assert statuses(rule, row(), by_group) == ["pass"]


def summary(**data: bool) -> Resource:
    cells = {
        "account_access_keys_present": False,
        "account_mfa_enabled": True,
        "account_password_present": True,
    }
    return live("aws_iam_account_summary", "111122223333", **{**cells, **data})


def test_root():
    keys = root_user.root_with_access_key
    assert statuses(keys, account(), summary(account_access_keys_present=True)) == ["fail"]
    assert statuses(keys, account(), summary()) == ["pass"]
    assert statuses(keys, account()) == ["undetermined"]
    mfa = root_user.root_without_mfa
    assert statuses(mfa, account(), summary(account_mfa_enabled=False)) == ["fail"]
    removed = summary(account_mfa_enabled=False, account_password_present=False)
    assert statuses(mfa, account(), removed) == ["pass"]
    virtual = live("aws_iam_virtual_mfa_device", "r", user_name=None, of_root=True)
    hardware = root_user.root_with_virtual_mfa
    assert statuses(hardware, account(), summary(), virtual) == ["fail"]
    assert statuses(hardware, account(), summary()) == ["pass"]


def test_root_was_used():
    rule = root_user.root_used
    used = row(ROOT, password_last_used="2025-05-20T00:00:00+00:00")
    assert statuses(rule, account(), used) == ["fail"]
    long_ago = row(ROOT, access_key_1_last_used_date="2023-05-20T00:00:00+00:00")
    assert statuses(rule, account(), long_ago) == ["pass"]
    assert statuses(rule, account(), row("ann")) == ["undetermined"]


def test_an_account_without_a_password_policy():
    rule = password_policy.passwords_short
    assert statuses(rule, account()) == ["fail"]
    own = live(
        "aws_iam_account_password_policy", "iam-account-password-policy", minimum_password_length=14
    )
    assert statuses(rule, account(), own) == ["pass", "not_applicable"]


def test_people_sign_in_by_federation():
    rule = users.user_not_federated
    assert [v.status for v in judge_code(rule, USER)] == ["fail"]
    assert statuses(rule, account()) == ["fail"]
    assert statuses(rule, account(), live("aws_iam_saml_provider", "sso")) == ["pass"]


@pytest.mark.parametrize(
    ("expiration", "status"),
    [("2025-05-31T00:00:00+00:00", "fail"), ("2025-06-02T00:00:00+00:00", "pass")],
)
def test_expired_certificates(expiration, status):
    certificate = live(
        "aws_iam_server_certificate",
        "c",
        expiration=expiration,
        read_at="2025-06-01T00:00:00+00:00",
    )
    assert statuses(operations.certificate_expired, certificate) == [status]
