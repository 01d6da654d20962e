"""AWS Config: what it records and where it delivers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from auditor.aws.account import Account
from auditor.resource import Finding, Resource
from auditor.rule import rule
from auditor.services.aws_config import (
    ConfigAggregator,
    ConfigDeliveryChannel,
    ConfigRecorder,
    ConfigRecorderStatus,
)
from auditor.values import any_of, some


@rule(
    "LOG-CONFIG-RECORDER-ENABLED",
    severity="high",
    on=(ConfigRecorder, Account),
    family="logging",
    reads=(ConfigRecorderStatus, ConfigDeliveryChannel),
    aliases={
        "checkov": "CKV2_AWS_45",
        "prowler": "config_recorder_all_regions_enabled",
    },
    frameworks={
        "fsbp": "Config.1",
        "cis-aws-3.0": "3.3",
        "cis-aws-5.0": "3.3",
        "nist-800-53-r5": "CM-3 CM-6(1) CM-8 CM-8(2)",
        "pci-dss-4": "10.4.1.1 11.5.2",
    },
)
def config_not_recording(judged: ConfigRecorder | Account) -> Iterator[Finding]:
    """AWS Config records in every region.

    Why: without it nobody can say what was changed, when, and what it was before.
    Fix: an `aws_config_configuration_recorder`, an `aws_config_delivery_channel`, and an
    `aws_config_configuration_recorder_status` with `is_enabled = true` in each region.
    Source: AWS Config API, DescribeConfigurationRecorderStatus: recording, lastStatus. A recorder
    is off until it is started.
    """
    if isinstance(judged, Account):
        recorders = judged.everything(ConfigRecorder)
        for region in judged.regions:
            if not some(recorders, _is_in(region)):
                yield judged.finding(f"has no AWS Config recorder in {region}", key=region)
        return
    statuses = judged.related(ConfigRecorderStatus)
    if not some(statuses, lambda status: status.is_enabled):
        yield judged.finding("is not recording", key="off")
    elif some(statuses, lambda status: str(status.last_status).upper() == "FAILURE"):
        yield judged.finding("failed to deliver last", key="failure")
    channels = judged.everything(ConfigDeliveryChannel)
    if not some(channels, lambda channel: channel.region == judged.region):
        yield judged.finding("has no delivery channel", key="channel")


def _is_in(region: str) -> Callable[[Resource], bool]:
    return lambda resource: resource.region == region


@rule(
    "LOG-CONFIG-RECORDS-ALL",
    severity="medium",
    on=ConfigRecorder,
    family="logging",
    aliases={
        "checkov": "CKV2_AWS_48",
    },
)
def config_records_a_part(recorder: ConfigRecorder) -> Iterator[Finding]:
    """The recorder covers all types, and global ones in one region.

    Why: changes to what is not recorded, such as IAM, are not seen.
    Fix: set `all_supported = true` and, in one region, `include_global_resource_types = true` in
    `recording_group`.
    Source: AWS Config API, RecordingGroup; without the block it is all types but global ones.
    """
    group = recorder.recording_group
    if group is not None and not group.all_supported:
        yield group.finding("does not record all types", at="all_supported", key="types")
    if not any_of(
        lambda: _has_global(recorder),
        lambda: some(recorder.everything(ConfigRecorder), _has_global),
    ):
        yield recorder.finding("does not record global types", at="recording_group", key="global")


def _has_global(recorder: ConfigRecorder) -> bool:
    group = recorder.recording_group
    return group is not None and group.include_global_resource_types


@rule(
    "LOG-CONFIG-DELIVERY-OK",
    severity="medium",
    on=ConfigDeliveryChannel,
    family="logging",
    where=("live",),
)
def config_not_delivered(channel: ConfigDeliveryChannel) -> Iterator[Finding]:
    """AWS Config delivers history and snapshots.

    Why: what cannot be delivered is missing when it is asked for.
    Fix: look at the bucket's policy and key; the error is in the channel's status.
    Source: AWS Config API, DescribeDeliveryChannelStatus, lastStatus.
    """
    for name in ("history_status", "snapshot_status"):
        if str(channel.get(name)).upper() == "FAILURE":
            yield channel.finding(f"failed to deliver last ({name})", at=name, key=name)


@rule(
    "LOG-CONFIG-AGGREGATOR-ALL-REGIONS",
    severity="medium",
    on=ConfigAggregator,
    family="logging",
    aliases={
        "checkov": "CKV_AWS_121",
        "trivy": "AWS-0019",
        "prowler": "config_delegated_admin_and_org_aggregator_all_regions",
    },
)
def aggregator_of_some_regions(aggregator: ConfigAggregator) -> Iterator[Finding]:
    """Aggregators collect from all regions.

    Why: what is set up in a region that nobody uses is what nobody sees.
    Fix: set `all_regions = true` in the aggregation source.
    Source: AWS Config API, AllAwsRegions; provider default false.
    """
    for source in (
        aggregator.account_aggregation_source,
        aggregator.organization_aggregation_source,
    ):
        if source is not None and not source.all_regions:
            yield source.finding("does not collect from all regions", at="all_regions")
