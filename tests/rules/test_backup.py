"""Rules about AWS Backup, and about what its plans cover."""

from __future__ import annotations

import json

import pytest
from auditor.rules.backups import backup as backups
from auditor.rules.backups import plans
from auditor.rules.encryption import backup as encryption
from auditor.rules.iam import backup as iam
from auditor.rules.logging import backup as logs

from auditor.model import Settings
from auditor.testing import check_rule, judge_code

TEXT = 'variable "v" { type = string }\n'
LIST = 'variable "v" { type = list(string) }\n'
NUMBER = 'variable "v" { type = number }\n'
KEY = 'resource "aws_kms_key" "k" {}\n'
DENIED = [
    "backup:DeleteRecoveryPoint",
    "backup:UpdateRecoveryPointLifecycle",
    "backup:PutBackupVaultAccessPolicy",
]


def vault(body: str = "") -> str:
    return f'resource "aws_backup_vault" "v" {{\n  name = "v"\n{body}\n}}\n'


def of_vault(kind: str, body: str) -> str:
    return (
        f'resource "aws_backup_vault_{kind}" "x" {{\n'
        f"  backup_vault_name = aws_backup_vault.v.name\n{body}\n}}\n"
    )


def policy(effect: str, actions: list[str], principal: str = "*") -> str:
    statement = {"Effect": effect, "Principal": principal, "Action": actions, "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return of_vault("policy", f"policy = jsonencode({text})")


def plan(rule: str = "", head: str = "") -> str:
    return (
        f'{head}resource "aws_backup_plan" "p" {{\n  name = "p"\n  rule {{\n'
        f'    rule_name = "r"\n    target_vault_name = "v"\n{rule}\n  }}\n}}\n'
    )


def selection(body: str) -> str:
    return (
        'resource "aws_backup_selection" "s" {\n  name = "s"\n'
        '  iam_role_arn = "arn:aws:iam::123456789012:role/b"\n'
        f"  plan_id = aws_backup_plan.p.id\n{body}\n}}\n"
    )


def test_vault_keys():
    check_rule(
        encryption.vault_with_the_key_of_aws,
        bad=vault(),
        good=KEY + vault("kms_key_arn = aws_kms_key.k.arn"),
        unknown=TEXT + vault("kms_key_arn = var.v"),
        at="kms_key_arn",
    )
    check_rule(
        encryption.vault_with_the_key_of_aws,
        bad=vault('kms_key_arn = "alias/aws/backup"'),
        good=KEY + vault("kms_key_arn = aws_kms_key.k.arn"),
    )


def test_vault_policies():
    check_rule(
        iam.vault_for_anyone,
        bad=vault() + policy("Allow", ["backup:CopyIntoBackupVault"]),
        good=vault() + policy("Deny", DENIED),
        unknown=TEXT + vault() + of_vault("policy", "policy = var.v"),
        at="policy",
    )


def test_recovery_points_cannot_be_deleted():
    rule = backups.points_can_be_deleted
    check_rule(
        rule,
        bad=vault(),
        good=vault() + policy("Deny", DENIED),
        unknown=TEXT + vault() + of_vault("policy", "policy = var.v"),
    )
    (verdict,) = judge_code(rule, vault() + policy("Deny", DENIED[:2]))
    assert [f.key for f in verdict.findings] == ["backup:PutBackupVaultAccessPolicy"]


def test_vault_locks():
    check_rule(
        backups.vault_not_locked,
        bad=vault(),
        good=vault() + of_vault("lock_configuration", "min_retention_days = 7"),
        unknown='variable "v" { type = bool }\n'
        + vault()
        + of_vault("lock_configuration", "min_retention_days = 7\n  count = var.v ? 1 : 0"),
    )
    check_rule(
        backups.vault_not_locked,
        bad=vault() + of_vault("lock_configuration", "max_retention_days = 7"),
        good=vault() + of_vault("lock_configuration", "min_retention_days = 7"),
        unknown=NUMBER + vault() + of_vault("lock_configuration", "min_retention_days = var.v"),
    )


def test_notifications():
    def told(events: str) -> str:
        return of_vault(
            "notifications",
            f'backup_vault_events = {events}\n  sns_topic_arn = "arn:aws:sns:eu-west-1:1:t"',
        )

    rule = logs.failures_go_unnoticed
    check_rule(
        rule,
        bad=vault(),
        good=vault() + told('["BACKUP_JOB_FAILED", "COPY_JOB_FAILED"]'),
        unknown=LIST + vault() + told("var.v"),
    )
    (verdict,) = judge_code(rule, vault() + told('["BACKUP_JOB_COMPLETED"]'))
    assert [f.message for f in verdict.findings] == ["tells nobody of COPY_JOB_FAILED"]


def test_plans_have_a_selection():
    any_plan = selection('resources = ["*"]')
    check_rule(
        backups.nothing_is_planned,
        bad=plan(),
        good=plan() + any_plan,
        unknown=TEXT + plan() + any_plan.replace("aws_backup_plan.p.id", "var.v"),
    )


def test_reports():
    report = (
        'resource "aws_backup_report_plan" "r" {\n  name = "r"\n'
        '  report_delivery_channel {\n    s3_bucket_name = "b"\n  }\n'
        '  report_setting {\n    report_template = "BACKUP_JOB_REPORT"\n  }\n%s}\n'
    )
    check_rule(
        backups.backups_not_reported,
        bad=plan(),
        good=plan() + report % "",
        unknown='variable "v" { type = bool }\n' + plan() + report % "  count = var.v ? 1 : 0\n",
    )


def test_restore_testing():
    testing = (
        'resource "aws_backup_restore_testing_plan" "t" {\n  name = "t"\n'
        '  schedule_expression = "cron(0 1 1 * ? *)"\n  recovery_point_selection {\n'
        '    algorithm = "LATEST_WITHIN_WINDOW"\n    include_vaults = ["*"]\n'
        '    recovery_point_types = ["SNAPSHOT"]\n  }\n}\n'
    )
    tested = (
        'resource "aws_backup_restore_testing_selection" "s" {\n  name = "s"\n'
        "  restore_testing_plan_name = %s\n"
        '  protected_resource_type = "RDS"\n  iam_role_arn = "arn:aws:iam::1:role/r"\n'
        '  protected_resource_arns = ["*"]\n}\n'
    )
    check_rule(
        backups.restores_never_tried,
        bad=plan() + testing,
        good=plan() + testing + tested % "aws_backup_restore_testing_plan.t.name",
        unknown=TEXT + plan() + testing + tested % "var.v",
    )


@pytest.mark.parametrize(
    "schedule", ["cron(0 18 * * ? *)", "cron(30 */4 ? * * *)", "rate(12 hours)", "rate(1 day)"]
)
def test_daily_plans(schedule):
    keeps = f'schedule = "{schedule}"\n  lifecycle {{\n    delete_after = %s\n  }}'
    check_rule(
        backups.not_daily_or_not_kept,
        bad=plan(keeps % "34"),
        good=plan(keeps % "35"),
        unknown=NUMBER + plan(keeps % "var.v"),
        at="rule",
    )


@pytest.mark.parametrize("schedule", ["cron(0 5 ? * SAT *)", "cron(0 5 1 * ? *)", "rate(7 days)"])
def test_plans_that_are_not_daily(schedule):
    check_rule(
        backups.not_daily_or_not_kept,
        bad=plan(f'schedule = "{schedule}"'),
        good=plan('schedule = "cron(0 5 * * ? *)"'),
        unknown=TEXT + plan("schedule = var.v"),
    )


def test_plans_without_a_schedule():
    check_rule(
        backups.not_daily_or_not_kept,
        bad=plan(),
        good=plan("enable_continuous_backup = true"),
    )


def test_copies_to_another_region():
    provider = (
        'provider "aws" {\n  region = "eu-west-1"\n}\n'
        'provider "aws" {\n  alias = "dr"\n  region = "%s"\n}\n'
        'resource "aws_backup_vault" "c" {\n  provider = aws.dr\n  name = "c"\n}\n'
    )
    by_name = plan("copy_action {\n  destination_vault_arn = aws_backup_vault.c.arn\n}")
    check_rule(
        backups.copies_stay_in_the_region,
        bad=provider % "eu-west-1" + by_name,
        good=provider % "eu-central-1" + by_name,
        unknown=provider % "eu-central-1"
        + TEXT
        + plan("copy_action {\n  destination_vault_arn = var.v\n}"),
        at="rule",
    )
    arn = 'copy_action {{\n  destination_vault_arn = "arn:aws:backup:{}:123456789012:vault:x"\n}}'
    check_rule(
        backups.copies_stay_in_the_region,
        bad=provider % "eu-central-1" + plan(),
        good=provider % "eu-central-1" + plan(arn.format("us-east-1")),
    )


def test_copies_to_another_account():
    arn = 'copy_action {{\n  destination_vault_arn = "arn:aws:backup:us-east-1:{}:vault:x"\n}}'
    rule = backups.copies_stay_in_the_account
    (verdict,) = judge_code(rule, plan())
    assert (verdict.status, verdict.findings[0].message) == (
        "fail",
        "copies nothing to another account",
    )
    (verdict,) = judge_code(rule, plan(arn.format("999999999999")))
    assert verdict.status == "undetermined"
    own = Settings(account_id="123456789012")
    for account, status in (("123456789012", "fail"), ("999999999999", "pass")):
        (verdict,) = judge_code(rule, plan(arn.format(account)), settings=own)
        assert verdict.status == status


DATABASE = 'resource "aws_db_instance" "d" {\n  identifier = "d"\n  engine = "mysql"\n%s\n}\n'
TABLE = 'resource "aws_dynamodb_table" "t" {\n  name = "t"\n%s\n}\n'
FILES = 'resource "aws_efs_file_system" "f" {\n%s\n}\n'
TAGGED = '  tags = { Backup = "daily" }'
BY_TAG = 'selection_tag {\n  type = "STRINGEQUALS"\n  key = "Backup"\n  value = "daily"\n}'
ACTIVE = plan() + selection(BY_TAG)


@pytest.mark.parametrize(
    ("rule", "resource"),
    [
        (plans.database_not_in_a_plan, DATABASE),
        (
            plans.database_not_in_a_plan,
            'resource "aws_rds_cluster" "c" {\n  cluster_identifier = "c"\n%s\n}\n',
        ),
        (plans.table_not_in_a_plan, TABLE),
        (plans.file_system_not_in_a_plan, FILES),
    ],
)
def test_selected_by_a_tag(rule, resource):
    check_rule(
        rule,
        bad=ACTIVE + resource % "",
        good=ACTIVE + resource % TAGGED,
        unknown=TEXT + ACTIVE + resource % "  tags = { Backup = var.v }",
        at="tags",
    )
    check_rule(rule, bad=resource % TAGGED, good=ACTIVE + resource % TAGGED)


def test_selected_by_default_tags():
    tags = 'default_tags {\n  tags = { Backup = "daily" }\n}'
    provider = f'provider "aws" {{\n  region = "eu-west-1"\n{tags}\n}}\n'
    check_rule(
        plans.table_not_in_a_plan,
        bad=ACTIVE + TABLE % "",
        good=provider + ACTIVE + TABLE % "",
    )


@pytest.mark.parametrize(
    "named",
    [
        "[aws_db_instance.d.arn]",
        '["arn:aws:rds:*:*:db:*"]',
        '["arn:*:rds:*"]',
        '["*"]',
        '["arn:aws:dynamodb:*:*:table/*", "arn:*:rds:*:*:db:d"]',
    ],
)
def test_selected_by_arn(named):
    rule = plans.database_not_in_a_plan
    check_rule(
        rule,
        bad=plan() + DATABASE % "",
        good=plan() + selection(f"resources = {named}") + DATABASE % "",
    )


def test_selected_by_another_arn():
    other = TABLE % "" + plan() + selection("resources = [aws_dynamodb_table.t.arn]")
    check_rule(
        plans.database_not_in_a_plan,
        bad=other + DATABASE % "",
        good=plan() + selection('resources = ["*"]') + DATABASE % "",
        unknown=LIST + plan() + selection("resources = var.v") + DATABASE % "",
    )


def test_selections_that_leave_out():
    leave = 'resources = ["*"]\n  not_resources = [aws_db_instance.d.arn]'
    check_rule(
        plans.database_not_in_a_plan,
        bad=plan() + selection(leave) + DATABASE % "",
        good=plan() + selection('resources = ["*"]') + DATABASE % "",
    )


@pytest.mark.parametrize(
    ("condition", "bad", "good"),
    [
        ('string_equals {\n  key = "aws:ResourceTag/Backup"\n  value = "daily"\n}', "no", "daily"),
        ('string_like {\n  key = "aws:ResourceTag/Backup"\n  value = "da*"\n}', "no", "daily"),
        ('string_not_equals {\n  key = "aws:ResourceTag/Backup"\n  value = "no"\n}', "no", "x"),
        ('string_not_like {\n  key = "aws:ResourceTag/Backup"\n  value = "n*"\n}', "no", "x"),
    ],
)
def test_selections_with_conditions(condition, bad, good):
    active = plan() + selection(f'resources = ["*"]\n  condition {{\n{condition}\n}}')
    check_rule(
        plans.database_not_in_a_plan,
        bad=active + DATABASE % f'  tags = {{ Backup = "{bad}" }}',
        good=active + DATABASE % f'  tags = {{ Backup = "{good}" }}',
        unknown=TEXT + active + DATABASE % "  tags = { Backup = var.v }",
    )


def test_replicas_are_backed_up_with_their_primary():
    replica = 'resource "aws_db_instance" "r" {\n  replicate_source_db = "d"\n}\n'
    assert judge_code(plans.database_not_in_a_plan, ACTIVE + replica) == []
