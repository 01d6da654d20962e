"""`condition ? yes : no`.

Both sides are always evaluated, as their types decide the result's type; an error counts only on
the side that is taken.

Source: hcl 2.23 `hclsyntax/expression.go` (`ConditionalExpr`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from auditor.terraform import cty
from auditor.terraform.convert import ConversionError, convert
from auditor.terraform.cty import TerraformError, UnknownVal, Value
from auditor.terraform.nodes import (
    Binary,
    Conditional,
    Expr,
    Join,
    ObjectCons,
    Parens,
    Splat,
    Template,
    TemplateWrap,
    TupleCons,
    Unary,
)
from auditor.terraform.options import certain
from auditor.terraform.scope import Run, Runner, Scope
from auditor.terraform.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    Collection,
    List,
    Object,
    Set,
    Tuple,
    Type,
)
from auditor.terraform.unify import unify

_PLACEHOLDER_STEPS: Final = 100
"""What reading an erroneous side once more costs, so that nesting cannot multiply it for long."""

_OTHER_SIDE: Final = TerraformError("not taken")


def compile_conditional(node: Conditional, runner: Runner) -> Run:
    """The compiled form of a conditional."""
    run_yes, run_no = _tolerant(node.yes, runner), _tolerant(node.no, runner)
    run_condition = runner(node.condition)

    def run(scope: Scope) -> Value:
        yes, yes_error = run_yes(scope)
        no, no_error = run_no(scope)
        type_ = _result_type(yes, no)
        if type_ is None:
            raise _inconsistent(yes, no, node)
        condition = run_condition(scope)
        v = condition.v
        marks = condition.marks | yes.marks | no.marks
        if v.__class__ is UnknownVal:
            if (taken_side := certain(condition)) is not None:
                if taken_side:
                    no_error = no_error or _OTHER_SIDE
                else:
                    yes_error = yes_error or _OTHER_SIDE
            options = [o for o, wrong in ((yes, yes_error), (no, no_error)) if wrong is None]
            return cty.mark(_undecided(condition, yes, no, type_, options), marks)
        if v is None:
            raise TerraformError(
                "Null condition",
                "The condition value is null. Conditions must either be true or false.",
                node.condition.span,
            )
        if condition.ty is not BOOL:
            v = _as_bool(condition, node.condition)
        if v:
            taken, error, which, place = yes, yes_error, "true", node.yes
        else:
            taken, error, which, place = no, no_error, "false", node.no
        if error is not None:
            raise error
        return cty.mark(_taken(taken, which, type_, place), marks)

    return run


def _as_bool(condition: Value, node: Expr) -> bool:
    try:
        return bool(convert(condition, BOOL).v)
    except ConversionError as wrong:
        raise TerraformError(
            "Incorrect condition type",
            f"The condition expression must be of type bool: {wrong}.",
            node.span,
        ) from wrong


def _is_bare_null(value: Value) -> bool:
    return value.v is None and value.ty is DYNAMIC and not value.marks


def _result_type(yes: Value, no: Value) -> Type | None:
    """The type that both sides take, if there is one; `DYNAMIC` where a side has no type yet."""
    if yes.ty is no.ty:
        return yes.ty
    if _is_bare_null(yes):
        return no.ty
    if _is_bare_null(no):
        return yes.ty
    if yes.ty is DYNAMIC or no.ty is DYNAMIC:
        return DYNAMIC
    return unify((yes.ty, no.ty))


def _inconsistent(yes: Value, no: Value, node: Conditional) -> TerraformError:
    return TerraformError(
        "Inconsistent conditional result types",
        "The true and false result expressions must have consistent types. "
        f"{mismatch(yes.ty, no.ty)}.",
        node.source.span(node.yes.start, node.no.end),
    )


def _taken(taken: Value, which: str, type_: Type, node: Expr) -> Value:
    if taken.ty is type_ or type_ is DYNAMIC:
        return taken
    try:
        return convert(taken, type_)
    except ConversionError as wrong:
        raise TerraformError(
            "Inconsistent conditional result types",
            f"The {which} result value has the wrong type: {wrong}.",
            node.span,
        ) from wrong


# -- unknown conditions ----------------------------------------------------------------------


def _undecided(condition: Value, yes: Value, no: Value, type_: Type, options: list[Value]) -> Value:
    """The result while the condition is unknown: one of two, with what both have in common."""
    if yes.v is None and no.v is None:
        return Value(type_, None)
    known: dict[str, Any] = {"one_of": _options(options, type_)}
    known["not_null"] = cty.certainly_not_null(yes) and cty.certainly_not_null(no)
    if yes.ty is NUMBER and no.ty is NUMBER:
        known |= _number_bounds(yes, no)
    elif isinstance(yes.ty, Collection) and yes.ty is no.ty:
        known |= _length_bounds(yes, no)
    found = cty.unknown(type_, condition, refs=cty.refs_of(condition, yes, no), **known)
    return Value(found.ty, found.v) if found.marks else found


def _options(options: list[Value], type_: Type) -> tuple[Value, ...] | None:
    """What the value may be, options of options taken apart, each of the result's type."""
    found: list[Value] = []
    for option in options:
        v = option.v
        if v.__class__ is UnknownVal and v.one_of is not None:
            found += v.one_of
        else:
            found.append(option)
    try:
        converted = [convert(option, type_) for option in found]
    except ConversionError:
        return None
    return tuple(dict.fromkeys(converted)) or None


def _number_bounds(yes: Value, no: Value) -> dict[str, Any]:
    """The range that holds both numbers; a null one has no bounds."""
    low, low_inclusive = _end(yes, no, "low")
    high, high_inclusive = _end(yes, no, "high")
    return {
        "low": low, "low_inclusive": low_inclusive, "high": high, "high_inclusive": high_inclusive,
    }  # fmt: skip


def _end(yes: Value, no: Value, end: str) -> tuple[Any, bool]:
    ends = []
    for value in (yes, no):
        v = value.v
        if v.__class__ is UnknownVal:
            ends.append((getattr(v, end), getattr(v, f"{end}_inclusive")))
        else:
            ends.append((v, True))
    (a, a_inclusive), (b, b_inclusive) = ends
    if a is None or b is None:
        return None, True
    if a == b:
        return a, a_inclusive or b_inclusive
    return ends[0] if (a < b) == (end == "low") else ends[1]


def _length_bounds(yes: Value, no: Value) -> dict[str, Any]:
    (a_low, a_high), (b_low, b_high) = _lengths(yes), _lengths(no)
    high = None if a_high is None or b_high is None else max(a_high, b_high)
    return {"min_length": min(a_low, b_low), "max_length": high}


def _lengths(value: Value) -> tuple[int, int | None]:
    v = value.v
    if v is None:
        return 0, None
    if v.__class__ is UnknownVal:
        return v.min_length, v.max_length
    counted = cty.length(value).v
    return (counted, counted) if counted.__class__ is not UnknownVal else (0, None)


# -- errors on the side that is not taken ----------------------------------------------------


def _tolerant(node: Expr, runner: Runner) -> Any:
    """A side of the conditional: its value and error; with an error, the value has only a type."""
    run = runner(node)

    def side(scope: Scope) -> tuple[Value, TerraformError | None]:
        try:
            return run(scope), None
        except TerraformError as wrong:
            return placeholder(node, scope, runner), wrong

    return side


def placeholder(node: Expr, scope: Scope, runner: Runner) -> Value:
    """What an expression with an error counts as: an unknown of whatever type it has anyway.

    hcl goes on after an error with such a value, and its type takes part in the conditional's.
    """
    scope.budget.spend(_PLACEHOLDER_STEPS)

    def inside(child: Expr) -> Value:
        try:
            return runner(child)(scope)
        except TerraformError:
            return placeholder(child, scope, runner)

    match node:
        case Binary(operator=operator):
            is_number = operator in ("+", "-", "*", "/", "%")
            return cty.unknown(NUMBER if is_number else BOOL)
        case Unary(operator=operator):
            return cty.unknown(NUMBER if operator == "-" else BOOL)
        case Template():
            return cty.unknown(STRING, not_null=True)
        case Join():
            return cty.unknown(STRING)
        case Parens(inner=inner) | TemplateWrap(inner=inner):
            return inside(inner)
        case TupleCons(items=items):
            return cty.tuple_(inside(item) for item in items)
        case ObjectCons(items=entries):
            return _placeholder_object(entries, scope, runner, inside)
        case Conditional(yes=yes, no=no):
            return cty.unknown(_result_type(inside(yes), inside(no)) or DYNAMIC)
        case Splat():
            return _placeholder_splat(node, inside)
    return cty.unknown(DYNAMIC)


def _placeholder_splat(node: Splat, inside: Callable[[Expr], Value]) -> Value:
    base = inside(node.base)
    is_collection = isinstance(base.ty, List | Set)
    if is_collection and isinstance(base.ty, Collection):
        elems: tuple[Type, ...] = (base.ty.elem,)
    elif isinstance(base.ty, Tuple):
        elems = base.ty.elems
    elif base.ty is DYNAMIC or not cty.certainly_not_null(base):
        return cty.unknown(DYNAMIC)
    else:
        elems = (base.ty,)
    types = []
    before = node.item.value
    for elem in elems:
        node.item.value = Value(elem, UnknownVal())
        types.append(inside(node.each).ty)
    node.item.value = before
    return cty.unknown(List(types[0]) if is_collection else Tuple(types))


def _placeholder_object(
    entries: list[tuple[Expr, Expr]],
    scope: Scope,
    runner: Runner,
    inside: Callable[[Expr], Value],
) -> Value:
    attrs: dict[str, Value] = {}
    for key_node, value_node in entries:
        try:
            key = convert(runner(key_node)(scope), STRING)
        except (TerraformError, ConversionError):
            return cty.unknown(DYNAMIC)
        if not isinstance(key.v, str):
            return cty.unknown(DYNAMIC)
        attrs[key.v] = inside(value_node)
    return cty.object_(attrs)


# -- messages --------------------------------------------------------------------------------


def mismatch(yes: Type, no: Type) -> str:
    """How the types of the two sides differ, as Terraform says it, without a full stop."""
    match yes, no:
        case Object(attrs=left), Object(attrs=right):
            for name, type_ in left.items():
                if name not in right:
                    return (
                        f"The 'true' value includes object attribute \"{name}\", which is absent "
                        "in the 'false' value"
                    )
                if type_ is not right[name]:
                    inner = mismatch(type_, right[name])
                    return f'Type mismatch for object attribute "{name}": {inner}'
            for name in right:
                if name not in left:
                    return (
                        f"The 'false' value includes object attribute \"{name}\", which is absent "
                        "in the 'true' value"
                    )
        case Tuple(elems=left_all), Tuple(elems=right_all):
            if len(left_all) != len(right_all):
                return (
                    f"The 'true' tuple has length {len(left_all)}, but the 'false' tuple has "
                    f"length {len(right_all)}"
                )
            for position, (a, b) in enumerate(zip(left_all, right_all, strict=True)):
                if a is not b:
                    return f"Type mismatch for tuple element {position}: {mismatch(a, b)}"
    if yes.name() == no.name():
        return (
            "At least one deeply-nested attribute or element is not compatible across both the "
            "'true' and the 'false' value"
        )
    return f"The 'true' value is {yes.name()}, but the 'false' value is {no.name()}"
