"""Audit trails: that they record everything, and that nobody can change them."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.cloudtrail import AdvancedSelector, Cloudtrail, EventSelector
from auditor.values import all_of, any_of, every, some


@rule(
    "LOG-CLOUDTRAIL-ENABLED",
    severity="high",
    on=Cloudtrail,
    family="logging",
    aliases={
        "checkov": "CKV_AWS_251",
    },
    frameworks={
        "fsbp": "CloudTrail.3",
        "nist-800-53-r5": (
            "AC-2(4) AC-3(1) AC-3(10) AC-4(26) AC-6(9) AU-2 AU-3 AU-3(1) AU-6(3) "
            "AU-6(4) AU-6(6) AU-6(9) AU-8 AU-10 AU-12 AU-12(1) AU-12(2) AU-12(3) "
            "AU-12(4) AU-14 AU-14(3) CA-7 CM-5(1) IA-3(3) MA-4(1) PM-14 PM-31 SC-7(9) "
            "SI-1(1) SI-3(8) SI-4(2) SI-4(17) SI-4(20) SI-7(8) SI-10(1)"
        ),
        "pci-dss-4": (
            "10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 10.2.1.5 10.2.1.6 10.2.1.7 10.2.2 "
            "10.3.1 10.3.2 10.3.3 10.3.4 10.5.1 10.6.3 A1.2.1"
        ),
    },
)
def trail_is_off(trail: Cloudtrail) -> Finding | None:
    """At least one trail exists and is logging.

    Why: nothing of what happens in the account is kept.
    Fix: remove `enable_logging = false`.
    Source: CloudTrail API, GetTrailStatus.IsLogging; provider default true.
    """
    if not trail.enable_logging:
        return trail.finding("does not log", at="enable_logging")
    return None


@rule(
    "LOG-CLOUDTRAIL-MULTI-REGION",
    severity="high",
    on=Cloudtrail,
    family="logging",
    aliases={
        "checkov": "CKV_AWS_67",
        "trivy": "AWS-0014",
        "prowler": (
            "cloudtrail_multi_region_enabled "
            "cloudtrail_multi_region_enabled_logging_management_events"
        ),
    },
    frameworks={
        "fsbp": "CloudTrail.1",
        "cis-aws-3.0": "3.1",
        "cis-aws-5.0": "3.1",
        "nist-800-53-r5": (
            "AC-2(4) AC-4(26) AC-6(9) AU-2 AU-3 AU-6(3) AU-6(4) AU-10 AU-12 AU-14(1) "
            "CA-7 SA-8(22) SC-7(9) SI-3(8) SI-4(20) SI-7(8)"
        ),
        "pci-dss-4": (
            "3.5.1.3 5.3.4 7.3.3 10.2.1 10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 10.2.1.5 "
            "10.2.1.6 10.2.1.7 10.2.2 10.3.1 10.3.2 10.3.3 10.3.4 10.6.3 11.3.1.3 "
            "11.5.2 A1.2.1"
        ),
    },
)
def one_region_or_half_the_events(trail: Cloudtrail) -> Iterator[Finding]:
    """A multi-region trail records read and write management events.

    Why: what an intruder does in a region that nobody uses is not recorded.
    Fix: set `is_multi_region_trail = true`, and leave management events of type `All` on.
    Source: CloudTrail API, Trail.IsMultiRegionTrail, GetEventSelectors; provider default false;
    without selectors all management events are recorded.
    """
    if not trail.is_multi_region_trail:
        yield trail.finding("records one region only", at="is_multi_region_trail", key="region")
    if not _records_management(trail):
        yield trail.finding(
            "does not record all management events", at="event_selector", key="events"
        )


def _records_management(trail: Cloudtrail) -> bool:
    if not trail.event_selector and not trail.advanced_event_selector:
        return True
    return any_of(
        lambda: some(trail.event_selector, _all_management),
        lambda: some(trail.advanced_event_selector, _all_management_advanced),
    )


def _all_management(selector: EventSelector) -> bool:
    return all_of(
        lambda: selector.include_management_events, lambda: selector.read_write_type == "All"
    )


def _all_management_advanced(selector: AdvancedSelector) -> bool:
    return all_of(
        lambda: _selects(selector, "Management"),
        lambda: every(selector.field_selector, lambda f: f.field != "readOnly"),
    )


def _selects(selector: AdvancedSelector, category: str) -> bool:
    return some(
        selector.field_selector,
        lambda f: all_of(lambda: f.field == "eventCategory", lambda: category in f.equals),
    )


@rule(
    "LOG-CLOUDTRAIL-FILE-VALIDATION",
    severity="medium",
    on=Cloudtrail,
    family="logging",
    aliases={
        "checkov": "CKV_AWS_36",
        "trivy": "AWS-0016",
        "prowler": "cloudtrail_log_file_validation_enabled",
    },
    frameworks={
        "fsbp": "CloudTrail.4",
        "cis-aws-3.0": "3.2",
        "cis-aws-5.0": "3.2",
        "nist-800-53-r5": "AU-9 SI-4 SI-7(1) SI-7(3) SI-7(7)",
        "pci-dss-4": "10.3.2 10.3.3 10.3.4 A1.2.1",
    },
)
def files_not_validated(trail: Cloudtrail) -> Finding | None:
    """Trail log files are validated by digest.

    Why: whoever gets at the bucket can take themselves out of the record unnoticed.
    Fix: set `enable_log_file_validation = true`.
    Source: CloudTrail API, Trail.LogFileValidationEnabled; provider default false.
    """
    if not trail.enable_log_file_validation:
        return trail.finding("does not validate its files", at="enable_log_file_validation")
    return None


@rule(
    "LOG-CLOUDTRAIL-CLOUDWATCH",
    severity="low",
    on=Cloudtrail,
    family="logging",
    aliases={
        "checkov": "CKV2_AWS_10",
        "trivy": "AWS-0162",
        "prowler": "cloudtrail_cloudwatch_logging_enabled",
    },
    frameworks={
        "fsbp": "CloudTrail.5",
        "nist-800-53-r5": (
            "AC-2(4) AC-4(26) AC-6(9) AU-2 AU-3 AU-6(1) AU-6(3) AU-6(4) AU-6(5) "
            "AU-7(1) AU-10 AU-12 CA-7 SC-7(9) SI-3(8) SI-4(5) SI-4(20) SI-7(8) SI-20"
        ),
        "pci-dss-4": (
            "5.3.4 7.3.3 10.2.1 10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 10.2.1.5 10.2.1.6 "
            "10.2.1.7 10.2.2 10.3.1 10.4.1.1 10.6.3 11.3.1.3 11.5.2 11.6.1 12.10.5 "
            "A1.2.1 A3.3.1 A3.5.1"
        ),
    },
)
def not_in_cloudwatch(trail: Cloudtrail) -> Finding | None:
    """Trails deliver to CloudWatch Logs.

    Why: files in a bucket raise no alarm.
    Fix: set `cloud_watch_logs_group_arn` (with `:*` at its end) and `cloud_watch_logs_role_arn`.
    Source: CloudTrail API, Trail.CloudWatchLogsLogGroupArn; none unless set.
    """
    if trail.cloud_watch_logs_group_arn is None:
        return trail.finding("does not deliver to CloudWatch Logs", at="cloud_watch_logs_group_arn")
    return None


@rule(
    "LOG-CLOUDTRAIL-S3-WRITE-EVENTS",
    severity="medium",
    on=Cloudtrail,
    family="logging",
    aliases={
        "trivy": "AWS-0171",
        "prowler": "cloudtrail_s3_dataevents_write_enabled",
    },
    frameworks={
        "fsbp": "S3.22",
        "cis-aws-3.0": "3.8",
        "cis-aws-5.0": "3.8",
        "nist-800-53-r5": (
            "AC-2(4) AC-3(1) AC-3(10) AC-4(26) AC-6(9) AU-2 AU-3 AU-6(3) AU-6(4) "
            "AU-6(6) AU-6(9) AU-8 AU-10 AU-12 AU-12(1) AU-12(2) AU-12(3) AU-12(4) "
            "AU-14 AU-14(3) CA-7 CM-5(1) CM-6 CM-9 IA-3(3) MA-4(1) PM-14 PM-31 "
            "SC-7(9) SI-1(1) SI-3(8) SI-4(2) SI-4(17) SI-4(20) SI-7(8) SI-10(1)"
        ),
        "pci-dss-4": (
            "5.3.4 7.3.3 10.2.1 10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 10.2.1.5 10.2.1.6 "
            "10.2.1.7 10.2.2 10.3.1 10.6.3 11.3.1.3 11.5.2 A1.2.1"
        ),
    },
)
def object_writes_not_recorded(trail: Cloudtrail) -> Finding | None:
    """Trails record S3 object writes.

    Why: who deleted or replaced an object cannot be found out.
    Fix: add an `event_selector` with `read_write_type = "All"` and
    `data_resource { type = "AWS::S3::Object", values = ["arn:aws:s3"] }`.
    Source: CloudTrail User Guide, "Logging data events"; none unless selected.
    """
    if not _records_objects(trail, "WriteOnly"):
        return trail.finding("does not record writes of S3 objects", at="event_selector")
    return None


@rule(
    "LOG-CLOUDTRAIL-S3-READ-EVENTS",
    severity="medium",
    on=Cloudtrail,
    family="logging",
    aliases={
        "trivy": "AWS-0172",
        "prowler": "cloudtrail_s3_dataevents_read_enabled",
    },
    frameworks={
        "fsbp": "S3.23",
        "cis-aws-3.0": "3.9",
        "cis-aws-5.0": "3.9",
        "nist-800-53-r5": (
            "AC-2(4) AC-3(1) AC-3(10) AC-4(26) AC-6(9) AU-2 AU-3 AU-6(3) AU-6(4) "
            "AU-6(6) AU-6(9) AU-8 AU-10 AU-12 AU-12(1) AU-12(2) AU-12(3) AU-12(4) "
            "AU-14 AU-14(3) CA-7 CM-5(1) CM-6 CM-9 IA-3(3) MA-4(1) PM-14 PM-31 "
            "SC-7(9) SI-1(1) SI-3(8) SI-4(2) SI-4(17) SI-4(20) SI-7(8) SI-10(1)"
        ),
        "pci-dss-4": (
            "7.3.3 10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 10.2.1.5 10.2.1.6 10.2.1.7 "
            "10.2.2 10.3.1 10.6.3 11.3.1.3 11.5.2 A1.2.1"
        ),
    },
)
def object_reads_not_recorded(trail: Cloudtrail) -> Finding | None:
    """Trails record S3 object reads.

    Why: what was taken in a leak cannot be found out.
    Fix: add an `event_selector` with `read_write_type = "All"` and
    `data_resource { type = "AWS::S3::Object", values = ["arn:aws:s3"] }`.
    Source: CloudTrail User Guide, "Logging data events"; none unless selected.
    """
    if not _records_objects(trail, "ReadOnly"):
        return trail.finding("does not record reads of S3 objects", at="event_selector")
    return None


EVERY_BUCKET = ("arn:aws:s3", "arn:aws:s3:::", "arn:aws-cn:s3", "arn:aws-us-gov:s3")


def _records_objects(trail: Cloudtrail, direction: str) -> bool:
    def selected(selector: EventSelector) -> bool:
        return all_of(
            lambda: selector.read_write_type in ("All", direction),
            lambda: some(
                selector.data_resource,
                lambda data: all_of(
                    lambda: data.type == "AWS::S3::Object",
                    lambda: some(data.values, lambda value: value in EVERY_BUCKET),
                ),
            ),
        )

    def selected_advanced(selector: AdvancedSelector) -> bool:
        fields = selector.field_selector
        read_only = "true" if direction == "ReadOnly" else "false"
        return all_of(
            lambda: _selects(selector, "Data"),
            lambda: some(
                fields,
                lambda f: all_of(
                    lambda: f.field == "resources.type", lambda: "AWS::S3::Object" in f.equals
                ),
            ),
            lambda: every(
                fields,
                lambda f: any_of(
                    lambda: f.field in ("eventCategory", "resources.type"),
                    lambda: all_of(lambda: f.field == "readOnly", lambda: read_only in f.equals),
                ),
            ),
        )

    return any_of(
        lambda: some(trail.event_selector, selected),
        lambda: some(trail.advanced_event_selector, selected_advanced),
    )


@rule(
    "LOG-CLOUDTRAIL-INSIGHTS",
    severity="low",
    on=Cloudtrail,
    family="logging",
    production=True,
    aliases={
        "prowler": "cloudtrail_insights_exist",
    },
    frameworks={
        "pci-dss-4": "5.3.4 10.3.2 10.3.3 10.3.4 10.5.1 A1.2.1",
    },
)
def no_insights(trail: Cloudtrail) -> Finding | None:
    """Trails have Insights on.

    Why: a burst of calls that nobody expects goes unnoticed.
    Fix: add `insight_selector { insight_type = "ApiCallRateInsight" }`.
    Source: CloudTrail API, GetInsightSelectors; none unless selected.
    """
    if not trail.insight_selector:
        return trail.finding("has no Insights", at="insight_selector")
    return None
