"""Rules about ElastiCache and DynamoDB."""

from __future__ import annotations

import pytest
from auditor.rules.backups import dynamodb as table_backups
from auditor.rules.backups import elasticache as cache_backups
from auditor.rules.encryption import dynamodb as table_encryption
from auditor.rules.encryption import elasticache as cache_encryption
from auditor.rules.iam import elasticache as cache_iam
from auditor.rules.logging import elasticache as cache_logs
from auditor.rules.multi_az import dynamodb as table_availability
from auditor.rules.multi_az import elasticache as cache_availability
from auditor.rules.network import elasticache as cache_network
from auditor.rules.operations import elasticache as cache_upkeep

from auditor.testing import check_rule

FLAG = 'variable "v" { type = bool }\n'
TEXT = 'variable "v" { type = string }\n'
MEMCACHED = 'resource "aws_elasticache_cluster" "m" {\n cluster_id = "m"\n engine = "memcached"\n}'


def group(body: str = "") -> str:
    return (
        'resource "aws_elasticache_replication_group" "g" {\n'
        f'  replication_group_id = "g"\n  description = "g"\n{body}\n}}\n'
    )


def table(body: str = "") -> str:
    return (
        'resource "aws_dynamodb_table" "t" {\n  name = "t"\n  hash_key = "id"\n'
        f'  attribute {{\n    name = "id"\n    type = "S"\n  }}\n{body}\n}}\n'
    )


@pytest.mark.parametrize(
    ("rule", "argument"),
    [
        (cache_encryption.cache_in_the_clear, "at_rest_encryption_enabled"),
        (cache_encryption.cache_without_tls, "transit_encryption_enabled"),
        (cache_availability.no_failover, "automatic_failover_enabled"),
        (cache_availability.one_zone, "multi_az_enabled"),
    ],
)
def test_flags_of_replication_groups(rule, argument):
    check_rule(
        rule,
        bad=group(f"{argument} = false"),
        good=group(f"{argument} = true"),
        unknown=FLAG + group(f"{argument} = var.v"),
        at=argument,
    )
    check_rule(rule, bad=group(), good=group(f"{argument} = true"))


@pytest.mark.parametrize(
    "rule", [cache_encryption.cache_in_the_clear, cache_encryption.cache_without_tls]
)
def test_valkey_is_encrypted_unless_told_otherwise(rule):
    argument = {"ENC-ELASTICACHE-AT-REST": "at_rest_encryption_enabled"}.get(
        rule.id, "transit_encryption_enabled"
    )
    valkey = 'engine = "valkey"'
    check_rule(rule, bad=group(f"{valkey}\n{argument} = false"), good=group(valkey))


def test_preferred_tls_still_lets_clients_in_without_it():
    check_rule(
        cache_encryption.cache_without_tls,
        bad=group('transit_encryption_enabled = true\ntransit_encryption_mode = "preferred"'),
        good=group('transit_encryption_enabled = true\ntransit_encryption_mode = "required"'),
        at="transit_encryption_mode",
    )


def test_keys_of_caches():
    check_rule(
        cache_encryption.cache_without_own_key,
        bad=group("at_rest_encryption_enabled = true"),
        good='resource "aws_kms_key" "k" {}\n'
        + group("at_rest_encryption_enabled = true\nkms_key_id = aws_kms_key.k.arn"),
        unknown=TEXT + group("kms_key_id = var.v"),
        at="kms_key_id",
    )


def test_caches_authenticate():
    check_rule(
        cache_iam.anyone_may_connect,
        bad=group(),
        good=group('user_group_ids = ["admins"]')
        + group('auth_token = "0123456789abcdef"').replace('" "g"', '" "h"'),
        unknown='variable "v" { type = set(string) }\n' + group("user_group_ids = var.v"),
    )


def test_caches_keep_snapshots():
    check_rule(
        cache_backups.no_snapshots,
        bad=group("snapshot_retention_limit = 0"),
        good=group("snapshot_retention_limit = 7"),
        unknown='variable "v" { type = number }\n' + group("snapshot_retention_limit = var.v"),
        not_for=MEMCACHED,
        at="snapshot_retention_limit",
    )


def test_caches_take_minor_upgrades():
    check_rule(
        cache_upkeep.no_minor_upgrades,
        bad=group("auto_minor_version_upgrade = false"),
        good=group(),
        unknown=FLAG + group("auto_minor_version_upgrade = var.v"),
        not_for=MEMCACHED,
        at="auto_minor_version_upgrade",
    )


def log(kind: str) -> str:
    return (
        "log_delivery_configuration {\n"
        '  destination = "g"\n  destination_type = "cloudwatch-logs"\n  log_format = "json"\n'
        f"  log_type = {kind}\n}}\n"
    )


def test_caches_deliver_logs():
    check_rule(
        cache_logs.logs_not_delivered,
        bad=group(log('"slow-log"')),
        good=group(log('"slow-log"') + log('"engine-log"')),
        unknown=TEXT + group(log('"slow-log"') + log("var.v")),
        at="log_delivery_configuration",
    )


def test_caches_name_their_subnets():
    check_rule(
        cache_network.default_subnets,
        bad=group(),
        good=group('subnet_group_name = "private"'),
        unknown=TEXT + group("subnet_group_name = var.v"),
        at="subnet_group_name",
    )


def test_keys_of_tables():
    check_rule(
        table_encryption.table_without_own_key,
        bad=table() + table("server_side_encryption { enabled = true }").replace('"t" {', '"u" {'),
        good='resource "aws_kms_key" "k" {}\n'
        + table("server_side_encryption {\n enabled = true\n kms_key_arn = aws_kms_key.k.arn\n}"),
        unknown=FLAG + table("server_side_encryption { enabled = var.v }"),
    )


def test_keys_of_replicas():
    check_rule(
        table_encryption.replica_without_own_key,
        bad=table('replica { region_name = "eu-central-1" }'),
        good=table(
            'replica {\n region_name = "eu-central-1"\n kms_key_arn = aws_kms_replica_key.k.arn\n}'
        )
        + 'resource "aws_kms_replica_key" "k" { primary_key_arn = "arn:k" }\n',
        unknown=table('replica {\n region_name = "eu-central-1"\n kms_key_arn = "arn:k"\n}'),
        at="replica[0].kms_key_arn",
    )


def test_tables_recover_to_a_point_in_time():
    check_rule(
        table_backups.no_point_in_time_recovery,
        bad=table() + table("point_in_time_recovery { enabled = false }").replace('"t" {', '"u" {'),
        good=table("point_in_time_recovery { enabled = true }"),
        unknown=FLAG + table("point_in_time_recovery { enabled = var.v }"),
        at="point_in_time_recovery[0].enabled",
    )


def test_tables_have_replicas():
    check_rule(
        table_backups.no_replica,
        bad=table(),
        good=table('replica { region_name = "eu-central-1" }'),
        unknown='variable "v" { type = set(string) }\n'
        + table(
            'dynamic "replica" {\n for_each = var.v\n content { region_name = replica.value }\n}'
        ),
    )


def test_tables_are_protected_from_deletion():
    check_rule(
        table_availability.can_be_deleted,
        bad=table(),
        good=table("deletion_protection_enabled = true"),
        unknown=FLAG + table("deletion_protection_enabled = var.v"),
        at="deletion_protection_enabled",
    )
