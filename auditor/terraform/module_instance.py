"""One instance of a module: where its names get their values.

Everything is evaluated when it is first asked for and kept, so the order of declarations carries no
meaning; asking for something that is being evaluated is a cycle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from auditor.terraform import cty
from auditor.terraform.blocks import refused
from auditor.terraform.cty import TerraformError, Value
from auditor.terraform.declarations import Call, Module, Variable
from auditor.terraform.expansion import Instance, Key, index_text
from auditor.terraform.expressions import evaluate
from auditor.terraform.instances import CallGroup, ResourceGroup, call_object
from auditor.terraform.nodes import Reference
from auditor.terraform.providers import ProviderMap, providers_for
from auditor.terraform.scope import Head, Scope
from auditor.terraform.sources import FoundModule
from auditor.terraform.types import DYNAMIC
from auditor.terraform.variables import Misfit, typed
from auditor.values import Ref

if TYPE_CHECKING:
    from auditor.terraform.evaluate import Evaluation


class ModuleInstance:
    """One instance of a module: where its names get their values."""

    def __init__(
        self,
        run: Evaluation,
        module: Module,
        parent: ModuleInstance | None = None,
        call: Call | None = None,
        instance: Instance | None = None,
        found: FoundModule | None = None,
    ) -> None:
        self.run = run
        self.module = module
        self.parent = parent
        self.call = call
        self.key: Key = instance.key if instance else None
        self.names: Mapping[Head, Value] = instance.names if instance else {}
        self.depth: int = parent.depth + 1 if parent else 0
        own = f"module.{call.name}{index_text(self.key)}" if call else ""
        self.address: str = f"{parent.address}.{own}" if parent and parent.address else own
        self.exists: Value | None = instance.exists if instance else None
        if self.exists is None and parent is not None:
            self.exists = parent.exists
        self.path = found.path if found else "."
        self.manifest_key = found.key if found else ""
        self.groups: dict[str, ResourceGroup] = {}
        self.calls: dict[str, CallGroup] = {}
        self.outputs: dict[str, Value] = {}
        self.scope = Scope(self.resolve, run.functions, budget=run.budget, files=run.files)
        self.values: dict[Head, Value] = {
            ("path", "module"): cty.string(self.path),
            ("path", "root"): cty.string("."),
            ("path", "cwd"): cty.string(run.folder),
            ("terraform", "workspace"): cty.string(run.options.workspace),
        }
        self._busy: set[Head] = set()
        self.providers: ProviderMap = providers_for(self)

    # -- names ------------------------------------------------------------------------------------

    def absolute(self, name: str) -> str:
        """A name of this module as an address from the root."""
        return f"{self.address}.{name}" if self.address else name

    def scope_of(self, names: Mapping[Head, Value]) -> Scope:
        """A scope in which `each` or `count` have values."""
        if not names:
            return self.scope
        run, resolve = self.run, self.resolve

        def resolve_here(head: Head, reference: Reference) -> Value:
            value = names.get(head)
            return value if value is not None else resolve(head, reference)

        return Scope(resolve_here, run.functions, budget=run.budget, files=run.files)

    def resolve(self, head: Head, reference: Reference) -> Value:
        """The value that a name has in this module."""
        value = self.values.get(head)
        if value is not None:
            return value
        kind = head[0]
        if kind == "var":
            return self._kept(head, self._variable)
        if kind == "local":
            return self._kept(head, self._local)
        if kind == "module":
            return self._call_value(head, reference)
        if kind in _PLACE_NAMES:
            raise TerraformError(*_PLACE_NAMES[kind])
        return self._resource_value(head, reference)

    def _kept(self, head: Head, compute: Callable[[str], Value]) -> Value:
        self.run.earn()
        self.enter(head)
        try:
            value = compute(head[1])
        finally:
            self.leave(head)
        self.values[head] = value
        return value

    def enter(self, head: Head) -> None:
        """Notes that something is being evaluated; raises `TerraformError` for a cycle."""
        if head in self._busy:
            raise self.run.cycle(self, head)
        self._busy.add(head)
        self.run.stack.append((self, head))

    def leave(self, head: Head) -> None:
        """Undoes `enter`."""
        self._busy.discard(head)
        self.run.stack.pop()

    # -- variables and locals ---------------------------------------------------------------------

    def _variable(self, name: str) -> Value:
        variable = self.module.variables.get(name)
        if variable is None:
            raise TerraformError(
                "Reference to undeclared input variable",
                f'An input variable with the name "{name}" has not been declared.',
            )
        try:
            value = self._given(variable)
        except TerraformError as wrong:
            self.run.refuse(wrong)
            value = cty.unknown(variable.value_type, because=refused(wrong))
        marks = cty.SENSITIVE if variable.sensitive else 0
        return cty.mark(value, marks | (cty.EPHEMERAL if variable.ephemeral else 0))

    def _given(self, variable: Variable) -> Value:
        """The value that was passed in, else the default, under the variable's type."""
        name = variable.name
        raw = self._argument(name) if self.call is not None else self._root_value(name)
        if raw is None and variable.default is not None:
            return variable.default
        if raw is None:
            return self._missing(variable)
        if cty.deep_marks(raw) & cty.EPHEMERAL and not variable.ephemeral:
            raise TerraformError(
                "Ephemeral value not allowed",
                f"{self.absolute(f'var.{name}')} is not ephemeral.",
                self._argument_span(name),
            )
        try:
            value = typed(variable, raw)
        except Misfit as wrong:
            raise TerraformError(
                "Invalid value for input variable",
                f"The given value is not suitable for {self.absolute(f'var.{name}')}: {wrong}.",
                self._argument_span(name),
            ) from wrong
        if value.v is None and not variable.nullable:
            if variable.default is None:
                raise TerraformError(
                    "Required variable not set",
                    f"{self.absolute(f'var.{name}')}: required variable may not be set to null.",
                    self._argument_span(name),
                )
            return variable.default
        return value

    def _argument(self, name: str) -> Value | None:
        assert self.call is not None
        assert self.parent is not None
        argument = self.call.body.attributes.get(name)
        if argument is None:
            return None
        return evaluate(argument.expr, self.parent.scope_of(self.names))

    def _root_value(self, name: str) -> Value | None:
        given = self.run.inputs.get(name)
        return given.value if given is not None else None

    def _argument_span(self, name: str) -> Any:
        if self.call is not None:
            argument = self.call.body.attributes.get(name)
            return argument.expr.span if argument else self.call.block.header_span
        given = self.run.inputs.get(name)
        if given is not None and given.expr is not None:
            return given.expr.span
        return self.module.variables[name].block.header_span

    def _missing(self, variable: Variable) -> Value:
        """A required variable that nobody set."""
        ref = Ref(self.absolute(f"var.{variable.name}"))
        if self.call is None:
            self.run.unset.append(variable.name)
        return cty.unknown(variable.value_type, refs=(ref,), exact=True)

    def _local(self, name: str) -> Value:
        local = self.module.locals.get(name)
        if local is None:
            raise TerraformError(
                "Reference to undeclared local value",
                f'A local value with the name "{name}" has not been declared.',
            )
        try:
            return evaluate(local.expr, self.scope)
        except TerraformError as wrong:
            self.run.refuse(wrong)
            return cty.unknown(DYNAMIC, because=refused(wrong))

    # -- resources --------------------------------------------------------------------------------

    def _resource_value(self, head: Head, reference: Reference) -> Value:
        key = ".".join(head)
        group = self.group(key)
        instances = group.instances
        if group.expansion.kind == "single" and group.failed is None and instances:
            used = 2 if reference.root in ("data", "ephemeral", "resource") else 1
            step = reference.steps[used].name if len(reference.steps) > used else None
            if step is not None:
                part = instances[0].part(step)
                if part is not None:
                    return part
        return group.value()

    def group(self, key: str) -> ResourceGroup:
        """The instances of a resource or data source of this module, evaluated."""
        found = self.groups.get(key)
        if found is not None:
            return found
        declared = self.module.resources.get(key)
        if declared is None:
            raise TerraformError(
                "Reference to undeclared resource", f"{key} has not been declared in this module."
            )
        head = ("resource", key)
        self.enter(head)
        try:
            found = self.run.evaluate_group(self, declared)
        finally:
            self.leave(head)
        self.groups[key] = found
        return found

    # -- module calls -----------------------------------------------------------------------------

    def _call_value(self, head: Head, reference: Reference) -> Value:
        group = self.call_group(head[1])
        output = ""
        for step in reference.steps[1:3]:
            if step.name is not None:
                output = step.name
                break
        if output not in group.pieces:
            self.enter((*head, output))
            try:
                group.pieces[output] = call_object(group, output)
            finally:
                self.leave((*head, output))
        return group.pieces[output]

    def call_group(self, name: str) -> CallGroup:
        """The instances of a module call."""
        found = self.calls.get(name)
        if found is not None:
            return found
        call = self.module.calls.get(name)
        if call is None:
            raise TerraformError(
                "Reference to undeclared module",
                f'No module call named "{name}" is declared in this module.',
            )
        head = ("module", name)
        self.enter(head)
        try:
            found = self.run.expand_call(self, call)
        finally:
            self.leave(head)
        self.calls[name] = found
        return found

    def output(self, name: str) -> Value:
        """The value of an output; it must be declared."""
        found = self.outputs.get(name)
        if found is None:
            head = ("output", name)
            self.enter(head)
            try:
                found = self.run.output_value(self, self.module.outputs[name])
            finally:
                self.leave(head)
            self.outputs[name] = found
        return found


_PLACE_NAMES: Final = {
    "each": (
        'Reference to "each" in context without for_each',
        'The "each" object can be used only in "module" or "resource" blocks, and only when the '
        '"for_each" argument is set.',
    ),
    "count": (
        'Reference to "count" in non-counted context',
        'The "count" object can only be used in "module", "resource", and "data" blocks, and only '
        'when the "count" argument is set.',
    ),
    "self": ('Invalid "self" reference', 'The "self" object is not available in this context.'),
    "path": ('Invalid "path" attribute', "The supported attributes are module, root and cwd."),
    "terraform": (
        'Invalid "terraform" attribute',
        "The only supported attribute is terraform.workspace.",
    ),
}
