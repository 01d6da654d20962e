"""Whom Systems Manager documents are shared with."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.ssm import PUBLIC_SHARING, SsmDocument, SsmServiceSetting


@rule(
    "IAM-SSM-DOCUMENT-PRIVATE",
    severity="critical",
    on=SsmDocument,
    family="iam",
    aliases={
        "checkov": "CKV_AWS_303",
        "prowler": "ssm_documents_set_as_public",
    },
    frameworks={
        "fsbp": "SSM.4",
        "nist-800-53-r5": (
            "AC-3 AC-3(7) AC-4 AC-4(21) AC-6 AC-21 SC-7 SC-7(3) SC-7(4) SC-7(9) "
            "SC-7(11) SC-7(16) SC-7(20) SC-7(21)"
        ),
        "pci-dss-4": "3.5.1.3 10.3.2 A1.1.2 A3.4.1",
    },
)
def document_for_everybody(document: SsmDocument) -> Finding | None:
    """Documents are not shared with everybody.

    Why: everyone with an AWS account can read what it does and what it names.
    Fix: set `permissions.account_ids` to the accounts that need it.
    Source: SSM API, DescribeDocumentPermission: AccountIds has `all`.
    """
    accounts = str(document.permissions.get("account_ids") or "")
    if "all" in (account.strip().lower() for account in accounts.split(",")):
        return document.finding("is shared with everybody", at="permissions")
    return None


@rule(
    "IAM-SSM-DOCUMENT-BLOCK-PUBLIC",
    severity="critical",
    on=SsmServiceSetting,
    family="iam",
    frameworks={
        "fsbp": "SSM.7",
    },
)
def documents_may_be_public(setting: SsmServiceSetting) -> Finding | NotApplicable | None:
    """Sharing documents with everybody is blocked in the region.

    Why: one careless share publishes how instances are run.
    Fix: an `aws_ssm_service_setting` with `setting_id =
    "/ssm/documents/console/public-sharing-permission"` and `setting_value = "Disable"`.
    Source: SSM API, GetServiceSetting; Systems Manager User Guide, "Block public sharing".
    """
    if not setting.is_about(PUBLIC_SHARING):
        return not_applicable("it is another setting")
    if setting.setting_value == "Disable":
        return None
    return setting.finding("lets documents be shared with everybody", at="setting_value")
