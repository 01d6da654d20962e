"""Availability of Lambda functions, and what becomes of events that they do not handle."""

from __future__ import annotations

from auditor.presence import is_absent
from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.lambda_functions import LambdaEventInvokeConfig, LambdaFunction
from auditor.services.vpc import DefaultSubnet, Subnet
from auditor.services.zones import in_one_zone
from auditor.values import any_of, some


@rule(
    "HA-LAMBDA-VPC-MULTI-AZ",
    severity="medium",
    on=LambdaFunction,
    family="high-availability",
    production=True,
    reads=(Subnet, DefaultSubnet),
    aliases={
        "prowler": "awslambda_function_vpc_multi_az",
    },
    frameworks={
        "fsbp": "Lambda.5",
        "nist-800-53-r5": "CP-6(2) CP-10 SC-5(2) SC-36 SI-13(5)",
    },
)
def function_in_one_zone(function: LambdaFunction) -> Finding | NotApplicable | None:
    """VPC functions use subnets of several zones.

    Why: when the zone fails, the function cannot run.
    Fix: list subnets of at least two zones in `vpc_config.subnet_ids`.
    Source: Lambda API, VpcConfig.SubnetIds; EC2 API, Subnet.AvailabilityZone.
    """
    vpc = function.vpc_config
    if vpc is None or not vpc.subnet_ids:
        return not_applicable("it runs outside of any VPC")
    if in_one_zone(vpc, "subnet_ids"):
        return vpc.finding("runs in one Availability Zone", at="subnet_ids")
    return None


@rule(
    "HA-LAMBDA-DLQ",
    severity="low",
    on=LambdaFunction,
    family="high-availability",
    production=True,
    reads=(LambdaEventInvokeConfig,),
    aliases={
        "checkov": "CKV_AWS_116",
        "prowler": "awslambda_function_no_dead_letter_queue",
    },
    frameworks={
        "nist-800-53-r5": "AU-12(3) AU-14 CA-2(2) CA-7 PM-14 PM-31 SC-36(1) SI-2",
    },
)
def lost_events(function: LambdaFunction) -> Finding | None:
    """Asynchronous functions have a dead letter target.

    Why: an event that fails three times is dropped without a trace.
    Fix: add `dead_letter_config` with a queue's ARN, or an
    `aws_lambda_function_event_invoke_config` with an `on_failure` destination.
    Source: Lambda API, DeadLetterConfig and DestinationConfig.OnFailure; none unless set.
    """
    if any_of(
        lambda: not is_absent(function.dead_letter_config),
        lambda: some(function.related(LambdaEventInvokeConfig), _keeps_failures),
    ):
        return None
    return function.finding("drops events that it cannot handle", at="dead_letter_config")


@rule(
    "HA-LAMBDA-CONCURRENCY",
    severity="low",
    on=LambdaFunction,
    family="high-availability",
    production=True,
    aliases={
        "checkov": "CKV_AWS_115",
    },
    frameworks={
        "nist-800-53-r5": "AU-12(3) AU-14 CA-7 PM-14 PM-31 SC-6",
    },
)
def unlimited_concurrency(function: LambdaFunction) -> Finding | None:
    """Functions have a reserved concurrency limit.

    Why: one function that is called too much takes the concurrency of all others in the account,
    and floods what it calls.
    Fix: set `reserved_concurrent_executions`.
    Source: Lambda API, PutFunctionConcurrency; provider default -1, no limit of its own.
    """
    limit = function.reserved_concurrent_executions
    if limit is None or limit < 0:
        return function.finding("has no limit of its own", at="reserved_concurrent_executions")
    return None


def _keeps_failures(config: LambdaEventInvokeConfig) -> bool:
    destinations = config.destination_config
    return destinations is not None and not is_absent(destinations.on_failure)
