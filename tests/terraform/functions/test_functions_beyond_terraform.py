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
        ('join("-", ["a"], cidrs)', ["a", "<var.cidrs>"]),
        ('format("arn:aws:s3:::%s/%03d*", x, 7)', ["arn:aws:s3:::", "<var.x>", "/007*"]),
        ('lower("Prod-${x}")', ["prod-", "<var.x>"]),
        ('replace("a_ID_b_ID_c${x}", "_ID_", "z")', ["azbzc", "<var.x>"]),
        ('replace("a_ID_b", "_ID_", x)', ["a", "<var.x>", "b"]),
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
        ('jsonencode(concat(["a"], cidrs))', ["[", "<var.cidrs>", '"a"', "<var.cidrs>", "]"]),
        ('jsonencode({a = merge(tags, {b = "c"})})',
         ['{"a":{', "<var.tags>", '"b":"c"', "<var.tags>", "}}"]),
        ('join(",", cidrs, ["b", "c"])', ["<var.cidrs>", "b,c"]),
        ('join(",", concat(["a"], cidrs))', ["<var.cidrs>", "a", "<var.cidrs>"]),
        ('base64encode("#!/bin/bash\\nA=${x}")', ["IyEvYmluL2Jhc2gK", "<var.x>"]),
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
        ('sort(setunion(["b", "a"], cidrs))', ["a", "b"]),
        ('concat(concat([["0.0.0.0/0"]], anything)...)', ["0.0.0.0/0"]),
    ],
)
def test_lists_keep_the_elements_that_are_certain(call, expected):
    found = result(call)

    assert isinstance(found, Unknown)
    assert [item for item in found.items or () if isinstance(item, str)] == expected


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('setproduct(["a"], concat(["b"], cidrs))', ["a", "b"]),
        ('[for at, each in concat(cidrs, ["0.0.0.0/0"]) : [each, length(each)]]', ["0.0.0.0/0", 9]),
    ],
)
def test_rows_of_certain_elements_are_certain(call, expected):
    assert result(call).items == (expected,)


def test_the_place_of_a_certain_element_is_not_known():
    place, element = result('[for at, each in concat(cidrs, ["b"]) : [at, each]]').items[0]

    assert isinstance(place, Unknown)
    assert element == "b"


def test_a_merge_of_a_list_that_may_be_longer_keeps_its_entries_as_a_choice():
    entries = value_of('merge(concat([{a = "x"}], anything)...)').v.entries

    assert [str(to_plain(option)) for option in entries["a"].v.one_of] == [
        "x", "(unknown: var.anything)",
    ]  # fmt: skip


def test_texts_from_a_list_that_may_be_longer():
    (text,) = result('formatlist("%s/32", concat(["10.0.0.1"], cidrs))').items

    assert text == "10.0.0.1/32"


def test_either_document_of_a_choice():
    found = result('jsonencode(flag ? ["a"] : ["b"])')

    assert found.one_of == ('["a"]', '["b"]')


def test_text_of_no_known_type_is_flattened_as_text():
    found = result('flatten([format("%v:*", anything), ["a"]])')

    assert isinstance(found, Unknown)
    ((text, last),) = found.one_of
    assert (str(text), last) == ("(var.anything):*", "a")


def test_text_with_a_known_piece_is_certainly_not_compacted():
    found = result('compact(["a-${x}", "", "b"])')

    assert isinstance(found, Unknown)
    ((text, last),) = found.one_of
    assert (str(text), last) == ("a-(var.x)", "b")


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("try([x], [])", ["[(unknown: var.x)]"]),
        ('try([x, "a"], [])', ["[(unknown: var.x), a]"]),
        ('try([upper(x)], ["b"])', ["[(unknown: var.x)]", "[b]"]),
    ],
)
def test_a_list_of_names_does_not_fail_in_try(call, expected):
    found = result(call)

    assert isinstance(found, Unknown)
    assert [f"[{', '.join(map(str, option))}]" for option in found.one_of] == expected


@pytest.mark.parametrize("call", ['join("", [x])', 'join(",", toset([x]))', 'join("", [], [x])'])
def test_one_element_joined_is_that_element(call):
    found = result(call)

    assert isinstance(found, Unknown)
    assert found.exact
    assert str(found.refs[0]) == "var.x"


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
