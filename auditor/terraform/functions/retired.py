"""Functions of Terraform 0.11 that today's Terraform only knows in order to say what to write."""

from __future__ import annotations

from typing import Final, NoReturn

from auditor.terraform.cty import FunctionError, Value
from auditor.terraform.function import Context, Function, Parameter
from auditor.terraform.types import DYNAMIC


def _retired(name: str, instead: str) -> Function:
    message = (
        f'the "{name}" function was deprecated in Terraform v0.12 and is no longer available; '
        f"use {instead}"
    )

    def refuse(*_args: object) -> NoReturn:
        raise FunctionError(None, message)

    def never(_args: list[Value], _context: Context) -> Value:
        refuse()

    anything = Parameter("vals", DYNAMIC, allow_null=True, allow_unknown=True, allow_dynamic=True)
    return Function(name, (), refuse, never, variadic=anything)


FUNCTIONS: Final = {
    "list": _retired("list", "tolist([ ... ]) syntax to write a literal list"),
    "map": _retired("map", "tomap({ ... }) syntax to write a literal map"),
}
