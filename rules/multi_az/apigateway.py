"""How APIs stand up to too many calls."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.apigateway import ApiStage, MethodSettings, settings_of
from auditor.services.apigatewayv2 import HttpApiStage
from auditor.values import Unknown, matching


@rule(
    "HA-APIGW-THROTTLING",
    severity="low",
    on=(ApiStage, HttpApiStage),
    family="high-availability",
    production=True,
    reads=(MethodSettings,),
)
def no_limit(stage: ApiStage | HttpApiStage) -> Finding | None:
    """Stages limit their request rate.

    Why: one caller can use up the account's limit, and every API in it stops answering.
    Fix: set `throttling_rate_limit` and `throttling_burst_limit` in the method settings for
    `*/*` (HTTP APIs: `default_route_settings`).
    Source: API Gateway API, MethodSetting.throttlingRateLimit (-1: the account's limit) and
    V2 RouteSettings; usage plans limit callers with a key only.
    """
    if isinstance(stage, HttpApiStage):
        default = stage.default_route_settings
        if default is None:
            return stage.finding("has no limit of its own", at="default_route_settings")
        if _is_limit(default.throttling_rate_limit) and _is_limit(default.throttling_burst_limit):
            return None
        return default.finding("has no limit of its own", at="throttling_rate_limit")
    for settings in matching(settings_of(stage), lambda one: one.method_path == "*/*"):
        inner = settings.settings
        if inner is None:
            continue
        if _is_limit(inner.throttling_rate_limit) and _is_limit(inner.throttling_burst_limit):
            return None
        return inner.finding("has no limit of its own", at="throttling_rate_limit")
    return stage.finding("has no limit of its own")


def _is_limit(value: int | float | Unknown | None) -> bool:
    if isinstance(value, Unknown):
        value.undetermined()
    return value is not None and value > 0
