"""`import` blocks: resources that exist already, and their ids.

SOURCE: developer.hashicorp.com/terraform/language/import (1.11; `for_each` since 1.7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.terraform import cty
from auditor.terraform.cty import TerraformError, Value
from auditor.terraform.declarations import Import
from auditor.terraform.expansion import Instance, by_for_each, index_text
from auditor.terraform.expressions import evaluate
from auditor.terraform.jsonsyntax import native
from auditor.terraform.nodes import Expr, Index, Reference, Relative, Step
from auditor.terraform.scope import Scope

if TYPE_CHECKING:
    from auditor.terraform.evaluate import Evaluation


def imported_ids(run: Evaluation) -> dict[str, Value]:
    """Addresses of the resources that are imported, to their ids."""
    found: dict[str, Value] = {}
    for each in run.root.module.imports:
        try:
            found |= _ids_of(run, each)
        except TerraformError as wrong:
            run.refuse(wrong)
    return found


def _ids_of(run: Evaluation, block: Import) -> dict[str, Value]:
    if block.id is None:
        return {}
    instances = [Instance(None, {})]
    if block.for_each is not None:
        expansion = by_for_each(block.for_each, run.root.scope)
        instances = [i for i in expansion.instances if i.exists is None]
    found = {}
    for instance in instances:
        scope = run.root.scope_of(instance.names)
        value = cty.unmark_deep(evaluate(block.id, scope))[0]
        if value.v is None:
            raise TerraformError(
                "Invalid import id argument", "The import ID cannot be null.", block.id.span
            )
        if isinstance(value.v, str):
            found[_address(native(block.to), scope)] = value
    return found


def _address(expr: Expr, scope: Scope) -> str:
    """The address that an expression writes, its keys evaluated."""
    if isinstance(expr, Reference):
        return expr.root + _steps(expr.steps)
    if isinstance(expr, Relative):
        return _address(expr.base, scope) + _steps(expr.steps)
    if isinstance(expr, Index):
        return _address(expr.base, scope) + _key(evaluate(expr.key, scope))
    raise TerraformError("Invalid import address", "An address is required.", expr.span)


def _steps(steps: list[Step]) -> str:
    return "".join(f".{s.name}" if s.key is None else _key(s.key) for s in steps)


def _key(value: Value) -> str:
    v = value.v
    return index_text(v if isinstance(v, str | int) else None)
