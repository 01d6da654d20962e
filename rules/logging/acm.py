"""Public logs of certificates."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.acm import AcmCertificate


@rule(
    "LOG-ACM-TRANSPARENCY",
    severity="low",
    on=AcmCertificate,
    family="logging",
    aliases={
        "checkov": "CKV_AWS_234",
        "prowler": "acm_certificates_transparency_logs_enabled",
    },
)
def not_in_the_public_logs(certificate: AcmCertificate) -> Finding | None:
    """Certificates are logged for transparency.

    Why: browsers refuse certificates that are in no public log, and nobody would see a false one.
    Fix: remove `certificate_transparency_logging_preference = "DISABLED"` from `options`.
    Source: ACM API, CertificateOptions.CertificateTransparencyLoggingPreference; ENABLED unless
    set.
    """
    options = certificate.options
    if options and options.certificate_transparency_logging_preference == "DISABLED":
        return options.finding(
            "is kept out of the public logs", at="certificate_transparency_logging_preference"
        )
    return None
