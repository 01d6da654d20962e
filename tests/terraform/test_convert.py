"""Conversion between types, the common type of several, type constraints and defaults."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.terraform import cty
from auditor.terraform.constraints import apply_defaults, type_constraint
from auditor.terraform.convert import ConversionError, convert
from auditor.terraform.cty import TerraformError, Value
from auditor.terraform.expressions import evaluate
from auditor.terraform.plain import to_plain
from auditor.terraform.scope import Scope
from auditor.terraform.syntax import parse_expression
from auditor.terraform.types import (
    BOOL,
    DYNAMIC,
    EMPTY_TUPLE,
    NUMBER,
    STRING,
    List,
    Map,
    Object,
    Set,
    Tuple,
    from_json,
)
from auditor.terraform.unify import unify
from auditor.values import Ref


def value_of(text):
    return evaluate(parse_expression(text), Scope())


def type_of(text):
    return type_constraint(parse_expression(text))[0]


def given_as(text, constraint):
    type_, defaults = type_constraint(parse_expression(constraint))
    return to_plain(convert(apply_defaults(value_of(text), defaults), type_))


def test_equal_types_are_one_object():
    assert Object({"a": List(STRING), "b": BOOL}) is Object({"b": BOOL, "a": List(STRING)})
    assert pickle.loads(pickle.dumps(Map(Tuple([NUMBER])))) is Map(Tuple([NUMBER]))


@pytest.mark.parametrize(
    ("text", "constraint", "result"),
    [
        ("[1, true, \"x\"]", "list(string)", ["1", "true", "x"]),
        ("[\"b\", \"a\", \"b\"]", "set(string)", ["a", "b"]),
        ("[3, 20, 100]", "set(number)", [3, 20, 100]),
        ("{ a = 1, b = \"2\" }", "map(number)", {"a": 1, "b": 2}),
        ("{ a = 1, extra = 2 }", "object({ a = string })", {"a": "1"}),
        ("[1, \"2\"]", "tuple([string, number])", ["1", 2]),
        ("[1, \"x\"]", "list(any)", ["1", "x"]),
        ("null", "list(string)", None),
        ("{}", "object({ a = optional(string) })", {"a": None}),
        ("{}", "object({ a = optional(string, \"d\") })", {"a": "d"}),
        ("{ a = null }", "object({ a = optional(string, \"d\") })", {"a": "d"}),
        ("[{}, { a = 2 }]", "list(object({ a = optional(number, 1) }))", [{"a": 1}, {"a": 2}]),
        (
            "{}",
            "object({ o = optional(object({ x = optional(number, 7) }), {}) })",
            {"o": {"x": 7}},
        ),
    ],
)  # fmt: skip
def test_values_under_a_constraint(text, constraint, result):
    assert given_as(text, constraint) == result


@pytest.mark.parametrize(
    ("text", "constraint", "message"),
    [
        ("[]", "string", "string required"),
        ("\"x\"", "number", "a number is required"),
        ("\"TRUE\"", "bool", 'a bool is required; to convert from string, use lowercase "true"'),
        ("[\"x\"]", "list(number)", "a number is required"),
        ("[[]]", "list(number)", "element 0: number required"),
        ("{}", "object({ a = string })", 'attribute "a" is required'),
        ("{}", "object({ a = any, b = any, c = any })",
         'attributes "a", "b", and "c" are required'),
        ("[1, []]", "list(any)", "all list elements must have the same type"),
        ("{ a = 1, b = {} }", "map(any)", "all map elements must have the same type"),
    ],
)  # fmt: skip
def test_refusals_in_terraforms_words(text, constraint, message):
    with pytest.raises(ConversionError) as caught:
        given_as(text, constraint)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    "text",
    [
        '"string"',
        "list(string, string)",
        "objekt({})",
        'object({ "a" = string })',
        "optional(string)",
        "tuple",
        "string()",
        "object({ a = optional() })",
        'object({ a = optional(number, "x") })',
        "object({ a = string, a = number })",
        "var.x",
        "1",
    ],
)
def test_constraints_that_are_refused(text):
    with pytest.raises(TerraformError) as caught:
        type_of(text)
    assert caught.value.range is not None


def test_the_old_words_for_collections_of_anything():
    assert type_of("list") is List(DYNAMIC)
    assert type_of("map") is Map(DYNAMIC)


def test_common_types():
    assert unify([NUMBER, STRING, BOOL]) is STRING
    assert unify([NUMBER, BOOL]) is None
    assert unify([Tuple([NUMBER]), Tuple([STRING, BOOL])]) is List(STRING)
    assert unify([List(NUMBER), Tuple([STRING])]) is List(STRING)
    assert unify([Object({"a": NUMBER}), Object({"a": STRING})]) is Object({"a": STRING})
    assert unify([Object({"a": NUMBER}), Object({"b": NUMBER})]) is Map(NUMBER)
    assert unify([EMPTY_TUPLE, Set(STRING)]) is Set(STRING)


def test_an_unknown_keeps_what_it_is_through_a_constraint():
    unset = cty.unknown(DYNAMIC, refs=(Ref("module.net", ("ids",)),), exact=True)

    found = convert(unset, List(STRING))

    assert (found.ty, found.v.exact, found.v.refs) == (List(STRING), True, unset.v.refs)


def test_a_set_with_an_unknown_element_becomes_an_unknown_list_with_the_others():
    element = cty.unknown(STRING, refs=(Ref("var.x"),))
    as_set = cty.set_([cty.string("a"), element])

    found = convert(as_set, List(STRING))

    assert to_plain(found).items[0] == "a"


def test_a_tuple_with_an_unknown_stays_known_as_a_list():
    element = cty.unknown(STRING, refs=(Ref("var.x"),))

    found = convert(cty.tuple_([cty.string("0.0.0.0/0"), element]), List(STRING))

    assert to_plain(found)[0] == "0.0.0.0/0"


leaves = st.one_of(
    st.text(max_size=5).map(cty.string),
    st.integers(-(10**9), 10**9).map(cty.number),
    st.booleans().map(cty.boolean),
    st.just(cty.null()),
    st.just(cty.unknown(STRING, refs=(Ref("var.x"),))),
)
names = st.text("abc", min_size=1, max_size=2)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(cty.tuple_),
        st.dictionaries(names, inner, max_size=3).map(cty.object_),
    ),
    max_leaves=8,
)
types = st.recursive(
    st.sampled_from([STRING, NUMBER, BOOL, DYNAMIC]),
    lambda inner: st.one_of(
        inner.map(List),
        inner.map(Set),
        inner.map(Map),
        st.lists(inner, max_size=3).map(Tuple),
        st.dictionaries(names, inner, max_size=3).map(Object),
    ),
    max_leaves=6,
)


@given(types)
def test_types_come_back_from_json(type_):
    assert from_json(type_.json()) is type_


@given(values, types)
def test_a_converted_value_converts_to_itself(value, type_):
    try:
        once = convert(value, type_)
    except ConversionError:
        return
    assert to_json(convert(once, type_)) == to_json(once)
    assert to_json(convert(once, once.ty)) == to_json(once)


@given(values)
def test_numbers_and_bools_survive_text(value):
    if value.ty in (NUMBER, BOOL) and value.v is not None:
        assert convert(convert(value, STRING), value.ty).v == value.v


@given(st.lists(st.one_of(st.text(max_size=3), st.none()), max_size=6))
def test_sets_are_ordered_and_without_repeats(items):
    found = cty.set_([cty.null(STRING) if i is None else cty.string(i) for i in items], STRING)
    texts = [item.v for item in found.v]

    assert texts == sorted({t for t in texts if t is not None}) + [None] * (None in texts)
    again = cty.set_(reversed(found.v), STRING)
    assert [item.v for item in again.v] == texts


def to_json(value: Value):
    if isinstance(value.v, cty.UnknownVal):
        return "unknown"
    if isinstance(value.v, list):
        return [to_json(item) for item in value.v]
    if isinstance(value.v, dict):
        return {key: to_json(item) for key, item in value.v.items()}
    return value.v
