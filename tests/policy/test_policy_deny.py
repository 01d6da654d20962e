"""What policies refuse: plain HTTP, unencrypted uploads, everyone, all but some."""

import pytest
from policy_samples import allow, deny, labels, policy, text

from auditor.values import Undetermined

BUCKET = ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]
INSECURE = {"Bool": {"aws:SecureTransport": "false"}}


def tls(*statements, actions=("s3:*",), resources=None):
    return policy(*statements).denies_insecure_transport(actions, resources)


def refusal(action="s3:*", resource=BUCKET, condition=INSECURE, principal="*"):
    return deny(action, resource, Principal=principal, Condition=condition)


@pytest.mark.parametrize(
    "statement",
    [
        refusal(),
        refusal("*", "*"),
        refusal(principal={"AWS": "*"}),
        refusal(condition={"Bool": {"AWS:securetransport": False}}),
        refusal(condition={"BoolIfExists": {"aws:SecureTransport": "false"}}),
        refusal(condition={"NumericLessThan": {"s3:TlsVersion": 1.2}}),
        refusal(resource="arn:aws:s3:::*"),
        refusal(resource=["<aws_s3_bucket.b.arn>", "<aws_s3_bucket.b.arn>/*"]),
        refusal(resource=["arn:aws:s3:::<var.name>/*", "arn:aws:s3:::<var.name>"]),
    ],
)
def test_tls_only(statement):
    assert tls(statement)


@pytest.mark.parametrize(
    "statement",
    [
        refusal(resource="arn:aws:s3:::b"),
        refusal(resource="arn:aws:s3:::b/*"),
        refusal(resource=["arn:aws:s3:::b", "arn:aws:s3:::c/*"]),
        refusal("s3:GetObject"),
        refusal(condition={"Bool": {"aws:SecureTransport": "true"}}),
        refusal(condition=INSECURE | {"StringEquals": {"aws:PrincipalAccount": "1"}}),
        refusal(principal={"AWS": "111122223333"}),
        allow("s3:*", BUCKET, Principal="*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
        deny("s3:*", BUCKET, NotPrincipal={"AWS": "111122223333"}, Condition=INSECURE),
    ],
)
def test_not_tls_only(statement):
    assert not tls(statement)


def test_two_statements_together():
    assert tls(refusal(resource="arn:aws:s3:::b"), refusal(resource="arn:aws:s3:::b/*"))


def test_tls_for_given_resources():
    assert tls(refusal(), resources=BUCKET)
    assert not tls(refusal(), resources=["arn:aws:s3:::c"])
    arn = text("<aws_s3_bucket.b.arn>")
    assert tls(refusal(resource=["<aws_s3_bucket.b.arn>"]), resources=[arn])


def test_tls_for_queues_and_topics():
    queue = refusal("sqs:*", "<aws_sqs_queue.q.arn>")
    assert tls(queue, actions=("sqs:*",))
    assert not tls(queue, actions=("sns:Publish",))
    topic = refusal(["sns:Publish", "sns:Subscribe"], "<aws_sns_topic.t.arn>")
    assert tls(topic, actions=("sns:Publish",))


def test_tls_that_hangs_on_a_variable():
    with pytest.raises(Undetermined, match=r"var\.secure"):
        tls(refusal(condition={"Bool": {"aws:SecureTransport": "<var.secure>"}}))
    assert tls(refusal(), refusal(condition={"Bool": {"aws:SecureTransport": "<var.secure>"}}))


def test_no_policy_refuses_nothing():
    from auditor.policy import Policy

    assert not Policy.parse(None).denies_insecure_transport(("s3:*",))


def test_unencrypted_uploads():
    header = "s3:x-amz-server-side-encryption"
    wrong = {"StringNotEquals": {header: "aws:kms"}}
    none = {"Null": {header: "true"}}
    assert policy(refusal("s3:PutObject", condition=wrong)).denies_unencrypted_puts()
    assert policy(refusal("s3:Put*", condition=none)).denies_unencrypted_puts()
    assert not policy(refusal("s3:GetObject", condition=none)).denies_unencrypted_puts()
    assert not policy(refusal(condition=INSECURE)).denies_unencrypted_puts()


def test_lockout():
    everyone = deny("s3:*", "*", Principal="*")
    assert labels(policy(everyone).lockout_statements("s3")) == ["statement 1"]
    assert labels(policy(deny("*", "*", Principal={"AWS": "*"})).lockout_statements("s3")) != []
    objects = deny("s3:*", "<aws_s3_bucket.b.arn>/*", Principal="*")
    assert labels(policy(objects).lockout_statements("s3")) == ["statement 1"]
    for harmless in (
        refusal(),
        deny("s3:Delete*", "*", Principal="*"),
        deny("s3:*", "*", Principal={"AWS": "111122223333"}),
        allow("s3:*", "*", Principal="*"),
        deny("s3:*", "arn:aws:s3:::b/private/*", Principal="*"),
        deny("s3:*", "<aws_s3_bucket.b.arn>/private/*", Principal="*"),
    ):
        assert labels(policy(harmless).lockout_statements("s3")) == []


@pytest.mark.parametrize(
    ("statement", "restrictive"),
    [
        (deny("*", NotPrincipal={"AWS": "arn:aws:iam::1:role/x"}), True),
        (
            refusal("*", "*", {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::1:role/x"}}),
            True,
        ),
        (refusal("*", "*", {"StringNotLike": {"aws:PrincipalArn": "*"}}), False),
        (refusal("*", "*"), False),
        (allow("*", Principal={"AWS": "111122223333"}), False),
    ],
)
def test_all_but_named(statement, restrictive):
    assert policy(statement).denies_all_but_named() is restrictive


def test_denies():
    parsed = policy(deny(["backup:DeleteRecoveryPoint", "backup:Put*"], Principal="*"))
    assert parsed.denies("backup:DeleteRecoveryPoint")
    assert parsed.denies("backup:PutBackupVaultAccessPolicy")
    assert not parsed.denies("backup:UpdateRecoveryPointLifecycle")
    assert not policy(refusal("backup:*", "*")).denies("backup:DeleteRecoveryPoint")


def test_a_deny_that_was_not_read_may_be_the_one():
    from auditor.policy import Policy

    parsed = Policy.parse(text('{"Statement": [<var.statements>]}'))
    with pytest.raises(Undetermined, match=r"var\.statements"):
        parsed.denies_insecure_transport(("s3:*",))


def test_resources_that_hang_on_a_variable():
    with pytest.raises(Undetermined, match=r"var\.bucket"):
        tls(refusal(resource="<var.bucket>"), resources=BUCKET)


def test_denying_statements():
    parsed = policy(allow("*"), deny("s3:*"), deny("sqs:*"))
    assert labels(parsed.denying(lambda s: s.covers_action("sqs:SendMessage"))) == ["statement 3"]


def test_a_denied_statement_without_resource():
    everything = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    assert not list(policy(everything, deny("sts:*")).actions_matching({"sts:AssumeRole"}))
    part = deny("sts:*", "arn:aws:iam::111122223333:role/x")
    assert list(policy(everything, part).actions_matching({"sts:AssumeRole"}))


def test_an_unknown_deny_of_other_objects_narrows_nothing():
    public = allow(resource="arn:aws:s3:::b/*", Principal="*")
    other = refusal(
        resource="arn:aws:s3:::c/*", condition={"NotIpAddress": {"aws:SourceIp": "<var.c>"}}
    )
    assert labels(policy(public, other).public_statements()) == ["statement 1"]
