"""What Terraform finds in code of which no instance exists.

Before it plans, Terraform evaluates everything once with variables and attributes unknown. So a
mistake that hangs on no value is refused even in a resource with a count of zero, or in a module
that is called zero times. Only such code is evaluated here; the rest has been already.
SOURCE: Terraform 1.11 `internal/terraform/node_resource_validate.go`, `evaluate.go`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from auditor.terraform import cty
from auditor.terraform.cty import TerraformError, Value
from auditor.terraform.declarations import Call, Declared, Module
from auditor.terraform.expressions import evaluate
from auditor.terraform.nodes import Expr, Reference
from auditor.terraform.scope import Head, Scope
from auditor.terraform.types import DYNAMIC, NUMBER, STRING
from auditor.terraform.variables import Misfit, typed

if TYPE_CHECKING:
    from auditor.terraform.evaluate import Evaluation

_DEEPEST: Final = 200


class _Unknowns:
    """Names in a module of which no value is given."""

    def __init__(self, run: Evaluation, module: Module) -> None:
        self.run = run
        self.module = module
        self.scope = Scope(self.resolve, run.functions, budget=run.budget, files=run.files)
        self.values: dict[Head, Value] = {
            ("path", "module"): cty.unknown(STRING, not_null=True),
            ("path", "root"): cty.string("."),
            ("path", "cwd"): cty.string(run.folder),
            ("terraform", "workspace"): cty.string(run.options.workspace),
            ("count", "index"): cty.unknown(NUMBER, not_null=True),
            ("each", "key"): cty.unknown(STRING, not_null=True),
        }
        self.depth = 0

    def resolve(self, head: Head, _reference: Reference) -> Value:
        """An unknown of the right type; locals are evaluated."""
        found = self.values.get(head)
        if found is None:
            found = self.values[head] = self.made(head)
        return found

    def made(self, head: Head) -> Value:
        kind = head[0]
        if kind == "var" and head[1] in self.module.variables:
            variable = self.module.variables[head[1]]
            marks = cty.SENSITIVE if variable.sensitive else 0
            return cty.unknown(variable.value_type, marks=marks)
        if kind == "local" and head[1] in self.module.locals:
            return self.local(head[1])
        declared = self.module.resources.get(".".join(head))
        if declared is not None and not declared.count and not declared.for_each:
            schema = self.run.schema_of(declared)
            if schema is not None and not schema.open:
                return cty.unknown(schema.shape(self.run.newer))
        return cty.unknown(DYNAMIC)

    def local(self, name: str) -> Value:
        self.depth += 1
        try:
            if self.depth > _DEEPEST:
                return cty.unknown(DYNAMIC)
            return evaluate(self.module.locals[name].expr, self.scope)
        except TerraformError:
            return cty.unknown(DYNAMIC)  # reported where the local itself is evaluated
        finally:
            self.depth -= 1


def validate_unused(run: Evaluation, module: Module, declared: list[Declared]) -> None:
    """Reports what is refused in resources of which there is no instance."""
    scope = _Unknowns(run, module).scope
    for each in declared:
        plan = run.plan(each, run.schema_of(each))
        plan.run(scope, run.report)


def validate_module(run: Evaluation, module: Module) -> None:
    """Reports what is refused in a module of which there is no instance."""
    scope = _Unknowns(run, module).scope
    exprs: list[Expr] = [local.expr for local in module.locals.values()]
    exprs += [output.expr for output in module.outputs.values() if output.expr is not None]
    for expr in exprs:
        try:
            evaluate(expr, scope)
        except TerraformError as wrong:
            run.refuse(wrong)
    validate_unused(run, module, list(module.resources.values()))


def validate_calls(run: Evaluation, module: Module, calls: list[tuple[Call, Module]]) -> None:
    """Reports arguments that cannot fit, of module calls of which there is no instance."""
    scope = _Unknowns(run, module).scope
    for call, called in calls:
        for name, argument in call.body.attributes.items():
            variable = called.variables.get(name)
            if variable is None:
                continue
            try:
                typed(variable, evaluate(argument.expr, scope))
            except TerraformError as wrong:
                run.refuse(wrong)
            except Misfit as misfit:
                run.refuse(
                    TerraformError(
                        "Invalid value for input variable",
                        f"The given value is not suitable for module.{call.name}.var.{name}: "
                        f"{misfit}.",
                        argument.expr.span,
                    )
                )
