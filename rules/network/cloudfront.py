"""What CloudFront serves, to whom, and from where."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.cloudfront import CloudfrontDistribution
from auditor.services.s3 import S3Bucket
from auditor.values import matching, some


@rule(
    "NET-CLOUDFRONT-DEFAULT-ROOT",
    severity="high",
    on=CloudfrontDistribution,
    family="network",
    aliases={
        "checkov": "CKV_AWS_305",
        "prowler": "cloudfront_distributions_default_root_object",
    },
    frameworks={
        "fsbp": "CloudFront.1",
        "nist-800-53-r5": "SC-7(11) SC-7(16)",
    },
)
def no_root_object(distribution: CloudfrontDistribution) -> Finding | NotApplicable | None:
    """Distributions have a default root object.

    Why: a request for `/` lists the bucket's content where its policy allows it.
    Fix: set `default_root_object = "index.html"`.
    Source: CloudFront API, DistributionConfig.DefaultRootObject; none unless set. Origins that are
    no buckets answer `/` themselves.
    """
    if not some(distribution.origin, lambda origin: origin.is_bucket):
        return not_applicable("it has no S3 origin")
    if not distribution.default_root_object:
        return distribution.finding("has no default root object", at="default_root_object")
    return None


@rule(
    "NET-CLOUDFRONT-DANGLING-S3-ORIGIN",
    severity="high",
    on=CloudfrontDistribution,
    family="network",
    reads=(S3Bucket,),
    where=("live",),
    aliases={
        "prowler": "cloudfront_distributions_s3_origin_non_existent_bucket",
    },
    frameworks={
        "fsbp": "CloudFront.12",
        "nist-800-53-r5": "CM-2 CM-2(2)",
    },
)
def bucket_of_nobody(distribution: CloudfrontDistribution) -> Iterator[Finding]:
    """S3 origins point to existing own buckets.

    Why: whoever makes a bucket of that name serves what they like under your name.
    Fix: remove the origin, or make the bucket again.
    Source: S3 API, ListBuckets. In code a bucket of that name may be
    made elsewhere, so that only an account is judged.
    """
    for origin in matching(distribution.origin, lambda origin: origin.is_bucket):
        name = _bucket_of(f"{origin.domain_name}")
        if not _exists(distribution, name):
            yield origin.finding(
                f"serves the bucket {name}, which is not in this account",
                at="domain_name",
                key=f"{origin.origin_id}",
            )


@rule(
    "NET-CLOUDFRONT-GEO-RESTRICTION",
    severity="low",
    on=CloudfrontDistribution,
    family="network",
    production=True,
    aliases={
        "checkov": "CKV_AWS_374",
        "prowler": "cloudfront_distributions_geo_restrictions_enabled",
    },
)
def every_country_let_in(distribution: CloudfrontDistribution) -> Finding | None:
    """Distributions restrict countries.

    Why: where there are no users, there are only attackers.
    Fix: set `restriction_type = "whitelist"` and `locations` in `geo_restriction`.
    Source: CloudFront API, GeoRestriction.RestrictionType.
    """
    restrictions = distribution.restrictions
    geo = restrictions.geo_restriction if restrictions else None
    if not geo:
        return distribution.finding("lets every country in", at="restrictions")
    if geo.restriction_type not in ("whitelist", "blacklist"):
        return geo.finding("lets every country in", at="restriction_type")
    return None


@rule(
    "NET-CLOUDFRONT-RESPONSE-HEADERS",
    severity="low",
    on=CloudfrontDistribution,
    family="network",
    aliases={
        "checkov": "CKV2_AWS_32",
    },
)
def answers_without_headers(distribution: CloudfrontDistribution) -> Iterator[Finding]:
    """Distributions attach a response headers policy.

    Why: without its headers browsers guess content types, allow framing and plain HTTP.
    Fix: set `response_headers_policy_id` in each behaviour.
    Source: CloudFront API, CacheBehavior.ResponseHeadersPolicyId; none unless set.
    """
    for behavior in matching(
        distribution.behaviors(), lambda b: b.response_headers_policy_id is None
    ):
        yield behavior.finding(
            f"attaches no response headers policy to {behavior.pattern}",
            at="response_headers_policy_id",
            key=behavior.pattern,
        )


def _exists(distribution: CloudfrontDistribution, bucket: str) -> bool:
    return some(distribution.everything(S3Bucket), lambda b: b.bucket == bucket)


def _bucket_of(domain: str) -> str:
    """The bucket of an S3 domain: `b.s3.eu-west-1.amazonaws.com`, `b.s3.amazonaws.com`."""
    for mark in (".s3.", ".s3-"):
        name, found, _ = domain.partition(mark)
        if found:
            return name
    return domain
