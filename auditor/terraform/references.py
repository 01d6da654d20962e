"""What expressions refer to, and whether that exists.

Terraform checks every reference before it evaluates anything: a name that is not declared is
refused even in a branch that is never taken. The same walk gives the graph its edges.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Final

from auditor.records import dataclass
from auditor.suggest import closest
from auditor.terraform.cty import TerraformError
from auditor.terraform.expressions import references
from auditor.terraform.nodes import Block, Body, Expr, Reference, Step

if TYPE_CHECKING:
    from auditor.terraform.declarations import Module

Target = tuple[str, ...]
"""`("var", name)`, `("local", name)`, `("resource", key)`, `("module", name, output or "")`."""

_NO_NAMES: Final[frozenset[str]] = frozenset()
_PATHS: Final = frozenset({"module", "root", "cwd"})
_SCOPED: Final = frozenset({"each", "count", "self", "path", "terraform"})


def references_in(expr: Expr, bound: frozenset[str] = _NO_NAMES) -> list[Reference]:
    """Every reference in an expression, those to names bound in it or around it left out."""
    found = references(expr)
    return [ref for ref in found if ref.root not in bound] if bound else found


def references_in_body(
    body: Body, bound: frozenset[str] = _NO_NAMES, skip: frozenset[str] = _NO_NAMES
) -> Iterator[Reference]:
    """Every reference in a body: arguments, nested blocks, and dynamic blocks with their iterator.

    skip: arguments and blocks at the top to leave out.
    """
    for name, attribute in body.attributes.items():
        if name not in skip:
            yield from references_in(attribute.expr, bound)
    for block in body.blocks:
        if block.type in skip:
            continue
        if block.type == "dynamic":
            yield from _dynamic(block, bound)
        else:
            yield from references_in_body(block.body, bound)


def _dynamic(block: Block, bound: frozenset[str]) -> Iterator[Reference]:
    attributes = block.body.attributes
    if "for_each" in attributes:
        yield from references_in(attributes["for_each"].expr, bound)
    inner = bound | {iterator_name(block)}
    if "labels" in attributes:
        yield from references_in(attributes["labels"].expr, inner)
    for content in block.body.blocks_of("content"):
        yield from references_in_body(content.body, inner)


def iterator_name(block: Block) -> str:
    """The name under which a dynamic block's content sees its element."""
    iterator = block.body.attributes.get("iterator")
    if iterator is not None and isinstance(iterator.expr, Reference):
        return iterator.expr.root
    return block.labels[0] if block.labels else ""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Which of the names that hang on the place may be used there."""

    each: bool = False
    count: bool = False
    self: bool = False


def target_of(ref: Reference) -> Target | None:
    """What a reference leads to in its module; None for `each`, `path` and the like."""
    root, steps = ref.root, ref.steps
    if root in _SCOPED:
        return None
    names = [step.name for step in steps[:3]]
    first = names[0] if names else None
    if root in ("var", "local"):
        return (root, first or "")
    if root == "module":
        return ("module", first or "", _output_step(ref))
    if root in ("data", "ephemeral", "resource"):
        prefix = "" if root == "resource" else f"{root}."
        return ("resource", f"{prefix}{first}.{names[1] if len(names) > 1 else ''}")
    return ("resource", f"{root}.{first or ''}")


def _output_step(ref: Reference) -> str:
    """The output that `module.m.out`, `module.m[0].out` names; empty for the module as a whole."""
    for step in ref.steps[1:3]:
        if step.name is not None:
            return step.name
    return ""


def check(ref: Reference, module: Module, allowed: Allowed) -> Target | None:
    """`target_of`, for a reference that Terraform takes. Raises `TerraformError` for others."""
    root = ref.root
    if root in _SCOPED:
        _check_scoped(ref, allowed)
        return None
    target = target_of(ref)
    assert target is not None
    kind, name = target[0], target[1]
    if not ref.steps or ref.steps[0].name is None:
        raise TerraformError("Invalid reference", _needs_name(root), ref.span)
    if kind == "resource":
        _check_resource(ref, name, module)
        return target
    known = _declared(kind, module)
    if name not in known:
        raise _undeclared(kind, name, known, ref)
    return target


def _declared(kind: str, module: Module) -> Collection[str]:
    if kind == "var":
        return module.variables.keys()
    return (module.locals if kind == "local" else module.calls).keys()


def _needs_name(root: str) -> str:
    if root in ("var", "local", "module"):
        return f'The "{root}" object cannot be accessed directly. Instead, access one of its names.'
    return (
        "A reference to a resource type must be followed by at least one attribute access, "
        "specifying the resource name."
    )


def _check_scoped(ref: Reference, allowed: Allowed) -> None:
    root = ref.root
    step = ref.steps[0].name if ref.steps else None
    if step is None and root != "self":
        raise TerraformError(
            "Invalid reference",
            f'The "{root}" object cannot be accessed directly. Instead, access one of its '
            "attributes.",
            ref.span,
        )
    if root == "self" and not allowed.self:
        raise TerraformError(
            'Invalid "self" reference',
            'The "self" object is not available in this context. This object can be used only in '
            "resource provisioner, connection, and postcondition blocks.",
            ref.span,
        )
    if root == "each":
        _check_each(ref, step or "", allowed)
    elif root == "count" and (not allowed.count or step != "index"):
        raise _wrong_count(ref, step or "", allowed)
    elif root == "path" and step not in _PATHS:
        raise TerraformError(
            'Invalid "path" attribute',
            f'The "path" object does not have an attribute named "{step}".',
            ref.span,
        )
    elif root == "terraform" and step != "workspace":
        raise TerraformError(
            'Invalid "terraform" attribute',
            f'The "terraform" object does not have an attribute named "{step}". The only '
            "supported attribute is terraform.workspace, the name of the currently-selected "
            "workspace.",
            ref.span,
        )


def _check_each(ref: Reference, step: str, allowed: Allowed) -> None:
    if step not in ("key", "value"):
        raise TerraformError(
            'Invalid "each" attribute',
            f'The "each" object does not have an attribute named "{step}". The supported '
            "attributes are each.key and each.value, the current key and value pair of the "
            '"for_each" attribute set.',
            ref.span,
        )
    if not allowed.each:
        raise TerraformError(
            'Reference to "each" in context without for_each',
            'The "each" object can be used only in "module" or "resource" blocks, and only when '
            'the "for_each" argument is set.',
            ref.span,
        )


def _wrong_count(ref: Reference, step: str, allowed: Allowed) -> TerraformError:
    if step != "index":
        return TerraformError(
            'Invalid "count" attribute',
            f'The "count" object does not have an attribute named "{step}". The only supported '
            "attribute is count.index, which is the index of each instance of a resource block "
            'that has the "count" argument set.',
            ref.span,
        )
    return TerraformError(
        'Reference to "count" in non-counted context',
        'The "count" object can only be used in "module", "resource", and "data" blocks, and only '
        'when the "count" argument is set.',
        ref.span,
    )


def _check_resource(ref: Reference, key: str, module: Module) -> None:
    steps = ref.steps
    needed = 2 if ref.root in ("data", "ephemeral", "resource") else 1
    if key in module.resources:
        _check_key(ref, key, module, steps[needed] if len(steps) > needed else None)
        return
    if len(steps) < needed or any(step.name is None for step in steps[:needed]):
        raise TerraformError("Invalid reference", _needs_name(ref.root), ref.span)
    near = closest(key, module.resources)
    kind = "data resource" if ref.root == "data" else "managed resource"
    type_, _, name = key.removeprefix("data.").partition(".")
    hint = f" Did you mean {near}?" if near else ""
    raise TerraformError(
        "Reference to undeclared resource",
        f'A {kind} "{type_}" "{name}" has not been declared in this module.{hint}',
        ref.span,
    )


def _check_key(ref: Reference, key: str, module: Module, step: Step | None) -> None:
    declared = module.resources[key]
    several = declared.count is not None or declared.for_each is not None
    if step is None or several == (step.key is not None):
        return
    if several:
        kind = "count" if declared.count is not None else "for_each"
        raise TerraformError(
            "Missing resource instance key",
            f'Because {key} has "{kind}" set, its attributes must be accessed on specific '
            "instances.",
            ref.span,
        )
    raise TerraformError(
        "Unexpected resource instance key",
        f'Because {key} does not have "count" or "for_each" set, references to it must not '
        "include an index key.",
        ref.span,
    )


_NOUNS: Final = {
    "var": ("input variable", "An input variable with the name"),
    "local": ("local value", "A local value with the name"),
    "module": ("module", "No module call named"),
}


def _undeclared(kind: str, name: str, known: Collection[str], ref: Reference) -> TerraformError:
    noun, opening = _NOUNS[kind]
    near = closest(name, known)
    hint = f' Did you mean "{near}"?' if near else ""
    tail = "is declared in this module" if kind == "module" else "has not been declared"
    return TerraformError(
        f"Reference to undeclared {noun}", f'{opening} "{name}" {tail}.{hint}', ref.span
    )
