"""Rules about certificates and hosted zones."""

from __future__ import annotations

from auditor.rules.encryption import acm as strength
from auditor.rules.encryption import route53 as signing
from auditor.rules.logging import acm as transparency
from auditor.rules.logging import route53 as queries
from auditor.rules.operations import acm as upkeep

from auditor.testing import check_rule, judge_code

TEXT = 'variable "v" { type = string }\n'
DNS = '  validation_method = "DNS"\n'


def certificate(body: str = DNS, domain: str = '"app.example.com"') -> str:
    return f'resource "aws_acm_certificate" "c" {{\n  domain_name = {domain}\n{body}\n}}\n'


def test_keys():
    check_rule(
        strength.weak_key,
        bad=certificate('  key_algorithm = "RSA_1024"'),
        good=certificate(),
        unknown=TEXT + certificate("  key_algorithm = var.v"),
        at="key_algorithm",
    )


def test_public_logs():
    def options(value: str) -> str:
        return f"options {{\n  certificate_transparency_logging_preference = {value}\n}}"

    check_rule(
        transparency.not_in_the_public_logs,
        bad=certificate(options('"DISABLED"')),
        good=certificate(options('"ENABLED"')),
        unknown=TEXT + certificate(options("var.v")),
        at="options[0].certificate_transparency_logging_preference",
    )
    check_rule(
        transparency.not_in_the_public_logs,
        bad=certificate(options('"DISABLED"')),
        good=certificate(),
    )


def test_renewal():
    check_rule(
        upkeep.not_renewed,
        bad=certificate('  validation_method = "EMAIL"'),
        good=certificate(),
        unknown=TEXT + certificate("  validation_method = var.v"),
        at="validation_method",
    )
    imported = 'resource "aws_acm_certificate" "c" {\n  certificate_body = "x"\n  %s = "y"\n}\n'
    check_rule(
        upkeep.not_renewed,
        bad=imported % "private_key",
        good=certificate(),
        at="certificate_body",
    )


def test_wildcards():
    check_rule(
        upkeep.for_every_name,
        bad=certificate(domain='"*.example.com"'),
        good=TEXT + certificate(domain='"app.${var.v}"'),
        unknown=TEXT + certificate(domain="var.v"),
        at="domain_name",
    )


ZONE = 'resource "aws_route53_zone" "z" {\n  name = "example.com"\n%s\n}\n'
PUBLIC = ZONE % ""
PRIVATE = ZONE % '  vpc {\n    vpc_id = "vpc-1"\n  }'
MIGHT = 'variable "v" { type = bool }\n' + ZONE % (
    'dynamic "vpc" {\n  for_each = var.v ? [1] : []\n  content {\n    vpc_id = "vpc-1"\n  }\n}'
)
LOG = (
    'resource "aws_route53_query_log" "l" {\n  zone_id = %s\n'
    '  cloudwatch_log_group_arn = "arn:aws:logs:us-east-1:1:log-group:l"\n}\n'
)
THIS = "aws_route53_zone.z.zone_id"


def test_query_logs():
    check_rule(
        queries.queries_not_logged,
        bad=PUBLIC,
        good=PUBLIC + LOG % THIS,
        unknown=TEXT + PUBLIC + LOG % "var.v",
        not_for=PRIVATE,
    )
    assert [v.status for v in judge_code(queries.queries_not_logged, MIGHT)] == ["undetermined"]


def signed(status: str = '"SIGNING"', key: str = "ACTIVE") -> str:
    return (
        f'resource "aws_route53_hosted_zone_dnssec" "d" {{\n  hosted_zone_id = {THIS}\n'
        f"  signing_status = {status}\n}}\n"
        f'resource "aws_route53_key_signing_key" "k" {{\n  hosted_zone_id = {THIS}\n'
        '  key_management_service_arn = "arn:aws:kms:us-east-1:1:key/k"\n  name = "k"\n'
        f'  status = "{key}"\n}}\n'
    )


def test_signatures():
    check_rule(
        signing.zone_not_signed,
        bad=PUBLIC + signed('"NOT_SIGNING"'),
        good=PUBLIC + signed(),
        unknown=TEXT + PUBLIC + signed("var.v"),
        not_for=PRIVATE,
    )
    check_rule(signing.zone_not_signed, bad=PUBLIC, good=PUBLIC + signed())
    check_rule(signing.zone_not_signed, bad=PUBLIC + signed(key="INACTIVE"), good=PUBLIC + signed())
