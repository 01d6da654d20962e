"""Where an attribute's value stands and where it came from, found when somebody asks.

A resource from code keeps its evaluated blocks. `trace` walks down a path: into the argument's own
expression as far as that goes (the literal inside `concat(["0.0.0.0/0"], var.x)`), then backwards
through locals, variables and module arguments to where the value was set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditor.records import dataclass
from auditor.resource import Location, ModuleCall, Step, Trace
from auditor.terraform import cty
from auditor.terraform.blocks import BlockSource, BlockValue
from auditor.terraform.cty import TerraformError, Value
from auditor.terraform.declaring import location
from auditor.terraform.document_places import (
    document_source,
    header,
    statement_path,
    text_place,
)
from auditor.terraform.expressions import evaluate, references
from auditor.terraform.jsonsyntax import JsonString
from auditor.terraform.nodes import (
    Call,
    Conditional,
    Expr,
    For,
    Index,
    Literal,
    Node,
    ObjectCons,
    Parens,
    Reference,
    Relative,
    Splat,
    TemplateWrap,
    TupleCons,
)
from auditor.terraform.scope import Scope
from auditor.values import Path, Within

if TYPE_CHECKING:
    from auditor.terraform.instances import ResourceInstance
    from auditor.terraform.module_instance import ModuleInstance

_MOST_STEPS = 24


@dataclass(frozen=True, slots=True)
class FromCode:
    """The provenance of a resource from code."""

    instance: ResourceInstance

    def trace(self, path: Path, within: Within | None = None) -> Trace:
        """Where the value at `path` stands; `()` is the resource's block."""
        declared = self.instance.group.declared
        place = location(declared.block.header_span)
        if not path:
            return Trace(place)
        walk = _Walk(self.instance, within)
        return walk.into_block(self.instance.block, path, place, self.instance.scope)

    def calls(self) -> tuple[ModuleCall, ...]:
        """The module calls that lead to the resource, outermost first."""
        found = []
        each: ModuleInstance | None = self.instance.group.module
        while each is not None and each.call is not None:
            found.append(ModuleCall(each.address, location(each.call.block.header_span)))
            each = each.parent
        return tuple(reversed(found))

    def planned(self) -> dict[str, Any]:
        """Every attribute of the type, as a first plan has it before the provider sees it.

        What the provider decides is an unknown with an exact reference; secrets are wrapped.
        """
        from auditor.terraform.instances import whole_attributes
        from auditor.terraform.plain import to_plain

        if self.instance.group.schema is None:
            return {}
        return {name: to_plain(v) for name, v in whole_attributes(self.instance).items()}


@dataclass(frozen=True, slots=True)
class _Origin:
    """What a name such as `each` or a dynamic block's iterator stands for: an element of this."""

    collection: Expr
    key: str | int | None
    scope: Scope
    module: ModuleInstance


class _Walk:
    """One trace: collects the steps on the way back to where a value was set."""

    def __init__(self, instance: ResourceInstance, within: Within | None = None) -> None:
        self.within = within
        self.module = instance.group.module
        self.via: list[Step] = []
        self.origins: dict[str, _Origin] = {}
        declared = instance.group.declared
        if declared.for_each is not None:
            key = instance.key if isinstance(instance.key, str) else None
            self.origins["each"] = _Origin(declared.for_each, key, self.module.scope, self.module)

    def into_block(
        self, block: BlockValue, path: Path, place: Location | None, scope: Scope
    ) -> Trace:
        """Down a path that begins in a block."""
        name, rest = path[0], path[1:]
        if name == "tags_all" and name not in block.attrs:
            name = "tags"
        for written, _, argument in block.plan.attrs:
            if written == name:
                inside = self.within.path if self.within else ()
                at = self.into_expr(argument.expr, (*rest, *inside), scope)
                self.note_file(at, scope)
                return Trace(self.place(at, scope), tuple(self.via))
        group = block.blocks.get(str(name))
        index = rest[0] if rest and isinstance(rest[0], int) else 0
        below = rest[1:] if rest and isinstance(rest[0], int) else rest
        if group is None or not -len(group.items) <= index < len(group.items):
            return Trace(place, tuple(self.via), absent=True)
        inner, source = group.items[index]
        here = location(source.block.header_span)
        self.note_dynamic(source, scope)
        if below:
            return self.into_block(inner, below, here, inner.scope)
        if source.plan is not None:
            self.into_expr(source.plan.for_each, (), scope)
        return Trace(here, tuple(self.via))

    def note_dynamic(self, source: BlockSource, scope: Scope) -> None:
        """Remembers what the iterator of a dynamic block stands for."""
        if source.plan is None:
            return
        v = source.key.v if source.key is not None else None
        key = v if isinstance(v, str | int) and not isinstance(v, bool) else None
        origin = _Origin(source.plan.for_each, key, scope, self.module)
        self.origins[source.plan.iterator] = origin

    # -- expressions ------------------------------------------------------------------------------

    def into_expr(self, expr: Expr, path: Path, scope: Scope) -> Node:
        """The node at which the value at `path` of an expression stands."""
        for _ in range(_DEEPEST):
            inner = _unwrapped(expr, scope)
            if inner is not expr:
                expr = inner
            elif isinstance(expr, Reference):
                self.follow(expr, path, scope)
                return expr
            else:
                found = _step_into(expr, path, scope)
                if found is None:
                    self.follow_only(expr, scope)
                    return expr
                expr, path = found
        return expr

    def follow_only(self, expr: Expr, scope: Scope) -> None:
        """Where a value is computed from one name, goes on through that."""
        refs = [ref for ref in references(expr) if ref.root not in _FIXED]
        if refs and len({ref.text for ref in refs}) == 1:
            self.follow(refs[0], (), scope)

    def follow(self, ref: Reference, path: Path, scope: Scope) -> None:
        """Backwards through what a reference names."""
        if len(self.via) >= _MOST_STEPS:
            return
        name = ref.steps[0].name if ref.steps else None
        inner: Path = (*(_path_step(step) for step in ref.steps[1:]), *path)
        declared = self.module.module
        if ref.root in self.origins and (ref.root == "each" or ref.root in scope.variables):
            self.follow_element(ref.root, inner if name == "value" else None)
        elif ref.root == "local" and name in declared.locals:
            local = declared.locals[name]
            self.note(f"local.{name}", local.expr, inner, self.module.scope)
        elif ref.root == "var" and name in declared.variables:
            self.follow_variable(name, inner)
        elif ref.root == "module" and name is not None:
            self.follow_output(ref, name, path)
        elif ref.root == "data":
            self.follow_document(ref)

    def follow_document(self, ref: Reference) -> None:
        """Backwards into the document that a data source writes."""
        document = document_source(self.module, ref)
        if document is None:
            return
        address = document.address
        if document.group.declared.type == "template_file":
            for written, _, argument in document.block.plan.attrs:
                if written == "template":
                    self.note(address, argument.expr, (), document.scope)
            return
        path = statement_path(document, self.within) if self.within is not None else ()
        if not path or self.within is None:
            self.via.append(Step(address, header(document)))
            return
        walk = _Walk(document)
        found = walk.into_block(document.block, path, header(document), document.scope)
        self.via += [Step(f"{address} {self.within.label}", found.location), *walk.via]

    def note(self, text: str, expr: Expr, path: Path, scope: Scope) -> None:
        """Adds a step whose place is found inside an expression, and what comes before it."""
        at = len(self.via)
        node = self.into_expr(expr, path, scope)
        self.via.insert(at, Step(text, self.place(node, scope)))
        self.note_file(node, scope)

    def place(self, node: Node, scope: Scope) -> Location | None:
        """Where a node stands; of a document's text, the line that is asked for."""
        if self.within is not None and not _is_file(node):
            return text_place(node, self.within.line, scope) or location(node.span)
        return location(node.span)

    def note_file(self, node: Node, scope: Scope) -> None:
        """Adds the file that a document was read from, at the line that is asked for."""
        if self.within is not None and _is_file(node):
            place = text_place(node, self.within.line, scope)
            if place is not None:
                self.via.append(Step(self.within.label, place))

    def follow_element(self, name: str, path: Path | None) -> None:
        """Backwards from `each.value` or an iterator to the element that it stands for."""
        origin = self.origins.pop(name)
        before, self.module = self.module, origin.module
        inner: Path = () if origin.key is None else (origin.key, *(path or ()))
        if path is None:
            inner = ()
        text = f"{name}.value" if path is not None else f"{name}.key"
        self.note(text, origin.collection, inner, origin.scope)
        self.module = before
        self.origins[name] = origin

    def follow_variable(self, name: str, path: Path) -> None:
        """Backwards through a variable: its argument, its value, or its default."""
        module = self.module
        variable = module.module.variables[name]
        label = module.absolute(f"var.{name}")
        if module.call is None and name in module.run.inputs:
            given = module.run.inputs[name]
            if given.expr is not None:
                self.note(given.step.text, given.expr, path, Scope())
            else:
                self.via.append(given.step)
        elif module.call is not None and name in module.call.body.attributes:
            self.follow_argument(label, module.call.body.attributes[name].expr, path)
        elif variable.default_expr is not None:
            self.note(f"{label} (default)", variable.default_expr, path, Scope())
        else:
            place = location(variable.block.header_span)
            self.via.append(Step(f"{label} (not set)", place))

    def follow_argument(self, label: str, expr: Expr, path: Path) -> None:
        """Backwards through a module call, into the caller."""
        module, origins = self.module, self.origins
        assert module.parent is not None
        assert module.call is not None
        self.module, self.origins = module.parent, {}
        if module.call.for_each is not None:
            key = module.key if isinstance(module.key, str) else None
            self.origins["each"] = _Origin(
                module.call.for_each, key, module.parent.scope, module.parent
            )
        self.note(label, expr, path, module.parent.scope_of(module.names))
        self.module, self.origins = module, origins

    def follow_output(self, ref: Reference, name: str, path: Path) -> None:
        """Backwards through a module's output."""
        group = self.module.calls.get(name)
        rest = list(ref.steps[1:])
        key = rest.pop(0).key if rest and rest[0].key is not None else None
        if group is None or group.module is None or not rest or rest[0].name is None:
            return
        output = group.module.outputs.get(rest[0].name)
        instance = group.instances.get(key.v if key is not None else None)
        if output is None or instance is None or output.expr is None:
            return
        before, origins = self.module, self.origins
        self.module, self.origins = instance, {}
        inner = (*(_path_step(step) for step in rest[1:]), *path)
        self.note(instance.absolute(f"output.{output.name}"), output.expr, inner, instance.scope)
        self.module, self.origins = before, origins


_DEEPEST = 64
_FIXED = frozenset({"path", "terraform", "count", "self"})


def _is_file(node: Node) -> bool:
    return isinstance(node, Call) and node.name in ("file", "templatefile")


def _path_step(step: Any) -> str | int:
    if step.name is not None:
        return str(step.name)
    key = step.key.v
    return key if isinstance(key, str) else int(key)


def _value(expr: Expr, scope: Scope) -> Value | None:
    """The value of part of an expression; None where it has none of its own (inside a loop)."""
    try:
        return cty.unmark(evaluate(expr, scope))[0]
    except (TerraformError, AssertionError):
        return None


def _unwrapped(expr: Expr, scope: Scope) -> Expr:
    """Past parentheses and conditionals that are decided."""
    if isinstance(expr, Parens | TemplateWrap):
        return expr.inner
    if isinstance(expr, JsonString) and isinstance(expr.template, TemplateWrap):
        return expr.template
    if isinstance(expr, Conditional):
        condition = _value(expr.condition, scope)
        if condition is not None and isinstance(condition.v, bool):
            return expr.yes if condition.v else expr.no
    if isinstance(expr, Call) and expr.name in ("try", "coalesce", "coalescelist"):
        return _first_that_works(expr, scope)
    if isinstance(expr, Call) and expr.name in _PASSING and len(expr.args) == 1:
        return expr.args[0]
    return expr


_PASSING = frozenset(
    {"tolist", "toset", "tomap", "tostring", "tonumber", "tobool", "nonsensitive", "sensitive",
     "compact", "distinct", "sort", "one"}
)  # fmt: skip


def _first_that_works(call: Call, scope: Scope) -> Expr:
    for argument in call.args:
        value = _value(argument, scope)
        if value is None or (call.name != "try" and not value.v):
            continue
        return argument
    return call


def _step_into(expr: Expr, path: Path, scope: Scope) -> tuple[Expr, Path] | None:
    """One step down: the part of the expression that holds the value at `path`."""
    if isinstance(expr, Relative):
        return expr.base, (*(_path_step(step) for step in expr.steps), *path)
    if isinstance(expr, Index):
        key = _value(expr.key, scope)
        return None if key is None else _keyed(expr.base, key, path)
    if isinstance(expr, Call) and expr.name == "lookup" and len(expr.args) >= 2:
        return _looked_up(expr, path, scope)
    if isinstance(expr, Call) and expr.name == "split" and len(expr.args) == 2:
        return expr.args[1], ()
    if isinstance(expr, Splat | For) or not path:
        return None
    step = path[0]
    if isinstance(expr, TupleCons) and isinstance(step, int) and 0 <= step < len(expr.items):
        return expr.items[step], path[1:]
    if isinstance(expr, TupleCons) and isinstance(step, str):
        return _by_value(expr, step, path, scope)
    if isinstance(expr, ObjectCons):
        return _entry(expr, step, path, scope)
    if isinstance(expr, Call) and expr.name == "concat" and isinstance(step, int):
        return _in_concat(expr, step, path, scope)
    if isinstance(expr, Call) and expr.name == "merge":
        return _in_merge(expr, step, path, scope)
    if isinstance(expr, Call) and expr.name == "jsonencode" and len(expr.args) == 1:
        return expr.args[0], path
    return None


def _keyed(collection: Expr, key: Value, path: Path) -> tuple[Expr, Path] | None:
    """The element of a collection under a known key."""
    v = key.v
    if isinstance(v, str):
        return collection, (v, *path)
    return (collection, (int(v), *path)) if isinstance(v, int) else None


def _looked_up(call: Call, path: Path, scope: Scope) -> tuple[Expr, Path] | None:
    """`lookup`: into the map where it has the key, else into the default."""
    entries, key = _value(call.args[0], scope), _value(call.args[1], scope)
    if entries is None or key is None or not isinstance(entries.v, dict):
        return None
    if key.v in entries.v:
        return _keyed(call.args[0], key, path)
    return (call.args[2], path) if len(call.args) > 2 else None


def _by_value(expr: TupleCons, step: str, path: Path, scope: Scope) -> tuple[Expr, Path] | None:
    """An element of a set, which is its own key."""
    for item in expr.items:
        value = _value(item, scope)
        if value is not None and value.v == step:
            return item, path[1:]
    return None


def _entry(expr: ObjectCons, step: str | int, path: Path, scope: Scope) -> tuple[Expr, Path] | None:
    for key, value in reversed(expr.items):
        word = key.value if isinstance(key, Literal) else _value(key, scope)
        if word is not None and word.v == step:
            return value, path[1:]
    return None


def _in_concat(expr: Call, step: int, path: Path, scope: Scope) -> tuple[Expr, Path] | None:
    for argument in expr.args:
        value = _value(argument, scope)
        if value is None or not isinstance(value.v, list):
            # an unknown part: the elements that are certain come from the others, in order
            continue
        if step < len(value.v):
            return argument, (step, *path[1:])
        step -= len(value.v)
    return None


def _in_merge(expr: Call, step: str | int, path: Path, scope: Scope) -> tuple[Expr, Path] | None:
    for argument in reversed(expr.args):
        value = _value(argument, scope)
        if value is not None and isinstance(value.v, dict) and step in value.v:
            return argument, path
    return None
