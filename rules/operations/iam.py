"""Housekeeping in IAM."""

from __future__ import annotations

from auditor.dates import days_between
from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.iam_account import IamServerCertificate


@rule(
    "OPS-IAM-EXPIRED-CERTIFICATES",
    severity="medium",
    on=IamServerCertificate,
    family="operations",
    where=("live",),
    aliases={
        "trivy": "AWS-0168",
        "prowler": "iam_no_expired_server_certificates_stored",
    },
    frameworks={
        "fsbp": "IAM.26",
        "cis-aws-3.0": "1.19",
        "cis-aws-5.0": "1.18",
    },
)
def certificate_expired(certificate: IamServerCertificate) -> Finding | None:
    """No expired server certificate is left in IAM.

    Why: it gets deployed by mistake, and clients are taught to click warnings away.
    Fix: delete the certificate; let ACM issue and renew.
    Source: IAM API, ServerCertificateMetadata.Expiration.
    """
    if days_between(certificate.read_at, certificate.expiration) < 0:
        return certificate.finding("has expired", at="expiration")
    return None
