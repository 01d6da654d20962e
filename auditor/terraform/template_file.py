"""`data "template_file"`, of the provider hashicorp/template that came before `templatefile`.

Archived since 2020 and still how many older configurations make their policies. It renders here
what it renders in Terraform, without asking anybody.
SOURCE: terraform-provider-template 2.2.0, `data_source_template_file.go`: the language is HIL, so
only templates that read the same in it and in HCL are rendered: text and names of `vars`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditor.terraform.convert import ConversionError, convert
from auditor.terraform.cty import FunctionError, TerraformError, Value
from auditor.terraform.nodes import Expr, Literal, Reference, Template, TemplateWrap
from auditor.terraform.plain import to_plain
from auditor.terraform.types import STRING, Map
from auditor.values import Unknown, reveal

if TYPE_CHECKING:
    from auditor.terraform.instances import ResourceInstance


def rendered_template(instance: ResourceInstance) -> dict[str, Any]:
    """`rendered`: text, or text with holes where a variable is unknown; nothing if not simple."""
    from auditor.terraform.functions.templates import FUNCTIONS
    from auditor.terraform.syntax import parse_template

    given = instance.block.attrs.get("template")
    if given is None or not isinstance(given.v, str) or "%{" in given.v:
        return {}
    try:
        template = parse_template(given.v, "template")
        if not _is_simple(template):
            return {}
        variables = _variables(instance.block.attrs.get("vars"))
        found = FUNCTIONS["templatestring"].implementation([given, variables], instance.scope)
    except (TerraformError, FunctionError, ConversionError):
        return {}
    text = reveal(to_plain(found))
    return {"rendered": text} if isinstance(text, str | Unknown) else {}


def _variables(given: Value | None) -> Value:
    """The map of `vars`, whose values are text."""
    empty = Value(Map(STRING), {})
    return empty if given is None or given.v is None else convert(given, Map(STRING))


def _is_simple(template: Expr) -> bool:
    if isinstance(template, Template):
        return all(map(_is_simple, template.parts))
    if isinstance(template, TemplateWrap):
        return _is_simple(template.inner)
    return isinstance(template, Literal) or (isinstance(template, Reference) and not template.steps)
