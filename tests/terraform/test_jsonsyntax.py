"""Configuration in JSON syntax."""

from __future__ import annotations

import json

import pytest

from auditor.terraform.constraints import type_constraint
from auditor.terraform.cty import TerraformError, number
from auditor.terraform.expressions import evaluate, references
from auditor.terraform.jsonsyntax import literal_value
from auditor.terraform.plain import to_plain
from auditor.terraform.scope import Scope
from auditor.terraform.syntax import parse


def read(tree):
    text = tree if isinstance(tree, str) else json.dumps(tree)
    return parse(text.encode(), "main.tf.json")


def attribute(expr_json, **variables):
    file = read({"locals": {"x": expr_json}})
    assert file.problems == []
    return file.body.blocks[0].body.attributes["x"].expr


def test_labels_are_objects_around_the_block():
    file = read({"resource": {"aws_vpc": {"a": {"cidr": "x"}, "b": {}}}, "locals": {"l": 1}})

    assert [(block.type, block.labels) for block in file.body.blocks] == [
        ("resource", ["aws_vpc", "a"]), ("resource", ["aws_vpc", "b"]), ("locals", []),
    ]  # fmt: skip


def test_lists_are_several_blocks():
    file = read([{"provider": {"aws": [{"alias": "a"}, {"alias": "b"}]}}, {"output": {"o": {}}}])

    assert [block.labels for block in file.body.blocks] == [["aws"], ["aws"], ["o"]]


def test_a_property_is_a_block_where_the_schema_says_so():
    body = read({"resource": {"aws_security_group": {"x": {
        "ingress": [{"from_port": 22}, {"from_port": 80}], "tags": {"ingress": "no"}, "//": "note",
    }}}}).body.blocks[0].body  # fmt: skip

    assert list(body.attributes) == ["ingress", "tags"]
    given = body.given({"ingress": 0})
    assert list(given.attributes) == ["tags"]
    assert [block.type for block in given.blocks_of("ingress")] == ["ingress", "ingress"]


def test_dynamic_blocks():
    body = read({"resource": {"t": {"x": {"dynamic": {"ingress": {
        "for_each": "${var.ports}", "content": {"from_port": "${ingress.value}"},
    }}}}}}).body.blocks[0].body  # fmt: skip

    dynamic = body.blocks[0]
    assert (dynamic.type, dynamic.labels) == ("dynamic", ["ingress"])
    assert [block.type for block in dynamic.body.blocks] == ["content"]


def test_strings_are_templates():
    expr = attribute({"k-${n}": ["${n}", "a ${n + 1} $${n}", 1.5, None, True]})

    found = to_plain(evaluate(expr, Scope(variables={"n": number(3)})))
    assert found == {"k-3": [3, "a 4 ${n}", 1.5, None, True]}
    assert [ref.root for ref in references(expr)] == ["n", "n", "n"]


def test_places_inside_strings():
    file = parse(b'{\n  "locals": {\n    "x": "ab ${nope.y}"\n  }\n}', "main.tf.json")
    expr = file.body.blocks[0].body.attributes["x"].expr

    assert str(expr.span) == "main.tf.json:3:10"
    assert str(references(expr)[0].span) == "main.tf.json:3:16"


def test_types_are_written_in_strings():
    assert type_constraint(attribute("map(string)"))[0].json() == ["map", "string"]


def test_variable_files_take_strings_as_they_are():
    assert to_plain(literal_value(attribute({"a": ["${not.a.template}", 1]}))) == {
        "a": ["${not.a.template}", 1]
    }


def test_an_invalid_template_is_refused_when_it_is_evaluated():
    with pytest.raises(TerraformError, match=r"main\.tf\.json"):
        evaluate(attribute("${"), Scope())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1,]",
        '{"a":}',
        '{"a" 1}',
        "{a: 1}",
        '{"a": 1} x',
        '"x"',
        "[1]",
        '{"a": "\n"}',
        "nul",
    ],
)
def test_what_is_no_json_is_a_problem(text):
    file = read(text)

    assert len(file.problems) == 1
    assert file.body.blocks == []


def test_deep_json_is_a_problem():
    assert read('{"a":' * 5000).problems[0].summary == "Nested too deeply"
