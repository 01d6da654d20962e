"""Secrets in the environment of Lambda functions."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.resource import Finding
from auditor.rule import rule
from auditor.secret_values import entries_of, secrets_in
from auditor.services.lambda_functions import LambdaFunction


@rule(
    "SEC-LAMBDA-ENV-NO-SECRETS",
    severity="critical",
    on=LambdaFunction,
    family="secrets",
    aliases={
        "checkov": "CKV_AWS_45",
        "prowler": "awslambda_function_no_secrets_in_variables",
    },
)
def secret_in_variables(function: LambdaFunction) -> Iterator[Finding]:
    """Environment variables hold no secret.

    Why: everybody who may read the function's configuration reads them, and so does everybody
    who has the Terraform state.
    Fix: keep the secret in Secrets Manager or as a SecureString, give the function its name, read
    it when the function starts, and change the secret: it has been read.
    Source: Lambda Developer Guide, "Working with Lambda environment variables".
    """
    environment = function.environment
    if environment is None:
        return
    for name, kind in secrets_in(entries_of(environment.variables)):
        yield Finding(
            f"has {kind} in the variable {name}",
            function,
            (*environment.path, "variables", name),
            name,
        )
