"""AWS Lambda: functions, what invokes them, and how. Who may invoke them is in lambda_access.

Sources: Lambda API reference (ListFunctions, GetFunctionConcurrency, ListCodeSigningConfigs,
ListFunctionsByCodeSigningConfig, ListEventSourceMappings, ListFunctionEventInvokeConfigs), AWS
provider 5.100.0 documentation of the types below.

GetFunction would give tags and concurrency in one call, and with them a link to the function's
code: reading it is not asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, CallFailed, reader
from auditor.aws.tagging import TAGS, tags_at, tags_of
from auditor.resource import (
    Block,
    Bool,
    Link,
    Links,
    Node,
    Num,
    Resource,
    Str,
    StrMap,
    Strs,
)
from auditor.services.ecs import GROUPS, SUBNETS
from auditor.values import Unknown

FUNCTION = "aws_lambda_function"
KEYS = ("aws_kms_key", "aws_kms_alias")


class DeadLetter(Node):
    """Where events go that could not be handled."""

    target_arn = Link("aws_sqs_queue", "aws_sns_topic")


class Environment(Node):
    """Environment variables."""

    variables = StrMap()


class FileSystem(Node):
    """An EFS access point that is mounted."""

    arn = Str()
    local_mount_path = Str()


class Logging(Node):
    """Where the function logs to."""

    log_format = Str()
    log_group = Link("aws_cloudwatch_log_group", by=("name",), computed=True)
    application_log_level = Str()
    system_log_level = Str()


class Tracing(Node):
    """Whether requests are traced: `Active`, or as the caller says (`PassThrough`)."""

    mode = Str()


class Vpc(Node):
    """The network that the function is in."""

    ipv6_allowed_for_dual_stack = Bool(default=False)
    security_group_ids = Links(*GROUPS)
    subnet_ids = Links(*SUBNETS)


class LambdaFunction(Resource, tf="aws_lambda_function"):
    """A function."""

    identity = ("function_name",)
    architectures = Strs()
    arn = Str(computed=True)
    code_signing_config_arn = Link("aws_lambda_code_signing_config")
    dead_letter_config = Block(DeadLetter)
    description = Str()
    environment = Block(Environment)
    file_system_config = Block(FileSystem)
    function_name = Str()
    handler = Str()
    image_uri = Str()
    kms_key_arn = Link(*KEYS)
    layers = Strs()
    logging_config = Block(Logging)
    memory_size = Num(default=128)
    package_type = Str(default="Zip")
    reserved_concurrent_executions = Num(default=-1)
    role = Link("aws_iam_role")
    runtime = Str()
    tags = StrMap()
    timeout = Num(default=3)
    tracing_config = Block(Tracing)
    vpc_config = Block(Vpc)


class Publishers(Node):
    """Whose signature counts."""

    signing_profile_version_arns = Strs(unordered=True)


class SigningPolicies(Node):
    """What becomes of unsigned code: `Enforce` refuses it, `Warn` logs."""

    untrusted_artifact_on_deployment = Str(default="Warn")


class LambdaCodeSigningConfig(Resource, tf="aws_lambda_code_signing_config"):
    """Which code may be deployed."""

    allowed_publishers = Block(Publishers)
    arn = Str(computed=True)
    description = Str()
    policies = Block(SigningPolicies)


class Destination(Node):
    """Where the record of an invocation goes."""

    destination = Str()


class Destinations(Node):
    """Where records of failed and of successful invocations go."""

    on_failure = Block(Destination)
    on_success = Block(Destination)


class LambdaEventInvokeConfig(Resource, tf="aws_lambda_function_event_invoke_config"):
    """How asynchronous invocations are handled."""

    destination_config = Block(Destinations)
    function_name = Link(FUNCTION, by=("function_name", "qualified_arn"))
    maximum_event_age_in_seconds = Num()
    maximum_retry_attempts = Num(default=2)
    qualifier = Str()


class MappingFailure(Node):
    """Where batches go that could not be handled."""

    destination_arn = Str()


class MappingDestinations(Node):
    """Where batches go that could not be handled."""

    on_failure = Block(MappingFailure)


class MappingScaling(Node):
    """How many instances a queue may start."""

    maximum_concurrency = Num()


class LambdaEventSourceMapping(Resource, tf="aws_lambda_event_source_mapping"):
    """A queue or stream whose records invoke a function."""

    identity = ("event_source_arn", "function_name")
    batch_size = Num(computed=True)
    bisect_batch_on_function_error = Bool(default=False)
    destination_config = Block(MappingDestinations)
    enabled = Bool(default=True)
    event_source_arn = Link("aws_sqs_queue", "aws_dynamodb_table", "aws_kinesis_stream")
    function_name = Link(FUNCTION, by=("function_name",))
    function_response_types = Strs(unordered=True)
    kms_key_arn = Link(*KEYS)
    maximum_batching_window_in_seconds = Num()
    maximum_record_age_in_seconds = Num(computed=True)
    maximum_retry_attempts = Num(computed=True)
    parallelization_factor = Num(computed=True)
    queues = Strs()
    scaling_config = Block(MappingScaling)
    starting_position = Str()
    tags = StrMap()
    topics = Strs(unordered=True)
    tumbling_window_in_seconds = Num()


class LambdaLayerVersion(Resource, tf="aws_lambda_layer_version"):
    """A version of a layer of one's own (code only: functions name layers by ARN)."""

    arn = Str(computed=True)
    layer_name = Str()


# -- live ----------------------------------------------------------------------------------------


@reader(
    yields=(LambdaFunction,),
    calls=(
        "lambda.list_functions",
        "lambda.get_function_concurrency",
        TAGS,
        "lambda.list_code_signing_configs",
        "lambda.list_functions_by_code_signing_config",
    ),
    details={TAGS: ("tags",)},
)
def functions(aws: Aws) -> Iterator[Resource]:
    """Functions; which of them are signed is asked by signing configuration, as these are few."""
    signed: Any = None
    tags = tags_of(aws, "lambda")

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        name = item["FunctionName"]
        concurrency = aws.ask("lambda.get_function_concurrency", FunctionName=name)
        yield aws.resource(
            LambdaFunction,
            name,
            {
                **_function(item),
                "code_signing_config_arn": signed
                if isinstance(signed, Unknown)
                else signed.get(item["FunctionArn"]),
                "reserved_concurrent_executions": concurrency
                if isinstance(concurrency, Unknown)
                else concurrency.get("ReservedConcurrentExecutions", -1),
                "tags": tags_at(tags, item["FunctionArn"]),
            },
        )

    found = aws.list("lambda.list_functions", "Functions")
    signed = _signed(aws)
    yield from aws.parallel(read, found)


def _signed(aws: Aws) -> Any:
    """Function ARN → its signing configuration; an `Unknown` when a call failed."""
    table: dict[str, str] = {}
    try:
        for config in aws.list("lambda.list_code_signing_configs", "CodeSigningConfigs"):
            arn = config["CodeSigningConfigArn"]
            for function in aws.list(
                "lambda.list_functions_by_code_signing_config",
                "FunctionArns",
                CodeSigningConfigArn=arn,
            ):
                table[function] = arn
    except CallFailed as failed:
        return failed.unknown
    return table


def _function(item: Mapping[str, Any]) -> dict[str, Any]:
    vpc = item.get("VpcConfig", {})
    return {
        "architectures": item.get("Architectures", ["x86_64"]),
        "arn": item["FunctionArn"],
        "dead_letter_config": _one(item.get("DeadLetterConfig"), target_arn="TargetArn"),
        "description": item.get("Description"),
        "environment": _environment(item.get("Environment")),
        "file_system_config": [
            {"arn": one.get("Arn"), "local_mount_path": one.get("LocalMountPath")}
            for one in item.get("FileSystemConfigs", [])
        ],
        "function_name": item["FunctionName"],
        "handler": item.get("Handler"),
        # Which image it was made of is only said with a link to the code.
        "image_uri": None,
        "kms_key_arn": item.get("KMSKeyArn"),
        "layers": [layer["Arn"] for layer in item.get("Layers", [])],
        "logging_config": _one(
            item.get("LoggingConfig"),
            log_format="LogFormat",
            log_group="LogGroup",
            application_log_level="ApplicationLogLevel",
            system_log_level="SystemLogLevel",
        ),
        "memory_size": item.get("MemorySize"),
        "package_type": item.get("PackageType"),
        "role": item.get("Role"),
        "runtime": item.get("Runtime"),
        "timeout": item.get("Timeout"),
        "tracing_config": _one(item.get("TracingConfig"), mode="Mode"),
        # After a function has left its network, empty lists stay behind.
        "vpc_config": [
            {
                "ipv6_allowed_for_dual_stack": vpc.get("Ipv6AllowedForDualStack", False),
                "security_group_ids": vpc.get("SecurityGroupIds", []),
                "subnet_ids": vpc["SubnetIds"],
            }
        ]
        if vpc.get("SubnetIds")
        else [],
    }


def _one(item: Mapping[str, Any] | None, **names: str) -> list[dict[str, Any]]:
    """A block of Terraform names ← AWS names, or none."""
    return [{ours: item.get(theirs) for ours, theirs in names.items()}] if item else []


def _environment(item: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The variables; unknown where the caller may not decrypt them."""
    if not item:
        return []
    error = item.get("Error")
    if error:
        message = error.get("Message") or error.get("ErrorCode") or "the reply has an error"
        because = f"the environment variables could not be decrypted: {message}"
        return [{"variables": Unknown(because=because)}]
    return [{"variables": dict(item.get("Variables", {}))}] if item.get("Variables") else []


@reader(yields=(LambdaCodeSigningConfig,), calls=("lambda.list_code_signing_configs",))
def code_signing_configs(aws: Aws) -> Iterator[Resource]:
    """Signing configurations."""
    for item in aws.list("lambda.list_code_signing_configs", "CodeSigningConfigs"):
        publishers = item.get("AllowedPublishers", {}).get("SigningProfileVersionArns", [])
        yield aws.resource(
            LambdaCodeSigningConfig,
            item["CodeSigningConfigArn"],
            {
                "arn": item["CodeSigningConfigArn"],
                "description": item.get("Description"),
                "allowed_publishers": [{"signing_profile_version_arns": publishers}],
                "policies": _one(
                    item.get("CodeSigningPolicies"),
                    untrusted_artifact_on_deployment="UntrustedArtifactOnDeployment",
                ),
            },
        )


@reader(
    yields=(LambdaEventInvokeConfig,),
    calls=("lambda.list_functions", "lambda.list_function_event_invoke_configs"),
)
def event_invoke_configs(aws: Aws) -> Iterator[Resource]:
    """How asynchronous invocations are handled, of functions, versions and aliases."""

    def read(function: Mapping[str, Any]) -> Iterator[Resource]:
        name = function["FunctionName"]
        for item in aws.list(
            "lambda.list_function_event_invoke_configs",
            "FunctionEventInvokeConfigs",
            FunctionName=name,
        ):
            qualifier = item["FunctionArn"].split(":")[7:]
            unqualified = not qualifier or qualifier == ["$LATEST"]
            yield aws.resource(
                LambdaEventInvokeConfig,
                name if unqualified else f"{name}:{qualifier[0]}",
                {
                    "function_name": name,
                    "qualifier": None if unqualified else qualifier[0],
                    "destination_config": _destinations(item.get("DestinationConfig")),
                    "maximum_event_age_in_seconds": item.get("MaximumEventAgeInSeconds"),
                    "maximum_retry_attempts": item.get("MaximumRetryAttempts"),
                },
            )

    yield from aws.parallel(read, aws.list("lambda.list_functions", "Functions"))


def _destinations(item: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    if not item:
        return []
    return [
        {
            "on_failure": _one(item.get("OnFailure"), destination="Destination"),
            "on_success": _one(item.get("OnSuccess"), destination="Destination"),
        }
    ]


@reader(yields=(LambdaEventSourceMapping,), calls=("lambda.list_event_source_mappings",))
def event_source_mappings(aws: Aws) -> Iterator[Resource]:
    """Queues and streams that invoke functions."""
    for item in aws.list("lambda.list_event_source_mappings", "EventSourceMappings"):
        yield aws.resource(LambdaEventSourceMapping, item["UUID"], _mapping(item))


def _mapping(item: Mapping[str, Any]) -> dict[str, Any]:
    failure = item.get("DestinationConfig", {}).get("OnFailure")
    return {
        "arn": item.get("EventSourceMappingArn"),
        "batch_size": item.get("BatchSize"),
        "bisect_batch_on_function_error": item.get("BisectBatchOnFunctionError", False),
        "destination_config": [{"on_failure": _one(failure, destination_arn="Destination")}]
        if failure
        else [],
        "enabled": item.get("State") in ("Enabled", "Enabling", "Creating", "Updating", None),
        "event_source_arn": item.get("EventSourceArn"),
        "function_name": item.get("FunctionArn"),
        "function_response_types": item.get("FunctionResponseTypes", []),
        "kms_key_arn": item.get("KMSKeyArn"),
        "maximum_batching_window_in_seconds": item.get("MaximumBatchingWindowInSeconds"),
        "maximum_record_age_in_seconds": item.get("MaximumRecordAgeInSeconds"),
        "maximum_retry_attempts": item.get("MaximumRetryAttempts"),
        "parallelization_factor": item.get("ParallelizationFactor"),
        "queues": item.get("Queues", []),
        "scaling_config": _one(item.get("ScalingConfig"), maximum_concurrency="MaximumConcurrency"),
        "starting_position": item.get("StartingPosition"),
        # ListEventSourceMappings has no tags.
        "tags": Unknown(because="tags of event source mappings are not read"),
        "topics": item.get("Topics", []),
        "tumbling_window_in_seconds": item.get("TumblingWindowInSeconds"),
    }
