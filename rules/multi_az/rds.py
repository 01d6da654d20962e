"""Availability of databases."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.left_out import left_to_aws
from auditor.services.rds import DbInstance, RdsCluster, RdsClusterInstance


@rule(
    "HA-RDS-INSTANCE-MULTI-AZ",
    severity="medium",
    on=DbInstance,
    family="high-availability",
    production=True,
    aliases={
        "checkov": "CKV_AWS_157",
        "prowler": "rds_instance_multi_az",
    },
    frameworks={
        "fsbp": "RDS.5",
        "cis-aws-5.0": "2.2.4",
        "nist-800-53-r5": "CP-6(2) CP-10 SC-5(2) SC-36 SI-13(5)",
    },
)
def instance_in_one_zone(db: DbInstance) -> Finding | NotApplicable | None:
    """DB instances run in several Availability Zones.

    Why: when the zone fails, the database is down until someone restores it elsewhere.
    Fix: set `multi_az = true`; it is changed in place and about doubles the price.
    Source: RDS API, DBInstance.MultiAZ; provider default false.
    """
    if db.is_replica:
        return not_applicable("it is a replica")
    if not db.multi_az:
        return db.finding("runs in one Availability Zone", at="multi_az")
    return None


@rule(
    "HA-RDS-CLUSTER-MULTI-AZ",
    severity="medium",
    on=RdsCluster,
    family="high-availability",
    production=True,
    reads=(RdsClusterInstance,),
    aliases={
        "prowler": "rds_cluster_multi_az",
    },
    frameworks={
        "fsbp": "RDS.15",
        "cis-aws-5.0": "2.2.4",
        "nist-800-53-r5": "CP-6(2) CP-10 SC-5(2) SC-36 SI-13(5)",
    },
)
def cluster_in_one_zone(cluster: RdsCluster) -> Finding | NotApplicable | None:
    """DB clusters have members in several Availability Zones.

    Why: when the zone fails, there is no member to fail over to.
    Fix: add an `aws_rds_cluster_instance` (and set no common `availability_zone`).
    Source: RDS API, DBCluster.MultiAZ. Multi-AZ DB clusters have three members in three zones;
    Aurora puts members without a zone into different ones; serverless v1 has no members.
    """
    if cluster.engine_mode == "serverless":
        return not_applicable("serverless v1 moves to another zone by itself")
    if cluster.db_cluster_instance_class is not None:
        return None
    members, zones, free = 0, set(), False
    for member in cluster.related(RdsClusterInstance):
        members += 1
        if left_to_aws(member, "availability_zone"):
            free = True
        else:
            zones.add(member.availability_zone)
        if members > 1 and (free or len(zones) > 1):
            return None
    if members > 1:
        return cluster.finding(f"has all {members} members in one Availability Zone")
    return cluster.finding(f"has {members or 'no'} member{'' if members == 1 else 's'}")


@rule(
    "HA-RDS-INSTANCE-DELETION-PROTECTION",
    severity="medium",
    on=DbInstance,
    family="high-availability",
    production=True,
    aliases={
        "checkov": "CKV_AWS_293",
        "trivy": "AWS-0177",
        "prowler": "rds_instance_deletion_protection",
    },
    frameworks={
        "fsbp": "RDS.8",
        "nist-800-53-r5": "CM-3 SC-5(2) SI-13(5)",
    },
)
def instance_can_be_deleted(db: DbInstance) -> Finding | None:
    """DB instances have deletion protection.

    Why: one mistaken `destroy` deletes the database.
    Fix: set `deletion_protection = true`.
    Source: RDS API, DBInstance.DeletionProtection; provider default false.
    """
    return _can_be_deleted(db)


@rule(
    "HA-RDS-CLUSTER-DELETION-PROTECTION",
    severity="medium",
    on=RdsCluster,
    family="high-availability",
    production=True,
    aliases={
        "checkov": "CKV_AWS_139",
        "trivy": "AWS-0343",
        "prowler": "rds_cluster_deletion_protection",
    },
    frameworks={
        "fsbp": "RDS.7",
        "nist-800-53-r5": "CM-3 SC-5(2)",
    },
)
def cluster_can_be_deleted(cluster: RdsCluster) -> Finding | None:
    """DB clusters have deletion protection.

    Why: one mistaken `destroy` deletes the database.
    Fix: set `deletion_protection = true`.
    Source: RDS API, DBCluster.DeletionProtection; provider default false.
    """
    return _can_be_deleted(cluster)


@rule(
    "HA-RDS-STORAGE-AUTOSCALING",
    severity="low",
    on=DbInstance,
    family="high-availability",
    production=True,
)
def storage_cannot_grow(db: DbInstance) -> Finding | None:
    """DB instances can grow their storage automatically.

    Why: a full disk stops the database.
    Fix: set `max_allocated_storage` above `allocated_storage` (GiB).
    Source: RDS API, DBInstance.MaxAllocatedStorage; provider default 0, which is off.
    """
    most = db.max_allocated_storage
    if not most:
        return db.finding("cannot grow its storage", at="max_allocated_storage")
    if not left_to_aws(db, "allocated_storage") and most <= (db.allocated_storage or 0):
        return db.finding("has no room to grow its storage", at="max_allocated_storage")
    return None


def _can_be_deleted(db: DbInstance | RdsCluster) -> Finding | None:
    if not db.deletion_protection:
        return db.finding("has no deletion protection", at="deletion_protection")
    return None
