"""Encryption of what is made of databases, and of what is put before them."""

from __future__ import annotations

from auditor.dates import days_between
from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.kms import KmsAlias, KmsKey, is_aws_managed_key
from auditor.services.left_out import left_to_aws
from auditor.services.rds import DbInstance, RdsCluster, RdsClusterInstance
from auditor.services.rds_events import DbServerCertificate
from auditor.services.rds_proxies import DbProxy
from auditor.services.rds_snapshots import (
    DbBackupReplication,
    DbClusterSnapshot,
    DbSnapshot,
    DbSnapshotCopy,
)


@rule(
    "ENC-RDS-SNAPSHOT",
    severity="medium",
    on=(DbSnapshot, DbClusterSnapshot),
    family="encryption",
    reads=(DbInstance, RdsCluster),
    aliases={
        "checkov": "CKV_AWS_146",
        "prowler": "rds_snapshots_encrypted",
    },
    frameworks={
        "fsbp": "RDS.4",
        "nist-800-53-r5": "CA-9(1) CM-3(6) SC-7(10) SC-13 SC-28 SC-28(1) SI-7(6)",
        "pci-dss-4": "3.5.1 8.3.2",
    },
)
def snapshot_in_the_clear(snapshot: DbSnapshot | DbClusterSnapshot) -> Finding | None:
    """DB snapshots and cluster snapshots are encrypted.

    Why: a snapshot holds the whole database, and is copied and shared with two clicks.
    Fix: encrypt the database (`storage_encrypted`); copy old snapshots with a key and delete them.
    Source: RDS API, DBSnapshot.Encrypted and DBClusterSnapshot.StorageEncrypted: a snapshot is
    encrypted as its database is.
    """
    if isinstance(snapshot, DbSnapshot):
        encrypted, source = "encrypted", "db_instance_identifier"
    else:
        encrypted, source = "storage_encrypted", "db_cluster_identifier"
    if left_to_aws(snapshot, encrypted):
        if snapshot.follow(source).storage_encrypted:
            return None
        return snapshot.finding("is of a database that is not encrypted", at=source)
    if not snapshot.get(encrypted):
        return snapshot.finding("is not encrypted", at=encrypted)
    return None


@rule(
    "ENC-RDS-SNAPSHOT-COPY-CMK",
    severity="medium",
    on=(DbSnapshotCopy, DbSnapshot),
    family="encryption",
    reads=(KmsKey, KmsAlias),
    aliases={
        "checkov": "CKV_AWS_266",
    },
)
def copy_without_own_key(copy: DbSnapshotCopy | DbSnapshot) -> Finding | NotApplicable | None:
    """Snapshot copies use a customer managed key.

    Why: a copy under `aws/rds` cannot be shared or copied on, and its use cannot be revoked.
    Fix: set `kms_key_id` of the copy to the ARN of a key of your own in its region.
    Source: RDS API, CopyDBSnapshot, KmsKeyId; left out, the copy is encrypted as its source is.
    """
    if isinstance(copy, DbSnapshot) and copy.source_db_snapshot_identifier is None:
        return not_applicable("it is no copy")
    if copy.kms_key_id is None:
        return copy.finding("names no key of its own", at="kms_key_id")
    if is_aws_managed_key(copy, "kms_key_id"):
        return copy.finding("is encrypted with an AWS managed key", at="kms_key_id")
    return None


@rule(
    "ENC-RDS-BACKUP-REPLICATION-CMK",
    severity="medium",
    on=DbBackupReplication,
    family="encryption",
    reads=(KmsKey, KmsAlias),
    aliases={
        "checkov": "CKV_AWS_245",
    },
)
def replicated_backups_without_own_key(copy: DbBackupReplication) -> Finding | None:
    """Replicated automated backups use a customer managed key.

    Why: the copy in the other region holds the same data under a key nobody controls.
    Fix: set `kms_key_id` to the ARN of a key of your own in the region of the copy.
    Source: RDS API, DBInstanceAutomatedBackup.KmsKeyId; left out, `aws/rds` of that region.
    """
    if left_to_aws(copy, "kms_key_id"):
        return copy.finding("is encrypted with the AWS managed key aws/rds", at="kms_key_id")
    if is_aws_managed_key(copy, "kms_key_id"):
        return copy.finding("is encrypted with an AWS managed key", at="kms_key_id")
    return None


@rule(
    "ENC-RDS-PROXY-TLS",
    severity="medium",
    on=DbProxy,
    family="encryption",
    frameworks={
        "fsbp": "RDS.43",
    },
)
def proxy_without_tls(proxy: DbProxy) -> Finding | None:
    """RDS Proxy requires TLS from clients.

    Why: credentials and data cross the network in the clear.
    Fix: set `require_tls = true`.
    Source: RDS API, DBProxy.RequireTLS; provider default false.
    """
    if not proxy.require_tls:
        return proxy.finding("lets clients connect without TLS", at="require_tls")
    return None


@rule(
    "ENC-RDS-CA-CURRENT",
    severity="medium",
    on=(DbInstance, RdsClusterInstance),
    family="encryption",
    aliases={
        "checkov": "CKV_AWS_211",
    },
)
def old_certificate_authority(db: DbInstance | RdsClusterInstance) -> Finding | None:
    """DB instances use a current certificate authority.

    Why: certificates of rds-ca-2019 ended in August 2024: clients that check them cannot connect,
    and those that do not check talk to anyone.
    Fix: set `ca_cert_identifier = "rds-ca-rsa2048-g1"` (or `rds-ca-rsa4096-g1`,
    `rds-ca-ecc384-g1`), after clients trust the new bundle; some engines restart.
    Source: RDS User Guide, "Certificate authorities"; left out, RDS takes rds-ca-rsa2048-g1.
    """
    if left_to_aws(db, "ca_cert_identifier"):
        return None
    if db.ca_cert_identifier not in _CURRENT:
        return db.finding("uses an old certificate authority", at="ca_cert_identifier")
    return None


@rule(
    "OPS-RDS-CERTIFICATE-EXPIRY",
    severity="high",
    on=DbServerCertificate,
    family="operations",
    where=("live",),
    aliases={
        "prowler": "rds_instance_certificate_expiration",
    },
)
def certificate_ends_soon(
    certificate: DbServerCertificate, *, minimum_days: int = 90
) -> Finding | None:
    """DB server certificates are not close to expiry.

    Why: when it ends, clients that check it cannot connect.
    Fix: set `ca_cert_identifier` to a current authority and apply it, which makes a new one.
    Source: RDS API, CertificateDetails.ValidTill, counted from when it was read.
    """
    left = days_between(certificate.read_at, certificate.valid_till)
    if left < minimum_days:
        # The days count down: they are no part of the message, which has to stay the same.
        return certificate.finding(
            f"ends at {certificate.valid_till}, in less than {minimum_days} days", at="valid_till"
        )
    return None


_CURRENT = ("rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1")
