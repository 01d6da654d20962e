"""How APIs check and cache calls."""

from __future__ import annotations

from auditor.presence import is_absent
from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.apigateway import ApiStage, MethodSettings, settings_of
from auditor.services.apigateway_methods import ApiMethod
from auditor.values import some


@rule(
    "OPS-APIGW-CACHE-ENABLED",
    severity="low",
    on=ApiStage,
    family="operations",
    production=True,
    reads=(MethodSettings,),
    aliases={
        "checkov": "CKV_AWS_120 CKV_AWS_225",
        "trivy": "AWS-0190",
    },
)
def cache_without_use(stage: ApiStage) -> Finding | NotApplicable | None:
    """REST stages cache responses where intended.

    Why: the cache is paid for by the hour and no method uses it.
    Fix: set `caching_enabled = true` in the method settings, or `cache_cluster_enabled = false`.
    Source: API Gateway API, Stage.cacheClusterEnabled and MethodSetting.cachingEnabled; both
    false unless set. A stage without a cache cluster is not meant to cache.
    """
    if not stage.cache_cluster_enabled:
        return not_applicable("it is not meant to cache")
    if some(settings_of(stage), _caches):
        return None
    return stage.finding("has a cache that no method uses", at="cache_cluster_enabled")


@rule(
    "OPS-APIGW-REQUEST-VALIDATION",
    severity="low",
    on=ApiMethod,
    family="operations",
    aliases={
        "checkov": "CKV2_AWS_53",
    },
)
def calls_not_checked(method: ApiMethod) -> Finding | NotApplicable | None:
    """REST methods validate requests.

    Why: malformed calls reach the backend, which pays for them and may fall over them.
    Fix: set `request_validator_id` to an `aws_api_gateway_request_validator`.
    Source: API Gateway API, Method.requestValidatorId; none unless set.
    """
    if method.http_method == "OPTIONS":
        return not_applicable("OPTIONS has nothing to validate")
    if is_absent(method.request_validator_id):
        return method.finding("does not check calls", at="request_validator_id")
    return None


def _caches(settings: MethodSettings) -> bool:
    inner = settings.settings
    return inner is not None and inner.caching_enabled
