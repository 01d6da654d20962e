"""From where APIs can be reached."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.apigateway import BasePathMapping, RestApi
from auditor.services.apigatewayv2 import ApiMapping, HttpApi
from auditor.values import any_of, some


@rule(
    "NET-APIGW-PRIVATE-ENDPOINT",
    severity="medium",
    on=RestApi,
    family="network",
    aliases={
        "prowler": "apigateway_restapi_public",
    },
)
def public_endpoint(api: RestApi, *, public: tuple[str, ...] = ()) -> Finding | None:
    """REST APIs have a private endpoint unless listed as public.

    Why: an API that was meant for one's own programs can be called from the internet.
    Fix: set `endpoint_configuration { types = ["PRIVATE"] }` with a VPC endpoint, or add the
    API's name to the parameter `public`.
    Source: API Gateway API, EndpointConfiguration.types; EDGE unless set.
    """
    if any_of(api.is_private, lambda: some(public, lambda name: api.name == name)):
        return None
    return api.finding("can be reached from the internet", at="endpoint_configuration")


@rule(
    "NET-APIGW-DEFAULT-ENDPOINT-DISABLED",
    severity="low",
    on=(RestApi, HttpApi),
    family="network",
    production=True,
    reads=(BasePathMapping, ApiMapping),
)
def second_address(api: RestApi | HttpApi) -> Finding | NotApplicable | None:
    """APIs with a custom domain disable the execute-api address.

    Why: callers reach the API past the domain's TLS policy, client certificates and web ACL.
    Fix: set `disable_execute_api_endpoint = true`.
    Source: API Gateway API, RestApi.disableExecuteApiEndpoint (V2: Api); false unless set.
    """
    if not any_of(
        lambda: some(api.related(BasePathMapping), lambda _: True),
        lambda: some(api.related(ApiMapping), lambda _: True),
    ):
        return not_applicable("it has no domain of its own")
    if not api.disable_execute_api_endpoint:
        return api.finding("can be reached past its domain", at="disable_execute_api_endpoint")
    return None


@rule(
    "NET-APIGW-V2-CORS",
    severity="medium",
    on=HttpApi,
    family="network",
)
def every_web_page_may_call(api: HttpApi) -> Finding | NotApplicable | None:
    """HTTP APIs do not allow every origin.

    Why: any web page can call the API from its visitors' browsers and read the answers.
    Fix: list the origins of your own pages in `cors_configuration.allow_origins`.
    Source: API Gateway V2 API, Cors.AllowOrigins; no cross-origin access unless set.
    """
    cors = api.cors_configuration
    if cors is None:
        return not_applicable("it allows no cross-origin access")
    if some(cors.allow_origins, lambda origin: origin == "*"):
        return cors.finding("answers web pages of every origin", at="allow_origins")
    return None
