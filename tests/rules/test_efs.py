"""Rules about EFS."""

from __future__ import annotations

import json

from auditor.rules.backups import efs as backups
from auditor.rules.encryption import efs as encryption
from auditor.rules.iam import efs as iam
from auditor.rules.multi_az import efs as availability
from auditor.rules.network import efs as network

from auditor.testing import check_rule

TEXT = 'variable "v" { type = string }\n'
FLAG = 'variable "v" { type = bool }\n'
KEY = 'resource "aws_kms_key" "k" {}\n'


def system(body: str = "") -> str:
    return f'resource "aws_efs_file_system" "f" {{\n{body}\n}}\n'


def policy(**statement: object) -> str:
    said = {"Principal": {"AWS": "*"}, "Resource": "*", **statement}
    text = json.dumps({"Version": "2012-10-17", "Statement": [said]})
    return attached(f"jsonencode({text})")


def attached(value: str) -> str:
    return (
        'resource "aws_efs_file_system_policy" "p" {\n'
        f"  file_system_id = aws_efs_file_system.f.id\n  policy = {value}\n}}\n"
    )


OPEN = {"Effect": "Allow", "Action": "elasticfilesystem:ClientMount"}
PINNED = {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}
TLS = {
    "Effect": "Deny",
    "Action": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def test_encryption():
    check_rule(
        encryption.files_in_the_clear,
        bad=system(),
        good=system("encrypted = true"),
        unknown=FLAG + system("encrypted = var.v"),
        at="encrypted",
    )
    check_rule(
        encryption.files_with_the_key_of_aws,
        bad=system("encrypted = true"),
        good=KEY + system("encrypted = true\n  kms_key_id = aws_kms_key.k.arn"),
        unknown=TEXT + system("encrypted = true\n  kms_key_id = var.v"),
        at="kms_key_id",
    )


def test_tls():
    check_rule(
        encryption.mounts_without_tls,
        bad=system() + policy(**OPEN),
        good=system() + policy(**TLS),
        unknown=TEXT + system() + attached("var.v"),
    )
    check_rule(encryption.mounts_without_tls, bad=system(), good=system() + policy(**TLS))


def test_policies():
    check_rule(
        iam.any_client_may_mount,
        bad=system(),
        good=system() + policy(**OPEN, Condition=PINNED),
        unknown=TEXT + system() + attached("var.v"),
    )
    check_rule(
        iam.any_client_may_mount,
        bad=system() + policy(**OPEN),
        good=system() + policy(**TLS),
        at="policy",
    )


def test_automatic_backups():
    def backs_up(status: str) -> str:
        return (
            'resource "aws_efs_backup_policy" "b" {\n'
            "  file_system_id = aws_efs_file_system.f.id\n"
            f"  backup_policy {{\n    status = {status}\n  }}\n}}\n"
        )

    check_rule(
        backups.no_automatic_backups,
        bad=system(),
        good=system() + backs_up('"ENABLED"'),
        unknown=TEXT + system() + backs_up("var.v"),
    )
    check_rule(
        backups.no_automatic_backups,
        bad=system() + backs_up('"DISABLED"'),
        good=system() + backs_up('"ENABLED"'),
    )


def test_access_points():
    def point(body: str) -> str:
        return (
            system() + 'resource "aws_efs_access_point" "a" {\n'
            f"  file_system_id = aws_efs_file_system.f.id\n{body}\n}}\n"
        )

    check_rule(
        iam.access_point_to_everything,
        bad=point(""),
        good=point('root_directory {\n  path = "/app"\n}'),
        unknown=TEXT + point("root_directory {\n  path = var.v\n}"),
        at="root_directory",
    )
    check_rule(
        iam.access_point_to_everything,
        bad=point('root_directory {\n  path = "/"\n}'),
        good=point('root_directory {\n  path = "/app"\n}'),
        at="root_directory[0].path",
    )
    user = "posix_user {\n  uid = 1000\n  gid = 1000\n}"
    check_rule(
        iam.access_point_without_user,
        bad=point(""),
        good=point(user),
        unknown=FLAG
        + point(
            'dynamic "posix_user" {\n  for_each = var.v ? [1] : []\n'
            "  content {\n    uid = 1\n    gid = 1\n  }\n}"
        ),
        at="posix_user",
    )


TARGET = (
    'resource "aws_efs_mount_target" "m" {\n  count = %s\n'
    "  file_system_id = aws_efs_file_system.f.id\n  subnet_id = %s\n}\n"
)


def test_mount_targets():
    subnet = (
        'resource "aws_subnet" "s" {\n  vpc_id = "vpc-1"\n  cidr_block = "10.0.0.0/24"\n'
        "  map_public_ip_on_launch = %s\n}\n"
    )
    target = system() + TARGET % ("1", "aws_subnet.s.id")
    check_rule(
        network.mount_target_in_a_public_subnet,
        bad=target + subnet % "true",
        good=target + subnet % "false",
        unknown=TEXT + system() + TARGET % ("1", "var.v"),
        at="subnet_id",
    )


def test_zones():
    check_rule(
        availability.files_in_one_zone,
        bad=system() + TARGET % ("1", '"subnet-1"'),
        good=system() + TARGET % ("2", '"subnet-1"'),
        unknown='variable "v" { type = number }\n' + system() + TARGET % ("var.v", '"subnet-1"'),
    )
    check_rule(
        availability.files_in_one_zone,
        bad=system('availability_zone_name = "eu-west-1a"') + TARGET % ("2", '"subnet-1"'),
        good=system() + TARGET % ("2", '"subnet-1"'),
        unknown=TEXT + system("availability_zone_name = var.v") + TARGET % ("2", '"subnet-1"'),
        at="availability_zone_name",
    )
