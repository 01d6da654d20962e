"""Amazon EventBridge Scheduler.

Sources: EventBridge Scheduler API reference (ListSchedules, GetSchedule), AWS provider 5.100.0
documentation of `aws_scheduler_schedule`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader
from auditor.dates import date_text
from auditor.resource import Block, Link, Node, Num, Resource, Str
from auditor.services.eventbridge import DeadLetter, RetryPolicy, retry_block
from auditor.values import Unknown


class FlexibleWindow(Node):
    """Within how many minutes after its time a schedule may start."""

    maximum_window_in_minutes = Num()
    mode = Str()


class ScheduleTarget(Node):
    """What a schedule calls."""

    arn = Str()
    dead_letter_config = Block(DeadLetter)
    input = Str()
    retry_policy = Block(RetryPolicy)
    role_arn = Link("aws_iam_role")


class Schedule(Resource, tf="aws_scheduler_schedule"):
    """A schedule."""

    identity = ("group_name", "name")
    arn = Str(computed=True)
    description = Str()
    end_date = Str()
    flexible_time_window = Block(FlexibleWindow)
    group_name = Str(default="default")
    kms_key_arn = Link("aws_kms_key", "aws_kms_alias")
    name = Str(computed=True)
    schedule_expression = Str()
    schedule_expression_timezone = Str(default="UTC")
    start_date = Str()
    state = Str(default="ENABLED")
    target = Block(ScheduleTarget)


@reader(yields=(Schedule,), calls=("scheduler.list_schedules", "scheduler.get_schedule"))
def schedules(aws: Aws) -> Iterator[Resource]:
    """Schedules of all groups; key, input and dead letters are said of each by itself."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        group, name = item["GroupName"], item["Name"]
        about: Any = aws.ask("scheduler.get_schedule", GroupName=group, Name=name)
        yield aws.resource(
            Schedule,
            f"{group}/{name}",
            {
                "arn": item["Arn"],
                "description": about.get("Description"),
                "end_date": lambda: date_text(about.get("EndDate")),
                "flexible_time_window": lambda: _window(about["FlexibleTimeWindow"]),
                "group_name": group,
                "kms_key_arn": about.get("KmsKeyArn"),
                "name": name,
                "schedule_expression": about.get("ScheduleExpression"),
                "schedule_expression_timezone": about.get("ScheduleExpressionTimezone"),
                "start_date": lambda: date_text(about.get("StartDate")),
                "state": item.get("State"),
                "target": _target(about),
            },
        )

    yield from aws.parallel(read, aws.list("scheduler.list_schedules", "Schedules"))


def _window(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "maximum_window_in_minutes": item.get("MaximumWindowInMinutes"),
            "mode": item.get("Mode"),
        }
    ]


def _target(about: Any) -> Any:
    item = about["Target"]
    if isinstance(item, Unknown):
        return item
    letters = item.get("DeadLetterConfig", {})
    return [
        {
            "arn": item.get("Arn"),
            "dead_letter_config": [{"arn": letters["Arn"]}] if letters.get("Arn") else [],
            "input": item.get("Input"),
            "retry_policy": retry_block(item.get("RetryPolicy")),
            "role_arn": item.get("RoleArn"),
        }
    ]
