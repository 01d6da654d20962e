"""What a scan needs to be allowed, and what the present credentials would leave blind."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

import pytest
from faults import Answer, Faults, denied
from small_readers import (
    READERS,
    Bucket,
    BucketPolicy,
    Database,
    Queue,
    bucket_policies,
    buckets,
    databases,
    populate,
    queues,
)

from auditor.aws.permissions import iam_policy, managed, preflight, principal_arn
from auditor.aws.selection import all_readers, readers_for
from auditor.aws.session import connect
from auditor.config import AwsSettings
from auditor.rule import rule


def made(id, on, reads=(), where=("code", "live")):
    def check(resource):
        """Something is so.

        Why: because.
        Fix: do it.
        Source: a test.
        """

    return rule(id, severity="low", on=on, reads=reads, family="iam", where=where)(check)


QUEUES = made("T-SQS-A", Queue)
DATABASES = made("T-RDS-A", Database)
POLICIES = made("T-S3-A", Bucket, reads=(BucketPolicy,))
CODE_ONLY = made("T-RDS-B", Database, where=("code",))


def test_rules_need_the_readers_of_what_they_judge_and_ask_for():
    assert readers_for([POLICIES, QUEUES], READERS) == [queues, buckets, bucket_policies]


def test_rules_that_judge_code_only_need_no_reader():
    assert readers_for([CODE_ONLY], READERS) == []


def test_every_service_module_gives_its_readers():
    names = [reader.name for reader in all_readers()]
    assert {"rds.db_instances", "s3.buckets", "kms.keys"} <= set(names)
    assert names == sorted(set(names))


def test_the_policy_allows_exactly_what_is_called():
    assert iam_policy([databases, buckets]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AuditorReads",
                "Effect": "Allow",
                "Action": [
                    "ec2:DescribeRegions",
                    "rds:DescribeDBInstances",
                    "s3:GetBucketTagging",
                    "s3:ListAllMyBuckets",
                ],
                "Resource": "*",
            }
        ],
    }


def test_the_policy_for_everything_fits_a_roles_inline_policy():
    """IAM counts the characters without white space."""
    policy = json.dumps(iam_policy(all_readers()), separators=(",", ":"))
    assert len(policy) <= 10_240


def test_managed_policies_hold_the_same_actions_in_pieces_that_fit():
    whole = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AuditorReads",
                "Effect": "Allow",
                "Action": [f"service:DescribeTheThingNumber{n:04}" for n in range(400)],
                "Resource": "*",
            }
        ],
    }
    parts = managed(whole)
    assert [part["Statement"][0]["Sid"] for part in parts] == [
        "AuditorReads1",
        "AuditorReads2",
        "AuditorReads3",
    ]
    assert all(len(json.dumps(part, separators=(",", ":"))) <= 6144 for part in parts)
    actions = [action for part in parts for action in part["Statement"][0]["Action"]]
    assert actions == whole["Statement"][0]["Action"]


@pytest.mark.parametrize(
    ("caller", "principal"),
    [
        ("arn:aws:iam::123456789012:user/ops/ann", "arn:aws:iam::123456789012:user/ops/ann"),
        (
            "arn:aws:sts::123456789012:assumed-role/audit/session",
            "arn:aws:iam::123456789012:role/audit",
        ),
        (
            "arn:aws-cn:sts::123456789012:assumed-role/audit/session",
            "arn:aws-cn:iam::123456789012:role/audit",
        ),
        ("arn:aws:iam::123456789012:root", None),
        ("arn:aws:sts::123456789012:federated-user/bob", None),
    ],
)
def test_whose_policies_apply(caller, principal):
    assert principal_arn(caller) == principal


@pytest.fixture(scope="module")
def endpoint(moto_server, make_client):
    moto_server.reset()
    populate(make_client)
    return moto_server.url


def check(url, rules):
    account = connect(AwsSettings(endpoint_url=url, regions=("eu-west-1",)), attempts=1)
    found = preflight(account, rules, READERS)
    return found, {each.rule.id: each.actions for each in found.blind}


@pytest.mark.emulator
def test_where_iam_does_not_simulate_the_calls_are_tried_on_one_resource_each(endpoint):
    with Faults(endpoint) as wire:
        found, blind = check(wire.url, [QUEUES, DATABASES])
        assert wire.count("sqs.get_queue_attributes") == 1
    assert (found.how, blind) == ("tried", {})
    assert found.actions == {
        "rds:DescribeDBInstances": "allowed",
        "sqs:GetQueueAttributes": "allowed",
        "sqs:ListQueues": "allowed",
    }


@pytest.mark.emulator
def test_a_denied_call_is_a_blind_rule_and_names_what_to_grant(endpoint):
    with Faults(endpoint) as wire:
        wire.on("sqs.get_queue_attributes", denied)
        found, blind = check(wire.url, [QUEUES, DATABASES])
    assert blind == {"T-SQS-A": ("sqs:GetQueueAttributes",)}
    assert found.because == {
        "sqs:GetQueueAttributes": "access denied: grant sqs:GetQueueAttributes"
    }


@pytest.mark.emulator
def test_what_there_is_nothing_to_try_on_is_untested(aws_endpoint):
    found, blind = check(aws_endpoint, [QUEUES])
    assert blind == {}
    assert found.actions == {"sqs:GetQueueAttributes": "untested", "sqs:ListQueues": "allowed"}
    assert found.because == {"sqs:GetQueueAttributes": "there is nothing to ask it about"}


def simulation(api, ask):
    """IAM's answer: everything is allowed but what SQS is asked."""
    decisions = {"sqs:ListQueues": "implicitDeny", "sqs:GetQueueAttributes": "explicitDeny"}
    results = "".join(
        f"<member><EvalActionName>{action}</EvalActionName>"
        f"<EvalDecision>{decisions.get(action, 'allowed')}</EvalDecision></member>"
        for action in ("rds:DescribeDBInstances", *decisions)
    )
    body = (
        "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult>"
        f"<EvaluationResults>{results}</EvaluationResults><IsTruncated>false</IsTruncated>"
        "</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
    )
    return Answer(200, [("Content-Type", "text/xml")], body.encode())


@pytest.mark.emulator
def test_iam_is_asked_to_simulate_the_callers_policies(endpoint):
    def caller(api, ask):
        body = (
            "<GetCallerIdentityResponse><GetCallerIdentityResult>"
            "<Arn>arn:aws:iam::123456789012:user/ann</Arn><UserId>u</UserId>"
            "<Account>123456789012</Account>"
            "</GetCallerIdentityResult></GetCallerIdentityResponse>"
        )
        return Answer(200, [("Content-Type", "text/xml")], body.encode())

    with Faults(endpoint) as wire:
        wire.on("sts.get_caller_identity", caller)
        wire.on("iam.simulate_principal_policy", simulation)
        found, blind = check(wire.url, [QUEUES, DATABASES])
        asked = parse_qs(wire.requests[-1].body.decode())
        assert wire.count("sqs.list_queues") == 0
    assert asked["PolicySourceArn"] == ["arn:aws:iam::123456789012:user/ann"]
    assert found.how == "simulated"
    assert blind == {"T-SQS-A": ("sqs:GetQueueAttributes", "sqs:ListQueues")}
    assert found.because == {
        "sqs:GetQueueAttributes": "a policy denies it explicitly",
        "sqs:ListQueues": "no policy allows it",
    }
