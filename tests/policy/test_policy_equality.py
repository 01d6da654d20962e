"""Comparing two policies by meaning."""

import json
import random
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_samples import allow, deny, hole, text

from auditor.policy import PolicyError, same_policy
from auditor.values import Undetermined, Unknown


def document(*statements, **more):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **more})


def same(one, other):
    return same_policy(text(document(one)), text(document(other)))


ONE = allow(["s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::b", "arn:aws:s3:::b/*"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ONE, ONE | {"Action": ["s3:PutObject", "s3:GetObject"]}),
        (ONE, ONE | {"Action": ["S3:putobject", "s3:GetObject", "s3:GetObject"]}),
        (allow("s3:GetObject"), allow(["s3:GetObject"], ["*"])),
        (
            allow(Principal={"AWS": "111122223333"}),
            allow(Principal={"AWS": ["arn:aws:iam::111122223333:root"]}),
        ),
        (allow(Principal="*"), allow(Principal={"AWS": "*"})),
        (
            allow(Condition={"Bool": {"aws:SecureTransport": True}}),
            allow(Condition={"Bool": {"AWS:SecureTransport": ["true"]}}),
        ),
        (
            allow(Condition={"NumericLessThan": {"s3:max-keys": 10}}),
            allow(Condition={"numericlessthan": {"s3:max-keys": "10.0"}}),
        ),
        (allow(Sid=""), allow()),
        (
            allow(Principal={"AWS": "<aws_iam_role.r.arn>"}),
            allow(Principal={"AWS": ["<aws_iam_role.r.arn>"]}),
        ),
    ],
)
def test_same(one, other):
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ONE, ONE | {"Action": "s3:GetObject"}),
        (ONE, ONE | {"Effect": "Deny"}),
        (ONE, ONE | {"Sid": "Read"}),
        (ONE, ONE | {"Resource": ["arn:aws:s3:::B", "arn:aws:s3:::b/*"]}),
        (ONE, {"Effect": "Allow", "NotAction": ONE["Action"], "Resource": ONE["Resource"]}),
        (allow(Principal={"AWS": "x"}), allow(Principal={"Service": "x"})),
        (
            allow(Condition={"StringEquals": {"aws:SourceIp": "a"}}),
            allow(Condition={"StringLike": {"aws:SourceIp": "a"}}),
        ),
        (
            allow(Condition={"StringEquals": {"aws:SourceIp": "a"}}),
            allow(Condition={"StringEqualsIfExists": {"aws:SourceIp": "a"}}),
        ),
        (allow(Condition={"StringEquals": {"k": "a"}}), allow()),
        (allow(resource="<aws_s3_bucket.b.arn>/*"), allow(resource="*x")),
        (allow("s3:<var.verb>"), allow("sqs:SendMessage")),
    ],
)
def test_different(one, other):
    assert not same(one, other)


def test_order_of_statements_does_not_matter():
    first, second = allow("s3:GetObject"), deny("s3:PutObject")
    assert same_policy(document(first, second), document(second, first))
    assert not same_policy(document(first, second), document(second, first, first))
    assert not same_policy(document(first, first), document(first, second))


def test_version_and_id_matter():
    old = json.dumps({"Statement": [ONE]})
    assert not same_policy(old, document(ONE))
    assert same_policy(old, json.dumps({"Version": "2008-10-17", "Statement": ONE}))
    assert not same_policy(document(ONE, Id="a"), document(ONE))


def test_forms_of_the_document_do_not_matter():
    assert same_policy(document(ONE), json.loads(document(ONE)))
    assert same_policy(document(ONE), quote(document(ONE)))
    assert same_policy(document(ONE), json.dumps(json.loads(document(ONE)), indent=4))


def test_no_policy_is_only_the_same_as_no_policy():
    assert same_policy(None, "")
    assert not same_policy(None, document(ONE))
    with pytest.raises(Undetermined, match=r"var\.policy"):
        same_policy(None, hole("var.policy"))


def test_a_hole_that_could_be_the_other_string():
    with pytest.raises(Undetermined, match=r"aws_s3_bucket\.b\.arn"):
        same(allow(resource="<aws_s3_bucket.b.arn>/*"), allow(resource="arn:aws:s3:::b/*"))
    assert not same(allow(resource="<aws_s3_bucket.b.arn>/*"), allow(resource="arn:aws:s3:::b"))


def test_a_certain_difference_decides_despite_holes():
    one = allow("s3:GetObject", "<var.resource>")
    assert not same(one, allow("s3:PutObject", "arn:aws:s3:::b"))


def test_holes_in_an_account():
    own = allow(Principal={"AWS": "arn:aws:iam::<data.aws_caller_identity.me.account_id>:root"})
    with pytest.raises(Undetermined):
        same(own, allow(Principal={"AWS": "arn:aws:iam::111122223333:root"}))
    with pytest.raises(Undetermined):
        same(own, allow(Principal={"AWS": "111122223333"}))


def test_a_wholly_unknown_policy():
    with pytest.raises(Undetermined, match=r"data\.aws_iam_policy_document\.d\.json"):
        same_policy(hole("data.aws_iam_policy_document.d.json"), document(ONE))


def test_more_statements_than_the_other_can_have():
    open_ended = text(document(ONE, deny())[:-2] + ", <var.more>]}")
    assert not same_policy(open_ended, document(ONE))
    with pytest.raises(Undetermined, match=r"var\.more"):
        same_policy(open_ended, document(ONE, deny(), allow("a:b")))


def test_broken_documents():
    assert same_policy("{", "{")
    with pytest.raises(PolicyError):
        same_policy("{", document(ONE))


def test_many_statements_are_compared_soon():
    statements = [allow(f"s3:a{n}") for n in range(800)]
    shuffled = random.Random(1).sample(statements, len(statements))
    assert same_policy(document(*statements), document(*shuffled))
    assert not same_policy(document(*statements), document(*shuffled[1:], allow("s3:b")))


statements = st.builds(
    allow,
    st.lists(st.sampled_from(["s3:Get*", "s3:PutObject", "sqs:*"]), min_size=1, max_size=3),
    st.lists(st.sampled_from(["*", "arn:aws:s3:::b", "<var.r>"]), min_size=1, max_size=2),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(statements, max_size=4), st.randoms())
def test_a_shuffled_policy_is_the_same_or_open(written, rng):
    shuffled = [dict(s, Action=rng.sample(s["Action"], len(s["Action"]))) for s in written]
    rng.shuffle(shuffled)
    assert same_policy(text(document(*written)), text(document(*shuffled)))


@settings(max_examples=100, deadline=None)
@given(st.lists(statements, min_size=1, max_size=3), st.lists(statements, min_size=1, max_size=3))
def test_comparison_has_no_direction(one, other):
    def answer(left, right):
        try:
            return same_policy(text(document(*left)), text(document(*right)))
        except Undetermined:
            return None

    assert answer(one, other) == answer(other, one)


def test_unknown_list_of_actions():
    actions = Unknown(hole("var.a").refs, items=("s3:GetObject",))
    parts = ('{"Statement": {"Effect": "Allow", "Resource": "*", "Action": ', actions, "}}")
    other = '{"Statement": {"Effect": "Allow", "Resource": "*", "Action": "s3:PutObject"}}'
    assert not same_policy(Unknown(parts=parts), other)


def test_conditions_whose_key_has_a_hole():
    own = allow(Condition={"StringEquals": {"<aws_iam_openid_connect_provider.e.url>:sub": "a"}})
    assert same(own, own)
    with pytest.raises(Undetermined, match=r"aws_iam_openid_connect_provider\.e\.url"):
        same(own, allow(Condition={"StringEquals": {"oidc.eks.example/id/1:sub": "a"}}))
    assert not same(own, allow("s3:PutObject"))


def test_numbers_that_are_none():
    one = allow(Condition={"NumericLessThan": {"s3:max-keys": "many"}})
    assert same(one, one | {"Sid": ""})
    assert not same(one, allow(Condition={"NumericLessThan": {"s3:max-keys": "few"}}))


def test_two_open_policies_and_too_many_open_statements():
    open_ended = text(document(ONE)[:-2] + ", <var.more>]}")
    with pytest.raises(Undetermined, match=r"var\.more"):
        same_policy(open_ended, text(document(deny())[:-2] + ", <var.more>]}"))
    many = [allow(f"s3:a{n}", "<var.r>") for n in range(60)]
    other = [allow(f"s3:a{n}", "x") for n in range(60)]
    with pytest.raises(Undetermined, match=r"var\.r"):
        same_policy(text(document(*many)), document(*other))


def test_causes_are_named_wherever_they_stand():
    one = allow(Sid="<var.sid>", Principal={"AWS": "<var.who>"})
    with pytest.raises(Undetermined) as caught:
        same(one, allow(Sid="a", Principal={"AWS": "arn:aws:iam::111122223333:role/x"}))
    assert caught.value.reason == "var.who; var.sid"
