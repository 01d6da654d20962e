"""Rules about REST, HTTP and WebSocket APIs."""

from __future__ import annotations

import json

import pytest
from auditor.rules.encryption import apigateway as encryption
from auditor.rules.iam import apigateway as iam
from auditor.rules.logging import apigateway as logging
from auditor.rules.multi_az import apigateway as availability
from auditor.rules.network import apigateway as network
from auditor.rules.operations import apigateway as operations
from auditor.rules.secrets import apigateway as secrets
from auditor.rules.waf import apigateway as waf

from auditor.engine import judge
from auditor.testing import check_rule, judge_code, model_of

OPEN = 'variable "x" {}\nvariable "n" { type = string }\nvariable "m" { type = map(string) }\n'


def block(kind: str, name: str, body: str) -> str:
    return f'resource "{kind}" "{name}" {{\n{body}\n}}\n'


def api(body: str = "", name: str = "a") -> str:
    return block("aws_api_gateway_rest_api", name, f'name = "{name}"\n{body}')


def stage(body: str = "", rest_api: str = "a") -> str:
    return block(
        "aws_api_gateway_stage",
        "s",
        f'rest_api_id = aws_api_gateway_rest_api.{rest_api}.id\nstage_name = "live"\n'
        f'deployment_id = "d"\n{body}',
    )


def settings(body: str = "", rest_api: str = "a", path: str = "*/*") -> str:
    return block(
        "aws_api_gateway_method_settings",
        "m",
        f"rest_api_id = aws_api_gateway_rest_api.{rest_api}.id\n"
        f"stage_name = aws_api_gateway_stage.s.stage_name\n"
        f'method_path = "{path}"\nsettings {{\n{body}\n}}',
    )


def method(body: str = 'authorization = "NONE"', verb: str = "GET") -> str:
    return block(
        "aws_api_gateway_method",
        "m",
        "rest_api_id = aws_api_gateway_rest_api.a.id\n"
        "resource_id = aws_api_gateway_rest_api.a.root_resource_id\n"
        f'http_method = "{verb}"\n{body}',
    )


def http_api(body: str = "", kind: str = "HTTP") -> str:
    return block("aws_apigatewayv2_api", "h", f'name = "h"\nprotocol_type = "{kind}"\n{body}')


def http_stage(body: str = "") -> str:
    return block(
        "aws_apigatewayv2_stage", "s", f'api_id = aws_apigatewayv2_api.h.id\nname = "live"\n{body}'
    )


def route(key: str, body: str = "") -> str:
    return block(
        "aws_apigatewayv2_route",
        "r",
        f'api_id = aws_apigatewayv2_api.h.id\nroute_key = "{key}"\n{body}',
    )


PRIVATE = 'endpoint_configuration { types = ["PRIVATE"] }'


def test_handling_not_logged():
    check_rule(
        logging.handling_not_logged,
        bad=api() + stage() + settings('logging_level = "OFF"'),
        good=api() + stage() + settings('logging_level = "ERROR"'),
        unknown=OPEN + api() + stage() + settings("logging_level = var.n"),
        at="settings[0].logging_level",
    )
    check_rule(
        logging.handling_not_logged,
        bad=api() + stage() + settings('logging_level = "INFO"', path="pets/GET"),
        good=api() + stage() + settings('logging_level = "INFO"'),
    )


def test_settings_of_another_api_do_not_count():
    check_rule(
        logging.handling_not_logged,
        bad=api() + api(name="b") + stage() + settings('logging_level = "INFO"', rest_api="b"),
        good=api() + api(name="b") + stage() + settings('logging_level = "INFO"'),
    )


def test_handling_not_logged_of_websockets():
    default = "default_route_settings { logging_level = %s }"
    check_rule(
        logging.handling_not_logged,
        bad=http_api(kind="WEBSOCKET") + http_stage(default % '"OFF"'),
        good=http_api(kind="WEBSOCKET") + http_stage(default % '"INFO"'),
        unknown=OPEN + http_api(kind="WEBSOCKET") + http_stage(default % "var.n"),
        not_for=http_api() + http_stage(),
        at="default_route_settings[0].logging_level",
    )


LOG = 'access_log_settings {\n  destination_arn = "arn:x"\n  format = "f"\n}'


@pytest.mark.parametrize("made", [lambda b: api() + stage(b), lambda b: http_api() + http_stage(b)])
def test_calls_not_logged(made):
    may_log = (
        'dynamic "access_log_settings" {\n  for_each = var.m\n'
        '  content {\n    destination_arn = "arn:x"\n    format = "f"\n  }\n}'
    )
    check_rule(
        logging.calls_not_logged,
        bad=made(""),
        good=made(LOG),
        unknown=OPEN + made(may_log),
        at="access_log_settings",
    )


def test_calls_not_traced():
    check_rule(
        logging.calls_not_traced,
        bad=api() + stage(),
        good=api() + stage("xray_tracing_enabled = true"),
        unknown=OPEN + api() + stage("xray_tracing_enabled = var.x"),
        at="xray_tracing_enabled",
    )


def test_content_logged():
    check_rule(
        logging.content_logged,
        bad=api() + stage() + settings("data_trace_enabled = true"),
        good=api() + stage() + settings('logging_level = "INFO"'),
        unknown=OPEN + api() + stage() + settings("data_trace_enabled = var.x"),
        at="settings[0].data_trace_enabled",
    )
    default = "default_route_settings { data_trace_enabled = var.x }\n"
    one = 'route_settings {\n  route_key = "send"\n  data_trace_enabled = true\n}'
    check_rule(
        logging.content_logged,
        bad=OPEN + http_api() + http_stage(default + one),
        good=http_api() + http_stage(),
        unknown=OPEN + http_api() + http_stage(default),
        at="route_settings[0].data_trace_enabled",
    )


def integration(kind: str) -> str:
    return block(
        "aws_api_gateway_integration",
        "i",
        "rest_api_id = aws_api_gateway_rest_api.a.id\nresource_id = "
        f'aws_api_gateway_rest_api.a.root_resource_id\nhttp_method = "GET"\ntype = {kind}',
    )


def test_backend_cannot_tell():
    certificate = block("aws_api_gateway_client_certificate", "c", "")
    named = "client_certificate_id = aws_api_gateway_client_certificate.c.id"
    check_rule(
        encryption.backend_cannot_tell,
        bad=api() + stage() + integration('"HTTP_PROXY"'),
        good=api() + stage(named) + certificate + integration('"HTTP"'),
        unknown=OPEN + api("body = var.n") + stage(),
        not_for=api() + stage() + integration('"AWS_PROXY"'),
        at="client_certificate_id",
    )


def test_cache_in_the_clear():
    check_rule(
        encryption.cache_in_the_clear,
        bad=api() + stage() + settings("caching_enabled = true"),
        good=api() + stage() + settings("caching_enabled = true\ncache_data_encrypted = true"),
        unknown=OPEN + api() + stage() + settings("caching_enabled = var.x"),
        not_for=api() + stage() + settings(""),
        at="settings[0].cache_data_encrypted",
    )


def test_private_backend_without_tls():
    def private(body: str) -> str:
        return http_api() + block(
            "aws_apigatewayv2_integration",
            "i",
            f'api_id = aws_apigatewayv2_api.h.id\nintegration_type = "HTTP_PROXY"\n{body}',
        )

    link = 'connection_type = "VPC_LINK"\n'
    check_rule(
        encryption.private_backend_without_tls,
        bad=private(link),
        good=private(link + 'tls_config { server_name_to_verify = "a.example" }'),
        unknown=OPEN + private("connection_type = var.n"),
        not_for=private(""),
        at="tls_config",
    )


def domain(body: str) -> str:
    return block("aws_api_gateway_domain_name", "d", f'domain_name = "a.example"\n{body}')


def test_domain_with_old_tls():
    check_rule(
        encryption.domain_with_old_tls,
        bad=domain('security_policy = "TLS_1_0"'),
        good=domain('security_policy = "TLS_1_2"'),
        unknown=OPEN + domain("security_policy = var.n"),
        at="security_policy",
    )
    check_rule(
        encryption.domain_with_old_tls,
        bad=domain('security_policy = "SecurityPolicy_TLS10_2021"'),
        good=domain('security_policy = "SecurityPolicy_TLS13_1_3_2025_09"'),
    )
    check_rule(
        encryption.domain_with_old_tls,
        bad=domain(""),
        good=block(
            "aws_apigatewayv2_domain_name",
            "d",
            'domain_name = "a"\ndomain_name_configuration {\n  certificate_arn = "arn:x"\n'
            '  endpoint_type = "REGIONAL"\n  security_policy = "TLS_1_2"\n}',
        ),
    )


def test_domain_without_post_quantum():
    check_rule(
        encryption.domain_without_post_quantum,
        bad=domain('security_policy = "TLS_1_2"'),
        good=domain('security_policy = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"'),
        unknown=OPEN + domain("security_policy = var.n"),
        at="security_policy",
    )


def test_route_for_anyone():
    check_rule(
        iam.route_for_anyone,
        bad=http_api() + route("GET /pets"),
        good=http_api() + route("GET /pets", 'authorization_type = "JWT"'),
        unknown=OPEN + http_api() + route("GET /pets", "authorization_type = var.n"),
        not_for=http_api() + route("OPTIONS /pets"),
        at="authorization_type",
    )
    check_rule(
        iam.route_for_anyone,
        bad=http_api(kind="WEBSOCKET") + route("$connect"),
        good=http_api(kind="WEBSOCKET") + route("$connect", 'authorization_type = "AWS_IAM"'),
        not_for=http_api(kind="WEBSOCKET") + route("$default"),
    )
    (verdict,) = judge_code(iam.route_for_anyone, http_api() + route("$default"))
    assert verdict.status == "fail"


def resource_policy(principal: object) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "execute-api:Invoke"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": "*"}]})
    return f"policy = <<-EOT\n{text}\n  EOT"


def test_method_for_anyone():
    check_rule(
        iam.method_for_anyone,
        bad=api() + method(),
        good=api() + method('authorization = "AWS_IAM"'),
        unknown=OPEN + api() + method("authorization = var.n"),
        not_for=api() + method(verb="OPTIONS"),
        at="authorization",
    )
    check_rule(
        iam.method_for_anyone,
        bad=api(resource_policy("*")) + method(),
        good=api(resource_policy({"AWS": "arn:aws:iam::123456789012:root"})) + method(),
        unknown=OPEN + api("policy = var.n") + method(),
    )
    check_rule(
        iam.method_for_anyone,
        bad=api() + method(),
        good=OPEN + api() + method("authorization = var.n\napi_key_required = true"),
    )


def authorizer(of: str = "aws_api_gateway_rest_api.a.id") -> str:
    return block("aws_api_gateway_authorizer", "z", f'name = "z"\nrest_api_id = {of}')


def test_public_without_authorizer():
    check_rule(
        iam.public_without_authorizer,
        bad=api(),
        good=api() + authorizer(),
        unknown=OPEN + api() + authorizer("var.n"),
        not_for=api(PRIVATE),
    )
    check_rule(
        iam.public_without_authorizer,
        bad=api() + method(),
        good=api() + method('authorization = "AWS_IAM"'),
        unknown=OPEN + api('body = "{}"'),
    )


def test_public_endpoint():
    check_rule(
        network.public_endpoint,
        bad=api('endpoint_configuration { types = ["REGIONAL"] }'),
        good=api(PRIVATE),
        unknown=OPEN + api("endpoint_configuration { types = [var.n] }"),
        at="endpoint_configuration",
    )
    model = model_of(api())
    (found,) = model.resources
    assert judge(network.public_endpoint, found).status == "fail"
    assert judge(network.public_endpoint, found, {"public": ("a",)}).status == "pass"


def test_second_address():
    mapping = block(
        "aws_api_gateway_base_path_mapping",
        "b",
        'api_id = aws_api_gateway_rest_api.a.id\ndomain_name = "a.example"',
    )
    check_rule(
        network.second_address,
        bad=api() + mapping,
        good=api("disable_execute_api_endpoint = true") + mapping,
        unknown=OPEN + api("disable_execute_api_endpoint = var.x") + mapping,
        not_for=api(),
        at="disable_execute_api_endpoint",
    )
    http = block(
        "aws_apigatewayv2_api_mapping",
        "b",
        'api_id = aws_apigatewayv2_api.h.id\ndomain_name = "a"\nstage = "s"',
    )
    check_rule(
        network.second_address,
        bad=http_api() + http,
        good=http_api("disable_execute_api_endpoint = true") + http,
        not_for=http_api(),
    )


def test_every_web_page_may_call():
    def cors(origins: str) -> str:
        return http_api(f"cors_configuration {{ allow_origins = {origins} }}")

    check_rule(
        network.every_web_page_may_call,
        bad=OPEN + cors('[var.n, "*"]'),
        good=cors('["https://a.example"]'),
        unknown=OPEN + cors("[var.n]"),
        not_for=http_api(),
        at="cors_configuration[0].allow_origins",
    )


def test_cache_without_use():
    cached = "cache_cluster_enabled = true"
    check_rule(
        operations.cache_without_use,
        bad=api() + stage(cached) + settings(""),
        good=api() + stage(cached) + settings("caching_enabled = true"),
        unknown=OPEN + api() + stage(cached) + settings("caching_enabled = var.x"),
        not_for=api() + stage(),
        at="cache_cluster_enabled",
    )


def test_calls_not_checked():
    check_rule(
        operations.calls_not_checked,
        bad=api() + method(),
        good=api() + method('authorization = "NONE"\nrequest_validator_id = "v"'),
        unknown=OPEN + api() + method('authorization = "NONE"\nrequest_validator_id = var.n'),
        not_for=api() + method(verb="OPTIONS"),
        at="request_validator_id",
    )


def test_no_limit():
    limits = "throttling_rate_limit = %s\nthrottling_burst_limit = 10"
    check_rule(
        availability.no_limit,
        bad=api() + stage() + settings('logging_level = "INFO"'),
        good=api() + stage() + settings(limits % "10"),
        unknown=OPEN + api() + stage() + settings(limits % "var.x"),
        at="settings[0].throttling_rate_limit",
    )
    default = f"default_route_settings {{\n{limits}\n}}"
    check_rule(
        availability.no_limit,
        bad=http_api() + http_stage(),
        good=http_api() + http_stage(default % "10"),
        unknown=OPEN + http_api() + http_stage(default % "var.x"),
        at="default_route_settings",
    )
    check_rule(
        availability.no_limit,
        bad=api() + stage(),
        good=api() + stage() + settings(limits % "10"),
    )


def test_stage_without_web_acl():
    def association(arn: str) -> str:
        return block(
            "aws_wafv2_web_acl_association", "w", f'resource_arn = {arn}\nweb_acl_arn = "arn:w"'
        )

    check_rule(
        waf.stage_without_web_acl,
        bad=api() + stage(),
        good=api() + stage() + association("aws_api_gateway_stage.s.arn"),
        unknown=OPEN + api() + stage() + association("var.n"),
        not_for=api(PRIVATE) + stage(),
    )


@pytest.mark.parametrize(
    ("made", "argument"),
    [
        (lambda v: api() + stage(f"variables = {v}"), "variables"),
        (lambda v: http_api() + http_stage(f"stage_variables = {v}"), "stage_variables"),
    ],
)
def test_secret_in_stage_variables(made, argument):
    check_rule(
        secrets.secret_in_stage_variables,
        bad=OPEN + made('{ mode = var.n, db_password = "hunter2" }'),
        good=made('{ mode = "fast" }'),
        unknown=OPEN + made("var.m"),
        at=f"{argument}.db_password",
    )
