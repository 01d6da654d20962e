"""Rules about certificates and zones say of an account what they say of the same Terraform.

The emulator says RSA_2048 of every certificate and cannot sign zones; those are judged on replies
in the shape of the API references.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from auditor.rules.encryption import acm as strength
from auditor.rules.encryption import route53 as signing
from auditor.rules.logging import acm as transparency
from auditor.rules.logging import route53 as queries
from auditor.rules.operations import acm as upkeep
from fake_aws import model_from, refused, tagged

from auditor.engine import evaluate
from auditor.model import Model
from auditor.services import acm, route53
from auditor.testing import check_twins, judge_live

ARN = "arn:aws:acm:eu-west-1:123456789012:certificate/c"


def status(rule: Any, model: Model) -> list[str]:
    return [v.status for v in evaluate([rule], model) if v.status != "not_applicable"]


@pytest.mark.emulator
def test_wildcards(moto_server: Any, make_client: Callable[..., Any]) -> None:
    client = make_client("acm")

    def request(name: str) -> Callable[[], object]:
        return lambda: client.request_certificate(DomainName=name, ValidationMethod="DNS")

    check_twins(
        upkeep.for_every_name,
        moto_server.url,
        bad=request("*.example.com"),
        good=request("app.example.com"),
        reset=moto_server.reset,
    )


@pytest.mark.emulator
def test_query_logs(moto_server: Any, make_client: Callable[..., Any]) -> None:
    dns, logs = make_client("route53", "us-east-1"), make_client("logs", "us-east-1")

    def zone() -> str:
        made = dns.create_hosted_zone(Name="example.com", CallerReference="r")
        return str(made["HostedZone"]["Id"])

    def logged() -> None:
        logs.create_log_group(logGroupName="/aws/route53/example.com")
        arn = logs.describe_log_groups()["logGroups"][0]["arn"]
        id = zone().rpartition("/")[2]
        dns.create_query_logging_config(HostedZoneId=id, CloudWatchLogsLogGroupArn=arn)

    check_twins(
        queries.queries_not_logged,
        moto_server.url,
        bad=zone,
        good=logged,
        reset=moto_server.reset,
    )
    moto_server.reset()
    vpc = make_client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    dns.create_hosted_zone(
        Name="in.example.com",
        CallerReference="p",
        HostedZoneConfig={"PrivateZone": True},
        VPC={"VPCRegion": "eu-west-1", "VPCId": vpc},
    )
    assert judge_live(queries.queries_not_logged, moto_server.url) == []


def certificates(describe: Any = None, **changes: Any) -> Model:
    said = {
        "CertificateArn": ARN,
        "DomainName": "app.example.com",
        "SubjectAlternativeNames": ["app.example.com"],
        "KeyAlgorithm": "RSA-2048",
        "Status": "ISSUED",
        "Type": "AMAZON_ISSUED",
        "DomainValidationOptions": [{"ValidationMethod": "DNS"}],
        "Options": {"CertificateTransparencyLoggingPreference": "ENABLED"},
        **changes,
    }

    def listed(arguments: Any) -> dict[str, Any]:
        assert "EC_prime256v1" in arguments["Includes"]["keyTypes"]
        return {
            "CertificateSummaryList": [{"CertificateArn": ARN, "DomainName": said["DomainName"]}]
        }

    replies = {
        "acm.list_certificates": listed,
        "acm.describe_certificate": {"Certificate": said} if describe is None else describe,
        "resourcegroupstaggingapi.get_resources": tagged(ARN),
    }
    return model_from([acm.certificates], replies)


@pytest.mark.parametrize(
    ("rule", "bad"),
    [
        (strength.weak_key, {"KeyAlgorithm": "RSA-1024"}),
        (
            transparency.not_in_the_public_logs,
            {"Options": {"CertificateTransparencyLoggingPreference": "DISABLED"}},
        ),
        (upkeep.not_renewed, {"Type": "IMPORTED", "DomainValidationOptions": []}),
        (upkeep.not_renewed, {"DomainValidationOptions": [{"ValidationMethod": "EMAIL"}]}),
        (upkeep.not_issued, {"Status": "PENDING_VALIDATION"}),
    ],
)
def test_certificates(rule, bad):
    assert status(rule, certificates()) == ["pass"]
    assert status(rule, certificates(**bad)) == ["fail"]
    denied = certificates(refused("acm.describe_certificate"))
    assert status(rule, denied) == ["undetermined"]


def test_a_certificate_with_all_that_is_read():
    data = certificates().by_address[f"aws_acm_certificate.{ARN}"].data
    assert (data["key_algorithm"], data["validation_method"]) == ("RSA_2048", "DNS")
    assert (data["type"], data["status"]) == ("AMAZON_ISSUED", "ISSUED")
    assert data["tags"] == {"team": "a"}


def test_terms():
    def ending(days: int) -> list[str]:
        ends = datetime.now(UTC) + timedelta(days=days, hours=1)
        item = {"CertificateArn": ARN, "NotAfter": ends, "Status": "ISSUED"}
        replies = {"acm.list_certificates": {"CertificateSummaryList": [item]}}
        return status(upkeep.not_renewed, model_from([acm.certificate_terms], replies))

    assert ending(29) == ["fail"]
    assert ending(30) == ["pass"]


def zones(dnssec: Any, private: bool = False, get: Any = None) -> Model:
    replies = {
        "route53.list_hosted_zones": {
            "HostedZones": [
                {
                    "Id": "/hostedzone/Z1",
                    "Name": "example.com.",
                    "Config": {"Comment": "ours", "PrivateZone": private},
                }
            ]
        },
        "route53.list_tags_for_resources": {
            "ResourceTagSets": [{"ResourceId": "Z1", "Tags": [{"Key": "team", "Value": "a"}]}]
        },
        "route53.get_hosted_zone": get,
        "route53.get_dnssec": dnssec,
        "route53.list_resource_record_sets": {
            "ResourceRecordSets": [
                {"Name": "example.com.", "Type": "NS", "TTL": 1, "ResourceRecords": []},
                {
                    "Name": "\\052.example.com.",
                    "Type": "A",
                    "TTL": 300,
                    "ResourceRecords": [{"Value": "192.0.2.1"}],
                },
                {
                    "Name": "app.example.com.",
                    "Type": "AAAA",
                    "AliasTarget": {
                        "DNSName": "d1.cloudfront.net.",
                        "HostedZoneId": "Z2",
                        "EvaluateTargetHealth": False,
                    },
                },
            ]
        },
    }
    return model_from([route53.zones, route53.dnssec, route53.records], replies)


KEY = {"Name": "k", "KmsArn": "arn:aws:kms:us-east-1:1:key/k", "Status": "ACTIVE"}
SIGNED = {"Status": {"ServeSignature": "SIGNING"}, "KeySigningKeys": [KEY]}


def test_signatures():
    rule = signing.zone_not_signed
    assert status(rule, zones(SIGNED)) == ["pass"]
    assert status(rule, zones({"Status": {"ServeSignature": "NOT_SIGNING"}})) == ["fail"]
    assert status(rule, zones({**SIGNED, "KeySigningKeys": []})) == ["fail"]
    assert status(rule, zones(refused("route53.get_dnssec"))) == ["undetermined"]
    hidden = refused("route53.get_hosted_zone")
    assert status(rule, zones(SIGNED, private=True, get=hidden)) == []


def test_a_zone_and_its_records():
    model = zones(SIGNED)
    zone = model.by_address["aws_route53_zone.Z1"].data
    assert (zone["name"], zone["comment"], zone["vpc"]) == ("example.com", "ours", [])
    assert zone["tags"] == {"team": "a"}
    wild, alias = model.by_type["aws_route53_record"]
    assert (wild.data["id"], wild.data["records"]) == ("Z1_*.example.com_A", ["192.0.2.1"])
    assert alias.data["alias"] == [
        {"evaluate_target_health": False, "name": "d1.cloudfront.net", "zone_id": "Z2"}
    ]
