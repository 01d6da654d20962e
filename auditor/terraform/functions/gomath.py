"""Logarithm and power in 64-bit floating point, to the bit as Go computes them.

Source: Go 1.23 `math` (`log.go`, `pow.go`, from FreeBSD's msun; `exp_amd64.s`, from SLEEF).
"""

from __future__ import annotations

from fractions import Fraction
from math import copysign, frexp, inf, isinf, isnan, ldexp, modf, nan, sqrt
from typing import Final

_LN2_HIGH: Final = 6.93147180369123816490e-01
_LN2_LOW: Final = 1.90821492927058770002e-10
_L1: Final = 6.666666666666735130e-01
_L2: Final = 3.999999999940941908e-01
_L3: Final = 2.857142874366239149e-01
_L4: Final = 2.222219843214978396e-01
_L5: Final = 1.818357216161805012e-01
_L6: Final = 1.531383769920937332e-01
_L7: Final = 1.479819860511658591e-01


def log(x: float) -> float:
    """The natural logarithm."""
    if isnan(x) or x == inf:
        return x
    if x <= 0:
        return -inf if x == 0 else nan
    fraction, exponent = frexp(x)
    if fraction < sqrt(2) / 2:
        fraction, exponent = fraction * 2, exponent - 1
    f, k = fraction - 1, float(exponent)
    s = f / (2 + f)
    s2 = s * s
    s4 = s2 * s2
    odd = s2 * (_L1 + s4 * (_L3 + s4 * (_L5 + s4 * _L7)))
    even = s4 * (_L2 + s4 * (_L4 + s4 * _L6))
    half_square = 0.5 * f * f
    return k * _LN2_HIGH - ((half_square - (s * (half_square + (odd + even)) + k * _LN2_LOW)) - f)


def power(x: float, y: float) -> float:
    """x to the power of y; infinite or not a number where there is no result."""
    special = _special_power(x, y)
    if special is not None:
        return special
    fraction, whole = modf(abs(y))
    if fraction and x < 0:
        return nan
    if whole >= 1 << 63:
        if x == -1:
            return 1.0
        return 0.0 if (abs(x) < 1) == (y > 0) else inf
    result = 1.0
    if fraction:
        if fraction > 0.5:
            fraction, whole = fraction - 1, whole + 1
        result = exp(fraction * log(x))
    result, exponent = _times_whole_power(result, x, int(whole))
    if y < 0:
        result, exponent = 1 / result, -exponent
    try:
        return ldexp(result, exponent)
    except OverflowError:
        return copysign(inf, result)


def _special_power(x: float, y: float) -> float | None:
    if y == 0 or x == 1:
        return 1.0
    if y == 1 or isnan(x) or isnan(y):
        return x if y == 1 else nan
    odd = abs(y) < 1 << 53 and y % 2 == 1
    if x == 0 or isinf(x):
        grows = (x == 0) == (y < 0)
        return copysign(inf if grows else 0.0, x if odd else 1.0)
    if isinf(y):
        if x == -1:
            return 1.0
        return 0.0 if (abs(x) < 1) == (y > 0) else inf
    if abs(y) == 0.5:
        root = sqrt(x) if x >= 0 else nan
        return root if y > 0 else 1 / root
    return None


def _times_whole_power(result: float, x: float, power: int) -> tuple[float, int]:
    """result * x**power as a fraction and an exponent of two, by repeated squaring."""
    exponent = 0
    x, two = frexp(x)
    while power:
        if not -4096 <= two <= 4096:
            return result, exponent + two
        if power & 1:
            result, exponent = result * x, exponent + two
        x, two = x * x, two * 2
        if x < 0.5:
            x, two = x + x, two - 1
        power >>= 1
    return result, exponent


_TAYLOR: Final = (
    1.9841269841269841270e-4,
    1.3888888888888888889e-3,
    8.3333333333333333333e-3,
    4.1666666666666666667e-2,
    1.6666666666666666667e-1,
    0.5,
    1.0,
)
_LOG2_E: Final = 1.4426950408889634073599246810018920
_LN2_UPPER: Final = 0.69314718055966295651160180568695068359375
_LN2_LOWER: Final = 0.28235290563031577122588448175013436025525412068e-12


def exp(x: float) -> float:
    """e to the power of a number that is neither huge nor tiny, as processors with FMA do it."""
    whole = round(_LOG2_E * x)
    x = _fused(-_LN2_UPPER, whole, x)
    x = _fused(-_LN2_LOWER, whole, x)
    x *= 0.0625
    series = 2.4801587301587301587e-5
    for term in _TAYLOR:
        series = _fused(series, x, term)
    x *= series
    for _ in range(3):
        x *= x + 2.0
    return ldexp(_fused(x, x + 2.0, 1.0), whole)


def _fused(a: float, b: float, c: float) -> float:
    """a * b + c, rounded once."""
    return float(Fraction(a) * Fraction(b) + Fraction(c))
