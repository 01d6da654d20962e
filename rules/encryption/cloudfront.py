"""Encryption between viewers and CloudFront, and to origins."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.cloudfront import (
    CloudfrontDistribution,
    CustomOrigin,
    Origin,
    ResponseHeadersPolicy,
)
from auditor.values import all_of, any_of, every, matching, some


@rule(
    "ENC-CLOUDFRONT-VIEWER-HTTPS",
    severity="high",
    on=CloudfrontDistribution,
    family="encryption",
    aliases={
        "checkov": "CKV_AWS_34",
        "trivy": "AWS-0012",
        "prowler": "cloudfront_distributions_https_enabled",
    },
    frameworks={
        "fsbp": "CloudFront.3",
        "nist-800-53-r5": (
            "AC-4 AC-17(2) IA-5(1) SC-7(4) SC-8 SC-8(1) SC-8(2) SC-12(3) SC-13 SC-23 "
            "SC-23(3) SI-7(6)"
        ),
        "pci-dss-4": "1.2.5 2.2.5 2.2.7 4.2.1 4.2.1.1 8.3.2",
    },
)
def viewers_without_tls(distribution: CloudfrontDistribution) -> Iterator[Finding]:
    """Viewers must use HTTPS.

    Why: what viewers send and get can be read and changed on the way.
    Fix: set `viewer_protocol_policy` to `redirect-to-https` or `https-only` in each behaviour.
    Source: CloudFront API, CacheBehavior.ViewerProtocolPolicy.
    """
    for behavior in matching(
        distribution.behaviors(), lambda b: b.viewer_protocol_policy not in _ENCRYPTED
    ):
        yield behavior.finding(
            f"lets viewers use HTTP for {behavior.pattern}",
            at="viewer_protocol_policy",
            key=behavior.pattern,
        )


@rule(
    "ENC-CLOUDFRONT-CUSTOM-CERTIFICATE",
    severity="medium",
    on=CloudfrontDistribution,
    family="encryption",
    aliases={
        "checkov": "CKV2_AWS_42",
        "prowler": "cloudfront_distributions_custom_ssl_certificate",
    },
    frameworks={
        "fsbp": "CloudFront.7",
        "nist-800-53-r5": (
            "AC-4 AC-17(2) IA-5(1) SC-7(4) SC-8 SC-8(1) SC-8(2) SC-12(3) SC-13 SC-23 "
            "SC-23(3) SI-7(6)"
        ),
        "pci-dss-4": (
            "1.2.8 1.3.1 1.3.2 1.4.2 1.5.1 3.5.1.1 3.5.1.3 3.6.1 3.6.1.2 3.6.1.3 "
            "3.6.1.4 3.7.1 3.7.2 3.7.4 3.7.6 3.7.7 4.2.1.1 A1.1.3"
        ),
    },
)
def default_certificate(distribution: CloudfrontDistribution) -> Finding | None:
    """Distributions use an own certificate.

    Why: with CloudFront's own certificate viewers cannot use your name, and TLS 1.0 is allowed.
    Fix: set `viewer_certificate { acm_certificate_arn = … ssl_support_method = "sni-only" }` with
    a certificate in us-east-1, and `aliases`.
    Source: CloudFront API, ViewerCertificate.
    """
    certificate = distribution.viewer_certificate
    if not certificate:
        return distribution.finding("uses CloudFront's certificate", at="viewer_certificate")
    if certificate.acm_certificate_arn is None and certificate.iam_certificate_id is None:
        return certificate.finding("uses CloudFront's certificate", at="acm_certificate_arn")
    return None


@rule(
    "ENC-CLOUDFRONT-SNI",
    severity="low",
    on=CloudfrontDistribution,
    family="encryption",
    requires=("ENC-CLOUDFRONT-CUSTOM-CERTIFICATE",),
    aliases={
        "prowler": "cloudfront_distributions_https_sni_enabled",
    },
    frameworks={
        "fsbp": "CloudFront.8",
        "nist-800-53-r5": "CA-9(1) CM-2",
        "pci-dss-4": "1.2.5 2.2.5",
    },
)
def dedicated_addresses(distribution: CloudfrontDistribution) -> Finding | None:
    """Distributions serve HTTPS by SNI.

    Why: dedicated addresses cost 600 USD a month and serve only clients from before 2010.
    Fix: set `ssl_support_method = "sni-only"` in `viewer_certificate`.
    Source: CloudFront API, ViewerCertificate.SSLSupportMethod.
    """
    certificate = distribution.viewer_certificate
    if certificate and certificate.ssl_support_method != "sni-only":
        return certificate.finding("does not serve HTTPS by SNI", at="ssl_support_method")
    return None


@rule(
    "ENC-CLOUDFRONT-VIEWER-TLS-POLICY",
    severity="medium",
    on=CloudfrontDistribution,
    family="encryption",
    requires=("ENC-CLOUDFRONT-CUSTOM-CERTIFICATE",),
    aliases={
        "checkov": "CKV_AWS_174",
        "trivy": "AWS-0013",
    },
    frameworks={
        "fsbp": "CloudFront.15",
        "pci-dss-4": "1.2.5 2.2.5",
    },
)
def old_viewer_tls(distribution: CloudfrontDistribution) -> Finding | None:
    """Viewer connections need TLS 1.2 with a current policy.

    Why: older versions and ciphers can be broken, and a viewer can be talked down to them.
    Fix: set `minimum_protocol_version = "TLSv1.2_2021"` in `viewer_certificate`.
    Source: CloudFront API, ViewerCertificate.MinimumProtocolVersion; TLSv1 unless set.
    """
    certificate = distribution.viewer_certificate
    if certificate and certificate.minimum_protocol_version not in _CURRENT:
        return certificate.finding("allows old versions of TLS", at="minimum_protocol_version")
    return None


@rule(
    "ENC-CLOUDFRONT-TLS-PQC",
    severity="low",
    on=CloudfrontDistribution,
    family="encryption",
    production=True,
    requires=("ENC-CLOUDFRONT-CUSTOM-CERTIFICATE",),
    aliases={
        "prowler": "cloudfront_distributions_pqc_tls_enabled",
    },
    frameworks={
        "nist-800-53-r5": "SC-8(1) SC-23(5)",
    },
)
def tls_without_post_quantum(distribution: CloudfrontDistribution) -> Finding | None:
    """Viewer policy is TLS 1.3 with post-quantum key exchange.

    Why: what is recorded today can be read once a quantum computer breaks its key exchange.
    Fix: set `minimum_protocol_version = "TLSv1.3_2025"`; older clients cannot connect then.
    Source: CloudFront API, ViewerCertificate.MinimumProtocolVersion.
    """
    certificate = distribution.viewer_certificate
    if certificate and certificate.minimum_protocol_version != "TLSv1.3_2025":
        return certificate.finding("does not ask for TLS 1.3", at="minimum_protocol_version")
    return None


@rule(
    "ENC-CLOUDFRONT-ORIGIN-HTTPS",
    severity="medium",
    on=CloudfrontDistribution,
    family="encryption",
    aliases={
        "checkov": "CKV2_AWS_72",
        "prowler": "cloudfront_distributions_origin_traffic_encrypted",
    },
    frameworks={
        "fsbp": "CloudFront.9",
        "nist-800-53-r5": (
            "AC-4 AC-17(2) IA-5(1) SC-7(4) SC-8 SC-8(1) SC-8(2) SC-12(3) SC-13 SC-23 "
            "SC-23(3) SI-7(6)"
        ),
        "pci-dss-4": "1.2.5 2.2.5 2.2.7 4.2.1 4.2.1.1 8.3.2",
    },
)
def origin_in_the_clear(distribution: CloudfrontDistribution) -> Iterator[Finding]:
    """Traffic to custom origins is encrypted.

    Why: between CloudFront and the origin it crosses the internet.
    Fix: set `origin_protocol_policy = "https-only"` in `custom_origin_config`.
    Source: CloudFront API, CustomOriginConfig.OriginProtocolPolicy; `match-viewer` encrypts where
    no behaviour lets viewers use HTTP.
    """

    def clear(origin: Origin) -> bool:
        config = origin.custom_origin_config
        if not config:
            return False
        policy = config.origin_protocol_policy
        return not any_of(
            lambda: policy == "https-only",
            lambda: all_of(lambda: policy == "match-viewer", lambda: _only_tls(distribution)),
        )

    for origin in matching(distribution.origin, clear):
        config: CustomOrigin | None = origin.custom_origin_config
        if config:
            yield config.finding(
                f"speaks HTTP to the origin {origin.origin_id}",
                at="origin_protocol_policy",
                key=f"{origin.origin_id}",
            )


@rule(
    "ENC-CLOUDFRONT-ORIGIN-TLS-VERSION",
    severity="medium",
    on=CloudfrontDistribution,
    family="encryption",
    aliases={
        "checkov": "CKV2_AWS_54",
        "prowler": "cloudfront_distributions_using_deprecated_ssl_protocols",
    },
    frameworks={
        "fsbp": "CloudFront.10",
        "nist-800-53-r5": (
            "AC-4 AC-17(2) IA-5(1) SC-7(4) SC-8 SC-8(1) SC-8(2) SC-12(3) SC-13 SC-23 SI-7(6)"
        ),
        "pci-dss-4": "1.2.5 2.2.5 2.2.7 4.2.1 4.2.1.1 8.3.2",
    },
)
def old_origin_tls(distribution: CloudfrontDistribution) -> Iterator[Finding]:
    """Origin connections use no deprecated TLS version.

    Why: whoever stands between can talk the connection down to a version that can be broken.
    Fix: set `origin_ssl_protocols = ["TLSv1.2"]` in `custom_origin_config`.
    Source: CloudFront API, CustomOriginConfig.OriginSslProtocols.
    """

    def old(origin: Origin) -> bool:
        config = origin.custom_origin_config
        if not config:
            return False
        return some(config.origin_ssl_protocols, lambda version: version in _BROKEN)

    for origin in matching(distribution.origin, old):
        config: CustomOrigin | None = origin.custom_origin_config
        if config:
            yield config.finding(
                f"allows old versions of TLS to the origin {origin.origin_id}",
                at="origin_ssl_protocols",
                key=f"{origin.origin_id}",
            )


@rule(
    "ENC-CLOUDFRONT-FIELD-LEVEL",
    severity="low",
    on=CloudfrontDistribution,
    family="encryption",
    production=True,
    aliases={
        "prowler": "cloudfront_distributions_field_level_encryption_enabled",
    },
)
def fields_in_the_clear(distribution: CloudfrontDistribution) -> Finding | None:
    """Sensitive form fields use field-level encryption.

    Why: between the edge and the application that needs them, fields can be read in logs and hosts.
    Fix: set `field_level_encryption_id` in `default_cache_behavior`.
    Source: CloudFront API, DefaultCacheBehavior.FieldLevelEncryptionId; none unless set.
    """
    behavior = distribution.default_cache_behavior
    if behavior and behavior.field_level_encryption_id is None:
        return behavior.finding("encrypts no fields", at="field_level_encryption_id")
    return None


@rule(
    "ENC-CLOUDFRONT-HSTS",
    severity="medium",
    on=ResponseHeadersPolicy,
    family="encryption",
    aliases={
        "checkov": "CKV_AWS_259",
    },
)
def browsers_may_use_http(policy: ResponseHeadersPolicy) -> Finding | None:
    """Response headers policies send strict transport security.

    Why: the first request of each visit can be caught before it is redirected to HTTPS.
    Fix: add `security_headers_config { strict_transport_security { … } }` with
    `access_control_max_age_sec = 31536000`, `include_subdomains`, `preload` and `override` true.
    Source: CloudFront API, ResponseHeadersPolicyStrictTransportSecurity; none unless set.
    """
    headers = policy.security_headers_config
    strict = headers.strict_transport_security if headers else None
    if not strict:
        return policy.finding(
            "does not send Strict-Transport-Security", at="security_headers_config"
        )
    if (strict.access_control_max_age_sec or 0) < _YEAR:
        return strict.finding(
            "sends Strict-Transport-Security for less than a year", at="access_control_max_age_sec"
        )
    for name in ("include_subdomains", "override", "preload"):
        if not strict.get(name):
            return strict.finding(f"sends Strict-Transport-Security without {name}", at=name)
    return None


_ENCRYPTED = ("https-only", "redirect-to-https")
_CURRENT = ("TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025")
_BROKEN = ("SSLv3", "TLSv1", "TLSv1.1")
_YEAR = 31_536_000


def _only_tls(distribution: CloudfrontDistribution) -> bool:
    return every(distribution.behaviors(), lambda b: b.viewer_protocol_policy in _ENCRYPTED)
