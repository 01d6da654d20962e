"""Where an attribute's value stands and where it came from, found when somebody asks.

A resource from code keeps its evaluated blocks. `trace` walks down a path: into the argument's own
expression as far as that goes (the literal inside `concat(["0.0.0.0/0"], var.x)`), then backwards
through locals, variables and module arguments to where the value was set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from auditor.resource import Location, ModuleCall, Step, Trace
from auditor.terraform import cty
from auditor.terraform.blocks import BlockSource, BlockValue
from auditor.terraform.cty import TerraformError, UnknownVal, Value
from auditor.terraform.expressions import evaluate
from auditor.terraform.jsonsyntax import JsonString
from auditor.terraform.load import location
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
from auditor.values import Path

if TYPE_CHECKING:
    from auditor.terraform.evaluate import ModuleInstance, ResourceInstance

_MOST_STEPS = 24


@dataclass(frozen=True, slots=True)
class FromCode:
    """The provenance of a resource from code."""

    instance: ResourceInstance

    def trace(self, path: Path) -> Trace:
        """Where the value at `path` stands; `()` is the resource's block."""
        declared = self.instance.group.declared
        place = location(declared.block.header_span)
        if not path:
            return Trace(place)
        return _Walk(self.instance.group.module).into_block(
            self.instance.block, path, place, self.instance.scope
        )

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
        from auditor.terraform.evaluate import whole_attributes
        from auditor.terraform.plain import to_plain

        if self.instance.group.schema is None:
            return {}
        return {name: to_plain(v) for name, v in whole_attributes(self.instance).items()}


class _Walk:
    """One trace: collects the steps on the way back to where a value was set."""

    def __init__(self, module: ModuleInstance) -> None:
        self.module = module
        self.via: list[Step] = []

    def into_block(
        self, block: BlockValue, path: Path, place: Location | None, scope: Scope
    ) -> Trace:
        """Down a path that begins in a block."""
        name, rest = path[0], path[1:]
        if name == "tags_all" and name not in block.attrs:
            name = "tags"
        for written, _, argument in block.plan.attrs:
            if written == name:
                at = self.into_expr(argument.expr, rest, scope)
                return Trace(_place(at), tuple(self.via))
        group = block.blocks.get(str(name))
        if group is None or not group.items:
            return Trace(place, tuple(self.via), absent=True)
        index = rest[0] if rest and isinstance(rest[0], int) else 0
        below = rest[1:] if rest and isinstance(rest[0], int) else rest
        if not -len(group.items) <= index < len(group.items):
            return Trace(place, tuple(self.via), absent=True)
        inner, source = group.items[index]
        here = location(source.block.header_span)
        if not below:
            self.from_dynamic(source, scope)
            return Trace(here, tuple(self.via))
        return self.into_block(inner, below, here, inner.scope)

    def from_dynamic(self, source: BlockSource, scope: Scope) -> None:
        """A block that a dynamic one made: what it was made from."""
        if source.plan is not None:
            self.into_expr(source.plan.for_each, (), scope)

    # -- expressions ------------------------------------------------------------------------------

    def into_expr(self, expr: Expr, path: Path, scope: Scope) -> Node:
        """The node at which the value at `path` of an expression stands."""
        place: Node = expr
        for _ in range(64):
            inner = _unwrapped(expr, scope)
            if inner is not expr:
                expr = place = inner
                continue
            if isinstance(expr, Reference):
                self.follow(expr, path, scope)
                return place
            found = _step_into(expr, path, scope)
            if found is None:
                self.follow_first(expr, path, scope)
                return place
            expr, path = found
            place = expr
        return place

    def follow_first(self, expr: Expr, path: Path, scope: Scope) -> None:
        """Where a value is computed from one reference, goes on through that."""
        from auditor.terraform.references import references_in

        refs = [r for r in references_in(expr) if r.root in ("var", "local", "module")]
        if len({r.text for r in refs}) == 1:
            self.follow(refs[0], (), scope)

    def follow(self, ref: Reference, path: Path, scope: Scope) -> None:
        """Backwards through what a reference names."""
        if len(self.via) >= _MOST_STEPS:
            return
        steps = ref.steps
        name = steps[0].name if steps else None
        inner: Path = (*(_path_step(step) for step in steps[1:]), *path)
        if ref.root == "local" and name in self.module.module.locals:
            local = self.module.module.locals[name]
            self.via.append(Step(f"local.{name}", location(local.attribute.span)))
            self.into_expr(local.expr, inner, self.module.scope)
        elif ref.root == "var" and name in self.module.module.variables:
            self.follow_variable(name, inner)
        elif ref.root == "module" and name is not None:
            self.follow_output(ref, name, path)
        elif ref.root == "each" and self.module is not None:
            return
        elif ref.root in scope.variables:
            value = scope.variables[ref.root]
            if not isinstance(value.v, UnknownVal):
                self.via.append(Step(ref.text, location(ref.span)))

    def follow_variable(self, name: str, path: Path) -> None:
        """Backwards through a variable: its argument, its value, or its default."""
        module = self.module
        variable = module.module.variables[name]
        label = module.absolute(f"var.{name}")
        if module.call is None:
            given = module.run.inputs.get(name)
            if given is not None:
                place = given.step.location
                if given.expr is not None:
                    place = _place(self.into_expr(given.expr, path, Scope()))
                self.via.append(Step(given.step.text, place))
                return
        else:
            argument = module.call.body.attributes.get(name)
            if argument is not None and module.parent is not None:
                self.via.append(Step(label, location(argument.span)))
                scope = module.parent.scope_of(module.names)
                self.module = module.parent
                self.into_expr(argument.expr, path, scope)
                self.module = module
                return
        if variable.default_expr is not None:
            node = self.into_expr(variable.default_expr, path, Scope())
            self.via.append(Step(f"{label} (default)", _place(node)))
        else:
            self.via.append(Step(f"{label} (not set)", location(variable.block.header_span)))

    def follow_output(self, ref: Reference, name: str, path: Path) -> None:
        """Backwards through a module's output."""
        group = self.module.calls.get(name)
        if group is None or group.module is None:
            return
        rest = list(ref.steps[1:])
        key = None
        if rest and rest[0].key is not None:
            key = rest.pop(0).key
        if not rest or rest[0].name is None or rest[0].name not in group.module.outputs:
            return
        output = group.module.outputs[rest[0].name]
        instance = group.instances.get(key.v if key is not None else None)
        if instance is None or output.expr is None:
            return
        self.via.append(Step(instance.absolute(f"output.{output.name}"), _place(output.expr)))
        before, self.module = self.module, instance
        inner = (*(_path_step(step) for step in rest[1:]), *path)
        self.into_expr(output.expr, inner, instance.scope)
        self.module = before


def _place(node: Node) -> Location | None:
    return location(node.span)


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
    if isinstance(expr, Relative | Index | Splat | For):
        return None
    if not path:
        return None
    step = path[0]
    if isinstance(expr, TupleCons) and isinstance(step, int) and 0 <= step < len(expr.items):
        return expr.items[step], path[1:]
    if isinstance(expr, ObjectCons):
        return _entry(expr, step, path, scope)
    if isinstance(expr, Call) and expr.name == "concat" and isinstance(step, int):
        return _in_concat(expr, step, path, scope)
    if isinstance(expr, Call) and expr.name == "merge":
        return _in_merge(expr, step, path, scope)
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


def every_block(block: BlockValue) -> Iterator[BlockValue]:
    """A block and those inside it."""
    yield block
    for group in block.blocks.values():
        for inner, _ in group.items:
            yield from every_block(inner)
