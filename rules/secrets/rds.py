"""Passwords of databases."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.rds import DbInstance, RdsCluster


@rule(
    "SEC-RDS-MANAGED-PASSWORD",
    severity="high",
    on=(DbInstance, RdsCluster),
    family="secrets",
)
def password_not_managed(db: DbInstance | RdsCluster) -> Finding | NotApplicable | None:
    """The master password is managed in Secrets Manager.

    Why: a password of one's own stands in the Terraform state and in whatever made it, and is
    hardly ever changed.
    Fix: set `manage_master_user_password = true` and remove `password`; RDS then makes and
    rotates it.
    Source: RDS API, MasterUserSecret; not managed unless set. Replicas have their source's users.
    """
    replica = (
        db.is_replica
        if isinstance(db, DbInstance)
        else db.replication_source_identifier is not None
    )
    if replica:
        return not_applicable("a replica has its source's users")
    if not db.manage_master_user_password:
        return db.finding(
            "does not keep its master password in Secrets Manager",
            at="manage_master_user_password",
        )
    return None
