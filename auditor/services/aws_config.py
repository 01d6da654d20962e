"""AWS Config.

Sources: AWS Config API reference (DescribeConfigurationRecorders,
DescribeConfigurationRecorderStatus, DescribeDeliveryChannels, DescribeDeliveryChannelStatus,
DescribeConfigurationAggregators), AWS provider 5.100.0 documentation of `aws_config_*`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader
from auditor.resource import Block, Bool, Link, Node, Resource, Str, Strs


class RecordingStrategy(Node):
    """Which of the ways to choose types is used."""

    use_only = Str()


class RecordingGroup(Node):
    """Which types are recorded."""

    all_supported = Bool(default=True)
    include_global_resource_types = Bool(default=False)
    recording_strategy = Block(RecordingStrategy)
    resource_types = Strs(unordered=True)


class ConfigRecorder(Resource, tf="aws_config_configuration_recorder"):
    """What AWS Config records in a region. Without a group it is all but global types."""

    identity = ("name",)
    name = Str(default="default")
    recording_group = Block(RecordingGroup)
    role_arn = Link("aws_iam_role", "aws_iam_service_linked_role")


class ConfigRecorderStatus(Resource, tf="aws_config_configuration_recorder_status"):
    """Whether a recorder is on. last_status: of a live one, how its last delivery went."""

    is_enabled = Bool()
    last_status = Str()
    name = Link("aws_config_configuration_recorder", by=("name",))


class ConfigDeliveryChannel(Resource, tf="aws_config_delivery_channel"):
    """Where AWS Config delivers to. The statuses are of a live one, `None` before the first."""

    identity = ("name",)
    history_status = Str()
    name = Str(default="default")
    s3_bucket_name = Link("aws_s3_bucket", by=("bucket",))
    s3_kms_key_arn = Link("aws_kms_key", "aws_kms_alias")
    snapshot_status = Str()
    sns_topic_arn = Link("aws_sns_topic")


class AggregationSource(Node):
    """What an aggregator collects from."""

    all_regions = Bool(default=False)
    regions = Strs()


class ConfigAggregator(Resource, tf="aws_config_configuration_aggregator"):
    """A collection of what AWS Config records elsewhere."""

    identity = ("name",)
    account_aggregation_source = Block(AggregationSource)
    name = Str()
    organization_aggregation_source = Block(AggregationSource)


# -- live ----------------------------------------------------------------------------------------


@reader(yields=(ConfigRecorder,), calls=("config.describe_configuration_recorders",))
def recorders(aws: Aws) -> Iterator[Resource]:
    """The account's own recorder; those that other services hold are theirs."""
    listed = aws.list("config.describe_configuration_recorders", "ConfigurationRecorders")
    for item in listed:
        if item.get("servicePrincipal"):
            continue
        yield aws.resource(
            ConfigRecorder,
            item["name"],
            {
                "arn": item.get("arn"),
                "name": item["name"],
                "recording_group": _group(item.get("recordingGroup") or {}),
                "role_arn": item.get("roleARN"),
            },
        )


def _group(group: Mapping[str, Any]) -> list[dict[str, Any]]:
    strategy = group.get("recordingStrategy")
    return [
        {
            "all_supported": group.get("allSupported", False),
            "include_global_resource_types": group.get("includeGlobalResourceTypes", False),
            "recording_strategy": [{"use_only": strategy.get("useOnly")}] if strategy else [],
            "resource_types": group.get("resourceTypes", []),
        }
    ]


@reader(yields=(ConfigRecorderStatus,), calls=("config.describe_configuration_recorder_status",))
def recorder_statuses(aws: Aws) -> Iterator[Resource]:
    """Whether recorders are on."""
    call = "config.describe_configuration_recorder_status"
    for item in aws.list(call, "ConfigurationRecordersStatus"):
        yield aws.resource(
            ConfigRecorderStatus,
            item["name"],
            {
                "is_enabled": item.get("recording", False),
                "last_status": item.get("lastStatus"),
                "name": item["name"],
            },
        )


@reader(
    yields=(ConfigDeliveryChannel,),
    calls=("config.describe_delivery_channels", "config.describe_delivery_channel_status"),
)
def delivery_channels(aws: Aws) -> Iterator[Resource]:
    """Delivery channels with how their last deliveries went."""
    statuses: Any = aws.ask("config.describe_delivery_channel_status")
    for item in aws.list("config.describe_delivery_channels", "DeliveryChannels"):
        name = item["name"]
        yield aws.resource(
            ConfigDeliveryChannel,
            name,
            {
                "history_status": lambda name=name: _status(
                    statuses, name, "configHistoryDeliveryInfo"
                ),
                "name": name,
                "s3_bucket_name": item.get("s3BucketName"),
                "s3_kms_key_arn": item.get("s3KmsKeyArn"),
                "snapshot_status": lambda name=name: _status(
                    statuses, name, "configSnapshotDeliveryInfo"
                ),
                "sns_topic_arn": item.get("snsTopicARN"),
            },
        )


def _status(reply: Any, name: str, info: str) -> Any:
    for status in reply["DeliveryChannelsStatus"]:
        if status["name"] == name:
            return status.get(info, {}).get("lastStatus")
    return None


@reader(yields=(ConfigAggregator,), calls=("config.describe_configuration_aggregators",))
def aggregators(aws: Aws) -> Iterator[Resource]:
    """Aggregators."""
    call = "config.describe_configuration_aggregators"
    for item in aws.list(call, "ConfigurationAggregators"):
        organization = item.get("OrganizationAggregationSource")
        yield aws.resource(
            ConfigAggregator,
            item["ConfigurationAggregatorName"],
            {
                "arn": item.get("ConfigurationAggregatorArn"),
                "account_aggregation_source": [
                    _source(source) for source in item.get("AccountAggregationSources", [])
                ],
                "name": item["ConfigurationAggregatorName"],
                "organization_aggregation_source": [_source(organization)] if organization else [],
            },
        )


def _source(source: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "all_regions": source.get("AllAwsRegions", False),
        "regions": source.get("AwsRegions", []),
    }
