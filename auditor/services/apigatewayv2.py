"""Amazon API Gateway, HTTP and WebSocket APIs.

Sources: API Gateway V2 API reference (GetApis, GetStages, GetRoutes, GetIntegrations,
GetAuthorizers, GetDomainNames, GetApiMappings), AWS provider 5.100.0 documentation of the types
below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader
from auditor.resource import (
    Block,
    Blocks,
    Bool,
    Link,
    Node,
    Num,
    Resource,
    Str,
    StrMap,
    Strs,
)
from auditor.services.apigateway import AccessLog, MutualTls, arn_of

API = "aws_apigatewayv2_api"


class CorsConfiguration(Node):
    """Which web pages may call the API."""

    allow_credentials = Bool(default=False)
    allow_headers = Strs(unordered=True)
    allow_methods = Strs(unordered=True)
    allow_origins = Strs(unordered=True)
    expose_headers = Strs(unordered=True)
    max_age = Num()


class HttpApi(Resource, tf=API):
    """An HTTP or WebSocket API."""

    identity = ("name",)
    api_endpoint = Str(computed=True)
    arn = Str(computed=True)
    cors_configuration = Block(CorsConfiguration)
    description = Str()
    disable_execute_api_endpoint = Bool(default=False)
    execution_arn = Str(computed=True)
    name = Str()
    protocol_type = Str()
    route_selection_expression = Str(default="$request.method $request.path")
    tags = StrMap()
    version = Str()


class RouteSettings(Node):
    """What holds for routes. Logging and tracing of data are for WebSocket APIs."""

    data_trace_enabled = Bool(default=False)
    detailed_metrics_enabled = Bool(default=False)
    logging_level = Str(default="OFF")
    route_key = Str()
    throttling_burst_limit = Num()
    throttling_rate_limit = Num()


class HttpApiStage(Resource, tf="aws_apigatewayv2_stage"):
    """A stage."""

    identity = ("api_id", "name")
    access_log_settings = Block(AccessLog)
    api_id = Link(API)
    arn = Str(computed=True)
    auto_deploy = Bool(default=False)
    client_certificate_id = Str()
    default_route_settings = Block(RouteSettings)
    deployment_id = Str(computed=True)
    description = Str()
    name = Str()
    route_settings = Blocks(RouteSettings, unordered=True)
    stage_variables = StrMap()
    tags = StrMap()


class HttpRoute(Resource, tf="aws_apigatewayv2_route"):
    """A route: `GET /pets`, `$default`, `$connect`."""

    identity = ("api_id", "route_key")
    api_id = Link(API)
    api_key_required = Bool(default=False)
    authorization_scopes = Strs(unordered=True)
    authorization_type = Str(default="NONE")
    authorizer_id = Link("aws_apigatewayv2_authorizer")
    operation_name = Str()
    route_key = Str()
    target = Str()


class HttpIntegrationTls(Node):
    """The name that the backend's certificate must have."""

    server_name_to_verify = Str()


class HttpIntegration(Resource, tf="aws_apigatewayv2_integration"):
    """What a route calls."""

    api_id = Link(API)
    connection_id = Str()
    connection_type = Str(default="INTERNET")
    credentials_arn = Link("aws_iam_role")
    description = Str()
    integration_method = Str()
    integration_subtype = Str()
    integration_type = Str()
    integration_uri = Str()
    payload_format_version = Str(default="1.0")
    timeout_milliseconds = Num(computed=True)
    tls_config = Block(HttpIntegrationTls)


class JwtConfiguration(Node):
    """Whose tokens count, and for whom they must be."""

    audience = Strs(unordered=True)
    issuer = Str()


class HttpAuthorizer(Resource, tf="aws_apigatewayv2_authorizer"):
    """Who decides whether a caller may call: `JWT` or `REQUEST`."""

    identity = ("api_id", "name")
    api_id = Link(API)
    authorizer_type = Str()
    authorizer_uri = Str()
    identity_sources = Strs(unordered=True)
    jwt_configuration = Block(JwtConfiguration)
    name = Str()


class DomainConfiguration(Node):
    """Certificate and TLS policy of a domain."""

    certificate_arn = Link("aws_acm_certificate", "aws_acm_certificate_validation")
    endpoint_type = Str()
    security_policy = Str()


class HttpDomainName(Resource, tf="aws_apigatewayv2_domain_name"):
    """A domain of one's own (live ones are read as `aws_api_gateway_domain_name`)."""

    identity = ("domain_name",)
    arn = Str(computed=True)
    domain_name = Str()
    domain_name_configuration = Block(DomainConfiguration)
    mutual_tls_authentication = Block(MutualTls)
    tags = StrMap()


class ApiMapping(Resource, tf="aws_apigatewayv2_api_mapping"):
    """Which API answers under a path of a domain (live: HTTP APIs; others are BasePathMappings)."""

    api_id = Link(API, "aws_api_gateway_rest_api")
    api_mapping_key = Str()
    domain_name = Link(
        "aws_apigatewayv2_domain_name", "aws_api_gateway_domain_name", by=("domain_name",)
    )
    stage = Str()


# -- live ----------------------------------------------------------------------------------------


@reader(yields=(HttpApi,), calls=("apigatewayv2.get_apis",))
def http_apis(aws: Aws) -> Iterator[Resource]:
    """HTTP and WebSocket APIs."""
    for item in aws.list("apigatewayv2.get_apis", "Items"):
        id = item["ApiId"]
        cors = item.get("CorsConfiguration")
        yield aws.resource(
            HttpApi,
            id,
            {
                "api_endpoint": item.get("ApiEndpoint"),
                "arn": arn_of(aws, f"/apis/{id}"),
                "cors_configuration": [_cors(cors)] if cors else [],
                "description": item.get("Description"),
                "disable_execute_api_endpoint": item.get("DisableExecuteApiEndpoint", False),
                "execution_arn": (
                    f"arn:{aws.partition}:execute-api:{aws.region}:{aws.account_id}:{id}"
                ),
                "name": item.get("Name"),
                "protocol_type": item.get("ProtocolType"),
                "route_selection_expression": item.get("RouteSelectionExpression"),
                "tags": dict(item.get("Tags", {})),
                "version": item.get("Version"),
            },
        )


def _cors(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "allow_credentials": item.get("AllowCredentials", False),
        "allow_headers": item.get("AllowHeaders", []),
        "allow_methods": item.get("AllowMethods", []),
        "allow_origins": item.get("AllowOrigins", []),
        "expose_headers": item.get("ExposeHeaders", []),
        "max_age": item.get("MaxAge"),
    }


Attributes = Callable[[Mapping[str, Any], str], dict[str, Any]]


def _of_each_api(
    aws: Aws, call: str, cls: type[Resource], key: str, attributes: Attributes
) -> Iterator[Resource]:
    """The resources that a call lists for each API; `key` holds the last part of their id."""

    def read(api: Mapping[str, Any]) -> Iterator[Resource]:
        for item in aws.list(call, "Items", ApiId=api["ApiId"]):
            yield aws.resource(cls, f"{api['ApiId']}/{item[key]}", attributes(item, api["ApiId"]))

    yield from aws.parallel(read, aws.list("apigatewayv2.get_apis", "Items"))


@reader(yields=(HttpApiStage,), calls=("apigatewayv2.get_apis", "apigatewayv2.get_stages"))
def http_stages(aws: Aws) -> Iterator[Resource]:
    """Stages."""

    def attributes(item: Mapping[str, Any], api: str) -> dict[str, Any]:
        arn = arn_of(aws, f"/apis/{api}/stages/{item['StageName']}")
        return {**_stage(item), "api_id": api, "arn": arn}

    yield from _of_each_api(aws, "apigatewayv2.get_stages", HttpApiStage, "StageName", attributes)


def _stage(item: Mapping[str, Any]) -> dict[str, Any]:
    log = item.get("AccessLogSettings") or {}
    default = item.get("DefaultRouteSettings")
    return {
        "access_log_settings": [
            {"destination_arn": log["DestinationArn"], "format": log.get("Format")}
        ]
        if log.get("DestinationArn")
        else [],
        "auto_deploy": item.get("AutoDeploy", False),
        "client_certificate_id": item.get("ClientCertificateId"),
        "default_route_settings": [_route_settings(default, None)] if default else [],
        "deployment_id": item.get("DeploymentId"),
        "description": item.get("Description"),
        "name": item["StageName"],
        "route_settings": [
            _route_settings(settings, key)
            for key, settings in (item.get("RouteSettings") or {}).items()
        ],
        "stage_variables": dict(item.get("StageVariables") or {}),
        "tags": dict(item.get("Tags") or {}),
    }


def _route_settings(item: Mapping[str, Any], key: str | None) -> dict[str, Any]:
    return {
        "data_trace_enabled": item.get("DataTraceEnabled", False),
        "detailed_metrics_enabled": item.get("DetailedMetricsEnabled", False),
        "logging_level": item.get("LoggingLevel") or "OFF",
        "route_key": key,
        "throttling_burst_limit": item.get("ThrottlingBurstLimit"),
        "throttling_rate_limit": item.get("ThrottlingRateLimit"),
    }


@reader(yields=(HttpRoute,), calls=("apigatewayv2.get_apis", "apigatewayv2.get_routes"))
def http_routes(aws: Aws) -> Iterator[Resource]:
    """Routes."""
    yield from _of_each_api(aws, "apigatewayv2.get_routes", HttpRoute, "RouteId", _route)


def _route(item: Mapping[str, Any], api: str) -> dict[str, Any]:
    return {
        "api_id": api,
        "api_key_required": item.get("ApiKeyRequired", False),
        "authorization_scopes": item.get("AuthorizationScopes", []),
        "authorization_type": item.get("AuthorizationType"),
        "authorizer_id": item.get("AuthorizerId"),
        "operation_name": item.get("OperationName"),
        "route_key": item.get("RouteKey"),
        "target": item.get("Target"),
    }


@reader(yields=(HttpIntegration,), calls=("apigatewayv2.get_apis", "apigatewayv2.get_integrations"))
def http_integrations(aws: Aws) -> Iterator[Resource]:
    """Integrations."""
    yield from _of_each_api(
        aws, "apigatewayv2.get_integrations", HttpIntegration, "IntegrationId", _integration
    )


def _integration(item: Mapping[str, Any], api: str) -> dict[str, Any]:
    tls = item.get("TlsConfig")
    return {
        "api_id": api,
        "connection_id": item.get("ConnectionId"),
        "connection_type": item.get("ConnectionType"),
        "credentials_arn": item.get("CredentialsArn"),
        "description": item.get("Description"),
        "integration_method": item.get("IntegrationMethod"),
        "integration_subtype": item.get("IntegrationSubtype"),
        "integration_type": item.get("IntegrationType"),
        "integration_uri": item.get("IntegrationUri"),
        "payload_format_version": item.get("PayloadFormatVersion"),
        "timeout_milliseconds": item.get("TimeoutInMillis"),
        "tls_config": [{"server_name_to_verify": tls.get("ServerNameToVerify")}] if tls else [],
    }


@reader(yields=(HttpAuthorizer,), calls=("apigatewayv2.get_apis", "apigatewayv2.get_authorizers"))
def http_authorizers(aws: Aws) -> Iterator[Resource]:
    """Authorizers."""
    yield from _of_each_api(
        aws, "apigatewayv2.get_authorizers", HttpAuthorizer, "AuthorizerId", _authorizer
    )


def _authorizer(item: Mapping[str, Any], api: str) -> dict[str, Any]:
    jwt = item.get("JwtConfiguration")
    return {
        "api_id": api,
        "authorizer_type": item.get("AuthorizerType"),
        "authorizer_uri": item.get("AuthorizerUri"),
        "identity_sources": item.get("IdentitySource", []),
        "jwt_configuration": [{"audience": jwt.get("Audience", []), "issuer": jwt.get("Issuer")}]
        if jwt
        else [],
        "name": item.get("Name"),
    }


@reader(
    yields=(ApiMapping,),
    calls=(
        "apigatewayv2.get_domain_names",
        "apigatewayv2.get_apis",
        "apigatewayv2.get_api_mappings",
    ),
)
def api_mappings(aws: Aws) -> Iterator[Resource]:
    """Which HTTP and WebSocket APIs answer under the domains."""
    own = {api["ApiId"] for api in aws.list("apigatewayv2.get_apis", "Items")}

    def read(domain: Mapping[str, Any]) -> Iterator[Resource]:
        name = domain["DomainName"]
        for item in aws.list("apigatewayv2.get_api_mappings", "Items", DomainName=name):
            if item["ApiId"] in own:
                yield aws.resource(
                    ApiMapping,
                    f"{item['ApiMappingId']}/{name}",
                    {
                        "api_id": item["ApiId"],
                        "api_mapping_key": item.get("ApiMappingKey") or None,
                        "domain_name": name,
                        "stage": item.get("Stage"),
                    },
                )

    if own:
        yield from aws.parallel(read, aws.list("apigatewayv2.get_domain_names", "Items"))
