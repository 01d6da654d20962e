"""Wildcard patterns: cover and meet, against brute force, with holes and in bounded time."""

import itertools
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_samples import text

from auditor.policy.patterns import covers, meets, same
from auditor.values import Undetermined, Unknown

# "z" occurs in no pattern: it is the letter that only a wildcard matches.
WORDS = ["".join(word) for n in range(7) for word in itertools.product("abz", repeat=n)]
patterns = st.text("ab*?", max_size=5)


def language(pattern):
    regex = re.compile("".join({"*": ".*", "?": "."}.get(c, c) for c in pattern))
    return {word for word in WORDS if regex.fullmatch(word)}


@settings(max_examples=400, deadline=None)
@given(patterns, patterns)
def test_covers_is_inclusion(wide, narrow):
    assert covers(wide, narrow) is (language(narrow) <= language(wide))


@settings(max_examples=400, deadline=None)
@given(st.text("ab*?", max_size=3), st.text("ab*?", max_size=3))
def test_meets_is_a_common_word(one, other):
    assert meets(one, other) is bool(language(one) & language(other))


@given(st.text(max_size=30))
def test_every_text_covers_itself(any_text):
    assert covers(any_text, any_text)
    assert meets(any_text, any_text)


@pytest.mark.parametrize(
    ("pattern", "action", "covered"),
    [
        ("*", "s3:GetObject", True),
        ("S3:GET*", "s3:getobject", True),
        ("s3:*", "s3:GetObject", True),
        ("s3:Get*", "s3:*", False),
        ("s3:Get?bject", "s3:GetObject", True),
        ("s3:GetObject", "s3:GetObjectAcl", False),
        ("s3:*Object", "s3:Get*", False),
        ("*:*", "?*:?*", True),
        ("**", "?*:?*", True),
        ("*?", "?*:?*", True),
        ("s3:*", "?*:?*", False),
    ],
)
def test_actions_covered(pattern, action, covered):
    assert covers(pattern, action, fold=True, variables=False) is covered


def test_patterns_that_overlap_without_covering():
    assert meets("s3:Get*", "s3:*Object", fold=True)
    assert not covers("s3:Get*", "s3:*Object", fold=True)
    assert not meets("s3:Get*", "s3:Put*", fold=True)


def test_resources_keep_their_case():
    assert not covers("arn:aws:s3:::Logs", "arn:aws:s3:::logs")


@pytest.mark.parametrize(
    ("pattern", "target", "covered"),
    [
        ("arn:aws:s3:::home/${aws:username}/*", "arn:aws:s3:::home/ann/x", False),
        ("arn:aws:s3:::home/*", "arn:aws:s3:::home/${aws:username}/x", True),
        ("home/${aws:username}/*", "home/${aws:username}/notes", True),
        ("home/${aws:username}/*", "home/${aws:userid}/notes", False),
        ("home/${*}", "home/*", False),
        ("home/${*}", "home/${*}", True),
        ("h?me/${$}", "home/${$}", True),
    ],
)
def test_policy_variables_cover_only_themselves(pattern, target, covered):
    assert covers(pattern, target) is covered


def test_policy_variables_meet_what_they_could_be():
    assert meets("home/${aws:username}/*", "home/ann/x")
    assert not meets("home/${aws:username}/*", "work/ann/x")


def test_variables_are_plain_text_in_old_policies():
    assert not meets("home/${aws:username}", "home/ann", variables=False)
    assert covers("home/*", "home/${aws:username}", variables=False)


# -- holes --------------------------------------------------------------------------------


def test_an_arn_that_aws_will_make_is_no_wildcard():
    arn = text("<aws_s3_bucket.b.arn>")
    assert not covers(arn, "*")
    assert not covers(text("<aws_s3_bucket.b.arn>/*"), "arn:aws:s3:::?*/x")


def test_a_variable_could_be_a_wildcard():
    with pytest.raises(Undetermined, match=r"var\.resource"):
        covers(text("<var.resource>"), "*")


def test_the_known_part_decides_where_it_can():
    assert not covers(text("s3:<var.verb>"), "sqs:SendMessage")
    assert not meets(text("arn:aws:s3:::<var.name>/*"), "arn:aws:sqs:*")
    assert not covers(text("arn:aws:s3:::<var.name>"), "*")


def test_the_same_hole_is_the_same_string():
    assert covers(text("<aws_s3_bucket.b.arn>/*"), text("<aws_s3_bucket.b.arn>/logs/*"))
    with pytest.raises(Undetermined):
        covers(text("<aws_s3_bucket.b.arn>/*"), text("<aws_s3_bucket.c.arn>/logs/*"))


def test_a_star_covers_whatever_fills_a_hole():
    assert covers("arn:aws:s3:::*", text("arn:aws:s3:::<var.name>/*"))
    assert meets("arn:aws:s3:::*", text("arn:aws:s3:::<var.name>"))


def test_a_question_mark_may_not_fit_a_hole():
    with pytest.raises(Undetermined):
        covers("a?c", text("a<var.x>c"))


def test_a_choice_answers_where_its_branches_agree():
    assert covers(Unknown(one_of=("s3:*", "*")), "s3:GetObject")
    with pytest.raises(Undetermined):
        covers(Unknown(one_of=("s3:*", "sqs:*")), "s3:GetObject")


def test_the_partition_is_as_good_as_known():
    arn = text("arn:<data.aws_partition.current.partition>:s3:::b/*")
    assert covers(arn, "arn:aws:s3:::b/key")


def test_same_text_takes_wildcards_as_they_are():
    assert same("repo:*", "repo:*")
    assert not same("*", "repo:*")
    assert same("AWS:SourceArn", "aws:sourcearn", fold=True)
    assert not same(text("<var.issuer>:sub"), "aws:SourceArn", fold=True)
    with pytest.raises(Undetermined):
        same(text("aws:<var.key>"), "aws:SourceArn", fold=True)


# -- hostile patterns ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "target"),
    [
        ("a*" * 10_000 + "b", "a" * 20_000),
        ("*a" * 5_000, "*a" * 5_000 + "b"),
        ("?" * 20_000 + "*", "a*" * 10_000),
        ("*" * 50_000 + "x", "y" * 50_000),
        ("${a}" * 5_000, "*" * 20_000),
        ("${" * 20_000, "${" * 20_000 + "}"),
    ],
    ids=["stars", "alternating", "questions", "run of stars", "variables", "unclosed"],
)
def test_hostile_patterns_take_linear_time(pattern, target):
    start = time.perf_counter()
    covers(pattern, target)
    meets(pattern, target)
    assert time.perf_counter() - start < 2
