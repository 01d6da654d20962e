"""Numbers, times and networks; every result is Terraform 1.11.4's."""

from __future__ import annotations

import pytest
from function_calls import refusal, result, value_of

from auditor.terraform import number
from auditor.terraform.function import Budget


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("pow(2, 64)", "18446744073709550000"),
        ("pow(46, 13)", "4129065876983541000000"),
        ("pow(1.5, -74.002)", "0.00000000000009308820315337983"),
        ("pow(-8, 3)", "-512"),
        ("log(174, 616.8)", "0.8030226952963238"),
        ("ceil(-1.5)", "-1"),
        ("floor(-1.5)", "-2"),
        ("abs(-0.1)", "0.1"),
        ("max(1, 2.5)", "2.5"),
        ('min("3", 2)', "2"),
        ("signum(-7)", "-1"),
        ('parseint("-Zz", 36)', "-1295"),
        ('parseint("aA", 62)', "656"),
        ('timecmp("2017-11-22T01:00:00Z", "2017-11-22T00:00:00-01:00")', "0"),
        ('timecmp("2020-01-01T9:00:00,5Z", "2020-01-01T09:00:00Z")', "1"),
    ],
)
def test_numbers(call, expected):
    assert number.text(value_of(call).v) == expected


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            "formatdate(\"EEEE, DD-MMM-YY HH:mmaa 'o''clock' ZZZ\", \"0000-02-29T13:04:05+01:00\")",
            "Tuesday, 29-Feb-00 01:04pm o'clock +0100",
        ),
        ('timeadd("9999-12-31T23:59:59.9Z", "100ms")', "10000-01-01T00:00:00Z"),
        ('timeadd("2020-03-01T00:00:00-03:30", "-1h.5m")', "2020-02-29T22:59:30-03:30"),
        ('cidrhost("fd00::/64", -1)', "fd00::ffff:ffff:ffff:ffff"),
        ('cidrhost("fd00::/64", 18446744073709551616)', "fd00:0:0:1::"),
        ('cidrhost("010.0.0.0/08", 5)', "10.0.0.5"),
        ('cidrnetmask("172.16.0.0/12")', "255.240.0.0"),
        ('cidrsubnet("10.1.2.3/24", 2, 1)', "10.1.2.64/26"),
        ('cidrsubnet("10.0.0.0/8", 8, -1)', "0.1.0.0/16"),
        ('cidrsubnet("::ffff:1.2.3.0/120", 4, 1)', "1.2.3.16/28"),
        ('cidrsubnets("10.1.0.0/16", 4, 4, 8)', ["10.1.0.0/20", "10.1.16.0/20", "10.1.32.0/24"]),
    ],
)
def test_times_and_networks(call, expected):
    assert result(call) == expected


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("pow(-1, 0.5)", "not a number"),
        ("signum(0.5)", "value must be a whole number"),
        ('parseint("9", 8)', 'cannot parse "9" as a base 8 integer'),
        ('parseint("1", 63)', "between 2 and 62 inclusive"),
        ('formatdate("YYY", "2020-01-01T00:00:00Z")', 'year must either be "YY" or "YYYY"'),
        ('formatdate("\'x", "2020-01-01T00:00:00Z")', "unterminated literal '"),
        ('formatdate("", "2020-02-30T00:00:00Z")', "not a valid RFC3339 timestamp"),
        ('timeadd("2020-01-01T00:00:00Z", "1d")', 'unknown unit "d" in duration "1d"'),
        ('cidrhost("10.0.0.0/24", 256)', "does not accommodate a host numbered 256"),
        ('cidrsubnet("10.0.0.0/24", 9, 0)', "insufficient address space"),
        ('cidrsubnets("10.1.0.0/16", 1, 1, 1)', "not enough remaining address space"),
        ('cidrnetmask("fd00::/8")', "IPv6 addresses cannot have a netmask"),
        ('cidrhost("1:2::3::4/64", 0)', "invalid CIDR address"),
    ],
)
def test_refusals(call, why):
    assert why in refusal(call)


def test_the_time_of_the_plan_is_one_for_an_evaluation_and_that_of_apply_is_unknown():
    budget = Budget()
    budget.started = 1_700_000_000.9

    assert value_of("plantimestamp()", budget=budget).v == "2023-11-14T22:13:20Z"
    assert [result(f"{name}()").because for name in ("timestamp", "uuid")] == [
        "timestamp() is the time of apply",
        "uuid() gives another result with every call",
    ]
