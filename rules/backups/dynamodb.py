"""Recovery of DynamoDB tables."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.dynamodb import DynamodbTable


@rule(
    "BAK-DYNAMODB-PITR",
    severity="medium",
    on=DynamodbTable,
    family="backup",
    aliases={
        "checkov": "CKV_AWS_28 CKV_AWS_165",
        "trivy": "AWS-0024",
        "prowler": "dynamodb_tables_pitr_enabled",
    },
    frameworks={
        "fsbp": "DynamoDB.2",
        "nist-800-53-r5": "CP-6(2) CP-9 CP-10 SC-5(2) SI-12 SI-13(5)",
        "pci-dss-4": "3.2.1 3.3.1.1 3.3.1.3 3.3.2 3.3.3 10.3.3 10.5.1",
    },
)
def no_point_in_time_recovery(table: DynamodbTable) -> Iterator[Finding]:
    """Tables have point-in-time recovery.

    Why: an erroneous write or delete cannot be undone; continuous backups restore to any second
    of the last 35 days.
    Fix: set `point_in_time_recovery { enabled = true }`, and in `replica` blocks
    `point_in_time_recovery = true`.
    Source: DynamoDB API, DescribeContinuousBackups; off unless set.
    """
    recovery = table.point_in_time_recovery
    if recovery is None:
        yield table.finding("has no point-in-time recovery")
    elif not recovery.enabled:
        yield recovery.finding("has no point-in-time recovery", at="enabled")


@rule(
    "BAK-DYNAMODB-GLOBAL-REPLICA",
    severity="low",
    on=DynamodbTable,
    family="backup",
    production=True,
)
def no_replica(table: DynamodbTable) -> Finding | None:
    """Critical tables have a replica in another region.

    Why: when the region is down, so is the table.
    Fix: add a `replica { region_name = … }` block.
    Source: DynamoDB API, TableDescription.Replicas; none unless set.
    """
    if not table.replica:
        return table.finding("has no replica in another region")
    return None
