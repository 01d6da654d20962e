"""Rules about load balancers and web ACLs."""

from __future__ import annotations

import pytest
from auditor.rules.encryption import elbv2 as encryption
from auditor.rules.logging import elbv2 as logs
from auditor.rules.multi_az import elbv2 as availability
from auditor.rules.network import elbv2 as network
from auditor.rules.waf import wafv2 as waf

from auditor.testing import check_rule, judge_code

TEXT = 'variable "v" { type = string }\n'
FLAG = 'variable "v" { type = bool }\n'
NETWORK = 'load_balancer_type = "network"\n'


def lb(body: str = "") -> str:
    return f'resource "aws_lb" "l" {{\n  name = "l"\n{body}\n}}\n'


def listener(body: str) -> str:
    return f'resource "aws_lb_listener" "n" {{\n  load_balancer_arn = aws_lb.l.arn\n{body}\n}}\n'


def action(kind: str = '"forward"', more: str = "") -> str:
    return f"default_action {{\n  type = {kind}\n{more}\n}}"


def redirect(protocol: str) -> str:
    return action(
        '"redirect"', f'redirect {{\n protocol = {protocol}\n status_code = "HTTP_301"\n}}'
    )


def test_http_redirects():
    check_rule(
        encryption.http_without_redirect,
        bad=lb() + listener(f'protocol = "HTTP"\n{action()}'),
        good=lb() + listener(f'protocol = "HTTP"\n{redirect(chr(34) + "HTTPS" + chr(34))}'),
        unknown=TEXT + lb() + listener(f'protocol = "HTTP"\n{redirect("var.v")}'),
        not_for=lb() + listener(f'protocol = "HTTPS"\n{action()}'),
        at="default_action",
    )


def test_listeners_use_tls():
    check_rule(
        encryption.listener_in_the_clear,
        bad=lb(NETWORK) + listener(f'protocol = "TCP"\n{action()}'),
        good=lb() + listener(f'protocol = "HTTPS"\n{action()}'),
        unknown=TEXT + lb() + listener(f"protocol = var.v\n{action()}"),
        at="protocol",
    )


def test_tls_policies():
    https = f'protocol = "HTTPS"\n{action()}\n'
    check_rule(
        encryption.old_tls_policy,
        bad=lb() + listener(https + 'ssl_policy = "ELBSecurityPolicy-TLS-1-1-2017-01"'),
        good=lb() + listener(https + 'ssl_policy = "ELBSecurityPolicy-TLS13-1-2-2021-06"'),
        unknown=TEXT + lb() + listener(https + "ssl_policy = var.v"),
        not_for=lb() + listener(f'protocol = "HTTP"\n{action()}'),
        at="ssl_policy",
    )
    check_rule(
        encryption.old_tls_policy,
        bad=lb() + listener(https),
        good=lb() + listener(https + 'ssl_policy = "ELBSecurityPolicy-TLS13-1-3-2021-06"'),
    )
    for name, says in (
        ("ELBSecurityPolicy-TLS-1-2-2017-01", "does not speak TLS 1.3"),
        ("ELBSecurityPolicy-2016-08", "allows outdated TLS"),
    ):
        (verdict,) = judge_code(
            encryption.old_tls_policy, lb() + listener(https + f'ssl_policy = "{name}"')
        )
        assert [f.message for f in verdict.findings] == [f"{says} ({name})"]


def test_target_groups():
    def group(body: str) -> str:
        return f'resource "aws_lb_target_group" "t" {{\n{body}\n}}\n'

    check_rule(
        encryption.targets_in_the_clear,
        bad=group('protocol = "HTTP"'),
        good=group('protocol = "HTTPS"'),
        unknown=TEXT + group("protocol = var.v"),
        not_for=group('target_type = "lambda"'),
        at="protocol",
    )


@pytest.mark.parametrize(
    ("rule", "argument", "other_type"),
    [
        (network.passes_invalid_headers, "drop_invalid_header_fields", "network"),
        (availability.can_be_deleted, "enable_deletion_protection", None),
    ],
)
def test_flags(rule, argument, other_type):
    check_rule(
        rule,
        bad=lb(f"{argument} = false"),
        good=lb(f"{argument} = true"),
        unknown=FLAG + lb(f"{argument} = var.v"),
        not_for=lb(f'load_balancer_type = "{other_type}"') if other_type else None,
        at=argument,
    )
    check_rule(rule, bad=lb(), good=lb(f"{argument} = true"))


def test_desync():
    check_rule(
        network.desync_not_mitigated,
        bad=lb('desync_mitigation_mode = "monitor"'),
        good=lb(),
        unknown=TEXT + lb("desync_mitigation_mode = var.v"),
        at="desync_mitigation_mode",
    )


def test_internet_facing():
    check_rule(
        network.internet_facing,
        bad=lb(),
        good=lb("internal = true"),
        unknown=FLAG + lb("internal = var.v"),
        at="internal",
    )


@pytest.mark.parametrize(
    ("rule", "block"),
    [(logs.no_access_logs, "access_logs"), (logs.no_connection_logs, "connection_logs")],
)
def test_logs(rule, block):
    def with_logs(enabled: str) -> str:
        return lb(f'{block} {{\n bucket = "logs"\n enabled = {enabled}\n}}')

    check_rule(
        rule,
        bad=with_logs("false"),
        good=with_logs("true"),
        unknown=FLAG + with_logs("var.v"),
        not_for=lb('load_balancer_type = "gateway"'),
        at=f"{block}[0].enabled",
    )
    check_rule(rule, bad=lb(), good=with_logs("true"))


def test_zones():
    check_rule(
        availability.in_one_zone,
        bad=lb('subnets = ["subnet-a"]'),
        good=lb('subnets = ["subnet-a", "subnet-b"]'),
        unknown='variable "v" { type = set(string) }\n' + lb("subnets = var.v"),
        at="subnets",
    )
    check_rule(
        availability.not_across_zones,
        bad=lb(NETWORK),
        good=lb(NETWORK + "enable_cross_zone_load_balancing = true"),
        unknown=FLAG + lb(NETWORK + "enable_cross_zone_load_balancing = var.v"),
        not_for=lb(),
    )


METRICS = (
    'visibility_config {\n  cloudwatch_metrics_enabled = %s\n  metric_name = "m"\n'
    "  sampled_requests_enabled = true\n}\n"
)


def acl(*rules: str) -> str:
    return (
        'resource "aws_wafv2_web_acl" "a" {\n  name = "a"\n  scope = "REGIONAL"\n'
        f"  default_action {{\n    allow {{}}\n  }}\n{METRICS % 'true'}" + "".join(rules) + "}\n"
    )


def acl_rule(statement: str, does: str, metrics: str = "true") -> str:
    return (
        f'rule {{\n  name = "r"\n  priority = 1\n  statement {{\n{statement}\n  }}\n'
        f"  {does}\n  {METRICS % metrics}}}\n"
    )


def managed(name: str, does: str = "override_action {\n none {}\n}", more: str = "") -> str:
    statement = f'managed_rule_group_statement {{\n name = {name}\n vendor_name = "AWS"\n{more}\n}}'
    return acl_rule(statement, does)


def test_web_acls_of_public_load_balancers():
    association = (
        'resource "aws_wafv2_web_acl_association" "w" {\n  resource_arn = %s\n'
        '  web_acl_arn = "arn:acl"\n}\n'
    )
    check_rule(
        waf.public_without_web_acl,
        bad=lb(),
        good=lb() + association % "aws_lb.l.arn",
        unknown=TEXT + lb() + association % "var.v",
        not_for=lb("internal = true"),
    )


def test_empty_web_acls():
    check_rule(
        waf.empty_web_acl,
        bad=acl(),
        good=acl(managed('"AWSManagedRulesCommonRuleSet"')),
        unknown='variable "v" { type = map(string) }\n'
        + acl(
            'dynamic "rule" {\n for_each = var.v\n content {\n name = rule.key\n priority = 1\n'
            f" statement {{}}\n {METRICS % 'true'} }}\n}}\n"
        ),
        at="rule",
    )


@pytest.mark.parametrize(
    ("rule", "group"),
    [
        (waf.no_common_rules, "AWSManagedRulesCommonRuleSet"),
        (waf.no_known_bad_inputs, "AWSManagedRulesKnownBadInputsRuleSet"),
        (waf.no_sql_injection_rules, "AWSManagedRulesSQLiRuleSet"),
    ],
)
def test_managed_groups(rule, group):
    check_rule(
        rule,
        bad=acl(managed(f'"{group}"', "override_action {\n count {}\n}")),
        good=acl(managed('"AWSManagedRulesAmazonIpReputationList"'), managed(f'"{group}"')),
        unknown=TEXT + acl(managed("var.v")),
        at="rule",
    )


def test_a_group_whose_needed_rule_only_counts_does_not_protect():
    only_counts = 'rule_action_override {\n name = "Log4JRCE"\n action_to_use {\n  count {}\n }\n}'
    name = '"AWSManagedRulesKnownBadInputsRuleSet"'
    check_rule(
        waf.no_known_bad_inputs,
        bad=acl(managed(name, more=only_counts)),
        good=acl(managed(name, more=only_counts.replace("Log4JRCE", "Host_localhost"))),
    )


@pytest.mark.parametrize("action", ["count", "allow"])
def test_rules_of_the_group_s_later_versions(action):
    to = f"action_to_use {{\n  {action} {{}}\n }}"
    lets_by = f'rule_action_override {{\n name = "Log4JRCE_HEADER"\n {to}\n}}'
    name = '"AWSManagedRulesKnownBadInputsRuleSet"'
    check_rule(
        waf.no_known_bad_inputs,
        bad=acl(managed(name, more=lets_by)),
        good=acl(managed(name, more=lets_by.replace(f"{action} {{}}", "block {}"))),
    )


def test_rate_limits():
    rate = "rate_based_statement {\n limit = 100\n}"
    check_rule(
        waf.no_rate_limit,
        bad=acl(acl_rule(rate, "action {\n count {}\n}")),
        good=acl(acl_rule(rate, "action {\n block {}\n}")),
        unknown='variable "v" { type = list(string) }\n'
        + acl(
            'dynamic "rule" {\n for_each = var.v\n content {\n name = rule.key\n priority = 1\n'
            f" statement {{}}\n {METRICS % 'true'} }}\n}}\n"
        ),
        at="rule",
    )


def test_web_acls_log():
    log = (
        'resource "aws_wafv2_web_acl_logging_configuration" "g" {\n'
        '  log_destination_configs = ["arn:logs"]\n  resource_arn = %s\n}\n'
    )
    check_rule(
        waf.requests_not_logged,
        bad=acl(),
        good=acl() + log % "aws_wafv2_web_acl.a.arn",
        unknown=TEXT + acl() + log % "var.v",
    )


def test_rules_publish_metrics():
    rate = "rate_based_statement {\n limit = 100\n}"
    block = "action {\n block {}\n}"
    check_rule(
        waf.rules_without_metrics,
        bad=acl(acl_rule(rate, block, "false")),
        good=acl(acl_rule(rate, block, "true")),
        unknown=FLAG + acl(acl_rule(rate, block, "var.v")),
        at="rule[0].visibility_config[0].cloudwatch_metrics_enabled",
    )
