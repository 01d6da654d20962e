"""Store measurements that arrive on the ingest queue and announce them on the event bus."""

import json
import os
from decimal import Decimal
from functools import cache

import boto3

REQUIRED = ("subject_id", "measured_at", "kind", "value")


@cache
def table():
    """The measurements table; made once per process, so a warm start keeps the connection."""
    return boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


@cache
def events():
    """The event bus client, made once per process too."""
    return boto3.client("events")


def measurement(body):
    """The measurement in a message; ValueError where a field is missing."""
    item = json.loads(body, parse_float=Decimal)
    missing = [name for name in REQUIRED if name not in item]
    if missing:
        raise ValueError(f"measurement without {', '.join(missing)}")
    return item


def store(record):
    """Write one measurement, then announce it.

    In this order: an announced measurement can always be read, and a repeated message only
    overwrites the item with itself.
    """
    item = measurement(record["body"])
    table().put_item(Item=item)
    announced = events().put_events(
        Entries=[
            {
                "EventBusName": os.environ["EVENT_BUS_NAME"],
                "Source": "vitascope.processor",
                "DetailType": "MeasurementStored",
                "Detail": json.dumps({name: str(item[name]) for name in REQUIRED[:3]}),
            }
        ]
    )
    if announced["FailedEntryCount"]:
        raise RuntimeError(announced["Entries"][0]["ErrorMessage"])


def handle(event, _context):
    """Handle a batch; the answer names the messages that are to be delivered again."""
    failed = []
    for record in event["Records"]:
        try:
            store(record)
        except Exception as error:  # one bad message must not hold up the other nine
            # The id and the kind of error only: the body is health data.
            print(json.dumps({"message_id": record["messageId"], "error": type(error).__name__}))
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
