"""Logs of networks."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.vpc import DefaultVpc, FlowLog, Vpc
from auditor.values import some


@rule(
    "LOG-VPC-FLOW-LOGS",
    severity="medium",
    on=(Vpc, DefaultVpc),
    family="logging",
    reads=(FlowLog,),
    aliases={
        "checkov": "CKV2_AWS_11",
        "trivy": "AWS-0178",
        "prowler": "vpc_flow_logs_enabled",
    },
    frameworks={
        "fsbp": "EC2.6",
        "cis-aws-3.0": "3.7",
        "cis-aws-5.0": "3.7",
        "nist-800-53-r5": "AC-4(26) AU-2 AU-3 AU-6(3) AU-6(4) AU-12 CA-7 SI-7(8)",
        "pci-dss-4": (
            "5.3.4 7.2.1 10.2.1 10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 10.2.1.5 10.2.1.6 "
            "10.2.1.7 10.2.2 10.3.1 10.6.3 11.3.1.1 11.5.1.1 A1.2.1"
        ),
    },
)
def no_flow_logs(vpc: Vpc | DefaultVpc) -> Finding | None:
    """Each VPC publishes flow logs that include rejected traffic.

    Why: after an incident nobody can say who talked to whom, or what was tried.
    Fix: add an `aws_flow_log` with `vpc_id` and `traffic_type = "ALL"` (or `REJECT`).
    Source: EC2 API, DescribeFlowLogs: TrafficType; none unless configured.
    """
    if some(vpc.related(FlowLog), lambda log: log.traffic_type in ("ALL", "REJECT")):
        return None
    return vpc.finding("has no flow log that includes rejected traffic")
