"""Numbers as Terraform computes and writes them; expected text is terraform 1.11.4's."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.terraform import number
from auditor.terraform.number import Counted, NumberError

THIRD = "0." + "3" * 154 + "5"

decimals = st.from_regex(r"-?(0|[1-9][0-9]{0,40})\.[0-9]{0,40}[1-9]", fullmatch=True)


def test_a_third_has_155_digits():
    assert number.text(number.divide(1, 3)) == THIRD


def test_a_count_by_a_count_has_64_bits():
    assert number.text(number.divide(Counted(1), Counted(3))) == "0.33333333333333333334"


def test_tenths_add_up():
    total = number.add(number.parse("0.1"), number.parse("0.2"))

    assert total == number.parse("0.3")
    assert number.text(total) == "0.3"


def test_a_power_of_two_from_a_float_is_written_with_53_bits():
    assert number.text(number.from_float(2.0**64)) == "18446744073709550000"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1e3", "1000"),
        ("1.e3", "1000"),
        (".5", "0.5"),
        ("+7", "7"),
        ("-0", "-0"),
        ("0.0", "0"),
        ("1E-7", "0.0000001"),
        ("1p3", "8"),
        ("007", "7"),
        ("123456789.000001", "123456789.000001"),
    ],
)
def test_reading_and_writing(text, written):
    assert number.text(number.parse(text)) == written


@pytest.mark.parametrize("text", ["", "x", "1_000", "0x10", "1e", " 1", "--1", "١", "inf"])
def test_what_is_no_number(text):
    with pytest.raises(NumberError):
        number.parse(text)


@pytest.mark.parametrize(
    ("a", "b", "rest"), [(5, 3, "2"), (-5, 3, "-2"), (5, -3, "2"), (5, 0, "5"), (7, 7, "0")]
)
def test_modulo(a, b, rest):
    assert number.text(number.modulo(a, b)) == rest


def test_zero_keeps_its_sign():
    minus = number.negate(0)

    assert minus == 0
    assert [number.text(n) for n in (minus, number.multiply(0, -1), number.add(minus, 0))] == [
        "-0", "-0", "0",
    ]  # fmt: skip
    assert number.divide(1, minus) == number.NEGATIVE_INFINITY


def test_division_by_zero_is_infinite():
    assert number.divide(-1, 0) == number.NEGATIVE_INFINITY
    assert number.compare(number.divide(1, 0), number.parse("1e5000")) > 0


def test_zero_by_zero_is_refused():
    with pytest.raises(NumberError, match="zero by zero"):
        number.divide(0, 0)


def test_large_whole_numbers_round_half_to_even():
    assert number.add(2**512, 1) == number.add(2**512, 0)
    assert number.add(2**512, 3) == number.add(2**512, 4)


def test_rounding_down_and_up():
    half = number.parse("-1.5")

    assert (number.floor(half), number.ceiling(half), number.truncate(half)) == (-2, -1, -1)


def test_huge_exponents_cost_nothing():
    huge, tiny = number.parse("1e100000000"), number.parse("1e-100000000")

    assert number.compare(number.add(huge, tiny), huge) == 0
    assert number.is_infinite(number.parse("1e999999999999"))
    with pytest.raises(NumberError, match="cannot be written"):
        number.text(huge)


@given(decimals)
def test_writing_reads_back(text):
    assert number.text(number.parse(text)) == text


@given(st.floats(allow_nan=False))
def test_floats_come_back(value):
    assert number.to_float(number.from_float(value)) == value


@given(st.integers(-(10**30), 10**30), st.integers(-(10**30), 10**30).filter(bool))
def test_whole_arithmetic_agrees_with_python(a, b):
    assert number.subtract(a, b) == a - b
    assert number.multiply(a, b) == a * b
    assert number.modulo(a, b) == int(math.fmod(a, b)) or abs(a) > 2**53 or abs(b) > 2**53
