"""Declarations of things: resources, data sources, module calls, providers."""

from __future__ import annotations

from auditor.terraform.cty import TerraformError
from auditor.terraform.declarations import Call, Declared, Provider
from auditor.terraform.declaring import Declaring, address_of, is_local, items_of, laid_over
from auditor.terraform.jsonsyntax import native
from auditor.terraform.nodes import Block, Body, Expr, ObjectCons

_PROVISIONERS: dict[str, tuple[str, ...]] = {
    "local-exec": ("command",), "remote-exec": (), "file": ("destination",),
}  # fmt: skip
"""The provisioners that Terraform has, and what each must be given."""


def read_resource(d: Declaring, block: Block) -> None:
    """A `resource`, `data` or `ephemeral` block."""
    declared = _declared(d, block)
    if declared is None:
        return
    old = d.module.resources.get(declared.key)
    if d.overriding:
        if old is None:
            kind = "resource" if declared.mode == "managed" else "data resource"
            name = ".".join(block.labels)
            d.missing_base(f"{kind} declaration", name, block.header_span)
            return
        d.no_dependencies(block)
        declared = _declared(d, laid_over(old.block, block, both=("lifecycle",)))
        assert declared is not None
    elif old is not None:
        noun = {"data": "data", "ephemeral": "ephemeral"}.get(declared.mode, "resource")
        kind = f'{noun} "{declared.type}" configuration'
        d.duplicate(kind, declared.key, block, old.block)
        return
    d.module.resources[declared.key] = declared
    _fill_resource(d, declared)


def _declared(d: Declaring, block: Block) -> Declared | None:
    mode = "managed" if block.type == "resource" else block.type
    kind = "resource" if mode == "managed" else f"{mode} resource"
    if not d.named(block, kind):
        return None
    return Declared(mode, block.labels[0], block.labels[1], block, block.body)


def _fill_resource(d: Declaring, declared: Declared) -> None:
    attributes = declared.body.attributes
    d.repetition(declared, attributes)
    declared.depends_on = d.depends_on(declared.body)
    if "provider" in attributes:
        declared.provider = d.provider_name(attributes["provider"].expr)
    _lifecycles(d, declared)
    declared.provisioners = declared.body.blocks_of("provisioner")
    for block in declared.provisioners:
        _provisioner(d, block)


def _provisioner(d: Declaring, block: Block) -> None:
    kind = block.labels[0] if block.labels else ""
    wrong = None
    if kind not in _PROVISIONERS:
        wrong = "Missing required provisioner plugin", f'There is no provisioner "{kind}".'
    elif any(name not in block.body.attributes for name in _PROVISIONERS[kind]):
        names = " and ".join(_PROVISIONERS[kind])
        wrong = "Missing required argument", f"A {kind} provisioner needs {names}."
    if wrong is not None:
        d.say("invalid-configuration", *wrong, block.header_span)


def _lifecycles(d: Declaring, declared: Declared) -> None:
    for file in _by_file(declared.body.blocks_of("lifecycle")):
        if len(file) > 1:
            d.say(
                "invalid-configuration",
                "Duplicate lifecycle block",
                "This resource already has a lifecycle block.",
                file[1].header_span,
            )
        for lifecycle in file:
            _lifecycle(d, declared, lifecycle.body)


def _lifecycle(d: Declaring, declared: Declared, body: Body) -> None:
    d.content(
        body,
        ("create_before_destroy", "prevent_destroy", "ignore_changes", "replace_triggered_by"),
        {"precondition": 0, "postcondition": 0},
    )
    for name in ("create_before_destroy", "prevent_destroy"):
        if name in body.attributes:
            d.constant(body.attributes[name].expr)
    if "ignore_changes" in body.attributes:
        declared.ignore_changes = _written(body.attributes["ignore_changes"].expr)
    if "replace_triggered_by" in body.attributes:
        declared.triggers = items_of(body.attributes["replace_triggered_by"].expr)
    declared.preconditions += body.blocks_of("precondition")
    declared.postconditions += body.blocks_of("postcondition")
    for condition in declared.preconditions:
        d.condition(condition, "precondition")
    for condition in declared.postconditions:
        d.condition(condition, "postcondition")


def read_call(d: Declaring, block: Block) -> None:
    """A `module` block."""
    name = block.labels[0]
    if not d.named(block, "module instance"):
        return
    old = d.module.calls.get(name)
    if d.overriding:
        if old is None:
            d.missing_base("module call", name, block.header_span)
            return
        d.no_dependencies(block)
        block = laid_over(old.block, block)
    elif old is not None:
        d.duplicate("module call", f'"{name}"', block, old.block)
        return
    call = Call(name, block, block.body)
    d.module.calls[name] = call
    attributes = block.body.attributes
    d.repetition(call, attributes)
    call.depends_on = d.depends_on(block.body)
    if "providers" in attributes:
        call.providers = _passed(d, attributes["providers"].expr)
    for inner in block.body.blocks:
        d.unsupported_block(inner)
    if "version" in attributes:
        call.version = d.text(attributes["version"])
    if "source" not in attributes:
        raise TerraformError(
            "Missing required argument",
            'The argument "source" is required, but no definition was found.',
            block.header_span,
        )
    call.source_span = attributes["source"].expr.span
    call.source = d.text(attributes["source"])
    if call.version is not None and is_local(call.source):
        d.say(
            "invalid-configuration",
            "Invalid registry module source address",
            "A version constraint is for modules from a registry, not for a local folder.",
            attributes["version"].name_span,
        )


def _passed(d: Declaring, expr: Expr) -> dict[tuple[str, str], tuple[str, str]]:
    expr = native(expr)
    if not isinstance(expr, ObjectCons):
        raise TerraformError(
            "Invalid providers argument",
            "A map from the module's provider names to configurations is required.",
            expr.span,
        )
    return {d.provider_name(key): d.provider_name(value) for key, value in expr.items}


def read_provider(d: Declaring, block: Block) -> None:
    """A `provider` block."""
    attribute = block.body.attributes.get("alias")
    alias = d.text(attribute) if attribute else ""
    key = (block.labels[0], alias)
    old = d.module.providers.get(key)
    if d.overriding and old is not None:
        block = laid_over(old.block, block)
    elif d.overriding and alias:
        d.missing_base("provider configuration", alias, block.header_span)
        return
    elif old is not None:
        d.duplicate("provider configuration", f'"{block.labels[0]}"', block, old.block)
        return
    d.module.providers[key] = Provider(*key, block, block.body)


def _by_file(blocks: list[Block]) -> list[list[Block]]:
    """The blocks of each file: an override file may have one more of what there is one of."""
    found: dict[str, list[Block]] = {}
    for block in blocks:
        found.setdefault(block.source.filename, []).append(block)
    return list(found.values())


def _written(expr: Expr) -> tuple[str, ...]:
    """`ignore_changes` as it is written: `all`, or the arguments."""
    return tuple(address_of(item) for item in items_of(expr))
