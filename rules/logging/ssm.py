"""Records of Systems Manager: sessions and automations."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.ssm import (
    AUTOMATION_LOGS,
    SsmDocument,
    SsmServiceSetting,
    is_given,
    session_inputs,
)


@rule(
    "LOG-SSM-SESSION-LOGS",
    severity="medium",
    on=SsmDocument,
    family="logging",
    aliases={
        "checkov": "CKV_AWS_113",
    },
)
def session_not_logged(document: SsmDocument) -> Finding | NotApplicable | None:
    """Session Manager sessions are logged, encrypted.

    Why: what was typed on an instance is nowhere else on record.
    Fix: set `inputs.cloudWatchLogGroupName` with `cloudWatchEncryptionEnabled`, or
    `inputs.s3BucketName` with `s3EncryptionEnabled`.
    Source: Systems Manager User Guide, "Session document schema".
    """
    if document.document_type != "Session":
        return not_applicable("it is no session document")
    inputs = session_inputs(document)
    for place, encrypted in (
        ("cloudWatchLogGroupName", "cloudWatchEncryptionEnabled"),
        ("s3BucketName", "s3EncryptionEnabled"),
    ):
        if is_given(inputs.get(place)) and inputs.get(encrypted):
            return None
    return document.finding("logs sessions to no encrypted place", at="content")


@rule(
    "LOG-SSM-AUTOMATION-LOGS",
    severity="medium",
    on=SsmServiceSetting,
    family="logging",
    frameworks={
        "fsbp": "SSM.6",
    },
)
def automation_not_logged(setting: SsmServiceSetting) -> Finding | NotApplicable | None:
    """Output of automations goes to CloudWatch Logs.

    Why: what scripts of a runbook did and said is else lost after the run.
    Fix: an `aws_ssm_service_setting` with `setting_id =
    "/ssm/automation/customer-script-log-destination"` and `setting_value = "CloudWatch"`.
    Source: SSM API, GetServiceSetting; Security Hub control SSM.6.
    """
    if not setting.is_about(AUTOMATION_LOGS):
        return not_applicable("it is another setting")
    if setting.setting_value == "CloudWatch":
        return None
    return setting.finding("does not log automations", at="setting_value")
