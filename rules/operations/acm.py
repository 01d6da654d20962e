"""Upkeep of certificates."""

from __future__ import annotations

from auditor.dates import days_between
from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.acm import AcmCertificate, AcmCertificateTerm
from auditor.services.left_out import left_to_aws
from auditor.values import starts_with


@rule(
    "OPS-ACM-EXPIRY",
    severity="medium",
    on=(AcmCertificate, AcmCertificateTerm),
    family="operations",
    aliases={
        "prowler": "acm_certificates_expiration_check",
    },
    frameworks={
        "fsbp": "ACM.1",
        "nist-800-53-r5": "SC-7(16) SC-28(3)",
        "pci-dss-4": (
            "3.5.1.1 3.5.1.3 3.6.1 3.6.1.2 3.6.1.3 3.6.1.4 3.7.1 3.7.2 3.7.4 3.7.5 "
            "3.7.6 3.7.7 4.2.1.1"
        ),
    },
)
def not_renewed(
    certificate: AcmCertificate | AcmCertificateTerm, *, minimum_days: int = 30
) -> Finding | None:
    """Certificates are renewed before they come close to expiry.

    Why: on the day it ends, no browser connects any more.
    Fix: request the certificate from ACM with `validation_method = "DNS"` and leave the record in
    the zone: it renews itself. An imported one has to be imported again, and an email read.
    Source: ACM User Guide, "Managed certificate renewal"; ACM API, CertificateSummary.NotAfter,
    counted from when it was read.
    """
    if isinstance(certificate, AcmCertificateTerm):
        if days_between(certificate.read_at, certificate.not_after) < minimum_days:
            # The days count down: they are no part of the message, which has to stay the same.
            return certificate.finding(
                f"ends at {certificate.not_after}, in less than {minimum_days} days",
                at="not_after",
            )
        return None
    if certificate.validation_method == "EMAIL":
        return certificate.finding("is renewed only by an email", at="validation_method")
    if left_to_aws(certificate, "type"):
        imported = certificate.is_set("certificate_body")
    else:
        imported = certificate.type_ == "IMPORTED"
    if imported:
        return certificate.finding("is imported: it is not renewed", at="certificate_body")
    return None


@rule(
    "OPS-ACM-NO-WILDCARD",
    severity="low",
    on=AcmCertificate,
    family="operations",
    aliases={
        "checkov": "CKV2_AWS_71",
    },
)
def for_every_name(certificate: AcmCertificate) -> Finding | None:
    """Certificates name no wildcard domain.

    Why: who gets at its key can pass for every host of the domain.
    Fix: name the hosts in `domain_name` and `subject_alternative_names` (it forces a new
    certificate).
    Source: ACM API, CertificateDetail.DomainName.
    """
    if starts_with(certificate.domain_name, "*."):
        return certificate.finding("is for every name of its domain", at="domain_name")
    return None


@rule(
    "OPS-ACM-STATUS",
    severity="medium",
    on=AcmCertificate,
    family="operations",
    where=("live",),
)
def not_issued(certificate: AcmCertificate) -> Finding | None:
    """No certificate request failed or waits for validation.

    Why: what waits for it has no TLS, or still shows the old certificate.
    Fix: make the validation record, or delete the request.
    Source: ACM API, CertificateDetail.Status.
    """
    if certificate.status in ("FAILED", "PENDING_VALIDATION", "VALIDATION_TIMED_OUT"):
        return certificate.finding(f"was not issued ({certificate.status})", at="status")
    return None
