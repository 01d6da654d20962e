"""Rules about CloudFront."""

from __future__ import annotations

import pytest
from auditor.rules.encryption import cloudfront as encryption
from auditor.rules.iam import cloudfront as iam
from auditor.rules.logging import cloudfront as logs
from auditor.rules.multi_az import cloudfront as availability
from auditor.rules.network import cloudfront as network
from auditor.rules.operations import cloudfront as operations
from auditor.rules.waf import cloudfront as waf

from auditor.testing import check_rule, judge_code

TEXT = 'variable "v" { type = string }\n'
FLAG = 'variable "v" { type = bool }\n'
NUMBER = 'variable "v" { type = number }\n'
LIST = 'variable "v" { type = list(string) }\n'
BUCKET = 'resource "aws_s3_bucket" "b" { bucket = "b" }\n'
S3 = "aws_s3_bucket.b.bucket_regional_domain_name"
GEO = 'restriction_type = "none"'


def custom(policy: str = '"https-only"', versions: str = '["TLSv1.2"]') -> str:
    return (
        "custom_origin_config {\n http_port = 80\n https_port = 443\n"
        f" origin_protocol_policy = {policy}\n origin_ssl_protocols = {versions}\n}}"
    )


def origin(domain: str = '"o.example.com"', body: str = "") -> str:
    return f'origin {{\n origin_id = "o"\n domain_name = {domain}\n{body}\n}}\n'


ORIGIN = origin(body=custom())


def behavior(policy: str = '"redirect-to-https"', more: str = "", pattern: str = "") -> str:
    kind = "ordered_cache_behavior" if pattern else "default_cache_behavior"
    path = f' path_pattern = "{pattern}"\n' if pattern else ""
    return (
        f'{kind} {{\n{path} target_origin_id = "o"\n viewer_protocol_policy = {policy}\n'
        f' allowed_methods = ["GET", "HEAD"]\n cached_methods = ["GET", "HEAD"]\n{more}\n}}\n'
    )


def certificate(body: str) -> str:
    return f"viewer_certificate {{\n{body}\n}}\n"


OWN = ' acm_certificate_arn = "arn:aws:acm:us-east-1:1:certificate/c"\n'
MINE = certificate(OWN + ' ssl_support_method = "sni-only"')


def distribution(
    body: str = "",
    *,
    origins: str = ORIGIN,
    behaviors: str | None = None,
    viewer: str = MINE,
    geo: str = GEO,
    enabled: str = "true",
) -> str:
    return (
        f'resource "aws_cloudfront_distribution" "d" {{\n enabled = {enabled}\n'
        f"{origins}{behaviors or behavior()}{viewer}"
        f"restrictions {{\n geo_restriction {{\n {geo}\n }}\n}}\n{body}\n}}\n"
    )


def test_viewers_use_tls():
    check_rule(
        encryption.viewers_without_tls,
        bad=distribution(behaviors=behavior('"allow-all"')),
        good=distribution(behaviors=behavior() + behavior('"https-only"', pattern="/api/*")),
        unknown=TEXT + distribution(behaviors=behavior("var.v")),
        at="default_cache_behavior[0].viewer_protocol_policy",
    )
    check_rule(
        encryption.viewers_without_tls,
        bad=distribution(behaviors=behavior() + behavior('"allow-all"', pattern="/x")),
        good=distribution(),
        at="ordered_cache_behavior[0].viewer_protocol_policy",
    )


def test_certificates():
    check_rule(
        encryption.default_certificate,
        bad=distribution(viewer=certificate(" cloudfront_default_certificate = true")),
        good=distribution(),
        at="viewer_certificate[0].acm_certificate_arn",
    )
    might = (
        'dynamic "viewer_certificate" {\n for_each = var.v ? [1] : []\n'
        " content {\n cloudfront_default_certificate = true\n }\n}\n"
    )
    check_rule(
        encryption.default_certificate,
        bad=distribution(viewer=certificate("")),
        good=distribution(viewer=certificate(' iam_certificate_id = "c"')),
        unknown=FLAG + distribution(viewer=might),
    )


def test_sni():
    check_rule(
        encryption.dedicated_addresses,
        bad=distribution(viewer=certificate(OWN + ' ssl_support_method = "vip"')),
        good=distribution(),
        unknown=TEXT + distribution(viewer=certificate(OWN + " ssl_support_method = var.v")),
        at="viewer_certificate[0].ssl_support_method",
    )


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (encryption.old_viewer_tls, "TLSv1.2_2019", "TLSv1.2_2021"),
        (encryption.old_viewer_tls, "TLSv1", "TLSv1.3_2025"),
        (encryption.tls_without_post_quantum, "TLSv1.2_2021", "TLSv1.3_2025"),
    ],
)
def test_viewer_tls_versions(rule, bad, good):
    def version(value: str) -> str:
        return distribution(viewer=certificate(f"{OWN} minimum_protocol_version = {value}"))

    check_rule(
        rule,
        bad=version(f'"{bad}"'),
        good=version(f'"{good}"'),
        unknown=TEXT + version("var.v"),
        at="viewer_certificate[0].minimum_protocol_version",
    )
    check_rule(rule, bad=distribution(), good=version(f'"{good}"'))


def test_origins_use_tls():
    rule = encryption.origin_in_the_clear
    check_rule(
        rule,
        bad=distribution(origins=origin(body=custom('"http-only"'))),
        good=distribution(),
        unknown=TEXT + distribution(origins=origin(body=custom("var.v"))),
        at="origin[0].custom_origin_config[0].origin_protocol_policy",
    )
    match = origin(body=custom('"match-viewer"'))
    check_rule(
        rule,
        bad=distribution(origins=match, behaviors=behavior('"allow-all"')),
        good=distribution(origins=match),
        unknown=TEXT + distribution(origins=match, behaviors=behavior("var.v")),
    )
    assert [v.status for v in judge_code(rule, BUCKET + distribution(origins=origin(S3)))] == [
        "pass"
    ]


def test_origin_tls_versions():
    check_rule(
        encryption.old_origin_tls,
        bad=distribution(origins=origin(body=custom(versions='["TLSv1.2", "TLSv1"]'))),
        good=distribution(),
        unknown=LIST + distribution(origins=origin(body=custom(versions="var.v"))),
        at="origin[0].custom_origin_config[0].origin_ssl_protocols",
    )


def test_fields():
    check_rule(
        encryption.fields_in_the_clear,
        bad=distribution(),
        good=distribution(behaviors=behavior(more=' field_level_encryption_id = "f"')),
        at="default_cache_behavior[0].field_level_encryption_id",
    )


def headers(**changes: str) -> str:
    said = {
        "access_control_max_age_sec": "31536000",
        "include_subdomains": "true",
        "preload": "true",
        "override": "true",
        **changes,
    }
    lines = "".join(f" {name} = {value}\n" for name, value in said.items())
    return policy(f"security_headers_config {{\n strict_transport_security {{\n{lines} }}\n}}")


def policy(body: str) -> str:
    return f'resource "aws_cloudfront_response_headers_policy" "h" {{\n name = "h"\n{body}\n}}\n'


STRICT = "security_headers_config[0].strict_transport_security[0]"


@pytest.mark.parametrize("name", ["include_subdomains", "preload", "override"])
def test_strict_transport_security_flags(name):
    check_rule(
        encryption.browsers_may_use_http,
        bad=headers(**{name: "false"}),
        good=headers(),
        unknown=FLAG + headers(**{name: "var.v"}),
        at=f"{STRICT}.{name}",
    )


def test_strict_transport_security():
    check_rule(
        encryption.browsers_may_use_http,
        bad=headers(access_control_max_age_sec="31535999"),
        good=headers(),
        unknown=NUMBER + headers(access_control_max_age_sec="var.v"),
        at=f"{STRICT}.access_control_max_age_sec",
    )
    other = "security_headers_config {\n content_type_options {\n override = true\n }\n}"
    check_rule(
        encryption.browsers_may_use_http,
        bad=policy(other),
        good=headers(),
        at="security_headers_config",
    )


def test_root_objects():
    bucket = BUCKET + distribution("%s", origins=origin(S3))
    check_rule(
        network.no_root_object,
        bad=bucket % "",
        good=bucket % 'default_root_object = "index.html"',
        not_for=distribution(),
        at="default_root_object",
    )
    might = (
        'dynamic "origin" {\n for_each = var.v ? [1] : []\n content {\n'
        ' origin_id = "p"\n domain_name = "b.s3.amazonaws.com"\n }\n}\n'
    )
    check_rule(
        network.no_root_object,
        bad=bucket % 'default_root_object = ""',
        good=bucket % 'default_root_object = "index.html"',
        unknown=FLAG + distribution(origins=ORIGIN + might),
    )


def test_countries():
    check_rule(
        network.every_country_let_in,
        bad=distribution(),
        good=distribution(geo='restriction_type = "whitelist"\n locations = ["JP"]'),
        unknown=TEXT + distribution(geo="restriction_type = var.v"),
        at="restrictions[0].geo_restriction[0].restriction_type",
    )


def test_response_headers():
    good = ' response_headers_policy_id = "h"'
    check_rule(
        network.answers_without_headers,
        bad=distribution(behaviors=behavior(more=good) + behavior(pattern="/x")),
        good=distribution(behaviors=behavior(more=good) + behavior(more=good, pattern="/x")),
        at="ordered_cache_behavior[0].response_headers_policy_id",
    )
    might = (
        'dynamic "ordered_cache_behavior" {\n for_each = var.v\n content {\n'
        ' path_pattern = ordered_cache_behavior.value\n target_origin_id = "o"\n'
        ' viewer_protocol_policy = "https-only"\n allowed_methods = ["GET", "HEAD"]\n'
        ' cached_methods = ["GET", "HEAD"]\n }\n}\n'
    )
    check_rule(
        network.answers_without_headers,
        bad=distribution(),
        good=distribution(behaviors=behavior(more=good)),
        unknown=LIST + distribution(behaviors=behavior(more=good) + might),
    )


CONTROL = (
    'resource "aws_cloudfront_origin_access_control" "c" {\n name = "c"\n'
    ' origin_access_control_origin_type = "s3"\n signing_behavior = "always"\n'
    ' signing_protocol = "sigv4"\n}\n'
)
SIGNED = " origin_access_control_id = aws_cloudfront_origin_access_control.c.id\n"


def test_buckets_behind_access_control():
    identity = 's3_origin_config {\n origin_access_identity = "origin-access-identity/x/E1"\n}'
    check_rule(
        iam.bucket_without_access_control,
        bad=BUCKET + distribution(origins=origin(S3)),
        good=BUCKET + CONTROL + distribution(origins=origin(S3, SIGNED)),
        at="origin[0].origin_access_control_id",
    )
    check_rule(
        iam.bucket_without_access_control,
        bad=BUCKET + distribution(origins=origin(S3, identity)),
        good=distribution(),
        unknown=FLAG
        + distribution(
            origins=origin(
                body='dynamic "custom_origin_config" {\n for_each = var.v ? [1] : []\n content {\n'
                " http_port = 80\n https_port = 443\n"
                ' origin_protocol_policy = "https-only"\n origin_ssl_protocols = ["TLSv1.2"]\n'
                " }\n}"
            )
        ),
    )


URL = '"abc.lambda-url.eu-west-1.on.aws"'


def test_functions_behind_access_control():
    rule = iam.function_without_access_control
    check_rule(
        rule,
        bad=distribution(origins=origin(URL, custom())),
        good=CONTROL + distribution(origins=origin(URL, custom() + "\n" + SIGNED)),
        unknown=TEXT + distribution(origins=origin("var.v", custom())),
        at="origin[0].origin_access_control_id",
    )
    function = (
        'resource "aws_lambda_function_url" "u" {\n function_name = "f"\n'
        ' authorization_type = "NONE"\n}\n'
    )
    stripped = 'trimsuffix(trimprefix(aws_lambda_function_url.u.function_url, "https://"), "/")'
    balancer = 'resource "aws_lb" "l" { name = "l" }\n'
    check_rule(
        rule,
        bad=function + distribution(origins=origin(stripped, custom())),
        good=balancer + distribution(origins=origin("aws_lb.l.dns_name", custom())),
    )


def test_access_logs():
    rule = logs.requests_not_logged
    source = (
        'resource "aws_cloudwatch_log_delivery_source" "s" {\n name = "s"\n'
        ' log_type = "ACCESS_LOGS"\n resource_arn = %s\n}\n'
    )
    check_rule(
        rule,
        bad=distribution(),
        good=distribution() + source % "aws_cloudfront_distribution.d.arn",
        unknown=TEXT + distribution() + source % "var.v",
        at="logging_config",
    )
    older = 'logging_config {\n bucket = "l.s3.amazonaws.com"\n}'
    real_time = ' realtime_log_config_arn = "arn:aws:cloudfront::1:realtime-log-config/r"'
    check_rule(rule, bad=distribution(), good=distribution(older))
    check_rule(rule, bad=distribution(), good=distribution(behaviors=behavior(more=real_time)))


def test_web_acls():
    acl = 'resource "aws_wafv2_web_acl" "a" {\n name = "a"\n scope = "CLOUDFRONT"\n}\n'
    check_rule(
        waf.distribution_without_web_acl,
        bad=distribution('web_acl_id = ""'),
        good=acl + distribution("web_acl_id = aws_wafv2_web_acl.a.arn"),
        at="web_acl_id",
    )
    check_rule(
        waf.distribution_without_web_acl,
        bad=distribution(),
        good=acl + distribution("web_acl_id = aws_wafv2_web_acl.a.arn"),
        unknown=TEXT + distribution("web_acl_id = var.v"),
    )


def test_failover():
    group = (
        'origin_group {\n origin_id = "g"\n failover_criteria {\n status_codes = [500]\n }\n'
        ' member {\n origin_id = "o"\n }\n member {\n origin_id = "p"\n }\n}\n'
    )
    dynamic = 'dynamic "origin_group" {\n for_each = var.v ? [1] : []\n content {'
    might = group.replace("origin_group {", dynamic)
    check_rule(
        availability.no_second_origin,
        bad=distribution(),
        good=distribution(group),
        unknown=FLAG + distribution(might + "}\n"),
        at="origin_group",
    )


def test_enabled():
    check_rule(
        operations.distribution_left_over,
        bad=distribution(enabled="false"),
        good=distribution(),
        unknown=FLAG + distribution(enabled="var.v"),
        at="enabled",
    )
