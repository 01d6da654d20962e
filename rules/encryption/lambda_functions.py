"""Encryption of what Lambda keeps."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.kms import KmsAlias, KmsKey, is_aws_managed_key
from auditor.services.lambda_functions import LambdaFunction


@rule(
    "ENC-LAMBDA-ENV-CMK",
    severity="medium",
    on=LambdaFunction,
    family="encryption",
    reads=(KmsKey, KmsAlias),
    aliases={
        "checkov": "CKV_AWS_173",
        "prowler": "awslambda_function_env_vars_not_encrypted_with_cmk",
    },
)
def variables_without_own_key(function: LambdaFunction) -> Finding | NotApplicable | None:
    """Environment variables are encrypted with a customer managed key.

    Why: everybody who may read the function's configuration reads its variables; a key of your
    own adds a second permission that they need.
    Fix: set `kms_key_arn` to a key of your own, and let the function's role decrypt with it.
    Source: Lambda API, FunctionConfiguration.KMSKeyArn; `aws/lambda` unless set.
    """
    environment = function.environment
    if environment is None or not environment.variables:
        return not_applicable("it has no environment variables")
    if is_aws_managed_key(function, "kms_key_arn"):
        return function.finding("keeps its variables with an AWS managed key", at="kms_key_arn")
    return None
