"""Amazon API Gateway, REST APIs: the APIs, their stages and domains. Methods: apigateway_methods.

Sources: API Gateway API reference (GetRestApis, GetStages, GetDomainNames, GetBasePathMappings,
GetClientCertificates, GetUsagePlans), AWS provider 5.100.0 documentation of the types below.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader
from auditor.resource import (
    Block,
    Bool,
    Field,
    Json,
    Link,
    Node,
    Num,
    Resource,
    Str,
    StrMap,
    Strs,
)
from auditor.sameness import same
from auditor.values import Unknown, all_of, matching

API = "aws_api_gateway_rest_api"


class EndpointConfiguration(Node):
    """From where an API can be reached: `EDGE`, `REGIONAL` or `PRIVATE`."""

    types = Strs()
    vpc_endpoint_ids = Strs(unordered=True)


class RestApi(Resource, tf=API):
    """A REST API. `body` is an OpenAPI document that may make methods and settings of its own."""

    identity = ("name",)
    api_key_source = Str(default="HEADER")
    arn = Str(computed=True)
    body: Field[Any] = Json()
    description = Str()
    # A plan shows "known after apply" for both; API Gateway documents false and EDGE.
    disable_execute_api_endpoint = Bool(default=False)
    endpoint_configuration = Block(EndpointConfiguration)
    execution_arn = Str(computed=True)
    minimum_compression_size = Str()
    name = Str()
    root_resource_id = Str(computed=True)
    tags = StrMap()

    def is_private(self) -> bool:
        """Whether it can be reached from VPC endpoints only."""
        endpoint = self.endpoint_configuration
        if endpoint is None:
            if self.body is not None:
                Unknown(because="its OpenAPI document may set the endpoint type").undetermined()
            return False
        return "PRIVATE" in endpoint.types


class RestApiPolicy(Resource, tf="aws_api_gateway_rest_api_policy"):
    """The resource policy of an API, also where it is written inside the API."""

    policy = Json()
    rest_api_id = Link(API)


class AccessLog(Node):
    """Where a stage writes a line for each request."""

    destination_arn = Link("aws_cloudwatch_log_group", "aws_kinesis_firehose_delivery_stream")
    format = Str()


class ApiStage(Resource, tf="aws_api_gateway_stage"):
    """A stage: a version of an API that can be called."""

    identity = ("rest_api_id", "stage_name")
    access_log_settings = Block(AccessLog)
    arn = Str(computed=True)
    cache_cluster_enabled = Bool(default=False)
    cache_cluster_size = Str()
    client_certificate_id = Link("aws_api_gateway_client_certificate")
    deployment_id = Link("aws_api_gateway_deployment")
    description = Str()
    rest_api_id = Link(API)
    stage_name = Str()
    tags = StrMap()
    variables = StrMap()
    # Only AWS says it; in code an association does.
    web_acl_arn = Str()
    xray_tracing_enabled = Bool(default=False)


class MethodSetting(Node):
    """What holds for the methods of a path. API Gateway's defaults, where a plan knows none."""

    cache_data_encrypted = Bool(default=False)
    cache_ttl_in_seconds = Num(computed=True)
    caching_enabled = Bool(default=False)
    data_trace_enabled = Bool(default=False)
    logging_level = Str(default="OFF")
    metrics_enabled = Bool(default=False)
    require_authorization_for_cache_control = Bool(default=True)
    throttling_burst_limit = Num(default=-1)
    throttling_rate_limit = Num(default=-1)


class MethodSettings(Resource, tf="aws_api_gateway_method_settings"):
    """Settings of a stage's methods: of all (`*/*`), or of those of a path."""

    identity = ("rest_api_id", "stage_name", "method_path")
    method_path = Str()
    rest_api_id = Link(API)
    settings = Block(MethodSetting)
    stage_name = Str()


class MutualTls(Node):
    """Where the certificates of callers are."""

    truststore_uri = Str()
    truststore_version = Str()


class ApiDomainName(Resource, tf="aws_api_gateway_domain_name"):
    """A domain of one's own for APIs."""

    identity = ("domain_name",)
    arn = Str(computed=True)
    certificate_arn = Link("aws_acm_certificate", "aws_acm_certificate_validation")
    domain_name = Str()
    endpoint_configuration = Block(EndpointConfiguration)
    mutual_tls_authentication = Block(MutualTls)
    regional_certificate_arn = Link("aws_acm_certificate", "aws_acm_certificate_validation")
    security_policy = Str()
    tags = StrMap()


class BasePathMapping(Resource, tf="aws_api_gateway_base_path_mapping"):
    """Which API answers under a path of a domain."""

    identity = ("domain_name", "base_path")
    api_id = Link(API, "aws_apigatewayv2_api")
    base_path = Str()
    domain_name = Link("aws_api_gateway_domain_name", by=("domain_name",))
    stage_name = Str()


class ClientCertificate(Resource, tf="aws_api_gateway_client_certificate"):
    """A certificate by which a backend knows the gateway."""

    arn = Str(computed=True)
    description = Str()
    tags = StrMap()


# -- questions of rules --------------------------------------------------------------------------


def settings_of(stage: ApiStage) -> Iterator[MethodSettings]:
    """The method settings of a stage, those that are certain first."""
    return matching(
        stage.everything(MethodSettings),
        lambda one: all_of(
            lambda: _is_stage(one.stage_name, stage),
            lambda: same(one.rest_api_id, stage.rest_api_id),
        ),
    )


def _is_stage(name: Any, stage: ApiStage) -> bool:
    if isinstance(name, Unknown) and name.exact and name.refs[0].address == stage.address:
        return True
    return same(name, stage.stage_name)


# -- live ----------------------------------------------------------------------------------------


def arn_of(aws: Aws, path: str) -> str:
    """The ARN of something in API Gateway; none of its replies has one."""
    return f"arn:{aws.partition}:apigateway:{aws.region}::{path}"


@reader(
    # The policies come inside the APIs; auditor.quirks makes resources of them.
    yields=(RestApi, RestApiPolicy),
    calls=("apigateway.get_rest_apis",),
)
def rest_apis(aws: Aws) -> Iterator[Resource]:
    """REST APIs."""
    for item in aws.list("apigateway.get_rest_apis", "items"):
        id = item["id"]
        endpoint = item.get("endpointConfiguration")
        size = item.get("minimumCompressionSize")
        yield aws.resource(
            RestApi,
            id,
            {
                "api_key_source": item.get("apiKeySource"),
                "arn": arn_of(aws, f"/restapis/{id}"),
                # What was imported is read as methods.
                "body": None,
                "description": item.get("description"),
                "disable_execute_api_endpoint": item.get("disableExecuteApiEndpoint", False),
                "endpoint_configuration": [_endpoint(endpoint)] if endpoint else [],
                "execution_arn": (
                    f"arn:{aws.partition}:execute-api:{aws.region}:{aws.account_id}:{id}"
                ),
                "minimum_compression_size": None if size is None else str(size),
                "name": item.get("name"),
                "policy": _unescaped(item.get("policy")),
                "root_resource_id": item.get("rootResourceId"),
                "tags": dict(item.get("tags", {})),
            },
        )


def _endpoint(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"types": item.get("types", []), "vpc_endpoint_ids": item.get("vpcEndpointIds", [])}


def _unescaped(policy: str | None) -> str | None:
    """The policy as JSON: API Gateway gives it with its quotation marks escaped."""
    if not policy or not policy.startswith('{\\"'):
        return policy or None
    return str(json.loads(f'"{policy}"'))


@reader(
    yields=(ApiStage, MethodSettings), calls=("apigateway.get_rest_apis", "apigateway.get_stages")
)
def stages(aws: Aws) -> Iterator[Resource]:
    """Stages with their method settings: one call for each API."""

    def read(api: Mapping[str, Any]) -> Iterator[Resource]:
        for item in aws.list("apigateway.get_stages", "item", restApiId=api["id"]):
            name = item["stageName"]
            path = f"/restapis/{api['id']}/stages/{name}"
            yield aws.resource(
                ApiStage, f"{api['id']}/{name}", _stage(item, api["id"], arn_of(aws, path))
            )
            for key, settings in item.get("methodSettings", {}).items():
                method_path = key.replace("~1", "/").lstrip("/")
                yield aws.resource(
                    MethodSettings,
                    f"{api['id']}/{name}/{method_path}",
                    {
                        "method_path": method_path,
                        "rest_api_id": api["id"],
                        "settings": [_setting(settings)],
                        "stage_name": name,
                    },
                )

    yield from aws.parallel(read, aws.list("apigateway.get_rest_apis", "items"))


def _stage(item: Mapping[str, Any], api: str, arn: str) -> dict[str, Any]:
    log = item.get("accessLogSettings") or {}
    return {
        "access_log_settings": [
            {"destination_arn": log["destinationArn"], "format": log.get("format")}
        ]
        if log.get("destinationArn")
        else [],
        "arn": arn,
        "cache_cluster_enabled": item.get("cacheClusterEnabled", False),
        "cache_cluster_size": item.get("cacheClusterSize"),
        "client_certificate_id": item.get("clientCertificateId"),
        "deployment_id": item.get("deploymentId"),
        "description": item.get("description"),
        "rest_api_id": api,
        "stage_name": item["stageName"],
        "tags": dict(item.get("tags", {})),
        "variables": dict(item.get("variables", {})),
        "web_acl_arn": item.get("webAclArn"),
        "xray_tracing_enabled": item.get("tracingEnabled", False),
    }


def _setting(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "cache_data_encrypted": item.get("cacheDataEncrypted", False),
        "cache_ttl_in_seconds": item.get("cacheTtlInSeconds"),
        "caching_enabled": item.get("cachingEnabled", False),
        "data_trace_enabled": item.get("dataTraceEnabled", False),
        "logging_level": item.get("loggingLevel") or "OFF",
        "metrics_enabled": item.get("metricsEnabled", False),
        "require_authorization_for_cache_control": item.get(
            "requireAuthorizationForCacheControl", True
        ),
        "throttling_burst_limit": item.get("throttlingBurstLimit", -1),
        "throttling_rate_limit": item.get("throttlingRateLimit", -1),
    }


@reader(yields=(ApiDomainName,), calls=("apigateway.get_domain_names",))
def domain_names(aws: Aws) -> Iterator[Resource]:
    """Domains."""
    for item in aws.list("apigateway.get_domain_names", "items"):
        name = item["domainName"]
        endpoint = item.get("endpointConfiguration")
        mutual = item.get("mutualTlsAuthentication")
        yield aws.resource(
            ApiDomainName,
            name,
            {
                "arn": arn_of(aws, f"/domainnames/{name}"),
                "certificate_arn": item.get("certificateArn"),
                "domain_name": name,
                "endpoint_configuration": [_endpoint(endpoint)] if endpoint else [],
                "mutual_tls_authentication": [
                    {
                        "truststore_uri": mutual.get("truststoreUri"),
                        "truststore_version": mutual.get("truststoreVersion"),
                    }
                ]
                if mutual and mutual.get("truststoreUri")
                else [],
                "regional_certificate_arn": item.get("regionalCertificateArn"),
                "security_policy": item.get("securityPolicy"),
                "tags": dict(item.get("tags", {})),
            },
        )


@reader(
    yields=(BasePathMapping,),
    calls=("apigateway.get_domain_names", "apigateway.get_base_path_mappings"),
)
def base_path_mappings(aws: Aws) -> Iterator[Resource]:
    """Which APIs answer under the domains; mappings of HTTP APIs are among them."""

    def read(domain: Mapping[str, Any]) -> Iterator[Resource]:
        name = domain["domainName"]
        for item in aws.list("apigateway.get_base_path_mappings", "items", domainName=name):
            path = item.get("basePath")
            # AWS calls the empty path (none).
            own = "" if path == "(none)" else path or ""
            yield aws.resource(
                BasePathMapping,
                f"{name}/{own}",
                {
                    "api_id": item.get("restApiId"),
                    "base_path": own or None,
                    "domain_name": name,
                    "stage_name": item.get("stage"),
                },
            )

    yield from aws.parallel(read, aws.list("apigateway.get_domain_names", "items"))


@reader(yields=(ClientCertificate,), calls=("apigateway.get_client_certificates",))
def client_certificates(aws: Aws) -> Iterator[Resource]:
    """Client certificates."""
    for item in aws.list("apigateway.get_client_certificates", "items"):
        id = item["clientCertificateId"]
        yield aws.resource(
            ClientCertificate,
            id,
            {
                "arn": arn_of(aws, f"/clientcertificates/{id}"),
                "description": item.get("description"),
                "tags": dict(item.get("tags", {})),
            },
        )
