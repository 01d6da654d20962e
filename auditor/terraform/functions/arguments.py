"""What the implementations of functions have in common: reading whole numbers, refusing."""

from __future__ import annotations

from typing import Final, NoReturn

from auditor.terraform.cty import FunctionError, Value
from auditor.terraform.number import Float
from auditor.terraform.types import DYNAMIC, STRING, Collection, List, Set, Tuple, Type

SMALLEST: Final = -(1 << 63)
LARGEST: Final = (1 << 63) - 1


def refuse(message: str, argument: int | None = None) -> NoReturn:
    """Raises `FunctionError`; `argument` is the 0-based index of the one at fault."""
    raise FunctionError(argument, message)


def any_whole(value: Value) -> int:
    """A known number as an int; raises `FunctionError` when it has a fraction."""
    number = value.v
    if isinstance(number, Float):
        if 0 <= number.exponent < 4096:
            return number.mantissa << number.exponent
        refuse("value must be a whole number")
    return int(number)


def whole(value: Value, argument: int | None = None, what: str = "") -> int:
    """A known number as an int of 64 bits; raises `FunctionError` for any other."""
    number = value.v
    if isinstance(number, Float) or not SMALLEST <= number <= LARGEST:
        refuse(
            f"{what}value must be a whole number, between {SMALLEST} and {LARGEST} inclusive",
            argument,
        )
    return int(number)


def elem_of(type_: Type) -> Type:
    """The type of a collection's elements; `dynamic` of anything else."""
    return type_.elem if isinstance(type_, Collection) else DYNAMIC


def is_sequence(type_: Type) -> bool:
    """Whether it is a list, a set or a tuple."""
    return isinstance(type_, List | Set | Tuple)


def text_of(value: Value) -> str:
    """The text of a known string."""
    assert value.ty is STRING
    text = value.v
    assert isinstance(text, str)
    return text
