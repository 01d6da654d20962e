"""Rules about ECR."""

from __future__ import annotations

import json

import pytest
from auditor.rules.backups import ecr as backups
from auditor.rules.encryption import ecr as encryption
from auditor.rules.iam import ecr as iam
from auditor.rules.operations import ecr as operations

from auditor.engine import evaluate
from auditor.model import Model
from auditor.resource import Resource
from auditor.services.ecr import EcrImage
from auditor.testing import check_rule, judge_code

OPEN = 'variable "x" {}\nvariable "n" { type = string }\n'


def repository(body: str = "", name: str = '"app/api"') -> str:
    return f'resource "aws_ecr_repository" "r" {{\n  name = {name}\n{body}\n}}\n'


def scanning(frequency: str, pattern: str) -> str:
    return (
        'resource "aws_ecr_registry_scanning_configuration" "s" {\n  scan_type = "ENHANCED"\n'
        f"  rule {{\n    scan_frequency = {frequency}\n    repository_filter {{\n"
        f'      filter = {pattern}\n      filter_type = "WILDCARD"\n    }}\n  }}\n}}\n'
    )


def test_images_not_scanned():
    check_rule(
        operations.images_not_scanned,
        bad=repository(),
        good=repository("image_scanning_configuration { scan_on_push = true }"),
        unknown=OPEN + repository("image_scanning_configuration { scan_on_push = var.x }"),
        at="image_scanning_configuration",
    )


@pytest.mark.parametrize(
    ("frequency", "pattern", "status"),
    [
        ('"CONTINUOUS_SCAN"', '"*"', "pass"),
        ('"SCAN_ON_PUSH"', '"app/*"', "pass"),
        ('"SCAN_ON_PUSH"', '"p/ap"', "pass"),
        ('"SCAN_ON_PUSH"', '"other/*"', "fail"),
        ('"MANUAL"', '"*"', "fail"),
        ("var.x", '"*"', "undetermined"),
        ('"SCAN_ON_PUSH"', "var.n", "undetermined"),
    ],
)
def test_the_registry_scans(frequency, pattern, status):
    text = OPEN + repository() + scanning(frequency, pattern)
    (verdict,) = judge_code(operations.images_not_scanned, text)
    assert verdict.status == status


def test_tags_can_be_moved():
    check_rule(
        operations.tags_can_be_moved,
        bad=repository(),
        good=repository('image_tag_mutability = "IMMUTABLE"'),
        unknown=OPEN + repository("image_tag_mutability = var.n"),
        at="image_tag_mutability",
    )


def test_images_kept_for_ever():
    lifecycle = (
        'resource "aws_ecr_lifecycle_policy" "l" {\n  repository = REPOSITORY\n  policy = "{}"\n}\n'
    )
    check_rule(
        operations.images_kept_for_ever,
        bad=repository() + lifecycle.replace("REPOSITORY", '"other"'),
        good=repository() + lifecycle.replace("REPOSITORY", "aws_ecr_repository.r.name"),
        unknown=OPEN + repository() + lifecycle.replace("REPOSITORY", "var.n"),
    )


def test_vulnerable_image():
    def verdict(**attributes: object) -> str:
        data = {"repository": "app", **attributes}
        image = Resource("aws_ecr_image.app", EcrImage.tf, data, source="live")
        (found,) = evaluate([operations.vulnerable_image], Model([image], source="live"))
        return found.status

    assert verdict(scan_status="COMPLETE", findings={"HIGH": 2}) == "fail"
    assert verdict(scan_status="COMPLETE", findings={"LOW": 2}) == "pass"
    assert verdict(scan_status="FAILED", findings={}) == "fail"
    assert verdict(scan_status=None, findings={}) == "not_applicable"
    assert verdict() == "undetermined"


def test_images_without_own_key():
    def encrypted(kind: str, key: str) -> str:
        return repository(
            f"encryption_configuration {{\n  encryption_type = {kind}\n  kms_key = {key}\n}}"
        )

    key = 'resource "aws_kms_key" "k" {}\n'
    check_rule(
        encryption.images_without_own_key,
        bad=encrypted('"KMS"', "null"),
        good=key + encrypted('"KMS"', "aws_kms_key.k.arn"),
        unknown=OPEN + encrypted('"KMS"', "var.n"),
        at="encryption_configuration[0].kms_key",
    )
    check_rule(
        encryption.images_without_own_key,
        bad=encrypted('"AES256"', "null"),
        good=key + encrypted('"KMS_DSSE"', "aws_kms_key.k.arn"),
        at="encryption_configuration[0].encryption_type",
    )
    (verdict,) = judge_code(encryption.images_without_own_key, repository())
    assert verdict.status == "fail"


def test_repository_for_anyone():
    def policy(principal: object) -> str:
        statement = {"Effect": "Allow", "Principal": principal, "Action": "ecr:BatchGetImage"}
        text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return (
            'resource "aws_ecr_repository_policy" "p" {\n  repository = "app"\n'
            f"  policy = <<-EOT\n{text}\n  EOT\n}}\n"
        )

    check_rule(
        iam.repository_for_anyone,
        bad=policy("*"),
        good=policy({"AWS": "arn:aws:iam::123456789012:root"}),
        unknown=OPEN
        + 'resource "aws_ecr_repository_policy" "p" {\n  repository = "a"\n  policy = var.n\n}',
        at="policy",
    )


def replication(region: str, filtered: str = "") -> str:
    only = (
        f'repository_filter {{\n filter = {filtered}\n filter_type = "PREFIX_MATCH"\n}}'
        if filtered
        else ""
    )
    return (
        'resource "aws_ecr_replication_configuration" "c" {\n  replication_configuration {\n'
        f'    rule {{\n      destination {{\n        region = {region}\n        registry_id = "1"\n'
        f"      }}\n{only}\n    }}\n  }}\n}}\n"
    )


def test_images_in_one_region():
    check_rule(
        backups.images_in_one_region,
        bad=repository() + replication('"eu-central-1"', '"other/"'),
        good=repository() + replication('"eu-central-1"', '"app/"'),
        unknown=OPEN + repository(name="var.n") + replication('"eu-central-1"', '"app/"'),
    )
    check_rule(
        backups.images_in_one_region,
        bad=repository(),
        good=repository() + replication('"eu-central-1"'),
    )
