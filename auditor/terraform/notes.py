"""What does not fit together, noted as problems: arguments, types, late counts and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.resource import Gap, Problem
from auditor.suggest import closest
from auditor.terraform import cty
from auditor.terraform.checks import hangs_on_apply
from auditor.terraform.cty import TerraformError, Value
from auditor.terraform.declarations import Call, Declared, Module, Output
from auditor.terraform.declaring import location
from auditor.terraform.expressions import evaluate
from auditor.terraform.schema import BlockSchema

if TYPE_CHECKING:
    from auditor.terraform.evaluate import Evaluation
    from auditor.terraform.module_instance import ModuleInstance

_CALL_META = frozenset({"source", "version", "providers", "count", "for_each", "depends_on"})


def note_late_decision(run: Evaluation, value: Value, target: Declared | Call) -> None:
    """Terraform refuses a count that hangs on what only an apply decides."""
    if not hangs_on_apply(value):
        return
    kind = "count" if target.count is not None else "for_each"
    expr = target.count or target.for_each
    assert expr is not None
    run.report(
        Problem(
            "warning",
            f"unknown-{kind.replace('_', '-')}",
            f"Invalid {kind} argument",
            f'The "{kind}" value depends on values that cannot be determined until apply'
            f"{_named_refs(value)}, so it is not known how many instances there are",
            location(expr.span),
        )
    )


def note_ignored_arguments(run: Evaluation, declared: Declared, schema: BlockSchema) -> None:
    """`ignore_changes` that names what the type does not have."""
    for text in declared.ignore_changes:
        name = text.partition(".")[0].partition("[")[0]
        if name != "all" and name not in schema.attributes and name not in schema.blocks:
            run.report(
                Problem(
                    "warning",
                    "unsupported-argument",
                    "Unsupported attribute",
                    f'ignore_changes names "{name}", which {declared.type} does not have',
                    location(declared.block.header_span),
                )
            )


def note_unknown_type(run: Evaluation, declared: Declared) -> None:
    """A type that no version of the provider has."""
    is_data = declared.mode == "data"
    names = run.schemas.data_source_names if is_data else run.schemas.resource_names
    near = closest(declared.type, names())
    hint = f'; did you mean "{near}"?' if near else ""
    run.report(
        Problem(
            "warning",
            "unknown-type",
            f"Invalid {'data source' if is_data else 'resource type'}",
            f'The provider does not support "{declared.type}"{hint}',
            location(declared.block.header_span),
        )
    )


def note_arguments(run: Evaluation, call: Call, module: Module) -> None:
    """Arguments that the module has no variable for, and variables that need one."""
    given = call.body.attributes
    for name, argument in given.items():
        if name in module.variables or name in _CALL_META:
            continue
        near = closest(name, module.variables)
        hint = f'; did you mean "{near}"?' if near else ""
        run.report(
            Problem(
                "warning",
                "unsupported-argument",
                "Unsupported argument",
                f'The module has no variable "{name}"{hint}',
                location(argument.name_span),
            )
        )
    for name, variable in module.variables.items():
        if variable.default is None and variable.default_expr is None and name not in given:
            run.report(
                Problem(
                    "error",
                    "missing-argument",
                    "Missing required argument",
                    f'The argument "{name}" is required, but no definition was found.',
                    location(call.block.header_span),
                )
            )


def note_ephemeral(run: Evaluation, module: ModuleInstance, output: Output, value: Value) -> None:
    """An ephemeral value in an output that is not, and the other way round."""
    assert output.expr is not None
    ephemeral = bool(cty.deep_marks(value) & cty.EPHEMERAL)
    if module.parent is None and output.ephemeral:
        wrong = "Ephemeral output not allowed", "Root module outputs cannot be ephemeral"
    elif ephemeral and not output.ephemeral:
        wrong = "Ephemeral value not allowed", "This output is not ephemeral"
    elif output.ephemeral and not ephemeral and cty.is_known(value):
        wrong = "Value not allowed in ephemeral output", "This value is not ephemeral"
    else:
        return
    place = location(output.expr.span)
    run.report(Problem("warning", "ephemeral-value", *wrong, place))


def note_absent_module(run: Evaluation, parent: ModuleInstance, call: Call, why: Problem) -> None:
    """The gap that a module leaves whose code is not there."""
    refs: set[str] = set()
    for name, argument in call.body.attributes.items():
        if name in ("source", "version", "providers", "depends_on"):
            continue
        try:
            value = evaluate(argument.expr, parent.scope)
        except TerraformError:
            continue  # it refers to each or count, or is refused: it names nothing
        refs |= {ref.address for ref in cty.refs_of(value)}
    run.gaps.append(
        Gap(
            parent.absolute(f"module.{call.name}"),
            f"{why.summary}: {why.detail}" if why.detail else why.summary,
            refs=frozenset(refs),
            location=location(call.block.header_span),
        )
    )


def _named_refs(value: Value) -> str:
    names = [str(ref) for ref in cty.refs_of(value)]
    return f" ({', '.join(names[:4])}{', …' if len(names) > 4 else ''})" if names else ""
