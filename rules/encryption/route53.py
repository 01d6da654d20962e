"""Signatures of zones."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.route53 import Route53Dnssec, Route53KeySigningKey, Route53Zone
from auditor.values import all_of, some


@rule(
    "ENC-ROUTE53-DNSSEC",
    severity="medium",
    on=Route53Zone,
    family="encryption",
    production=True,
    reads=(Route53Dnssec, Route53KeySigningKey),
    aliases={
        "checkov": "CKV2_AWS_38",
    },
)
def zone_not_signed(zone: Route53Zone) -> Finding | NotApplicable | None:
    """Public hosted zones are signed with DNSSEC.

    Why: a forged answer sends users, and the validation of certificates, to someone else.
    Fix: add an `aws_route53_key_signing_key` (a KMS key ECC_NIST_P256 in us-east-1), an
    `aws_route53_hosted_zone_dnssec`, and the DS record at the parent.
    Source: Route 53 API, GetDNSSEC; not signed unless set. Private zones cannot be signed.
    """
    if zone.vpc:
        return not_applicable("private zones cannot be signed")
    if not all_of(
        lambda: some(zone.related(Route53Dnssec), lambda d: d.signing_status == "SIGNING"),
        lambda: some(zone.related(Route53KeySigningKey), lambda k: k.status == "ACTIVE"),
    ):
        return zone.finding("is not signed")
    return None
