"""Rules about what databases tell: logs, metrics, events."""

from __future__ import annotations

import pytest
from auditor.rules.logging import rds as logs

from auditor.testing import check_rule, judge_code

TEXT = 'variable "v" { type = string }\n'
FLAG = 'variable "v" { type = bool }\n'
NUMBER = 'variable "v" { type = number }\n'
LIST = 'variable "v" { type = list(string) }\n'


def db(body: str = "", engine: str = "postgres") -> str:
    head = f'  identifier = "d"\n  engine = "{engine}"\n'
    return f'resource "aws_db_instance" "d" {{\n{head}{body}\n}}\n'


CLUSTER = 'resource "aws_rds_cluster" "c" {\n  cluster_identifier = "c"\n  engine = "%s"\n}\n'


def member(body: str = "", engine: str = "aurora-mysql") -> str:
    return (
        CLUSTER % engine + 'resource "aws_rds_cluster_instance" "m" {\n'
        "  cluster_identifier = aws_rds_cluster.c.id\n"
        f'  engine = "{engine}"\n{body}\n}}\n'
    )


@pytest.mark.parametrize("resource", [db, member])
def test_enhanced_monitoring(resource):
    check_rule(
        logs.host_not_monitored,
        bad=resource("  monitoring_interval = 0"),
        good=resource("  monitoring_interval = 60"),
        unknown=NUMBER + resource("  monitoring_interval = var.v"),
        at="monitoring_interval",
    )
    check_rule(logs.host_not_monitored, bad=resource(), good=resource("  monitoring_interval = 1"))


def exports(*names: str) -> str:
    return f"  enabled_cloudwatch_logs_exports = {list(names)}".replace("'", '"')


@pytest.mark.parametrize(
    ("engine", "missing"),
    [
        ("postgres", ["postgresql", "upgrade"]),
        ("mysql", ["audit", "error", "general", "slowquery"]),
        ("mariadb", ["audit", "error", "general", "slowquery"]),
        ("oracle-se2", ["alert", "audit", "listener", "trace"]),
        ("sqlserver-ex", ["error"]),
        ("sqlserver-web", ["agent", "error"]),
        ("db2-se", ["diag.log", "notify.log"]),
    ],
)
def test_log_exports(engine, missing):
    rule = logs.logs_not_exported
    check_rule(
        rule,
        bad=db(exports(*missing[1:]), engine),
        good=db(exports(*missing), engine),
        unknown=LIST + db("  enabled_cloudwatch_logs_exports = var.v", engine),
        not_for=db("", "custom-thing"),
        at="enabled_cloudwatch_logs_exports",
    )
    (verdict,) = judge_code(rule, db("", engine))
    assert [f.key for f in verdict.findings] == missing


def test_postgres_log():
    check_rule(
        logs.postgres_log_not_exported,
        bad=db(exports("upgrade")),
        good=db(exports("postgresql")),
        unknown=LIST + db("  enabled_cloudwatch_logs_exports = var.v"),
        not_for=db("", "mysql"),
    )
    text = LIST + db('  enabled_cloudwatch_logs_exports = concat(["postgresql"], var.v)')
    assert [v.status for v in judge_code(logs.postgres_log_not_exported, text)] == ["pass"]


def group(statement: str, duration: str) -> str:
    parameter = "  parameter {\n    name = %s\n    value = %s\n  }\n"
    return (
        'resource "aws_db_parameter_group" "g" {\n  name = "g"\n  family = "postgres15"\n'
        + parameter % ('"log_statement"', statement)
        + parameter % ('"log_min_duration_statement"', duration)
        + "}\n"
    )


def test_statements():
    grouped = db("  parameter_group_name = aws_db_parameter_group.g.name")
    check_rule(
        logs.statements_not_recorded,
        bad=group('"none"', '"1000"') + grouped,
        good=group('"ddl"', '"1000"') + grouped,
        unknown=TEXT + group('"ddl"', "var.v") + grouped,
        not_for=db("", "mysql"),
    )
    (verdict,) = judge_code(logs.statements_not_recorded, group('"ddl"', '"-1"') + grouped)
    assert [(f.resource.address, f.attribute) for f in verdict.findings] == [
        ("aws_db_parameter_group.g", "parameter[1].value")
    ]
    (verdict,) = judge_code(logs.statements_not_recorded, db())
    assert [f.key for f in verdict.findings] == ["log_statement", "log_min_duration_statement"]


@pytest.mark.parametrize("resource", [db, member])
def test_performance_insights(resource):
    large = '  instance_class = "db.r6g.large"\n'
    check_rule(
        logs.no_performance_insights,
        bad=resource(large),
        good=resource(f"{large}  performance_insights_enabled = true"),
        unknown=FLAG + resource(f"{large}  performance_insights_enabled = var.v"),
        at="performance_insights_enabled",
    )


@pytest.mark.parametrize(
    ("resource", "engine", "size"),
    [
        (db, "mysql", "db.t3.micro"),
        (db, "mariadb", "db.t4g.small"),
        (member, "aurora-mysql", "db.t3.large"),
    ],
)
def test_classes_without_performance_insights(resource, engine, size):
    check_rule(
        logs.no_performance_insights,
        bad=resource('  instance_class = "db.r6g.large"', engine),
        good=resource("  performance_insights_enabled = true", engine),
        not_for=resource(f'  instance_class = "{size}"', engine),
    )


def subscription(body: str, kind: str = '"db-instance"') -> str:
    return (
        'resource "aws_db_event_subscription" "s" {\n  name = "s"\n'
        f'  sns_topic = "arn:aws:sns:eu-west-1:1:t"\n  source_type = {kind}\n{body}\n}}\n'
    )


INSTANCE = '  event_categories = ["configuration change", "failure", "maintenance"]\n'


def test_instance_events():
    rule = logs.instance_events_untold
    check_rule(
        rule,
        bad=db(),
        good=db() + subscription(INSTANCE),
        unknown=LIST + db() + subscription("  event_categories = var.v"),
    )
    check_rule(
        rule,
        bad=db() + subscription(INSTANCE + "  enabled = false"),
        good=db() + subscription("", "null"),
    )
    (verdict,) = judge_code(rule, db() + subscription('  event_categories = ["failure"]'))
    assert [f.key for f in verdict.findings] == ["configuration change", "maintenance"]


def test_events_of_some_sources():
    check_rule(
        logs.instance_events_untold,
        bad=db() + subscription('  source_ids = ["other"]'),
        good=db() + subscription("  source_ids = [aws_db_instance.d.identifier]"),
        unknown=LIST + db() + subscription("  source_ids = var.v"),
    )


def test_cluster_events():
    base = CLUSTER % "aurora-mysql"
    check_rule(
        logs.cluster_events_untold,
        bad=base + subscription(INSTANCE),
        good=base + subscription('event_categories = ["failure", "maintenance"]', '"db-cluster"'),
        unknown=TEXT + base + subscription("", "var.v"),
    )


def test_parameter_group_events():
    kind = '"db-parameter-group"'
    check_rule(
        logs.parameter_changes_untold,
        bad=group('"ddl"', '"1"'),
        good=group('"ddl"', '"1"') + subscription("", kind),
        unknown=FLAG + group('"ddl"', '"1"') + subscription("  enabled = var.v", kind),
    )


def test_security_group_events():
    kind = '"db-security-group"'
    check_rule(
        logs.security_group_events_untold,
        bad=subscription('  event_categories = ["failure"]', kind),
        good=subscription("", kind),
        unknown=LIST + subscription("  event_categories = var.v", kind),
        not_for=subscription(INSTANCE),
        at="event_categories",
    )
