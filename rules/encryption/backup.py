"""Encryption of backups."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.backup import BackupVault
from auditor.services.backup_points import BackupRecoveryPoint
from auditor.services.kms import KmsAlias, KmsKey, is_aws_managed_key
from auditor.services.left_out import left_to_aws


@rule(
    "ENC-BACKUP-VAULT-CMK",
    severity="medium",
    on=BackupVault,
    family="encryption",
    reads=(KmsKey, KmsAlias),
    aliases={
        "checkov": "CKV_AWS_166",
        "prowler": "backup_vaults_encrypted",
    },
)
def vault_with_the_key_of_aws(vault: BackupVault) -> Finding | None:
    """Vaults use a customer managed key.

    Why: the key `aws/backup` cannot be given a policy of your own, so recovery points under it
    can neither be withheld from anyone in the account nor copied to another account.
    Fix: set `kms_key_arn` to the ARN of a key of your own (it forces a new vault).
    Source: AWS Backup API, BackupVaultListMember.EncryptionKeyArn; left out, `aws/backup`.
    """
    if left_to_aws(vault, "kms_key_arn"):
        return vault.finding("is encrypted with the AWS managed key aws/backup", at="kms_key_arn")
    if is_aws_managed_key(vault, "kms_key_arn"):
        return vault.finding("is encrypted with an AWS managed key", at="kms_key_arn")
    return None


@rule(
    "ENC-BACKUP-RECOVERY-POINT",
    severity="medium",
    on=BackupRecoveryPoint,
    family="encryption",
    where=("live",),
    aliases={
        "prowler": "backup_recovery_point_encrypted",
    },
    frameworks={
        "fsbp": "Backup.1",
        "nist-800-53-r5": "CP-9(8) SI-12",
        "pci-dss-4": "3.5.1 8.3.2",
    },
)
def point_in_the_clear(point: BackupRecoveryPoint) -> Finding | None:
    """Recovery points are encrypted.

    Why: a recovery point holds everything that the resource held.
    Fix: encrypt the resource that is backed up; existing recovery points stay as they are.
    Source: AWS Backup API, RecoveryPointByBackupVault.IsEncrypted. Resources without full AWS
    Backup management keep the encryption of their source.
    """
    if not point.is_encrypted:
        return point.finding("is not encrypted", at="is_encrypted")
    return None
