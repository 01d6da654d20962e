"""What API Gateway logs: calls, their handling, and not their content."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.presence import is_absent
from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.apigateway import ApiStage, MethodSettings, settings_of
from auditor.services.apigatewayv2 import HttpApi, HttpApiStage
from auditor.values import Undetermined, matching


@rule(
    "LOG-APIGW-EXECUTION-LOGS",
    severity="medium",
    on=(ApiStage, HttpApiStage),
    family="logging",
    reads=(MethodSettings, HttpApi),
    aliases={
        "checkov": "CKV2_AWS_4",
        "prowler": "apigateway_restapi_logging_enabled",
    },
    frameworks={
        "fsbp": "APIGateway.1",
        "nist-800-53-r5": "AC-4(26) AU-2 AU-3 AU-6(3) AU-6(4) AU-10 AU-12 CA-7 SC-7(9) SI-7(8)",
        "pci-dss-4": (
            "5.3.4 10.2.1 10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 10.2.1.5 10.2.1.6 "
            "10.2.1.7 10.2.2 10.3.1 10.6.3 A1.2.1"
        ),
    },
)
def handling_not_logged(stage: ApiStage | HttpApiStage) -> Finding | NotApplicable | None:
    """REST and WebSocket stages have execution logging.

    Why: why a call failed, and which authorizer let it in, cannot be told.
    Fix: add `aws_api_gateway_method_settings` with `method_path = "*/*"` and
    `settings { logging_level = "ERROR" }` (WebSocket: `default_route_settings`).
    Source: API Gateway API, Stage.methodSettings: loggingLevel, and V2 RouteSettings.LoggingLevel;
    OFF unless set. HTTP APIs have no execution logs.
    """
    if isinstance(stage, HttpApiStage):
        return _websocket_not_logged(stage)
    for settings in matching(settings_of(stage), lambda one: one.method_path == "*/*"):
        inner = settings.settings
        if inner is not None and inner.logging_level not in ("ERROR", "INFO"):
            return inner.finding("does not log how calls are handled", at="logging_level")
        return None
    return stage.finding("does not log how calls are handled")


@rule(
    "LOG-APIGW-ACCESS-LOGS",
    severity="medium",
    on=(ApiStage, HttpApiStage),
    family="logging",
    aliases={
        "checkov": "CKV_AWS_76",
        "trivy": "AWS-0001 AWS-0113 AWS-0116",
        "prowler": "apigatewayv2_api_access_logging_enabled",
    },
    frameworks={
        "fsbp": "APIGateway.9",
        "nist-800-53-r5": "AC-4(26) AU-2 AU-3 AU-6(3) AU-6(4) AU-10 AU-12 CA-7 SC-7(9) SI-7(8)",
        "pci-dss-4": (
            "5.3.4 10.2.1 10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 10.2.1.5 10.2.1.6 "
            "10.2.1.7 10.2.2 10.3.1 10.6.3 A1.2.1"
        ),
    },
)
def calls_not_logged(stage: ApiStage | HttpApiStage) -> Finding | None:
    """Stages write access logs.

    Why: who called what, and when, cannot be told afterwards.
    Fix: add `access_log_settings` with a log group's ARN and a format.
    Source: API Gateway API, Stage.accessLogSettings (V2: AccessLogSettings); none unless set.
    """
    if is_absent(stage.access_log_settings):
        return stage.finding("does not log who calls it", at="access_log_settings")
    return None


@rule(
    "LOG-APIGW-XRAY",
    severity="low",
    on=ApiStage,
    family="logging",
    aliases={
        "checkov": "CKV_AWS_73",
        "trivy": "AWS-0003 AWS-0111",
        "prowler": "apigateway_restapi_tracing_enabled",
    },
    frameworks={
        "fsbp": "APIGateway.3",
        "nist-800-53-r5": "CA-7",
        "pci-dss-4": (
            "5.3.4 10.2.1 10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 10.2.1.5 10.2.1.6 "
            "10.2.1.7 10.2.2 10.3.1 10.4.1 10.4.1.1 10.4.2 10.6.3 10.7.1 10.7.2 "
            "A1.2.1 A3.3.1 A3.5.1"
        ),
    },
)
def calls_not_traced(stage: ApiStage) -> Finding | None:
    """REST stages have tracing.

    Why: where a call failed or was slow cannot be told.
    Fix: set `xray_tracing_enabled = true`.
    Source: API Gateway API, Stage.tracingEnabled; provider default false.
    """
    if not stage.xray_tracing_enabled:
        return stage.finding("is not traced", at="xray_tracing_enabled")
    return None


@rule(
    "LOG-APIGW-NO-DATA-TRACE",
    severity="medium",
    on=(MethodSettings, HttpApiStage),
    family="logging",
    aliases={
        "checkov": "CKV_AWS_276",
    },
)
def content_logged(judged: MethodSettings | HttpApiStage) -> Iterator[Finding]:
    """Full request and response logging is off.

    Why: tokens, passwords and personal data of callers stand in the log group in the clear.
    Fix: set `data_trace_enabled = false`.
    Source: API Gateway API, MethodSetting.dataTraceEnabled (V2: RouteSettings.DataTraceEnabled);
    false unless set.
    """
    if isinstance(judged, MethodSettings):
        inner = judged.settings
        if inner is not None and inner.data_trace_enabled:
            yield inner.finding("logs the content of calls", at="data_trace_enabled")
        return
    default = judged.default_route_settings
    doubt: Undetermined | None = None
    try:
        if default is not None and default.data_trace_enabled:
            yield default.finding("logs the content of calls", at="data_trace_enabled")
    except Undetermined as open_end:
        doubt = open_end
    for route in matching(judged.route_settings, lambda one: one.data_trace_enabled):
        yield route.finding(
            f"logs the content of calls to {route.route_key}",
            at="data_trace_enabled",
            key=f"{route.route_key}",
        )
    if doubt is not None:
        raise doubt


def _websocket_not_logged(stage: HttpApiStage) -> Finding | NotApplicable | None:
    api: HttpApi = stage.follow("api_id")
    if api.protocol_type != "WEBSOCKET":
        return not_applicable("HTTP APIs have no execution logs")
    default = stage.default_route_settings
    if default is None:
        return stage.finding("does not log how calls are handled", at="default_route_settings")
    if default.logging_level not in ("ERROR", "INFO"):
        return default.finding("does not log how calls are handled", at="logging_level")
    return None
