"""What Terraform checks besides evaluating: references, cycles, conditions.

References are checked for every expression of a module once, before any value is known: a name that
is not declared is refused even where it would never be evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from auditor.resource import Problem
from auditor.terraform import cty
from auditor.terraform.blocks import evaluation_problem
from auditor.terraform.convert import ConversionError, convert
from auditor.terraform.cty import TerraformError, UnknownVal, Value
from auditor.terraform.declarations import Call, Declared, Module
from auditor.terraform.declaring import location
from auditor.terraform.expressions import evaluate
from auditor.terraform.jsonsyntax import native
from auditor.terraform.nodes import Block, Expr, Reference
from auditor.terraform.references import (
    Allowed,
    Target,
    check,
    references_in,
    references_in_body,
)
from auditor.terraform.scope import Head, Scope
from auditor.terraform.types import BOOL, STRING
from auditor.values import REDACTED

if TYPE_CHECKING:
    from auditor.terraform.module_instance import ModuleInstance

Report = Callable[[Problem], None]

_NOTHING: Final = Allowed()
_CONDITIONS: Final = frozenset({"lifecycle", "provisioner", "connection"})
_KEYWORDS: Final = frozenset({"when", "on_failure"})
_FIXED: Final = frozenset({"count", "for_each", "provider", "depends_on"})
_CALL_FIXED: Final = frozenset({"source", "version", "providers"}) | _FIXED


def check_module(module: Module, report: Report) -> None:
    """Checks every reference in a module, and that locals and resources make no circle."""
    edges: dict[Target, set[Target]] = {
        ("close", name): {("module", name)} for name in module.calls
    }
    for owner, ref, allowed in _all_references(module):
        try:
            target = check(ref, module, allowed)
        except TerraformError as wrong:
            report(_static(wrong))
            continue
        if owner is not None and target is not None:
            if target == owner and owner[0] == "resource":
                report(_static(_refers_to_itself(ref, owner[1])))
                continue
            edges.setdefault(owner[:2], set()).add(_end(target, owner))
    for circle in _circles(edges):
        report(_static(_cycle(circle, module)))
    for contradiction in _contradictions(module):
        report(_static(contradiction))


def _contradictions(module: Module) -> Iterator[TerraformError]:
    """Blocks that speak of resources against what is declared."""
    for move in module.moves:
        if move.from_ in module.resources and move.to.partition("[")[0] != move.from_:
            yield TerraformError(
                "Moved object still exists",
                f"{move.from_} is said to have moved, but is still declared.",
                move.span,
            )
    for block in module.removed:
        expr = native(block.body.attributes["from"].expr)
        if "[" in expr.text:
            yield TerraformError(
                "Resource instance keys not allowed",
                f"{expr.text} has an instance key; a whole resource or module is required.",
                expr.span,
            )
        if expr.text in module.resources:
            yield TerraformError(
                "Removed resource still exists",
                f"{expr.text} is said to be removed, but is still declared.",
                block.header_span,
            )
    for each in module.imports:
        head = re.match(r"[\w-]+\.[\w-]+", native(each.to).text)
        if head and head[0] not in module.resources and not head[0].startswith("module."):
            yield TerraformError(
                "Configuration for import target does not exist",
                f"{head[0]} is not declared.",
                each.block.header_span,
            )


def _end(target: Target, owner: Target) -> Target:
    """Where an edge leads: `depends_on` a module waits for all of it, other uses for its count."""
    if target[0] == "module" and owner[-1] == "depends_on" and not target[2]:
        return ("close", target[1])
    return target[:2]


def _static(wrong: TerraformError) -> Problem:
    return Problem("error", "invalid-reference", wrong.summary, wrong.detail, location(wrong.range))


def _refers_to_itself(ref: Reference, key: str) -> TerraformError:
    return TerraformError(
        "Self-referential block",
        f"Configuration for {key} may not refer to itself.",
        ref.span,
    )


Found = tuple[Target | None, Reference, Allowed]


def _all_references(module: Module) -> Iterator[Found]:
    """Every reference with what it stands in (where that is a node of the graph)."""
    for local in module.locals.values():
        yield from _each(("local", local.name), references_in(local.expr), _NOTHING)
    for declared in module.resources.values():
        yield from _resource_references(declared)
    for call in module.calls.values():
        yield from _call_references(call)
    for output in module.outputs.values():
        yield from _each(None, references_in_body(output.block.body), _NOTHING)
    for provider in module.providers.values():
        yield from _each(None, references_in_body(provider.body), _NOTHING)
    for each in module.checks.values():
        for condition in each.asserts:
            yield from _each(None, references_in_body(condition.body), _NOTHING)
    for variable in module.variables.values():
        for condition in variable.validations:
            yield from _each(None, references_in_body(condition.body), _NOTHING)


def _each(owner: Target | None, refs: Iterable[Reference], allowed: Allowed) -> Iterator[Found]:
    for ref in refs:
        yield owner, ref, allowed


def _resource_references(declared: Declared) -> Iterator[Found]:
    owner: Target = ("resource", declared.key)
    here = Allowed(each=declared.for_each is not None, count=declared.count is not None)
    within = Allowed(each=here.each, count=here.count, self=True)
    body = declared.body
    for expr in (declared.count, declared.for_each):
        if expr is not None:
            yield from _each(owner, references_in(expr), _NOTHING)
    yield from _each(owner, references_in_body(body, skip=_CONDITIONS | _FIXED), here)
    yield from _each((*owner, "depends_on"), declared.depends_on, _NOTHING)
    for trigger in declared.triggers:
        yield from _each(None, references_in(trigger), here)
    for block in declared.preconditions:
        yield from _each(None, references_in_body(block.body), here)
    for block in declared.postconditions:
        yield from _each(None, references_in_body(block.body), within)
    for kind in ("provisioner", "connection"):
        for block in body.blocks_of(kind):
            yield from _each(None, references_in_body(block.body, skip=_KEYWORDS), within)


def _call_references(call: Call) -> Iterator[Found]:
    """Everything in a module waits for its count and `depends_on`; its end, for its arguments."""
    here = Allowed(each=call.for_each is not None, count=call.count is not None)
    owner: Target = ("module", call.name)
    for expr in (call.count, call.for_each):
        if expr is not None:
            yield from _each(owner, references_in(expr), _NOTHING)
    yield from _each((*owner, "depends_on"), call.depends_on, _NOTHING)
    yield from _each(("close", call.name), references_in_body(call.body, skip=_CALL_FIXED), here)


# -- circles --------------------------------------------------------------------------------------


def _circles(edges: Mapping[Target, set[Target]]) -> list[list[Target]]:
    """Groups of two or more that all hang on each other, and locals that hang on themselves.

    Tarjan's algorithm without recursion: a chain may be as long as the file.
    """
    found: list[list[Target]] = []
    order: dict[Target, int] = {}
    low: dict[Target, int] = {}
    path: list[Target] = []
    on_path: set[Target] = set()
    for start in edges:
        if start in order:
            continue
        work: list[tuple[Target, Iterator[Target]]] = []
        _visit(start, edges, order, low, path, on_path, work)
        while work:
            node, rest = work[-1]
            following = next(rest, None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == order[node]:
                    group = _taken(node, path, on_path)
                    if len(group) > 1 or (node[0] == "local" and node in edges.get(node, ())):
                        found.append(group)
            elif following not in order:
                _visit(following, edges, order, low, path, on_path, work)
            elif following in on_path:
                low[node] = min(low[node], order[following])
    return found


def _visit(
    node: Target,
    edges: Mapping[Target, set[Target]],
    order: dict[Target, int],
    low: dict[Target, int],
    path: list[Target],
    on_path: set[Target],
    work: list[tuple[Target, Iterator[Target]]],
) -> None:
    order[node] = low[node] = len(order)
    path.append(node)
    on_path.add(node)
    work.append((node, iter(edges.get(node, ()))))


def _taken(node: Target, path: list[Target], on_path: set[Target]) -> list[Target]:
    group = []
    while True:
        last = path.pop()
        on_path.discard(last)
        group.append(last)
        if last == node:
            return group


def _cycle(circle: list[Target], module: Module) -> TerraformError:
    names = sorted({_circle_name(each) for each in circle})
    kind, name = circle[-1][0], circle[-1][1]
    if kind == "local":
        span = module.locals[name].attribute.name_span
    elif kind == "resource":
        span = module.resources[name].block.header_span
    else:
        span = module.calls[name].block.header_span
    return TerraformError("Cycle", ", ".join(names), span)


def _circle_name(target: Target) -> str:
    kind, name = target[0], target[1]
    if kind == "resource":
        return name
    return f"{'module' if kind == 'close' else kind}.{name}"


# -- conditions -----------------------------------------------------------------------------------


def check_conditions(instance: ModuleInstance) -> None:
    """Evaluates what the author says must hold: a failure is a problem, an unknown is not."""
    module = instance.module
    for variable in module.variables.values():
        for block in variable.validations:
            _condition(instance, block, instance.scope, "Invalid value for variable")
    for output in module.outputs.values():
        for block in output.preconditions:
            _condition(instance, block, instance.scope, "Module output value precondition failed")
    for each in module.checks.values():
        for block in each.asserts:
            _condition(instance, block, instance.scope, "Check block assertion failed")
    for group in instance.groups.values():
        declared = group.declared
        if not declared.preconditions and not declared.postconditions:
            continue
        for found in group.instances:
            for block in declared.preconditions:
                _condition(instance, block, found.scope, "Resource precondition failed")
            if declared.mode == "managed":
                names: dict[Head, Value] = {("self",): found.value()}
                scope = _with(found.scope, names)
                for block in declared.postconditions:
                    _condition(instance, block, scope, "Resource postcondition failed")


def _with(scope: Scope, names: Mapping[Head, Value]) -> Scope:
    def resolve(head: Head, reference: Reference) -> Value:
        value = names.get(head)
        return value if value is not None else scope.resolve(head, reference)

    return Scope(resolve, scope.functions, budget=scope.budget, files=scope.files)


def _condition(instance: ModuleInstance, block: Block, scope: Scope, summary: str) -> None:
    attributes = block.body.attributes
    if "condition" not in attributes or "error_message" not in attributes:
        return  # a problem already
    expr = attributes["condition"].expr
    run = instance.run
    try:
        value = cty.unmark(convert(evaluate(expr, scope), BOOL))[0]
        if value.v is None:
            raise TerraformError(
                "Invalid condition result",
                "Condition expression must return either true or false, not null.",
                expr.span,
            )
        message = _message(attributes["error_message"].expr, scope)
        if value.v is not False:
            return
    except ConversionError as wrong:
        run.refuse(
            TerraformError(
                "Invalid condition result",
                f"Invalid condition result value: {wrong}.",
                expr.span,
            )
        )
        return
    except TerraformError as wrong:
        run.report(evaluation_problem(wrong))
        return
    code = "check-failed" if summary.startswith("Check") else "condition-failed"
    run.report(Problem("warning", code, summary, message, location(expr.span)))


def _message(expr: Expr, scope: Scope) -> str:
    try:
        value = convert(evaluate(expr, scope), STRING)
    except ConversionError:
        return "the error message is no text"
    if cty.deep_marks(value):
        return REDACTED
    return value.v if isinstance(value.v, str) else "the error message is not known"


# -- late decisions -------------------------------------------------------------------------------


def hangs_on_apply(value: Value) -> bool:
    """Whether a value is unknown because only an apply decides it.

    Not so when it is unknown to an audit alone: a variable that nobody set, a data source that
    Terraform would read, code that is not there.
    """
    refs = cty.refs_of(value)
    v = value.v
    if not refs:
        return not (isinstance(v, UnknownVal) and v.because)
    return any(_is_managed(ref.address) for ref in refs)


_CALLS = re.compile(r'^(?:module\.[\w-]+(?:\[(?:\d+|\*|"(?:[^"\\]|\\.)*")\])?\.)+')


def _is_managed(address: str) -> bool:
    return not _CALLS.sub("", address).startswith(("var.", "data.", "local.", "module."))
