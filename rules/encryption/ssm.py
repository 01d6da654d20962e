"""Keys of Systems Manager: parameters and sessions."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.kms import KmsAlias, KmsKey, is_aws_managed_key
from auditor.services.ssm import SsmDocument, SsmParameter, is_given, session_inputs


@rule(
    "ENC-SSM-PARAMETER-CMK",
    severity="low",
    on=SsmParameter,
    family="encryption",
    reads=(KmsKey, KmsAlias),
    aliases={
        "checkov": "CKV_AWS_337",
    },
)
def parameter_without_own_key(parameter: SsmParameter) -> Finding | NotApplicable | None:
    """SecureString parameters use a customer managed key.

    Why: with `aws/ssm` whoever may read the parameter may decrypt it; a key of your own adds a
    second permission.
    Fix: set `key_id` to a key of your own.
    Source: SSM API, ParameterMetadata.KeyId; left out it is `aws/ssm`.
    """
    if parameter.type_ != "SecureString":
        return not_applicable("it is not encrypted at all")
    if is_aws_managed_key(parameter, "key_id"):
        return parameter.finding("is encrypted with the AWS managed key", at="key_id")
    return None


@rule(
    "ENC-SSM-SESSION-TRANSPORT",
    severity="medium",
    on=SsmDocument,
    family="encryption",
    aliases={
        "checkov": "CKV_AWS_112",
    },
)
def session_without_key(document: SsmDocument) -> Finding | NotApplicable | None:
    """Session Manager sessions are encrypted with a KMS key.

    Why: TLS ends at the service; with a key of your own only the two ends read the session, and
    who may start one needs the key.
    Fix: set `inputs.kmsKeyId` in the document's content.
    Source: Systems Manager User Guide, "Session document schema".
    """
    if document.document_type != "Session":
        return not_applicable("it is no session document")
    if is_given(session_inputs(document).get("kmsKeyId")):
        return None
    return document.finding("sets no key for sessions", at="content")
