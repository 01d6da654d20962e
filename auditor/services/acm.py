"""AWS Certificate Manager.

Sources: ACM API reference (ListCertificates, DescribeCertificate), AWS provider 5.100.0
documentation of `aws_acm_certificate`, `aws_acm_certificate_validation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader
from auditor.aws.tagging import TAGS, tags_at, tags_of
from auditor.dates import date_text, now_text
from auditor.resource import Block, Link, Node, Resource, Str, StrMap, Strs

ISSUED = "ISSUED"


class CertificateOptions(Node):
    """Whether the certificate is in the public logs of certificates."""

    certificate_transparency_logging_preference = Str(default="ENABLED")


class AcmCertificate(Resource, tf="aws_acm_certificate"):
    """A certificate: requested (`validation_method`), imported (`certificate_body`) or private.

    status, renewal_eligibility, type: as ACM says (`type`: `IMPORTED`, `AMAZON_ISSUED`, `PRIVATE`).
    """

    certificate_authority_arn = Str()
    certificate_body = Str()
    domain_name = Str(computed=True)
    key_algorithm = Str(default="RSA_2048")
    options = Block(CertificateOptions)
    renewal_eligibility = Str(computed=True)
    status = Str(computed=True)
    subject_alternative_names = Strs(unordered=True, computed=True)
    tags = StrMap()
    type_ = Str(computed=True)
    validation_method = Str()


class AcmCertificateValidation(Resource, tf="aws_acm_certificate_validation"):
    """Waits until a certificate is issued (code only: it is nothing in AWS)."""

    certificate_arn = Link("aws_acm_certificate")
    validation_record_fqdns = Strs(unordered=True)


class AcmCertificateTerm(Resource, tf="aws_acm_certificate_term"):
    """Until when an issued certificate is valid, and when that was read.

    No Terraform resource: the type's name is known here only. Dates as in auditor.dates.
    """

    certificate_arn = Link("aws_acm_certificate")
    domain_name = Str()
    not_after = Str()
    read_at = Str()


# -- live ----------------------------------------------------------------------------------------

# Without them ListCertificates leaves out all but RSA_1024 and RSA_2048 (ACM API, Filters).
_EVERY_KEY = (
    "RSA_1024",
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "EC_prime256v1",
    "EC_secp384r1",
    "EC_secp521r1",
)


def _listed(aws: Aws) -> Iterator[Mapping[str, Any]]:
    filters = {"keyTypes": list(_EVERY_KEY)}
    yield from aws.list("acm.list_certificates", "CertificateSummaryList", Includes=filters)


@reader(
    yields=(AcmCertificate,),
    calls=("acm.list_certificates", "acm.describe_certificate", TAGS),
    details={TAGS: ("tags",)},
)
def certificates(aws: Aws) -> Iterator[Resource]:
    """Certificates; how they were validated is only said of each."""
    tags = tags_of(aws, "acm")

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        arn = item["CertificateArn"]
        said: Any = aws.ask("acm.describe_certificate", CertificateArn=arn)["Certificate"]
        yield aws.resource(
            AcmCertificate,
            arn,
            {
                "arn": arn,
                "certificate_authority_arn": said.get("CertificateAuthorityArn"),
                "certificate_body": None,  # the type says whether it was imported
                "domain_name": item.get("DomainName"),
                # DescribeCertificate writes RSA-2048, ListCertificates RSA_2048.
                "key_algorithm": lambda: said["KeyAlgorithm"].replace("-", "_"),
                "options": lambda: _options(said["Options"]) if "Options" in said else [],
                "renewal_eligibility": said.get("RenewalEligibility"),
                "status": said.get("Status"),
                "subject_alternative_names": lambda: said.get("SubjectAlternativeNames") or [],
                "tags": tags_at(tags, arn),
                "type": said.get("Type"),
                "validation_method": lambda: _validation(said),
            },
        )

    yield from aws.parallel(read, _listed(aws))


def _options(item: Any) -> list[dict[str, Any]]:
    name = "CertificateTransparencyLoggingPreference"
    return [{"certificate_transparency_logging_preference": item.get(name)}]


def _validation(said: Any) -> Any:
    options = said.get("DomainValidationOptions")
    return options[0].get("ValidationMethod") if options else None


@reader(yields=(AcmCertificateTerm,), calls=("acm.list_certificates",))
def certificate_terms(aws: Aws) -> Iterator[Resource]:
    """Until when issued certificates are valid."""
    read_at = now_text()
    for item in _listed(aws):
        if item.get("NotAfter") is not None and item.get("Status", ISSUED) == ISSUED:
            arn = item["CertificateArn"]
            attributes = {
                "certificate_arn": arn,
                "domain_name": item.get("DomainName"),
                "not_after": date_text(item["NotAfter"]),
                "read_at": read_at,
            }
            yield aws.resource(AcmCertificateTerm, arn, attributes)
