"""Rules about RDS and Aurora."""

from __future__ import annotations

import pytest
from auditor.rules.backups import rds as backups
from auditor.rules.encryption import rds as encryption
from auditor.rules.encryption import rds_copies as copies
from auditor.rules.iam import rds as iam
from auditor.rules.multi_az import rds as availability
from auditor.rules.network import rds as network
from auditor.rules.operations import rds as operations
from auditor.rules.secrets import rds as secrets

from auditor.testing import check_rule, judge_code

TEXT = 'variable "v" { type = string }\n'
FLAG = 'variable "v" { type = bool }\n'
NUMBER = 'variable "v" { type = number }\n'
LIST = 'variable "v" { type = list(string) }\n'
KEY = 'resource "aws_kms_key" "k" {}\n'
MINE = "aws_kms_key.k.arn"


def db(body: str = "", engine: str = '"postgres"') -> str:
    return (
        f'resource "aws_db_instance" "d" {{\n  identifier = "d"\n  engine = {engine}\n{body}\n}}\n'
    )


def replica(body: str = "") -> str:
    return (
        'resource "aws_db_instance" "r" {\n'
        f"  replicate_source_db = aws_db_instance.d.identifier\n{body}\n}}\n"
    )


def cluster(body: str = "", engine: str = '"aurora-postgresql"') -> str:
    return (
        'resource "aws_rds_cluster" "c" {\n  cluster_identifier = "c"\n'
        f"  engine = {engine}\n{body}\n}}\n"
    )


def member(body: str = "") -> str:
    return (
        'resource "aws_rds_cluster_instance" "m" {\n  identifier = "m"\n'
        "  cluster_identifier = aws_rds_cluster.c.id\n"
        f'  engine = "aurora-postgresql"\n  instance_class = "db.r6g.large"\n{body}\n}}\n'
    )


def group(*parameters: tuple[str, str], kind: str = "aws_db_parameter_group") -> str:
    blocks = "".join(
        f"  parameter {{\n    name = {name}\n    value = {value}\n  }}\n"
        for name, value in parameters
    )
    return f'resource "{kind}" "g" {{\n  name = "g"\n  family = "postgres15"\n{blocks}}}\n'


IN_GROUP = "  parameter_group_name = aws_db_parameter_group.g.name\n"
SSL = '"rds.force_ssl"'

FLAGS = [
    (encryption.instance_storage_in_the_clear, db, "storage_encrypted"),
    (encryption.cluster_storage_in_the_clear, cluster, "storage_encrypted"),
    (availability.instance_in_one_zone, db, "multi_az"),
    (availability.instance_can_be_deleted, db, "deletion_protection"),
    (availability.cluster_can_be_deleted, cluster, "deletion_protection"),
    (iam.instance_without_iam_sign_in, db, "iam_database_authentication_enabled"),
    (iam.cluster_without_iam_sign_in, cluster, "iam_database_authentication_enabled"),
    (secrets.password_not_managed, db, "manage_master_user_password"),
    (secrets.password_not_managed, cluster, "manage_master_user_password"),
    (operations.instance_snapshots_without_tags, db, "copy_tags_to_snapshot"),
    (operations.cluster_snapshots_without_tags, cluster, "copy_tags_to_snapshot"),
]


@pytest.mark.parametrize(("rule", "resource", "argument"), FLAGS)
def test_flags_that_have_to_be_set(rule, resource, argument):
    check_rule(
        rule,
        bad=resource(f"  {argument} = false"),
        good=resource(f"  {argument} = true"),
        unknown=FLAG + resource(f"  {argument} = var.v"),
        at=argument,
    )
    check_rule(rule, bad=resource(), good=resource(f"  {argument} = true"), at=argument)


@pytest.mark.parametrize(
    ("rule", "resource", "argument", "bad"),
    [
        (network.reachable_from_the_internet, db, "publicly_accessible", "true"),
        (network.reachable_from_the_internet, member, "publicly_accessible", "true"),
        (backups.deleted_without_a_snapshot, db, "skip_final_snapshot", "true"),
        (backups.deleted_without_a_snapshot, cluster, "skip_final_snapshot", "true"),
        (operations.no_minor_upgrades, db, "auto_minor_version_upgrade", "false"),
        (operations.no_minor_upgrades, member, "auto_minor_version_upgrade", "false"),
    ],
)
def test_flags_that_must_not_be_set(rule, resource, argument, bad):
    good = "false" if bad == "true" else "true"
    base = cluster() if resource is member else ""
    check_rule(
        rule,
        bad=base + resource(f"  {argument} = {bad}"),
        good=base + resource(f"  {argument} = {good}"),
        unknown=FLAG + base + resource(f"  {argument} = var.v"),
        at=argument,
    )


def test_defaults_that_are_sound():
    for rule in (
        network.reachable_from_the_internet,
        backups.deleted_without_a_snapshot,
        operations.no_minor_upgrades,
        copies.old_certificate_authority,
    ):
        assert [v.status for v in judge_code(rule, db())] == ["pass"]
    # RDS would decide by the subnets, but the provider sends false.
    (verdict,) = judge_code(network.reachable_from_the_internet, cluster() + member())
    assert verdict.status == "pass"


def test_encryption_of_replicas_and_restores():
    rule = encryption.instance_storage_in_the_clear
    check_rule(
        rule,
        bad=db("  storage_encrypted = true") + db().replace('"d"', '"e"') + replica(),
        good=db("  storage_encrypted = true") + replica(),
    )
    verdicts = judge_code(rule, db() + replica())
    assert [v.findings[0].attribute for v in verdicts] == [
        "storage_encrypted",
        "replicate_source_db",
    ]
    (verdict,) = judge_code(rule, db('  snapshot_identifier = "s"'))
    assert verdict.status == "undetermined"
    serverless = cluster('  engine_mode = "serverless"')
    (verdict,) = judge_code(encryption.cluster_storage_in_the_clear, serverless)
    assert verdict.status == "pass"
    restored = cluster('  snapshot_identifier = "s"')
    (verdict,) = judge_code(encryption.cluster_storage_in_the_clear, restored)
    assert verdict.status == "undetermined"


@pytest.mark.parametrize("resource", [db, cluster])
def test_keys(resource):
    on = "  storage_encrypted = true\n"
    check_rule(
        encryption.key_of_aws,
        bad=resource(on),
        good=KEY + resource(f"{on}  kms_key_id = {MINE}"),
        unknown=TEXT + resource(f"{on}  kms_key_id = var.v"),
        at="kms_key_id",
    )


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ('data "aws_kms_alias" "k" { name = "alias/aws/rds" }', "fail"),
        ('data "aws_kms_alias" "k" { name = "alias/data" }', "pass"),
        ('data "aws_kms_alias" "k" { name = "alias/${var.v}" }', "undetermined"),
        ('data "aws_kms_alias" "k" { name = "alias/own-${var.v}" }', "pass"),
        ('data "aws_kms_key" "k" { key_id = "alias/aws/rds" }', "fail"),
        ('data "aws_kms_key" "k" { key_id = "arn:aws:kms:x:1:alias/data" }', "pass"),
        ('data "aws_kms_key" "k" { key_id = "0c2a-11" }', "undetermined"),
    ],
)
def test_keys_that_are_looked_up(asked, status):
    name = asked.split('"')[1]
    body = f"  storage_encrypted = true\n  kms_key_id = data.{name}.k.arn"
    (verdict,) = judge_code(encryption.key_of_aws, f"{TEXT}{asked}\n" + db(body))
    assert verdict.status == status


def test_keys_of_replicas():
    assert len(judge_code(encryption.key_of_aws, db() + replica())) == 1


@pytest.mark.parametrize("resource", [db, lambda body: cluster() + member(body)])
def test_keys_of_performance_insights(resource):
    on = "  performance_insights_enabled = true\n"
    check_rule(
        encryption.insights_with_the_key_of_aws,
        bad=resource(on),
        good=KEY + resource(f"{on}  performance_insights_kms_key_id = {MINE}"),
        unknown=TEXT + resource(f"{on}  performance_insights_kms_key_id = var.v"),
        not_for=resource(""),
        at="performance_insights_kms_key_id",
    )


def test_tls_by_parameter():
    check_rule(
        encryption.postgres_without_tls,
        bad=group((SSL, '"0"')) + db(IN_GROUP),
        good=group((SSL, '"1"')) + db(IN_GROUP),
        unknown=TEXT + group((SSL, "var.v")) + db(IN_GROUP),
        not_for=db("", '"mysql"'),
    )
    check_rule(
        encryption.postgres_without_tls,
        bad=group(kind="aws_rds_cluster_parameter_group")
        + cluster(
            "  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.g.name\n"
            '  engine_version = "16.4"'
        ),
        good=group((SSL, '"1"'), kind="aws_rds_cluster_parameter_group")
        + cluster("  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.g.name"),
        at="db_cluster_parameter_group_name",
    )


@pytest.mark.parametrize(
    ("resource", "old", "new"), [(db, "14.9", "15"), (cluster, "16.1", "17.2")]
)
def test_tls_by_default(resource, old, new):
    check_rule(
        encryption.postgres_without_tls,
        bad=resource(f'  engine_version = "{old}"'),
        good=resource(f'  engine_version = "{new}"'),
        unknown=TEXT + resource("  engine_version = var.v"),
    )
    check_rule(
        encryption.postgres_without_tls,
        bad=NUMBER + resource(f'  engine_version = "{old.split(".")[0]}.${{var.v}}"'),
        good=NUMBER + resource(f'  engine_version = "{new.split(".")[0]}.${{var.v}}"'),
        unknown=resource(),
    )


def test_tls_of_replicas():
    rule = encryption.postgres_without_tls
    old = '  engine_version = "14.9"\n'
    check_rule(
        rule,
        bad=group((SSL, '"0"')) + db(IN_GROUP + old) + replica(),
        good=group((SSL, '"1"')) + db(IN_GROUP + old) + replica(),
    )
    verdicts = judge_code(rule, group((SSL, '"1"')) + db(IN_GROUP + old) + replica())
    assert len(verdicts) == 2
    verdicts = judge_code(rule, db(old) + replica('  parameter_group_name = "default.postgres14"'))
    assert [v.status for v in verdicts] == ["fail", "fail"]


def snapshot(body: str = "") -> str:
    return (
        'resource "aws_db_snapshot" "s" {\n  db_snapshot_identifier = "s"\n'
        f"  db_instance_identifier = aws_db_instance.d.identifier\n{body}\n}}\n"
    )


def cluster_snapshot(body: str = "") -> str:
    return (
        'resource "aws_db_cluster_snapshot" "s" {\n  db_cluster_snapshot_identifier = "s"\n'
        f"  db_cluster_identifier = aws_rds_cluster.c.id\n{body}\n}}\n"
    )


@pytest.mark.parametrize(("resource", "of"), [(snapshot, db), (cluster_snapshot, cluster)])
def test_snapshots(resource, of):
    check_rule(
        copies.snapshot_in_the_clear,
        bad=of() + resource(),
        good=of("  storage_encrypted = true") + resource(),
        unknown=FLAG + of("  storage_encrypted = var.v") + resource(),
    )
    check_rule(
        network.snapshot_for_everybody,
        bad=of() + resource('  shared_accounts = ["123456789012", "all"]'),
        good=of() + resource('  shared_accounts = ["123456789012"]'),
        unknown=LIST + of() + resource("  shared_accounts = var.v"),
        at="shared_accounts",
    )
    check_rule(
        network.snapshot_for_everybody,
        bad=of() + resource('  shared_accounts = ["all"]'),
        good=of() + resource(),
    )


def test_snapshot_copies():
    copy = (
        'resource "aws_db_snapshot_copy" "s" {\n  source_db_snapshot_identifier = "s"\n'
        '  target_db_snapshot_identifier = "t"\n%s\n}\n'
    )
    check_rule(
        copies.copy_without_own_key,
        bad=copy % "",
        good=KEY + copy % f"  kms_key_id = {MINE}",
        unknown=TEXT + copy % "  kms_key_id = var.v",
        not_for=db() + snapshot(),
        at="kms_key_id",
    )


REPLICATION = (
    'resource "aws_db_instance_automated_backups_replication" "b" {\n'
    "  source_db_instance_arn = %s\n%s\n}\n"
)


def test_replicated_backups():
    text = REPLICATION % ("aws_db_instance.d.arn", "%s")
    check_rule(
        copies.replicated_backups_without_own_key,
        bad=db() + text % "",
        good=KEY + db() + text % f"  kms_key_id = {MINE}",
        unknown=TEXT + db() + text % "  kms_key_id = var.v",
        at="kms_key_id",
    )


def test_proxies():
    proxy = (
        'resource "aws_db_proxy" "p" {\n  name = "p"\n  engine_family = "POSTGRESQL"\n'
        '  role_arn = "arn:aws:iam::1:role/r"\n  vpc_subnet_ids = ["subnet-1"]\n'
        '  auth {\n    iam_auth = "REQUIRED"\n  }\n%s\n}\n'
    )
    check_rule(
        copies.proxy_without_tls,
        bad=proxy % "",
        good=proxy % "  require_tls = true",
        unknown=FLAG + proxy % "  require_tls = var.v",
        at="require_tls",
    )


@pytest.mark.parametrize("resource", [db, lambda body: cluster() + member(body)])
def test_certificate_authorities(resource):
    check_rule(
        copies.old_certificate_authority,
        bad=resource('  ca_cert_identifier = "rds-ca-2019"'),
        good=resource('  ca_cert_identifier = "rds-ca-ecc384-g1"'),
        unknown=TEXT + resource("  ca_cert_identifier = var.v"),
        at="ca_cert_identifier",
    )


@pytest.mark.parametrize("resource", [db, cluster])
def test_subnet_groups(resource):
    check_rule(
        network.in_the_default_subnets,
        bad=resource(),
        good=resource('  db_subnet_group_name = "mine"'),
        unknown=TEXT + resource("  db_subnet_group_name = var.v"),
        at="db_subnet_group_name",
    )
    check_rule(
        network.in_the_default_subnets,
        bad=resource('  db_subnet_group_name = "default"'),
        good=resource('  db_subnet_group_name = "mine"'),
    )


@pytest.mark.parametrize(
    ("resource", "engine", "port"),
    [
        (db, "postgres", 5432),
        (db, "mysql", 3306),
        (db, "oracle-ee", 1521),
        (db, "sqlserver-se", 1433),
        (cluster, "aurora-mysql", 3306),
        (cluster, "aurora-postgresql", 5432),
    ],
)
def test_ports(resource, engine, port):
    named = f'"{engine}"'
    check_rule(
        network.on_the_default_port,
        bad=resource(f"  port = {port}", named),
        good=resource("  port = 9999", named),
        unknown=NUMBER + resource("  port = var.v", named),
        at="port",
    )
    check_rule(
        network.on_the_default_port,
        bad=resource("", named),
        good=resource("  port = 9999", named),
        unknown=TEXT + resource("  port = 9999", "var.v"),
    )


@pytest.mark.parametrize(
    ("rule", "resource", "argument"),
    [
        (iam.instance_administrator_by_default_name, db, "username"),
        (iam.cluster_administrator_by_default_name, cluster, "master_username"),
    ],
)
def test_administrators(rule, resource, argument):
    check_rule(
        rule,
        bad=resource(f'  {argument} = "postgres"'),
        good=resource(f'  {argument} = "clinic_owner"'),
        unknown=TEXT + resource(f"  {argument} = var.v"),
        at=argument,
    )


def test_engines_without_iam_sign_in():
    assert judge_code(iam.instance_without_iam_sign_in, db("", '"oracle-ee"')) == []


@pytest.mark.parametrize(
    "rule",
    [
        availability.instance_in_one_zone,
        backups.deleted_without_a_snapshot,
        backups.instance_backups_not_kept,
        backups.backups_in_one_region,
        iam.instance_administrator_by_default_name,
        network.in_the_default_subnets,
        secrets.password_not_managed,
    ],
)
def test_what_is_not_asked_of_replicas(rule):
    verdicts = judge_code(rule, db() + replica())
    assert [v.resource.address for v in verdicts] == ["aws_db_instance.d"]


@pytest.mark.parametrize(
    ("rule", "resource"),
    [(backups.instance_backups_not_kept, db), (backups.cluster_backups_not_kept, cluster)],
)
def test_retention(rule, resource):
    check_rule(
        rule,
        bad=resource("  backup_retention_period = 6"),
        good=resource("  backup_retention_period = 7"),
        unknown=NUMBER + resource("  backup_retention_period = var.v"),
        at="backup_retention_period",
    )
    check_rule(rule, bad=resource(), good=resource("  backup_retention_period = 35"))


def test_storage_grows():
    rule = availability.storage_cannot_grow
    check_rule(
        rule,
        bad=db("  allocated_storage = 20"),
        good=db("  allocated_storage = 20\n  max_allocated_storage = 100"),
        unknown=NUMBER + db("  allocated_storage = 20\n  max_allocated_storage = var.v"),
        at="max_allocated_storage",
    )
    check_rule(
        rule,
        bad=db("  allocated_storage = 20\n  max_allocated_storage = 20"),
        good=db().replace("}", "  max_allocated_storage = 50\n}"),
    )


def test_members_in_several_zones():
    rule = availability.cluster_in_one_zone
    count = "  count = %s\n"
    check_rule(
        rule,
        bad=cluster() + member(),
        good=cluster() + member(count % "2"),
        unknown=NUMBER + cluster() + member(count % "var.v"),
        not_for=cluster('  engine_mode = "serverless"'),
    )
    check_rule(
        rule,
        bad=cluster() + member(count % "2" + '  availability_zone = "eu-west-1a"'),
        good=cluster()
        + member(count % "2" + '  availability_zone = "eu-west-1${["a", "b"][count.index]}"'),
    )
    check_rule(
        rule,
        bad=cluster(),
        good=cluster('  db_cluster_instance_class = "db.r6gd.large"', '"postgres"'),
    )


def test_backups_in_another_region():
    rule = backups.backups_in_one_region
    providers = (
        'provider "aws" {\n  region = "eu-west-1"\n}\n'
        'provider "aws" {\n  alias = "dr"\n  region = "eu-central-1"\n}\n'
    )
    check_rule(
        rule,
        bad=providers + db(),
        good=providers + db() + REPLICATION % ("aws_db_instance.d.arn", "  provider = aws.dr"),
        unknown=TEXT + providers + db() + REPLICATION % ("var.v", "  provider = aws.dr"),
    )
    check_rule(
        rule,
        bad=providers + db() + replica(),
        good=providers + db() + replica("  provider = aws.dr"),
    )
    plan = (
        'resource "aws_backup_plan" "p" {\n  name = "p"\n  rule {\n    rule_name = "r"\n'
        '    target_vault_name = "v"\n    copy_action {\n'
        '      destination_vault_arn = "arn:aws:backup:eu-central-1:1:backup-vault:c"\n'
        "    }\n  }\n}\n"
        'resource "aws_backup_selection" "s" {\n  name = "s"\n  iam_role_arn = "r"\n'
        "  plan_id = aws_backup_plan.p.id\n  resources = [%s]\n}\n"
    )
    check_rule(
        rule,
        bad=providers + db() + plan % '"arn:aws:s3:::*"',
        good=providers + db() + plan % "aws_db_instance.d.arn",
    )


def test_extended_support():
    disabled = '  engine_lifecycle_support = "open-source-rds-extended-support-disabled"'
    for resource in (db, cluster):
        check_rule(
            operations.pays_for_extended_support,
            bad=resource(),
            good=resource(disabled),
            unknown=TEXT + resource("  engine_lifecycle_support = var.v"),
            at="engine_lifecycle_support",
        )
    assert judge_code(operations.pays_for_extended_support, db("", '"mariadb"')) == []


@pytest.mark.parametrize(
    ("resource", "bad", "good"),
    [
        (db, "13.2", "13.3"),
        (db, "9.6.21", "9.6.22"),
        (db, "9.5.9", "14.1"),
        (db, "12.6", "12"),
        (db, "10.16", "15.4"),
        (cluster, "11.8", "11.9"),
        (cluster, "10.13", "13.1"),
    ],
)
def test_log_fdw(resource, bad, good):
    check_rule(
        operations.files_can_be_read,
        bad=resource(f'  engine_version = "{bad}"'),
        good=resource(f'  engine_version = "{good}"'),
        unknown=TEXT + resource("  engine_version = var.v"),
        not_for=db("", '"mysql"'),
        at="engine_version",
    )
    check_rule(
        operations.files_can_be_read,
        bad=resource(f'  engine_version = "{bad}"'),
        good=resource(),
        unknown=resource('  snapshot_identifier = "s"'),
    )


def test_log_fdw_of_replicas():
    verdicts = judge_code(operations.files_can_be_read, db('  engine_version = "13.2"') + replica())
    assert [v.status for v in verdicts] == ["fail", "fail"]
    verdicts = judge_code(operations.files_can_be_read, db() + replica())
    assert [v.status for v in verdicts] == ["pass", "pass"]
