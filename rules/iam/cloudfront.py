"""How CloudFront proves to origins that it is asking."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.cloudfront import CloudfrontDistribution, Origin
from auditor.values import all_of, matching


@rule(
    "IAM-CLOUDFRONT-S3-OAC",
    severity="medium",
    on=CloudfrontDistribution,
    family="iam",
    aliases={
        "checkov": "CKV2_AWS_46",
        "prowler": "cloudfront_distributions_s3_origin_access_control",
    },
    frameworks={
        "fsbp": "CloudFront.13",
        "pci-dss-4": "10.3.4",
    },
)
def bucket_without_access_control(distribution: CloudfrontDistribution) -> Iterator[Finding]:
    """S3 origins are reached through origin access control.

    Why: without it the bucket has to be readable by everybody, past CloudFront and its web ACL; the
    older identity knows neither KMS keys nor new regions.
    Fix: add an `aws_cloudfront_origin_access_control`, set `origin_access_control_id`, and let only
    the distribution read in the bucket policy.
    Source: CloudFront API, Origin.OriginAccessControlId; none unless set.
    """
    for origin in matching(distribution.origin, _open(lambda origin: origin.is_bucket)):
        yield origin.finding(
            f"reads {origin.origin_id} without origin access control",
            at="origin_access_control_id",
            key=f"{origin.origin_id}",
        )


@rule(
    "IAM-CLOUDFRONT-LAMBDA-URL-OAC",
    severity="medium",
    on=CloudfrontDistribution,
    family="iam",
    frameworks={
        "fsbp": "CloudFront.16",
    },
)
def function_without_access_control(distribution: CloudfrontDistribution) -> Iterator[Finding]:
    """Function URL origins are reached through origin access control.

    Why: without it the URL has to answer everybody, past CloudFront and its web ACL.
    Fix: add an `aws_cloudfront_origin_access_control` of type `lambda`, set
    `origin_access_control_id`, and `authorization_type = "AWS_IAM"` of the function URL.
    Source: CloudFront API, Origin.OriginAccessControlId; none unless set.
    """
    for origin in matching(distribution.origin, _open(lambda origin: origin.is_function_url)):
        yield origin.finding(
            f"calls {origin.origin_id} without origin access control",
            at="origin_access_control_id",
            key=f"{origin.origin_id}",
        )


def _open(kind: Callable[[Origin], bool]) -> Callable[[Origin], bool]:
    """Whether an origin is of a kind and has no access control."""
    return lambda origin: all_of(lambda: not origin.has_access_control, lambda: kind(origin))
