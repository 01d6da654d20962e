"""Rules about queues, topics, tables and caches say of an account what they say of code."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from auditor.rules.backups import dynamodb as dynamodb_backups
from auditor.rules.backups import elasticache as cache_backups
from auditor.rules.encryption import dynamodb as dynamodb_encryption
from auditor.rules.encryption import elasticache as cache_encryption
from auditor.rules.encryption import sns as sns_encryption
from auditor.rules.encryption import sqs as sqs_encryption
from auditor.rules.iam import sns as sns_iam
from auditor.rules.iam import sqs as sqs_iam
from auditor.rules.multi_az import dynamodb as dynamodb_availability
from auditor.rules.multi_az import elasticache as cache_availability
from auditor.rules.multi_az import sqs as sqs_availability
from auditor.rules.operations import elasticache as cache_operations
from emulated_account import Account

from auditor.testing import check_twins

pytestmark = pytest.mark.emulator

Step = Callable[[Account], object]


@pytest.fixture
def twins(moto_server: Any, make_client: Callable[..., Any]) -> Callable[..., None]:
    """`twins(rule, bad, good)`: each makes its state in an empty account."""
    account = Account(make_client)

    def check(rule: Any, bad: Step, good: Step) -> None:
        check_twins(
            rule,
            moto_server.url,
            bad=lambda: bad(account),
            good=lambda: good(account),
            reset=moto_server.reset,
        )

    return check


def named(each: object) -> str:
    return str(getattr(each, "id", ""))


# -- queues and topics ----------------------------------------------------------------------------


def document(principal: object = "*", action: str = "sqs:SendMessage", **more: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **more}]})


def tls_only(action: str) -> str:
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    return document(action=action, Effect="Deny", Condition=plain)


OWN = {"AWS": "arn:aws:iam::123456789012:root"}


def queue(**attributes: str) -> Step:
    return lambda account: account.client("sqs", "eu-west-1").create_queue(
        QueueName="q", Attributes=attributes
    )


def with_dead_letters(account: Account) -> None:
    client = account.client("sqs", "eu-west-1")
    client.create_queue(QueueName="dead")
    arn = "arn:aws:sqs:eu-west-1:123456789012:dead"
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
    client.create_queue(QueueName="q", Attributes={"RedrivePolicy": redrive})


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (
            sqs_encryption.queue_in_the_clear,
            queue(SqsManagedSseEnabled="false"),
            queue(SqsManagedSseEnabled="true"),
        ),
        (sqs_encryption.queue_without_own_key, queue(), queue(KmsMasterKeyId="alias/mine")),
        (
            sqs_encryption.requests_without_tls,
            queue(Policy=document(OWN)),
            queue(Policy=tls_only("sqs:*")),
        ),
        (sqs_iam.queue_for_anyone, queue(Policy=document()), queue(Policy=document(OWN))),
        (
            sqs_iam.every_action_allowed,
            queue(Policy=document(OWN, "sqs:*")),
            queue(Policy=document(OWN)),
        ),
        (sqs_availability.no_dead_letter_queue, queue(), with_dead_letters),
    ],
    ids=named,
)
def test_queues(twins: Any, rule: Any, bad: Step, good: Step) -> None:
    twins(rule, bad, good)


def topic(**attributes: str) -> Step:
    return lambda account: account.client("sns", "eu-west-1").create_topic(
        Name="t", Attributes=attributes
    )


def subscribed(protocol: str) -> Step:
    def make(account: Account) -> None:
        client = account.client("sns", "eu-west-1")
        arn = client.create_topic(Name="t")["TopicArn"]
        client.subscribe(TopicArn=arn, Protocol=protocol, Endpoint=f"{protocol}://example.com/")

    return make


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (sns_encryption.topic_in_the_clear, topic(), topic(KmsMasterKeyId="alias/aws/sns")),
        (
            sns_encryption.topic_without_own_key,
            topic(KmsMasterKeyId="alias/aws/sns"),
            topic(KmsMasterKeyId="alias/mine"),
        ),
        (sns_encryption.delivers_over_http, subscribed("http"), subscribed("https")),
        (
            sns_encryption.publishing_without_tls,
            topic(),
            topic(Policy=tls_only("sns:Publish")),
        ),
        (
            sns_iam.topic_for_anyone,
            topic(Policy=document(action="sns:Publish")),
            topic(Policy=document(OWN, "sns:Publish")),
        ),
    ],
    ids=named,
)
def test_topics(twins: Any, rule: Any, bad: Step, good: Step) -> None:
    twins(rule, bad, good)


# -- tables and caches ----------------------------------------------------------------------------


def table(*, recovery: bool = False, **more: Any) -> Step:
    def make(account: Account) -> None:
        client = account.client("dynamodb", "eu-west-1")
        client.create_table(
            TableName="table",
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            **more,
        )
        if recovery:
            client.update_continuous_backups(
                TableName="table",
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            )

    return make


def own_key(account: Account) -> None:
    key = account.client("kms", "eu-west-1").create_key()["KeyMetadata"]["Arn"]
    sse = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    table(SSESpecification=sse)(account)


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (dynamodb_backups.no_point_in_time_recovery, table(), table(recovery=True)),
        (dynamodb_encryption.table_without_own_key, table(), own_key),
        (
            dynamodb_availability.can_be_deleted,
            table(DeletionProtectionEnabled=False),
            table(DeletionProtectionEnabled=True),
        ),
    ],
    ids=named,
)
def test_tables(twins: Any, rule: Any, bad: Step, good: Step) -> None:
    twins(rule, bad, good)


def cache(**more: Any) -> Step:
    return lambda account: account.client("elasticache", "eu-west-1").create_replication_group(
        ReplicationGroupId="c", ReplicationGroupDescription="d", Engine="redis", **more
    )


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (cache_backups.no_snapshots, cache(), cache(SnapshotRetentionLimit=7)),
        (
            cache_encryption.cache_in_the_clear,
            cache(AtRestEncryptionEnabled=False),
            cache(AtRestEncryptionEnabled=True),
        ),
        (
            cache_encryption.cache_without_own_key,
            cache(AtRestEncryptionEnabled=True),
            cache(AtRestEncryptionEnabled=True, KmsKeyId="alias/mine"),
        ),
        (
            cache_encryption.cache_without_tls,
            cache(TransitEncryptionEnabled=False),
            cache(TransitEncryptionEnabled=True),
        ),
        (
            cache_availability.no_failover,
            cache(AutomaticFailoverEnabled=False),
            cache(AutomaticFailoverEnabled=True, NumCacheClusters=2),
        ),
        (
            cache_availability.one_zone,
            cache(MultiAZEnabled=False),
            cache(MultiAZEnabled=True, AutomaticFailoverEnabled=True, NumCacheClusters=2),
        ),
        (
            cache_operations.no_minor_upgrades,
            cache(AutoMinorVersionUpgrade=False),
            cache(AutoMinorVersionUpgrade=True),
        ),
    ],
    ids=named,
)
def test_caches(twins: Any, rule: Any, bad: Step, good: Step) -> None:
    twins(rule, bad, good)
