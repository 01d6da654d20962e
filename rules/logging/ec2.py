"""Metrics of instances."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.ec2 import Instance, LaunchTemplate
from auditor.services.left_out import left_to_aws


@rule(
    "LOG-EC2-DETAILED-MONITORING",
    severity="low",
    on=(Instance, LaunchTemplate),
    family="logging",
    production=True,
    aliases={
        "checkov": "CKV_AWS_126",
        "prowler": "ec2_instance_detailed_monitoring_enabled",
    },
    frameworks={
        "pci-dss-4": "10.2.1.1 10.4.1 10.4.1.1 10.4.2 10.6.3 10.7.1 10.7.2 A3.3.1 A3.5.1",
    },
)
def metrics_every_five_minutes(starter: Instance | LaunchTemplate) -> Finding | None:
    """Instances publish one-minute CloudWatch metrics.

    Why: alarms and scaling react five minutes late.
    Fix: set `monitoring = true` (in a template `monitoring { enabled = true }`); it is paid for.
    Source: EC2 API, Instance.Monitoring; off unless set.
    """
    if isinstance(starter, LaunchTemplate):
        block = starter.monitoring
        if block is None or not block.enabled:
            return starter.finding("leaves detailed monitoring off", at="monitoring")
    elif left_to_aws(starter, "monitoring") or not starter.monitoring:
        return starter.finding("leaves detailed monitoring off", at="monitoring")
    return None
