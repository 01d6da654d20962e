"""GuardDuty: where it is on, and what it watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from auditor.aws.account import Account
from auditor.resource import Finding, Resource
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.guardduty import Detector, DetectorFeature, GuardDutyFindings
from auditor.values import Unknown, all_of, some


@rule(
    "LOG-GUARDDUTY-ENABLED",
    severity="high",
    on=(Detector, Account),
    family="logging",
    aliases={
        "checkov": "CKV_AWS_238 CKV2_AWS_3",
        "prowler": "guardduty_is_enabled",
    },
    frameworks={
        "fsbp": "GuardDuty.1",
        "nist-800-53-r5": (
            "AC-2(12) AU-6(1) AU-6(5) CA-7 CM-8(3) RA-3(4) SA-8(19) SA-8(21) SA-8(25) "
            "SA-11(1) SA-11(6) SA-15(2) SA-15(8) SC-5 SC-5(1) SC-5(3) SI-3(8) SI-4 "
            "SI-4(1) SI-4(2) SI-4(4) SI-4(5) SI-4(13) SI-4(22) SI-4(25) SI-20"
        ),
        "pci-dss-4": "11.3.1.1 11.3.1.2 11.3.1.3 11.5.1 11.5.1.1 11.5.2 11.6.1",
    },
)
def guardduty_off(judged: Detector | Account) -> Iterator[Finding]:
    """GuardDuty is on in every region.

    Why: it is what notices stolen credentials and machines that talk to attackers, also in regions
    that nobody looks at.
    Fix: an `aws_guardduty_detector` in each region.
    Source: GuardDuty API, ListDetectors, GetDetector.Status; provider default true.
    """
    if isinstance(judged, Detector):
        if not judged.enable:
            yield judged.finding("is off", at="enable")
        return
    detectors = judged.everything(Detector)
    for region in judged.regions:
        if not some(detectors, _is_in(region)):
            yield judged.finding(f"has no GuardDuty detector in {region}", key=region)


def _is_in(region: str) -> Callable[[Resource], bool]:
    return lambda resource: resource.region == region


@rule(
    "LOG-GUARDDUTY-NO-HIGH-FINDINGS",
    severity="high",
    on=GuardDutyFindings,
    family="logging",
    where=("live",),
    aliases={
        "prowler": "guardduty_no_high_severity_findings",
    },
    frameworks={
        "nist-800-53-r5": "IR-4",
    },
)
def guardduty_found_something(findings: GuardDutyFindings) -> Finding | None:
    """GuardDuty has no open finding of high severity.

    Why: it says that something is very probably taken over.
    Fix: look into the findings; archive those that are dealt with.
    Source: GuardDuty API, GetFindingsStatistics: not archived, severity 7 and more.
    """
    if findings.high:
        return findings.finding(f"has {findings.high} open findings of high severity", at="high")
    return None


def _watches(
    detector: Detector,
    *names: str,
    part: str = "",
    legacy: Callable[[Detector], bool] | None = None,
) -> Finding | NotApplicable | None:
    """Nothing wrong if a feature of one of these names is on (with its part `part`)."""
    if not detector.enable:
        return not_applicable("GuardDuty is off")
    features = detector.related(DetectorFeature)
    if some(features, lambda f: all_of(lambda: f.name in names, lambda: _is_on(f, part))):
        return None
    what = part or names[-1]
    if not some(features, lambda f: f.name in names):
        if legacy is None or not detector.is_set("datasources"):
            Unknown(because=f"AWS decides whether {what} is on: no resource says it").undetermined()
        if legacy(detector):
            return None
    return detector.finding(f"does not have {what} on")


def _is_on(feature: DetectorFeature, part: str) -> bool:
    return all_of(
        lambda: feature.status == "ENABLED",
        lambda: (
            not part
            or some(
                feature.additional_configuration,
                lambda one: all_of(lambda: one.name == part, lambda: one.status == "ENABLED"),
            )
        ),
    )


def _eks_logs(detector: Detector) -> bool:
    sources = detector.datasources
    kubernetes = sources.kubernetes if sources else None
    logs = kubernetes.audit_logs if kubernetes else None
    return logs is not None and logs.enable


def _s3_logs(detector: Detector) -> bool:
    sources = detector.datasources
    logs = sources.s3_logs if sources else None
    return logs is not None and logs.enable


def _volumes(detector: Detector) -> bool:
    sources = detector.datasources
    malware = sources.malware_protection if sources else None
    scan = malware.scan_ec2_instance_with_findings if malware else None
    volumes = scan.ebs_volumes if scan else None
    return volumes is not None and volumes.enable


@rule(
    "LOG-GUARDDUTY-S3",
    severity="high",
    on=Detector,
    family="logging",
    reads=(DetectorFeature,),
    aliases={
        "prowler": "guardduty_s3_protection_enabled",
    },
    frameworks={
        "fsbp": "GuardDuty.10",
    },
)
def s3_not_watched(detector: Detector) -> Finding | NotApplicable | None:
    """GuardDuty watches requests to S3 objects.

    Why: theft of data shows in unusual reads of objects.
    Fix: an `aws_guardduty_detector_feature` with `status = "ENABLED"` and
    `name = "S3_DATA_EVENTS"`.
    Source: GuardDuty API, GetDetector, Features. Without the resource AWS decides what is on.
    """
    return _watches(detector, "S3_DATA_EVENTS", legacy=_s3_logs)


@rule(
    "LOG-GUARDDUTY-EKS-AUDIT",
    severity="high",
    on=Detector,
    family="logging",
    reads=(DetectorFeature,),
    aliases={
        "prowler": "guardduty_eks_audit_log_enabled",
    },
    frameworks={
        "fsbp": "GuardDuty.5",
    },
)
def eks_not_watched(detector: Detector) -> Finding | NotApplicable | None:
    """GuardDuty watches audit logs of EKS.

    Why: an intruder in a cluster shows in what is asked of its API.
    Fix: an `aws_guardduty_detector_feature` with `status = "ENABLED"` and
    `name = "EKS_AUDIT_LOGS"`.
    Source: GuardDuty API, GetDetector, Features. Without the resource AWS decides what is on.
    """
    return _watches(detector, "EKS_AUDIT_LOGS", legacy=_eks_logs)


@rule(
    "LOG-GUARDDUTY-EC2-MALWARE",
    severity="high",
    on=Detector,
    family="logging",
    reads=(DetectorFeature,),
    aliases={
        "prowler": "guardduty_ec2_malware_protection_enabled",
    },
    frameworks={
        "fsbp": "GuardDuty.8",
    },
)
def volumes_not_scanned(detector: Detector) -> Finding | NotApplicable | None:
    """GuardDuty scans volumes for malware.

    Why: it tells whether an instance that behaves oddly runs something that it should not.
    Fix: an `aws_guardduty_detector_feature` with `status = "ENABLED"` and
    `name = "EBS_MALWARE_PROTECTION"`.
    Source: GuardDuty API, GetDetector, Features. Without the resource AWS decides what is on.
    """
    return _watches(detector, "EBS_MALWARE_PROTECTION", legacy=_volumes)


@rule(
    "LOG-GUARDDUTY-RDS",
    severity="high",
    on=Detector,
    family="logging",
    reads=(DetectorFeature,),
    aliases={
        "prowler": "guardduty_rds_protection_enabled",
    },
    frameworks={
        "fsbp": "GuardDuty.9",
    },
)
def rds_not_watched(detector: Detector) -> Finding | NotApplicable | None:
    """GuardDuty watches logins to databases.

    Why: guessed and stolen database passwords show in unusual logins.
    Fix: an `aws_guardduty_detector_feature` with `status = "ENABLED"` and
    `name = "RDS_LOGIN_EVENTS"`.
    Source: GuardDuty API, GetDetector, Features. Without the resource AWS decides what is on.
    """
    return _watches(detector, "RDS_LOGIN_EVENTS")


@rule(
    "LOG-GUARDDUTY-LAMBDA",
    severity="high",
    on=Detector,
    family="logging",
    reads=(DetectorFeature,),
    aliases={
        "prowler": "guardduty_lambda_protection_enabled",
    },
    frameworks={
        "fsbp": "GuardDuty.6",
    },
)
def lambda_not_watched(detector: Detector) -> Finding | NotApplicable | None:
    """GuardDuty watches the network of Lambda functions.

    Why: a function that was taken over talks to unusual places.
    Fix: an `aws_guardduty_detector_feature` with `status = "ENABLED"` and
    `name = "LAMBDA_NETWORK_LOGS"`.
    Source: GuardDuty API, GetDetector, Features. Without the resource AWS decides what is on.
    """
    return _watches(detector, "LAMBDA_NETWORK_LOGS")


@rule(
    "LOG-GUARDDUTY-RUNTIME",
    severity="high",
    on=Detector,
    family="logging",
    reads=(DetectorFeature,),
    frameworks={
        "fsbp": "GuardDuty.11",
    },
)
def processes_not_watched(detector: Detector) -> Finding | NotApplicable | None:
    """GuardDuty watches processes at run time.

    Why: what happens inside a machine or container is in no log of AWS.
    Fix: an `aws_guardduty_detector_feature` with `status = "ENABLED"` and
    `name = "RUNTIME_MONITORING"`.
    Source: GuardDuty API, GetDetector, Features. Without the resource AWS decides what is on.
    """
    return _watches(detector, "RUNTIME_MONITORING")


@rule(
    "LOG-GUARDDUTY-EKS-RUNTIME",
    severity="medium",
    on=Detector,
    family="logging",
    reads=(DetectorFeature,),
    aliases={
        "prowler": "guardduty_eks_runtime_monitoring_enabled",
    },
    frameworks={
        "fsbp": "GuardDuty.7",
    },
)
def eks_processes_not_watched(detector: Detector) -> Finding | NotApplicable | None:
    """GuardDuty manages its agent on EKS.

    Why: without the agent nothing is seen of what runs in the pods.
    Fix: an `aws_guardduty_detector_feature` with `status = "ENABLED"` and
    `name = "RUNTIME_MONITORING"`, and an `additional_configuration`
    `EKS_ADDON_MANAGEMENT` that is enabled.
    Source: GuardDuty API, GetDetector, Features. Without the resource AWS decides what is on.
    """
    return _watches(
        detector, "EKS_RUNTIME_MONITORING", "RUNTIME_MONITORING", part="EKS_ADDON_MANAGEMENT"
    )


@rule(
    "LOG-GUARDDUTY-ECS-RUNTIME",
    severity="medium",
    on=Detector,
    family="logging",
    reads=(DetectorFeature,),
    frameworks={
        "fsbp": "GuardDuty.12",
    },
)
def ecs_processes_not_watched(detector: Detector) -> Finding | NotApplicable | None:
    """GuardDuty manages its agent on ECS Fargate.

    Why: without the agent nothing is seen of what runs in the tasks.
    Fix: an `aws_guardduty_detector_feature` with `status = "ENABLED"` and
    `name = "RUNTIME_MONITORING"`, and an `additional_configuration`
    `ECS_FARGATE_AGENT_MANAGEMENT` that is enabled.
    Source: GuardDuty API, GetDetector, Features. Without the resource AWS decides what is on.
    """
    return _watches(detector, "RUNTIME_MONITORING", part="ECS_FARGATE_AGENT_MANAGEMENT")


@rule(
    "LOG-GUARDDUTY-EC2-RUNTIME",
    severity="medium",
    on=Detector,
    family="logging",
    reads=(DetectorFeature,),
    frameworks={
        "fsbp": "GuardDuty.13",
    },
)
def ec2_processes_not_watched(detector: Detector) -> Finding | NotApplicable | None:
    """GuardDuty manages its agent on EC2.

    Why: without the agent nothing is seen of what runs on the instances.
    Fix: an `aws_guardduty_detector_feature` with `status = "ENABLED"` and
    `name = "RUNTIME_MONITORING"`, and an `additional_configuration`
    `EC2_AGENT_MANAGEMENT` that is enabled.
    Source: GuardDuty API, GetDetector, Features. Without the resource AWS decides what is on.
    """
    return _watches(detector, "RUNTIME_MONITORING", part="EC2_AGENT_MANAGEMENT")
