"""Evaluation of expressions, with Terraform's rules for unknown, null and sensitive values.

Each node is compiled once, to a function of a `Scope`, and the function is kept on the node: a
module is parsed once and evaluated as often as it is called. What Terraform refuses is a
`TerraformError` with its place. Where Terraform gives an unknown value, so does this; beyond that,
the unknown says what it hangs on and keeps the part that is known.

Source: hcl 2.23 `hclsyntax/expression.go`, `expression_ops.go`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from auditor.terraform import cty
from auditor.terraform.calls import compile_call
from auditor.terraform.conditionals import compile_conditional
from auditor.terraform.cty import TerraformError, UnknownVal, Value
from auditor.terraform.function import Function, LimitReachedError
from auditor.terraform.jsonsyntax import JsonString
from auditor.terraform.loops import compile_for, compile_splat
from auditor.terraform.nodes import (
    Binary,
    Call,
    Conditional,
    Expr,
    For,
    Index,
    Invalid,
    Item,
    Join,
    Literal,
    ObjectCons,
    Parens,
    Reference,
    Relative,
    Splat,
    Step,
    Template,
    TemplateWrap,
    TupleCons,
    Unary,
)
from auditor.terraform.operations import attribute, index, operate, operate_one
from auditor.terraform.scope import Head, Run, Runner, Scope, head_of, steps_of_head
from auditor.terraform.templates import compile_join, compile_template
from auditor.terraform.types import DYNAMIC, EMPTY_OBJECT, STRING, Object, Tuple, Type

MOST_ELEMENTS: Final = 2_000_000
"""A value larger than this ends its evaluation: lists that double from local to local."""


def evaluate(expr: Expr, scope: Scope) -> Value:
    """The value of an expression; raises `TerraformError` with the place of what is refused."""
    try:
        value = runner(expr)(scope)
    except RecursionError:
        raise TerraformError(
            "Nested too deeply", "This expression nests or refers too deeply.", expr.span
        ) from None
    except LimitReachedError as limit:
        raise TerraformError("Evaluation limit reached", str(limit), expr.span) from None
    if cty.size(value) > MOST_ELEMENTS:
        raise TerraformError(
            "Evaluation limit reached",
            "This value has more elements than an audit evaluates.",
            expr.span,
        )
    return value


def evaluate_template(
    template: Expr, variables: Mapping[str, Value], functions: Mapping[str, Function], within: Any
) -> Value:
    """The value of a template that sees only these variables and functions.

    within: the scope or context of the call, whose budget and files it shares. A reference to
    anything else is refused by the caller beforehand (see `references`).
    """
    scope = Scope(functions=functions, budget=within.budget, files=within.files)
    scope.variables.update(variables)
    return evaluate(template, scope)


def runner(expr: Expr) -> Run:
    """The compiled form of an expression."""
    run = expr.run
    if run is None:
        run = expr.run = _COMPILERS[type(expr)](expr, runner)
    return run


# -- references ------------------------------------------------------------------------------


def references(expr: Expr) -> list[Reference]:
    """Every reference in an expression, except to the variables of loops inside it."""
    found: list[Reference] = []
    pending: list[tuple[Expr, frozenset[str]]] = [(expr, frozenset())]
    while pending:
        node, bound = pending.pop()
        if isinstance(node, Reference):
            if node.root not in bound:
                found.append(node)
        elif isinstance(node, For):
            pending.append((node.collection, bound))
            inner = bound | {node.value_name} | ({node.key_name} if node.key_name else set())
            pending += [(child, inner) for child in node.children() if child is not node.collection]
        else:
            pending += [(child, bound) for child in node.children()]
    return sorted(found, key=_place)


def _place(node: Expr) -> int:
    return node.start


def calls(expr: Expr) -> Iterator[Call]:
    """Every function call in an expression."""
    pending = [expr]
    while pending:
        node = pending.pop()
        if isinstance(node, Call):
            yield node
        pending += node.children()


def compile_reference(node: Reference, runner: Runner) -> Run:
    """The compiled form of a name and the steps from it."""
    root, steps = node.root, node.steps
    try:
        head: Head | None = head_of(node)
        refusal = None
    except TerraformError as wrong:
        # Kept without the frames it passed through, which hold the whole evaluation.
        head, refusal = None, wrong.with_traceback(None)
    rest = steps[steps_of_head(node) :]

    def run(scope: Scope) -> Value:
        value = scope.variables.get(root)
        if value is not None:
            return follow(value, steps) if steps else value
        if head is None:
            raise TerraformError(refusal.summary, refusal.detail, refusal.range)  # type: ignore[union-attr]
        try:
            value = scope.resolve(head, node)
        except TerraformError as wrong:
            raise wrong.at(node.span) from None
        return follow(value, rest) if rest else value

    return run


def follow(value: Value, steps: list[Step]) -> Value:
    """The value that steps lead to."""
    for step in steps:
        try:
            if step.name is not None:
                value = attribute(value, step.name)
            else:
                assert step.key is not None
                value = index(value, step.key)
        except TerraformError as wrong:
            raise wrong.at(step.span) from None
    return value


def compile_relative(node: Relative, runner: Runner) -> Run:
    """The compiled form of steps from another expression."""
    base, steps = runner(node.base), node.steps
    return lambda scope: follow(base(scope), steps)


def compile_index(node: Index, runner: Runner) -> Run:
    """The compiled form of `base[key]`."""
    base, key = runner(node.base), runner(node.key)

    def run(scope: Scope) -> Value:
        collection = base(scope)
        at = key(scope)
        try:
            return index(collection, at)
        except TerraformError as wrong:
            raise wrong.at(node.span) from None

    return run


def compile_item(node: Item, runner: Runner) -> Run:
    """The compiled form of the element that a splat is at."""

    def run(_scope: Scope) -> Value:
        assert node.value is not None  # the splat has set it
        return node.value

    return run


# -- plain nodes -----------------------------------------------------------------------------


def compile_literal(node: Literal, runner: Runner) -> Run:
    """The compiled form of a constant."""
    value = node.value
    return lambda _scope: value


def compile_invalid(node: Invalid, runner: Runner) -> Run:
    """The compiled form of a syntax error, which evaluating it raises."""
    problem = node.problem

    def run(_scope: Scope) -> Value:
        raise TerraformError(problem.summary, problem.detail, problem.span)

    return run


def compile_inner(node: Parens | TemplateWrap, runner: Runner) -> Run:
    """The compiled form of parentheses, or a template that is one sequence."""
    return runner(node.inner)


def compile_json_string(node: JsonString, runner: Runner) -> Run:
    """The compiled form of a string of JSON."""
    return runner(node.template)


def compile_unary(node: Unary, runner: Runner) -> Run:
    """The compiled form of `-` or `!`."""
    operand, operator = runner(node.operand), node.operator
    if isinstance(node.operand, Literal):
        try:
            constant = operate_one(operator, node.operand.value)
        except TerraformError:
            pass
        else:
            return lambda _scope: constant

    def run(scope: Scope) -> Value:
        value = operand(scope)
        try:
            return operate_one(operator, value)
        except TerraformError as wrong:
            raise wrong.at(node.span) from None

    return run


def compile_binary(node: Binary, runner: Runner) -> Run:
    """A chain such as `a + b + c` is one loop, so its length costs no recursion."""
    rights: list[tuple[str, Run, Binary]] = []
    left: Expr = node
    while isinstance(left, Binary):
        rights.append((left.operator, runner(left.right), left))
        left = left.left
    rights.reverse()
    first = runner(left)
    if len(rights) > 1:
        return _chain(first, rights)
    operator, right, _ = rights[0]

    def run(scope: Scope) -> Value:
        a = first(scope)
        b = right(scope)
        try:
            return operate(operator, a, b)
        except TerraformError as wrong:
            raise wrong.at(node.span) from None

    return run


def _chain(first: Run, rights: list[tuple[str, Run, Binary]]) -> Run:
    def run(scope: Scope) -> Value:
        value = first(scope)
        for operator, right, place in rights:
            other = right(scope)
            try:
                value = operate(operator, value, other)
            except TerraformError as wrong:
                raise wrong.at(place.span) from None
        return value

    return run


def compile_tuple(node: TupleCons, runner: Runner) -> Run:
    """The compiled form of `[a, b]`."""
    runs = [runner(item) for item in node.items]
    if not runs:
        empty = cty.tuple_(())
        return lambda _scope: empty
    if all(isinstance(item, Literal) for item in node.items):
        constant = cty.tuple_(item.value for item in node.items if isinstance(item, Literal))
        return lambda _scope: constant
    seen: tuple[Type, ...] = ()
    type_: Type = Tuple(())

    def run(scope: Scope) -> Value:
        nonlocal seen, type_
        items = [run_item(scope) for run_item in runs]
        types = tuple([item.ty for item in items])
        if types != seen:
            type_ = Tuple(types)
            seen = types
        return Value(type_, items)

    return run


def compile_object(node: ObjectCons, runner: Runner) -> Run:
    """The compiled form of `{ key = value }`."""
    if not node.items:
        empty = cty.object_({})
        return lambda _scope: empty
    for key, _ in node.items:
        if isinstance(key, Reference) and key.steps:
            return _ambiguous(key)
    if all(isinstance(key, Literal) and key.value.ty is STRING for key, _ in node.items):
        return _fixed_object(node, runner)
    entries = [(runner(key), key, runner(value)) for key, value in node.items]

    def run(scope: Scope) -> Value:
        attrs: dict[str, Value] = {}
        marks, open_keys = 0, []
        for run_key, key_node, run_value in entries:
            key = _object_key(run_key(scope), key_node)
            value = run_value(scope)
            marks |= key.marks
            if key.v.__class__ is UnknownVal:
                open_keys += [key, value]
            else:
                attrs[key.v] = value
        if open_keys:
            refs = cty.refs_of(*open_keys[::2])
            return Value(DYNAMIC, UnknownVal(refs, cty.cause_of(*open_keys[::2]), entries=attrs))
        return cty.mark(cty.object_(attrs), marks)

    return run


def _ambiguous(key: Expr) -> Run:
    def run(_scope: Scope) -> Value:
        raise TerraformError(
            "Ambiguous attribute key",
            "If this expression is intended to be a reference, wrap it in parentheses. If it's "
            "instead intended as a literal name containing periods, wrap it in quotes to create a "
            "string literal.",
            key.span,
        )

    return run


def _object_key(key: Value, node: Expr) -> Value:
    from auditor.terraform.convert import ConversionError, convert

    if key.v is None:
        raise TerraformError("Null value as key", "Can't use a null value as a key.", node.span)
    try:
        return convert(key, STRING)
    except ConversionError as wrong:
        raise TerraformError(
            "Incorrect key type", f"Can't use this value as a key: {wrong}.", node.span
        ) from wrong


def _fixed_object(node: ObjectCons, runner: Runner) -> Run:
    """An object whose attributes have fixed names: the common case, and the fast one."""
    by_name: dict[str, int] = {}
    runs = []
    for position, (key, value) in enumerate(node.items):
        assert isinstance(key, Literal)
        by_name[key.value.v] = position
        runs.append(runner(value))
    plan = sorted(by_name.items())
    if all(isinstance(value, Literal) for _, value in node.items):
        values = {name: node.items[at][1] for name, at in plan}
        constant = cty.object_({k: v.value for k, v in values.items() if isinstance(v, Literal)})
        return lambda _scope: constant
    seen: tuple[Type, ...] = ()
    type_: Type = EMPTY_OBJECT

    def run(scope: Scope) -> Value:
        nonlocal seen, type_
        values = [run_value(scope) for run_value in runs]
        attrs = {name: values[position] for name, position in plan}
        types = tuple([value.ty for value in attrs.values()])
        if types != seen:
            type_ = Object({name: value.ty for name, value in attrs.items()})
            seen = types
        return Value(type_, attrs)

    return run


_COMPILERS: Final[Mapping[type[Expr], Callable[[Any, Runner], Run]]] = {
    Binary: compile_binary,
    Call: compile_call,
    Conditional: compile_conditional,
    For: compile_for,
    Index: compile_index,
    Invalid: compile_invalid,
    Item: compile_item,
    Join: compile_join,
    JsonString: compile_json_string,
    Literal: compile_literal,
    ObjectCons: compile_object,
    Parens: compile_inner,
    Reference: compile_reference,
    Relative: compile_relative,
    Splat: compile_splat,
    Template: compile_template,
    TemplateWrap: compile_inner,
    TupleCons: compile_tuple,
    Unary: compile_unary,
}
