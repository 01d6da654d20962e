"""Known, unknown and sensitive values."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from auditor.values import (
    Ref,
    Sensitive,
    Undetermined,
    Unknown,
    all_of,
    any_of,
    elements,
    ends_with,
    every,
    matching,
    reveal,
    some,
    starts_with,
    unknowns_in,
)

CIDRS = Unknown((Ref("var.cidrs"),))
KEY = Unknown((Ref('module.kms["a"].aws_kms_key.main[0]', ("arn",)),), exact=True)


@pytest.mark.parametrize(
    "decide",
    [
        bool,
        len,
        list,
        int,
        lambda u: u == "x",
        lambda u: "x" == u,  # noqa: SIM300 - the reflected comparison is the point
        lambda u: u != "x",
        lambda u: u in ("x", "y"),
        lambda u: "x" in u,
        lambda u: u < 3,
        lambda u: u + 1,
        lambda u: u.lower(),
        lambda u: not u,
    ],
)
def test_an_unknown_refuses_every_decision(decide):
    with pytest.raises(Undetermined) as raised:
        decide(CIDRS)
    assert raised.value.reason == "var.cidrs"


def test_a_reference_is_written_as_terraform_writes_it():
    assert str(KEY.refs[0]) == 'module.kms["a"].aws_kms_key.main[0].arn'
    assert str(Ref("var.rules", (0, "cidr_blocks", 1))) == "var.rules[0].cidr_blocks[1]"


def test_the_known_elements_of_a_list_come_first_and_the_doubt_after():
    open_list = Unknown((Ref("var.x"),), items=("0.0.0.0/0",))
    seen = []
    with pytest.raises(Undetermined):  # noqa: PT012
        for cidr in open_list:
            seen.append(cidr)  # noqa: PERF402 - the loop itself is under test
    assert seen == ["0.0.0.0/0"]
    assert "0.0.0.0/0" in open_list
    assert bool(open_list) is True


def test_a_string_with_holes_answers_what_its_known_pieces_decide():
    arn = Unknown((Ref("var.account"),), parts=("arn:aws:iam::", CIDRS, ":role/admin"))
    assert (arn == "*") is False
    assert (arn == "arn:aws:iam::1:role/other") is False
    with pytest.raises(Undetermined):
        arn == "arn:aws:iam::1:role/admin"  # noqa: B015 - it must raise
    assert "role/admin" in arn
    assert str(arn) == "arn:aws:iam::(var.cidrs):role/admin"


def text(*parts: str | Unknown) -> Unknown:
    return Unknown((Ref("var.n"),), parts=parts)


N, M = (Unknown((Ref(name),), exact=True) for name in ("var.n", "var.m"))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (text(N, "-a"), text(N, "-a"), True),
        (text("x-", text(N, "-a")), text("x-", N, "-a"), True),
        (text(N, "-a"), text(N, "-b"), False),
        (text(N, "-a", M), text(N, "-b", M), False),
        (text("a-", N), text("b-", M), False),
        (text(N, "-a"), text(M, "-b"), False),
        (text(N, "-a"), N, False),
        (text(N, M), text(N, "x", M), False),
        (text(N, "-a"), text(M, "-a"), None),
        (text(N, "-a"), text(N, M), None),
        (text(CIDRS, "-a"), text(CIDRS, "-a"), None),
        (text("a-", N), M, None),
    ],
)
def test_texts_with_holes_are_compared_by_what_is_around_the_same_holes(one, other, same):
    def answer(left: Unknown, right: Unknown) -> bool | None:
        try:
            return left == right
        except Undetermined:
            return None

    assert [answer(one, other), answer(other, one)] == [same, same]


def test_one_of_several_values_decides_where_all_agree():
    either = Unknown((Ref("var.prod"),), one_of=(14, 30))
    assert bool(either) is True
    assert (either == 7) is False
    with pytest.raises(Undetermined):
        either == 14  # noqa: B015 - it must raise


def test_a_certain_violation_wins_over_uncertain_ones():
    assert some([CIDRS, "0.0.0.0/0"], lambda c: c == "0.0.0.0/0") is True
    assert every([CIDRS, False], bool) is False
    assert any_of(lambda: bool(CIDRS), lambda: True) is True
    assert all_of(lambda: bool(CIDRS), lambda: False) is False


def test_without_a_certain_one_all_causes_are_named():
    with pytest.raises(Undetermined) as raised:
        some([CIDRS, "10.0.0.0/8", KEY], lambda c: c == "0.0.0.0/0")
    assert raised.value.reason == 'var.cidrs; module.kms["a"].aws_kms_key.main[0].arn'


def test_matching_yields_the_certain_ones_before_the_doubt():
    found = []
    with pytest.raises(Undetermined):
        found.extend(matching([CIDRS, "::/0", "10.0.0.0/8"], lambda c: c == "::/0"))
    assert list(matching(["::/0", "10.0.0.0/8"], lambda c: c == "::/0")) == ["::/0"]


def test_a_missing_entry_of_an_open_map_is_unknown_and_not_the_default():
    tags = Unknown((Ref("var.tags"),), entries={"env": "prod"})
    assert tags.get("env") == "prod"
    assert isinstance(tags.get("owner", "nobody"), Unknown)


def test_a_sensitive_value_never_prints():
    secret = Sensitive("hunter2")
    tree = {"password": secret, "list": [secret]}
    for text in (str(secret), repr(secret), f"{secret}", str(tree), f"{tree!r}"):
        assert "hunter2" not in text
    with pytest.raises(TypeError):
        json.dumps(tree)
    assert reveal(tree) == {"password": "hunter2", "list": ["hunter2"]}


def test_unknowns_are_found_wherever_they_stand():
    assert list(unknowns_in({"a": [1, KEY], "b": Sensitive({"c": CIDRS})})) == [KEY, CIDRS]


def test_the_known_ends_of_a_string_with_holes_decide():
    service = Unknown((Ref("data.aws_region.this"),), parts=("com.amazonaws.", CIDRS, ".s3"))
    assert starts_with(service, "com.amazonaws.")
    assert not starts_with(service, "aws.api.")
    assert ends_with(service, ".s3")
    assert not ends_with(service, ".dynamodb")
    with pytest.raises(Undetermined):
        ends_with(service, ".eu-west-1.s3")
    assert ends_with("com.amazonaws.eu-west-1.s3", ".s3")
    assert not ends_with(None, ".s3")


class TestAChoiceBetweenLists:
    def test_what_is_in_all_of_them_is_certain(self) -> None:
        lists = Unknown(one_of=(["a", "b"], ["b"]))
        assert certain(lists) == ["b"]
        assert certain(Unknown(one_of=(["a"], None))) == []

    def test_the_rest_is_a_choice_with_none(self) -> None:
        gap = Unknown(because="later")
        found = list(elements(Unknown(one_of=(["a", "b"], ["b", gap]))))
        assert found[0] == "b"
        assert [each.one_of for each in found[1:]] == [("a", None), (gap, None)]

    def test_a_list_is_itself_and_one_that_is_open_ends_in_doubt(self) -> None:
        assert list(elements(["a"])) == ["a"]
        assert certain(elements(Unknown(items=("a",)))) == ["a"]
        assert certain(elements(Unknown(one_of=(["a"], Unknown())))) == []


def certain(values: Iterable[object]) -> list[object]:
    """What comes before the doubt, of which there must be one."""
    found: list[object] = []
    each = iter(values)
    while True:
        try:
            found.append(next(each))
        except Undetermined:
            return found
