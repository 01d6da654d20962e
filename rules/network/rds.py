"""Where databases are reached."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.left_out import left_to_aws
from auditor.services.rds import DbInstance, RdsCluster, RdsClusterInstance, engine_of
from auditor.services.rds_snapshots import DbClusterSnapshot, DbSnapshot
from auditor.values import starts_with


@rule(
    "NET-RDS-PUBLIC-ACCESS",
    severity="critical",
    on=(DbInstance, RdsClusterInstance),
    family="network",
    aliases={
        "checkov": "CKV_AWS_17",
        "trivy": "AWS-0180",
        "prowler": "rds_instance_no_public_access",
    },
    frameworks={
        "fsbp": "RDS.2",
        "cis-aws-3.0": "2.3.3",
        "cis-aws-5.0": "2.2.3",
        "nist-800-53-r5": "AC-4 AC-4(21) SC-7 SC-7(4) SC-7(5) SC-7(11) SC-7(16) SC-7(21)",
        "pci-dss-4": "1.2.8 1.3.1 1.3.2 1.4.2 1.5.1 3.5.1.3 7.2.6 10.3.2 A1.1.2 A1.1.3 A3.4.1",
    },
)
def reachable_from_the_internet(db: DbInstance | RdsClusterInstance) -> Finding | None:
    """DB instances are not publicly accessible.

    Why: the database gets a public address; one security group rule later anyone can try its
    passwords.
    Fix: set `publicly_accessible = false`; it is changed in place.
    Source: RDS API, DBInstance.PubliclyAccessible; provider default false for instances. For
    members of clusters RDS decides by the subnet group: public only in subnets of a VPC with an
    internet gateway (CreateDBInstance).
    """
    if db.publicly_accessible:
        return db.finding("is publicly accessible", at="publicly_accessible")
    return None


@rule(
    "NET-RDS-SUBNET-GROUP-SET",
    severity="medium",
    on=(DbInstance, RdsCluster),
    family="network",
    aliases={
        "prowler": "rds_instance_inside_vpc",
    },
    frameworks={
        "fsbp": "RDS.18",
        "nist-800-53-r5": (
            "AC-3 AC-3(7) AC-4 AC-4(21) AC-6 AC-21 SC-7 SC-7(3) SC-7(4) SC-7(9) "
            "SC-7(11) SC-7(16) SC-7(20) SC-7(21)"
        ),
    },
)
def in_the_default_subnets(db: DbInstance | RdsCluster) -> Finding | NotApplicable | None:
    """DB instances sit in an explicit VPC subnet group.

    Why: without one the database goes into the default VPC, whose subnets are public.
    Fix: set `db_subnet_group_name` to an `aws_db_subnet_group` of private subnets (it forces a
    new database, or moves an instance with downtime).
    Source: RDS API, DBSubnetGroup; the default VPC unless set. A replica is put into its source's.
    """
    if db.db_subnet_group_name is None:
        if isinstance(db, DbInstance) and db.is_replica:
            return not_applicable("a replica is put into its source's subnet group")
        return db.finding("names no subnet group", at="db_subnet_group_name")
    if db.db_subnet_group_name == "default":
        return db.finding("is in the default subnet group", at="db_subnet_group_name")
    return None


@rule(
    "NET-RDS-SNAPSHOT-PUBLIC",
    severity="critical",
    on=(DbSnapshot, DbClusterSnapshot),
    family="network",
    aliases={
        "checkov": "CKV_AWS_302",
        "prowler": "rds_snapshots_public_access",
    },
    frameworks={
        "fsbp": "RDS.1",
        "nist-800-53-r5": (
            "AC-3 AC-3(7) AC-4 AC-4(21) AC-6 AC-21 SC-7 SC-7(3) SC-7(4) SC-7(9) "
            "SC-7(11) SC-7(16) SC-7(20) SC-7(21)"
        ),
        "pci-dss-4": "3.5.1.3 10.3.2 A1.1.2 A3.4.1",
    },
)
def snapshot_for_everybody(snapshot: DbSnapshot | DbClusterSnapshot) -> Finding | None:
    """DB snapshots are not shared with everybody.

    Why: anyone with an AWS account can restore the database and read it.
    Fix: take `all` out of `shared_accounts`.
    Source: RDS API, DescribeDBSnapshotAttributes, attribute `restore`; private unless set.
    """
    if "all" in snapshot.shared_accounts:
        return snapshot.finding("is shared with everybody", at="shared_accounts")
    return None


@rule(
    "NET-RDS-NON-DEFAULT-PORT",
    severity="low",
    on=(DbInstance, RdsCluster),
    family="network",
    aliases={
        "prowler": "rds_instance_non_default_port rds_cluster_non_default_port",
    },
    frameworks={
        "fsbp": "RDS.23",
        "nist-800-53-r5": "AC-4 AC-4(21) SC-7 SC-7(4) SC-7(5) SC-7(11) SC-7(16) SC-7(21)",
    },
)
def on_the_default_port(db: DbInstance | RdsCluster) -> Finding | NotApplicable | None:
    """Databases do not listen on the engine's default port.

    Why: scans look there first.
    Fix: set `port` to another; clients have to follow, and the instance restarts.
    Source: RDS API, Endpoint.Port; the engine's default unless set (CreateDBInstance, Port).
    """
    engine = engine_of(db)
    for beginning, port in _PORTS:
        if starts_with(engine, beginning):
            if left_to_aws(db, "port") or db.port == port:
                return db.finding(f"listens on the default port {port}", at="port")
            return None
    return not_applicable(f"no default port of {engine} is known")


_PORTS = (
    ("postgres", 5432),
    ("aurora-postgresql", 5432),
    ("mysql", 3306),
    ("mariadb", 3306),
    ("aurora-mysql", 3306),
    ("oracle", 1521),
    ("sqlserver", 1433),
    ("db2", 50000),
)
