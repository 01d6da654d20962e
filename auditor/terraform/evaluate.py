"""One root module evaluated: every module call, resource, local and output, each once.

Everything is evaluated when it is first asked for and kept, so the order of declarations carries no
meaning; asking for something that is being evaluated is a cycle. What Terraform refuses becomes a
problem, and an unknown value with that cause; the rest goes on.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from auditor.resource import Gap, Problem
from auditor.terraform import cty
from auditor.terraform.blocks import (
    Plan,
    evaluation_problem,
    every_problem,
    plan_body,
    refused,
)
from auditor.terraform.cty import TerraformError, Value
from auditor.terraform.declarations import Call, Declared, Module, Output
from auditor.terraform.declaring import location
from auditor.terraform.expansion import (
    STAR,
    Expansion,
    Instance,
    by_count,
    by_for_each,
    index_text,
    single,
)
from auditor.terraform.expressions import evaluate
from auditor.terraform.files import Files
from auditor.terraform.function import MOST_STEPS, MOST_TEXT, Budget
from auditor.terraform.functions import Builtins
from auditor.terraform.instances import CallGroup, ResourceGroup, ResourceInstance
from auditor.terraform.load import Project
from auditor.terraform.module_instance import ModuleInstance
from auditor.terraform.notes import (
    note_absent_module,
    note_arguments,
    note_ephemeral,
    note_ignored_arguments,
    note_late_decision,
    note_unknown_type,
)
from auditor.terraform.schema import BlockSchema, Schemas, aws
from auditor.terraform.scope import Head
from auditor.terraform.settings import Options
from auditor.terraform.sources import ModuleIndex, wants_newer_provider
from auditor.terraform.types import DYNAMIC
from auditor.terraform.variables import Given

MAX_DEPTH: Final = 24
"""Module calls inside module calls."""

MAX_TOTAL: Final = 60_000
"""Instances of resources and modules in one root."""

MAX_MODULES: Final = 5_000
"""Instances of modules in one root."""

MAX_SECONDS: Final = 60.0
"""After this long a root's evaluation stops, with a problem."""

_STEPS: Final = 200_000
_TEXT: Final = 16_000_000
"""What any evaluation may cost. Of some 200 public root modules none takes 14,000 steps, and none
2.5 million characters."""

_STEPS_EARNED: Final = 500
_TEXT_EARNED: Final = 64_000
"""What each instance, local and output adds to that."""

_RECURSION: Final = 12_000
_META: Final = frozenset(
    {"count", "for_each", "provider", "depends_on", "lifecycle", "provisioner", "connection"}
)


_KNOWN: Final = {"managed": ("aws_", "terraform_"), "data": ("aws_",), "ephemeral": ()}
"""Prefixes of types whose schemas are all known, so that a type without one does not exist."""


class Evaluation:
    """The evaluation of one root module: what its parts share."""

    def __init__(
        self,
        project: Project,
        module: Module,
        options: Options,
        inputs: Mapping[str, Given],
        schemas: Schemas | None = None,
    ) -> None:
        self.project = project
        self.options = options
        self.inputs = inputs
        self.schemas = schemas or aws()
        self.folder = module.folder
        self.functions = Builtins()
        self.budget = Budget(_STEPS, _TEXT)
        self.files = Files(Path(module.folder), Path(project.boundary.root))
        self.problems: dict[tuple[Any, ...], Problem] = {}
        self.gaps: list[Gap] = []
        self.unset: list[str] = []
        self.stack: list[tuple[ModuleInstance, Head]] = []
        self.total = 0
        self.modules = 0
        self.deadline = time.monotonic() + MAX_SECONDS
        self.index = ModuleIndex(project, module.folder)
        self._plans: dict[int, Plan] = {}
        self._checked: set[str] = set()
        self._used: dict[str, tuple[Module, set[str]]] = {}
        self._called: dict[str, Module] = {}
        self._missing_calls: list[tuple[ModuleInstance, Call, Problem]] = []
        self._empty_calls: dict[str, dict[str, tuple[Call, Module]]] = {}
        self._imported: dict[str, Value] | None = None
        self.root = ModuleInstance(self, module)

    def run(self) -> None:
        """Evaluates everything that is declared."""
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, _RECURSION))
        try:
            self._everything(self.root)
            for missing in self._missing_calls:
                note_absent_module(self, *missing)
            self._validate()
        except _OutOfTime:
            self.report(
                Problem(
                    "error",
                    "time-limit",
                    "Evaluation stopped",
                    f"{self.project.boundary.shown(self.folder)} takes longer than "
                    f"{MAX_SECONDS:.0f} seconds to evaluate",
                )
            )
            shown = self.project.boundary.shown(self.folder)
            self.gaps.append(Gap(shown, "its evaluation took too long and was stopped"))
        finally:
            sys.setrecursionlimit(limit)

    @cached_property
    def newer(self) -> bool:
        """Whether the code is for a newer major version of the AWS provider than the schema's."""
        return wants_newer_provider(self.project, self.root.module, self.index)

    # -- problems ---------------------------------------------------------------------------------

    def report(self, problem: Problem) -> None:
        """Keeps a problem, once: instances of one block have it in common."""
        self.problems.setdefault((problem.location, problem.summary), problem)

    def refuse(self, wrong: TerraformError) -> None:
        """Keeps what Terraform refuses."""
        self.report(evaluation_problem(wrong))

    def cycle(self, module: ModuleInstance, head: Head) -> TerraformError:
        """The error for something that hangs on itself; names all that take part."""
        start = self.stack.index((module, head))
        members = [_named(each, of) for each, of in self.stack[start:]]
        return TerraformError("Cycle", ", ".join(dict.fromkeys(members)), _span(module, head))

    def tick(self) -> None:
        """Counts an instance; ends an evaluation that takes too long."""
        self.total += 1
        self.earn()
        if self.total & 63 == 0 and time.monotonic() > self.deadline:
            raise _OutOfTime

    def earn(self) -> None:
        """Adds to the budget: what is larger may cost more, in proportion."""
        budget = self.budget
        budget.steps = min(budget.steps + _STEPS_EARNED, MOST_STEPS)
        budget.text = min(budget.text + _TEXT_EARNED, MOST_TEXT)

    # -- everything -------------------------------------------------------------------------------

    def _everything(self, instance: ModuleInstance) -> None:
        from auditor.terraform.checks import check_conditions

        module = instance.module
        self._check(module)
        for name in module.variables:
            self._try(instance.resolve, ("var", name), _NO_REFERENCE)
        for name in module.locals:
            self._try(instance.resolve, ("local", name), _NO_REFERENCE)
        for key in module.resources:
            self._try(instance.group, key)
        for name in module.calls:
            self._try(self._call, instance, name)
        for name in module.outputs:
            self._try(instance.output, name)
        check_conditions(instance)
        self._used.setdefault(module.folder, (module, set()))[1].update(
            key for key, group in instance.groups.items() if group.instances
        )

    def _check(self, module: Module) -> None:
        """Reports what is wrong with a module's code itself, once."""
        from auditor.terraform.checks import check_module

        if module.folder in self._checked:
            return
        self._checked.add(module.folder)
        for problem in module.problems:
            self.report(problem)
        check_module(module, self.report)

    def _validate(self) -> None:
        """Looks at what no instance exists of."""
        from auditor.terraform.validation import validate_calls, validate_module, validate_unused

        for module, used in self._used.values():
            unused = [d for key, d in module.resources.items() if key not in used]
            if unused:
                validate_unused(self, module, unused)
            empty = self._empty_calls.get(module.folder)
            if empty:
                validate_calls(self, module, list(empty.values()))
        for folder, module in self._called.items():
            if folder not in self._used:
                validate_module(self, module)

    def _try(self, compute: Callable[..., object], *args: Any) -> None:
        try:
            compute(*args)
        except TerraformError as wrong:
            self.refuse(wrong)

    def _call(self, parent: ModuleInstance, name: str) -> None:
        group = parent.call_group(name)
        for instance in group.instances.values():
            self._everything(instance)

    # -- resources --------------------------------------------------------------------------------

    def expand(self, target: Declared | Call, module: ModuleInstance) -> Expansion:
        """The instances of a resource or call. Raises `TerraformError`."""
        if target.count is not None:
            found = by_count(target.count, module.scope)
        elif target.for_each is not None:
            found = by_for_each(target.for_each, module.scope)
        else:
            found = single()
        self._count(target, len(found.instances))
        if found.open is not None:
            note_late_decision(self, found.open, target)
        return found

    def _count(self, target: Declared | Call, instances: int) -> None:
        """Counts instances that are to be evaluated. Raises `TerraformError` for too many."""
        expr = target.count or target.for_each
        self.total += 0 if expr is None else instances
        self.modules += instances if isinstance(target, Call) else 0
        for counted, most, what in (
            (self.total, MAX_TOTAL, "instances"),
            (self.modules, MAX_MODULES, "instances of modules"),
        ):
            if counted > most:
                raise TerraformError(
                    "Too many instances",
                    f"More than {most} {what} in one root module are not evaluated.",
                    expr.span if expr is not None else target.block.header_span,
                )

    def evaluate_group(self, module: ModuleInstance, declared: Declared) -> ResourceGroup:
        """All instances of a resource or data source in one module instance."""
        schema = self.schema_of(declared)
        try:
            expansion = self.expand(declared, module)
        except TerraformError as wrong:
            self.refuse(wrong)
            failed = cty.unknown(DYNAMIC, because=refused(wrong))
            star = Instance(STAR, _star_names(declared, failed), failed)
            expansion = Expansion("count" if declared.count else "for_each", [star], failed)
            group = ResourceGroup(declared, module, schema, expansion, failed=failed)
        else:
            group = ResourceGroup(declared, module, schema, expansion)
        group.provider = module.providers.of(declared)
        plan = self.plan(declared, schema)
        base = module.absolute(declared.key)
        for instance in expansion.instances:
            self.tick()
            self._instance(group, instance, plan, base)
        return group

    def _instance(self, group: ResourceGroup, instance: Instance, plan: Plan, base: str) -> None:
        module = group.module
        scope = module.scope_of(instance.names)
        exists = instance.exists if instance.exists is not None else module.exists
        address = base + index_text(instance.key)
        block = plan.run(scope, self.report)
        found = ResourceInstance(group, instance.key, address, block, exists, scope)
        if group.declared.mode == "data":
            from auditor.terraform.data_sources import read

            found.computed = read(found)
        group.instances.append(found)

    def schema_of(self, declared: Declared) -> BlockSchema | None:
        """The schema of a resource or data source; None for providers that are not known."""
        if declared.mode == "data":
            return self.schemas.data_source(declared.type)
        return self.schemas.resource(declared.type) if declared.mode == "managed" else None

    def plan(self, declared: Declared, schema: BlockSchema | None) -> Plan:
        """The plan of a resource's body, made once; its problems are reported then."""
        found = self._plans.get(id(declared))
        if found is None:
            if schema is None and declared.type.startswith(_KNOWN[declared.mode]):
                note_unknown_type(self, declared)
            found = self._plans[id(declared)] = plan_body(declared.body, schema, _META)
            for problem in every_problem(found):
                self.report(problem)
            if schema is not None:
                note_ignored_arguments(self, declared, schema)
        return found

    # -- modules ----------------------------------------------------------------------------------

    def imported(self) -> Mapping[str, Value]:
        """The ids of resources that `import` blocks name, by address."""
        if self._imported is None:
            from auditor.terraform.imports import imported_ids

            self._imported = {}  # while they are worked out, none is known
            self._imported = imported_ids(self)
        return self._imported

    def expand_call(self, parent: ModuleInstance, call: Call) -> CallGroup:
        """The instances of a module call."""
        found = self.index.find(parent, call)
        if isinstance(found, Problem):
            self.report(found)
            self._missing_calls.append((parent, call, found))
            return CallGroup(call, parent, single(), None)
        if parent.depth >= MAX_DEPTH or _in_itself(parent, found.module):
            wrong = Problem(
                "error",
                "module-cycle",
                "Module calls itself",
                f"{found.module.shown} is called from within itself, or modules nest deeper than "
                f"{MAX_DEPTH} calls",
                location(call.source_span),
            )
            self.report(wrong)
            self._missing_calls.append((parent, call, wrong))
            return CallGroup(call, parent, single(), None)
        if self.modules >= MAX_MODULES:
            wrong = Problem(
                "error",
                "too-many-modules",
                "Too many instances",
                f"More than {MAX_MODULES} instances of modules in one root are not evaluated.",
                location(call.source_span),
            )
            self.report(wrong)
            self._missing_calls.append((parent, call, wrong))
            return CallGroup(call, parent, single(), None)
        try:
            expansion = self.expand(call, parent)
            failed = None
        except TerraformError as wrong_expansion:
            self.refuse(wrong_expansion)
            failed = cty.unknown(DYNAMIC, because=refused(wrong_expansion))
            expansion = Expansion("count", [Instance(STAR, _star_names(call, failed), failed)])
        note_arguments(self, call, found.module)
        self._called[found.module.folder] = found.module
        if not found.module.files and not found.module.problems:
            self.report(
                Problem(
                    "warning",
                    "empty-module",
                    "Module without configuration",
                    f"{found.module.shown} holds no .tf files",
                    location(call.source_span),
                )
            )
        self._check(found.module)
        if not expansion.instances:
            empty = self._empty_calls.setdefault(parent.module.folder, {})
            empty[call.name] = (call, found.module)
        group = CallGroup(call, parent, expansion, found.module, failed=failed)
        for instance in expansion.instances:
            self.tick()
            group.instances[instance.key] = ModuleInstance(
                self, found.module, parent, call, instance, found
            )
        return group

    def output_value(self, module: ModuleInstance, output: Output) -> Value:
        """The value of an output."""
        if output.expr is None:
            return cty.unknown(DYNAMIC, because=f"output {output.name} has no value")
        try:
            value = evaluate(output.expr, module.scope)
        except TerraformError as wrong:
            self.refuse(wrong)
            return cty.unknown(DYNAMIC, because=refused(wrong))
        note_ephemeral(self, module, output, value)
        if output.sensitive and module.parent is None:
            # A child's `sensitive = true` marks nothing in Terraform 1.11: only the root's does.
            return cty.mark(value, cty.SENSITIVE)
        if module.parent is None and cty.deep_marks(value) & cty.SENSITIVE:
            self.report(
                Problem(
                    "warning",
                    "sensitive-output",
                    "Output refers to sensitive values",
                    f'The output "{output.name}" holds a sensitive value and is not marked '
                    "sensitive = true",
                    location(output.expr.span),
                )
            )
        return value


class _OutOfTime(Exception):  # noqa: N818 - the end of an evaluation, not an error
    pass


_NO_REFERENCE: Any = None


def _star_names(target: Declared | Call, unknown: Value) -> Mapping[Head, Value]:
    if target.count is not None:
        return {("count", "index"): unknown}
    return {("each", "key"): unknown, ("each", "value"): unknown}


def _in_itself(parent: ModuleInstance, module: Module) -> bool:
    each: ModuleInstance | None = parent
    while each is not None:
        if each.module is module:
            return True
        each = each.parent
    return False


def _named(module: ModuleInstance, head: Head) -> str:
    return module.absolute(head[1] if head[0] == "resource" else ".".join(h for h in head if h))


def _span(module: ModuleInstance, head: Head) -> Any:
    """Where something is declared."""
    declared = module.module
    if head[0] == "local" and head[1] in declared.locals:
        return declared.locals[head[1]].attribute.name_span
    if head[0] == "resource" and head[1] in declared.resources:
        return declared.resources[head[1]].block.header_span
    if head[0] == "output" and head[1] in declared.outputs:
        return declared.outputs[head[1]].block.header_span
    if head[0] == "module" and head[1] in declared.calls:
        return declared.calls[head[1]].block.header_span
    if head[0] == "var" and module.call is not None:
        return module.call.block.header_span
    return None
