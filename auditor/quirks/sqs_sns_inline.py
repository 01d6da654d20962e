"""Policies inside a queue, topic, key or secret become the resources that can hold them instead.

`aws_sqs_queue.policy` and `.redrive_policy` say what `aws_sqs_queue_policy` and
`aws_sqs_queue_redrive_policy` say, `aws_sns_topic.policy` what `aws_sns_topic_policy` says, and so
do KMS keys and secrets. A state repeats in the owner what the resource beside it says.
"""

from __future__ import annotations

from typing import Any

from auditor.model import Model
from auditor.quirks.inside import Inside
from auditor.resource import Resource
from auditor.values import Ref, Unknown

_ARGUMENTS = (
    ("aws_sqs_queue", "policy", "aws_sqs_queue_policy", "queue_url", "id"),
    ("aws_sqs_queue", "redrive_policy", "aws_sqs_queue_redrive_policy", "queue_url", "id"),
    ("aws_sns_topic", "policy", "aws_sns_topic_policy", "arn", "arn"),
    ("aws_api_gateway_rest_api", "policy", "aws_api_gateway_rest_api_policy", "rest_api_id", "id"),
    ("aws_kms_key", "policy", "aws_kms_key_policy", "key_id", "key_id"),
    ("aws_kms_replica_key", "policy", "aws_kms_key_policy", "key_id", "key_id"),
    ("aws_kms_external_key", "policy", "aws_kms_key_policy", "key_id", "key_id"),
    (
        "aws_secretsmanager_secret",
        "policy",
        "aws_secretsmanager_secret_policy",
        "secret_arn",
        "arn",
    ),
)
"""Type, its argument, the type that says the same, its link back, and the attribute linked to."""


def split_inline_policies(model: Model) -> None:
    """Adds a policy resource for each policy that is written inside its owner."""
    for tf, argument, becomes, link, attribute in _ARGUMENTS:
        named = _named(model, becomes, link)
        for owner in list(model.by_type.get(tf, ())):
            value = owner.data.get(argument)
            if value is None or _is_aws_to_say(value, owner) or _names(owner) & named:
                continue
            name = owner.data.get(attribute)
            own = Unknown((Ref(owner.address, (attribute,)),), exact=True)
            model.add(
                Resource(
                    f"{owner.address}.{argument}",
                    becomes,
                    {link: own if name is None else name, argument: value},
                    source=owner.source,
                    provenance=Inside(owner, argument),
                    exists=owner.exists,
                    region=owner.region,
                    account=owner.account,
                    stand_alone=owner.stand_alone,
                )
            )


def _is_aws_to_say(value: Any, owner: Resource) -> bool:
    """Whether a plan says no more than that AWS decides: nothing is written there."""
    return isinstance(value, Unknown) and value.exact and value.refs[0].address == owner.address


def _named(model: Model, tf: str, link: str) -> set[str]:
    """What the resources of a type name by a value: their owners are not to say it again."""
    values = (resource.data.get(link) for resource in model.by_type.get(tf, ()))
    return {value for value in values if isinstance(value, str)}


def _names(owner: Resource) -> set[str]:
    values = map(owner.data.get, ("id", "arn", "key_id"))
    return {value for value in values if isinstance(value, str)}
