"""Who may call APIs."""

from __future__ import annotations

from auditor.policy import Policy
from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.apigateway import RestApi, RestApiPolicy
from auditor.services.apigateway_methods import ApiAuthorizer, ApiMethod
from auditor.services.apigatewayv2 import HttpApi, HttpRoute
from auditor.values import Unknown, any_of, some, starts_with


@rule(
    "IAM-APIGW-V2-ROUTE-AUTH",
    severity="medium",
    on=HttpRoute,
    family="iam",
    reads=(HttpApi,),
    aliases={
        "checkov": "CKV_AWS_309",
        "prowler": "apigatewayv2_api_authorizers_enabled",
    },
    frameworks={
        "fsbp": "APIGateway.8",
        "nist-800-53-r5": "AC-3 CM-2 CM-2(2)",
        "pci-dss-4": "1.2.8 1.3.1 1.3.2 1.4.1 1.4.2 1.4.4 1.5.1 A1.1.3",
    },
)
def route_for_anyone(route: HttpRoute) -> Finding | NotApplicable | None:
    """HTTP and WebSocket routes name an authorisation type.

    Why: anyone on the internet can call the route.
    Fix: set `authorization_type` to `JWT`, `CUSTOM` (both with `authorizer_id`) or `AWS_IAM`.
    Source: API Gateway V2 API, Route.AuthorizationType; NONE unless set. Of a WebSocket API only
    `$connect` is authorised; browsers ask `OPTIONS` without credentials.
    """
    if route.authorization_type in ("AWS_IAM", "CUSTOM", "JWT"):
        return None
    if starts_with(route.route_key, "OPTIONS "):
        return not_applicable("browsers ask OPTIONS without credentials")
    if _is_inside_connection(route):
        return not_applicable("a WebSocket API authorises $connect only")
    return route.finding("can be called by anyone", at="authorization_type")


@rule(
    "IAM-APIGW-METHOD-AUTH",
    severity="medium",
    on=ApiMethod,
    family="iam",
    reads=(RestApi, RestApiPolicy),
    aliases={
        "checkov": "CKV_AWS_59 CKV2_AWS_70",
        "trivy": "AWS-0004",
        "prowler": "apigateway_restapi_authorizers_enabled",
    },
)
def method_for_anyone(method: ApiMethod) -> Finding | NotApplicable | None:
    """REST methods require authorisation or an API key.

    Why: anyone on the internet can call the method.
    Fix: set `authorization` to `COGNITO_USER_POOLS` or `CUSTOM` (both with `authorizer_id`) or
    to `AWS_IAM`.
    Source: API Gateway API, Method.authorizationType and .apiKeyRequired; a resource policy that
    admits named callers only counts as well.
    """
    if method.http_method == "OPTIONS":
        return not_applicable("browsers ask OPTIONS without credentials")
    if any_of(lambda: method.authorization != "NONE", lambda: method.api_key_required):
        return None
    api: RestApi = method.follow("rest_api_id")
    for attached in api.related(RestApiPolicy):
        if not some(Policy.parse(attached.policy).public_statements(), lambda _: True):
            return None
    return method.finding("can be called by anyone", at="authorization")


@rule(
    "IAM-APIGW-PUBLIC-WITH-AUTHORIZER",
    severity="medium",
    on=RestApi,
    family="iam",
    reads=(ApiAuthorizer, ApiMethod),
    aliases={
        "prowler": "apigateway_restapi_public_with_authorizer",
    },
)
def public_without_authorizer(api: RestApi) -> Finding | NotApplicable | None:
    """Public REST APIs have an authorizer.

    Why: without one nobody is asked who they are.
    Fix: add an `aws_api_gateway_authorizer` and name it in the methods.
    Source: API Gateway API, GetAuthorizers; an API whose methods ask for IAM signatures needs
    none.
    """
    if api.is_private():
        return not_applicable("it can be reached from VPC endpoints only")
    if some(api.related(ApiAuthorizer), lambda _: True):
        return None
    if some(api.related(ApiMethod), lambda method: method.authorization == "AWS_IAM"):
        return None
    if api.body is not None:
        _open_document()
    return api.finding("is public and has no authorizer")


def _is_inside_connection(route: HttpRoute) -> bool:
    """Whether it is a route of a WebSocket API after `$connect`."""
    key = route.route_key
    if key == "$connect" or (isinstance(key, str) and " " in key):
        return False
    if key == "$disconnect":
        return True
    api: HttpApi = route.follow("api_id")
    return api.protocol_type == "WEBSOCKET"


def _open_document() -> None:
    Unknown(because="its OpenAPI document may have authorizers").undetermined()
