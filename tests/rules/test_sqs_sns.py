"""Rules about SQS and SNS."""

from __future__ import annotations

import pytest
from auditor.rules.encryption import sns as sns_encryption
from auditor.rules.encryption import sqs as sqs_encryption
from auditor.rules.iam import sns as sns_iam
from auditor.rules.iam import sqs as sqs_iam
from auditor.rules.multi_az import sqs as sqs_reliability

from auditor.testing import check_rule

UNSET = 'variable "key" { type = string }\nvariable "policy" { type = string }\n'
OWN_KEY = 'resource "aws_kms_key" "k" {}\n'


def queue(body: str = "") -> str:
    return f'resource "aws_sqs_queue" "q" {{\n  name = "q"\n{body}\n}}\n'


def topic(body: str = "") -> str:
    return f'resource "aws_sns_topic" "t" {{\n  name = "t"\n{body}\n}}\n'


def policy(statement: str, of: str = "queue") -> str:
    document = f'<<-EOT\n    {{"Version": "2012-10-17", "Statement": [{statement}]}}\n  EOT'
    if of == "queue":
        return (
            'resource "aws_sqs_queue_policy" "p" {\n  queue_url = aws_sqs_queue.q.id\n'
            f"  policy = {document}\n}}\n"
        )
    return (
        'resource "aws_sns_topic_policy" "p" {\n  arn = aws_sns_topic.t.arn\n'
        f"  policy = {document}\n}}\n"
    )


DENY_PLAIN = (
    '{"Sid": "tls", "Effect": "Deny", "Principal": "*", "Action": "%s", "Resource": "*",'
    ' "Condition": {"Bool": {"aws:SecureTransport": "false"}}}'
)
ANYONE = '{"Effect": "Allow", "Principal": "*", "Action": "%s", "Resource": "*"}'
PINNED = (
    '{"Effect": "Allow", "Principal": "*", "Action": "%s", "Resource": "*",'
    ' "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::data"}}}'
)


def test_at_rest():
    check_rule(
        sqs_encryption.queue_in_the_clear,
        bad=queue("sqs_managed_sse_enabled = false"),
        good=queue() + 'resource "aws_sqs_queue" "r" { kms_master_key_id = "alias/mine" }',
        unknown='variable "sse" { type = bool }\n' + queue("sqs_managed_sse_enabled = var.sse"),
        at="sqs_managed_sse_enabled",
    )


@pytest.mark.parametrize(
    ("rule", "resource"),
    [
        (sqs_encryption.queue_without_own_key, queue),
        (sns_encryption.topic_without_own_key, topic),
    ],
)
def test_own_keys(rule, resource):
    check_rule(
        rule,
        bad=resource('kms_master_key_id = "alias/aws/any"'),
        good=OWN_KEY + resource("kms_master_key_id = aws_kms_key.k.arn"),
        unknown=UNSET + resource("kms_master_key_id = var.key"),
        at="kms_master_key_id",
    )


def test_topics_at_rest():
    check_rule(
        sns_encryption.topic_in_the_clear,
        bad=topic(),
        good=topic('kms_master_key_id = "alias/mine"'),
    )


def test_queues_refuse_plain_http():
    check_rule(
        sqs_encryption.requests_without_tls,
        bad=queue() + policy(PINNED % "sqs:SendMessage"),
        good=queue() + policy(DENY_PLAIN % "sqs:*"),
        unknown=UNSET
        + queue()
        + 'resource "aws_sqs_queue_policy" "p" {\n  queue_url = aws_sqs_queue.q.id\n'
        "  policy = var.policy\n}",
        at="policy",
    )


def test_a_queue_without_any_policy_does_not_refuse_plain_http():
    check_rule(
        sqs_encryption.requests_without_tls,
        bad=queue(),
        good=queue(f'policy = <<EOT\n{{"Statement": [{DENY_PLAIN % "sqs:*"}]}}\nEOT\n'),
    )


def test_topics_refuse_plain_http():
    check_rule(
        sns_encryption.publishing_without_tls,
        bad=topic(),
        good=topic() + policy(DENY_PLAIN % "sns:Publish", "topic"),
        unknown=UNSET
        + topic()
        + 'resource "aws_sns_topic_policy" "p" {\n  arn = aws_sns_topic.t.arn\n'
        "  policy = var.policy\n}",
    )


def test_subscriptions_use_https():
    def subscription(protocol: str) -> str:
        return (
            'resource "aws_sns_topic_subscription" "s" {\n'
            '  topic_arn = "arn:aws:sns:eu-west-1:1:t"\n'
            f'  protocol = {protocol}\n  endpoint = "x"\n}}\n'
        )

    check_rule(
        sns_encryption.delivers_over_http,
        bad=subscription('"http"'),
        good=subscription('"https"'),
        unknown='variable "p" { type = string }\n' + subscription("var.p"),
        at="protocol",
    )


def test_queues_are_not_for_anyone():
    check_rule(
        sqs_iam.queue_for_anyone,
        bad=queue() + policy(ANYONE % "sqs:SendMessage"),
        good=queue() + policy(PINNED % "sqs:SendMessage"),
        unknown=UNSET
        + 'resource "aws_sqs_queue_policy" "p" {\n  queue_url = "u"\n  policy = var.policy\n}',
        at="policy",
    )


def test_topics_are_not_for_anyone():
    check_rule(
        sns_iam.topic_for_anyone,
        bad=topic() + policy(ANYONE % "sns:Publish", "topic"),
        good=topic() + policy(PINNED % "sns:Publish", "topic"),
        unknown=UNSET + topic("policy = var.policy"),
        at="policy",
    )


def test_queue_policies_name_actions():
    check_rule(
        sqs_iam.every_action_allowed,
        bad=queue() + policy(PINNED % "sqs:*"),
        good=queue() + policy(PINNED % "sqs:SendMessage") + policy_of_other(),
        unknown=UNSET + queue("policy = var.policy"),
        at="policy",
    )


def policy_of_other() -> str:
    """A Deny of everything is no permission."""
    return (
        'resource "aws_sqs_queue_policy" "deny" {\n  queue_url = "u"\n'
        f'  policy = <<EOT\n{{"Statement": [{DENY_PLAIN % "sqs:*"}]}}\nEOT\n}}\n'
    )


def test_dead_letter_queues():
    redrive = (
        'resource "aws_sqs_queue_redrive_policy" "r" {\n  queue_url = aws_sqs_queue.q.id\n'
        '  redrive_policy = "{\\"deadLetterTargetArn\\": \\"${aws_sqs_queue.dead.arn}\\"}"\n}\n'
    )
    check_rule(
        sqs_reliability.no_dead_letter_queue,
        bad=queue(),
        good=queue() + redrive + 'resource "aws_sqs_queue" "dead" { name = "dead" }',
        unknown='variable "q" { type = string }\n'
        + queue()
        + 'resource "aws_sqs_queue_redrive_policy" "r" {\n  queue_url = var.q\n'
        '  redrive_policy = jsonencode({ deadLetterTargetArn = "arn:d" })\n}\n',
    )
    check_rule(
        sqs_reliability.no_dead_letter_queue,
        bad=queue() + 'resource "aws_sqs_queue_redrive_policy" "r" {\n'
        '  queue_url = aws_sqs_queue.q.id\n  redrive_policy = "{}"\n}\n',
        good=queue() + redrive + 'resource "aws_sqs_queue" "dead" { name = "dead" }',
    )
