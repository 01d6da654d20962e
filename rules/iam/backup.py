"""Who may use backup vaults."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.policy import Policy
from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.backup import BackupVaultPolicy


@rule(
    "IAM-BACKUP-VAULT-POLICY-PUBLIC",
    severity="high",
    on=BackupVaultPolicy,
    family="iam",
)
def vault_for_anyone(attached: BackupVaultPolicy) -> Iterator[Finding]:
    """Vault policies do not admit every principal.

    Why: whoever may copy from or restore out of the vault gets all the data in it.
    Fix: name the principals, or pin the statement with `aws:PrincipalOrgID` or
    `aws:SourceAccount`.
    Source: AWS Backup Developer Guide, "Vault access policies".
    """
    for statement in Policy.parse(attached.policy).public_statements():
        yield attached.finding(
            f"lets anyone in ({statement.label})",
            at="policy",
            key=f"{statement.label}",
            within=statement.within("Principal"),
        )
