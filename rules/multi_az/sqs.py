"""Reliability of SQS queues."""

from __future__ import annotations

import re

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.sqs import SqsQueue, SqsQueueRedrivePolicy, dead_letter_arn
from auditor.values import Unknown, some

_INSTANCE = re.compile(r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]$')


@rule(
    "HA-SQS-DLQ",
    severity="medium",
    on=SqsQueue,
    family="high-availability",
    reads=(SqsQueueRedrivePolicy,),
)
def no_dead_letter_queue(queue: SqsQueue) -> Finding | NotApplicable | None:
    """Queues have a dead letter queue.

    Why: a message that cannot be processed comes back until it expires, and is then lost without
    a trace.
    Fix: set `redrive_policy = jsonencode({ deadLetterTargetArn = …, maxReceiveCount = 5 })`.
    Source: SQS API, RedrivePolicy; none unless set.
    """
    if some(queue.everything(SqsQueueRedrivePolicy), lambda policy: _points_at(policy, queue)):
        return not_applicable("it is itself a dead letter queue")
    if some(queue.related(SqsQueueRedrivePolicy), _names_a_queue):
        return None
    return queue.finding("has no dead letter queue")


def _names_a_queue(policy: SqsQueueRedrivePolicy) -> bool:
    return dead_letter_arn(policy.redrive_policy) is not None


def _points_at(policy: SqsQueueRedrivePolicy, queue: SqsQueue) -> bool:
    target = dead_letter_arn(policy.redrive_policy)
    if isinstance(target, Unknown):
        names = {ref.address for ref in target.refs}
        if queue.address not in names and _INSTANCE.sub("", queue.address) in names:
            target.undetermined()  # one of the instances, as a plan without its code has it
        return queue.address in names
    return target is not None and target == queue.data.get("arn")
