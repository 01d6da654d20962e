"""Calls of built-in functions, with `try` and `can`, whose arguments may fail.

Source: hcl 2.23 `hclsyntax/expression.go` (`FunctionCallExpr`), `ext/tryfunc`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from auditor.terraform import cty
from auditor.terraform.cty import FALSE, TRUE, FunctionError, TerraformError, UnknownVal, Value
from auditor.terraform.function import Function
from auditor.terraform.nodes import Call, Expr, Index, Reference, Relative, Splat, TupleCons
from auditor.terraform.scope import Run, Runner, Scope
from auditor.terraform.types import BOOL, DYNAMIC, List, Set, Tuple

_CALL: Final = 3
"""Steps that a call takes beside those for what it makes."""


def compile_call(node: Call, runner: Runner) -> Run:
    """The compiled form of a function call."""
    name = node.name.removeprefix("core::")
    if name in ("try", "can"):
        return _compile_try(node, runner) if name == "try" else _compile_can(node, runner)
    if name == "templatestring" and node.args and not _is_from_elsewhere(node.args[0]):
        return _compile_inline_template(node)
    runs = [runner(arg) for arg in node.args]
    expand = node.expand
    table: Mapping[str, Function] | None = None
    function: Function | None = None

    def run(scope: Scope) -> Value:
        nonlocal table, function
        if table is not scope.functions:
            table = scope.functions
            function = table.get(name)
        if function is None:
            raise _unknown_function(node)
        if expand:
            # An unknown last argument is the end of it: hcl does not look at the others then.
            last = runs[-1](scope)
            expanded = _expanded(last, node)
            if expanded is None:
                return _open_call(function, runs[:-1], last, scope)
            args = [run_arg(scope) for run_arg in runs[:-1]] + expanded
        else:
            args = [run_arg(scope) for run_arg in runs]
        scope.budget.spend(_CALL)
        try:
            return function.call(args, scope)
        except FunctionError as refused:
            raise _refusal(refused, function, node) from refused
        except TerraformError as refused:
            raise refused.at(node.span) from None

    return run


def _is_from_elsewhere(expr: Expr) -> bool:
    """Whether `templatestring` takes this for a template from somewhere else: a plain reference."""
    while isinstance(expr, Relative | Index | Splat):
        expr = expr.base
    return isinstance(expr, Reference)


def _compile_inline_template(node: Call) -> Run:
    """`templatestring` with a template written on the spot, which Terraform refuses."""

    def run(_scope: Scope) -> Value:
        detail = (
            'Invalid value for "template" parameter: invalid template expression: must be a direct '
            "reference to a single string from elsewhere, containing valid Terraform template "
            "syntax."
        )
        raise TerraformError("Invalid function argument", detail, node.args[0].span)

    return run


def _unknown_function(node: Call) -> TerraformError:
    detail = f'There is no function named "{node.name}".'
    return TerraformError(
        "Call to unknown function", detail, node.source.span(node.start, node.name_end)
    )


def _expanded(last: Value, node: Call) -> list[Value] | None:
    """The arguments that an argument before `...` stands for; None while it is unknown."""
    place = node.args[-1]
    if last.ty is not DYNAMIC and not isinstance(last.ty, Tuple | List | Set):
        raise TerraformError(
            "Invalid expanding argument value",
            "The expanding argument (indicated by ...) must be of a tuple, list, or set type.",
            place.span,
        )
    if last.v is None:
        raise TerraformError(
            "Invalid expanding argument value",
            "The expanding argument (indicated by ...) must not be null.",
            place.span,
        )
    if last.v.__class__ is UnknownVal:
        return None
    return [cty.mark(item, last.marks) for item in last.v]


def _open_call(function: Function, runs: list[Run], last: Value, scope: Scope) -> Value:
    """A call with an unknown number of arguments: unknown, save for what some certainly make of it.

    Only functions of nothing but equal arguments (`concat`, `merge`, …) can say that: around each
    argument that is certainly there any number of others may stand.
    """
    v: UnknownVal = last.v
    known: dict[str, Any] = {}
    if function.partial is not None and not function.params:
        gap = Value(DYNAMIC, UnknownVal(v.refs, v.because))
        with suppress(TerraformError, FunctionError):
            args = [run_arg(scope) for run_arg in runs]
            if not any(map(cty.deep_marks, (*args, last))):
                around = [each for item in v.items or () for each in (item, gap)]
                known.update(function.partial([*args, gap, *around]))
    return Value(DYNAMIC, UnknownVal(v.refs, v.because, **known))


def _refusal(refused: FunctionError, function: Function, node: Call) -> TerraformError:
    """A function's refusal in Terraform's words, at the argument it is about."""
    index = refused.argument
    parameter = function.parameter(index) if index is not None else None
    if index is None or parameter is None:
        if refused.message.startswith(f'Function "{function.name}" expects'):
            few = "Missing value" in refused.message
            summary = f"{'Not enough' if few else 'Too many'} function arguments"
            return TerraformError(summary, refused.message, node.span)
        detail = f'Call to function "{node.name}" failed: {refused.message}.'
        return TerraformError("Error in function call", detail, node.span)
    place: Expr = node.args[min(index, len(node.args) - 1)] if node.args else node
    detail = f'Invalid value for "{parameter.name}" parameter: {refused.message}.'
    return TerraformError("Invalid function argument", detail, place.span)


# -- try and can -----------------------------------------------------------------------------


def _compile_try(node: Call, runner: Runner) -> Run:
    args = node.args
    given = [runner(arg) for arg in args]
    expand = node.expand

    def run(scope: Scope) -> Value:
        runs = _with_expanded(given, node, scope) if expand else given
        if runs is None:
            return cty.unknown(DYNAMIC, given[-1](scope))
        errors: list[TerraformError] = []
        for position, run_arg in enumerate(runs):
            try:
                value = run_arg(scope)
            except TerraformError as wrong:
                errors.append(wrong)
                continue
            if cty.has_unknown(value):
                sure = position < len(args) and _cannot_fail(args[position], value)
                return _perhaps(value, [] if sure else runs[position + 1 :], scope)
            return value
        if not errors:
            detail = 'Call to function "try" failed: at least one argument is required.'
            raise TerraformError("Error in function call", detail, node.span)
        shown = "; ".join(f"{wrong.summary}: {wrong.detail}" for wrong in errors[:3])
        detail = f'Call to function "try" failed: no expression succeeded: {shown}'
        raise TerraformError("Error in function call", detail, node.span)

    return run


def _with_expanded(runs: list[Run], node: Call, scope: Scope) -> list[Run] | None:
    """The arguments with the last one's elements in its place; None while that is unknown.

    What is expanded is evaluated beforehand, so it cannot fail for `try` to go on.
    """
    expanded = _expanded(runs[-1](scope), node)
    return None if expanded is None else [*runs[:-1], *map(_constant, expanded)]


def _constant(value: Value) -> Run:
    return lambda _scope: value


def _cannot_fail(arg: Expr, value: Value) -> bool:
    """Whether an argument is a name whose way is known: what is open is inside its value.

    So is a list of such names, and a name of a known type whose text is partly known.
    """
    if isinstance(arg, TupleCons):
        items = value.v if value.v.__class__ is list else ()
        return len(items) == len(arg.items) > 0 and all(map(_cannot_fail, arg.items, items))
    if not isinstance(arg, Reference):
        return not cty.has_unknown(value)
    if value.v.__class__ is not UnknownVal:
        return True
    return value.ty is not DYNAMIC and (value.v.exact or bool(value.v.parts))


def _perhaps(value: Value, others: list[Run], scope: Scope) -> Value:
    """The result of `try` while its argument may still fail: that, or the next that can be had.

    Terraform leaves it open whether the argument fails. A reference whose type is known cannot:
    it is what it will be, so the value stays that one reference.
    """
    if value.v.__class__ is UnknownVal and value.v.exact and value.ty is not DYNAMIC:
        return Value(DYNAMIC, UnknownVal(value.v.refs, value.v.because, exact=True))
    options: list[Value] = [value]
    for run_other in others:
        try:
            other = run_other(scope)
        except TerraformError:
            continue
        options.append(other)
        if not cty.has_unknown(other):
            break
    known: dict[str, Any] = {"one_of": tuple(each for o in options for each in _options(o))}
    if len(options) == 1 and value.v.__class__ is UnknownVal:
        return Value(DYNAMIC, value.v)
    refs = cty.refs_of(*options)
    return Value(DYNAMIC, UnknownVal(refs, cty.cause_of(*options), **known))


def _options(value: Value) -> tuple[Value, ...]:
    """What a value may be, itself a choice or not."""
    inner = value.v.one_of if value.v.__class__ is UnknownVal else None
    return inner or (value,)


def _compile_can(node: Call, runner: Runner) -> Run:
    given = [runner(arg) for arg in node.args]
    expand = node.expand

    def run(scope: Scope) -> Value:
        runs = _with_expanded(given, node, scope) if expand else given
        if runs is None:
            return cty.unknown(BOOL, given[-1](scope))
        if len(runs) != 1:
            few = "Not enough" if not runs else "Too many"
            detail = 'Function "can" expects only 1 argument(s).'
            raise TerraformError(f"{few} function arguments", detail, node.span)
        try:
            value = runs[0](scope)
        except TerraformError:
            return FALSE
        if cty.has_unknown(value):
            return cty.unknown(BOOL, refs=cty.refs_of(value), because=cty.cause_of(value))
        return TRUE

    return run
