"""Amazon Simple Notification Service.

Sources: SNS API reference (ListTopics, GetTopicAttributes, ListSubscriptions), AWS provider 5.100.0
documentation of `aws_sns_topic`, `aws_sns_topic_policy`, `aws_sns_topic_subscription`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader
from auditor.aws.tagging import TAGS, tags_at, tags_of
from auditor.resource import Bool, Json, Link, Resource, Str, StrMap
from auditor.values import Unknown


class SnsTopic(Resource, tf="aws_sns_topic"):
    """A topic. Its ARN is its id."""

    identity = ("name",)
    arn = Str(computed=True)
    fifo_topic = Bool(default=False)
    kms_master_key_id = Link("aws_kms_key", "aws_kms_alias", by=("key_id", "name"))
    name = Str(computed=True)
    tags = StrMap()


class SnsTopicPolicy(Resource, tf="aws_sns_topic_policy"):
    """The access policy of a topic; without one only the owner has access."""

    arn = Link("aws_sns_topic", by=("arn",))
    policy = Json()


class SnsTopicSubscription(Resource, tf="aws_sns_topic_subscription"):
    """Where a topic delivers to."""

    endpoint = Str()
    protocol = Str()
    topic_arn = Link("aws_sns_topic", by=("arn",))


@reader(
    yields=(SnsTopic, SnsTopicPolicy),
    calls=("sns.list_topics", "sns.get_topic_attributes", TAGS),
    details={TAGS: ("tags",)},
)
def topics(aws: Aws) -> Iterator[Resource]:
    """Topics, with their policies as resources of their own."""
    tags = tags_of(aws, "sns")

    def read(topic: Mapping[str, Any]) -> Iterator[Resource]:
        arn = topic["TopicArn"]
        attributes: Any = aws.ask("sns.get_topic_attributes", TopicArn=arn).get("Attributes")
        name = arn.rsplit(":", 1)[-1]
        yield aws.resource(
            SnsTopic,
            arn,
            {
                "arn": arn,
                "name": name,
                "fifo_topic": name.endswith(".fifo"),
                "kms_master_key_id": attributes.get("KmsMasterKeyId"),
                "tags": tags_at(tags, arn),
            },
        )
        if isinstance(attributes, Unknown):
            yield aws.resource(SnsTopicPolicy, arn, attributes, named={"arn": arn})
        elif attributes.get("Policy"):
            yield aws.resource(SnsTopicPolicy, arn, {"arn": arn, "policy": attributes["Policy"]})

    yield from aws.parallel(read, aws.list("sns.list_topics", "Topics"))


@reader(yields=(SnsTopicSubscription,), calls=("sns.list_subscriptions",))
def subscriptions(aws: Aws) -> Iterator[Resource]:
    """Subscriptions; one that waits for confirmation has no ARN yet."""
    for item in aws.list("sns.list_subscriptions", "Subscriptions"):
        arn = item["SubscriptionArn"]
        yield aws.resource(
            SnsTopicSubscription,
            arn if arn.startswith("arn:") else f"{item['TopicArn']} {item.get('Endpoint', '')}",
            {
                "arn": arn,
                "endpoint": item.get("Endpoint"),
                "protocol": item["Protocol"],
                "topic_arn": item["TopicArn"],
            },
        )
