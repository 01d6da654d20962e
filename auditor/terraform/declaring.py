"""What all readers of declarations share: how to say what is wrong, and how to read constants."""

from __future__ import annotations

import re
from collections.abc import Iterable

from auditor.resource import Location, Problem
from auditor.terraform import syntax
from auditor.terraform.convert import ConversionError, convert
from auditor.terraform.cty import TerraformError, Value
from auditor.terraform.declarations import Call, Declared, Module
from auditor.terraform.expressions import evaluate
from auditor.terraform.jsonsyntax import JsonBody, literal_value, native
from auditor.terraform.merge import MergedBody
from auditor.terraform.nodes import Attribute, Block, Body, Expr, Literal, Reference, TupleCons
from auditor.terraform.references import references_in
from auditor.terraform.scope import Scope
from auditor.terraform.source import Span
from auditor.terraform.types import BOOL, STRING, Primitive

NAME = re.compile(r"^[^\W\d][\w-]*$")
"""What Terraform takes as a name."""

TOP_LABELS = {
    "terraform": 0, "provider": 1, "variable": 1, "locals": 0, "output": 1, "module": 1,
    "resource": 2, "data": 2, "ephemeral": 2, "moved": 0, "import": 0, "removed": 0, "check": 1,
}  # fmt: skip
"""Top-level blocks, and how many labels each has."""


def location(span: Span | None) -> Location | None:
    """The place for people that a span is."""
    if span is None:
        return None
    return Location(span.file, span.line, span.column, span.end_line, span.end_column)


def problem(wrong: TerraformError, code: str = "invalid-configuration") -> Problem:
    """The problem that a refusal is."""
    detail = f"{wrong.detail} {wrong.note}".strip()
    return Problem("error", code, wrong.summary, detail, location(wrong.range))


def is_local(source: str) -> bool:
    """Whether a module source names a folder."""
    return source.startswith(("./", "../", ".\\", "..\\")) or source in (".", "..")


class Declaring:
    """A module that is being filled. overriding: from override files now."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.overriding = False

    def say(self, code: str, summary: str, detail: str, span: Span | None) -> None:
        """Notes an error."""
        self.module.problems.append(Problem("error", code, summary, detail, location(span)))

    def unsupported_block(self, block: Block) -> None:
        """Notes a block of a type that is not known here."""
        from auditor.suggest import closest

        near = closest(block.type, TOP_LABELS)
        hint = f' Did you mean "{near}"?' if near else ""
        self.say(
            "invalid-configuration",
            "Unsupported block type",
            f'Blocks of type "{block.type}" are not expected here.{hint}',
            block.header_span,
        )

    def named(self, block: Block, kind: str) -> bool:
        """Whether the labels are names; notes it if not."""
        for name in block.labels:
            if not NAME.match(name):
                self.say(
                    "invalid-configuration",
                    f"Invalid {kind} name",
                    "A name must start with a letter or underscore and may contain only letters, "
                    "digits, underscores, and dashes.",
                    block.header_span,
                )
                return False
        return True

    def content(
        self, body: Body, attributes: Iterable[str], blocks: dict[str, int] | None = None
    ) -> None:
        """Reports arguments and blocks that Terraform does not know here."""
        known = set(attributes)
        self.repeated(body)
        for name, attribute in body.attributes.items():
            if name not in known:
                self.say(
                    "invalid-configuration",
                    "Unsupported argument",
                    f'An argument named "{name}" is not expected here.',
                    attribute.name_span,
                )
        for block in body.blocks:
            if block.type not in (blocks or {}):
                self.unsupported_block(block)

    def repeated(self, body: Body) -> None:
        """Properties that JSON has twice; text syntax is checked by the parser."""
        if not isinstance(body, JsonBody):
            return
        seen: set[str] = set()
        for key, _ in (item for object_ in body.objects for item in object_.items):
            name = key.value.v if isinstance(key, Literal) else key.text
            if name in seen and name in body.attributes:
                detail = f'The argument "{name}" was already set.'
                self.say("invalid-configuration", "Attribute redefined", detail, key.span)
            seen.add(name)

    def duplicate(
        self, kind: str, name: str, new: Block | Attribute, old: Block | Attribute
    ) -> None:
        """Notes a name that was declared already."""
        first = old.source.span(old.start, old.start)
        span = new.header_span if isinstance(new, Block) else new.name_span
        self.say(
            "invalid-configuration",
            f"Duplicate {kind}",
            f"{name} was already declared at {first}. Names must be unique in a module.",
            span,
        )

    def missing_base(self, what: str, name: str, span: Span) -> None:
        """Notes an override of what is not there."""
        self.say(
            "invalid-configuration",
            f"Missing base {what} to override",
            f'There is no {what} named "{name}". An override file can only override a {what} that '
            "was already defined in a primary configuration file.",
            span,
        )

    def require(self, block: Block, *names: str) -> bool:
        """Whether all of these arguments are there; notes those that are not."""
        missing = [name for name in names if name not in block.body.attributes]
        for name in missing:
            self.say(
                "invalid-configuration",
                "Missing required argument",
                f'The argument "{name}" is required, but no definition was found.',
                block.header_span,
            )
        return not missing

    def constant(self, expr: Expr) -> Value:
        """A value that refers to nothing; in JSON, strings are then no templates."""
        if expr.source.filename.endswith(".json"):
            return literal_value(expr)
        return evaluate(expr, Scope())

    def constant_as(self, expr: Expr, type_: Primitive) -> Value:
        """A constant under a primitive type. Raises `TerraformError`."""
        try:
            value = convert(self.constant(expr), type_)
        except ConversionError as wrong:
            detail = f"Unsuitable value: {wrong}."
            raise TerraformError("Unsuitable value type", detail, expr.span) from wrong
        if value.v is None:
            detail = f"Unsuitable value: a {type_.label} is required, not null."
            raise TerraformError("Unsuitable value type", detail, expr.span)
        return value

    def flag(self, body: Body, name: str, otherwise: bool) -> bool:
        """A constant bool argument. Raises `TerraformError`."""
        attribute = body.attributes.get(name)
        if attribute is None:
            return otherwise
        return bool(self.constant_as(attribute.expr, BOOL).v)

    def text(self, attribute: Attribute) -> str:
        """A constant string argument. Raises `TerraformError`."""
        return str(self.constant_as(attribute.expr, STRING).v)

    def condition(self, block: Block, kind: str, self_name: str | None = None) -> None:
        """What may stand in a validation, precondition, postcondition or assert block."""
        self.content(block.body, ("condition", "error_message"))
        for name in ("condition", "error_message"):
            if name not in block.body.attributes:
                self.say(
                    "invalid-configuration",
                    "Missing required argument",
                    f'The argument "{name}" is required, but no definition was found.',
                    block.header_span,
                )
                return
        condition = block.body.attributes["condition"].expr
        refs = references_in(condition)
        if self_name is not None:
            if not any(_names_variable(ref, self_name) for ref in refs):
                self.say(
                    "invalid-configuration",
                    "Invalid variable validation condition",
                    f'The condition for variable "{self_name}" must refer to var.{self_name} in '
                    "order to test incoming values.",
                    condition.span,
                )
        elif not refs and kind in ("precondition", "postcondition"):
            self.say(
                "invalid-configuration",
                f"Invalid {kind} expression",
                "The condition expression must refer to at least one object from elsewhere in "
                "the configuration, or the result would not be checking anything.",
                condition.span,
            )

    def repetition(self, target: Declared | Call, attributes: dict[str, Attribute]) -> None:
        """Takes in `count` and `for_each`; notes if both are there."""
        count, for_each = attributes.get("count"), attributes.get("for_each")
        if count is not None and for_each is not None:
            self.say(
                "invalid-configuration",
                'Invalid combination of "count" and "for_each"',
                'The "count" and "for_each" meta-arguments are mutually-exclusive, only one should '
                "be used.",
                for_each.name_span,
            )
        target.count = count.expr if count else None
        target.for_each = for_each.expr if for_each and not count else None

    def depends_on(self, body: Body) -> list[Reference]:
        """The references of a `depends_on`."""
        attribute = body.attributes.get("depends_on")
        if attribute is None:
            return []
        found = []
        for item in items_of(attribute.expr):
            ref = reference_of(item)
            if ref is None:
                self.say(
                    "invalid-configuration",
                    "Invalid expression",
                    "A static list of references to other objects is required.",
                    item.span,
                )
            elif _goes_inside(ref):
                self.say(
                    "invalid-configuration",
                    "Invalid depends_on reference",
                    "References in depends_on must be to a whole object (resource, etc), not to "
                    "an attribute of an object.",
                    item.span,
                )
            else:
                found.append(ref)
        return found

    def no_dependencies(self, override: Block) -> None:
        """Notes a `depends_on` in an override, which may have none."""
        attribute = override.body.attributes.get("depends_on")
        if attribute is not None:
            self.say(
                "invalid-configuration",
                "Unsupported override",
                "The depends_on argument may not be overridden.",
                attribute.name_span,
            )

    def provider_name(self, expr: Expr) -> tuple[str, str]:
        """Local name and alias that a provider reference names. Raises `TerraformError`."""
        ref = reference_of(expr)
        if ref is None:
            raise TerraformError(
                "Invalid provider configuration reference",
                'A provider reference is a provider\'s local name, with ".alias" for one that has '
                "an alias.",
                expr.span,
            )
        return ref.root, (ref.steps[0].name or "") if ref.steps else ""


def laid_over(base: Block, override: Block, both: tuple[str, ...] = ()) -> Block:
    """The base block with an override laid over its body."""
    body = MergedBody(base.body, override.body, both)
    return Block(
        base.source,
        base.start,
        base.end,
        base.type,
        base.labels,
        base.label_places,
        base.header_end,
        body,
    )


def _names_variable(ref: Reference, name: str) -> bool:
    return ref.root == "var" and bool(ref.steps) and ref.steps[0].name == name


def items_of(expr: Expr) -> list[Expr]:
    """The items of a list; anything else is its own item."""
    expr = native(expr)
    return list(expr.items) if isinstance(expr, TupleCons) else [expr]


def reference_of(expr: Expr) -> Reference | None:
    """The reference that an expression is; old code has it in quotes."""
    expr = native(expr)
    if isinstance(expr, Reference):
        return expr
    if isinstance(expr, Literal) and isinstance(expr.value.v, str):
        try:
            found = syntax.parse_expression(expr.value.v, expr.source.filename, expr.span.line)
        except TerraformError:
            return None
        return found if isinstance(found, Reference) else None
    return None


def _goes_inside(ref: Reference) -> bool:
    """Whether a reference names an attribute rather than a whole object."""
    names = [step for step in ref.steps if step.name is not None]
    if ref.root in ("var", "local"):
        return len(names) > 1
    return len(names) > (2 if ref.root in ("data", "ephemeral", "resource", "module") else 1)


def address_of(expr: Expr) -> str:
    """An address, as it is written."""
    ref = reference_of(expr)
    return ref.text if ref is not None else expr.text
