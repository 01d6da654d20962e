"""Rules about Lambda functions."""

from __future__ import annotations

import pytest
from auditor.rules.encryption import lambda_functions as encryption
from auditor.rules.iam import lambda_functions as iam
from auditor.rules.logging import lambda_functions as logging
from auditor.rules.multi_az import lambda_functions as availability
from auditor.rules.network import lambda_functions as network
from auditor.rules.operations import lambda_functions as operations
from auditor.rules.secrets import lambda_functions as secrets

from auditor.model import Settings
from auditor.testing import check_rule, judge_code

OPEN = 'variable "x" {}\nvariable "n" { type = string }\nvariable "m" { type = map(string) }\n'


def function(body: str = "", name: str = '"f"') -> str:
    return (
        f'resource "aws_lambda_function" "f" {{\n  function_name = {name}\n'
        f'  role = "arn:aws:iam::123456789012:role/r"\n{body}\n}}\n'
    )


IMAGE = 'package_type = "Image"'


def permission(**arguments: str) -> str:
    said = {"principal": '"s3.amazonaws.com"', **arguments}
    lines = "".join(f"  {name} = {value}\n" for name, value in said.items())
    return (
        'resource "aws_lambda_permission" "p" {\n  action = "lambda:InvokeFunction"\n'
        f'  function_name = "f"\n{lines}}}\n'
    )


def test_function_for_anyone():
    check_rule(
        iam.function_for_anyone,
        bad=permission(principal='"*"'),
        good=permission(principal='"*"', principal_org_id='"o-1"')
        + permission(principal='"s3.amazonaws.com"').replace('"p"', '"q"'),
        unknown=OPEN + permission(principal="var.n"),
        at="principal",
    )
    check_rule(
        iam.function_for_anyone,
        bad=permission(principal='"*"', source_arn='"*"'),
        good=OPEN + permission(principal="var.n", source_account='"1"'),
    )


def test_service_without_source():
    check_rule(
        iam.service_without_source,
        bad=permission(),
        good=permission(source_arn='"arn:aws:s3:::b"'),
        unknown=OPEN + permission(principal="var.n"),
        not_for=permission(principal='"123456789012"'),
        at="source_arn",
    )
    check_rule(
        iam.service_without_source,
        bad=permission(),
        good='data "aws_caller_identity" "me" {}\n'
        + permission(source_account="data.aws_caller_identity.me.account_id"),
        unknown=OPEN + permission(source_account="var.n"),
    )
    check_rule(
        iam.service_without_source,
        bad=permission(source_arn='"*"'),
        good='resource "aws_sqs_queue" "q" {}\n' + permission(source_arn="aws_sqs_queue.q.arn"),
        unknown=OPEN + permission(source_arn="var.n"),
    )


def url(auth: str = '"AWS_IAM"', body: str = "") -> str:
    return (
        'resource "aws_lambda_function_url" "u" {\n  function_name = "f"\n'
        f"  authorization_type = {auth}\n{body}\n}}\n"
    )


def test_url_for_anyone():
    check_rule(
        iam.url_for_anyone,
        bad=url('"NONE"'),
        good=url(),
        unknown=OPEN + url("var.n"),
        at="authorization_type",
    )


def test_every_web_page_may_call():
    def cors(origins: str) -> str:
        return url(body=f"cors {{ allow_origins = {origins} }}")

    check_rule(
        network.every_web_page_may_call,
        bad=OPEN + cors('["https://a.example", "*", var.n]'),
        good=cors('["https://a.example"]'),
        unknown=OPEN + cors("[var.n]"),
        not_for=url(),
        at="cors[0].allow_origins",
    )


@pytest.mark.parametrize("old", ["nodejs18.x", "python3.8", "go1.x", "python3.9"])
def test_runtime_without_patches(old):
    check_rule(
        operations.runtime_without_patches,
        bad=function(f'runtime = "{old}"'),
        good=function('runtime = "python3.13"'),
        unknown=OPEN + function("runtime = var.n"),
        not_for=function(IMAGE),
        at="runtime",
    )


def test_unsigned_code():
    check_rule(
        operations.unsigned_code,
        bad=function(),
        good=function('code_signing_config_arn = "arn:x"'),
        unknown=OPEN + function("code_signing_config_arn = var.n"),
        not_for=function(IMAGE),
        at="code_signing_config_arn",
    )


LAYER = "arn:aws:lambda:eu-west-1:{}:layer:tools:3"
OWN_LAYER = 'resource "aws_lambda_layer_version" "l" { layer_name = "l" }\n'
CALLER = 'data "aws_caller_identity" "me" {}\n'


@pytest.mark.parametrize(
    ("layers", "status"),
    [
        ("null", "pass"),
        (f'["{LAYER.format("123456789012")}"]', "pass"),
        (f'["{LAYER.format("580247275435")}"]', "pass"),
        (f'["{LAYER.format("210987654321")}"]', "fail"),
        (f'[var.n, "{LAYER.format("210987654321")}"]', "fail"),
        ("[aws_lambda_layer_version.l.arn]", "pass"),
        ('["arn:aws:lambda:${var.n}:210987654321:layer:a:1"]', "fail"),
        ('["arn:aws:lambda:${var.n}:${var.x}:layer:a:1"]', "undetermined"),
        ("[var.n]", "undetermined"),
    ],
)
def test_foreign_layer(layers, status):
    text = OPEN + OWN_LAYER + function(f"layers = {layers}")
    settings = Settings(account_id="123456789012")
    (verdict,) = judge_code(operations.foreign_layer, text, settings=settings)
    assert verdict.status == status


def test_layers_of_the_account_that_terraform_runs_in_are_own():
    layer = '["arn:aws:lambda:${var.n}:${data.aws_caller_identity.me.account_id}:layer:a:1"]'
    (verdict,) = judge_code(operations.foreign_layer, OPEN + CALLER + function(f"layers = {layer}"))
    assert verdict.status == "pass"
    written = f'["{LAYER.format("123456789012")}"]'
    (verdict,) = judge_code(operations.foreign_layer, function(f"layers = {written}"))
    assert verdict.status == "undetermined"


def vpc(subnets: str) -> str:
    return function(f'vpc_config {{\n  subnet_ids = {subnets}\n  security_group_ids = ["sg-1"]\n}}')


def test_outside_the_network():
    check_rule(
        network.outside_the_network,
        bad=function(),
        good=vpc('["subnet-1"]'),
        unknown=OPEN + 'variable "l" { type = list(string) }\n' + vpc("var.l"),
        at="vpc_config",
    )


def test_function_in_one_zone():
    two = "".join(
        f'resource "aws_subnet" "{n}" {{\n  availability_zone = "eu-west-1{n}"\n}}\n' for n in "ab"
    )
    check_rule(
        availability.function_in_one_zone,
        bad=vpc('["subnet-1"]'),
        good=two + vpc("[aws_subnet.a.id, aws_subnet.b.id]"),
        unknown=vpc('["subnet-1", "subnet-2"]'),
        not_for=function(),
        at="vpc_config[0].subnet_ids",
    )


def test_lost_events():
    config = (
        'resource "aws_lambda_function_event_invoke_config" "c" {\n'
        "  function_name = aws_lambda_function.f.function_name\n  DESTINATION\n}\n"
    )
    failure = 'destination_config {\n  on_failure { destination = "arn:x" }\n}'
    check_rule(
        availability.lost_events,
        bad=function() + config.replace("DESTINATION", "maximum_retry_attempts = 0"),
        good=function() + config.replace("DESTINATION", failure),
        at="dead_letter_config",
    )
    check_rule(
        availability.lost_events,
        bad=function(),
        good=function('dead_letter_config { target_arn = "arn:x" }'),
        unknown=OPEN
        + function(
            'dynamic "dead_letter_config" {\n  for_each = var.m\n'
            "  content { target_arn = dead_letter_config.value }\n}"
        ),
    )


def test_unlimited_concurrency():
    check_rule(
        availability.unlimited_concurrency,
        bad=function(),
        good=function("reserved_concurrent_executions = 5"),
        unknown=OPEN + function("reserved_concurrent_executions = var.x"),
        at="reserved_concurrent_executions",
    )


def variables(value: str, body: str = "") -> str:
    return function(f"environment {{ variables = {value} }}\n{body}")


def test_variables_without_own_key():
    key = 'resource "aws_kms_key" "k" {}\n'
    check_rule(
        encryption.variables_without_own_key,
        bad=variables('{ MODE = "fast" }'),
        good=key + variables('{ MODE = "fast" }', "kms_key_arn = aws_kms_key.k.arn"),
        unknown=OPEN + variables('{ MODE = "fast" }', "kms_key_arn = var.n"),
        not_for=function(),
        at="kms_key_arn",
    )


def test_secret_in_variables():
    check_rule(
        secrets.secret_in_variables,
        bad=OPEN + variables('{ MODE = var.n, DB_PASSWORD = "hunter2" }'),
        good=variables('{ MODE = "fast", DB_SECRET = "arn:aws:secretsmanager:x" }') + OPEN,
        unknown=OPEN + variables("{ DB_PASSWORD = var.n }"),
        at="environment[0].variables.DB_PASSWORD",
    )
    check_rule(
        secrets.secret_in_variables,
        bad=OPEN + variables('merge(var.m, { API_KEY = "0123456789" })'),
        good=function(),
        unknown=OPEN + variables("var.m"),
    )


def test_not_traced():
    check_rule(
        logging.not_traced,
        bad=function(),
        good=function('tracing_config { mode = "Active" }'),
        unknown=OPEN + function("tracing_config { mode = var.n }"),
        at="tracing_config",
    )


def trail(body: str) -> str:
    return (
        'resource "aws_cloudtrail" "t" {\n  name = "t"\n  s3_bucket_name = "b"\n' + body + "\n}\n"
    )


def recorded(values: str, kind: str = '"AWS::Lambda::Function"') -> str:
    return trail(
        f"event_selector {{\n  data_resource {{\n    type = {kind}\n    values = {values}\n  }}\n}}"
    )


def test_invocations_not_recorded():
    advanced = trail(
        'advanced_event_selector {\n  field_selector {\n    field = "eventCategory"\n'
        '    equals = ["Data"]\n  }\n  field_selector {\n    field = "resources.type"\n'
        '    equals = ["AWS::Lambda::Function"]\n  }\n}'
    )
    check_rule(
        logging.invocations_not_recorded,
        bad=function() + trail(""),
        good=function() + recorded('["arn:aws:lambda"]'),
        unknown=OPEN + function() + recorded("[var.n]"),
    )
    check_rule(
        logging.invocations_not_recorded,
        bad=function() + recorded('["arn:aws:s3"]', '"AWS::S3::Object"'),
        good=function() + advanced,
    )
    check_rule(
        logging.invocations_not_recorded,
        bad=function(),
        good=function() + recorded("[aws_lambda_function.f.arn]"),
    )


def test_no_insights():
    layer = '["arn:aws:lambda:${var.n}:580247275435:layer:LambdaInsightsExtension:53"]'
    check_rule(
        logging.no_insights,
        bad=function(),
        good=OPEN + function(f"layers = {layer}"),
        unknown=OPEN + function("layers = [var.n]"),
        not_for=function(IMAGE),
        at="layers",
    )
    own = 'resource "aws_lambda_layer_version" "l" { layer_name = "l" }\n'
    layers = "layers = [aws_lambda_layer_version.l.arn]"
    assert [v.status for v in judge_code(logging.no_insights, own + function(layers))] == ["fail"]


def group(name: str, retention: str = "30") -> str:
    return (
        f'resource "aws_cloudwatch_log_group" "g" {{\n  name = {name}\n'
        f"  retention_in_days = {retention}\n}}\n"
    )


def test_log_group_left_to_lambda():
    check_rule(
        logging.log_group_left_to_lambda,
        bad=function() + group('"/aws/lambda/other"'),
        good=function() + group('"/aws/lambda/f"'),
        unknown=OPEN + function() + group("var.n"),
    )
    check_rule(
        logging.log_group_left_to_lambda,
        bad=function() + group('"/aws/lambda/f"', "0"),
        good=OPEN
        + function(name="var.n")
        + group('"/aws/lambda/${aws_lambda_function.f.function_name}"'),
    )
    check_rule(
        logging.log_group_left_to_lambda,
        bad=OPEN + function(name='"${var.n}-a"') + group('"/aws/lambda/${var.n}-b"'),
        good=OPEN + function(name='"${var.n}-a"') + group('"/aws/lambda/${var.n}-a"'),
        unknown=OPEN + function(name='"${var.n}-a"') + group('"/aws/lambda/${upper(var.n)}-a"'),
    )
    own = (
        'logging_config {\n  log_format = "JSON"\n  log_group = aws_cloudwatch_log_group.g.name\n}'
    )
    check_rule(
        logging.log_group_left_to_lambda,
        bad=function() + group('"mine"'),
        good=function(own) + group('"mine"'),
    )
