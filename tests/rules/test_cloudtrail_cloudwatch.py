"""Rules about audit trails, log groups and the alarms on them."""

from __future__ import annotations

import pytest
from auditor.rules.encryption import cloudtrail as encryption
from auditor.rules.iam import cloudwatch as iam
from auditor.rules.logging import cloudtrail as trails
from auditor.rules.logging import cloudwatch as logs

from auditor.rule import Rule
from auditor.testing import check_rule, judge_code

TEXT = 'variable "v" { type = string }\n'
FLAG = 'variable "v" { type = bool }\n'
NUMBER = 'variable "v" { type = number }\n'


def trail(body: str = "") -> str:
    return f'resource "aws_cloudtrail" "t" {{\n  name = "t"\n  s3_bucket_name = "b"\n{body}\n}}\n'


@pytest.mark.parametrize(
    ("rule", "argument", "bad"),
    [
        (trails.trail_is_off, "enable_logging", False),
        (trails.files_not_validated, "enable_log_file_validation", False),
    ],
)
def test_flags(rule: Rule, argument: str, bad: bool):
    def having(value: str) -> str:
        return trail(f"{argument} = {value}")

    check_rule(
        rule,
        bad=having(str(bad).lower()),
        good=having(str(not bad).lower()),
        unknown=FLAG + having("var.v"),
        at=argument,
    )


def test_flags_left_out():
    assert [v.status for v in judge_code(trails.trail_is_off, trail())] == ["pass"]
    assert [v.status for v in judge_code(trails.files_not_validated, trail())] == ["fail"]


def selector(kind: str = "All", management: str = "true", data: str = "") -> str:
    return (
        f'event_selector {{\n  read_write_type = "{kind}"\n'
        f"  include_management_events = {management}\n  {data}\n}}\n"
    )


def advanced(*fields: str) -> str:
    inner = "\n".join(f"field_selector {{\n  {field}\n}}" for field in fields)
    return f"advanced_event_selector {{\n{inner}\n}}\n"


MANAGEMENT = 'field = "eventCategory"\n  equals = ["Management"]'
WRITES = 'field = "readOnly"\n  equals = ["false"]'
READS = 'field = "readOnly"\n  equals = ["true"]'
EVERYWHERE = "is_multi_region_trail = true\n"


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        (selector("WriteOnly"), selector()),
        (selector(management="false"), ""),
        (advanced(MANAGEMENT, WRITES), advanced(MANAGEMENT)),
        (advanced(MANAGEMENT, READS), advanced(MANAGEMENT, READS) + advanced(MANAGEMENT)),
    ],
)
def test_all_management_events(bad: str, good: str):
    check_rule(
        trails.one_region_or_half_the_events,
        bad=trail(EVERYWHERE + bad),
        good=trail(EVERYWHERE + good),
        unknown=FLAG + trail(EVERYWHERE + selector(management="var.v")),
        at="event_selector",
    )


def test_all_regions():
    check_rule(
        trails.one_region_or_half_the_events,
        bad=trail(),
        good=trail(EVERYWHERE),
        unknown=FLAG + trail("is_multi_region_trail = var.v"),
        at="is_multi_region_trail",
    )


@pytest.mark.parametrize(
    ("rule", "argument", "value"),
    [
        (trails.not_in_cloudwatch, "cloud_watch_logs_group_arn", '"arn:aws:logs:x"'),
        (encryption.trail_without_own_key, "kms_key_id", '"arn:aws:kms:x"'),
    ],
)
def test_where_it_goes(rule: Rule, argument: str, value: str):
    check_rule(rule, bad=trail(), good=trail(f"{argument} = {value}"), at=argument)


def test_insights():
    check_rule(
        trails.no_insights,
        bad=trail(),
        good=trail('insight_selector {\n  insight_type = "ApiCallRateInsight"\n}'),
        unknown='variable "v" { type = set(string) }\n'
        + trail(
            'dynamic "insight_selector" {\n  for_each = var.v\n  content {\n'
            "    insight_type = insight_selector.value\n  }\n}"
        ),
        at="insight_selector",
    )


DATA = 'data_resource {{\n    type = "{}"\n    values = ["{}"]\n  }}'
OBJECTS = DATA.format("AWS::S3::Object", "arn:aws:s3")
ONE_BUCKET = DATA.format("AWS::S3::Object", "arn:aws:s3:::only/")
ADVANCED = (
    'field = "eventCategory"\n  equals = ["Data"]',
    'field = "resources.type"\n  equals = ["AWS::S3::Object"]',
)


@pytest.mark.parametrize(
    ("rule", "mine", "other", "my_field", "other_field"),
    [
        (trails.object_writes_not_recorded, "WriteOnly", "ReadOnly", WRITES, READS),
        (trails.object_reads_not_recorded, "ReadOnly", "WriteOnly", READS, WRITES),
    ],
)
def test_object_events(rule: Rule, mine: str, other: str, my_field: str, other_field: str):
    check_rule(
        rule,
        bad=trail(selector(other, data=OBJECTS)),
        good=trail(selector(mine, data=OBJECTS)),
        unknown=TEXT + trail(selector(data=DATA.format("AWS::S3::Object", "${var.v}"))),
        at="event_selector",
    )
    check_rule(
        rule,
        bad=trail(selector(data=ONE_BUCKET)),
        good=trail(selector(data=ONE_BUCKET) + selector(data=OBJECTS)),
    )
    check_rule(
        rule,
        bad=trail(advanced(*ADVANCED, other_field)),
        good=trail(advanced(*ADVANCED, my_field)),
    )
    check_rule(rule, bad=trail(), good=trail(advanced(*ADVANCED)))
    narrowed = 'field = "resources.ARN"\n  starts_with = ["arn:aws:s3:::only/"]'
    check_rule(
        rule,
        bad=trail(advanced(*ADVANCED, narrowed)),
        good=trail(advanced(*ADVANCED)),
    )


def group(body: str = "") -> str:
    return f'resource "aws_cloudwatch_log_group" "g" {{\n  name = "g"\n{body}\n}}\n'


def test_log_groups_are_encrypted():
    check_rule(
        encryption.log_group_without_own_key,
        bad=group(),
        good=group('kms_key_id = "arn:aws:kms:eu-west-1:123456789012:key/k"'),
        at="kms_key_id",
    )


def test_retention():
    check_rule(
        logs.kept_for_ever,
        bad=group(),
        good=group("retention_in_days = 30"),
        unknown=NUMBER + group("retention_in_days = var.v"),
        at="retention_in_days",
    )
    check_rule(
        logs.kept_too_short,
        bad=group("retention_in_days = 30"),
        good=group("retention_in_days = 365") + group().replace('"g"', '"for_ever"'),
        unknown=NUMBER + group("retention_in_days = var.v"),
        at="retention_in_days",
    )


def test_who_may_write():
    policy = (
        'resource "aws_cloudwatch_log_resource_policy" "p" {{\n  policy_name = "p"\n'
        "  policy_document = {}\n}}\n"
    )
    statement = (
        'jsonencode({{ Statement = [{{ Effect = "Allow", Principal = {}, Action = "logs:*",'
        ' Resource = "*" }}] }})'
    )
    service = statement.format('{ Service = "es.amazonaws.com" }')
    check_rule(
        iam.log_policy_for_anyone,
        bad=policy.format(statement.format('"*"')),
        good=policy.format(service),
        unknown=TEXT + policy.format("var.v"),
        at="policy_document",
    )


WATCHED = trail(
    EVERYWHERE
    + 'cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.g.arn}:*"\n'
    + 'cloud_watch_logs_role_arn = "arn:aws:iam::123456789012:role/r"'
)


def metric_filter(pattern: str) -> str:
    return (
        'resource "aws_cloudwatch_log_metric_filter" "f" {\n  name = "f"\n'
        "  log_group_name = aws_cloudwatch_log_group.g.name\n"
        f"  pattern = {pattern}\n"
        '  metric_transformation {\n    name = "m"\n    namespace = "n"\n    value = "1"\n  }\n}\n'
    )


def alarm(body: str = 'alarm_actions = ["arn:aws:sns:x"]', metric: str = "m") -> str:
    return (
        'resource "aws_cloudwatch_metric_alarm" "a" {\n  alarm_name = "a"\n'
        '  comparison_operator = "GreaterThanThreshold"\n  evaluation_periods = 1\n'
        f'  metric_name = "{metric}"\n  namespace = "n"\n  {body}\n}}\n'
    )


@pytest.mark.parametrize("rule", logs.WATCH_RULES, ids=lambda rule: rule.id)
def test_watches(rule: Rule):
    """The words that a filter must name are those of its own fix."""
    words = rule.fix.partition("`pattern` names ")[2].partition(", and an")[0].split(", ")
    assert len(words) > 0
    every = f'"{" || ".join(words)}"'
    check_rule(
        rule,
        bad=group() + WATCHED,
        good=group() + WATCHED + metric_filter(every) + alarm(),
        unknown=TEXT + group() + WATCHED + metric_filter("var.v") + alarm(),
        not_for=trail(),
    )


ROOT = next(rule for rule in logs.WATCH_RULES if rule.id == "LOG-CLOUDWATCH-ALARM-ROOT-USAGE")
ROOT_USE = (
    r'"{ $.userIdentity.type = \"Root\" && $.userIdentity.invokedBy NOT EXISTS'
    r' && $.eventType != \"AwsServiceEvent\" }"'
)


@pytest.mark.parametrize(
    "rest",
    [
        metric_filter('"Root"') + alarm(),  # half of it
        metric_filter(ROOT_USE),  # no alarm
        metric_filter(ROOT_USE) + alarm(metric="other"),
        metric_filter(ROOT_USE) + alarm(""),  # nobody is told
        metric_filter(ROOT_USE) + alarm('alarm_actions = ["a"]\n  actions_enabled = false'),
    ],
)
def test_a_watch_needs_all_its_parts(rest: str):
    check_rule(
        ROOT,
        bad=group() + WATCHED + rest,
        good=group() + WATCHED + metric_filter(ROOT_USE) + alarm(),
    )


def test_a_trail_whose_group_is_elsewhere():
    text = TEXT + trail(EVERYWHERE + "cloud_watch_logs_group_arn = var.v")
    assert [v.status for v in judge_code(ROOT, text)] == ["undetermined"]
