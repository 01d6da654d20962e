"""Encryption of events and schedules."""

from __future__ import annotations

from auditor.presence import is_absent
from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.eventbridge import EventBus
from auditor.services.kms import KmsAlias, KmsKey, is_aws_managed_key
from auditor.services.scheduler import Schedule


@rule(
    "ENC-EVENTBRIDGE-BUS-CMK",
    severity="low",
    on=EventBus,
    family="encryption",
    reads=(KmsKey, KmsAlias),
)
def bus_without_own_key(bus: EventBus) -> Finding | NotApplicable | None:
    """Custom event buses use a customer managed key.

    Why: the use of a key that AWS owns can be neither seen nor revoked.
    Fix: set `kms_key_identifier` to a key of your own that lets EventBridge use it.
    Source: EventBridge API, DescribeEventBus: KmsKeyIdentifier; a key that AWS owns unless set.
    """
    if bus.is_default or not is_absent(bus.event_source_name):
        return not_applicable("it is no bus of one's own")
    if is_aws_managed_key(bus, "kms_key_identifier"):
        return bus.finding("is encrypted with a key of AWS", at="kms_key_identifier")
    return None


@rule(
    "ENC-EVENTBRIDGE-SCHEDULER-CMK",
    severity="low",
    on=Schedule,
    family="encryption",
    reads=(KmsKey, KmsAlias),
    aliases={
        "checkov": "CKV_AWS_297",
    },
)
def schedule_without_own_key(schedule: Schedule) -> Finding | None:
    """Schedules use a customer managed key.

    Why: the use of a key that AWS owns can be neither seen nor revoked.
    Fix: set `kms_key_arn` to a key of your own that lets the schedule's role decrypt.
    Source: EventBridge Scheduler API, GetSchedule: KmsKeyArn; a key that AWS owns unless set.
    """
    if is_aws_managed_key(schedule, "kms_key_arn"):
        return schedule.finding("is encrypted with a key of AWS", at="kms_key_arn")
    return None
