"""Encryption at API Gateway: towards callers, towards backends, and of its cache."""

from __future__ import annotations

from auditor.presence import is_absent
from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.sameness import same
from auditor.services.apigateway import ApiDomainName, ApiStage, MethodSettings, RestApi
from auditor.services.apigateway_methods import ApiIntegration
from auditor.services.apigatewayv2 import HttpDomainName, HttpIntegration
from auditor.values import Unknown, all_of, some, starts_with


@rule(
    "ENC-APIGW-CLIENT-CERTIFICATE",
    severity="medium",
    on=ApiStage,
    family="encryption",
    reads=(RestApi, ApiIntegration),
    aliases={
        "checkov": "CKV2_AWS_51",
        "prowler": "apigateway_restapi_client_certificate_enabled",
    },
    frameworks={
        "fsbp": "APIGateway.2",
        "nist-800-53-r5": (
            "AC-4 AC-17(2) IA-5(1) SC-7(4) SC-8 SC-8(1) SC-8(2) SC-12(3) SC-13 SC-23 "
            "SC-23(3) SI-7(6)"
        ),
        "pci-dss-4": (
            "1.2.8 1.3.1 1.3.2 1.4.2 1.5.1 3.5.1.1 3.5.1.3 3.6.1.2 3.6.1.3 3.6.1.4 "
            "3.7.1 3.7.2 3.7.4 3.7.6 3.7.7 4.2.1.1 11.3.1.3 11.5.2 A1.1.3"
        ),
    },
)
def backend_cannot_tell(stage: ApiStage) -> Finding | NotApplicable | None:
    """REST stages present a client certificate to their backend.

    Why: an HTTP backend cannot tell calls of the gateway from calls past it, past its
    authorizers and limits.
    Fix: make an `aws_api_gateway_client_certificate`, set `client_certificate_id`, and let the
    backend check it.
    Source: API Gateway API, Stage.clientCertificateId; none unless set. Only HTTP integrations
    present it.
    """
    if not is_absent(stage.client_certificate_id):
        return None
    if not _has_http_backend(stage):
        return not_applicable("its API has no HTTP backend")
    return stage.finding("presents no certificate to its backend", at="client_certificate_id")


@rule(
    "ENC-APIGW-CACHE",
    severity="medium",
    on=MethodSettings,
    family="encryption",
    aliases={
        "checkov": "CKV_AWS_308",
        "trivy": "AWS-0002 AWS-0110",
        "prowler": "apigateway_restapi_cache_encrypted",
    },
    frameworks={
        "fsbp": "APIGateway.5",
        "nist-800-53-r5": "CA-9(1) CM-3(6) SC-7(10) SC-13 SC-28 SC-28(1) SI-7(6)",
        "pci-dss-4": "3.5.1 8.3.2",
    },
)
def cache_in_the_clear(settings: MethodSettings) -> Finding | NotApplicable | None:
    """Cached responses are encrypted.

    Why: answers with callers' data are kept on disk in the clear.
    Fix: set `cache_data_encrypted = true`.
    Source: API Gateway API, MethodSetting.cacheDataEncrypted; false unless set.
    """
    inner = settings.settings
    if inner is None or not inner.caching_enabled:
        return not_applicable("it caches nothing")
    if not inner.cache_data_encrypted:
        return inner.finding("keeps cached answers in the clear", at="cache_data_encrypted")
    return None


@rule(
    "ENC-APIGW-V2-PRIVATE-INTEGRATION-TLS",
    severity="medium",
    on=HttpIntegration,
    family="encryption",
    frameworks={
        "fsbp": "APIGateway.10",
    },
)
def private_backend_without_tls(integration: HttpIntegration) -> Finding | NotApplicable | None:
    """Integrations over a VPC link use HTTPS.

    Why: calls cross the VPC in the clear, tokens and personal data with them.
    Fix: add `tls_config { server_name_to_verify = "…" }` and let the target listen on HTTPS.
    Source: API Gateway V2 API, Integration.TlsConfig: "private integrations use HTTP if you don't
    specify a TLS configuration".
    """
    if integration.connection_type != "VPC_LINK":
        return not_applicable("it does not use a VPC link")
    if is_absent(integration.tls_config):
        return integration.finding("calls its backend without TLS", at="tls_config")
    return None


@rule(
    "ENC-APIGW-DOMAIN-TLS",
    severity="high",
    on=(ApiDomainName, HttpDomainName),
    family="encryption",
    aliases={
        "checkov": "CKV_AWS_206",
        "trivy": "AWS-0005 AWS-0112",
    },
    frameworks={
        "fsbp": "APIGateway.11",
    },
)
def domain_with_old_tls(
    domain: ApiDomainName | HttpDomainName,
) -> Finding | NotApplicable | None:
    """Custom domains use a current TLS policy.

    Why: TLS 1.0 and 1.1 have known weaknesses that let others read and change calls.
    Fix: set `security_policy = "TLS_1_2"` (or a `SecurityPolicy_TLS13_…` policy).
    Source: API Gateway API, DomainName.securityPolicy; which one it is when it is left out is not
    documented for REST domains.
    """
    if isinstance(domain, HttpDomainName):
        configuration = domain.domain_name_configuration
        if configuration is None or _is_current(configuration.security_policy):
            return None
        return configuration.finding("takes calls with old TLS", at="security_policy")
    if not _is_current(domain.security_policy):
        return domain.finding("does not ask for TLS 1.2", at="security_policy")
    return None


@rule(
    "ENC-APIGW-DOMAIN-TLS-PQC",
    severity="low",
    on=ApiDomainName,
    family="encryption",
    production=True,
    aliases={
        "prowler": "apigateway_domain_name_pqc_tls_enabled",
    },
    frameworks={
        "nist-800-53-r5": "SC-8(1) SC-23(5)",
    },
)
def domain_without_post_quantum(domain: ApiDomainName) -> Finding | None:
    """Custom domains offer a post-quantum TLS policy.

    Why: what is recorded today can be read once quantum computers can break its key exchange.
    Fix: set `security_policy` to a policy with `PQ` in its name (AWS provider 6 or newer).
    Source: API Gateway Developer Guide, "Security policies for REST APIs", 2025.
    """
    policy = domain.security_policy
    if policy is None or "PQ" not in policy:
        return domain.finding("offers no post-quantum key exchange", at="security_policy")
    return None


def _has_http_backend(stage: ApiStage) -> bool:
    """Whether a method of the stage's API calls an HTTP backend over the internet or a VPC link."""
    integrations = stage.everything(ApiIntegration)
    if some(
        integrations,
        lambda one: all_of(
            lambda: one.type_ in ("HTTP", "HTTP_PROXY"),
            lambda: same(one.rest_api_id, stage.rest_api_id),
        ),
    ):
        return True
    api: RestApi = stage.follow("rest_api_id")
    if api.body is not None:
        Unknown(because="its OpenAPI document may have HTTP backends").undetermined()
    return False


def _is_current(policy: str | Unknown | None) -> bool:
    if starts_with(policy, "SecurityPolicy_TLS1"):
        return starts_with(policy, "SecurityPolicy_TLS12") or starts_with(
            policy, "SecurityPolicy_TLS13"
        )
    return bool(policy == "TLS_1_2")
