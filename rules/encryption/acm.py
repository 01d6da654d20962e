"""Strength of certificates."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.acm import AcmCertificate


@rule(
    "ENC-ACM-KEY-STRENGTH",
    severity="high",
    on=AcmCertificate,
    family="encryption",
    aliases={
        "prowler": "acm_certificates_with_secure_key_algorithms",
    },
    frameworks={
        "fsbp": "ACM.2",
        "pci-dss-4": "3.7.1",
    },
)
def weak_key(certificate: AcmCertificate) -> Finding | None:
    """Certificates use RSA 2048 or stronger.

    Why: a key of 1024 bits can be computed, and then anyone can pass for the site.
    Fix: set `key_algorithm = "EC_prime256v1"` or remove it (it forces a new certificate); import a
    new certificate in place of an imported one.
    Source: ACM API, CertificateDetail.KeyAlgorithm; RSA_2048 unless set.
    """
    if certificate.key_algorithm == "RSA_1024":
        return certificate.finding("has a key of 1024 bits", at="key_algorithm")
    return None
