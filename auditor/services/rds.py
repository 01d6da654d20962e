"""Amazon RDS and Aurora.

Sources: RDS API reference (DescribeDBInstances, DescribeDBClusters, DescribeDBSubnetGroups,
DescribeDBParameterGroups, DescribeDBParameters), AWS provider 5.100.0 documentation of
`aws_db_instance`, `aws_rds_cluster`, `aws_rds_cluster_instance` and their groups.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader, tag_map
from auditor.resource import (
    Block,
    Blocks,
    Bool,
    Link,
    Links,
    Node,
    Num,
    Resource,
    Str,
    StrMap,
    Strs,
)
from auditor.services.left_out import left_to_aws
from auditor.values import Undetermined, Unknown, matching


class DbSubnetGroup(Resource, tf="aws_db_subnet_group"):
    """The subnets that databases may be placed in."""

    identity = ("name",)
    name = Str(computed=True)
    subnet_ids = Links("aws_subnet")
    tags = StrMap()


class Parameter(Node):
    """One parameter of a parameter group that differs from the engine's default."""

    name = Str()
    value = Str()
    apply_method = Str(default="immediate")


class DbParameterGroup(Resource, tf="aws_db_parameter_group"):
    """Engine parameters of DB instances."""

    identity = ("name",)
    name = Str(computed=True)
    family = Str()
    parameter = Blocks(Parameter, unordered=True)
    tags = StrMap()


class RdsClusterParameterGroup(Resource, tf="aws_rds_cluster_parameter_group"):
    """Engine parameters of DB clusters."""

    identity = ("name",)
    name = Str(computed=True)
    family = Str()
    parameter = Blocks(Parameter, unordered=True)
    tags = StrMap()


class ManagedSecret(Node):
    """The Secrets Manager secret that RDS keeps the master password in."""

    secret_arn = Str()
    secret_status = Str()


class DbInstance(Resource, tf="aws_db_instance"):
    """A DB instance. Members of clusters are `RdsClusterInstance`s.

    automated_backups_replications: ARNs of its backups in other regions, live only (in code each
    is an `aws_db_instance_automated_backups_replication`).
    """

    identity = ("identifier",)
    identifier = Str(computed=True)
    allocated_storage = Num(computed=True)
    auto_minor_version_upgrade = Bool(default=True)
    automated_backups_replications = Strs(unordered=True)
    # The provider documents 0; a plan shows "known after apply" when it is left out.
    backup_retention_period = Num(default=0)
    ca_cert_identifier = Str(computed=True)
    copy_tags_to_snapshot = Bool(default=False)
    db_subnet_group_name = Link("aws_db_subnet_group", by=("name",))
    deletion_protection = Bool(default=False)
    enabled_cloudwatch_logs_exports = Strs(unordered=True)
    engine = Str(computed=True)
    # Left out, RDS enrols the instance in extended support (provider documentation).
    engine_lifecycle_support = Str(default="open-source-rds-extended-support")
    engine_version = Str(computed=True)
    final_snapshot_identifier = Str()
    iam_database_authentication_enabled = Bool(default=False)
    instance_class = Str()
    kms_key_id = Link("aws_kms_key", "aws_kms_alias", "aws_kms_replica_key", by=("target_key_arn",))
    manage_master_user_password = Bool(default=False)
    master_user_secret = Blocks(ManagedSecret)
    max_allocated_storage = Num(default=0)
    monitoring_interval = Num(default=0)
    multi_az = Bool(default=False)
    parameter_group_name = Link("aws_db_parameter_group", by=("name",), computed=True)
    performance_insights_enabled = Bool(default=False)
    performance_insights_kms_key_id = Link("aws_kms_key", "aws_kms_alias")
    port = Num(computed=True)
    publicly_accessible = Bool(default=False)
    replicate_source_db = Link("aws_db_instance", by=("identifier",))
    restore_to_point_in_time = Blocks(Node)
    skip_final_snapshot = Bool(default=False)
    snapshot_identifier = Str()
    storage_encrypted = Bool(default=False)
    storage_type = Str(computed=True)
    tags = StrMap()
    username = Str(computed=True)
    vpc_security_group_ids = Links(
        "aws_security_group", "aws_default_security_group", computed=True
    )

    @property
    def is_replica(self) -> bool:
        """Whether it replicates another instance, which then decides backups and encryption."""
        return self.replicate_source_db is not None


class ServerlessV2(Node):
    """Capacity range of an Aurora Serverless v2 cluster, in ACUs."""

    min_capacity = Num()
    max_capacity = Num()


class RdsCluster(Resource, tf="aws_rds_cluster"):
    """An Aurora cluster or a Multi-AZ DB cluster."""

    identity = ("cluster_identifier",)
    cluster_identifier = Str(computed=True)
    # Live only: provider 5.100 has no such argument (DBCluster.AutoMinorVersionUpgrade).
    auto_minor_version_upgrade = Bool()
    # AWS's default where it is left out (CreateDBCluster, BackupRetentionPeriod).
    backup_retention_period = Num(default=1)
    backtrack_window = Num(default=0)
    copy_tags_to_snapshot = Bool(default=False)
    db_cluster_instance_class = Str()
    db_cluster_parameter_group_name = Link(
        "aws_rds_cluster_parameter_group", by=("name",), computed=True
    )
    db_subnet_group_name = Link("aws_db_subnet_group", by=("name",))
    deletion_protection = Bool(default=False)
    enabled_cloudwatch_logs_exports = Strs(unordered=True)
    engine = Str()
    engine_lifecycle_support = Str(default="open-source-rds-extended-support")
    engine_mode = Str(default="provisioned")
    engine_version = Str(computed=True)
    iam_database_authentication_enabled = Bool(default=False)
    kms_key_id = Link("aws_kms_key", "aws_kms_alias", "aws_kms_replica_key", by=("target_key_arn",))
    manage_master_user_password = Bool(default=False)
    master_user_secret = Blocks(ManagedSecret)
    master_username = Str(computed=True)
    port = Num(computed=True)
    replication_source_identifier = Str()
    restore_to_point_in_time = Blocks(Node)
    skip_final_snapshot = Bool(default=False)
    snapshot_identifier = Str()
    # Serverless v1 clusters are always encrypted; provisioned ones only when asked for.
    storage_encrypted = Bool(default=lambda cluster: cluster.engine_mode == "serverless")
    serverlessv2_scaling_configuration = Block(ServerlessV2)
    tags = StrMap()
    vpc_security_group_ids = Links(
        "aws_security_group", "aws_default_security_group", computed=True
    )


class RdsClusterInstance(Resource, tf="aws_rds_cluster_instance"):
    """A member of an Aurora cluster, or (live only) of a Multi-AZ DB cluster."""

    identity = ("identifier",)
    identifier = Str(computed=True)
    auto_minor_version_upgrade = Bool(default=True)
    availability_zone = Str(computed=True)
    ca_cert_identifier = Str(computed=True)
    cluster_identifier = Link("aws_rds_cluster", by=("cluster_identifier",))
    db_subnet_group_name = Link("aws_db_subnet_group", by=("name",), computed=True)
    engine = Str()
    instance_class = Str()
    monitoring_interval = Num(default=0)
    performance_insights_enabled = Bool(default=False, computed=True)
    performance_insights_kms_key_id = Link("aws_kms_key", "aws_kms_alias")
    # Computed in the schema, but the provider sends false where it is not set.
    publicly_accessible = Bool(default=False, computed=True)
    tags = StrMap()


# -- questions ------------------------------------------------------------------------------------


def inherited(db: DbInstance | RdsCluster, argument: str) -> Any:
    """An argument of a database; a replica that does not set it takes it from its source.

    Source: RDS API, CreateDBInstanceReadReplica.
    """
    if isinstance(db, DbInstance) and db.is_replica and left_to_aws(db, argument):
        return inherited(db.follow("replicate_source_db"), argument)
    return db.get(argument)


def engine_of(db: DbInstance | RdsCluster) -> Any:
    """The engine, of a replica its source's."""
    return inherited(db, "engine")


def release_of(db: DbInstance | RdsCluster) -> tuple[int, ...]:
    """The numbers that the engine's version begins with: `(15, 4)`, or `(15,)` for all of 15.

    Of a version with holes the numbers before the first. Raises `Undetermined` if none is known.
    """
    version = inherited(db, "engine_version")
    text = version
    if isinstance(version, Unknown):
        first = version.parts[0] if version.parts else ""
        text = first.rpartition(".")[0] if isinstance(first, str) else ""
    found = re.match(r"\d+(?:\.\d+)*", str(text))
    if found is None:
        unknown = version if isinstance(version, Unknown) else None
        raise Undetermined(unknown or Unknown(because=f"{version} is no version"))
    return tuple(int(number) for number in found.group().split("."))


def takes_newest_release(db: DbInstance | RdsCluster) -> bool:
    """Whether the configuration leaves the version to AWS, which then takes its default."""
    if not left_to_aws(db, "engine_version") or db.snapshot_identifier is not None:
        return False
    if isinstance(db, DbInstance) and db.is_replica:
        source: DbInstance = db.follow("replicate_source_db")
        return takes_newest_release(source)
    return True


def parameter_group(
    db: DbInstance | RdsCluster,
) -> DbParameterGroup | RdsClusterParameterGroup | None:
    """The parameter group of one's own that a database uses; `None` for the engine's defaults.

    A replica in the source's region uses the source's group where it names none (RDS API,
    CreateDBInstanceReadReplica, DBParameterGroupName).
    """
    link = parameter_group_link(db)
    if left_to_aws(db, link):
        if isinstance(db, DbInstance) and db.is_replica:
            return parameter_group(db.follow("replicate_source_db"))
        return None
    name = db.get(link)
    if isinstance(name, str) and name.startswith("default."):
        return None
    group: DbParameterGroup | RdsClusterParameterGroup = db.follow(link)
    return group


def parameter_group_link(db: DbInstance | RdsCluster) -> str:
    """The argument that names the parameter group."""
    if isinstance(db, DbInstance):
        return "parameter_group_name"
    return "db_cluster_parameter_group_name"


def parameter_of(db: DbInstance | RdsCluster, name: str) -> Parameter | None:
    """A parameter that the database's group sets; `None` where the engine's default holds."""
    group = parameter_group(db)
    for parameter in matching(group.parameter if group else (), lambda p: p.name == name):
        return parameter
    return None


# -- live ----------------------------------------------------------------------------------------


@reader(yields=(DbInstance, RdsClusterInstance), calls=("rds.describe_db_instances",))
def db_instances(aws: Aws) -> Iterator[Resource]:
    """Instances; members of clusters come as cluster instances, as in Terraform."""
    for item in aws.list("rds.describe_db_instances", "DBInstances"):
        if item["Engine"] in _OTHER_SERVICES:
            continue
        if item.get("DBClusterIdentifier"):
            yield aws.resource(
                RdsClusterInstance, item["DBInstanceIdentifier"], _cluster_instance(item)
            )
        else:
            yield aws.resource(DbInstance, item["DBInstanceIdentifier"], _instance(item))


# The RDS API lists what Neptune and DocumentDB made, too; these have types of their own.
_OTHER_SERVICES = ("neptune", "docdb")


def _common(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "arn": item["DBInstanceArn"],
        "identifier": item["DBInstanceIdentifier"],
        "auto_minor_version_upgrade": item.get("AutoMinorVersionUpgrade"),
        "availability_zone": item.get("AvailabilityZone"),
        "ca_cert_identifier": item.get("CACertificateIdentifier"),
        "db_subnet_group_name": item.get("DBSubnetGroup", {}).get("DBSubnetGroupName"),
        "engine": item["Engine"],
        "engine_version": item.get("EngineVersion"),
        "instance_class": item.get("DBInstanceClass"),
        "monitoring_interval": item.get("MonitoringInterval", 0),
        "performance_insights_enabled": item.get("PerformanceInsightsEnabled", False),
        "performance_insights_kms_key_id": item.get("PerformanceInsightsKMSKeyId"),
        "publicly_accessible": item.get("PubliclyAccessible", False),
        "tags": tag_map(item.get("TagList")),
    }


def _cluster_instance(item: Mapping[str, Any]) -> dict[str, Any]:
    return {**_common(item), "cluster_identifier": item["DBClusterIdentifier"]}


def _instance(item: Mapping[str, Any]) -> dict[str, Any]:
    groups = item.get("DBParameterGroups") or [{}]
    return {
        **_common(item),
        "allocated_storage": item.get("AllocatedStorage"),
        "automated_backups_replications": [
            copy.get("DBInstanceAutomatedBackupsArn")
            for copy in item.get("DBInstanceAutomatedBackupsReplications", [])
        ],
        "backup_retention_period": item.get("BackupRetentionPeriod", 0),
        "copy_tags_to_snapshot": item.get("CopyTagsToSnapshot", False),
        "deletion_protection": item.get("DeletionProtection", False),
        "enabled_cloudwatch_logs_exports": item.get("EnabledCloudwatchLogsExports", []),
        "engine_lifecycle_support": item.get("EngineLifecycleSupport"),
        # Only a configuration says these: they do not exist once the instance does.
        "final_snapshot_identifier": None,
        "skip_final_snapshot": None,
        "snapshot_identifier": None,
        "restore_to_point_in_time": None,
        "iam_database_authentication_enabled": item.get("IAMDatabaseAuthenticationEnabled", False),
        "kms_key_id": item.get("KmsKeyId"),
        "manage_master_user_password": bool(item.get("MasterUserSecret")),
        "master_user_secret": _secret(item),
        "max_allocated_storage": item.get("MaxAllocatedStorage", 0),
        "multi_az": item.get("MultiAZ", False),
        "parameter_group_name": groups[0].get("DBParameterGroupName"),
        "port": item.get("Endpoint", {}).get("Port") or item.get("DbInstancePort"),
        "replicate_source_db": item.get("ReadReplicaSourceDBInstanceIdentifier"),
        "storage_encrypted": item.get("StorageEncrypted", False),
        "storage_type": item.get("StorageType"),
        "username": item.get("MasterUsername"),
        "vpc_security_group_ids": [
            group["VpcSecurityGroupId"] for group in item.get("VpcSecurityGroups", [])
        ],
    }


def _secret(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    secret = item.get("MasterUserSecret")
    if not secret:
        return []
    return [{"secret_arn": secret.get("SecretArn"), "secret_status": secret.get("SecretStatus")}]


@reader(yields=(RdsCluster,), calls=("rds.describe_db_clusters",))
def db_clusters(aws: Aws) -> Iterator[Resource]:
    """Aurora and Multi-AZ DB clusters."""
    for item in aws.list("rds.describe_db_clusters", "DBClusters"):
        if item["Engine"] not in _OTHER_SERVICES:
            yield aws.resource(RdsCluster, item["DBClusterIdentifier"], _cluster(item))


def _cluster(item: Mapping[str, Any]) -> dict[str, Any]:
    scaling = item.get("ServerlessV2ScalingConfiguration")
    return {
        "arn": item["DBClusterArn"],
        "cluster_identifier": item["DBClusterIdentifier"],
        "auto_minor_version_upgrade": item.get("AutoMinorVersionUpgrade"),
        "backup_retention_period": item.get("BackupRetentionPeriod"),
        "backtrack_window": item.get("BacktrackWindow", 0),
        "copy_tags_to_snapshot": item.get("CopyTagsToSnapshot", False),
        "db_cluster_instance_class": item.get("DBClusterInstanceClass"),
        "db_cluster_parameter_group_name": item.get("DBClusterParameterGroup"),
        "db_subnet_group_name": item.get("DBSubnetGroup"),
        "deletion_protection": item.get("DeletionProtection", False),
        "enabled_cloudwatch_logs_exports": item.get("EnabledCloudwatchLogsExports", []),
        "engine": item["Engine"],
        "engine_lifecycle_support": item.get("EngineLifecycleSupport"),
        "engine_mode": item.get("EngineMode", "provisioned"),
        "engine_version": item.get("EngineVersion"),
        "iam_database_authentication_enabled": item.get("IAMDatabaseAuthenticationEnabled", False),
        "kms_key_id": item.get("KmsKeyId"),
        "manage_master_user_password": bool(item.get("MasterUserSecret")),
        "master_user_secret": _secret(item),
        "master_username": item.get("MasterUsername"),
        "port": item.get("Port"),
        "replication_source_identifier": item.get("ReplicationSourceIdentifier"),
        "skip_final_snapshot": None,
        "snapshot_identifier": None,
        "storage_encrypted": item.get("StorageEncrypted", False),
        "serverlessv2_scaling_configuration": scaling
        and [
            {"min_capacity": scaling.get("MinCapacity"), "max_capacity": scaling.get("MaxCapacity")}
        ],
        "tags": tag_map(item.get("TagList")),
        "vpc_security_group_ids": [
            group["VpcSecurityGroupId"] for group in item.get("VpcSecurityGroups", [])
        ],
    }
