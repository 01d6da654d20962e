"""Type conversion functions, and those that set and take off marks.

Source: Terraform 1.11 `lang/funcs/conversion.go` and `sensitive.go`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final, NoReturn

from auditor.terraform import cty
from auditor.terraform.convert import ConversionError, conversion, convert
from auditor.terraform.cty import EPHEMERAL, SENSITIVE, Value
from auditor.terraform.function import Context, Function, Parameter
from auditor.terraform.functions import holes
from auditor.terraform.functions.arguments import refuse
from auditor.terraform.gotext import quoted
from auditor.terraform.types import BOOL, DYNAMIC, NUMBER, STRING, List, Map, Set, Type

_ANYTHING: Final = {
    "allow_null": True, "allow_unknown": True, "allow_marked": True, "allow_dynamic": True,
}  # fmt: skip
_VALUE: Final = Parameter("value", DYNAMIC, **_ANYTHING)


def _to(name: str, wanted: Type) -> Function:
    def returns(args: object) -> Type:
        assert isinstance(args, list)
        given = args[0].ty
        if given is not wanted and conversion(given, wanted) is None:
            refuse(f"cannot convert {given.name()} to {wanted.name()}", 0)
        return wanted

    def run(args: list[Value], _context: Context) -> Value:
        if holes.is_hole(args[0]):
            return _unknown(args[0], wanted)
        try:
            return convert(args[0], wanted)
        except ConversionError:
            _cannot(args[0], wanted)

    return Function(name, (Parameter("v", DYNAMIC, **_ANYTHING),), returns, run, not_null=False)


def _unknown(value: Value, wanted: Type) -> Value:
    """Terraform forgets here all that it knew of an unknown value but the marks; we do not."""
    v = value.v
    one_of: tuple[Value, ...] | None = None
    with suppress(ConversionError):
        one_of = tuple(convert(option, wanted) for option in v.one_of or ()) or None
    forgotten = v.refined(
        not_null=False, prefix="", low=None, high=None, min_length=0, max_length=None, one_of=one_of
    )
    return Value(wanted, forgotten, value.marks)


def _cannot(value: Value, wanted: Type) -> NoReturn:
    if cty.deep_marks(value) & SENSITIVE:
        refuse(f"cannot convert this sensitive {value.ty.name()} to {wanted.name()}", 0)
    shown = quoted(value.v) if isinstance(value.v, str) else value.ty.name()
    if value.ty is STRING and wanted is BOOL:
        refuse(f'cannot convert {shown} to bool; only the strings "true" or "false" are allowed', 0)
    if value.ty is STRING and wanted is NUMBER:
        refuse(
            f"cannot convert {shown} to number; given string must be a decimal representation of "
            "a number",
            0,
        )
    refuse(f"cannot convert {value.ty.name()} to {wanted.name()}", 0)


def _same_type(args: object) -> Type:
    assert isinstance(args, list)
    type_: Type = args[0].ty
    return type_


def _sensitive(args: list[Value], _context: Context) -> Value:
    return cty.mark(args[0], SENSITIVE)


def _nonsensitive(args: list[Value], _context: Context) -> Value:
    value, marks = cty.unmark(args[0])
    return cty.mark(value, marks & ~SENSITIVE)


def _issensitive(args: list[Value], _context: Context) -> Value:
    value = args[0]
    if value.marks & SENSITIVE:
        return cty.TRUE
    return cty.unknown(BOOL, cty.unmark(value)[0]) if holes.is_hole(value) else cty.FALSE


def _ephemeralasnull(args: list[Value], _context: Context) -> Value:
    return _without_ephemeral(args[0])


def _without_ephemeral(value: Value) -> Value:
    if not cty.deep_marks(value) & EPHEMERAL:
        return value
    if value.marks & EPHEMERAL:
        return Value(value.ty, None, value.marks & ~EPHEMERAL)
    v = value.v
    if isinstance(v, dict):
        v = {key: _without_ephemeral(item) for key, item in v.items()}
    elif isinstance(v, list):
        v = [_without_ephemeral(item) for item in v]
    return Value(value.ty, v, value.marks)


FUNCTIONS: Final = {
    function.name: function
    for function in (
        _to("tostring", STRING),
        _to("tonumber", NUMBER),
        _to("tobool", BOOL),
        _to("tolist", List(DYNAMIC)),
        _to("toset", Set(DYNAMIC)),
        _to("tomap", Map(DYNAMIC)),
        Function("sensitive", (_VALUE,), _same_type, _sensitive, not_null=False),
        Function("nonsensitive", (_VALUE,), _same_type, _nonsensitive, not_null=False),
        Function("issensitive", (_VALUE,), BOOL, _issensitive, not_null=False),
        Function("ephemeralasnull", (_VALUE,), _same_type, _ephemeralasnull, not_null=False),
    )
}
