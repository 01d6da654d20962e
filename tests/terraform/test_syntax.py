"""What is read from `.tf` text, where it stands, and what is said of errors."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.terraform.cty import TerraformError
from auditor.terraform.syntax import (
    Invalid,
    Literal,
    ObjectCons,
    Reference,
    Template,
    TemplateWrap,
    parse,
    parse_expression,
    parse_template,
)


def read(text, filename="main.tf"):
    return parse(text.encode(), filename)


def first_problem(text):
    file = read(text)
    return f"{file.problems[0].span}: {file.problems[0].summary}"


def test_arguments_and_blocks_with_their_places():
    file = read('resource "aws_vpc" main {\n  cidr = "10.0.0.0/8" # why\n  tags { a = 1 }\n}\n')

    block = file.body.blocks[0]
    cidr = block.body.attributes["cidr"]
    assert (block.type, block.labels) == ("resource", ["aws_vpc", "main"])
    assert str(block.header_span) == "main.tf:1:1"
    assert (cidr.span.line, cidr.span.column, cidr.span.end_column) == (2, 3, 22)
    assert str(cidr.expr.span) == "main.tf:2:10"
    assert block.body.blocks[0].body.attributes["a"].expr.text == "1"
    assert [file.source.text[a:b] for a, b in file.comments] == ["# why"]
    assert file.problems == []


def test_columns_count_what_people_see():
    file = read('a = "e\u0301日" == x\n')

    comparison = file.body.attributes["a"].expr
    assert (comparison.right.span.column, comparison.right.span.start) == (13, 16)


def test_byte_order_mark_and_carriage_returns():
    file = parse(b"\xef\xbb\xbfa = 1\r\nb = <<E\r\nx\r\nE\r\n", "main.tf")

    assert file.problems == []
    assert file.body.attributes["b"].expr.value.v == "x\r\n"


def test_traversals_take_up_literal_keys():
    expr = parse_expression('a.b[0]["k"].c')

    assert isinstance(expr, Reference)
    assert [step.name or step.key.v for step in expr.steps] == ["b", 0, "k", "c"]


def test_one_sequence_alone_keeps_its_type():
    assert isinstance(parse_expression('"${a}"'), TemplateWrap)
    assert isinstance(parse_expression('"${a} "'), Template)
    assert isinstance(parse_expression('"a"'), Literal)


def test_a_bare_key_is_text_and_one_in_parentheses_is_not():
    expr = parse_expression("{ a = 1, (b) = 2, true = 3 }")

    assert isinstance(expr, ObjectCons)
    assert [key.value.v for key, _ in expr.items[::2]] == ["a", "true"]
    assert isinstance(expr.items[1][0].inner, Reference)


def test_newlines_do_not_count_in_brackets_and_for():
    assert read("a = [\n1,\n\n2\n]\nb = {\nfor x in\ny : x\n=> 1\n}\n").problems == []
    assert read("a = (\n1\n+\n2)\n").problems == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a = \n", "main.tf:1:5: Invalid expression"),
        ("a = 1 2\n", "main.tf:1:7: Missing newline after argument"),
        ("a = 'x'\n", "main.tf:1:5: Invalid character"),
        ("a = `x`\n", "main.tf:1:5: Invalid character"),
        ('a = "x\n"\n', "main.tf:1:7: Invalid multi-line string"),
        ('a = "\\q"\n', "main.tf:1:6: Invalid escape sequence"),
        ("a = x & y\n", "main.tf:1:7: Unsupported operator"),
        ("a = f(1\n", "main.tf:2:1: Unterminated function call"),
        ("a = f(1 2)\n", "main.tf:1:9: Missing argument separator"),
        ("a = [1 2]\n", "main.tf:1:8: Missing item separator"),
        ("a = {b}\n", "main.tf:1:7: Missing key/value separator"),
        ("a = {b = 1 c = 2}\n", "main.tf:1:12: Missing attribute separator"),
        ("a = b ? c\n", "main.tf:1:10: Missing false expression in conditional"),
        ("a = [for x : x]\n", "main.tf:1:12: Invalid 'for' expression"),
        ("a = b.*.*\n", "main.tf:1:9: Nested splat expression not allowed"),
        ("a = b[*\n", "main.tf:1:8: Missing close bracket on splat index"),
        ("a = b.0.1\n", "main.tf:1:7: Invalid legacy index syntax"),
        ('a = "${b"\n', "main.tf:1:9: Extra characters after interpolation expression"),
        ('a = "%{ if b }"\n', "main.tf:1:6: Unexpected end of template"),
        ('a = "%{ else }"\n', "main.tf:1:6: Unexpected else directive"),
        ("a = <<E\nx\n", "main.tf:3:1: Unterminated template string"),
        ("a = <<E\nE", "main.tf:2:2: Unterminated template string"),
        ("a = 1\na = 2\n", "main.tf:2:1: Attribute redefined"),
        ('"a" = 1\n', "main.tf:1:1: Invalid argument name"),
        ("a\n", "main.tf:1:1: Argument or block definition required"),
        ('b "l" = 1\n', "main.tf:1:7: Invalid block definition"),
        ("b {\n", "main.tf:1:3: Unclosed configuration block"),
        ("b { c = 1, d = 2 }\n", "main.tf:1:10: Invalid single-argument block definition"),
        ("b { c {} }\n", "main.tf:1:5: Argument definition required"),
        ("b {} c {}\n", "main.tf:1:6: Missing newline after block definition"),
        ("}\n", "main.tf:1:1: Argument or block definition required"),
        ("a = 1.2.3\n", "main.tf:1:5: Invalid number literal"),
    ],
)
def test_errors_in_terraforms_words_at_their_place(text, problem):
    assert first_problem(text) == problem


def test_the_rest_is_read_past_an_error():
    file = read('a = [1,\nresource "x" "y" {\n  b = 1 +\n  c = 2\n}\nd = 3\n')

    block = file.body.blocks[0]
    assert isinstance(file.body.attributes["a"].expr, Invalid)
    assert isinstance(block.body.attributes["b"].expr, Invalid)
    assert block.body.attributes["c"].expr.value.v == 2
    assert len(file.problems) == 2


def test_an_unclosed_block_does_not_swallow_the_next():
    file = read('resource "a" "b" {\n  x = 1\nresource "c" "d" {\n  y = 2\n}\n')

    assert [block.labels for block in file.body.blocks] == [["a", "b"], ["c", "d"]]
    assert list(file.body.blocks[0].body.attributes) == ["x"]
    assert [problem.summary for problem in file.problems] == ["Unclosed configuration block"]


@pytest.mark.parametrize(
    "data", [b"\xff\xfe\x00binary", b"a = \x00\n", bytes(range(256)), b"", b"\n\n"]
)
def test_any_bytes_are_read_or_refused(data):
    parse(data, "main.tf")
    parse(data, "main.tf.json")


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 5000,
        "a = " + "(" * 5000 + "1" + ")" * 5000,
        "a = " + "{b=" * 5000,
        'a = "' + '${"' * 3000,
        "a = " + "-" * 5000 + "1",
        "a = " + "x ? y : " * 5000 + "z",
        "b {\n" * 5000,
        "a = " + "f(" * 5000,
        "a = x" + "[0" * 5000,
        'a = "' + "%{ if x }" * 5000 + '"',
    ],
)
def test_deep_nesting_is_a_problem_and_fast(text):
    begun = time.perf_counter()
    file = read(text + "\n")

    assert file.problems
    assert time.perf_counter() - begun < 2


def test_long_chains_are_no_nesting():
    expr = parse_expression(" + ".join(["1"] * 5000))

    assert expr.text.startswith("1 + 1")


def test_bare_templates():
    expr = parse_template("a%{ for x in y ~}\n ${x}\n%{ endfor }$${b}\\n")

    assert isinstance(expr, Template)
    assert [part.value.v for part in expr.parts if isinstance(part, Literal)] == ["a", "${b}\\n"]


def test_an_expression_must_be_alone():
    with pytest.raises(TerraformError, match="Extra characters after expression"):
        parse_expression("1 2")


@given(st.text(alphabet=st.sampled_from('ab0 \n\t"\\$%{}[]()<>-.,=:?!&|#/*~EOT'), max_size=60))
def test_no_text_breaks_the_parser(text):
    file = read(text)

    assert all(0 <= problem.span.start <= len(text.encode()) for problem in file.problems)


@given(st.binary(max_size=60))
def test_no_bytes_break_the_parser(data):
    parse(data, "main.tf")
    parse(data, "main.tf.json")
