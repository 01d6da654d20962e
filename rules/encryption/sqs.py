"""Encryption of SQS queues: at rest, and on the way."""

from __future__ import annotations

from auditor.policy import Policy
from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.kms import KmsAlias, KmsKey, is_aws_managed_key
from auditor.services.sqs import SqsQueue, SqsQueuePolicy


@rule(
    "ENC-SQS-AT-REST",
    severity="medium",
    on=SqsQueue,
    family="encryption",
    aliases={
        "checkov": "CKV_AWS_27",
        "trivy": "AWS-0096",
        "prowler": "sqs_queues_server_side_encryption_enabled",
    },
    frameworks={
        "fsbp": "SQS.1",
        "nist-800-53-r5": "CA-9(1) CM-3(6) SC-7(10) SC-13 SC-28 SC-28(1) SI-7(6)",
    },
)
def queue_in_the_clear(queue: SqsQueue) -> Finding | None:
    """Queues are encrypted at rest.

    Why: messages wait on disk in the clear.
    Fix: remove `sqs_managed_sse_enabled = false`, or set `kms_master_key_id`.
    Source: SQS API, GetQueueAttributes: KmsMasterKeyId, SqsManagedSseEnabled; with neither set SQS
    encrypts new queues with its own keys.
    """
    if queue.kms_master_key_id is None and not queue.sqs_managed_sse_enabled:
        return queue.finding("is not encrypted", at="sqs_managed_sse_enabled")
    return None


@rule(
    "ENC-SQS-CMK",
    severity="medium",
    on=SqsQueue,
    family="encryption",
    reads=(KmsKey, KmsAlias),
    requires=("ENC-SQS-AT-REST",),
    aliases={
        "checkov": "CKV2_AWS_73",
        "trivy": "AWS-0135",
    },
)
def queue_without_own_key(queue: SqsQueue) -> Finding | None:
    """Queues use a customer managed key.

    Why: with SQS's own keys whoever may read the queue may read the messages; a key of your own
    adds a second permission and a record of every use.
    Fix: set `kms_master_key_id` to a key of your own.
    Source: SQS API, KmsMasterKeyId; `alias/aws/sqs` is the AWS managed key.
    """
    if queue.kms_master_key_id is None:
        return queue.finding("is encrypted with keys of SQS", at="kms_master_key_id")
    if is_aws_managed_key(queue, "kms_master_key_id"):
        return queue.finding("is encrypted with an AWS managed key", at="kms_master_key_id")
    return None


@rule(
    "ENC-SQS-TLS-ONLY",
    severity="medium",
    on=SqsQueue,
    family="encryption",
    reads=(SqsQueuePolicy,),
)
def requests_without_tls(queue: SqsQueue) -> Finding | None:
    """Queue policies deny requests without TLS.

    Why: SQS answers plain HTTP as well; messages then travel in the clear.
    Fix: add a statement to the queue's policy: `Effect = "Deny"`, `Principal = "*"`,
    `Action = "sqs:*"`, with `Condition = { Bool = { "aws:SecureTransport" = "false" } }`.
    Source: SQS Developer Guide, security best practices, "Enforce encryption of data in transit".
    """
    for attached in queue.related(SqsQueuePolicy):
        if Policy.parse(attached.policy).denies_insecure_transport(("sqs:*",)):
            return None
        return attached.finding("does not deny requests without TLS", at="policy")
    return queue.finding("has no policy that denies requests without TLS")
