"""Input variables of a root module: where their values come from, and how they are checked.

Lowest first: the variable's default, `TF_VAR_name`, `terraform.tfvars`, `terraform.tfvars.json`,
`*.auto.tfvars` and `*.auto.tfvars.json` in the order of their names, then `--var-file` and `--var`
as given.
SOURCE: Terraform 1.11 `internal/backend/backendrun/unparsed_value.go`,
`internal/command/meta_vars.go`, `internal/terraform/eval_variable.go`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from auditor.records import dataclass
from auditor.resource import Location, Problem, Step
from auditor.suggest import closest
from auditor.terraform import cty, syntax
from auditor.terraform.boundary import Refused
from auditor.terraform.constraints import apply_defaults
from auditor.terraform.convert import ConversionError, convert
from auditor.terraform.cty import TerraformError, Value
from auditor.terraform.declarations import Module, Variable
from auditor.terraform.declaring import location, problem
from auditor.terraform.expressions import evaluate
from auditor.terraform.jsonsyntax import literal_value
from auditor.terraform.load import Project
from auditor.terraform.nodes import Expr
from auditor.terraform.scope import Scope
from auditor.terraform.types import DYNAMIC


class Misfit(Exception):  # noqa: N818 - the value is wrong, not the program
    """A value that does not fit the variable's type: says what is required."""


@dataclass(frozen=True, slots=True)
class Given:
    """A value for a root variable. `step` says who set it where; `expr` is its text, if any."""

    value: Value
    step: Step
    expr: Expr | None = None
    undeclared_is_error: bool = False


def typed(variable: Variable, value: Value) -> Value:
    """The value under the variable's type, defaults of `optional()` filled in. Raises `Misfit`."""
    if variable.defaults is not None:
        value = apply_defaults(value, variable.defaults)
    try:
        return convert(value, variable.type)
    except ConversionError as wrong:
        raise Misfit(str(wrong)) from wrong


def _constant(expr: Expr) -> Value:
    return evaluate(expr, Scope())


class Inputs:
    """Collects the values for a root module's variables, and what is wrong with them."""

    def __init__(self, project: Project, module: Module) -> None:
        self.project = project
        self.module = module
        self.given: dict[str, Given] = {}
        self.problems: list[Problem] = []

    def environment(self, environment: Mapping[str, str]) -> None:
        """`TF_VAR_name` for declared variables; others are ignored, as Terraform does."""
        for name, text in environment.items():
            variable = self.module.variables.get(name.removeprefix("TF_VAR_"))
            if name.startswith("TF_VAR_") and variable is not None:
                self._text(variable.name, text, name)

    def automatic_files(self) -> None:
        """The variable files that Terraform reads by itself."""
        folder = self.module.folder
        try:
            names = self.project.boundary.names(folder)
        except Refused:
            return
        auto = [n for n in names if n.endswith((".auto.tfvars", ".auto.tfvars.json"))]
        for name in ("terraform.tfvars", "terraform.tfvars.json", *auto):
            if name in names:
                self.file(os.path.join(folder, name))

    def file(self, path: str) -> None:
        """One variable file."""
        try:
            file = self.project.file(path)
        except Refused as refused:
            self.problems.append(
                Problem(
                    "error",
                    refused.code,
                    "Failed to read variables file",
                    refused.why,
                    Location(self.project.boundary.shown(path)),
                )
            )
            return
        for wrong in file.problems:
            self.problems.append(
                Problem("error", "syntax-error", wrong.summary, wrong.detail, location(wrong.span))
            )
        for block in file.body.blocks:
            self.problems.append(
                Problem(
                    "error",
                    "invalid-configuration",
                    f'Unexpected "{block.type}" block',
                    "Blocks are not allowed here.",
                    location(block.header_span),
                )
            )
        for name, attribute in file.body.attributes.items():
            try:
                is_json = path.endswith(".json")
                value = (literal_value if is_json else _constant)(attribute.expr)
            except TerraformError as wrong:
                self.problems.append(problem(wrong))
                value = cty.unknown(DYNAMIC, because=f"{wrong.range} {wrong.summary}")
            step = Step(f"var.{name}", location(attribute.span))
            self.given[name] = Given(value, step, attribute.expr)
            self._warn_undeclared(name, step)

    def _warn_undeclared(self, name: str, step: Step) -> None:
        if name in self.module.variables:
            return
        near = closest(name, self.module.variables)
        hint = f'; did you mean "{near}"?' if near else ""
        self.problems.append(
            Problem(
                "warning",
                "undeclared-variable",
                "Value for undeclared variable",
                f'The root module declares no variable "{name}"{hint}',
                step.location,
            )
        )

    def argument(self, name: str, text: str) -> None:
        """`--var name=text`."""
        if name in self.module.variables:
            self._text(name, text, f"--var {name}")
            return
        self.problems.append(
            Problem(
                "error",
                "invalid-configuration",
                "Value for undeclared variable",
                f'A variable named "{name}" was assigned with --var, but the root module does not '
                "declare it.",
            )
        )

    def _text(self, name: str, text: str, source: str) -> None:
        """A value given as text: as it is for a primitive type, an expression for others."""
        variable = self.module.variables[name]
        step = Step(f"var.{name} = {source}")
        if variable.literal or "type" not in variable.block.body.attributes:
            self.given[name] = Given(cty.string(text), step)
            return
        try:
            expr = syntax.parse_expression(text, f"<value for var.{name}>")
            self.given[name] = Given(evaluate(expr, Scope()), step, expr)
        except TerraformError as wrong:
            self.problems.append(problem(wrong))
            cause = f"the value of {source} cannot be read: {wrong.summary}"
            self.given[name] = Given(cty.unknown(variable.value_type, because=cause), step)


def collect(
    project: Project,
    module: Module,
    *,
    environment: Mapping[str, str],
    var_files: Sequence[str],
    arguments: Sequence[tuple[str, str]],
) -> Inputs:
    """Every value that is given for the root module's variables; files are relative to it."""
    inputs = Inputs(project, module)
    inputs.environment(environment)
    inputs.automatic_files()
    for path in var_files:
        inputs.file(os.path.join(module.folder, path))
    for name, text in arguments:
        inputs.argument(name, text)
    return inputs
