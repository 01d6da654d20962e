"""Declarations of values: variables, locals, outputs."""

from __future__ import annotations

from auditor.terraform.constraints import type_constraint
from auditor.terraform.cty import TerraformError, Value
from auditor.terraform.declarations import Local, Output, Variable
from auditor.terraform.declaring import NAME, Declaring, laid_over, problem
from auditor.terraform.nodes import Block, Body, Expr
from auditor.terraform.types import BOOL, NUMBER, STRING

_RESERVED_VARIABLES = frozenset(
    {"source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"}
)


def read_variable(d: Declaring, block: Block) -> None:
    """A `variable` block."""
    name = block.labels[0]
    if not d.named(block, "variable"):
        return
    if name in _RESERVED_VARIABLES:
        raise TerraformError(
            "Invalid variable name",
            f'The variable name "{name}" is reserved due to its special meaning inside module '
            "blocks.",
            block.label_spans[0],
        )
    d.content(
        block.body,
        ("description", "default", "type", "sensitive", "nullable", "ephemeral", "deprecated"),
        {"validation": 0},
    )
    old = d.module.variables.get(name)
    if d.overriding:
        if old is None:
            d.missing_base("variable declaration", name, block.header_span)
            return
        block = laid_over(old.block, block, both=("validation",))
    elif old is not None:
        d.duplicate(f'variable declaration: "{name}"', name, block, old.block)
        return
    variable = Variable(name, block)
    d.module.variables[name] = variable
    _fill_variable(d, variable, block.body)


def _fill_variable(d: Declaring, variable: Variable, body: Body) -> None:
    attributes = body.attributes
    variable.validations = body.blocks_of("validation")
    for validation in variable.validations:
        d.condition(validation, "validation", self_name=variable.name)
    if "type" in attributes:
        try:
            variable.type, variable.defaults = type_constraint(attributes["type"].expr)
        except TerraformError as wrong:
            d.module.problems.append(problem(wrong))
        variable.literal = variable.type in (STRING, NUMBER, BOOL)
    variable.nullable = d.flag(body, "nullable", True)
    variable.sensitive = d.flag(body, "sensitive", False)
    variable.ephemeral = d.flag(body, "ephemeral", False)
    if "description" in attributes:
        d.text(attributes["description"])
    if "default" in attributes:
        expr = attributes["default"].expr
        variable.default_expr = expr
        variable.default = _default(d, variable, expr)


def _default(d: Declaring, variable: Variable, expr: Expr) -> Value:
    from auditor.terraform.variables import Misfit, typed

    value = d.constant(expr)
    try:
        value = typed(variable, value)
    except Misfit as wrong:
        raise TerraformError(
            "Invalid default value for variable",
            f"This default value is not compatible with the variable's type constraint: {wrong}.",
            expr.span,
        ) from wrong
    if value.v is None and not variable.nullable:
        raise TerraformError(
            "Invalid default value for variable",
            "A null default value is not valid when nullable=false.",
            expr.span,
        )
    return value


def read_locals(d: Declaring, block: Block) -> None:
    """A `locals` block."""
    d.repeated(block.body)
    for name, attribute in block.body.attributes.items():
        if not NAME.match(name):
            d.say(
                "invalid-configuration",
                "Invalid local value name",
                "A name must start with a letter or underscore and may contain only letters, "
                "digits, underscores, and dashes.",
                attribute.name_span,
            )
            continue
        old = d.module.locals.get(name)
        if d.overriding and old is None:
            d.missing_base("local value definition", name, attribute.name_span)
            continue
        if not d.overriding and old is not None:
            d.duplicate("local value definition", f'"{name}"', attribute, old.attribute)
            continue
        d.module.locals[name] = Local(name, attribute)
    for inner in block.body.blocks:
        d.unsupported_block(inner)


def read_output(d: Declaring, block: Block) -> None:
    """An `output` block."""
    name = block.labels[0]
    if not d.named(block, "output"):
        return
    d.content(
        block.body,
        ("description", "value", "depends_on", "sensitive", "ephemeral", "deprecated"),
        {"precondition": 0, "postcondition": 0},
    )
    old = d.module.outputs.get(name)
    if d.overriding:
        if old is None:
            d.missing_base("output value definition", name, block.header_span)
            return
        block = laid_over(old.block, block, both=("precondition",))
    elif old is not None:
        d.duplicate("output definition", f'"{name}"', block, old.block)
        return
    value = block.body.attributes.get("value")
    output = Output(name, block, value.expr if value else None)
    d.module.outputs[name] = output
    if value is None:
        d.say(
            "invalid-configuration",
            "Missing required argument",
            'The argument "value" is required, but no definition was found.',
            block.header_span,
        )
    output.depends_on = d.depends_on(block.body)
    output.preconditions = block.body.blocks_of("precondition")
    for condition in output.preconditions:
        d.condition(condition, "precondition")
    output.sensitive = d.flag(block.body, "sensitive", False)
    output.ephemeral = d.flag(block.body, "ephemeral", False)
