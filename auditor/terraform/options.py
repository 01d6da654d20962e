"""What follows from a value that is certainly one of a few.

`var.public ? "0.0.0.0/0" : "10.0.0.0/8"` is unknown to Terraform. An audit knows both options, so
it also knows both results of whatever is done with them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from auditor.terraform.cty import (
    FunctionError,
    TerraformError,
    UnknownVal,
    Value,
    has_unknown,
    identity,
)

MOST_OPTIONS: Final = 16
"""Of more options the results are not worked out."""


def each_option(
    args: Sequence[Value], compute: Callable[[list[Value]], Value]
) -> tuple[Value, ...] | None:
    """The results for each thing that the one unknown among `args` may be; None if that is open.

    An option that Terraform refuses is none. Results that are equal are one.
    """
    position = _only_choice(args)
    if position is None:
        return None
    found: dict[Any, Value] = {}
    for option in args[position].v.one_of:
        given = list(args)
        given[position] = option
        try:
            result = compute(given)
        except (TerraformError, FunctionError):
            continue
        if has_unknown(result):
            return None
        found.setdefault((result.ty, identity(result)), result)
    return tuple(found.values()) or None


def _only_choice(args: Sequence[Value]) -> int | None:
    """Which argument is a choice between known values, all others being known."""
    position = None
    for index, arg in enumerate(args):
        v = arg.v
        if v.__class__ is UnknownVal:
            if position is not None or v.one_of is None or len(v.one_of) > MOST_OPTIONS:
                return None
            if any(map(has_unknown, v.one_of)):
                return None
            position = index
        elif has_unknown(arg):
            return None
    return position


def certain(value: Value) -> Any:
    """The Python value of an unknown primitive that can be but one; else None."""
    v = value.v
    if v.__class__ is UnknownVal and v.one_of is not None and len(v.one_of) == 1:
        only = v.one_of[0].v
        return None if only.__class__ is UnknownVal else only
    return None
