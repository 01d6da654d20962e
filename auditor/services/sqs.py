"""Amazon Simple Queue Service.

Sources: SQS API reference (ListQueues, GetQueueAttributes), AWS provider 5.100.0
documentation of `aws_sqs_queue`, `aws_sqs_queue_policy`, `aws_sqs_queue_redrive_policy`.

The policy of a queue stands in `aws_sqs_queue.policy` or in a resource of its own, and so does its
redrive policy; auditor.quirks.sqs_inline brings both into the resources.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from auditor.aws.reader import Aws, reader
from auditor.aws.tagging import TAGS, tags_at, tags_of
from auditor.resource import Bool, Json, Link, Num, Resource, Str, StrMap
from auditor.values import Unknown


class SqsQueue(Resource, tf="aws_sqs_queue"):
    """A queue. Its URL is its id."""

    identity = ("name",)
    arn = Str(computed=True)
    fifo_queue = Bool(default=False)
    kms_master_key_id = Link("aws_kms_key", "aws_kms_alias", by=("key_id", "name"))
    message_retention_seconds = Num(default=345600)
    name = Str(computed=True)
    # With neither argument set, SQS encrypts new queues with its own keys (since 2022).
    sqs_managed_sse_enabled = Bool(default=True)
    tags = StrMap()
    visibility_timeout_seconds = Num(default=30)


class SqsQueuePolicy(Resource, tf="aws_sqs_queue_policy"):
    """The access policy of a queue."""

    policy = Json()
    queue_url = Link("aws_sqs_queue", by=("url", "arn", "name"))


class SqsQueueRedrivePolicy(Resource, tf="aws_sqs_queue_redrive_policy"):
    """Where a queue sends messages that were received too often without being deleted."""

    queue_url = Link("aws_sqs_queue", by=("url", "arn", "name"))
    redrive_policy = Json()


@reader(
    yields=(SqsQueue, SqsQueuePolicy, SqsQueueRedrivePolicy),
    calls=("sqs.list_queues", "sqs.get_queue_attributes", TAGS),
    details={TAGS: ("tags",)},
)
def queues(aws: Aws) -> Iterator[Resource]:
    """Queues, with their policies as resources of their own."""
    tags = tags_of(aws, "sqs")

    def read(url: str) -> Iterator[Resource]:
        reply = aws.ask("sqs.get_queue_attributes", QueueUrl=url, AttributeNames=["All"])
        attributes: Any = reply.get("Attributes")
        name = url.rsplit("/", 1)[-1]
        about = _queue(aws, url, name, attributes)
        about["tags"] = tags_at(tags, about["arn"])
        yield aws.resource(SqsQueue, url, about, called=name)
        for cls, key, argument in (
            (SqsQueuePolicy, "Policy", "policy"),
            (SqsQueueRedrivePolicy, "RedrivePolicy", "redrive_policy"),
        ):
            if isinstance(attributes, Unknown):
                named = {"queue_url": url}
                yield aws.resource(cls, url, attributes, named=named, called=name)
            elif attributes.get(key):
                said = {"queue_url": url, argument: attributes[key]}
                yield aws.resource(cls, url, said, called=name)

    yield from aws.parallel(read, aws.list("sqs.list_queues", "QueueUrls"))


def _queue(aws: Aws, url: str, name: str, attributes: Any) -> dict[str, Any]:
    return {
        "arn": f"arn:{aws.partition}:sqs:{aws.region}:{aws.account_id}:{name}",
        "url": url,
        "name": name,
        "fifo_queue": name.endswith(".fifo"),
        "kms_master_key_id": attributes.get("KmsMasterKeyId"),
        "message_retention_seconds": lambda: int(attributes["MessageRetentionPeriod"]),
        # AWS always says; an emulator that leaves it out means off.
        "sqs_managed_sse_enabled": lambda: attributes.get("SqsManagedSseEnabled") == "true",
        "visibility_timeout_seconds": lambda: int(attributes["VisibilityTimeout"]),
    }


def dead_letter_arn(redrive_policy: Any) -> Any:
    """The queue that a redrive policy names: an ARN, an `Unknown`, or None."""
    if redrive_policy is None or isinstance(redrive_policy, Unknown):
        return redrive_policy
    try:
        named = json.loads(redrive_policy)
    except ValueError:
        return Unknown(because="the redrive policy is no JSON")
    return named.get("deadLetterTargetArn") if isinstance(named, dict) else None
