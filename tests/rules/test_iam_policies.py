"""What identity policies allow: one statement per rule, in each place a policy can be written."""

import pytest
from auditor.rules.iam import policies, policy_dangers

from auditor.testing import check_rule, judge_code


def document(action: str, resource: str = '"*"', more: str = "") -> str:
    return f"""jsonencode({{
      Version = "2012-10-17"
      Statement = [{{ Effect = "Allow", Action = {action}, Resource = {resource} {more} }}]
    }})"""


def managed(action: str, resource: str = '"*"', more: str = "") -> str:
    return f"""
      variable "action" {{ type = string }}
      resource "aws_iam_policy" "p" {{ policy = {document(action, resource, more)} }}
    """


def inline(action: str, resource: str = '"*"') -> str:
    return f"""
      variable "action" {{ type = string }}
      resource "aws_iam_role_policy" "p" {{
        role   = "r"
        policy = {document(action, resource)}
      }}
    """


OBJECTS = '"arn:aws:s3:::assets/*"'
KEY = '"arn:aws:kms:eu-west-1:111122223333:key/abc"'
ROLE = '"arn:aws:iam::111122223333:role/worker"'

MANAGED = [
    (policies.managed_policy_of_an_administrator, '"*"', '"*"', '"s3:GetObject"', OBJECTS),
    (policies.every_action, '["*"]', OBJECTS, '"s3:*"', OBJECTS),
    (policies.every_action_of_a_service, '"s3:*"', OBJECTS, '"s3:GetObject"', OBJECTS),
    (policies.actions_on_every_resource, '"sqs:SendMessage"', '"*"', '"ec2:DescribeVpcs"', '"*"'),
    (policies.writes_to_everything, '"sqs:DeleteQueue"', '"*"', '"sqs:GetQueueUrl"', '"*"'),
    (policies.all_of_iam, '"iam:*"', '"*"', '"iam:GetRole"', '"*"'),
    (policies.all_of_s3, '["s3:Get*", "s3:Put*"]', '"*"', '"s3:*"', OBJECTS),
    (policies.all_of_cloudtrail, '"cloudtrail:*"', '"*"', '"cloudtrail:Get*"', '"*"'),
    (policies.all_of_kms, '"kms:*"', '"*"', '"kms:*"', KEY),
    (policy_dangers.ways_to_more_permissions, '"iam:PutRolePolicy"', '"*"', '"iam:List*"', '"*"'),
    (
        policy_dangers.ways_to_more_permissions,
        '["iam:PassRole", "ec2:RunInstances"]',
        '"*"',
        '["iam:PassRole", "ec2:RunInstances"]',
        ROLE,
    ),
    (policy_dangers.credentials_of_everything, '"sts:AssumeRole"', '"*"', '"sts:AssumeRole"', ROLE),
    (policy_dangers.data_of_everything, '"s3:GetObject"', '"*"', '"s3:GetObject"', OBJECTS),
    (
        policy_dangers.data_of_everything,
        '"secretsmanager:*"',
        '"*"',
        '"secretsmanager:List*"',
        '"*"',
    ),
    (policy_dangers.permissions_of_everything, '"sqs:AddPermission"', '"*"', '"sqs:List*"', '"*"'),
    (policy_dangers.any_role_passed, '"iam:PassRole"', '"*"', '"iam:PassRole"', ROLE),
    (policy_dangers.any_marketplace_subscription, '"aws-marketplace:*"', '"*"', '"s3:*"', '"*"'),
    (policy_dangers.any_role_assumed, '"sts:*"', '"*"', '"sts:AssumeRole"', ROLE),
    (
        policy_dangers.managed_policy_decrypts_with_every_key,
        '"kms:Decrypt"',
        '"arn:aws:kms:*:111122223333:key/*"',
        '"kms:Decrypt"',
        KEY,
    ),
]


@pytest.mark.parametrize(("rule", "action", "resource", "fine", "there"), MANAGED)
def test_managed_policies(rule, action, resource, fine, there):
    check_rule(
        rule,
        bad=managed(action, resource),
        good=managed(fine, there),
        unknown=managed("var.action"),
        at="policy",
    )


INLINE = [
    (policies.inline_policy_of_an_administrator, '"*"', '"*"', '"s3:GetObject"', OBJECTS),
    (
        policy_dangers.inline_policy_decrypts_with_every_key,
        '"kms:ReEncryptFrom"',
        '"*"',
        '"kms:ReEncrypt*"',
        KEY,
    ),
]


@pytest.mark.parametrize(("rule", "action", "resource", "fine", "there"), INLINE)
def test_inline_policies(rule, action, resource, fine, there):
    check_rule(
        rule,
        bad=inline(action, resource),
        good=inline(fine, there),
        unknown=inline("var.action"),
        not_for=managed(action, resource),
        at="policy",
    )


ADMIN = document('"*"')
HOLDERS = [
    f'resource "aws_iam_user_policy" "p" {{\n user = "u"\n policy = {ADMIN}\n}}',
    f'resource "aws_iam_group_policy" "p" {{\n group = "g"\n policy = {ADMIN}\n}}',
    f"""
      resource "aws_iam_role" "r" {{
        assume_role_policy = "{{}}"
        inline_policy {{
          name   = "debug"
          policy = {ADMIN}
        }}
      }}
    """,
    f"""
      resource "aws_ssoadmin_permission_set_inline_policy" "p" {{
        instance_arn       = "arn:aws:sso:::instance/i"
        permission_set_arn = "arn:aws:sso:::permissionSet/i/p"
        inline_policy      = {ADMIN}
      }}
    """,
]


@pytest.mark.parametrize("text", HOLDERS)
def test_inline_policies_are_found_wherever_they_are_written(text):
    (verdict,) = judge_code(policies.inline_policy_of_an_administrator, text)
    assert verdict.status == "fail"
    assert verdict.findings[0].message == "allows everything in statement 1"


def test_a_policy_document_of_terraform_is_read():
    check_rule(
        policies.managed_policy_of_an_administrator,
        bad="""
          data "aws_iam_policy_document" "all" {
            statement {
              sid       = "All"
              actions   = ["*"]
              resources = ["*"]
            }
          }
          resource "aws_iam_policy" "p" { policy = data.aws_iam_policy_document.all.json }
        """,
        good="""
          data "aws_iam_policy_document" "own" {
            statement {
              actions   = ["s3:GetObject"]
              resources = ["${aws_s3_bucket.b.arn}/*"]
            }
          }
          resource "aws_s3_bucket" "b" {}
          resource "aws_iam_policy" "p" { policy = data.aws_iam_policy_document.own.json }
        """,
    )


def test_a_statement_is_named_with_its_actions():
    (verdict,) = judge_code(
        policies.actions_on_every_resource,
        managed(
            '["sqs:SendMessage", "sqs:ReceiveMessage", "ec2:DescribeVpcs"]', more=', Sid = "Q"'
        ),
    )
    assert [f.message for f in verdict.findings] == [
        'allows actions on every resource (sqs:SendMessage, sqs:ReceiveMessage) in "Q"'
    ]


def test_a_condition_scopes_writes_and_passing_roles():
    tagged = ', Condition = { StringEquals = { "aws:ResourceTag/team" = "a" } }'
    assert _statuses(policies.writes_to_everything, '"sqs:DeleteQueue"', tagged) == ["pass"]
    passed = ', Condition = { StringEquals = { "iam:PassedToService" = "ecs.amazonaws.com" } }'
    assert _statuses(policy_dangers.any_role_passed, '"iam:PassRole"', passed) == ["pass"]


def _statuses(rule, action, condition):
    return [v.status for v in judge_code(rule, managed(action, more=condition))]


def test_a_credential_that_knows_no_resource_is_no_finding():
    # Service Authorization Reference: the action has no resource type, so `*` is all there is.
    rule = policy_dangers.credentials_of_everything
    assert _statuses(rule, '"ecr:GetAuthorizationToken"', "") == ["pass"]
    assert _statuses(rule, '["ecr:GetAuthorizationToken", "rds-db:connect"]', "") == ["fail"]


def test_every_copy_of_a_counted_policy_is_judged():
    text = f"""
      resource "aws_iam_policy" "p" {{
        for_each = {{ narrow = "s3:GetObject", wide = "*" }}
        name     = each.key
        policy   = {document("each.value")}
      }}
    """
    verdicts = judge_code(policies.managed_policy_of_an_administrator, text)
    assert {v.resource.address: v.status for v in verdicts} == {
        'aws_iam_policy.p["narrow"]': "pass",
        'aws_iam_policy.p["wide"]': "fail",
    }


def test_inline_policies_of_roles_can_be_allowed():
    text = inline('"s3:GetObject"', OBJECTS)
    (verdict,) = judge_code(policies.policy_inline, text)
    assert verdict.status == "fail"
    assert policies.policy_inline.parameters == {"roles": True}


def test_broken_policies_are_no_pass():
    text = 'resource "aws_iam_policy" "p" { policy = "{not json" }'
    assert [v.status for v in judge_code(policies.every_action, text)] == ["undetermined"]
