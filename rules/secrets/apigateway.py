"""Secrets in stage variables."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.resource import Finding
from auditor.rule import rule
from auditor.secret_values import entries_of, secrets_in
from auditor.services.apigateway import ApiStage
from auditor.services.apigatewayv2 import HttpApiStage


@rule(
    "SEC-APIGW-STAGE-VARIABLES",
    severity="high",
    on=(ApiStage, HttpApiStage),
    family="secrets",
    aliases={
        "prowler": "apigateway_restapi_no_secrets_in_stage_variables",
    },
)
def secret_in_stage_variables(stage: ApiStage | HttpApiStage) -> Iterator[Finding]:
    """Stage variables hold no secret.

    Why: everybody who may read the stage reads them, and they go into logs and backends' URLs.
    Fix: keep the secret in Secrets Manager and let the backend read it; change the secret: it has
    been read.
    Source: API Gateway API, Stage.variables (V2: StageVariables).
    """
    name = "variables" if isinstance(stage, ApiStage) else "stage_variables"
    for variable, kind in secrets_in(entries_of(stage.get(name))):
        yield Finding(
            f"has {kind} in the stage variable {variable}", stage, (name, variable), variable
        )
