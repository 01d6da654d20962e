"""Lambda: an emulated account gets the verdicts that the same Terraform gets."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from auditor.rules.encryption import lambda_functions as encryption
from auditor.rules.iam import lambda_functions as iam
from auditor.rules.logging import lambda_functions as logging
from auditor.rules.multi_az import lambda_functions as availability
from auditor.rules.network import lambda_functions as network
from auditor.rules.operations import lambda_functions as operations
from auditor.rules.secrets import lambda_functions as secrets
from fake_aws import model_from, refused, tagged

from auditor.engine import evaluate
from auditor.services.lambda_access import function_urls, permissions, permissions_of
from auditor.services.lambda_functions import functions
from auditor.testing import check_twins
from auditor.values import Unknown

pytestmark = pytest.mark.emulator

Make = Callable[[Any], object]
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}


@pytest.fixture
def twins(moto_server: Any, make_client: Callable[..., Any]) -> Callable[..., None]:
    """`twins(rule, bad, good)`: each makes its state, given `make_client`."""

    def check(rule: Any, bad: Make, good: Make) -> None:
        check_twins(
            rule,
            moto_server.url,
            bad=lambda: bad(make_client),
            good=lambda: good(make_client),
            reset=moto_server.reset,
        )

    return check


def package() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("handler.py", "def handle(event, context): ...")
    return file.getvalue()


def function(after: Make | None = None, **arguments: Any) -> Make:
    def make(client: Any) -> None:
        trust = {"Version": "2012-10-17", "Statement": [{**TRUST, "Action": "sts:AssumeRole"}]}
        role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))
        client("lambda").create_function(
            **{
                "FunctionName": "f",
                "Runtime": "python3.13",
                "Handler": "handler.handle",
                "Role": role["Role"]["Arn"],
                "Code": {"ZipFile": package()},
                **arguments,
            }
        )
        if after:
            after(client)

    return make


def allow(principal: str, **source: str) -> Make:
    return lambda client: client("lambda").add_permission(
        FunctionName="f",
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal=principal,
        **source,
    )


def limited(client: Any) -> object:
    return client("lambda").put_function_concurrency(
        FunctionName="f", ReservedConcurrentExecutions=5
    )


def failures_kept(client: Any) -> object:
    queue = "arn:aws:sqs:eu-west-1:123456789012:q"
    return client("lambda").put_function_event_invoke_config(
        FunctionName="f", DestinationConfig={"OnFailure": {"Destination": queue}}
    )


def log_group(days: int | None) -> Make:
    def make(client: Any) -> None:
        logs = client("logs")
        logs.create_log_group(logGroupName="/aws/lambda/f")
        if days:
            logs.put_retention_policy(logGroupName="/aws/lambda/f", retentionInDays=days)

    return make


def in_vpc(zones: str) -> Make:
    def make(client: Any) -> None:
        ec2 = client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(
                VpcId=vpc, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=f"eu-west-1{zone}"
            )["Subnet"]["SubnetId"]
            for i, zone in enumerate(zones)
        ]
        group = ec2.create_security_group(GroupName="s", Description="s", VpcId=vpc)["GroupId"]
        function(VpcConfig={"SubnetIds": subnets, "SecurityGroupIds": [group]})(client)

    return make


def with_own_key(client: Any) -> object:
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    return function(Environment={"Variables": {"MODE": "fast"}}, KMSKeyArn=key)(client)


def trail(selected: bool) -> Make:
    def make(client: Any) -> None:
        place = {"LocationConstraint": "eu-west-1"}
        client("s3").create_bucket(Bucket="logs", CreateBucketConfiguration=place)
        trails = client("cloudtrail")
        trails.create_trail(Name="trail", S3BucketName="logs")
        trails.start_logging(Name="trail")
        if selected:
            functions = {"Type": "AWS::Lambda::Function", "Values": ["arn:aws:lambda"]}
            trails.put_event_selectors(
                TrailName="trail", EventSelectors=[{"DataResources": [functions]}]
            )

    return make


def variables(**named: str) -> Make:
    return function(Environment={"Variables": named})


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (
            iam.function_for_anyone,
            function(allow("*")),
            function(allow("*", PrincipalOrgID="o-1234567890")),
        ),
        (
            iam.service_without_source,
            function(allow("s3.amazonaws.com")),
            function(allow("s3.amazonaws.com", SourceArn="arn:aws:s3:::b")),
        ),
        (operations.runtime_without_patches, function(Runtime="python3.8"), function()),
        (network.outside_the_network, function(), in_vpc("ab")),
        (availability.function_in_one_zone, in_vpc("aa"), in_vpc("ab")),
        (availability.lost_events, function(), function(failures_kept)),
        (availability.unlimited_concurrency, function(), function(limited)),
        (logging.not_traced, function(), function(TracingConfig={"Mode": "Active"})),
        (logging.invocations_not_recorded, function(trail(False)), function(trail(True))),
        (logging.log_group_left_to_lambda, function(), function(log_group(30))),
        (logging.log_group_left_to_lambda, function(log_group(None)), function(log_group(30))),
        (encryption.variables_without_own_key, variables(MODE="fast"), with_own_key),
        (secrets.secret_in_variables, variables(DB_PASSWORD="hunter2"), variables(MODE="fast")),
    ],
)
def test_functions(twins: Any, rule: Any, bad: Make, good: Make) -> None:
    twins(rule, bad, good)


# -- what the emulator cannot hold: replies in AWS's shape ----------------------------------------

ARN = "arn:aws:lambda:eu-west-1:123456789012:"
FUNCTION = {"FunctionName": "f", "FunctionArn": f"{ARN}function:f", "Runtime": "python3.13"}
REPLIES: dict[str, Any] = {
    "lambda.list_functions": {"Functions": [FUNCTION]},
    "lambda.get_function_concurrency": {},
    "resourcegroupstaggingapi.get_resources": tagged(FUNCTION["FunctionArn"]),
    "lambda.list_code_signing_configs": {"CodeSigningConfigs": []},
    "lambda.list_functions_by_code_signing_config": {"FunctionArns": [FUNCTION["FunctionArn"]]},
}
SIGNING = {"CodeSigningConfigs": [{"CodeSigningConfigArn": f"{ARN}code-signing-config:csc-1"}]}


def said(rule: Any, readers: list[Any], replies: dict[str, Any]) -> list[str]:
    return [verdict.status for verdict in evaluate([rule], model_from(readers, replies))]


def of_functions(rule: Any, replies: dict[str, Any] | None = None, **members: Any) -> list[str]:
    listed = {"lambda.list_functions": {"Functions": [{**FUNCTION, **members}]}}
    return said(rule, [functions], {**REPLIES, **listed, **(replies or {})})


def test_a_function_as_aws_says_it() -> None:
    (found,) = model_from([functions], REPLIES).by_type["aws_lambda_function"]
    assert found.get("function_name") == "f"
    assert found.get("reserved_concurrent_executions") == -1
    assert found.get("tags") == {"team": "a"}
    assert found.get("dead_letter_config") is None
    assert found.data["id"] == "f"


def test_signed_code() -> None:
    """The emulator does not list signing configurations."""
    assert of_functions(operations.unsigned_code) == ["fail"]
    signed = {"lambda.list_code_signing_configs": SIGNING}
    assert of_functions(operations.unsigned_code, signed) == ["pass"]
    denied = {"lambda.list_code_signing_configs": refused("lambda:ListCodeSigningConfigs")}
    assert of_functions(operations.unsigned_code, denied) == ["undetermined"]


def test_layers() -> None:
    """The emulator takes layers that it has only."""
    layer = "arn:aws:lambda:eu-west-1:{}:layer:{}:1"
    own, foreign = layer.format("123456789012", "a"), layer.format("210987654321", "a")
    insights = layer.format("580247275435", "LambdaInsightsExtension")
    assert of_functions(operations.foreign_layer, Layers=[{"Arn": own}]) == ["pass"]
    assert of_functions(operations.foreign_layer, Layers=[{"Arn": foreign}]) == ["fail"]
    assert of_functions(logging.no_insights, Layers=[{"Arn": insights}]) == ["pass"]
    assert of_functions(logging.no_insights) == ["fail"]


def test_variables_that_could_not_be_decrypted_are_unknown() -> None:
    error = {"Error": {"ErrorCode": "AccessDeniedException", "Message": "kms:Decrypt"}}
    rule = secrets.secret_in_variables
    assert of_functions(rule, Environment=error) == ["undetermined"]
    assert of_functions(rule, Environment={"Variables": {"MODE": "fast"}}) == ["pass"]


@pytest.mark.parametrize(("auth", "status"), [("NONE", "fail"), ("AWS_IAM", "pass")])
def test_urls(auth: str, status: str) -> None:
    """The emulator does not list addresses; those of aliases count too."""
    url = {"FunctionArn": f"{ARN}function:f:live", "AuthType": auth}
    replies = {**REPLIES, "lambda.list_function_url_configs": {"FunctionUrlConfigs": [url]}}
    assert said(iam.url_for_anyone, [function_urls], replies) == [status]


@pytest.mark.parametrize(("origin", "status"), [("*", "fail"), ("https://a.example", "pass")])
def test_origins_of_urls(origin: str, status: str) -> None:
    url = {
        "FunctionArn": f"{ARN}function:f",
        "AuthType": "NONE",
        "Cors": {"AllowOrigins": [origin]},
    }
    replies = {**REPLIES, "lambda.list_function_url_configs": {"FunctionUrlConfigs": [url]}}
    assert said(network.every_web_page_may_call, [function_urls], replies) == [status]


def test_a_policy_that_may_not_be_read_is_undetermined() -> None:
    replies = {**REPLIES, "lambda.get_policy": refused("lambda:GetPolicy")}
    assert said(iam.function_for_anyone, [permissions], replies) == ["undetermined"]


def statement(**members: Any) -> str:
    allowed = {"Sid": "s", "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction"}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**allowed, **members}]})


def test_a_statement_as_a_permission() -> None:
    condition = {
        "StringEquals": {"AWS:SourceAccount": "123456789012"},
        "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"},
    }
    text = statement(Principal={"Service": "s3.amazonaws.com"}, Condition=condition)
    ((id, found),) = permissions_of("f", text)
    assert id == "s"
    assert found == {
        "action": "lambda:InvokeFunction",
        "function_name": "f",
        "principal": "s3.amazonaws.com",
        "qualifier": None,
        "statement_id": "s",
        "source_arn": "arn:aws:s3:::b",
        "source_account": "123456789012",
        "principal_org_id": None,
        "event_source_token": None,
        "function_url_auth_type": None,
    }


def test_a_condition_that_a_permission_cannot_say_leaves_its_source_open() -> None:
    text = statement(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})
    ((_, found),) = permissions_of("f", text)
    assert isinstance(found["source_arn"], Unknown)
    assert found["source_arn"].reason == "the statement has a condition IpAddress on aws:SourceIp"


def test_each_principal_is_a_permission_and_a_deny_is_none() -> None:
    text = statement(Principal={"AWS": ["1", "2"]})
    assert [(id, one["principal"]) for id, one in permissions_of("f", text)] == [
        ("s/0", "1"),
        ("s/1", "2"),
    ]
    assert list(permissions_of("f", statement(Effect="Deny"))) == []
