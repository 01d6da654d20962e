"""API Gateway: an emulated account gets the verdicts that the same Terraform gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from auditor.rules.encryption import apigateway as encryption
from auditor.rules.iam import apigateway as iam
from auditor.rules.logging import apigateway as logging
from auditor.rules.multi_az import apigateway as availability
from auditor.rules.network import apigateway as network
from auditor.rules.operations import apigateway as operations
from auditor.rules.secrets import apigateway as secrets
from auditor.rules.waf import apigateway as waf
from fake_aws import model_from, refused

from auditor.engine import evaluate
from auditor.services.apigateway import rest_apis, stages
from auditor.services.apigateway_methods import authorizers, methods
from auditor.services.apigatewayv2 import http_authorizers
from auditor.testing import check_twins

pytestmark = pytest.mark.emulator

Make = Callable[[Any], object]


@pytest.fixture
def twins(moto_server: Any, make_client: Callable[..., Any]) -> Callable[..., None]:
    """`twins(rule, bad, good)`: each makes its state, given `make_client`."""

    def check(rule: Any, bad: Make, good: Make) -> None:
        check_twins(
            rule,
            moto_server.url,
            bad=lambda: bad(make_client),
            good=lambda: good(make_client),
            reset=moto_server.reset,
        )

    return check


def rest(
    *patches: tuple[str, str],
    method: dict[str, Any] | None = None,
    kind: str = "MOCK",
    after: Callable[[Any, str], object] | None = None,
    **arguments: Any,
) -> Make:
    """A REST API with one method, and a stage with some values changed by path."""

    def make(client: Any) -> None:
        gateway = client("apigateway")
        api = gateway.create_rest_api(
            **{"name": "a", "endpointConfiguration": {"types": ["REGIONAL"]}, **arguments}
        )["id"]
        root = gateway.get_resources(restApiId=api)["items"][0]["id"]
        placed = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
        gateway.put_method(**{**placed, "authorizationType": "NONE", **(method or {})})
        backend = {} if kind == "MOCK" else {"uri": "http://x.example"}
        gateway.put_integration(**placed, type=kind, integrationHttpMethod="GET", **backend)
        gateway.create_deployment(restApiId=api, stageName="live")
        for path, value in patches:
            operation = {"op": "replace", "path": path, "value": value}
            gateway.update_stage(restApiId=api, stageName="live", patchOperations=[operation])
        if after:
            after(client, api)

    return make


def authorized(client: Any, api: str) -> None:
    client("apigateway").create_authorizer(
        restApiId=api,
        name="z",
        type="COGNITO_USER_POOLS",
        identitySource="method.request.header.Authorization",
        providerARNs=["arn:aws:cognito-idp:eu-west-1:123456789012:userpool/x"],
    )


def mapped(client: Any, api: str) -> None:
    gateway = client("apigateway")
    gateway.create_domain_name(
        domainName="a.example",
        regionalCertificateArn="arn:aws:acm:eu-west-1:123456789012:certificate/x",
        endpointConfiguration={"types": ["REGIONAL"]},
    )
    gateway.create_base_path_mapping(domainName="a.example", restApiId=api, stage="live")


def domain(policy: str) -> Make:
    return lambda client: client("apigateway").create_domain_name(
        domainName="a.example",
        regionalCertificateArn="arn:aws:acm:eu-west-1:123456789012:certificate/x",
        endpointConfiguration={"types": ["REGIONAL"]},
        securityPolicy=policy,
    )


def policy(principal: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "execute-api:Invoke"}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": "*"}]})


ALL = "/*/*/"
LIMITS = ((f"{ALL}throttling/rateLimit", "10"), (f"{ALL}throttling/burstLimit", "20"))
LOG = (
    ("/accessLogSettings/destinationArn", "arn:aws:logs:eu-west-1:123456789012:log-group:x"),
    ("/accessLogSettings/format", "$context.requestId"),
)
CACHED = ("/*/*/caching/enabled", "true")
NAMED = {"AWS": "arn:aws:iam::123456789012:root"}


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (logging.handling_not_logged, rest(), rest((f"{ALL}logging/loglevel", "ERROR"))),
        (logging.calls_not_logged, rest(), rest(*LOG)),
        (logging.calls_not_traced, rest(), rest(("/tracingEnabled", "true"))),
        (
            logging.content_logged,
            rest((f"{ALL}logging/dataTrace", "true")),
            rest((f"{ALL}logging/dataTrace", "false")),
        ),
        (
            encryption.cache_in_the_clear,
            rest(CACHED, ("/*/*/caching/dataEncrypted", "false")),
            rest(CACHED, ("/*/*/caching/dataEncrypted", "true")),
        ),
        (encryption.domain_with_old_tls, domain("TLS_1_0"), domain("TLS_1_2")),
        (iam.method_for_anyone, rest(), rest(method={"authorizationType": "AWS_IAM"})),
        (iam.method_for_anyone, rest(), rest(method={"apiKeyRequired": True})),
        (iam.method_for_anyone, rest(policy=policy("*")), rest(policy=policy(NAMED))),
        (iam.public_without_authorizer, rest(), rest(after=authorized)),
        (
            network.public_endpoint,
            rest(),
            rest(endpointConfiguration={"types": ["PRIVATE"]}),
        ),
        (
            network.second_address,
            rest(after=mapped),
            rest(after=mapped, disableExecuteApiEndpoint=True),
        ),
        (operations.calls_not_checked, rest(), rest(method={"requestValidatorId": "v"})),
        (availability.no_limit, rest(), rest(*LIMITS)),
        (
            secrets.secret_in_stage_variables,
            rest(("/variables/password", "hunter2")),
            rest(("/variables/mode", "fast")),
        ),
    ],
)
def test_rest_apis(twins: Any, rule: Any, bad: Make, good: Make) -> None:
    twins(rule, bad, good)


def http(
    stage: dict[str, Any] | None = None,
    route: dict[str, Any] | None = None,
    integration: dict[str, Any] | None = None,
    after: Callable[[Any, str], object] | None = None,
    **arguments: Any,
) -> Make:
    def make(client: Any) -> None:
        gateway = client("apigatewayv2")
        api = gateway.create_api(**{"Name": "h", "ProtocolType": "HTTP", **arguments})["ApiId"]
        gateway.create_stage(ApiId=api, StageName="live", **(stage or {}))
        gateway.create_route(**{"ApiId": api, "RouteKey": "GET /pets", **(route or {})})
        if integration is not None:
            gateway.create_integration(
                ApiId=api,
                IntegrationType="HTTP_PROXY",
                IntegrationMethod="GET",
                IntegrationUri="arn:x",
                PayloadFormatVersion="1.0",
                **integration,
            )
        if after:
            after(client, api)

    return make


def http_mapped(client: Any, api: str) -> None:
    gateway = client("apigatewayv2")
    certificate = "arn:aws:acm:eu-west-1:123456789012:certificate/x"
    configuration = {"CertificateArn": certificate, "EndpointType": "REGIONAL"}
    gateway.create_domain_name(DomainName="h.example", DomainNameConfigurations=[configuration])
    gateway.create_api_mapping(ApiId=api, DomainName="h.example", Stage="live")


def socket(level: str) -> Make:
    return http(
        stage={"DefaultRouteSettings": {"LoggingLevel": level}},
        route={"RouteKey": "$connect", "AuthorizationType": "AWS_IAM"},
        ProtocolType="WEBSOCKET",
        RouteSelectionExpression="$request.body.action",
    )


LINK = {"ConnectionType": "VPC_LINK", "ConnectionId": "l"}
DEFAULTS = "DefaultRouteSettings"


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (logging.handling_not_logged, socket("OFF"), socket("INFO")),
        (
            logging.calls_not_logged,
            http(),
            http(stage={"AccessLogSettings": {"DestinationArn": "arn:x", "Format": "f"}}),
        ),
        (logging.content_logged, http(stage={DEFAULTS: {"DataTraceEnabled": True}}), http()),
        (
            encryption.private_backend_without_tls,
            http(integration=LINK),
            http(integration={**LINK, "TlsConfig": {"ServerNameToVerify": "x.example"}}),
        ),
        (iam.route_for_anyone, http(), http(route={"AuthorizationType": "AWS_IAM"})),
        (
            network.every_web_page_may_call,
            http(CorsConfiguration={"AllowOrigins": ["*"]}),
            http(CorsConfiguration={"AllowOrigins": ["https://a.example"]}),
        ),
        (
            network.second_address,
            http(after=http_mapped),
            http(after=http_mapped, DisableExecuteApiEndpoint=True),
        ),
        (
            availability.no_limit,
            http(),
            http(stage={DEFAULTS: {"ThrottlingRateLimit": 1.0, "ThrottlingBurstLimit": 2}}),
        ),
        (
            secrets.secret_in_stage_variables,
            http(stage={"StageVariables": {"password": "hunter2"}}),
            http(stage={"StageVariables": {"mode": "fast"}}),
        ),
    ],
)
def test_http_apis(twins: Any, rule: Any, bad: Make, good: Make) -> None:
    twins(rule, bad, good)


# -- what the emulator cannot hold: replies in AWS's shape ----------------------------------------

API = {"id": "a1", "name": "a", "endpointConfiguration": {"types": ["REGIONAL"]}}
READERS = [rest_apis, stages, methods, authorizers]


def replies(stage: dict[str, Any] | None = None, kind: str = "HTTP", **api: Any) -> dict[str, Any]:
    method = {"authorizationType": "NONE", "methodIntegration": {"type": kind}}
    resource = {"id": "r1", "path": "/", "resourceMethods": {"GET": method}}
    return {
        "apigateway.get_rest_apis": {"items": [{**API, **api}]},
        "apigateway.get_stages": {"item": [{"stageName": "live", **(stage or {})}]},
        "apigateway.get_resources": {"items": [resource]},
        "apigateway.get_authorizers": {"items": []},
    }


def said(rule: Any, recorded: dict[str, Any]) -> list[str]:
    """The statuses on a model without any association of web ACLs."""
    model = model_from(READERS, recorded)
    return [v.status for v in evaluate([rule], model) if v.resource is not None]


@pytest.mark.parametrize(
    ("stage", "kind", "status"),
    [
        ({}, "HTTP", "fail"),
        ({"clientCertificateId": "c"}, "HTTP", "pass"),
        ({}, "AWS_PROXY", "not_applicable"),
    ],
)
def test_client_certificates(stage: dict[str, Any], kind: str, status: str) -> None:
    """The emulator makes no client certificates."""
    assert said(encryption.backend_cannot_tell, replies(stage, kind)) == [status]


@pytest.mark.parametrize(
    ("cluster", "caching", "status"),
    [(True, False, "fail"), (True, True, "pass"), (False, False, "not_applicable")],
)
def test_caches(cluster: bool, caching: bool, status: str) -> None:
    """The emulator's stages have no cache clusters after a deployment."""
    settings = {"methodSettings": {"~1pets/GET": {"cachingEnabled": caching}}}
    stage = {"cacheClusterEnabled": cluster, **settings}
    assert said(operations.cache_without_use, replies(stage)) == [status]


def test_web_acls() -> None:
    """The emulator's stages do not say their web ACL."""
    assert said(waf.stage_without_web_acl, replies({"webAclArn": "arn:w"})) == ["pass"]
    assert said(waf.stage_without_web_acl, replies()) == ["fail"]
    private = replies(endpointConfiguration={"types": ["PRIVATE"]})
    assert said(waf.stage_without_web_acl, private) == ["not_applicable"]


def test_post_quantum_policies(twins: Any) -> None:
    twins(
        encryption.domain_without_post_quantum,
        domain("TLS_1_2"),
        domain("SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"),
    )


def test_a_policy_comes_with_escaped_quotation_marks() -> None:
    escaped = '{\\"Version\\":\\"2012-10-17\\",\\"Statement\\":[]}'
    model = model_from([rest_apis], replies(policy=escaped))
    (attached,) = model.by_type["aws_api_gateway_rest_api_policy"]
    assert attached.get("policy") == '{"Version":"2012-10-17","Statement":[]}'
    assert attached.get("rest_api_id") == "a1"


def test_settings_of_a_path_are_called_as_terraform_calls_them() -> None:
    stage = {"methodSettings": {"*/*": {}, "~1pets~1{id}/GET": {"loggingLevel": "INFO"}}}
    model = model_from([stages], replies(stage))
    found = model.by_type["aws_api_gateway_method_settings"]
    assert [one.get("method_path") for one in found] == ["*/*", "pets/{id}/GET"]
    assert [one.get("settings").logging_level for one in found] == ["OFF", "INFO"]


def test_stages_that_may_not_be_read_are_undetermined() -> None:
    recorded = {**replies(), "apigateway.get_stages": refused("apigateway:GET")}
    (verdict,) = evaluate([logging.calls_not_traced], model_from([stages], recorded))
    assert verdict.status == "undetermined"
    assert verdict.reason == "apigateway.stages could not be read: apigateway:GET was denied"


def test_authorizers_of_http_apis() -> None:
    """The emulator does not list them."""
    jwt = {"Audience": ["a"], "Issuer": "https://i.example"}
    listed = {"AuthorizerId": "z1", "Name": "z", "AuthorizerType": "JWT", "JwtConfiguration": jwt}
    recorded = {
        "apigatewayv2.get_apis": {"Items": [{"ApiId": "h1"}]},
        "apigatewayv2.get_authorizers": {"Items": [listed]},
    }
    (found,) = model_from([http_authorizers], recorded).by_type["aws_apigatewayv2_authorizer"]
    assert found.data["id"] == "h1/z1"
    assert found.get("jwt_configuration").issuer == "https://i.example"
