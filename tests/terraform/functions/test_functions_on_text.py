"""Functions on strings, formats and regular expressions; every result is Terraform 1.11.4's."""

from __future__ import annotations

import pytest
from function_calls import refusal, result


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('upper("straße ŉ ᾳ ǆ")', "STRAßE ŉ ᾼ Ǆ"),
        ('lower("ΣΊΣ İ")', "σίσ i"),
        ('title("foo-bar o\'neil_x ǆ 1st")', "Foo-Bar O'Neil_x ǅ 1st"),
        ('strrev("a👨‍👩‍👧b🇯🇵")', "🇯🇵b👨‍👩‍👧a"),
        ('length("e\\u0301🇯🇵👩🏽‍🚀\\r\\n")', 4),
        ('length("क्षि")', 2),
        ('trimspace("\\u3000 x \\u2003")', "x"),
        ('trimspace("\\u001cx")', "\x1cx"),
        ('trim("abcxbca", "cba")', "x"),
        ('chomp("x\\r\\n\\n\\r")', "x"),
        ('indent(2, "a\\nb\\n")', "a\n  b\n  "),
        ('substr("hello", -3, 2)', "ll"),
        ('substr("hello", -2, 0)', "lo"),
        ('substr("hello", 1, 0)', ""),
        ('substr("hello", -99, 2)', "he"),
        ('substr("e\\u0301日本", 1, -1)', "日本"),
        ('split("", "aé")', ["a", "é"]),
        ('split(",", "")', [""]),
        ('join("-", [1, true], ["x"])', "1-true-x"),
        ('replace("aXbX", "", "-")', "-a-X-b-X-"),
        ('sort(["é", "z", "B", "a"])', ["B", "a", "z", "é"]),
    ],
)
def test_strings(call, expected):
    assert result(call) == expected


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('regex("(\\\\d+)-(x)?", "12-")', ["12", None]),
        ('regex("(?P<year>\\\\d{4})", "in 2024")', {"year": "2024"}),
        ('regex("(?P<a>.)(?P<a>.)", "xy")', {"a": "y"}),
        ('regex("[[:alpha:]]+\\\\(", "f(x)")', "f("),
        ('regexall("a*", "baac")', ["", "aa", ""]),
        ('regexall("\\\\B", "aé")', [""]),
        ('replace("abc", "/(b)/", "[$1$${1}x$$]")', "a[bbx$]c"),
        ('replace("abc", "/(b)/", "$1x")', "ac"),
        ('replace("foo", "/o*/", "-")', "-f-"),
        ('replace("日本", "/\\\\b|本/", ".")', "日."),
        ('replace("a/b", "/", ":")', "a:b"),
    ],
)
def test_regular_expressions(call, expected):
    assert result(call) == expected


@pytest.mark.parametrize("pattern", ["(?=a)", "\\\\1", "(", "\\\\C", "a{1001}", "(?P<a>.)(.)"])
def test_what_is_no_pattern_of_terraform(pattern):
    assert "invalid regexp pattern" in refusal(f'regex("{pattern}", "a")')


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('format("%v %v %v", 1000000, 0.1 + 0.2, "s")', "1e+06 0.3 s"),
        ('format("%v", {b = [1, null], a = "<"})', '{"a":"\\u003c","b":[1,null]}'),
        ('format("%05.1f|%-8.3e|%+g", 2.25, 1234.5, 1.5)', "002.2|1.234e+03|+1.5"),
        ('format("%-05.1f|", 1.5)', "001.5|"),
        ('format("%#x %#o %b %X", 255, 8, -5, 255)', "0xff 010 -101 FF"),
        ('format("%.0f %.0f", 0.5, 1.5)', "0 2"),
        ('format("%.30f", 1/3)', "0.333333333333333333333333333333"),
        ('format("%[2]s%[1]s", "a", "b")', "ba"),
        ('format("%5s|%-5s|%.1s", "日本", "e\\u0301", "e\\u0301x")', "   日本|é    |é"),
        ('format("%q", "a\\"<\\n")', '"a\\"\\u003c\\n"'),
        ('format("%.d|", 0)', "|"),
        ('format("%10000010d", 7)', "%!(NOVERB)%!(EXTRA *big.Int=7)"),
        ('formatlist("%s-%d", ["a", "b"], 3)', ["a-3", "b-3"]),
        ('formatlist("%s", [])', []),
    ],
)
def test_formats(call, expected):
    assert result(call) == expected


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ('format("%d", 1.5)', "an integer is required"),
        ('format("%s", [])', "string required"),
        ('format("%s")', "need index 1 but have 0 total"),
        ('format("x", 1)', "no verbs in format string"),
        ('format("%*d", 1, 2)', "unrecognized format character '*' at offset 1"),
        ('format("é%", 1)', "invalid format string starting at offset 3"),
        ('format("%y", 1)', "unsupported format verb 'y'"),
        ('formatlist("%s%s", ["a"], ["b", "c"])', "inconsistent with argument 1 of length 1"),
        ('indent(-1, "x")', "must not be negative"),
        ('join("", ["a", null])', "element 1 is null"),
        ('substr("x", 0, 1.5)', "value must be a whole number"),
    ],
)
def test_refusals(call, why):
    assert why in refusal(call)


def test_a_refusal_never_quotes_a_sensitive_value():
    calls = (
        "parseint(secret, 10)", 'cidrhost(secret, 1)', "timeadd(secret, secret)",
        "base64decode(secret)", "jsondecode(secret)", 'regex(secret, "x")', "lookup({}, secret)",
    )  # fmt: skip

    assert [call for call in calls if "hunter2" in refusal(call)] == []
