"""What a REST API answers: resources, methods, integrations, authorizers, validators.

Sources: API Gateway API reference (GetResources with `embed=methods`, GetAuthorizers,
GetRequestValidators), AWS provider 5.100.0 documentation of the types below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader
from auditor.resource import Block, Bool, Link, Links, Node, Num, Resource, Str, Strs
from auditor.services.apigateway import API, arn_of

RESOURCE = "aws_api_gateway_resource"


class ApiResource(Resource, tf=RESOURCE):
    """A path of an API."""

    identity = ("rest_api_id", "path")
    parent_id = Link(RESOURCE)
    path_ = Str(computed=True)
    path_part = Str()
    rest_api_id = Link(API)


class ApiMethod(Resource, tf="aws_api_gateway_method"):
    """A method of a path."""

    identity = ("rest_api_id", "resource_id", "http_method")
    api_key_required = Bool(default=False)
    authorization = Str()
    authorization_scopes = Strs(unordered=True)
    authorizer_id = Link("aws_api_gateway_authorizer")
    http_method = Str()
    request_validator_id = Link("aws_api_gateway_request_validator")
    resource_id = Link(RESOURCE)
    rest_api_id = Link(API)


class IntegrationTls(Node):
    """How the gateway checks the backend's certificate."""

    insecure_skip_verification = Bool(default=False)


class ApiIntegration(Resource, tf="aws_api_gateway_integration"):
    """What a method calls: `HTTP`, `HTTP_PROXY`, `AWS`, `AWS_PROXY` or `MOCK`."""

    connection_id = Str()
    connection_type = Str(default="INTERNET")
    credentials = Link("aws_iam_role")
    http_method = Str()
    integration_http_method = Str()
    passthrough_behavior = Str(computed=True)
    resource_id = Link(RESOURCE)
    rest_api_id = Link(API)
    timeout_milliseconds = Num(default=29000)
    tls_config = Block(IntegrationTls)
    type_ = Str()
    uri = Str()


class ApiAuthorizer(Resource, tf="aws_api_gateway_authorizer"):
    """Who decides whether a caller may call: `TOKEN`, `REQUEST` or `COGNITO_USER_POOLS`."""

    identity = ("rest_api_id", "name")
    arn = Str(computed=True)
    authorizer_credentials = Link("aws_iam_role")
    authorizer_result_ttl_in_seconds = Num(default=300)
    authorizer_uri = Str()
    identity_source = Str(default="method.request.header.Authorization")
    name = Str()
    provider_arns = Links("aws_cognito_user_pool")
    rest_api_id = Link(API)
    type_ = Str(default="TOKEN")


class RequestValidator(Resource, tf="aws_api_gateway_request_validator"):
    """What of a request is checked before it reaches the backend."""

    identity = ("rest_api_id", "name")
    name = Str()
    rest_api_id = Link(API)
    validate_request_body = Bool(default=False)
    validate_request_parameters = Bool(default=False)


# -- live ----------------------------------------------------------------------------------------


@reader(
    yields=(ApiResource, ApiMethod, ApiIntegration),
    calls=("apigateway.get_rest_apis", "apigateway.get_resources"),
)
def methods(aws: Aws) -> Iterator[Resource]:
    """Paths with their methods and integrations: one listing for each API."""

    def read(api: Mapping[str, Any]) -> Iterator[Resource]:
        id = api["id"]
        found = aws.list("apigateway.get_resources", "items", restApiId=id, embed=["methods"])
        for item in found:
            if item.get("path") != "/":  # the root belongs to the API itself
                yield aws.resource(ApiResource, f"{id}/{item['id']}", _resource(item, id))
            for verb, method in (item.get("resourceMethods") or {}).items():
                placed = {"http_method": verb, "resource_id": item["id"], "rest_api_id": id}
                name = f"{id}/{item['id']}/{verb}"
                yield aws.resource(ApiMethod, name, {**placed, **_method(method)})
                integration = method.get("methodIntegration")
                if integration:
                    yield aws.resource(
                        ApiIntegration, name, {**placed, **_integration(integration)}
                    )

    yield from aws.parallel(read, aws.list("apigateway.get_rest_apis", "items"))


def _resource(item: Mapping[str, Any], api: str) -> dict[str, Any]:
    return {
        "parent_id": item.get("parentId"),
        "path": item.get("path"),
        "path_part": item.get("pathPart"),
        "rest_api_id": api,
    }


def _method(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "api_key_required": item.get("apiKeyRequired", False),
        "authorization": item.get("authorizationType"),
        "authorization_scopes": item.get("authorizationScopes", []),
        "authorizer_id": item.get("authorizerId"),
        "request_validator_id": item.get("requestValidatorId"),
    }


def _integration(item: Mapping[str, Any]) -> dict[str, Any]:
    tls = item.get("tlsConfig")
    return {
        "connection_id": item.get("connectionId"),
        "connection_type": item.get("connectionType"),
        "credentials": item.get("credentials"),
        "integration_http_method": item.get("httpMethod"),
        "passthrough_behavior": item.get("passthroughBehavior"),
        "timeout_milliseconds": item.get("timeoutInMillis"),
        "tls_config": [{"insecure_skip_verification": tls.get("insecureSkipVerification", False)}]
        if tls
        else [],
        "type": item.get("type"),
        "uri": item.get("uri"),
    }


@reader(yields=(ApiAuthorizer,), calls=("apigateway.get_rest_apis", "apigateway.get_authorizers"))
def authorizers(aws: Aws) -> Iterator[Resource]:
    """Authorizers of each API."""

    def read(api: Mapping[str, Any]) -> Iterator[Resource]:
        for item in aws.list("apigateway.get_authorizers", "items", restApiId=api["id"]):
            path = f"/restapis/{api['id']}/authorizers/{item['id']}"
            yield aws.resource(
                ApiAuthorizer,
                f"{api['id']}/{item['id']}",
                {
                    "arn": arn_of(aws, path),
                    "authorizer_credentials": item.get("authorizerCredentials"),
                    "authorizer_result_ttl_in_seconds": item.get("authorizerResultTtlInSeconds"),
                    "authorizer_uri": item.get("authorizerUri"),
                    "identity_source": item.get("identitySource"),
                    "name": item.get("name"),
                    "provider_arns": item.get("providerARNs", []),
                    "rest_api_id": api["id"],
                    "type": item.get("type"),
                },
            )

    yield from aws.parallel(read, aws.list("apigateway.get_rest_apis", "items"))


@reader(
    yields=(RequestValidator,),
    calls=("apigateway.get_rest_apis", "apigateway.get_request_validators"),
)
def request_validators(aws: Aws) -> Iterator[Resource]:
    """Request validators of each API."""

    def read(api: Mapping[str, Any]) -> Iterator[Resource]:
        for item in aws.list("apigateway.get_request_validators", "items", restApiId=api["id"]):
            yield aws.resource(
                RequestValidator,
                f"{api['id']}/{item['id']}",
                {
                    "name": item.get("name"),
                    "rest_api_id": api["id"],
                    "validate_request_body": item.get("validateRequestBody", False),
                    "validate_request_parameters": item.get("validateRequestParameters", False),
                },
            )

    yield from aws.parallel(read, aws.list("apigateway.get_rest_apis", "items"))
