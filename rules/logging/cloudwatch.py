"""Log groups, and alarms on what trails record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from auditor.resource import Finding, Resource
from auditor.rule import NotApplicable, Rule, not_applicable, rule
from auditor.services.cloudtrail import Cloudtrail
from auditor.services.cloudwatch import (
    CloudwatchLogGroup,
    CloudwatchLogMetricFilter,
    CloudwatchMetricAlarm,
)
from auditor.values import Unknown, all_of, every, some


@dataclass(frozen=True, slots=True)
class _Watch:
    """One kind of event that a metric filter must look for: all of `words` (split at `;`)."""

    id: str
    title: str
    severity: str
    words: str
    aliases: Mapping[str, str] = field(default_factory=dict)
    frameworks: Mapping[str, str] = field(default_factory=dict)


_DOC = """{title}.

Why: it happens rarely in good faith, and is an early sign of an attack that nobody else reports.
Fix: on the trail's log group, add an `aws_cloudwatch_log_metric_filter` whose `pattern` names
{words}, and an `aws_cloudwatch_metric_alarm` on its metric with `alarm_actions`.
Source: CIS AWS Foundations Benchmark, section Monitoring; CloudWatch Logs API,
DescribeMetricFilters.
"""


def _watch_rule(row: _Watch) -> Rule:
    def unwatched(trail: Cloudtrail) -> Finding | NotApplicable | None:
        if trail.cloud_watch_logs_group_arn is None or not trail.is_multi_region_trail:
            return not_applicable("only multi-region trails in CloudWatch Logs can be watched")
        group = _log_group(trail)
        for found in group.related(CloudwatchLogMetricFilter):
            if every(words, lambda word: word in (found.pattern or "")) and _alarms(found):  # noqa: B023
                return None
        return trail.finding(f"has no metric filter with an alarm that watch {subject}")

    words = row.words.split(";")
    subject = row.title.partition(" watch ")[2]
    unwatched.__doc__ = _DOC.format(title=row.title, words=", ".join(words))
    unwatched.__name__ = unwatched.__qualname__ = row.id.lower().replace("-", "_")
    make = rule(
        row.id,
        severity=row.severity,
        on=Cloudtrail,
        reads=(CloudwatchLogGroup, CloudwatchLogMetricFilter, CloudwatchMetricAlarm),
        family="logging",
        aliases=row.aliases,
        frameworks=row.frameworks,
    )
    return make(unwatched)


def _log_group(trail: Cloudtrail) -> Resource:
    """The log group of a trail: its ARN with `:*` behind it, as CloudTrail wants it."""
    arn = trail.cloud_watch_logs_group_arn
    whole: object = arn
    if isinstance(arn, Unknown) and arn.parts and isinstance(arn.parts[0], Unknown):
        whole = arn.parts[0]
    elif isinstance(arn, str):
        whole = arn.removesuffix(":*")
    group: Resource = trail.follow_value("cloud_watch_logs_group_arn", whole)
    return group


def _alarms(found: CloudwatchLogMetricFilter) -> bool:
    """Whether an alarm with an action watches the metric of a filter."""
    made = found.metric_transformation
    if made is None:
        return False

    def watches(alarm: CloudwatchMetricAlarm) -> bool:
        return all_of(
            lambda: alarm.metric_name == made.name,
            lambda: alarm.namespace == made.namespace,
            lambda: alarm.actions_enabled,
            lambda: bool(alarm.alarm_actions),
        )

    return some(found.everything(CloudwatchMetricAlarm), watches)


_WATCHES = (
    _Watch(
        "LOG-CLOUDWATCH-ALARM-UNAUTHORISED-API",
        "A metric filter and an alarm watch denied API calls",
        "low",
        "UnauthorizedOperation;AccessDenied",
        aliases={
            "trivy": "AWS-0147",
            "prowler": "cloudwatch_log_metric_filter_unauthorized_api_calls",
        },
        frameworks={
            "fsbp": "CloudWatch.2",
            "cis-aws-3.0": "4.1",
            "cis-aws-5.0": "4.1",
            "pci-dss-4": "10.2.1.1 10.4.1 10.4.1.1 10.4.2 10.6.3 10.7.1 10.7.2 A3.3.1 A3.5.1",
        },
    ),
    _Watch(
        "LOG-CLOUDWATCH-ALARM-CONSOLE-NO-MFA",
        "A metric filter and an alarm watch console sign-in without MFA",
        "low",
        "ConsoleLogin;MFAUsed",
        aliases={
            "trivy": "AWS-0148",
            "prowler": "cloudwatch_log_metric_filter_sign_in_without_mfa",
        },
        frameworks={
            "fsbp": "CloudWatch.3",
            "cis-aws-3.0": "4.2",
            "cis-aws-5.0": "4.2",
            "pci-dss-4": (
                "10.2.1.1 10.4.1 10.4.1.1 10.4.2 10.6.3 10.7.1 10.7.2 11.5.2 11.6.1 "
                "12.10.5 A3.3.1 A3.5.1"
            ),
        },
    ),
    _Watch(
        "LOG-CLOUDWATCH-ALARM-ROOT-USAGE",
        "A metric filter and an alarm watch use of the root user",
        "medium",
        "Root;invokedBy;AwsServiceEvent",
        aliases={
            "trivy": "AWS-0149",
            "prowler": "cloudwatch_log_metric_filter_root_usage",
        },
        frameworks={
            "fsbp": "CloudWatch.1",
            "cis-aws-3.0": "4.3",
            "cis-aws-5.0": "4.3",
            "pci-dss-4": (
                "8.2.1 8.2.2 8.2.4 8.2.5 8.3.11 10.2.1.1 10.4.1 10.4.1.1 10.4.2 10.6.3 "
                "10.7.1 10.7.2 11.5.2 11.6.1 12.10.5 A3.3.1 A3.5.1"
            ),
        },
    ),
    _Watch(
        "LOG-CLOUDWATCH-ALARM-IAM-POLICY-CHANGE",
        "A metric filter and an alarm watch IAM policy changes",
        "low",
        (
            "DeleteGroupPolicy;DeleteRolePolicy;DeleteUserPolicy;PutGroupPolicy;"
            "PutRolePolicy;PutUserPolicy;CreatePolicy;DeletePolicy;"
            "CreatePolicyVersion;DeletePolicyVersion;AttachRolePolicy;"
            "DetachRolePolicy;AttachUserPolicy;DetachUserPolicy;"
            "AttachGroupPolicy;DetachGroupPolicy"
        ),
        aliases={
            "trivy": "AWS-0150",
            "prowler": "cloudwatch_log_metric_filter_policy_changes",
        },
        frameworks={
            "fsbp": "CloudWatch.4",
            "cis-aws-3.0": "4.4",
            "cis-aws-5.0": "4.4",
            "pci-dss-4": "10.2.1.1 10.4.1 10.4.1.1 10.4.2 10.6.3 10.7.1 10.7.2 A3.3.1 A3.5.1",
        },
    ),
    _Watch(
        "LOG-CLOUDWATCH-ALARM-CLOUDTRAIL-CHANGE",
        "A metric filter and an alarm watch CloudTrail changes",
        "medium",
        "CreateTrail;UpdateTrail;DeleteTrail;StartLogging;StopLogging",
        aliases={
            "trivy": "AWS-0151",
            "prowler": (
                "cloudwatch_log_metric_filter_and_alarm_for_cloudtrail_configuration_chan "
                "ges_enabled"
            ),
        },
        frameworks={
            "fsbp": "CloudWatch.5",
            "cis-aws-3.0": "4.5",
            "cis-aws-5.0": "4.5",
            "pci-dss-4": "10.2.1.1 10.4.1 10.4.1.1 10.4.2 10.6.3 10.7.1 10.7.2 A3.3.1 A3.5.1",
        },
    ),
    _Watch(
        "LOG-CLOUDWATCH-ALARM-CONSOLE-FAILURE",
        "A metric filter and an alarm watch failed console sign-ins",
        "low",
        "ConsoleLogin;Failed authentication",
        aliases={
            "trivy": "AWS-0152",
            "prowler": "cloudwatch_log_metric_filter_authentication_failures",
        },
        frameworks={
            "fsbp": "CloudWatch.6",
            "cis-aws-3.0": "4.6",
            "cis-aws-5.0": "4.6",
            "pci-dss-4": (
                "10.2.1.1 10.4.1 10.4.1.1 10.4.2 10.6.3 10.7.1 10.7.2 11.5.2 11.6.1 "
                "12.10.5 A3.3.1 A3.5.1"
            ),
        },
    ),
    _Watch(
        "LOG-CLOUDWATCH-ALARM-KMS-DISABLE-DELETE",
        "A metric filter and an alarm watch disabled or deleted keys",
        "medium",
        "kms.amazonaws.com;DisableKey;ScheduleKeyDeletion",
        aliases={
            "trivy": "AWS-0153",
            "prowler": "cloudwatch_log_metric_filter_disable_or_scheduled_deletion_of_kms_cmk",
        },
        frameworks={
            "fsbp": "CloudWatch.7",
            "cis-aws-3.0": "4.7",
            "cis-aws-5.0": "4.7",
            "pci-dss-4": (
                "10.2.1.1 10.4.1 10.4.1.1 10.4.2 10.6.3 10.7.1 10.7.2 11.5.2 11.6.1 "
                "12.10.5 A3.3.1 A3.5.1"
            ),
        },
    ),
    _Watch(
        "LOG-CLOUDWATCH-ALARM-S3-POLICY-CHANGE",
        "A metric filter and an alarm watch bucket policy changes",
        "low",
        (
            "s3.amazonaws.com;PutBucketAcl;PutBucketPolicy;PutBucketCors;"
            "PutBucketLifecycle;PutBucketReplication;DeleteBucketPolicy;"
            "DeleteBucketCors;DeleteBucketLifecycle;DeleteBucketReplication"
        ),
        aliases={
            "trivy": "AWS-0154",
            "prowler": "cloudwatch_log_metric_filter_for_s3_bucket_policy_changes",
        },
        frameworks={
            "fsbp": "CloudWatch.8",
            "cis-aws-3.0": "4.8",
            "cis-aws-5.0": "4.8",
            "pci-dss-4": "10.2.1.1 10.4.1 10.4.1.1 10.4.2 10.6.3 10.7.1 10.7.2 A3.3.1 A3.5.1",
        },
    ),
    _Watch(
        "LOG-CLOUDWATCH-ALARM-CONFIG-CHANGE",
        "A metric filter and an alarm watch AWS Config changes",
        "low",
        (
            "config.amazonaws.com;StopConfigurationRecorder;"
            "DeleteDeliveryChannel;PutDeliveryChannel;PutConfigurationRecorder"
        ),
        aliases={
            "trivy": "AWS-0155",
            "prowler": (
                "cloudwatch_log_metric_filter_and_alarm_for_aws_config_configuration_chan "
                "ges_enabled"
            ),
        },
        frameworks={
            "fsbp": "CloudWatch.9",
            "cis-aws-3.0": "4.9",
            "cis-aws-5.0": "4.9",
            "pci-dss-4": "10.2.1.1 10.4.1 10.4.1.1 10.4.2 10.6.3 10.7.1 10.7.2 A3.3.1 A3.5.1",
        },
    ),
    _Watch(
        "LOG-CLOUDWATCH-ALARM-SG-CHANGE",
        "A metric filter and an alarm watch security group changes",
        "low",
        (
            "AuthorizeSecurityGroupIngress;AuthorizeSecurityGroupEgress;"
            "RevokeSecurityGroupIngress;RevokeSecurityGroupEgress;"
            "CreateSecurityGroup;DeleteSecurityGroup"
        ),
        aliases={
            "trivy": "AWS-0156",
            "prowler": "cloudwatch_log_metric_filter_security_group_changes",
        },
        frameworks={
            "fsbp": "CloudWatch.10",
            "cis-aws-3.0": "4.10",
            "cis-aws-5.0": "4.10",
            "pci-dss-4": "10.2.1.1 10.4.1 10.4.1.1 10.4.2 10.6.3 10.7.1 10.7.2 A3.3.1 A3.5.1",
        },
    ),
    _Watch(
        "LOG-CLOUDWATCH-ALARM-NACL-CHANGE",
        "A metric filter and an alarm watch network ACL changes",
        "low",
        (
            "CreateNetworkAcl;CreateNetworkAclEntry;DeleteNetworkAcl;"
            "DeleteNetworkAclEntry;ReplaceNetworkAclEntry;"
            "ReplaceNetworkAclAssociation"
        ),
        aliases={
            "trivy": "AWS-0157",
            "prowler": "cloudwatch_changes_to_network_acls_alarm_configured",
        },
        frameworks={
            "fsbp": "CloudWatch.11",
            "cis-aws-3.0": "4.11",
            "cis-aws-5.0": "4.11",
            "nist-800-53-r5": (
                "AU-6(1) AU-6(5) AU-12(3) AU-14 CA-2(2) CA-7 PM-14 PM-31 SC-36(1) SI-2 "
                "SI-4(12) SI-5 SI-5(1)"
            ),
            "pci-dss-4": "10.2.1.1 10.4.1 10.4.1.1 10.4.2 10.6.3 10.7.1 10.7.2 A3.3.1 A3.5.1",
        },
    ),
    _Watch(
        "LOG-CLOUDWATCH-ALARM-GATEWAY-CHANGE",
        "A metric filter and an alarm watch network gateway changes",
        "low",
        (
            "CreateCustomerGateway;DeleteCustomerGateway;AttachInternetGateway;"
            "CreateInternetGateway;DeleteInternetGateway;DetachInternetGateway"
        ),
        aliases={
            "trivy": "AWS-0158",
            "prowler": "cloudwatch_changes_to_network_gateways_alarm_configured",
        },
        frameworks={
            "fsbp": "CloudWatch.12",
            "cis-aws-3.0": "4.12",
            "cis-aws-5.0": "4.12",
            "nist-800-53-r5": (
                "AU-6(1) AU-6(5) AU-12(3) AU-14 CA-2(2) CA-7 PM-14 PM-31 SC-36(1) SI-2 "
                "SI-4(12) SI-5 SI-5(1)"
            ),
            "pci-dss-4": "1.2.8 10.2.1.1 10.4.1 10.4.1.1 10.4.2 10.6.3 10.7.1 10.7.2 A3.3.1 A3.5.1",
        },
    ),
    _Watch(
        "LOG-CLOUDWATCH-ALARM-ROUTE-CHANGE",
        "A metric filter and an alarm watch route table changes",
        "low",
        (
            "CreateRoute;CreateRouteTable;ReplaceRoute;"
            "ReplaceRouteTableAssociation;DeleteRouteTable;DeleteRoute;"
            "DisassociateRouteTable"
        ),
        aliases={
            "trivy": "AWS-0159",
            "prowler": "cloudwatch_changes_to_network_route_tables_alarm_configured",
        },
        frameworks={
            "fsbp": "CloudWatch.13",
            "cis-aws-3.0": "4.13",
            "cis-aws-5.0": "4.13",
            "nist-800-53-r5": (
                "AU-6(1) AU-6(5) AU-12(3) AU-14 CA-2(2) CA-7 PM-14 PM-31 SC-36(1) SI-2 "
                "SI-4(12) SI-5 SI-5(1)"
            ),
            "pci-dss-4": "10.2.1.1 10.4.1 10.4.1.1 10.4.2 10.6.3 10.7.1 10.7.2 A3.3.1 A3.5.1",
        },
    ),
    _Watch(
        "LOG-CLOUDWATCH-ALARM-VPC-CHANGE",
        "A metric filter and an alarm watch VPC changes",
        "low",
        (
            "CreateVpc;DeleteVpc;ModifyVpcAttribute;AcceptVpcPeeringConnection;"
            "CreateVpcPeeringConnection;DeleteVpcPeeringConnection;"
            "RejectVpcPeeringConnection"
        ),
        aliases={
            "trivy": "AWS-0160",
            "prowler": "cloudwatch_changes_to_vpcs_alarm_configured",
        },
        frameworks={
            "fsbp": "CloudWatch.14",
            "cis-aws-3.0": "4.14",
            "cis-aws-5.0": "4.14",
            "nist-800-53-r5": (
                "AU-6(1) AU-6(5) AU-12(3) AU-14 CA-2(2) CA-7 PM-14 PM-31 SC-36(1) SI-2 "
                "SI-4(12) SI-5 SI-5(1)"
            ),
            "pci-dss-4": "10.2.1.1 10.4.1 10.4.1.1 10.4.2 10.6.3 10.7.1 10.7.2 A3.3.1 A3.5.1",
        },
    ),
    _Watch(
        "LOG-CLOUDWATCH-ALARM-ORGANIZATIONS-CHANGE",
        "A metric filter and an alarm watch AWS Organizations changes",
        "low",
        "organizations.amazonaws.com",
        aliases={
            "trivy": "AWS-0174",
            "prowler": "cloudwatch_log_metric_filter_aws_organizations_changes",
        },
        frameworks={
            "cis-aws-3.0": "4.15",
            "cis-aws-5.0": "4.15",
        },
    ),
)

WATCH_RULES = tuple(_watch_rule(row) for row in _WATCHES)


@rule(
    "LOG-CLOUDWATCH-RETENTION-SET",
    severity="low",
    on=CloudwatchLogGroup,
    family="logging",
    aliases={
        "checkov": "CKV_AWS_66",
    },
)
def kept_for_ever(group: CloudwatchLogGroup) -> Finding | None:
    """Log groups state a retention period.

    Why: logs that nobody needs any more are paid for and can leak for ever.
    Fix: set `retention_in_days`.
    Source: CloudWatch Logs API, LogGroup.retentionInDays; left out or 0, events never expire.
    """
    if group.retention_in_days == 0:
        return group.finding("keeps events for ever", at="retention_in_days")
    return None


@rule(
    "LOG-CLOUDWATCH-RETENTION-365",
    severity="medium",
    on=CloudwatchLogGroup,
    family="logging",
    production=True,
    aliases={
        "checkov": "CKV_AWS_338",
        "prowler": "cloudwatch_log_group_retention_policy_specific_days_enabled",
    },
    frameworks={
        "fsbp": "CloudWatch.16",
        "nist-800-53-r5": "AU-6(3) AU-6(4) AU-10 AU-11 CA-7 SI-12",
        "pci-dss-4": "3.2.1 3.3.1.1 3.3.1.3 3.3.2 3.3.3 5.3.4 10.5.1",
    },
)
def kept_too_short(group: CloudwatchLogGroup, *, minimum_days: int = 365) -> Finding | None:
    """Log groups keep events for at least one year.

    Why: break-ins are found after months, and the traces are gone.
    Fix: set `retention_in_days = 365` or more (in days; 0 keeps them for ever).
    Source: CloudWatch Logs API, LogGroup.retentionInDays, in days.
    """
    days = group.retention_in_days
    if days is not None and days != 0 and days < minimum_days:
        return group.finding(f"keeps events for {days} days", at="retention_in_days")
    return None
