"""Secrets in Systems Manager: in parameters and documents."""

from __future__ import annotations

import re

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.secret_values import secret_in
from auditor.services.ssm import SsmDocument, SsmParameter
from auditor.values import Unknown


@rule(
    "SEC-SSM-DOCUMENT-NO-SECRETS",
    severity="high",
    on=SsmDocument,
    family="secrets",
    aliases={
        "prowler": "ssm_document_secrets",
    },
)
def secret_in_document(document: SsmDocument) -> Finding | None:
    """Documents hold no credentials.

    Why: everyone who may read documents reads them, and all versions keep them.
    Fix: read the secret in the document from Parameter Store (`{{ssm:name}}`) or Secrets Manager;
    replace the one that was written down.
    Source: SSM API, GetDocument.Content; forms of keys and tokens (auditor.secret_values).
    """
    content = document.content
    if isinstance(content, Unknown) and content.parts is None:
        content.undetermined()
    kind = secret_in("content", content)
    return document.finding(f"holds {kind}", at="content") if kind else None


@rule(
    "SEC-SSM-PARAMETER-SECURESTRING",
    severity="medium",
    on=SsmParameter,
    family="secrets",
    aliases={
        "checkov": "CKV2_AWS_34",
    },
)
def secret_in_plain_parameter(
    parameter: SsmParameter, *, all_parameters: bool = False
) -> Finding | NotApplicable | None:
    """Parameters that look like secrets are SecureStrings.

    Why: a String is stored, shown and read in the clear by everyone who may read parameters.
    Fix: set `type = "SecureString"`, or keep the secret in Secrets Manager. Set the parameter
    `all_parameters` to ask it of all.
    Source: SSM API, ParameterMetadata.Type; the name decides what looks like a secret.
    """
    if parameter.type_ == "SecureString":
        return None
    if not all_parameters and not _looks_secret(parameter.name):
        return not_applicable("its name does not look like a secret's")
    return parameter.finding("holds what looks like a secret in the clear", at="type")


_SECRET = re.compile(
    r"passw(or)?d|passphrase|pwd|secret|token|credential|(api|access|private|signing)[-_./]?key"
    r"|connection[-_./]?string",
    re.IGNORECASE,
)
_POINTER = re.compile(r"(arn|id|name|url|endpoint|ttl|expiry|length|policy)", re.IGNORECASE)


def _looks_secret(name: str | Unknown | None) -> bool:
    """Whether a name is a secret's; one that ends in `-arn` and the like says where it is."""
    if isinstance(name, Unknown):
        known = "".join(part for part in name.parts or () if isinstance(part, str))
        end = name.parts[-1] if name.parts else name
        if not isinstance(end, str) or not _SECRET.search(known):
            name.undetermined()
        name = known
    text = name or ""
    last = re.split(r"[-_./]", text)[-1]
    return bool(_SECRET.search(text)) and not _POINTER.fullmatch(last)
