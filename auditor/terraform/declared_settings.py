"""Declarations about the module itself: settings, backend, moves, imports, checks."""

from __future__ import annotations

from auditor.resource import Problem
from auditor.terraform.declarations import Backend, Check, Import, Move
from auditor.terraform.declared_resources import read_resource
from auditor.terraform.declaring import Declaring, address_of, items_of, location
from auditor.terraform.nodes import Attribute, Block, Literal, ObjectCons
from auditor.terraform.versions import TERRAFORM, satisfies


def read_terraform(d: Declaring, block: Block) -> None:
    """A `terraform` block."""
    d.content(
        block.body,
        ("required_version", "experiments", "language"),
        {
            "backend": 1,
            "cloud": 0,
            "required_providers": 0,
            "provider_meta": 1,
            "encryption": 0,
        },
    )
    for backend in block.body.blocks_of("backend"):
        _backend(d, backend.labels[0] if backend.labels else "", backend)
    for cloud in block.body.blocks_of("cloud"):
        _backend(d, "cloud", cloud)
    for required in block.body.blocks_of("required_providers"):
        for name, attribute in required.body.attributes.items():
            _requires(d, name, attribute)
    if "experiments" in block.body.attributes:
        d.module.problems.append(
            Problem(
                "warning",
                "experiments",
                "Language experiments are not evaluated",
                f"Terraform {TERRAFORM} has none",
                location(block.body.attributes["experiments"].name_span),
            )
        )
    version = block.body.attributes.get("required_version")
    if version is not None:
        _version(d, version)


def _backend(d: Declaring, type_: str, block: Block) -> None:
    if d.module.backend is not None and not d.overriding:
        d.duplicate("backend configuration", "A backend", block, d.module.backend.block)
        return
    d.module.backend = Backend(type_, block)


def _requires(d: Declaring, name: str, attribute: Attribute) -> None:
    """One entry of `required_providers`: a source, and aliases that callers must pass."""
    source = f"hashicorp/{name}"
    if isinstance(attribute.expr, ObjectCons):
        for key, value in attribute.expr.items:
            word = key.value.v if isinstance(key, Literal) else ""
            if word == "source":
                found = d.constant(value).v
                source = found if isinstance(found, str) else source
            elif word == "version":
                found = d.constant(value).v
                if isinstance(found, str):
                    d.module.required_versions[name] = found
            elif word == "configuration_aliases":
                d.module.configuration_aliases += [
                    d.provider_name(item) for item in items_of(value)
                ]
    d.module.required_providers[name] = source


def _version(d: Declaring, attribute: Attribute) -> None:
    wanted = d.text(attribute)
    meets = satisfies(TERRAFORM, wanted)
    if meets is None:
        d.say(
            "invalid-configuration",
            "Invalid version constraint",
            f'"{wanted}" is no version constraint.',
            attribute.expr.span,
        )
    elif not meets:
        d.module.problems.append(
            Problem(
                "warning",
                "terraform-version",
                "Unsupported Terraform Core version",
                f"The configuration wants Terraform {wanted}; it is read as Terraform "
                f"{TERRAFORM} reads it",
                location(attribute.expr.span),
            )
        )


def read_moved(d: Declaring, block: Block) -> None:
    """A `moved` block."""
    attributes = block.body.attributes
    d.content(block.body, ("from", "to"))
    if d.require(block, "from", "to"):
        old, new = address_of(attributes["from"].expr), address_of(attributes["to"].expr)
        d.module.moves.append(Move(old, new, block.header_span))


def read_import(d: Declaring, block: Block) -> None:
    """An `import` block."""
    attributes = block.body.attributes
    d.content(block.body, ("to", "id", "for_each", "provider", "identity"))
    if d.require(block, "to"):
        d.module.imports.append(
            Import(
                attributes["to"].expr,
                attributes["id"].expr if "id" in attributes else None,
                attributes["for_each"].expr if "for_each" in attributes else None,
                block,
            )
        )


def read_removed(d: Declaring, block: Block) -> None:
    """A `removed` block."""
    d.content(block.body, ("from",), {"lifecycle": 0, "provisioner": 1, "connection": 0})
    if d.require(block, "from"):
        d.module.removed.append(block)


def read_check(d: Declaring, block: Block) -> None:
    """A `check` block."""
    name = block.labels[0]
    d.content(block.body, ("depends_on",), {"assert": 0, "data": 2})
    asserts = block.body.blocks_of("assert")
    if not asserts:
        d.say(
            "invalid-configuration",
            "Zero assert blocks",
            "Check blocks must have at least one assert block.",
            block.header_span,
        )
    for each in asserts:
        d.condition(each, "assert")
    check = Check(name, block, asserts)
    old = d.module.checks.get(name)
    if old is not None:
        d.duplicate(f'check "{name}" configuration', name, block, old.block)
        return
    d.module.checks[name] = check
    for data in block.body.blocks_of("data"):
        read_resource(d, data)
        check.data = d.module.resources.get(f"data.{'.'.join(data.labels)}")
