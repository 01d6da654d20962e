"""Upkeep of databases."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.rds import (
    DbInstance,
    RdsCluster,
    RdsClusterInstance,
    engine_of,
    release_of,
    takes_newest_release,
)
from auditor.services.rds_engines import DEPRECATED, RdsEngineVersion


@rule(
    "OPS-RDS-INSTANCE-COPY-TAGS",
    severity="low",
    on=DbInstance,
    family="operations",
    aliases={
        "checkov": "CKV2_AWS_60",
        "prowler": "rds_instance_copy_tags_to_snapshots",
    },
    frameworks={
        "fsbp": "RDS.17",
        "nist-800-53-r5": "CA-9(1) CM-2 CM-2(2)",
    },
)
def instance_snapshots_without_tags(db: DbInstance) -> Finding | None:
    """DB instances copy their tags to snapshots.

    Why: policies and bills that go by tags lose sight of the snapshots.
    Fix: set `copy_tags_to_snapshot = true`.
    Source: RDS API, DBInstance.CopyTagsToSnapshot; provider default false.
    """
    return _without_tags(db)


@rule(
    "OPS-RDS-CLUSTER-COPY-TAGS",
    severity="low",
    on=RdsCluster,
    family="operations",
    aliases={
        "checkov": "CKV_AWS_313",
        "prowler": "rds_cluster_copy_tags_to_snapshots",
    },
    frameworks={
        "fsbp": "RDS.16 RDS.47 RDS.48",
        "nist-800-53-r5": "CA-9(1) CM-2 CM-2(2)",
    },
)
def cluster_snapshots_without_tags(cluster: RdsCluster) -> Finding | None:
    """DB clusters copy their tags to snapshots.

    Why: policies and bills that go by tags lose sight of the snapshots.
    Fix: set `copy_tags_to_snapshot = true`.
    Source: RDS API, DBCluster.CopyTagsToSnapshot; provider default false.
    """
    return _without_tags(cluster)


@rule(
    "OPS-RDS-INSTANCE-MINOR-UPGRADE",
    severity="medium",
    on=(DbInstance, RdsClusterInstance),
    family="operations",
    aliases={
        "checkov": "CKV_AWS_226",
        "prowler": "rds_instance_minor_version_upgrade_enabled",
    },
    frameworks={
        "fsbp": "RDS.13",
        "cis-aws-3.0": "2.3.2",
        "cis-aws-5.0": "2.2.2",
        "nist-800-53-r5": "SI-2 SI-2(2) SI-2(4) SI-2(5)",
        "pci-dss-4": "6.3.3",
    },
)
def no_minor_upgrades(db: DbInstance | RdsClusterInstance) -> Finding | None:
    """DB instances take minor engine upgrades automatically.

    Why: security fixes come as minor versions, and wait for someone to remember.
    Fix: remove `auto_minor_version_upgrade = false`.
    Source: RDS API, DBInstance.AutoMinorVersionUpgrade; provider default true.
    """
    if not db.auto_minor_version_upgrade:
        return db.finding("takes no minor upgrades", at="auto_minor_version_upgrade")
    return None


@rule(
    "OPS-RDS-CLUSTER-MINOR-UPGRADE",
    severity="medium",
    on=RdsCluster,
    family="operations",
    where=("live",),
    aliases={
        "prowler": "rds_cluster_minor_version_upgrade_enabled",
    },
    frameworks={
        "fsbp": "RDS.35",
        "nist-800-53-r5": "SI-2 SI-2(2) SI-2(4) SI-2(5)",
    },
)
def cluster_without_minor_upgrades(cluster: RdsCluster) -> Finding | NotApplicable | None:
    """Multi-AZ DB clusters take minor engine upgrades automatically.

    Why: security fixes come as minor versions, and wait for someone to remember.
    Fix: `aws rds modify-db-cluster --auto-minor-version-upgrade`; provider 5 has no argument.
    Source: RDS API, DBCluster.AutoMinorVersionUpgrade; in Aurora the members decide.
    """
    if cluster.db_cluster_instance_class is None:
        return not_applicable("its members decide")
    if not cluster.auto_minor_version_upgrade:
        return cluster.finding("takes no minor upgrades", at="auto_minor_version_upgrade")
    return None


@rule(
    "OPS-RDS-NO-EXTENDED-SUPPORT",
    severity="medium",
    on=(DbInstance, RdsCluster),
    family="operations",
    aliases={
        "prowler": "rds_instance_extended_support",
    },
)
def pays_for_extended_support(db: DbInstance | RdsCluster) -> Finding | NotApplicable | None:
    """Databases are not enrolled in paid extended support.

    Why: a version past its end goes on running, at a rising price for each vCPU and hour, instead
    of being upgraded.
    Fix: set `engine_lifecycle_support = "open-source-rds-extended-support-disabled"`; it can only
    be chosen when the database is made or restored.
    Source: RDS API, EngineLifecycleSupport; enrolled unless set. MySQL and PostgreSQL only.
    """
    engine = engine_of(db)
    if engine not in ("mysql", "postgres", "aurora-mysql", "aurora-postgresql"):
        return not_applicable(f"there is no extended support for {engine}")
    if db.engine_lifecycle_support == "open-source-rds-extended-support":
        return db.finding("is enrolled in extended support", at="engine_lifecycle_support")
    return None


@rule(
    "OPS-RDS-POSTGRES-LOG-FDW",
    severity="high",
    on=(DbInstance, RdsCluster),
    family="operations",
    aliases={
        "checkov": "CKV_AWS_250 CKV_AWS_388",
    },
)
def files_can_be_read(db: DbInstance | RdsCluster) -> Finding | NotApplicable | None:
    """PostgreSQL versions are free of the local file read flaw in log_fdw.

    Why: users of the database can read files of the host, internal credentials among them.
    Fix: raise `engine_version`; a minor upgrade restarts the database.
    Source: AWS security bulletin AWS-2022-004. A version without a minor number, or none, means
    the newest that AWS offers.
    """
    fixed = _FREE_OF_FLAW.get(engine_of(db))
    if fixed is None:
        return not_applicable("the engine is not PostgreSQL")
    if takes_newest_release(db):
        return None
    release = release_of(db)
    older = release[: len(fixed[0]) - 1] < fixed[0][:-1]
    if older or any(
        release[: len(first) - 1] == first[:-1] and first[:-1] < release < first for first in fixed
    ):
        return db.finding("lets users read files of the host (log_fdw)", at="engine_version")
    return None


@rule(
    "OPS-RDS-ENGINE-SUPPORTED",
    severity="high",
    on=(DbInstance, RdsCluster),
    family="operations",
    where=("live",),
    reads=(RdsEngineVersion,),
    aliases={
        "prowler": "rds_instance_deprecated_engine_version",
    },
)
def version_not_offered(db: DbInstance | RdsCluster) -> Finding | None:
    """Databases run an engine version AWS still supports.

    Why: it gets no security fixes, and AWS will upgrade it at a time of its own choice.
    Fix: raise `engine_version` (with `allow_major_version_upgrade` across major versions).
    Source: RDS API, DescribeDBEngineVersions, Status `deprecated` or not listed. Only AWS knows
    it, so that code is not judged.
    """
    for version in db.everything(RdsEngineVersion):
        if version.engine == db.engine and version.version == db.engine_version:
            if version.status == DEPRECATED:
                return db.finding("runs a version that AWS has given up", at="engine_version")
            return None
    return None


# Engine → the first release without the flaw of each line that had it.
_FREE_OF_FLAW: dict[object, tuple[tuple[int, ...], ...]] = {
    "postgres": ((9, 6, 22), (10, 17), (11, 12), (12, 7), (13, 3)),
    "aurora-postgresql": ((10, 14), (11, 9)),
}


def _without_tags(db: DbInstance | RdsCluster) -> Finding | None:
    if not db.copy_tags_to_snapshot:
        return db.finding("does not copy its tags to snapshots", at="copy_tags_to_snapshot")
    return None
