"""Who signs in to databases, and how."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.rds import DbInstance, RdsCluster, engine_of

_NAMES = ("admin", "administrator", "awsuser", "dbadmin", "mysql", "postgres", "root", "sa")


@rule(
    "IAM-RDS-INSTANCE-IAM-AUTH",
    severity="medium",
    on=DbInstance,
    family="iam",
    aliases={
        "checkov": "CKV_AWS_161",
        "trivy": "AWS-0176",
        "prowler": "rds_instance_iam_authentication_enabled",
    },
    frameworks={
        "fsbp": "RDS.10",
        "nist-800-53-r5": "AC-2(1) AC-3 AC-3(7) AC-3(15) AC-6",
        "pci-dss-4": "7.2.1 7.2.2 7.2.5 7.3.1 7.3.2 7.3.3 8.2.7 8.2.8 8.3.4",
    },
)
def instance_without_iam_sign_in(db: DbInstance) -> Finding | NotApplicable | None:
    """DB instances accept IAM database authentication.

    Why: without it every client holds a password that does not end by itself.
    Fix: set `iam_database_authentication_enabled = true` and grant `rds-db:connect` to roles.
    Source: RDS API, DBInstance.IAMDatabaseAuthenticationEnabled; provider default false. Only
    PostgreSQL, MySQL and MariaDB have it.
    """
    engine = engine_of(db)
    if engine not in ("postgres", "mysql", "mariadb"):
        return not_applicable(f"{engine} has no IAM authentication")
    return _without_iam(db)


@rule(
    "IAM-RDS-CLUSTER-IAM-AUTH",
    severity="medium",
    on=RdsCluster,
    family="iam",
    aliases={
        "checkov": "CKV_AWS_162",
        "prowler": "rds_cluster_iam_authentication_enabled",
    },
    frameworks={
        "fsbp": "RDS.12",
        "nist-800-53-r5": "AC-2(1) AC-3 AC-3(7) AC-3(15) AC-6",
        "pci-dss-4": "7.2.1 7.2.2 7.2.5 7.3.1 7.3.2 7.3.3 8.2.7 8.2.8 8.3.4",
    },
)
def cluster_without_iam_sign_in(cluster: RdsCluster) -> Finding | None:
    """DB clusters accept IAM database authentication.

    Why: without it every client holds a password that does not end by itself.
    Fix: set `iam_database_authentication_enabled = true` and grant `rds-db:connect` to roles.
    Source: RDS API, DBCluster.IAMDatabaseAuthenticationEnabled; provider default false.
    """
    return _without_iam(cluster)


@rule(
    "IAM-RDS-INSTANCE-ADMIN-NAME",
    severity="medium",
    on=DbInstance,
    family="iam",
    aliases={
        "prowler": "rds_instance_default_admin",
    },
    frameworks={
        "fsbp": "RDS.25",
        "nist-800-53-r5": "CA-9(1) CM-2",
    },
)
def instance_administrator_by_default_name(
    db: DbInstance, *, names: tuple[str, ...] = _NAMES
) -> Finding | NotApplicable | None:
    """DB instances do not use a default administrator name.

    Why: whoever guesses passwords has the name already.
    Fix: set another `username` (it forces a new instance: restore from a snapshot keeps the name).
    Source: RDS API, DBInstance.MasterUsername.
    """
    if db.is_replica:
        return not_applicable("a replica has its source's users")
    if db.username in names:
        return db.finding("has an administrator with a default name", at="username")
    return None


@rule(
    "IAM-RDS-CLUSTER-ADMIN-NAME",
    severity="medium",
    on=RdsCluster,
    family="iam",
    aliases={
        "prowler": "rds_cluster_default_admin",
    },
    frameworks={
        "fsbp": "RDS.24",
        "nist-800-53-r5": "CA-9(1) CM-2",
    },
)
def cluster_administrator_by_default_name(
    cluster: RdsCluster, *, names: tuple[str, ...] = _NAMES
) -> Finding | NotApplicable | None:
    """DB clusters do not use a default administrator name.

    Why: whoever guesses passwords has the name already.
    Fix: set another `master_username` (it forces a new cluster).
    Source: RDS API, DBCluster.MasterUsername.
    """
    if cluster.replication_source_identifier is not None:
        return not_applicable("a replica has its source's users")
    if cluster.master_username in names:
        return cluster.finding("has an administrator with a default name", at="master_username")
    return None


def _without_iam(db: DbInstance | RdsCluster) -> Finding | None:
    if not db.iam_database_authentication_enabled:
        return db.finding(
            "does not accept IAM authentication", at="iam_database_authentication_enabled"
        )
    return None
