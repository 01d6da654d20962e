"""Snapshots of RDS, and automated backups in other regions.

Sources: RDS API reference (DescribeDBSnapshots, DescribeDBSnapshotAttributes,
DescribeDBClusterSnapshots, DescribeDBClusterSnapshotAttributes,
DescribeDBInstanceAutomatedBackups), AWS provider 5.100.0 documentation of `aws_db_snapshot`,
`aws_db_cluster_snapshot`, `aws_db_snapshot_copy`,
`aws_db_instance_automated_backups_replication`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader, tag_map
from auditor.resource import Bool, Link, Num, Resource, Str, StrMap, Strs
from auditor.values import Unknown

_KEYS = ("aws_kms_key", "aws_kms_alias", "aws_kms_replica_key")


class DbSnapshot(Resource, tf="aws_db_snapshot"):
    """A snapshot of a DB instance. `shared_accounts` may hold `all`: everybody."""

    identity = ("db_snapshot_identifier",)
    db_instance_identifier = Link("aws_db_instance", by=("identifier",))
    db_snapshot_identifier = Str()
    encrypted = Bool(computed=True)
    kms_key_id = Link(*_KEYS, computed=True)
    shared_accounts = Strs(unordered=True)
    source_db_snapshot_identifier = Str()
    tags = StrMap()


class DbClusterSnapshot(Resource, tf="aws_db_cluster_snapshot"):
    """A snapshot of a DB cluster."""

    identity = ("db_cluster_snapshot_identifier",)
    db_cluster_identifier = Link("aws_rds_cluster", by=("cluster_identifier",))
    db_cluster_snapshot_identifier = Str()
    kms_key_id = Link(*_KEYS, computed=True)
    shared_accounts = Strs(unordered=True)
    storage_encrypted = Bool(computed=True)
    tags = StrMap()


class DbSnapshotCopy(Resource, tf="aws_db_snapshot_copy"):
    """A copy of a snapshot (code only: a live one is a `DbSnapshot` with a source)."""

    identity = ("target_db_snapshot_identifier",)
    kms_key_id = Link(*_KEYS)
    shared_accounts = Strs(unordered=True)
    source_db_snapshot_identifier = Str()
    tags = StrMap()
    target_db_snapshot_identifier = Str()


class DbBackupReplication(Resource, tf="aws_db_instance_automated_backups_replication"):
    """Automated backups of an instance in another region than its own."""

    kms_key_id = Link(*_KEYS, computed=True)
    retention_period = Num(default=7)
    source_db_instance_arn = Link("aws_db_instance")


# -- live ----------------------------------------------------------------------------------------


@reader(
    yields=(DbSnapshot,),
    calls=("rds.describe_db_snapshots", "rds.describe_db_snapshot_attributes"),
)
def db_snapshots(aws: Aws) -> Iterator[Resource]:
    """Manual snapshots: RDS makes and deletes automated ones by itself, and shares none."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        name = item["DBSnapshotIdentifier"]
        reply = aws.ask("rds.describe_db_snapshot_attributes", DBSnapshotIdentifier=name)
        result: Any = reply["DBSnapshotAttributesResult"]
        attributes = {
            "arn": item.get("DBSnapshotArn"),
            "db_instance_identifier": item.get("DBInstanceIdentifier"),
            "db_snapshot_identifier": name,
            "encrypted": item.get("Encrypted", False),
            "kms_key_id": item.get("KmsKeyId"),
            "shared_accounts": lambda: _shared(result["DBSnapshotAttributes"]),
            "source_db_snapshot_identifier": item.get("SourceDBSnapshotIdentifier"),
            "tags": tag_map(item.get("TagList")),
        }
        yield aws.resource(DbSnapshot, name, attributes)

    listed = aws.list("rds.describe_db_snapshots", "DBSnapshots", SnapshotType="manual")
    yield from aws.parallel(read, listed)


@reader(
    yields=(DbClusterSnapshot,),
    calls=("rds.describe_db_cluster_snapshots", "rds.describe_db_cluster_snapshot_attributes"),
)
def db_cluster_snapshots(aws: Aws) -> Iterator[Resource]:
    """As `db_snapshots`, of clusters."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        name = item["DBClusterSnapshotIdentifier"]
        reply = aws.ask(
            "rds.describe_db_cluster_snapshot_attributes", DBClusterSnapshotIdentifier=name
        )
        result: Any = reply["DBClusterSnapshotAttributesResult"]
        attributes = {
            "arn": item.get("DBClusterSnapshotArn"),
            "db_cluster_identifier": item.get("DBClusterIdentifier"),
            "db_cluster_snapshot_identifier": name,
            "kms_key_id": item.get("KmsKeyId"),
            "shared_accounts": lambda: _shared(result["DBClusterSnapshotAttributes"]),
            "storage_encrypted": item.get("StorageEncrypted", False),
            "tags": tag_map(item.get("TagList")),
        }
        yield aws.resource(DbClusterSnapshot, name, attributes)

    listed = aws.list(
        "rds.describe_db_cluster_snapshots", "DBClusterSnapshots", SnapshotType="manual"
    )
    yield from aws.parallel(read, listed)


def _shared(attributes: Any) -> list[str]:
    """The accounts in the attribute `restore`."""
    if isinstance(attributes, Unknown):
        attributes.undetermined()
    return [
        account
        for attribute in attributes
        if attribute.get("AttributeName") == "restore"
        for account in attribute.get("AttributeValues", [])
    ]


@reader(yields=(DbBackupReplication,), calls=("rds.describe_db_instance_automated_backups",))
def backup_replications(aws: Aws) -> Iterator[Resource]:
    """Automated backups here of instances in other regions."""
    call = "rds.describe_db_instance_automated_backups"
    for item in aws.list(call, "DBInstanceAutomatedBackups"):
        source = item.get("DBInstanceArn", "")
        arn = item.get("DBInstanceAutomatedBackupsArn")  # of replicated ones only
        if arn is None or source.split(":")[3:4] == [aws.region]:
            continue
        attributes = {
            "arn": arn,
            "kms_key_id": item.get("KmsKeyId"),
            "retention_period": item.get("BackupRetentionPeriod"),
            "source_db_instance_arn": source,
        }
        yield aws.resource(DbBackupReplication, arn, attributes)
