"""Rules about EventBridge, its schedules and registries."""

from __future__ import annotations

import json

import pytest
from auditor.rules.encryption import eventbridge as encryption
from auditor.rules.iam import eventbridge as iam
from auditor.rules.multi_az import eventbridge as availability

from auditor.model import Settings
from auditor.testing import check_rule, judge_code

OPEN = 'variable "x" {}\nvariable "n" { type = string }\n'
OWN, OTHER = "123456789012", "210987654321"


def block(kind: str, name: str, body: str) -> str:
    return f'resource "{kind}" "{name}" {{\n{body}\n}}\n'


def bus(body: str = "") -> str:
    return block("aws_cloudwatch_event_bus", "b", f'name = "orders"\n{body}')


def policy(principal: object, bus_name: str = "aws_cloudwatch_event_bus.b.name") -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "events:PutEvents"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": "*"}]})
    return block(
        "aws_cloudwatch_event_bus_policy",
        "p",
        f"event_bus_name = {bus_name}\npolicy = <<-EOT\n{text}\n  EOT",
    )


def permission(principal: str, body: str = "") -> str:
    return block(
        "aws_cloudwatch_event_permission",
        "q",
        f'principal = {principal}\nstatement_id = "s"\nevent_bus_name = "orders"\n{body}',
    )


ORGANISATION = (
    'condition {\n  key = "aws:PrincipalOrgID"\n  type = "StringEquals"\n  value = "o-1"\n}'
)


def test_bus_without_policy():
    check_rule(
        iam.bus_without_policy,
        bad=bus(),
        good=bus() + policy({"AWS": OWN}),
        unknown=OPEN + bus() + policy({"AWS": OWN}, "var.n"),
        not_for=bus('event_source_name = "aws.partner/x"'),
    )
    check_rule(
        iam.bus_without_policy,
        bad=bus() + policy({"AWS": OWN}, '"other"'),
        good=bus() + permission(f'"{OWN}"'),
    )


def test_a_bus_whose_name_is_not_known_is_one_s_own():
    named = OPEN + 'resource "aws_cloudwatch_event_bus" "b" { name = var.n }\n'
    assert [v.status for v in judge_code(iam.bus_without_policy, named)] == ["fail"]


def test_bus_for_anyone():
    open_policy = block("aws_cloudwatch_event_bus_policy", "p", "policy = var.n")
    check_rule(
        iam.bus_for_anyone,
        bad=bus() + policy("*"),
        good=bus() + policy({"AWS": OWN}),
        unknown=OPEN + open_policy,
        at="policy",
    )
    check_rule(
        iam.bus_for_anyone,
        bad=permission('"*"'),
        good=permission('"*"', ORGANISATION),
        unknown=OPEN + permission("var.n"),
        at="principal",
    )


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (bus() + policy({"AWS": OWN}), "pass"),
        (bus() + policy({"AWS": f"arn:aws:iam::{OTHER}:root"}), "fail"),
        (permission(f'"{OWN}"'), "pass"),
        (permission(f'"{OTHER}"'), "fail"),
        (permission('"*"', ORGANISATION), "pass"),
        (OPEN + permission("var.n"), "undetermined"),
    ],
)
def test_bus_for_other_accounts(text, status):
    settings = Settings(account_id=OWN)
    (verdict,) = judge_code(iam.bus_for_other_accounts, text, settings=settings)
    assert verdict.status == status


def test_whether_an_account_is_another_one_hangs_on_the_own():
    (verdict,) = judge_code(iam.bus_for_other_accounts, permission(f'"{OTHER}"'))
    assert verdict.status == "undetermined"
    assert verdict.reason == "which account this is is not known"


@pytest.mark.parametrize(("principal", "status"), [(OWN, "pass"), (OTHER, "fail"), ("*", "fail")])
def test_registry_for_other_accounts(principal, status):
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "schemas:*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": "*"}]})
    made = block(
        "aws_schemas_registry_policy",
        "p",
        f'registry_name = "r"\npolicy = <<-EOT\n{text}\n  EOT',
    )
    settings = Settings(account_id=OWN)
    (verdict,) = judge_code(iam.registry_for_other_accounts, made, settings=settings)
    assert verdict.status == status


def test_bus_without_own_key():
    key = block("aws_kms_key", "k", "")
    check_rule(
        encryption.bus_without_own_key,
        bad=bus(),
        good=key + bus("kms_key_identifier = aws_kms_key.k.arn"),
        unknown=OPEN + bus("kms_key_identifier = var.n"),
        not_for=bus('event_source_name = "aws.partner/x"'),
        at="kms_key_identifier",
    )


def schedule(body: str = "", target: str = "") -> str:
    return block(
        "aws_scheduler_schedule",
        "s",
        'name = "s"\nschedule_expression = "rate(1 hour)"\n'
        'flexible_time_window { mode = "OFF" }\n'
        f'target {{\n  arn = "arn:x"\n  role_arn = "arn:r"\n{target}\n}}\n{body}',
    )


def test_schedule_without_own_key():
    key = block("aws_kms_key", "k", "")
    check_rule(
        encryption.schedule_without_own_key,
        bad=schedule(),
        good=key + schedule("kms_key_arn = aws_kms_key.k.arn"),
        unknown=OPEN + schedule("kms_key_arn = var.n"),
        at="kms_key_arn",
    )


LETTERS = 'dead_letter_config { arn = "arn:q" }'


def test_undelivered_events_lost():
    def target(body: str) -> str:
        return block("aws_cloudwatch_event_target", "t", f'rule = "r"\narn = "arn:x"\n{body}')

    check_rule(
        availability.undelivered_events_lost,
        bad=target(""),
        good=target(LETTERS),
        at="dead_letter_config",
    )
    check_rule(
        availability.undelivered_events_lost,
        bad=schedule(),
        good=schedule(target=LETTERS),
        at="target[0].dead_letter_config",
    )


def test_events_in_one_region():
    def endpoint(body: str) -> str:
        return block("aws_cloudwatch_event_endpoint", "e", f'name = "e"\n{body}')

    check_rule(
        availability.events_in_one_region,
        bad=endpoint('replication_config { state = "DISABLED" }'),
        good=endpoint(""),
        unknown=OPEN + endpoint("replication_config { state = var.n }"),
        at="replication_config[0].state",
    )
