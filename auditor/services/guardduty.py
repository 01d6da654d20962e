"""Amazon GuardDuty.

Sources: GuardDuty API reference (ListDetectors, GetDetector,
GetFindingsStatistics), AWS provider 5.100.0 documentation of
`aws_guardduty_detector` and `aws_guardduty_detector_feature`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader
from auditor.resource import Block, Blocks, Bool, Link, Node, Num, Resource, Str, StrMap
from auditor.values import Unknown


class Switch(Node):
    """A block that switches something on or off."""

    enable = Bool()


class Kubernetes(Node):
    """Protection of EKS."""

    audit_logs = Block(Switch)


class VolumeScan(Node):
    """Scanning the volumes of instances that have findings."""

    ebs_volumes = Block(Switch)


class MalwareProtection(Node):
    """Scanning for malware."""

    scan_ec2_instance_with_findings = Block(VolumeScan)


class DataSources(Node):
    """What GuardDuty watches, in the deprecated form."""

    kubernetes = Block(Kubernetes)
    malware_protection = Block(MalwareProtection)
    s3_logs = Block(Switch)


class Detector(Resource, tf="aws_guardduty_detector"):
    """GuardDuty in a region."""

    datasources = Block(DataSources, computed=True)
    enable = Bool(default=True)
    finding_publishing_frequency = Str(computed=True)
    tags = StrMap()


class AdditionalConfiguration(Node):
    """A part of a feature, such as how its agent is deployed."""

    name = Str()
    status = Str()


class DetectorFeature(Resource, tf="aws_guardduty_detector_feature"):
    """A feature of a detector, `ENABLED` or `DISABLED`."""

    identity = ("detector_id", "name")
    additional_configuration = Blocks(AdditionalConfiguration, unordered=True)
    detector_id = Link("aws_guardduty_detector")
    name = Str()
    status = Str()


class GuardDutyFindings(Resource, tf="aws_guardduty_findings"):
    """How many findings of a detector are open. No Terraform resource; live only."""

    detector_id = Link("aws_guardduty_detector")
    high = Num()


# -- live ----------------------------------------------------------------------------------------


@reader(
    yields=(Detector, DetectorFeature), calls=("guardduty.list_detectors", "guardduty.get_detector")
)
def detectors(aws: Aws) -> Iterator[Resource]:
    """The region's detector, if there is one, and its features."""
    for detector in aws.list("guardduty.list_detectors", "DetectorIds"):
        reply = aws.ask("guardduty.get_detector", DetectorId=detector)
        arn = f"arn:{aws.partition}:guardduty:{aws.region}:{aws.account_id}:detector/{detector}"
        frequency = reply.get("FindingPublishingFrequency")
        yield aws.resource(
            Detector,
            detector,
            {
                "arn": arn,
                # The same as the features, in the deprecated form.
                "datasources": None,
                "enable": lambda reply=reply: reply["Status"] == "ENABLED",
                "finding_publishing_frequency": frequency,
                "tags": reply.get("Tags"),
            },
        )
        yield from _features(aws, detector, reply)


def _features(aws: Aws, detector: str, reply: Any) -> Iterator[Resource]:
    if isinstance(reply, Unknown):
        yield aws.resource(
            DetectorFeature, f"{detector}/features", reply, named={"detector_id": detector}
        )
        return
    for feature in reply.get("Features", []):
        yield aws.resource(
            DetectorFeature,
            f"{detector}/{feature['Name']}",
            {"detector_id": detector, **_feature(feature)},
        )


def _feature(feature: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "additional_configuration": [
            {"name": part["Name"], "status": part["Status"]}
            for part in feature.get("AdditionalConfiguration", [])
        ],
        "name": feature["Name"],
        "status": feature["Status"],
    }


_OPEN_AND_HIGH = {
    "Criterion": {
        "severity": {"GreaterThanOrEqual": 7},
        "service.archived": {"Equals": ["false"]},
    }
}


@reader(
    yields=(GuardDutyFindings,),
    calls=("guardduty.list_detectors", "guardduty.get_findings_statistics"),
)
def open_findings(aws: Aws) -> Iterator[Resource]:
    """Open findings of high severity, counted by GuardDuty."""
    for detector in aws.list("guardduty.list_detectors", "DetectorIds"):
        reply: Any = aws.ask(
            "guardduty.get_findings_statistics",
            DetectorId=detector,
            FindingStatisticTypes=["COUNT_BY_SEVERITY"],
            FindingCriteria=_OPEN_AND_HIGH,
        )
        yield aws.resource(
            GuardDutyFindings,
            detector,
            {
                "detector_id": detector,
                "high": lambda reply=reply: _total(reply["FindingStatistics"]["CountBySeverity"]),
            },
        )


def _total(counts: Any) -> Any:
    return counts if isinstance(counts, Unknown) else sum(counts.values())
