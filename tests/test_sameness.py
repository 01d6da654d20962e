"""Whether two values are the same thing."""

from __future__ import annotations

import pytest

from auditor.sameness import same
from auditor.values import Ref, Undetermined, Unknown


def ref(address, *path):
    return Unknown([Ref(address, path)], exact=True)


def test_plain_values():
    assert same("a", "a")
    assert not same("a", "b")


def test_one_reference_is_itself():
    assert same(ref("aws_iam_role.a", "arn"), ref("aws_iam_role.a", "arn"))


def test_ids_of_two_resources_differ():
    assert not same(ref("aws_iam_role.a", "arn"), ref("aws_iam_role.b", "arn"))
    assert not same(ref('module.m["x"].aws_iam_role.a', "arn"), ref("aws_iam_role.a", "arn"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ref("var.a"), ref("var.b")),
        (ref("aws_iam_role.a", "name"), ref("aws_iam_role.b", "name")),
        (ref("data.aws_iam_role.a", "arn"), ref("data.aws_iam_role.b", "arn")),
        (ref("aws_iam_role.a", "arn"), "arn:aws:iam::1:role/x"),
        ("arn:aws:iam::1:role/x", ref("aws_iam_role.a", "arn")),
    ],
)
def test_otherwise_it_is_open(one, other):
    with pytest.raises(Undetermined):
        same(one, other)
