"""Encryption of SNS topics: at rest, and on the way."""

from __future__ import annotations

from auditor.policy import Policy
from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.kms import KmsAlias, KmsKey, is_aws_managed_key
from auditor.services.sns import SnsTopic, SnsTopicPolicy, SnsTopicSubscription


@rule(
    "ENC-SNS-AT-REST",
    severity="high",
    on=SnsTopic,
    family="encryption",
    aliases={
        "checkov": "CKV_AWS_26",
        "trivy": "AWS-0095",
        "prowler": "sns_topics_kms_encryption_at_rest_enabled",
    },
    frameworks={
        "fsbp": "SNS.1",
        "nist-800-53-r5": "CA-9(1) CM-3(6) SC-7(10) SC-13 SC-28 SC-28(1) SI-7(6)",
        "pci-dss-4": "3.5.1 8.3.2",
    },
)
def topic_in_the_clear(topic: SnsTopic) -> Finding | None:
    """Topics are encrypted with a KMS key.

    Why: messages that wait for delivery are stored in the clear.
    Fix: set `kms_master_key_id`.
    Source: SNS API, GetTopicAttributes: KmsMasterKeyId; not encrypted unless set.
    """
    if topic.kms_master_key_id is None:
        return topic.finding("is not encrypted", at="kms_master_key_id")
    return None


@rule(
    "ENC-SNS-CMK",
    severity="medium",
    on=SnsTopic,
    family="encryption",
    reads=(KmsKey, KmsAlias),
    requires=("ENC-SNS-AT-REST",),
    aliases={
        "trivy": "AWS-0136",
    },
)
def topic_without_own_key(topic: SnsTopic) -> Finding | None:
    """Topics use a customer managed key.

    Why: the AWS managed key's policy cannot be changed, so other AWS services cannot be allowed to
    publish, and its use cannot be revoked.
    Fix: set `kms_master_key_id` to a key of your own.
    Source: SNS API, KmsMasterKeyId; `alias/aws/sns` is the AWS managed key.
    """
    if is_aws_managed_key(topic, "kms_master_key_id"):
        return topic.finding("is encrypted with an AWS managed key", at="kms_master_key_id")
    return None


@rule(
    "ENC-SNS-SUBSCRIPTION-HTTPS",
    severity="high",
    on=SnsTopicSubscription,
    family="encryption",
    aliases={
        "prowler": "sns_subscription_not_using_http_endpoints",
    },
)
def delivers_over_http(subscription: SnsTopicSubscription) -> Finding | None:
    """No subscription delivers over plain HTTP.

    Why: messages travel in the clear and anyone on the way can read or change them.
    Fix: use `protocol = "https"` and an endpoint with a certificate.
    Source: SNS API, Subscribe: Protocol.
    """
    if subscription.protocol == "http":
        return subscription.finding("delivers over plain HTTP", at="protocol")
    return None


@rule(
    "ENC-SNS-TLS-ONLY",
    severity="medium",
    on=SnsTopic,
    family="encryption",
    reads=(SnsTopicPolicy,),
)
def publishing_without_tls(topic: SnsTopic) -> Finding | None:
    """Topic policies deny publishing without TLS.

    Why: SNS answers plain HTTP as well; what is published then travels in the clear.
    Fix: add a statement to the topic's policy: `Effect = "Deny"`, `Principal = "*"`,
    `Action = "sns:Publish"`, with `Condition = { Bool = { "aws:SecureTransport" = "false" } }`.
    Source: SNS Developer Guide, security best practices, "Enforce encryption of data in transit".
    """
    for attached in topic.related(SnsTopicPolicy):
        if Policy.parse(attached.policy).denies_insecure_transport(("sns:Publish",)):
            return None
        return attached.finding("does not deny publishing without TLS", at="policy")
    return topic.finding("has no policy that denies publishing without TLS")
