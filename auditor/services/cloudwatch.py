"""Amazon CloudWatch: log groups, metric filters, resource policies, alarms.

Sources: CloudWatch Logs API reference (DescribeLogGroups, DescribeMetricFilters,
DescribeResourcePolicies), CloudWatch API reference (DescribeAlarms), AWS
provider 5.100.0 documentation of the types below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader
from auditor.aws.tagging import TAGS, tags_at, tags_of
from auditor.resource import (
    Block,
    Blocks,
    Bool,
    Json,
    Link,
    Links,
    Node,
    Num,
    Resource,
    Str,
    StrMap,
)


class CloudwatchLogGroup(Resource, tf="aws_cloudwatch_log_group"):
    """A log group. Its name is its id."""

    identity = ("name",)
    arn = Str(computed=True)
    kms_key_id = Link("aws_kms_key", "aws_kms_alias", "aws_kms_replica_key")
    log_group_class = Str(default="STANDARD")
    name = Str(computed=True)
    retention_in_days = Num(default=0)
    tags = StrMap()


class MetricTransformation(Node):
    """The metric that a filter makes."""

    name = Str()
    namespace = Str()
    value = Str()


class CloudwatchLogMetricFilter(Resource, tf="aws_cloudwatch_log_metric_filter"):
    """Counts what matches a pattern in a log group."""

    identity = ("name", "log_group_name")
    log_group_name = Link("aws_cloudwatch_log_group", by=("name",))
    metric_transformation = Block(MetricTransformation)
    name = Str()
    pattern = Str()


class CloudwatchLogResourcePolicy(Resource, tf="aws_cloudwatch_log_resource_policy"):
    """Who may write to log groups."""

    identity = ("policy_name",)
    policy_document = Json()
    policy_name = Str()


class AlarmMetric(Node):
    """A metric of an alarm over several."""

    dimensions = StrMap()
    metric_name = Str()
    namespace = Str()


class MetricQuery(Node):
    """One term of an alarm over several metrics."""

    expression = Str()
    metric = Block(AlarmMetric)


class CloudwatchMetricAlarm(Resource, tf="aws_cloudwatch_metric_alarm"):
    """An alarm. Its name is its id."""

    identity = ("alarm_name",)
    actions_enabled = Bool(default=True)
    alarm_actions = Links("aws_sns_topic", by=("arn",))
    alarm_name = Str()
    arn = Str(computed=True)
    dimensions = StrMap()
    metric_name = Str()
    metric_query = Blocks(MetricQuery, unordered=True)
    namespace = Str()
    tags = StrMap()
    threshold = Num()


# -- live ----------------------------------------------------------------------------------------


@reader(
    yields=(CloudwatchLogGroup,),
    calls=("logs.describe_log_groups", TAGS),
    details={TAGS: ("tags",)},
)
def log_groups(aws: Aws) -> Iterator[Resource]:
    """Log groups."""
    tags = tags_of(aws, "logs:log-group")
    for item in aws.list("logs.describe_log_groups", "logGroups"):
        arn = item["arn"].removesuffix(":*")
        yield aws.resource(
            CloudwatchLogGroup,
            item["logGroupName"],
            {
                "arn": arn,
                "kms_key_id": item.get("kmsKeyId"),
                "log_group_class": item.get("logGroupClass", "STANDARD"),
                "name": item["logGroupName"],
                # Left out where events never expire.
                "retention_in_days": item.get("retentionInDays", 0),
                "tags": tags_at(tags, arn),
            },
        )


@reader(yields=(CloudwatchLogMetricFilter,), calls=("logs.describe_metric_filters",))
def metric_filters(aws: Aws) -> Iterator[Resource]:
    """Metric filters of all log groups, in one listing."""
    for item in aws.list("logs.describe_metric_filters", "metricFilters"):
        yield aws.resource(
            CloudwatchLogMetricFilter,
            f"{item['logGroupName']}:{item['filterName']}",
            {
                "log_group_name": item["logGroupName"],
                "metric_transformation": [
                    {
                        "name": made["metricName"],
                        "namespace": made["metricNamespace"],
                        "value": made.get("metricValue"),
                    }
                    for made in item.get("metricTransformations", [])
                ],
                "name": item["filterName"],
                "pattern": item.get("filterPattern", ""),
            },
        )


@reader(yields=(CloudwatchLogResourcePolicy,), calls=("logs.describe_resource_policies",))
def log_resource_policies(aws: Aws) -> Iterator[Resource]:
    """Policies on log groups."""
    for item in aws.list("logs.describe_resource_policies", "resourcePolicies"):
        yield aws.resource(
            CloudwatchLogResourcePolicy,
            item["policyName"],
            {"policy_document": item.get("policyDocument"), "policy_name": item["policyName"]},
        )


@reader(yields=(CloudwatchMetricAlarm,), calls=("cloudwatch.describe_alarms",))
def alarms(aws: Aws) -> Iterator[Resource]:
    """Metric alarms (their tags are not in the reply, and no rule asks for them)."""
    for item in aws.list("cloudwatch.describe_alarms", "MetricAlarms"):
        yield aws.resource(
            CloudwatchMetricAlarm,
            item["AlarmName"],
            {
                "actions_enabled": item.get("ActionsEnabled", True),
                "alarm_actions": item.get("AlarmActions", []),
                "alarm_name": item["AlarmName"],
                "arn": item.get("AlarmArn"),
                "dimensions": _dimensions(item.get("Dimensions")),
                "metric_name": item.get("MetricName"),
                "metric_query": [_query(q) for q in item.get("Metrics", [])],
                "namespace": item.get("Namespace"),
                "threshold": item.get("Threshold"),
            },
        )


def _dimensions(listed: Any) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in listed or []}


def _query(item: Mapping[str, Any]) -> dict[str, Any]:
    metric = item.get("MetricStat", {}).get("Metric")
    return {
        "expression": item.get("Expression"),
        "metric": [
            {
                "dimensions": _dimensions(metric.get("Dimensions")),
                "metric_name": metric.get("MetricName"),
                "namespace": metric.get("Namespace"),
            }
        ]
        if metric
        else [],
    }
