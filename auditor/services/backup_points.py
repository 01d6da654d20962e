"""Recovery points of AWS Backup, which only a live account has.

Source: AWS Backup API reference, ListRecoveryPointsByBackupVault.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader
from auditor.dates import date_text
from auditor.resource import Bool, Link, Resource, Str
from auditor.services.backup import VAULTS
from auditor.values import Unknown


class BackupRecoveryPoint(Resource, tf="aws_backup_recovery_point"):
    """A recovery point in a vault. No Terraform resource: the type's name is known here only.

    created, delete_at: dates as in auditor.dates; `delete_at` is None where it is kept for ever.
    """

    arn = Str()
    backup_vault_name = Link(*VAULTS, by=("name",))
    created = Str()
    delete_at = Str()
    is_encrypted = Bool()
    resource_arn = Str()


@reader(
    yields=(BackupRecoveryPoint,),
    calls=("backup.list_backup_vaults", "backup.list_recovery_points_by_backup_vault"),
)
def recovery_points(aws: Aws) -> Iterator[Resource]:
    """The completed recovery points of each vault."""

    def read(vault: Mapping[str, Any]) -> Iterator[Resource]:
        name = vault["BackupVaultName"]
        points = aws.ask_all(
            "backup.list_recovery_points_by_backup_vault", "RecoveryPoints", BackupVaultName=name
        )
        if isinstance(points, Unknown):
            named = {"backup_vault_name": name}
            yield aws.resource(BackupRecoveryPoint, f"{name}/?", points, named=named)
            return
        for point in points:
            if point.get("Status") == "COMPLETED":
                yield aws.resource(BackupRecoveryPoint, point["RecoveryPointArn"], _point(point))

    yield from aws.parallel(read, aws.list("backup.list_backup_vaults", "BackupVaultList"))


def _point(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "arn": item["RecoveryPointArn"],
        "backup_vault_name": item.get("BackupVaultName"),
        "created": date_text(item.get("CreationDate")),
        "delete_at": date_text(item.get("CalculatedLifecycle", {}).get("DeleteAt")),
        "is_encrypted": item.get("IsEncrypted", False),
        "resource_arn": item.get("ResourceArn"),
    }
