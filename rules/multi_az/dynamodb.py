"""Availability of DynamoDB tables: capacity and protection from deletion."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.dynamodb import DynamodbTable


@rule(
    "HA-DYNAMODB-DELETION-PROTECTION",
    severity="medium",
    on=DynamodbTable,
    family="high-availability",
    production=True,
    aliases={
        "prowler": "dynamodb_table_deletion_protection_enabled",
    },
    frameworks={
        "fsbp": "DynamoDB.6",
        "nist-800-53-r5": "CA-9(1) CM-2 CM-2(2) CM-3 SC-5(2)",
    },
)
def can_be_deleted(table: DynamodbTable) -> Finding | None:
    """Tables have deletion protection.

    Why: a mistaken plan or a slip in the console deletes the table with all its data.
    Fix: set `deletion_protection_enabled = true`.
    Source: DynamoDB API, TableDescription.DeletionProtectionEnabled; provider default false.
    """
    if not table.deletion_protection_enabled:
        return table.finding("can be deleted", at="deletion_protection_enabled")
    return None
