"""One root module evaluated: every module call, resource, local and output, each once.

Everything is evaluated when it is first asked for and kept, so the order of declarations carries no
meaning; asking for something that is being evaluated is a cycle. What Terraform refuses becomes a
problem, and an unknown value with that cause; the rest goes on.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from auditor.model import Settings
from auditor.resource import Gap, Problem
from auditor.terraform import cty
from auditor.terraform.blocks import (
    BlockValue,
    Plan,
    evaluation_problem,
    every_problem,
    plan_body,
    refused,
)
from auditor.terraform.cty import TerraformError, UnknownVal, Value
from auditor.terraform.declarations import Call, Declared, Module, Output, Variable
from auditor.terraform.declaring import location
from auditor.terraform.expansion import (
    STAR,
    Expansion,
    Instance,
    Key,
    by_count,
    by_for_each,
    index_text,
    single,
)
from auditor.terraform.expressions import evaluate
from auditor.terraform.files import Files
from auditor.terraform.function import Budget
from auditor.terraform.functions import Builtins
from auditor.terraform.load import Project
from auditor.terraform.nodes import Reference
from auditor.terraform.providers import ProviderConfig, ProviderMap, providers_for
from auditor.terraform.schema import Attribute, BlockSchema, Schemas, aws
from auditor.terraform.scope import Head, Scope
from auditor.terraform.sources import FoundModule, ModuleIndex
from auditor.terraform.types import DYNAMIC, Object, Type
from auditor.terraform.variables import Given, Misfit, typed
from auditor.values import Ref

MAX_DEPTH: Final = 24
"""Module calls inside module calls."""

MAX_TOTAL: Final = 60_000
"""Instances of resources and modules in one root."""

MAX_SECONDS: Final = 120.0
"""After this long a root's evaluation stops, with a problem."""

_RECURSION: Final = 12_000
_META: Final = frozenset(
    {"count", "for_each", "provider", "depends_on", "lifecycle", "provisioner", "connection"}
)


_KNOWN: Final = {"managed": ("aws_", "terraform_"), "data": ("aws_",), "ephemeral": ()}
"""Prefixes of types whose schemas are all known, so that a type without one does not exist."""

_CALL_META: Final = frozenset({"source", "version", "providers", "count", "for_each", "depends_on"})


@dataclass(slots=True)
class ResourceInstance:
    """An instance of a resource or data source, evaluated."""

    group: ResourceGroup
    key: Key
    address: str
    block: BlockValue
    exists: Value | None
    scope: Scope
    computed: Mapping[str, Value] = field(default_factory=dict)
    """Of a data source: what was worked out here."""
    _value: Value | None = None
    _parts: dict[str, Value] = field(default_factory=dict)

    def value(self) -> Value:
        """The whole object, as a reference to it sees it."""
        if self._value is None:
            self._value = _whole_instance(self)
        return self._value

    def part(self, name: str) -> Value | None:
        """An object with this one attribute only: what `type.name.attribute` needs of it."""
        if name not in self._parts:
            found = _one_attribute(self, name)
            if found is None:
                return None
            self._parts[name] = Value(Object({name: found.ty}), {name: found})
        return self._parts[name]


@dataclass(slots=True)
class ResourceGroup:
    """All instances of one `resource` or `data` block in one module instance."""

    declared: Declared
    module: ModuleInstance
    schema: BlockSchema | None
    expansion: Expansion
    instances: list[ResourceInstance] = field(default_factory=list)
    failed: Value | None = None
    """Set where count or for_each is refused: the unknown that stands for all instances."""
    provider: ProviderConfig | None = None
    _value: Value | None = None

    def value(self) -> Value:
        """What a reference without a key gives: an object, a tuple, or an object of them."""
        if self._value is None:
            self._value = _group_value(self)
        return self._value


@dataclass(slots=True)
class CallGroup:
    """All instances of one module call. `module` is None when its code is not there."""

    call: Call
    parent: ModuleInstance
    expansion: Expansion
    module: Module | None
    instances: dict[Key, ModuleInstance] = field(default_factory=dict)
    failed: Value | None = None
    pieces: dict[str, Value] = field(default_factory=dict)


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
                group.pieces[output] = _call_object(group, output)
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


# -- values of resources and calls ----------------------------------------------------------------


def _group_value(group: ResourceGroup) -> Value:
    if group.failed is not None:
        return group.failed
    expansion = group.expansion
    if expansion.kind == "single":
        return group.instances[0].value()
    values = {i.key: i.value() for i in group.instances}
    return _collected(expansion, values)


def _collected(expansion: Expansion, values: Mapping[Key, Value]) -> Value:
    """Instances as a tuple or object; unknown where there may be others."""
    if expansion.open is None:
        if expansion.kind == "count":
            return cty.tuple_(values.values())
        return cty.object_({str(key): value for key, value in values.items()})
    if expansion.kind == "for_each":
        certain = {str(key): value for key, value in values.items() if key is not STAR}
        return cty.unknown(DYNAMIC, expansion.open, entries=certain or None)
    v: UnknownVal = expansion.open.v
    counts = [option.v for option in v.one_of or ()]
    options = None
    if counts and all(isinstance(count, int) and 0 <= count <= 1 for count in counts):
        options = tuple(cty.tuple_([values[STAR]] * count) for count in counts)
    return cty.unknown(DYNAMIC, expansion.open, one_of=options)


def _call_object(group: CallGroup, output: str) -> Value:
    """The module's outputs as one value; only the one asked for, where a name was given."""
    if group.failed is not None:
        return group.failed
    if group.module is None:
        return _absent_module(group)
    expansion = group.expansion
    values = {key: _outputs(instance, output) for key, instance in group.instances.items()}
    if expansion.kind == "single":
        return next(iter(values.values()))
    return _collected(expansion, values)


def _outputs(instance: ModuleInstance, output: str) -> Value:
    names = [output] if output else list(instance.module.outputs)
    return cty.object_({n: instance.output(n) for n in names if n in instance.module.outputs})


def _absent_module(group: CallGroup) -> Value:
    """What a module whose code is not there stands for: every output is unknown by name."""
    address = group.parent.absolute(f"module.{group.call.name}")
    because = f"the module {address} is not there"
    return cty.unknown(DYNAMIC, refs=(Ref(address),), because=because, exact=True)


class LazyObject(Value):
    """A resource's whole object, made when something looks inside."""

    __slots__ = ("_instance", "_made")

    def __init__(self, ty: Type, instance: ResourceInstance) -> None:
        self.ty = ty
        self.marks = 0
        self._info = 0
        self._instance = instance
        self._made: dict[str, Value] | None = None

    @property
    def v(self) -> dict[str, Value]:
        """The attributes by name."""
        if self._made is None:
            self._made = whole_attributes(self._instance)
        return self._made


def _whole_instance(instance: ResourceInstance) -> Value:
    schema = instance.group.schema
    if schema is None or schema.open:
        return _schemaless_object(instance)
    if schema.type.has_dynamic:
        return cty.object_(whole_attributes(instance))
    return LazyObject(schema.type, instance)


def whole_attributes(instance: ResourceInstance) -> dict[str, Value]:
    """Every attribute of an instance: configured, worked out, computed by the provider, or null."""
    from auditor.terraform.blocks import whole

    schema = instance.group.schema
    assert schema is not None
    return whole(instance.block, schema, lambda attribute: _decided(instance, attribute))


def _one_attribute(instance: ResourceInstance, name: str) -> Value | None:
    """One attribute, without making the others."""
    schema = instance.group.schema
    given = instance.block.attrs.get(name)
    if schema is None:
        return given
    attribute = schema.attributes.get(name)
    if attribute is None and schema.open and name not in schema.blocks:
        return Value(DYNAMIC, UnknownVal((Ref(instance.address, (name,)),), exact=True))
    if attribute is None or name in instance.block.blocks:
        return None
    if given is None or given.v is None:
        if not attribute.computed and name not in instance.computed:
            return cty.null(attribute.type)
        given = _decided(instance, attribute)
    return cty.mark(given, cty.SENSITIVE) if attribute.sensitive else given


def _decided(instance: ResourceInstance, attribute: Attribute) -> Value:
    """What the provider decides: known where it was worked out, else a reference to itself."""
    found = instance.computed.get(attribute.name)
    if found is not None:
        return found
    if attribute.type is DYNAMIC and instance.group.declared.type == "terraform_data":
        return _terraform_data_output(instance)
    run = instance.group.module.run
    if attribute.name == "id" and run.root.module.imports:
        known = run.imported().get(instance.address)
        if known is not None:
            return known
    ref = Ref(instance.address, (attribute.name,))
    never_null = attribute.name == "id"
    return Value(attribute.type, UnknownVal((ref,), exact=True, not_null=never_null))


def _terraform_data_output(instance: ResourceInstance) -> Value:
    """`output` of a terraform_data: it will be what `input` is, and has its type."""
    given = instance.block.attrs.get("input")
    if given is None or given.v is None:
        return cty.NULL
    ref = Ref(instance.address, ("output",))
    return cty.unknown(given.ty, refs=(ref,), exact=True)


def _schemaless_object(instance: ResourceInstance) -> Value:
    """A resource of which no schema is known: its arguments, and whatever else it may have."""
    ref = Ref(instance.address)
    return Value(
        DYNAMIC, UnknownVal((ref,), exact=True, entries=dict(instance.block.attrs) or None)
    )


# -- the evaluation -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Options:
    """How to evaluate a root module.

    root: the folder that nothing outside of is read (default: the git root above it).
    var_files: relative to the root module; arguments: `name=text` pairs; environment: only
        `TF_VAR_…` is used. settings: what is known of the account.
    """

    root: str | None = None
    var_files: Sequence[str] = ()
    arguments: Sequence[tuple[str, str]] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    workspace: str = "default"
    settings: Settings = field(default_factory=Settings)
    tofu: bool = False
    stand_alone: bool = False


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
        self.budget = Budget()
        self.files = Files(Path(module.folder), Path(project.boundary.root))
        self.problems: dict[tuple[Any, ...], Problem] = {}
        self.gaps: list[Gap] = []
        self.unset: list[str] = []
        self.stack: list[tuple[ModuleInstance, Head]] = []
        self.total = 0
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
                self._absent(*missing)
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
        finally:
            sys.setrecursionlimit(limit)

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
        if self.total & 63 == 0 and time.monotonic() > self.deadline:
            raise _OutOfTime

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
            return single()
        self.total += len(found.instances)
        if self.total > MAX_TOTAL:
            expr = target.count or target.for_each
            assert expr is not None
            raise TerraformError(
                "Too many instances",
                f"More than {MAX_TOTAL} instances in one root module are not evaluated.",
                expr.span,
            )
        if found.open is not None:
            self._decided_late(found.open, target)
        return found

    def _decided_late(self, value: Value, target: Declared | Call) -> None:
        """Terraform refuses a count that hangs on what only an apply decides."""
        from auditor.terraform.checks import hangs_on_apply

        if not hangs_on_apply(value):
            return
        kind = "count" if target.count is not None else "for_each"
        expr = target.count or target.for_each
        assert expr is not None
        self.report(
            Problem(
                "warning",
                f"unknown-{kind.replace('_', '-')}",
                f"Invalid {kind} argument",
                f'The "{kind}" value depends on values that cannot be determined until apply'
                f"{_named_refs(value)}, so it is not known how many instances there are",
                location(expr.span),
            )
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
                self._unknown_type(declared)
            found = self._plans[id(declared)] = plan_body(declared.body, schema, _META)
            for problem in every_problem(found):
                self.report(problem)
            if schema is not None:
                self._check_ignored(declared, schema)
        return found

    def _check_ignored(self, declared: Declared, schema: BlockSchema) -> None:
        for text in declared.ignore_changes:
            name = text.partition(".")[0].partition("[")[0]
            if name != "all" and name not in schema.attributes and name not in schema.blocks:
                self.report(
                    Problem(
                        "warning",
                        "unsupported-argument",
                        "Unsupported attribute",
                        f'ignore_changes names "{name}", which {declared.type} does not have',
                        location(declared.block.header_span),
                    )
                )

    def _unknown_type(self, declared: Declared) -> None:
        from auditor.suggest import closest

        is_data = declared.mode == "data"
        names = self.schemas.data_source_names if is_data else self.schemas.resource_names
        near = closest(declared.type, names())
        hint = f'; did you mean "{near}"?' if near else ""
        self.report(
            Problem(
                "warning",
                "unknown-type",
                f"Invalid {'data source' if is_data else 'resource type'}",
                f'The provider does not support "{declared.type}"{hint}',
                location(declared.block.header_span),
            )
        )

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
        try:
            expansion = self.expand(call, parent)
            failed = None
        except TerraformError as wrong_expansion:
            self.refuse(wrong_expansion)
            failed = cty.unknown(DYNAMIC, because=refused(wrong_expansion))
            expansion = Expansion("count", [Instance(STAR, _star_names(call, failed), failed)])
        self._check_arguments(call, found.module)
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

    def _check_arguments(self, call: Call, module: Module) -> None:
        """Arguments that the module has no variable for, and variables that need one."""
        from auditor.suggest import closest

        given = call.body.attributes
        for name, argument in given.items():
            if name in module.variables or name in _CALL_META:
                continue
            near = closest(name, module.variables)
            hint = f'; did you mean "{near}"?' if near else ""
            self.report(
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
                self.report(
                    Problem(
                        "error",
                        "missing-argument",
                        "Missing required argument",
                        f'The argument "{name}" is required, but no definition was found.',
                        location(call.block.header_span),
                    )
                )

    def _absent(self, parent: ModuleInstance, call: Call, why: Problem) -> None:
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
        self.gaps.append(
            Gap(
                parent.absolute(f"module.{call.name}"),
                f"{why.summary}: {why.detail}" if why.detail else why.summary,
                refs=frozenset(refs),
                location=location(call.block.header_span),
            )
        )

    def output_value(self, module: ModuleInstance, output: Output) -> Value:
        """The value of an output."""
        if output.expr is None:
            return cty.unknown(DYNAMIC, because=f"output {output.name} has no value")
        try:
            value = evaluate(output.expr, module.scope)
        except TerraformError as wrong:
            self.refuse(wrong)
            return cty.unknown(DYNAMIC, because=refused(wrong))
        self._check_ephemeral(module, output, value)
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

    def _check_ephemeral(self, module: ModuleInstance, output: Output, value: Value) -> None:
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
        self.report(Problem("warning", "ephemeral-value", *wrong, place))


class _OutOfTime(Exception):  # noqa: N818 - the end of an evaluation, not an error
    pass


_NO_REFERENCE: Any = None


def _named_refs(value: Value) -> str:
    names = [str(ref) for ref in cty.refs_of(value)]
    return f" ({', '.join(names[:4])}{', …' if len(names) > 4 else ''})" if names else ""


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
