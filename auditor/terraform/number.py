"""Terraform's numbers: exact whole numbers and 512-bit binary floating point.

Terraform computes with `big.Float` at 512 bits, rounding half to even. Here a whole number below
2^512 is a Python `int`; everything else is a `Float`, an odd mantissa times a power of two. The
two never overlap, so equal numbers are equal objects of one type, and both hash.

Source: go-cty 1.16 `cty/value_ops.go`, Go `math/big` (`ftoa.go`, `floatconv.go`).
"""

from __future__ import annotations

import re
from decimal import Decimal
from math import copysign, frexp
from typing import Final, TypeAlias

PRECISION: Final = 512
"""Bits of a mantissa."""

LARGEST_EXPONENT: Final = 2**31 - 1
"""Beyond this power of two a number is infinite."""

PRINTABLE_EXPONENT: Final = 60_000
"""Numbers outside 2^±this are refused when they are written out: they would fill the page."""

_LIMIT: Final = 1 << PRECISION
_INFINITE: Final = 1 << 62


class NumberError(ValueError):
    """Text that is no number, or an operation that has no result."""


class Counted(int):
    """A count or index as Terraform's functions give it: a whole number of 64 bits.

    It is an `int` in every way but one: what comes of two such numbers has only 64 bits.
    """

    __slots__ = ()
    precision = 64


class Rounded(int):
    """A whole number that came from a 64-bit float: it has 53 bits, and is written with as many."""

    __slots__ = ()
    precision = 53


class MinusZero(int):
    """Zero with a minus sign, which floating point has and Terraform writes."""

    __slots__ = ()
    precision = PRECISION


MINUS_ZERO: Final = MinusZero(0)


class Float:
    """`mantissa * 2**exponent`, the mantissa odd; infinite when the exponent is out of reach."""

    __slots__ = ("exponent", "mantissa", "precision")

    def __init__(self, mantissa: int, exponent: int, precision: int = PRECISION) -> None:
        self.mantissa = mantissa
        self.exponent = exponent
        self.precision = precision

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Float):
            return NotImplemented
        return self.mantissa == other.mantissa and self.exponent == other.exponent

    def __hash__(self) -> int:
        return hash((self.mantissa, self.exponent))

    def __lt__(self, other: Number) -> bool:
        return compare(self, other) < 0

    def __le__(self, other: Number) -> bool:
        return compare(self, other) <= 0

    def __gt__(self, other: Number) -> bool:
        return compare(self, other) > 0

    def __ge__(self, other: Number) -> bool:
        return compare(self, other) >= 0

    def __repr__(self) -> str:
        return f"Float({self.mantissa}, {self.exponent})"


Number: TypeAlias = "int | Float"

INFINITY: Final = Float(1, _INFINITE)
NEGATIVE_INFINITY: Final = Float(-1, _INFINITE)


def is_infinite(number: Number) -> bool:
    """Whether the number is plus or minus infinity."""
    return type(number) is Float and number.exponent == _INFINITE


def is_whole(number: Number) -> bool:
    """Whether the number has no fraction; infinity has none either way and is not whole."""
    return type(number) is not Float or (number.exponent > 0 and number.exponent != _INFINITE)


def normal(mantissa: int, exponent: int, precision: int = PRECISION) -> Number:
    """`mantissa * 2**exponent`, rounded half to even to `precision` bits, in canonical form."""
    if not mantissa:
        return 0
    size = mantissa.bit_length()
    if size > precision:
        mantissa = _shift_right(mantissa, size - precision)
        exponent += size - precision
    zeros = (mantissa & -mantissa).bit_length() - 1
    mantissa >>= zeros
    exponent += zeros
    top = mantissa.bit_length() + exponent
    if exponent >= 0 and top <= PRECISION:
        return mantissa << exponent
    if top > LARGEST_EXPONENT:
        return INFINITY if mantissa > 0 else NEGATIVE_INFINITY
    if top < -LARGEST_EXPONENT:
        return 0
    return Float(mantissa, exponent, precision)


def _shift_right(mantissa: int, bits: int) -> int:
    """Half to even, on the magnitude."""
    negative = mantissa < 0
    size = -mantissa if negative else mantissa
    kept, half = size >> bits, 1 << (bits - 1)
    rest = size & ((1 << bits) - 1)
    if rest > half or (rest == half and kept & 1):
        kept += 1
    return -kept if negative else kept


def _zero(*, negative: bool) -> Number:
    return MINUS_ZERO if negative else 0


def _is_negative(number: Number) -> bool:
    mantissa, _ = _split(number)
    return mantissa < 0 or number.__class__ is MinusZero


def _split(number: Number) -> tuple[int, int]:
    return (number.mantissa, number.exponent) if isinstance(number, Float) else (int(number), 0)


def _precision(a: Number, b: Number) -> int:
    """The bits that a result of these two has: as many as the better one."""
    if a.__class__ is int or b.__class__ is int:
        return PRECISION
    return max(a.precision, b.precision)  # type: ignore[union-attr]  # only plain ints have none


def _short(number: Number, precision: int) -> Number:
    """A whole number as one of this many bits."""
    if precision == PRECISION or isinstance(number, Float):
        return number
    return Counted(number) if precision == Counted.precision else Rounded(number)


def add(a: Number, b: Number) -> Number:
    """a + b."""
    if a.__class__ is int and b.__class__ is int:
        total = a + b
        return total if -_LIMIT < total < _LIMIT else normal(total, 0)
    if is_infinite(a) or is_infinite(b):
        if is_infinite(a) and is_infinite(b) and a != b:
            raise NumberError("can't compute sum of opposing infinities")
        return a if is_infinite(a) else b
    (ma, ea), (mb, eb) = _split(a), _split(b)
    if not ma or not mb:
        if ma or mb:
            return a if ma else b
        return _zero(negative=_is_negative(a) and _is_negative(b))
    top_a, top_b = ma.bit_length() + ea, mb.bit_length() + eb
    if abs(top_a - top_b) > 2 * PRECISION + 8:
        return a if top_a > top_b else b
    low = min(ea, eb)
    precision = _precision(a, b)
    return _short(normal((ma << (ea - low)) + (mb << (eb - low)), low, precision), precision)


def negate(a: Number) -> Number:
    """-a."""
    if isinstance(a, Float):
        return Float(-a.mantissa, a.exponent, a.precision)
    if not a:
        return _zero(negative=a.__class__ is not MinusZero)
    return -a if a.__class__ is int else a.__class__(-int(a))


def subtract(a: Number, b: Number) -> Number:
    """a - b."""
    return add(a, negate(b))


def multiply(a: Number, b: Number) -> Number:
    """a * b."""
    if a.__class__ is int and b.__class__ is int:
        product = a * b
        if not product:
            return _zero(negative=(a < 0) != (b < 0))
        return product if -_LIMIT < product < _LIMIT else normal(product, 0)
    (ma, ea), (mb, eb) = _split(a), _split(b)
    if is_infinite(a) or is_infinite(b):
        if not ma or not mb:
            raise NumberError("can't multiply zero by infinity")
        return INFINITY if ma * mb > 0 else NEGATIVE_INFINITY
    if not ma or not mb:
        return _zero(negative=_is_negative(a) != _is_negative(b))
    found = normal(ma * mb, ea + eb)
    # A product keeps all the bits that it needs.
    size = found.mantissa if isinstance(found, Float) else found
    needed = (size >> ((size & -size).bit_length() - 1)).bit_length() if size else 0
    precision = max(_precision(a, b), needed)
    if isinstance(found, Float):
        return Float(found.mantissa, found.exponent, min(precision, PRECISION))
    return _short(found, precision) if precision in (53, 64) else found


def divide(a: Number, b: Number) -> Number:
    """a / b, infinite where only b is zero; raises `NumberError` where both are."""
    (ma, ea), (mb, eb) = _split(a), _split(b)
    if not mb:
        if not ma:
            raise NumberError("can't divide zero by zero or infinity by infinity")
        return INFINITY if (ma > 0) != _is_negative(b) else NEGATIVE_INFINITY
    if is_infinite(b):
        if is_infinite(a):
            raise NumberError("can't divide zero by zero or infinity by infinity")
        return _zero(negative=_is_negative(a) != _is_negative(b))
    if not ma:
        return _zero(negative=_is_negative(a) != _is_negative(b))
    if is_infinite(a):
        return INFINITY if ma * mb > 0 else NEGATIVE_INFINITY
    precision = _precision(a, b)
    return _short(quotient(ma, ea, mb, eb, precision), precision)


def quotient(ma: int, ea: int, mb: int, eb: int, precision: int = PRECISION) -> Number:
    """(ma * 2**ea) / (mb * 2**eb), correctly rounded; mb is not zero."""
    negative = (ma < 0) != (mb < 0)
    ma, mb = abs(ma), abs(mb)
    shift = max(0, precision + 2 - (ma.bit_length() - mb.bit_length()))
    whole, rest = divmod(ma << shift, mb)
    sticky = (whole << 1) | (1 if rest else 0)
    return normal(-sticky if negative else sticky, ea - eb - shift - 1, precision)


def modulo(a: Number, b: Number) -> Number:
    """The remainder of a / b, with the sign of a; a itself where b is zero, as in cty."""
    if is_infinite(a) or is_infinite(b):
        return multiply(a, b)
    if not isinstance(b, Float):
        if not b:
            return a
        if not isinstance(a, Float):
            rest = abs(int(a)) % abs(int(b))
            return -rest if a < 0 else rest
    return subtract(a, multiply(b, truncate(divide(a, b))))


def compare(a: Number, b: Number) -> int:
    """Below zero, zero or above zero as a is less than, equal to or greater than b."""
    (ma, ea), (mb, eb) = _split(a), _split(b)
    if (ma > 0) != (mb > 0) or not ma or not mb:
        return (ma > mb) - (ma < mb)
    top_a, top_b = ma.bit_length() + ea, mb.bit_length() + eb
    if top_a != top_b:
        return 1 if (top_a > top_b) == (ma > 0) else -1
    low = min(ea, eb)
    left, right = ma << (ea - low), mb << (eb - low)
    return (left > right) - (left < right)


def truncate(number: Number) -> Number:
    """The whole part, towards zero."""
    if not isinstance(number, Float) or number.exponent >= 0:
        return number
    size = abs(number.mantissa) >> -number.exponent
    return -size if number.mantissa < 0 else size


def floor(number: Number) -> Number:
    """The largest whole number that is not greater; never a minus zero."""
    if not isinstance(number, Float) or number.exponent >= 0:
        return number or 0
    return number.mantissa >> -number.exponent


def ceiling(number: Number) -> Number:
    """The smallest whole number that is not less."""
    return negate(floor(negate(number))) or 0


def to_float(number: Number) -> float:
    """The nearest 64-bit float; may be infinite."""
    mantissa, exponent = _split(number)
    if not mantissa:
        return -0.0 if number.__class__ is MinusZero else 0.0
    size = mantissa.bit_length() + exponent
    if size > 1024:
        return float("inf") if mantissa > 0 else float("-inf")
    if size < -1100:
        return 0.0
    if exponent >= 0:
        try:
            return float(mantissa << exponent)
        except OverflowError:
            return float("inf") if mantissa > 0 else float("-inf")
    return mantissa / (1 << -exponent)


def from_float(value: float) -> Number:
    """The exact value of a 64-bit float; raises `NumberError` for "not a number"."""
    if value != value:
        raise NumberError("not a number")
    if value in (float("inf"), float("-inf")):
        return INFINITY if value > 0 else NEGATIVE_INFINITY
    if not value:
        return _zero(negative=copysign(1.0, value) < 0)
    fraction, exponent = frexp(value)
    return _short(normal(int(fraction * (1 << 53)), exponent - 53, 53), 53)


_DECIMAL = re.compile(r"([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:([eEpP])([+-]?\d+))?")


def parse(text: str) -> Number:
    """The number that decimal text writes, rounded to 512 bits; raises `NumberError`.

    Accepts what Go's `big.ParseFloat` accepts in base 10: a sign, digits with a fraction, an
    exponent of ten (`e`) or of two (`p`).
    """
    match = _DECIMAL.fullmatch(text) if text.isascii() else None
    if match is None:
        raise NumberError("a number is required")
    sign, whole, fraction, bare, kind, exponent = match.groups()
    fraction = fraction or bare or ""
    digits = (whole or "") + fraction
    power = int(exponent[:12]) if exponent else 0
    mantissa, dropped = _digits(digits.lstrip("0"))
    if sign == "-":
        mantissa = -mantissa
    if not mantissa:
        return _zero(negative=sign == "-")
    if kind in ("p", "P"):
        return _scale(mantissa, power, dropped - len(fraction))
    return _scale(mantissa, 0, dropped + power - len(fraction))


_DIGITS: Final = 4000
"""More decimal digits than this decide nothing about 512 bits, save for being there."""


def _digits(digits: str) -> tuple[int, int]:
    """Decimal digits as an int, and how many at the end of very many it leaves out."""
    kept, rest = digits[:_DIGITS], digits[_DIGITS:]
    if rest.strip("0"):
        kept = f"{kept[:-1]}{int(kept[-1]) | 1}"
    return int(kept or "0"), len(rest)


def _scale(mantissa: int, two: int, ten: int) -> Number:
    """mantissa * 2**two * 10**ten, rounded once."""
    top = mantissa.bit_length() + two + int(ten * 3.3219280948873626)
    if top > LARGEST_EXPONENT + 64:
        return INFINITY if mantissa > 0 else NEGATIVE_INFINITY
    if top < -LARGEST_EXPONENT - 64:
        return 0
    power, rest = _power_of_five(abs(ten))
    if ten >= 0:
        return normal(mantissa * power, two + ten + rest)
    return quotient(mantissa, two + ten, power, rest)


def _power_of_five(exponent: int) -> tuple[int, int]:
    """5**exponent as (mantissa, power of two): exact while small, else 640 leading bits."""
    if exponent <= 2000:
        return 5**exponent, 0
    mantissa, two = 1, 0
    for bit in bin(exponent)[2:]:
        mantissa, two = mantissa * mantissa, two * 2
        if bit == "1":
            mantissa *= 5
        excess = mantissa.bit_length() - 640
        if excess > 0:
            mantissa >>= excess
            two += excess
    return mantissa, two


def text(number: Number) -> str:
    """The number as Terraform writes it: the shortest decimal that reads back as the same.

    No exponent is ever written. Raises `NumberError` for infinity and for numbers so large or
    small that the text would fill pages.
    """
    if isinstance(number, Rounded) and abs(number) > 1 << 53:
        zeros = (number & -number).bit_length() - 1
        sign, digits, point = shortest(Float(int(number) >> zeros, zeros, number.precision))
    elif not isinstance(number, Float):
        return "-0" if number.__class__ is MinusZero else str(int(number))
    else:
        sign, digits, point = shortest(number)
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if point >= len(digits):
        return sign + digits + "0" * (point - len(digits))
    return f"{sign}{digits[:point]}.{digits[point:]}"


def shortest(number: Float) -> tuple[str, str, int]:
    """Sign, digits and place of the decimal point of the shortest decimal that reads back."""
    if is_infinite(number):
        raise NumberError("an infinite number cannot be written")
    if abs(number.exponent) > PRINTABLE_EXPONENT:
        raise NumberError("a number this large or small cannot be written out")
    size = abs(number.mantissa)
    shift = number.precision + 1 - size.bit_length()
    middle, exponent = size << shift, number.exponent - shift
    digits, point = _decimal(middle, exponent)
    lower, lower_point = _decimal(middle - 1, exponent)
    upper, upper_point = _decimal(middle + 1, exponent)
    if point != upper_point or point != lower_point:
        # The bounds straddle a power of ten: line them up digit by digit.
        widest = max(point, lower_point, upper_point)
        digits = "0" * (widest - point) + digits
        lower = "0" * (widest - lower_point) + lower
        upper = "0" * (widest - upper_point) + upper
        point = widest
    digits = _shorten(digits, lower, upper, inclusive=not middle & 2)
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    return "-" if number.mantissa < 0 else "", stripped.rstrip("0"), point


def _shorten(digits: str, lower: str, upper: str, *, inclusive: bool) -> str:
    for index, digit in enumerate(digits):
        low = lower[index] if index < len(lower) else "0"
        high = upper[index] if index < len(upper) else "0"
        down = low != digit or (inclusive and index + 1 == len(lower))
        up = digit != high and (inclusive or ord(digit) + 1 < ord(high) or index + 1 < len(upper))
        if down and up:
            rest = digits[index + 1 :]
            half = rest[:1] > "5" or (rest[:1] == "5" and len(rest.rstrip("0")) > 1)
            tie = rest[:1] == "5" and len(rest.rstrip("0")) == 1
            up = half or (tie and int(digit) % 2 == 1)
            down = not up
        if down:
            return digits[: index + 1]
        if up:
            return digits[:index] + chr(ord(digit) + 1)
    return digits


def _decimal(mantissa: int, exponent: int) -> tuple[str, int]:
    """mantissa * 2**exponent exactly: its digits without end zeros, and the decimal point."""
    if exponent >= 0:
        mantissa <<= exponent
        scale = 0
    else:
        mantissa *= 5**-exponent
        scale = -exponent
    # Decimal has no limit on the length of the text, and converts in better than square time.
    digits = format(Decimal(mantissa), "f")
    return digits.rstrip("0"), len(digits) - scale
