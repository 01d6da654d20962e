"""Amazon CloudFront.

Sources: CloudFront API reference (ListDistributions, GetDistributionConfig, ListTagsForResource,
ListOriginAccessControls, ListResponseHeadersPolicies), CloudWatch Logs API reference
(DescribeDeliverySources), AWS provider 5.100.0 documentation of `aws_cloudfront_distribution`,
`aws_cloudfront_origin_access_control`, `aws_cloudfront_response_headers_policy`,
`aws_cloudwatch_log_delivery_source`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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
from auditor.values import Unknown, all_of, ends_with


class CacheBehavior(Node):
    """How requests of a pattern (or all others) are answered."""

    allowed_methods = Strs(unordered=True)
    cache_policy_id = Str()
    cached_methods = Strs(unordered=True)
    compress = Bool(default=False)
    field_level_encryption_id = Str()
    origin_request_policy_id = Str()
    path_pattern = Str()
    realtime_log_config_arn = Str()
    response_headers_policy_id = Link("aws_cloudfront_response_headers_policy")
    target_origin_id = Str()
    viewer_protocol_policy = Str()

    @property
    def pattern(self) -> str:
        """The path pattern; `*` of the default behaviour."""
        return "*" if self.path[0] == "default_cache_behavior" else f"{self.path_pattern}"


class CustomOrigin(Node):
    """How an origin that is no bucket is spoken to."""

    http_port = Num()
    https_port = Num()
    origin_protocol_policy = Str()
    origin_ssl_protocols = Strs(unordered=True)


class S3Origin(Node):
    """The older identity that a bucket is read with; empty for none."""

    origin_access_identity = Str()


class VpcOrigin(Node):
    """An origin in a private subnet."""

    vpc_origin_id = Str()


class Origin(Node):
    """Where answers come from."""

    custom_origin_config = Block(CustomOrigin)
    domain_name = Str()
    origin_access_control_id = Link("aws_cloudfront_origin_access_control")
    origin_id = Str()
    origin_path = Str()
    s3_origin_config = Block(S3Origin)
    vpc_origin_config = Block(VpcOrigin)

    @property
    def is_bucket(self) -> bool:
        """Whether it is an S3 origin: neither custom nor in a VPC."""
        return not self.custom_origin_config and not self.vpc_origin_config

    @property
    def is_function_url(self) -> bool:
        """Whether it is the URL of a Lambda function."""
        if self.is_bucket or self.vpc_origin_config:
            return False
        domain = self.domain_name
        if isinstance(domain, Unknown):
            types = [_type_of(ref.address) for ref in domain.refs]
            if "aws_lambda_function_url" in types:
                return True
            if domain.exact and types[0]:  # some other resource's address
                return False
        return all_of(
            lambda: ends_with(domain, ".on.aws"),
            lambda: ".lambda-url." in (domain or ""),
        )

    @property
    def has_access_control(self) -> bool:
        """Whether requests to it are signed by an origin access control."""
        control = self.origin_access_control_id
        return control is not None and not (isinstance(control, str) and not control)


def _type_of(address: str) -> str | None:
    found = re.search(r"(?:^|\.)(aws_\w+)\.", address)
    return found.group(1) if found else None


class OriginMember(Node):
    """One origin of a group."""

    origin_id = Str()


class OriginGroup(Node):
    """Two origins, the second for when the first fails."""

    member = Blocks(OriginMember)
    origin_id = Str()


class AccessLogs(Node):
    """Where access logs of the older kind go."""

    bucket = Str()
    include_cookies = Bool(default=False)
    prefix = Str(default="")


class GeoRestriction(Node):
    """Which countries are let in (`whitelist`) or kept out (`blacklist`)."""

    locations = Strs(unordered=True)
    restriction_type = Str()


class Restrictions(Node):
    """Who is let in."""

    geo_restriction = Block(GeoRestriction)


class ViewerCertificate(Node):
    """The certificate, and what viewers must be able to do."""

    acm_certificate_arn = Link("aws_acm_certificate", "aws_acm_certificate_validation")
    cloudfront_default_certificate = Bool(default=False)
    iam_certificate_id = Str()
    minimum_protocol_version = Str(default="TLSv1")
    ssl_support_method = Str()


class CloudfrontDistribution(Resource, tf="aws_cloudfront_distribution"):
    """A distribution."""

    aliases = Strs(unordered=True)
    comment = Str()
    default_cache_behavior = Block(CacheBehavior)
    default_root_object = Str()
    enabled = Bool()
    http_version = Str(default="http2")
    is_ipv6_enabled = Bool(default=False)
    logging_config = Block(AccessLogs)
    ordered_cache_behavior = Blocks(CacheBehavior)
    origin = Blocks(Origin, unordered=True)
    origin_group = Blocks(OriginGroup, unordered=True)
    price_class = Str(default="PriceClass_All")
    restrictions = Block(Restrictions)
    tags = StrMap()
    viewer_certificate = Block(ViewerCertificate)
    web_acl_id = Link("aws_wafv2_web_acl", by=("arn",))

    def behaviors(self) -> Iterator[CacheBehavior]:
        """The default behaviour, then the others; then `Undetermined` if there might be more."""
        if self.default_cache_behavior:
            yield self.default_cache_behavior
        yield from self.ordered_cache_behavior


class OriginAccessControl(Resource, tf="aws_cloudfront_origin_access_control"):
    """How CloudFront signs requests to an origin."""

    identity = ("name",)
    description = Str()
    name = Str()
    origin_access_control_origin_type = Str()
    signing_behavior = Str()
    signing_protocol = Str()


class StrictTransport(Node):
    """The header Strict-Transport-Security."""

    access_control_max_age_sec = Num()
    include_subdomains = Bool(default=False)
    override = Bool()
    preload = Bool(default=False)


class SecurityHeaders(Node):
    """Headers that tell browsers to be careful."""

    strict_transport_security = Block(StrictTransport)


class ResponseHeadersPolicy(Resource, tf="aws_cloudfront_response_headers_policy"):
    """Headers that CloudFront adds to answers."""

    identity = ("name",)
    comment = Str()
    name = Str()
    security_headers_config = Block(SecurityHeaders)


class LogDeliverySource(Resource, tf="aws_cloudwatch_log_delivery_source"):
    """Something whose logs CloudWatch's delivery service hands on."""

    identity = ("name",)
    log_type = Str()
    name = Str()
    resource_arn = Link("aws_cloudfront_distribution")
