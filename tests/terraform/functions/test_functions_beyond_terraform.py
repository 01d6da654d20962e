"""What stays known when an argument is unknown: a part, of which Terraform has no notion."""

from __future__ import annotations

import pytest
from function_calls import pieces, refusal, result, value_of

from auditor.terraform import cty
from auditor.terraform.plain import to_plain
from auditor.values import Unknown


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('join(",", ["a", x, "b"])', ["a,", "<var.x>", ",b"]),
        ('join("-", ["a"], cidrs)', ["a-", "<var.cidrs>"]),
        ('format("arn:aws:s3:::%s/%03d*", x, 7)', ["arn:aws:s3:::", "<var.x>", "/007*"]),
        ('lower("Prod-${x}")', ["prod-", "<var.x>"]),
        ('replace("a.b.${x}", ".", "/")', ["a/b/", "<var.x>"]),
        ('replace("xaab${x}ba", "ab", "-")', ["xa-", "<var.x>", "a"]),
        ('format("%s-logs", anything)', ["<var.anything>", "-logs"]),
        ('trimspace("  a ${x}")', ["a ", "<var.x>"]),
        ('trimprefix("https://${x}/p", "https://")', ["<var.x>", "/p"]),
        ('trimsuffix("a${x}.git", ".git")', ["a", "<var.x>"]),
        ('urlencode("a b/${x}")', ["a+b%2F", "<var.x>"]),
        ('chomp("a${x}\\n")', ["a", "<var.x>"]),
        ('jsonencode({a = x, b = ["arn:${x}:*", "<"]})',
         ['{"a":', "<var.x>", ',"b":["arn:', "<var.x>", ':*","\\u003c"]}']),
    ],
)  # fmt: skip
def test_text_keeps_its_known_pieces(call, expected):
    assert pieces(call) == expected


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('concat(["0.0.0.0/0"], cidrs)', ["0.0.0.0/0"]),
        ('concat(["0.0.0.0/0"], anything, ["::/0"])', ["0.0.0.0/0", "::/0"]),
        ('flatten([["a"], cidrs, ["b"]])', ["a", "b"]),
        ('compact(concat(["a", ""], cidrs))', ["a"]),
        ('distinct(concat(["a", "a"], cidrs))', ["a", "a"]),
        ('setunion(["a"], cidrs)', ["a"]),
        ('reverse(concat(["a"], cidrs))', ["a"]),
        ('toset(concat(["a"], cidrs))', ["a"]),
        ('values(merge({a = "x"}, tags))', []),
        ('split(",", "a,b,${x},c")', ["a", "b", "c"]),
        ("keys(merge(tags, {a = 1}))", ["a"]),
    ],
)
def test_lists_keep_the_elements_that_are_certain(call, expected):
    found = result(call)

    assert isinstance(found, Unknown)
    assert [item for item in found.items or () if isinstance(item, str)] == expected


def test_what_a_later_unknown_map_may_replace_is_a_choice():
    found = value_of('merge({a = "x"}, tags, {b = "y"})').v.entries

    assert found["b"].v == "y"
    assert [str(to_plain(option)) for option in found["a"].v.one_of] == [
        "x", "(unknown: var.tags)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('coalesce(x, "default", "never")', ["<var.x>", "default"]),
        ('lookup({a = "1", b = "2"}, x, "d")', ["1", "2", "d"]),
        ('lookup(merge(tags, {a = "x"}), "a", "d")', ["x"]),
        ('element(["a", "b"], length(cidrs))', ["a", "b"]),
        ('contains(concat(["a"], cidrs), "a")', [True]),
        ('startswith("arn:${x}", "arn")', [True]),
        ('endswith("${x}.json", ".yaml")', [False]),
        ('strcontains("a*${x}", "*")', [True]),
    ],
)
def test_choices(call, expected):
    found = value_of(call)
    known = found.v.one_of if isinstance(found.v, cty.UnknownVal) else [found]

    assert [
        f"<{o.v.refs[0]}>" if isinstance(o.v, cty.UnknownVal) else o.v for o in known
    ] == expected


def test_an_argument_passed_through_still_links():
    found = value_of('coalesce(x, "default")').v.one_of[0]

    assert found.v.exact


def test_a_certain_result_that_terraform_does_not_know_yet_stays_unknown():
    found = value_of('replace("plain", "nothing", x)')

    assert isinstance(found.v, cty.UnknownVal)
    assert [option.v for option in found.v.one_of] == ["plain"]


def test_terraforms_own_refinements():
    assert value_of('format("pre-%s", x)').v.prefix == "pre-"
    assert value_of('format("pré%s", x)').v.prefix == "pr"
    assert value_of("jsonencode([x])").v.prefix == "["
    assert value_of('length(setproduct(["a", "b"], toset([x, "c"])))').v.not_null
    assert result('jsondecode("{${x}")').reason == "var.x"
    assert value_of('jsondecode("\\"${x}")').ty.json() == "string"


def test_the_order_of_a_set_has_unknown_before_null():
    found = value_of('[for v in toset([null, x, "b"]) : v]').v

    assert [type(item.v).__name__ for item in found] == ["str", "UnknownVal", "NoneType"]


def test_what_would_be_refused_is_not_while_an_argument_is_unknown():
    assert isinstance(result("indent(1.5, x)"), Unknown)


def test_functions_of_providers():
    assert result('provider::aws::arn_parse("arn:aws:iam::123:role/p/x")') == {
        "account_id": "123", "partition": "aws", "region": "", "resource": "role/p/x",
        "service": "iam",
    }  # fmt: skip
    assert result('provider::aws::trim_iam_role_path("arn:aws:iam::123:role/p/x")') == (
        "arn:aws:iam::123:role/x"
    )
    assert pieces('provider::aws::arn_build("aws", "s3", "", "", "${x}/*")') == [
        "arn:aws:s3:::", "<var.x>", "/*",
    ]  # fmt: skip
    assert result('provider::aws::arn_parse("arn:aws:s3:::${x}")').entries["service"] == "s3"
    assert "arn: invalid prefix" in refusal('provider::aws::arn_parse("x")')
    assert result("provider::time::rfc3339_parse(x)").reason == (
        "provider::time::rfc3339_parse() is computed by its provider (var.x)"
    )
