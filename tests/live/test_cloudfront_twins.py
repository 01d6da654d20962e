"""CloudFront rules say of an account what they say of the same Terraform.

The emulator gives back no own certificate, no access control and no response headers policies, and
has no log delivery sources of CloudFront: those are judged on replies in the shape of the API
reference.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from auditor.rules.encryption import cloudfront as encryption
from auditor.rules.iam import cloudfront as iam
from auditor.rules.logging import cloudfront as logs
from auditor.rules.multi_az import cloudfront as availability
from auditor.rules.network import cloudfront as network
from auditor.rules.operations import cloudfront as operations
from auditor.rules.waf import cloudfront as waf
from fake_aws import model_from, refused

from auditor.aws.reader import Reader
from auditor.engine import evaluate
from auditor.model import Model
from auditor.services import cloudfront_readers as readers
from auditor.testing import check_twins

ORIGIN = {
    "Id": "o",
    "DomainName": "o.example.com",
    "CustomOriginConfig": {
        "HTTPPort": 80,
        "HTTPSPort": 443,
        "OriginProtocolPolicy": "https-only",
        "OriginSslProtocols": {"Quantity": 1, "Items": ["TLSv1.2"]},
    },
}
BUCKET = {
    "Id": "o",
    "DomainName": "data.s3.eu-west-1.amazonaws.com",
    "S3OriginConfig": {"OriginAccessIdentity": ""},
}
BEHAVIOR = {
    "TargetOriginId": "o",
    "ViewerProtocolPolicy": "redirect-to-https",
    "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
    "MinTTL": 0,
}


def made(origin: Any = None, behavior: Any = None, **changes: Any) -> dict[str, Any]:
    config: dict[str, Any] = {
        "CallerReference": "r",
        "Comment": "c",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [copy.deepcopy(origin or ORIGIN)]},
        "DefaultCacheBehavior": {**BEHAVIOR, **(behavior or {})},
        **changes,
    }
    return config


def custom(**changes: Any) -> dict[str, Any]:
    return {**ORIGIN, "CustomOriginConfig": {**ORIGIN["CustomOriginConfig"], **changes}}


def geo(kind: str, *countries: str) -> dict[str, Any]:
    said: dict[str, Any] = {"RestrictionType": kind, "Quantity": len(countries)}
    if countries:
        said["Items"] = list(countries)
    return {"GeoRestriction": said}


LOGGING = {"Enabled": True, "IncludeCookies": False, "Bucket": "l.s3.amazonaws.com", "Prefix": ""}


@pytest.mark.emulator
@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (
            encryption.viewers_without_tls,
            made(behavior={"ViewerProtocolPolicy": "allow-all"}),
            made(),
        ),
        (
            encryption.origin_in_the_clear,
            made(custom(OriginProtocolPolicy="http-only")),
            made(),
        ),
        (
            encryption.old_origin_tls,
            made(custom(OriginSslProtocols={"Quantity": 1, "Items": ["TLSv1"]})),
            made(),
        ),
        (network.no_root_object, made(BUCKET), made(BUCKET, DefaultRootObject="index.html")),
        (
            network.every_country_let_in,
            made(Restrictions=geo("none")),
            made(Restrictions=geo("whitelist", "JP")),
        ),
        (logs.requests_not_logged, made(), made(Logging=LOGGING)),
        (
            waf.distribution_without_web_acl,
            made(),
            made(WebACLId="arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/b"),
        ),
        (operations.distribution_left_over, made(Enabled=False), made()),
    ],
)
def test_twins(
    moto_server: Any, make_client: Callable[..., Any], rule: Any, bad: Any, good: Any
) -> None:
    client = make_client("cloudfront", "us-east-1")

    def make(config: dict[str, Any]) -> Callable[[], object]:
        return lambda: client.create_distribution(DistributionConfig=config)

    check_twins(rule, moto_server.url, bad=make(bad), good=make(good), reset=moto_server.reset)


@pytest.mark.emulator
def test_buckets_that_are_there(moto_server: Any, make_client: Callable[..., Any]) -> None:
    client, s3 = make_client("cloudfront", "us-east-1"), make_client("s3", "eu-west-1")

    def distribution() -> None:
        client.create_distribution(DistributionConfig=made(BUCKET))

    def with_bucket() -> None:
        place = {"LocationConstraint": "eu-west-1"}
        s3.create_bucket(Bucket="data", CreateBucketConfiguration=place)
        distribution()

    check_twins(
        network.bucket_of_nobody,
        moto_server.url,
        bad=distribution,
        good=with_bucket,
        reset=moto_server.reset,
    )


ARN = "arn:aws:cloudfront::123456789012:distribution/E1"
CERTIFICATE = {
    "ACMCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/c",
    "SSLSupportMethod": "sni-only",
    "MinimumProtocolVersion": "TLSv1.3_2025",
}


def listed(**changes: Any) -> dict[str, Any]:
    """A distribution as ListDistributions gives it."""
    return {
        "Id": "E1",
        "ARN": ARN,
        "DomainName": "d1.cloudfront.net",
        "Aliases": {"Quantity": 1, "Items": ["app.example.com"]},
        "CacheBehaviors": {"Quantity": 0},
        "HttpVersion": "http2and3",
        "IsIPV6Enabled": True,
        "OriginGroups": {"Quantity": 0},
        "PriceClass": "PriceClass_200",
        "Restrictions": geo("whitelist", "JP"),
        "ViewerCertificate": CERTIFICATE,
        "WebACLId": "",
        **made(),
        **changes,
    }


def read(*more: Reader, replies: Any = None, config: Any = None, **changes: Any) -> Model:
    every = {
        "cloudfront.list_distributions": {"DistributionList": {"Items": [listed(**changes)]}},
        "cloudfront.get_distribution_config": {
            "DistributionConfig": {"DefaultRootObject": "index.html", **(config or {})}
        },
        "cloudfront.list_tags_for_resource": {"Tags": {"Items": [{"Key": "team", "Value": "a"}]}},
        **(replies or {}),
    }
    return model_from([readers.distributions, *more], every, "us-east-1")


def status(rule: Any, model: Model) -> list[str]:
    return [v.status for v in evaluate([rule], model)]


def test_a_distribution_with_all_that_is_read():
    data = read().by_address["aws_cloudfront_distribution.E1"].data
    wanted = {
        "id": "E1",
        "arn": ARN,
        "aliases": ["app.example.com"],
        "default_root_object": "index.html",
        "http_version": "http2and3",
        "logging_config": [],
        "origin_group": [],
        "restrictions": [
            {"geo_restriction": [{"locations": ["JP"], "restriction_type": "whitelist"}]}
        ],
        "tags": {"team": "a"},
        "viewer_certificate": [
            {
                "acm_certificate_arn": CERTIFICATE["ACMCertificateArn"],
                "cloudfront_default_certificate": False,
                "iam_certificate_id": None,
                "minimum_protocol_version": "TLSv1.3_2025",
                "ssl_support_method": "sni-only",
            }
        ],
        "web_acl_id": None,
    }
    assert {name: data[name] for name in wanted} == wanted
    assert data["origin"] == [
        {
            "custom_origin_config": [
                {
                    "http_port": 80,
                    "https_port": 443,
                    "origin_protocol_policy": "https-only",
                    "origin_ssl_protocols": ["TLSv1.2"],
                }
            ],
            "domain_name": "o.example.com",
            "origin_access_control_id": None,
            "origin_id": "o",
            "origin_path": None,
            "s3_origin_config": [],
            "vpc_origin_config": [],
        }
    ]


def cert(**changes: Any) -> dict[str, Any]:
    return {"ViewerCertificate": {**CERTIFICATE, **changes}}


def origins(**changes: Any) -> dict[str, Any]:
    return {"Origins": {"Quantity": 1, "Items": [changes]}}


URL = {**ORIGIN, "DomainName": "abc.lambda-url.eu-west-1.on.aws"}
SIGNED = {"OriginAccessControlId": "C1"}
MEMBERS = {"Quantity": 2, "Items": [{"OriginId": "o"}, {"OriginId": "p"}]}


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (
            encryption.default_certificate,
            {"ViewerCertificate": {"CloudFrontDefaultCertificate": True}},
            cert(),
        ),
        (encryption.dedicated_addresses, cert(SSLSupportMethod="vip"), cert()),
        (encryption.old_viewer_tls, cert(MinimumProtocolVersion="TLSv1"), cert()),
        (
            encryption.tls_without_post_quantum,
            cert(MinimumProtocolVersion="TLSv1.2_2021"),
            cert(),
        ),
        (
            encryption.fields_in_the_clear,
            {},
            {"DefaultCacheBehavior": {**BEHAVIOR, "FieldLevelEncryptionId": "f"}},
        ),
        (
            network.answers_without_headers,
            {},
            {"DefaultCacheBehavior": {**BEHAVIOR, "ResponseHeadersPolicyId": "h"}},
        ),
        (iam.bucket_without_access_control, origins(**BUCKET), origins(**BUCKET, **SIGNED)),
        (iam.function_without_access_control, origins(**URL), origins(**URL, **SIGNED)),
        (
            availability.no_second_origin,
            {},
            {"OriginGroups": {"Quantity": 1, "Items": [{"Id": "g", "Members": MEMBERS}]}},
        ),
    ],
)
def test_what_the_emulator_drops(rule: Any, bad: Any, good: Any) -> None:
    assert status(rule, read(**bad)) == ["fail"]
    assert status(rule, read(**good)) == ["pass"]
    call = "cloudfront.list_distributions"
    assert status(rule, read(replies={call: refused(call)})) == ["undetermined"]


def test_what_only_the_configuration_says():
    call = "cloudfront.get_distribution_config"
    denied = {call: refused(call)}
    bucket = origins(**BUCKET)
    assert status(network.no_root_object, read(config={"DefaultRootObject": ""}, **bucket)) == [
        "fail"
    ]
    assert status(network.no_root_object, read(replies=denied, **bucket)) == ["undetermined"]


def test_log_sources():
    call = "logs.describe_delivery_sources"
    source = {"name": "s", "resourceArns": [ARN], "logType": "ACCESS_LOGS"}

    def logged(reply: Any) -> list[str]:
        return status(
            logs.requests_not_logged,
            read(readers.cloudfront_log_sources, replies={call: reply}),
        )

    assert logged({"deliverySources": [source]}) == ["pass"]
    assert logged({"deliverySources": []}) == ["fail"]
    assert logged(refused(call)) == ["undetermined"]
    model = model_from([readers.log_sources], {call: {"deliverySources": [source]}}, "us-east-1")
    assert "aws_cloudwatch_log_delivery_source" not in model.by_type  # read by the other reader


def test_origin_access_controls():
    item = {
        "Id": "C1",
        "Name": "c",
        "Description": "",
        "SigningProtocol": "sigv4",
        "SigningBehavior": "always",
        "OriginAccessControlOriginType": "s3",
    }
    call = "cloudfront.list_origin_access_controls"
    replies = {call: {"OriginAccessControlList": {"Items": [item]}}}
    model = model_from([readers.origin_access_controls], replies)
    data = model.by_address["aws_cloudfront_origin_access_control.C1"].data
    assert (data["name"], data["signing_behavior"]) == ("c", "always")


def headers_policy(id: str, strict: Any) -> dict[str, Any]:
    config = {"Name": id, "SecurityHeadersConfig": {"StrictTransportSecurity": strict}}
    policy = {"Id": id, "ResponseHeadersPolicyConfig": config}
    return {"Type": "custom", "ResponseHeadersPolicy": policy}


def test_response_headers_policies():
    strict = {
        "Override": True,
        "IncludeSubdomains": True,
        "Preload": True,
        "AccessControlMaxAgeSec": 63_072_000,
    }

    items = [headers_policy("h1", strict), headers_policy("h2", {})]
    call = "cloudfront.list_response_headers_policies"
    both = {"ResponseHeadersPolicyList": {"Items": items}}
    model = model_from([readers.response_headers_policies], {call: both})
    assert status(encryption.browsers_may_use_http, model) == ["pass", "fail"]
    denied = model_from([readers.response_headers_policies], {call: refused(call)})
    assert status(encryption.browsers_may_use_http, denied) == ["undetermined"]
