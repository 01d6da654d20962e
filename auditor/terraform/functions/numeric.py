"""Number functions.

Source: go-cty 1.16 `function/stdlib/number.go`; logarithms and powers are those of Go's `math`,
in 64-bit floating point.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Final

from auditor.terraform import cty, number
from auditor.terraform.cty import Value
from auditor.terraform.function import Context, Function, Parameter
from auditor.terraform.functions import gomath
from auditor.terraform.functions.arguments import refuse, whole
from auditor.terraform.number import INFINITY, NEGATIVE_INFINITY, Counted, Float, Number
from auditor.terraform.types import DYNAMIC, NUMBER, STRING, Type

_NUM: Final = Parameter("num", NUMBER)


def _absolute(value: Number) -> Number:
    negative = value.mantissa < 0 if isinstance(value, Float) else value < 0
    return number.negate(value) if negative else value or 0


def _one(name: str, change: Callable[[Number], Number]) -> Function:
    def run(args: list[Value], _context: Context) -> Value:
        return cty.number(change(args[0].v))

    return Function(name, (_NUM,), NUMBER, run)


def _rounded(change: Callable[[Number], Number]) -> Callable[[Number], Number]:
    return lambda value: value if number.is_infinite(value) else change(value)


def _extreme(name: str, sign: int, start: Number) -> Function:
    def run(args: list[Value], _context: Context) -> Value:
        if not args:
            refuse("must pass at least one number")
        best = start
        for arg in args:
            if number.compare(arg.v, best) * sign > 0:
                best = arg.v
        return cty.number(best)

    return Function(name, (), NUMBER, run, variadic=Parameter("numbers", NUMBER))


def _signum(args: list[Value], _context: Context) -> Value:
    value = whole(args[0])
    return cty.count((value > 0) - (value < 0))


def _float(result: float) -> Value:
    try:
        return cty.number(number.from_float(result))
    except number.NumberError:
        refuse("the result is not a number")


def _log(args: list[Value], _context: Context) -> Value:
    above, below = (gomath.log(_to_float(arg)) for arg in args)
    if below == 0:
        known = above != 0 and not math.isnan(above)
        return _float(
            math.copysign(math.inf, above) * math.copysign(1, below) if known else math.nan
        )
    return _float(above / below)


def _pow(args: list[Value], _context: Context) -> Value:
    return _float(gomath.power(_to_float(args[0]), _to_float(args[1])))


def _to_float(value: Value) -> float:
    result = number.to_float(value.v)
    if math.isinf(result) and not number.is_infinite(value.v):
        refuse(
            f"value must be between {-sys.float_info.max:f} and {sys.float_info.max:f} inclusive"
        )
    return result


# -- whole numbers in other bases ------------------------------------------------------------

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LONGEST: Final = 20_000


def _parseint_type(args: object) -> Type:
    assert isinstance(args, list)
    if args[0].ty is not STRING:
        refuse(f"first argument must be a string, not {args[0].ty.name()}", 0)
    return NUMBER


def _parseint(args: list[Value], context: Context) -> Value:
    text, base = args[0].v, whole(args[1], 1)
    if not 2 <= base <= 62:
        refuse("base must be a whole number between 2 and 62 inclusive", 1)
    if len(text) > _LONGEST:
        refuse(f"a number of more than {_LONGEST} digits is not read", 0)
    context.budget.spend(len(text))
    digits = text[1:] if text[:1] in ("+", "-") else text
    # Only above base 36 do capitals differ from small letters.
    alphabet = _DIGITS[:base]
    seen = digits.lower() if base <= 36 else digits
    if not seen or not seen.isascii() or any(digit not in alphabet for digit in seen):
        refuse(f'cannot parse "{text}" as a base {base} integer', 0)
    value = int(seen, base) if base in (2, 4, 8, 16, 32) else _in_base(seen, base)
    return cty.number(_exact(-value if text[:1] == "-" else value))


def _in_base(digits: str, base: int) -> int:
    if len(digits) <= 500:
        value = 0
        for digit in digits:
            value = value * base + _DIGITS.index(digit)
        return value
    half = len(digits) // 2
    above: int = _in_base(digits[:-half], base) * base**half
    return above + _in_base(digits[-half:], base)


def _exact(value: int) -> Number:
    """As many bits as the number has, and at least 64, as Go's `big.Float.SetInt`."""
    if value.bit_length() <= 64:
        return Counted(value)
    return number.normal(value, 0, max(number.PRECISION, value.bit_length()))


FUNCTIONS: Final = {
    function.name: function
    for function in (
        _one("abs", _absolute),
        _one("ceil", _rounded(number.ceiling)),
        _one("floor", _rounded(number.floor)),
        _extreme("max", 1, NEGATIVE_INFINITY),
        _extreme("min", -1, INFINITY),
        Function("signum", (_NUM,), NUMBER, _signum),
        Function("log", (_NUM, Parameter("base", NUMBER)), NUMBER, _log),
        Function("pow", (_NUM, Parameter("power", NUMBER)), NUMBER, _pow),
        Function(
            "parseint",
            (Parameter("number", DYNAMIC), Parameter("base", NUMBER)),
            _parseint_type,
            _parseint,
        ),
    )
}
