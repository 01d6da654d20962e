"""`count` and `for_each`: which instances there are.

SOURCE: Terraform 1.11 `internal/terraform/eval_count.go`, `eval_for_each.go`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from auditor.records import dataclass
from auditor.terraform import cty
from auditor.terraform.convert import ConversionError, convert
from auditor.terraform.cty import TerraformError, UnknownVal, Value
from auditor.terraform.expressions import evaluate
from auditor.terraform.nodes import Expr
from auditor.terraform.number import Float
from auditor.terraform.scope import Head, Scope
from auditor.terraform.types import DYNAMIC, NUMBER, STRING, Map, Object, Set, Type

MAX_INSTANCES: Final = 20_000
"""Of one resource or module call."""

Key = int | str | None

STAR: Final = "*"
"""The key of the one instance that stands for those of an unknown count or for_each."""


@dataclass(slots=True)
class Instance:
    """One instance: its key, what `each` and `count` are in it, and whether it exists for sure."""

    key: Key
    names: Mapping[Head, Value]
    exists: Value | None = None
    """None: it exists. Else the unknown that it hangs on."""


@dataclass(slots=True)
class Expansion:
    """The instances of one resource or module call.

    kind: `single`, `count` or `for_each`. open: the unknown value that decides how many there are.
    """

    kind: str
    instances: list[Instance] = field(default_factory=list)
    open: Value | None = None


def index_text(key: Key) -> str:
    """The key as addresses have it: empty, `[0]`, `["key"]`, `[*]`."""
    if key is None:
        return ""
    if isinstance(key, int):
        return f"[{key}]"
    if key is STAR:
        return "[*]"
    text = key.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'["{text.replace("${", "$${").replace("%{", "%%{").replace(chr(9), chr(92) + "t")}"]'


def single() -> Expansion:
    """Neither count nor for_each."""
    return Expansion("single", [Instance(None, {})])


def by_count(expr: Expr, scope: Scope) -> Expansion:
    """The instances of a `count`. Raises `TerraformError`."""
    value = _number(evaluate(expr, scope), expr)
    number = value.v
    if number.__class__ is UnknownVal:
        star: dict[Head, Value] = {("count", "index"): cty.unknown(NUMBER, value, not_null=True)}
        return Expansion("count", [Instance(STAR, star, value)], value)
    if isinstance(number, Float) or number < 0:
        wrong = "must be a whole number" if isinstance(number, Float) else "must not be negative"
        raise _count_error(f"it {wrong}", expr)
    if number > MAX_INSTANCES:
        raise TerraformError(
            "Too many instances",
            f"A count of {number} is not evaluated; the limit is {MAX_INSTANCES}.",
            expr.span,
        )
    instances = [Instance(i, {("count", "index"): cty.count(i)}) for i in range(number)]
    return Expansion("count", instances)


def _number(value: Value, expr: Expr) -> Value:
    if value.marks & cty.EPHEMERAL:
        raise _count_error("it is ephemeral", expr)
    value = cty.unmark(value)[0]
    if value.v is None:
        raise _count_error("it is null; a whole number is required", expr)
    try:
        return convert(value, NUMBER)
    except ConversionError as wrong:
        raise TerraformError(
            "Incorrect value type", f"Invalid expression value: {wrong}.", expr.span
        ) from wrong


def _count_error(why: str, expr: Expr) -> TerraformError:
    return TerraformError(
        "Invalid count argument", f'The given "count" argument value is unsuitable: {why}.',
        expr.span,
    )  # fmt: skip


def by_for_each(expr: Expr, scope: Scope) -> Expansion:
    """The instances of a `for_each`. Raises `TerraformError`."""
    value = evaluate(expr, scope)
    if value.marks & cty.SENSITIVE:
        raise _each_error(
            "Sensitive values, or values derived from sensitive values, cannot be used as "
            "for_each arguments. If used, the sensitive value could be exposed as a resource "
            "instance key.",
            expr,
        )
    if value.marks & cty.EPHEMERAL:
        raise _each_error('The given "for_each" value is derived from an ephemeral value.', expr)
    value = cty.unmark(value)[0]
    _check_type(value, expr)
    v = value.v
    if v.__class__ is UnknownVal:
        return _open(value)
    if len(v) > MAX_INSTANCES:
        raise TerraformError(
            "Too many instances",
            f"A for_each with {len(v)} elements is not evaluated; the limit is {MAX_INSTANCES}.",
            expr.span,
        )
    if isinstance(value.ty, Set):
        return _by_set(value, expr)
    return Expansion("for_each", [_each(key, element) for key, element in v.items()])


def _each(key: str, element: Value) -> Instance:
    return Instance(key, {("each", "key"): Value(STRING, key), ("each", "value"): element})


def _by_set(value: Value, expr: Expr) -> Expansion:
    found = Expansion("for_each")
    for element in value.v:
        if element.v is None:
            raise _set_error("it contains a null value", expr)
        if element.v.__class__ is UnknownVal:
            found.open = value
        elif element.ty is not STRING:
            raise _set_error(f"it contains values of type {element.ty.name()}", expr)
        else:
            found.instances.append(_each(element.v, element))
    if found.open is not None:
        found.instances.append(_star(value))
    return found


def _star(value: Value) -> Instance:
    """The instance that stands for all those that are not known."""
    key = cty.unknown(STRING, value, not_null=True)
    element = cty.unknown(_element_type(value), value)
    if isinstance(value.ty, Set):
        element = key
    return Instance(STAR, {("each", "key"): key, ("each", "value"): element}, value)


def _element_type(value: Value) -> Type:
    return value.ty.elem if isinstance(value.ty, Map | Set) else DYNAMIC


def _open(value: Value) -> Expansion:
    """Instances for what an unknown collection certainly holds, and one for the rest."""
    v: UnknownVal = value.v
    found = Expansion("for_each", [], value)
    for key, element in (v.entries or {}).items():
        found.instances.append(_each(key, element))
    for item in v.items or ():
        if isinstance(item.v, str):
            found.instances.append(_each(item.v, item))
    found.instances.append(_star(value))
    return found


def _check_type(value: Value, expr: Expr) -> None:
    type_ = value.ty
    if value.v is None:
        raise _each_error(
            'The given "for_each" argument value is unsuitable: the given "for_each" argument '
            "value is null. A map, or set of strings is allowed.",
            expr,
        )
    if type_ is DYNAMIC or isinstance(type_, Map | Object):
        return
    if not isinstance(type_, Set):
        raise _each_error(
            'The given "for_each" argument value is unsuitable: the "for_each" argument must be a '
            f"map, or set of strings, and you have provided a value of type {type_.name()}.",
            expr,
        )
    if type_.elem not in (STRING, DYNAMIC):
        raise _set_error(
            '"for_each" supports maps and sets of strings, but you have provided a set containing '
            f"type {type_.elem.name()}",
            expr,
        )


def _each_error(detail: str, expr: Expr) -> TerraformError:
    return TerraformError("Invalid for_each argument", detail, expr.span)


def _set_error(why: str, expr: Expr) -> TerraformError:
    detail = f'The given "for_each" argument value is unsuitable: {why}.'
    return TerraformError("Invalid for_each set argument", detail, expr.span)
