"""Functions on lists, sets, maps and objects; every result is Terraform 1.11.4's."""

from __future__ import annotations

import pytest
from function_calls import refusal, result, value_of


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('element(["a", "b", "c"], 4)', "b"),
        ('element(["a", "b"], -2)', "a"),
        ('element(tolist(["a", "b", "c"]), -4)', "c"),
        ("chunklist([1, 2, 3], 2)", [[1, 2], [3]]),
        ("chunklist([1, 2], 0)", [[1, 2]]),
        ('coalesce(null, "", 5)', "5"),
        ('coalescelist([], ["a"])', ["a"]),
        ('compact(["a", null, ""])', ["a"]),
        ('concat(tolist(["a"]), [1])', ["a", 1]),
        ('contains(["1"], 1)', False),
        ('distinct([["a"], ["a"], ["b"]])', [["a"], ["b"]]),
        ('flatten(["a", ["b", ["c", []]], null])', ["a", "b", "c", None]),
        ('index(["a", "b"], "b")', 1),
        ('matchkeys(["a", "b"], ["x", "y"], ["y"])', ["b"]),
        ('one(toset(["x"]))', "x"),
        ("one([])", None),
        ("range(1, 8, 2)", [1, 3, 5, 7]),
        ("range(3, 1)", [3, 2]),
        ("range(1, 1, 0)", []),
        ('reverse(toset(["a", "b"]))', ["b", "a"]),
        ('slice([1, "a", true], 1, 3)', ["a", True]),
        ('sum(["1", 2.5])', 3.5),
        ("alltrue([])", True),
        ("anytrue([false, null])", False),
        ('keys({B = 1, a = 2, "é" = 3, z = 4})', ["B", "a", "z", "é"]),
        ("values({c = 1, a = 2})", [2, 1]),
        ('lookup({a = null}, "a", "d")', None),
        ('lookup(tomap({a = 1}), "b", "5")', 5),
        ('merge({a = 1}, null, {a = "x", b = 2})', {"a": "x", "b": 2}),
        ("merge()", {}),
        ('transpose({a = ["1", "2"], b = ["2"]})', {"1": ["a"], "2": ["a", "b"]}),
        ('zipmap(["b", "a"], [1, "x"])', {"a": "x", "b": 1}),
        ('setproduct(["a", "b"], [1])', [["a", 1], ["b", 1]]),
        ('setunion(["b"], ["a", 1])', ["1", "a", "b"]),
        ("setsubtract([1, 2], [2])", [1]),
        ("setintersection([1, 2], [2], [2, 3])", [2]),
        ('toset(["b", "a", "b"])', ["a", "b"]),
        ('tomap({a = 1, b = "true"})', {"a": "1", "b": "true"}),
    ],
)
def test_results(call, expected):
    assert result(call) == expected


@pytest.mark.parametrize(
    ("call", "json_type"),
    [
        ('concat(tolist(["a"]), tolist(["b"]))', ["list", "string"]),
        ('setproduct(toset(["a"]), [1])', ["set", ["tuple", ["string", "number"]]]),
        ('merge({a = 1}, {b = "x"})', ["object", {"a": "number", "b": "string"}]),
        ("keys({a = 1})", ["tuple", ["string"]]),
        ("one([])", "dynamic"),
        ('regexall("(a)(b)", "")', ["list", ["tuple", ["string", "string"]]]),
        ('tolist(["a", 1])', ["list", "string"]),
    ],
)
def test_types(call, json_type):
    assert value_of(call).ty.json() == json_type


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ('element(["a", "b", "c"], -4)', "index out of range"),
        ("element([], 0)", "cannot use element function with an empty list"),
        ('element(toset(["a"]), 0)', "cannot read elements from set of string"),
        ("range(1025)", "more than 1024 values were generated"),
        ("range(1, 5, -1)", "end must be less than start when step is negative"),
        ("one([1, 2])", "either zero or one elements"),
        ("slice([1, 2], 2, 1)", "start index must not be greater than end index"),
        ('lookup({}, "a")', 'the given object has no attribute "a"'),
        ('lookup(tomap({a = ["x"]}), "b", [])', "the same type as the map elements"),
        ("coalesce(null, null)", "no non-null, non-empty-string arguments"),
        ("coalesce([1], {})", "all arguments must have the same type"),
        ('sum(["x"])', "list, set, or tuple of number values"),
        ('sort(["a", null])', "list element 1 is null"),
        ('zipmap(["a"], [])', "number of keys (1) does not match number of values (0)"),
        ('tobool("yes")', 'cannot convert "yes" to bool'),
        ('list("a")', "use tolist([ ... ]) syntax"),
        ("keys(null)", "argument must not be null"),
    ],
)
def test_refusals(call, why):
    assert why in refusal(call)
