"""How ECR repositories look after their images."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.ecr import (
    EcrImage,
    EcrLifecyclePolicy,
    EcrRegistryScanning,
    EcrRepository,
    covers,
)
from auditor.values import all_of, some


@rule(
    "OPS-ECR-SCAN-ON-PUSH",
    severity="high",
    on=EcrRepository,
    family="operations",
    reads=(EcrRegistryScanning,),
    aliases={
        "checkov": "CKV_AWS_163",
        "trivy": "AWS-0030",
        "prowler": (
            "ecr_registry_scan_images_on_push_enabled ecr_repositories_scan_images_on_push_enabled"
        ),
    },
    frameworks={
        "fsbp": "ECR.1",
        "nist-800-53-r5": "RA-5",
        "pci-dss-4": "11.3.1 11.3.1.2 11.3.1.3",
    },
)
def images_not_scanned(repository: EcrRepository) -> Finding | None:
    """Repositories are scanned on push.

    Why: images with known vulnerabilities go into production unseen.
    Fix: add `image_scanning_configuration { scan_on_push = true }`, or a rule in
    `aws_ecr_registry_scanning_configuration` whose filter matches the repository.
    Source: ECR API, Repository.imageScanningConfiguration (false unless set) and
    RegistryScanningConfiguration, whose rules override it.
    """
    scanning = repository.image_scanning_configuration
    if scanning is not None and scanning.scan_on_push:
        return None
    name = repository.name
    rules = (rule for each in repository.everything(EcrRegistryScanning) for rule in each.rule)
    if some(
        rules,
        lambda r: all_of(
            lambda: r.scan_frequency in ("SCAN_ON_PUSH", "CONTINUOUS_SCAN"),
            lambda: covers(r.repository_filter, name),
        ),
    ):
        return None
    return repository.finding("does not scan images", at="image_scanning_configuration")


@rule(
    "OPS-ECR-IMMUTABLE-TAGS",
    severity="medium",
    on=EcrRepository,
    family="operations",
    aliases={
        "checkov": "CKV_AWS_51",
        "trivy": "AWS-0031",
        "prowler": "ecr_repositories_tag_immutability",
    },
    frameworks={
        "fsbp": "ECR.2",
        "nist-800-53-r5": "CA-9(1) CM-2 CM-8(1)",
    },
)
def tags_can_be_moved(repository: EcrRepository) -> Finding | None:
    """Image tags are immutable.

    Why: whoever may push can put another image under the tag that production runs.
    Fix: set `image_tag_mutability = "IMMUTABLE"`.
    Source: ECR API, Repository.imageTagMutability; MUTABLE unless set.
    """
    if repository.image_tag_mutability not in ("IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION"):
        return repository.finding("lets tags be moved", at="image_tag_mutability")
    return None


@rule(
    "OPS-ECR-LIFECYCLE",
    severity="low",
    on=EcrRepository,
    family="operations",
    reads=(EcrLifecyclePolicy,),
    aliases={
        "prowler": "ecr_repositories_lifecycle_policy_enabled",
    },
    frameworks={
        "fsbp": "ECR.3",
        "nist-800-53-r5": "CA-9(1) CM-2 CM-2(2)",
        "pci-dss-4": "3.2.1 3.3.1.1 3.3.1.3 3.3.2 3.3.3 10.5.1",
    },
)
def images_kept_for_ever(repository: EcrRepository) -> Finding | None:
    """Repositories have a lifecycle policy.

    Why: old images cost storage for ever, and somebody may start one with old vulnerabilities.
    Fix: add an `aws_ecr_lifecycle_policy` that expires untagged and old images.
    Source: ECR API, GetLifecyclePolicy; none unless made.
    """
    for _ in repository.related(EcrLifecyclePolicy):
        return None
    return repository.finding("keeps images for ever")


@rule(
    "OPS-ECR-NO-VULNERABLE-LATEST",
    severity="high",
    on=EcrImage,
    family="operations",
    where=("live",),
    aliases={
        "prowler": "ecr_repositories_scan_vulnerabilities_in_latest_image",
    },
)
def vulnerable_image(
    image: EcrImage, *, severities: tuple[str, ...] = ("CRITICAL", "HIGH")
) -> Finding | NotApplicable | None:
    """The newest image has no finding above the severity limit.

    Why: the vulnerabilities are known to everyone, and the image is what runs next.
    Fix: rebuild the image on a patched base, push it, and deploy it. The parameter `severities`
    says which findings count.
    Source: ECR API, ImageDetail.imageScanStatus and imageScanFindingsSummary.
    """
    if image.scan_status is None:
        return not_applicable("it was not scanned (OPS-ECR-SCAN-ON-PUSH speaks of that)")
    if image.scan_status not in ("COMPLETE", "ACTIVE"):
        return image.finding(f"has no finished scan ({image.scan_status})", at="scan_status")
    counts = [f"{image.findings[each]} {each}" for each in severities if each in image.findings]
    if counts:
        return image.finding(f"has known vulnerabilities: {', '.join(counts)}", at="findings")
    return None
