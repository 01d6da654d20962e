"""Amazon CloudFront in a live account (sources: see auditor.services.cloudfront)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import GLOBAL, Aws, reader, tag_map
from auditor.resource import Resource
from auditor.services.cloudfront import (
    CloudfrontDistribution,
    LogDeliverySource,
    OriginAccessControl,
    ResponseHeadersPolicy,
)
from auditor.values import Unknown


@reader(
    yields=(CloudfrontDistribution,),
    calls=(
        "cloudfront.list_distributions",
        "cloudfront.get_distribution_config",
        "cloudfront.list_tags_for_resource",
    ),
    scope=GLOBAL,
    details={"cloudfront.list_tags_for_resource": ("tags",)},
)
def distributions(aws: Aws) -> Iterator[Resource]:
    """Distributions; the list leaves out logging and the root object, so each is asked for."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        id, arn = item["Id"], item["ARN"]
        reply = aws.ask("cloudfront.get_distribution_config", Id=id)
        config: Any = reply["DistributionConfig"]
        tags = aws.ask("cloudfront.list_tags_for_resource", Resource=arn)
        attributes = {
            **_distribution(item),
            "arn": arn,
            "default_root_object": lambda: config.get("DefaultRootObject") or None,
            "logging_config": lambda: _logging(config.get("Logging")),
            "tags": lambda: tag_map(tags["Tags"].get("Items")),
        }
        yield aws.resource(CloudfrontDistribution, id, attributes)

    yield from aws.parallel(
        read, aws.list("cloudfront.list_distributions", "DistributionList.Items")
    )


def _distribution(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "aliases": _items(item.get("Aliases")),
        "comment": item.get("Comment"),
        "default_cache_behavior": [_behavior(item["DefaultCacheBehavior"])],
        "domain_name": item.get("DomainName"),
        "enabled": item.get("Enabled"),
        "http_version": str(item.get("HttpVersion", "http2")).lower(),
        "is_ipv6_enabled": item.get("IsIPV6Enabled", False),
        "ordered_cache_behavior": [_behavior(b) for b in _items(item.get("CacheBehaviors"))],
        "origin": [_origin(o) for o in _items(item.get("Origins"))],
        "origin_group": [_group(g) for g in _items(item.get("OriginGroups"))],
        "price_class": item.get("PriceClass"),
        "restrictions": _restrictions(item.get("Restrictions", {}).get("GeoRestriction", {})),
        "viewer_certificate": [_certificate(item.get("ViewerCertificate", {}))],
        "web_acl_id": item.get("WebACLId") or None,
    }


def _items(counted: Mapping[str, Any] | None) -> list[Any]:
    """CloudFront's `{"Quantity": …, "Items": […]}`; without items there is no list."""
    return list((counted or {}).get("Items") or [])


def _behavior(item: Mapping[str, Any]) -> dict[str, Any]:
    methods = item.get("AllowedMethods", {})
    return {
        "allowed_methods": _items(methods),
        "cache_policy_id": item.get("CachePolicyId") or None,
        "cached_methods": _items(methods.get("CachedMethods")),
        "compress": item.get("Compress", False),
        "field_level_encryption_id": item.get("FieldLevelEncryptionId") or None,
        "origin_request_policy_id": item.get("OriginRequestPolicyId") or None,
        "path_pattern": item.get("PathPattern"),
        "realtime_log_config_arn": item.get("RealtimeLogConfigArn") or None,
        "response_headers_policy_id": item.get("ResponseHeadersPolicyId") or None,
        "target_origin_id": item.get("TargetOriginId"),
        "viewer_protocol_policy": item.get("ViewerProtocolPolicy"),
    }


def _origin(item: Mapping[str, Any]) -> dict[str, Any]:
    custom, bucket = item.get("CustomOriginConfig"), item.get("S3OriginConfig")
    vpc = item.get("VpcOriginConfig")
    return {
        "custom_origin_config": [_custom(custom)] if custom else [],
        "domain_name": item.get("DomainName"),
        "origin_access_control_id": item.get("OriginAccessControlId") or None,
        "origin_id": item.get("Id"),
        "origin_path": item.get("OriginPath"),
        "s3_origin_config": [{"origin_access_identity": bucket.get("OriginAccessIdentity")}]
        if bucket
        else [],
        "vpc_origin_config": [{"vpc_origin_id": vpc.get("VpcOriginId")}] if vpc else [],
    }


def _custom(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "http_port": item.get("HTTPPort"),
        "https_port": item.get("HTTPSPort"),
        "origin_protocol_policy": item.get("OriginProtocolPolicy"),
        "origin_ssl_protocols": _items(item.get("OriginSslProtocols")),
    }


def _group(item: Mapping[str, Any]) -> dict[str, Any]:
    members = [{"origin_id": m.get("OriginId")} for m in _items(item.get("Members"))]
    return {"member": members, "origin_id": item.get("Id")}


def _restrictions(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    geo = {"locations": _items(item), "restriction_type": item.get("RestrictionType")}
    return [{"geo_restriction": [geo]}]


def _certificate(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "acm_certificate_arn": item.get("ACMCertificateArn") or None,
        "cloudfront_default_certificate": item.get("CloudFrontDefaultCertificate", False),
        "iam_certificate_id": item.get("IAMCertificateId") or None,
        "minimum_protocol_version": item.get("MinimumProtocolVersion"),
        "ssl_support_method": item.get("SSLSupportMethod"),
    }


def _logging(item: Any) -> list[dict[str, Any]]:
    if isinstance(item, Unknown):
        item.undetermined()
    if not item or not item.get("Enabled"):
        return []
    return [
        {
            "bucket": item.get("Bucket"),
            "include_cookies": item.get("IncludeCookies", False),
            "prefix": item.get("Prefix", ""),
        }
    ]


@reader(
    yields=(OriginAccessControl,), calls=("cloudfront.list_origin_access_controls",), scope=GLOBAL
)
def origin_access_controls(aws: Aws) -> Iterator[Resource]:
    """Origin access controls."""
    call = "cloudfront.list_origin_access_controls"
    for item in aws.list(call, "OriginAccessControlList.Items"):
        arn = f"arn:{aws.partition}:cloudfront::{aws.account_id}:origin-access-control/{item['Id']}"
        attributes = {
            "arn": arn,
            "description": item.get("Description"),
            "name": item.get("Name"),
            "origin_access_control_origin_type": item.get("OriginAccessControlOriginType"),
            "signing_behavior": item.get("SigningBehavior"),
            "signing_protocol": item.get("SigningProtocol"),
        }
        yield aws.resource(OriginAccessControl, item["Id"], attributes)


@reader(
    yields=(ResponseHeadersPolicy,),
    calls=("cloudfront.list_response_headers_policies",),
    scope=GLOBAL,
)
def response_headers_policies(aws: Aws) -> Iterator[Resource]:
    """Policies of one's own."""
    call = "cloudfront.list_response_headers_policies"
    for item in aws.list(call, "ResponseHeadersPolicyList.Items", Type="custom"):
        yield _headers(aws, item["ResponseHeadersPolicy"])


def _headers(aws: Aws, item: Mapping[str, Any]) -> Resource:
    config, id = item.get("ResponseHeadersPolicyConfig", {}), item["Id"]
    security = config.get("SecurityHeadersConfig")
    strict = (security or {}).get("StrictTransportSecurity")
    block = (
        {
            "access_control_max_age_sec": strict.get("AccessControlMaxAgeSec"),
            "include_subdomains": strict.get("IncludeSubdomains", False),
            "override": strict.get("Override"),
            "preload": strict.get("Preload", False),
        }
        if strict
        else None
    )
    attributes = {
        "arn": f"arn:{aws.partition}:cloudfront::{aws.account_id}:response-headers-policy/{id}",
        "comment": config.get("Comment"),
        "name": config.get("Name"),
        "security_headers_config": [{"strict_transport_security": [block] if block else []}]
        if security
        else [],
    }
    return aws.resource(ResponseHeadersPolicy, id, attributes)


_OF_CLOUDFRONT = "us-east-1"
"""Where delivery sources of CloudFront are (CloudFront Developer Guide, "standard logging v2")."""


def _sources(aws: Aws) -> Iterator[Resource]:
    for item in aws.list("logs.describe_delivery_sources", "deliverySources"):
        named = item.get("resourceArns") or [None]
        attributes = {
            "arn": item.get("arn"),
            "log_type": item.get("logType"),
            "name": item["name"],
            "resource_arn": named[0],
            "service": item.get("service"),
            "tags": item.get("tags") or {},
        }
        yield aws.resource(LogDeliverySource, item["name"], attributes, region=aws.region)


@reader(yields=(LogDeliverySource,), calls=("logs.describe_delivery_sources",), scope=GLOBAL)
def cloudfront_log_sources(aws: Aws) -> Iterator[Resource]:
    """Delivery sources where CloudFront's are, whichever regions are read."""
    yield from _sources(aws)


@reader(yields=(LogDeliverySource,), calls=("logs.describe_delivery_sources",))
def log_sources(aws: Aws) -> Iterator[Resource]:
    """Delivery sources of the other regions."""
    if aws.region != _OF_CLOUDFRONT:
        yield from _sources(aws)
