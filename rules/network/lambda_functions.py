"""How Lambda functions reach networks, and are reached."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.lambda_access import LambdaFunctionUrl
from auditor.services.lambda_functions import LambdaFunction
from auditor.values import some


@rule(
    "NET-LAMBDA-IN-VPC",
    severity="low",
    on=LambdaFunction,
    family="network",
    aliases={
        "checkov": "CKV_AWS_117",
        "prowler": "awslambda_function_inside_vpc",
    },
    frameworks={
        "fsbp": "Lambda.3",
        "nist-800-53-r5": (
            "AC-3 AC-3(7) AC-4 AC-4(21) AC-6 AC-21 SC-7 SC-7(3) SC-7(4) SC-7(9) "
            "SC-7(11) SC-7(16) SC-7(20) SC-7(21)"
        ),
        "pci-dss-4": "1.2.8 1.3.1 1.3.2 1.4.2 1.5.1 A1.1.3",
    },
)
def outside_the_network(function: LambdaFunction) -> Finding | None:
    """Functions that reach private resources run in a VPC.

    Why: a function outside reaches the whole internet, past security groups and flow logs.
    Fix: add `vpc_config` with private subnets and a security group of its own. Waive it for
    functions that call AWS APIs only.
    Source: Lambda API, FunctionConfiguration.VpcConfig; outside any VPC unless set.
    """
    vpc = function.vpc_config
    if vpc is None or not vpc.subnet_ids:
        return function.finding("runs outside of any VPC", at="vpc_config")
    return None


@rule(
    "NET-LAMBDA-URL-CORS",
    severity="medium",
    on=LambdaFunctionUrl,
    family="network",
    aliases={
        "checkov": "CKV2_AWS_75",
        "prowler": "awslambda_function_url_cors_policy",
    },
)
def every_web_page_may_call(url: LambdaFunctionUrl) -> Finding | NotApplicable | None:
    """Function URLs do not allow every origin.

    Why: any web page can call the function from its visitors' browsers and read the answer.
    Fix: list the origins of your own pages in `cors.allow_origins`.
    Source: Lambda API, Cors.AllowOrigins; no cross-origin access unless set.
    """
    cors = url.cors
    if cors is None:
        return not_applicable("it allows no cross-origin access")
    if some(cors.allow_origins, lambda origin: origin == "*"):
        return cors.finding("answers web pages of every origin", at="allow_origins")
    return None
