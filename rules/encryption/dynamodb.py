"""Encryption of DynamoDB tables."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.dynamodb import DynamodbTable
from auditor.services.kms import KmsAlias, KmsKey, is_aws_managed_key


@rule(
    "ENC-DYNAMODB-CMK",
    severity="medium",
    on=DynamodbTable,
    family="encryption",
    reads=(KmsKey, KmsAlias),
    aliases={
        "checkov": "CKV_AWS_119",
        "trivy": "AWS-0025 AWS-0121",
        "prowler": "dynamodb_tables_kms_cmk_encryption_enabled",
    },
    frameworks={
        "nist-800-53-r5": "AU-9(3) SC-8(3) SC-8(4) SC-13 SC-28(1) SI-19(4)",
        "pci-dss-4": "3.5.1 8.3.2",
    },
)
def table_without_own_key(table: DynamodbTable) -> Finding | None:
    """Tables are encrypted with a customer managed key.

    Why: under the key that AWS owns nobody can see, limit or revoke its use.
    Fix: set `server_side_encryption { enabled = true, kms_key_arn = … }`.
    Source: DynamoDB API, SSEDescription; without the block the table is under a key that AWS owns,
    with `enabled = true` alone under the AWS managed key aws/dynamodb.
    """
    encryption = table.server_side_encryption
    if encryption is None:
        return table.finding("is encrypted with a key that AWS owns")
    if not encryption.enabled:
        return encryption.finding("is encrypted with a key that AWS owns", at="enabled")
    if is_aws_managed_key(encryption, "kms_key_arn"):
        return encryption.finding("is encrypted with an AWS managed key", at="kms_key_arn")
    return None


@rule(
    "ENC-DYNAMODB-REPLICA-CMK",
    severity="low",
    on=DynamodbTable,
    family="encryption",
    reads=(KmsKey, KmsAlias),
    aliases={
        "checkov": "CKV_AWS_271",
    },
)
def replica_without_own_key(table: DynamodbTable) -> Iterator[Finding]:
    """Table replicas are encrypted with a customer managed key.

    Why: the copy in the other region holds the same data under a key nobody controls.
    Fix: set `kms_key_arn` in each `replica` block to a key of that region.
    Source: DynamoDB API, ReplicaDescription.KMSMasterKeyId; a key of AWS unless set.
    """
    for replica in table.replica:
        if is_aws_managed_key(replica, "kms_key_arn"):
            yield replica.finding(
                f"keeps its replica in {replica.region_name} under a key of AWS",
                at="kms_key_arn",
                key=f"replica {replica.region_name}",
            )
