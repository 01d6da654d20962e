"""AWS CloudTrail.

Sources: CloudTrail API reference (DescribeTrails, GetTrailStatus, GetEventSelectors,
GetInsightSelectors, ListTags), AWS provider 5.100.0 documentation of `aws_cloudtrail`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader, tag_map
from auditor.resource import Blocks, Bool, Link, Node, Resource, Str, StrMap, Strs
from auditor.values import Unknown


class DataResource(Node):
    """Objects whose data events are recorded."""

    type = Str()
    values = Strs()


class EventSelector(Node):
    """Which events a trail records."""

    data_resource = Blocks(DataResource)
    include_management_events = Bool(default=True)
    read_write_type = Str(default="All")


class FieldSelector(Node):
    """One condition of an advanced selector."""

    ends_with = Strs()
    equals = Strs()
    field = Str()
    not_equals = Strs()
    not_starts_with = Strs()
    starts_with = Strs()


class AdvancedSelector(Node):
    """Which events a trail records, by conditions that must all hold."""

    field_selector = Blocks(FieldSelector, unordered=True)
    name = Str()


class InsightSelector(Node):
    """One kind of Insights."""

    insight_type = Str()


class Cloudtrail(Resource, tf="aws_cloudtrail"):
    """A trail."""

    identity = ("name",)
    advanced_event_selector = Blocks(AdvancedSelector)
    arn = Str(computed=True)
    cloud_watch_logs_group_arn = Link("aws_cloudwatch_log_group", by=("arn",))
    enable_log_file_validation = Bool(default=False)
    enable_logging = Bool(default=True)
    event_selector = Blocks(EventSelector)
    include_global_service_events = Bool(default=True)
    insight_selector = Blocks(InsightSelector, unordered=True)
    is_multi_region_trail = Bool(default=False)
    is_organization_trail = Bool(default=False)
    kms_key_id = Link("aws_kms_key", "aws_kms_alias", "aws_kms_replica_key")
    name = Str()
    s3_bucket_name = Link("aws_s3_bucket", by=("bucket",))
    sns_topic_name = Link("aws_sns_topic", by=("name", "arn"))
    tags = StrMap()


@reader(
    yields=(Cloudtrail,),
    calls=(
        "cloudtrail.describe_trails",
        "cloudtrail.get_trail_status",
        "cloudtrail.get_event_selectors",
        "cloudtrail.get_insight_selectors",
        "cloudtrail.list_tags",
    ),
    details={"cloudtrail.list_tags": ("tags",)},
)
def trails(aws: Aws) -> Iterator[Resource]:
    """Trails of which this is the home region (multi-region ones show up in every region)."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        arn = item["TrailARN"]
        status = aws.ask("cloudtrail.get_trail_status", Name=arn)
        selectors = aws.ask("cloudtrail.get_event_selectors", TrailName=arn)
        insights = aws.ask(
            "cloudtrail.get_insight_selectors",
            TrailName=arn,
            absent=("InsightNotEnabledException",),
        )
        tags = aws.ask("cloudtrail.list_tags", ResourceIdList=[arn])
        yield aws.resource(
            Cloudtrail,
            item["Name"],
            {
                **_described(item),
                **_selectors(selectors),
                "enable_logging": status.get("IsLogging"),
                "insight_selector": lambda: [
                    {"insight_type": each["InsightType"]}
                    for each in (insights or {}).get("InsightSelectors") or []
                ],
                "tags": lambda: tag_map(tags["ResourceTagList"][0].get("TagsList")),
            },
        )

    listed = aws.list("cloudtrail.describe_trails", "trailList", includeShadowTrails=False)
    yield from aws.parallel(read, (t for t in listed if t.get("HomeRegion") == aws.region))


def _described(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "arn": item["TrailARN"],
        "cloud_watch_logs_group_arn": item.get("CloudWatchLogsLogGroupArn"),
        "enable_log_file_validation": item.get("LogFileValidationEnabled", False),
        "include_global_service_events": item.get("IncludeGlobalServiceEvents", False),
        "is_multi_region_trail": item.get("IsMultiRegionTrail", False),
        "is_organization_trail": item.get("IsOrganizationTrail", False),
        "kms_key_id": item.get("KmsKeyId"),
        "name": item["Name"],
        "s3_bucket_name": item.get("S3BucketName"),
        "sns_topic_name": item.get("SnsTopicARN") or item.get("SnsTopicName"),
    }


def _selectors(reply: Any) -> dict[str, Any]:
    if isinstance(reply, Unknown):
        return {"event_selector": reply, "advanced_event_selector": reply}
    return {
        "event_selector": [
            {
                "include_management_events": each.get("IncludeManagementEvents", True),
                "read_write_type": each.get("ReadWriteType", "All"),
                "data_resource": [
                    {"type": data.get("Type"), "values": data.get("Values", [])}
                    for data in each.get("DataResources", [])
                ],
            }
            for each in reply.get("EventSelectors") or []
        ],
        "advanced_event_selector": [
            {
                "name": each.get("Name"),
                "field_selector": [_field(f) for f in each.get("FieldSelectors", [])],
            }
            for each in reply.get("AdvancedEventSelectors") or []
        ],
    }


def _field(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "field": item["Field"],
        "equals": item.get("Equals", []),
        "not_equals": item.get("NotEquals", []),
        "starts_with": item.get("StartsWith", []),
        "ends_with": item.get("EndsWith", []),
        "not_starts_with": item.get("NotStartsWith", []),
    }
