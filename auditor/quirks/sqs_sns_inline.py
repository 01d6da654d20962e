"""Policies inside a queue or topic become the resources that can hold them instead.

`aws_sqs_queue.policy` and `.redrive_policy` say what `aws_sqs_queue_policy` and
`aws_sqs_queue_redrive_policy` say, `aws_sns_topic.policy` what `aws_sns_topic_policy` says.
"""

from __future__ import annotations

from auditor.model import Model
from auditor.quirks.inside import Inside
from auditor.resource import Resource
from auditor.values import Ref, Unknown

_ARGUMENTS = (
    ("aws_sqs_queue", "policy", "aws_sqs_queue_policy", "queue_url", "id"),
    ("aws_sqs_queue", "redrive_policy", "aws_sqs_queue_redrive_policy", "queue_url", "id"),
    ("aws_sns_topic", "policy", "aws_sns_topic_policy", "arn", "arn"),
)
"""Type, its argument, the type that says the same, its link back, and the attribute linked to."""


def split_inline_policies(model: Model) -> None:
    """Adds a policy resource for each policy that is written inside its queue or topic."""
    for tf, argument, becomes, link, attribute in _ARGUMENTS:
        for owner in list(model.by_type.get(tf, ())):
            value = owner.data.get(argument)
            if value is None:
                continue
            name = owner.data.get(attribute)
            own = Unknown((Ref(owner.address, (attribute,)),), exact=True)
            model.add(
                Resource(
                    f"{owner.address}.{argument}",
                    becomes,
                    {link: name or own, argument: value},
                    source=owner.source,
                    provenance=Inside(owner, argument),
                    exists=owner.exists,
                    region=owner.region,
                    account=owner.account,
                    stand_alone=owner.stand_alone,
                )
            )
