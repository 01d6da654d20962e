"""From a folder of files to what it declares.

Which files: `*.tf` and `*.tf.json`, not hidden ones and not editors' backups; override files last.
`.tofu` files are OpenTofu's. Terraform does not read them, and neither does a scan, unless the
folder has no `.tf` files at all or the caller asks (`tofu=True`; a `.tofu` file then hides the
`.tf` file of the same name, as OpenTofu has it). Ignored ones are named in a warning.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable

from auditor.resource import Location, Problem
from auditor.terraform import syntax
from auditor.terraform.boundary import Boundary, Refused
from auditor.terraform.constraints import type_constraint
from auditor.terraform.convert import ConversionError, convert
from auditor.terraform.cty import TerraformError, Value
from auditor.terraform.declarations import (
    Backend,
    Call,
    Check,
    Declared,
    Import,
    Local,
    Module,
    Move,
    Output,
    Provider,
    Variable,
)
from auditor.terraform.expressions import evaluate
from auditor.terraform.jsonsyntax import JsonBody, literal_value, native
from auditor.terraform.merge import MergedBody
from auditor.terraform.nodes import (
    Attribute,
    Block,
    Body,
    Expr,
    File,
    Literal,
    ObjectCons,
    Reference,
    TupleCons,
)
from auditor.terraform.scope import Scope
from auditor.terraform.source import Span
from auditor.terraform.types import BOOL, NUMBER, STRING, Primitive
from auditor.terraform.versions import TERRAFORM, satisfies

MAX_FILES = 2_000
"""In one folder."""


def is_local(source: str) -> bool:
    """Whether a module source names a folder."""
    return source.startswith(("./", "../", ".\\", "..\\")) or source in (".", "..")


_LABELS = {
    "terraform": 0,
    "provider": 1,
    "variable": 1,
    "locals": 0,
    "output": 1,
    "module": 1,
    "resource": 2,
    "data": 2,
    "ephemeral": 2,
    "moved": 0,
    "import": 0,
    "removed": 0,
    "check": 1,
}
_NAME = re.compile(r"^[^\W\d][\w-]*$")
_RESERVED_VARIABLES = frozenset(
    {"source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"}
)
_PROVISIONERS: dict[str, tuple[str, ...]] = {
    "local-exec": ("command",), "remote-exec": (), "file": ("destination",),
}  # fmt: skip
"""The provisioners that Terraform has, and what each must be given."""


def location(span: Span | None) -> Location | None:
    """The place for people that a span is."""
    if span is None:
        return None
    return Location(span.file, span.line, span.column, span.end_line, span.end_column)


def problem(wrong: TerraformError, code: str = "invalid-configuration") -> Problem:
    """The problem that a refusal is."""
    return Problem("error", code, wrong.summary, wrong.detail, location(wrong.range))


class Project:
    """Everything read so far in one process: files and folders, each once."""

    def __init__(self, boundary: Boundary, *, tofu: bool = False) -> None:
        self.boundary = boundary
        self.tofu = tofu
        self.bytes = 0
        self._files: dict[str, File | Refused] = {}
        self._modules: dict[str, Module] = {}

    def file(self, path: str) -> File:
        """The syntax tree of a file. Raises `Refused` when it cannot be read."""
        found = self._files.get(path)
        if found is None:
            found = self._files[path] = self._parsed(path)
        if isinstance(found, Refused):
            raise found
        return found

    def _parsed(self, path: str) -> File | Refused:
        try:
            data = self.boundary.read(path)
        except Refused as refused:
            return refused
        self.bytes += len(data)
        if b"\0" in data[:8192]:
            return Refused("binary-file", f"{self.boundary.shown(path)} is not text")
        return syntax.parse(data, self.boundary.shown(path))

    def module(self, folder: str) -> Module:
        """What a folder declares. Never raises: problems are in the module."""
        real = os.path.realpath(folder)
        if real not in self._modules:
            self._modules[real] = _Loader(self, real).load()
        return self._modules[real]

    def has_configuration(self, folder: str) -> bool:
        """Whether the folder holds files that a scan reads."""
        try:
            names = self.boundary.names(folder)
        except Refused:
            return False
        return any(name.endswith((".tf", ".tf.json", ".tofu", ".tofu.json")) for name in names)


# -- which files ----------------------------------------------------------------------------------


def chosen(names: Iterable[str], tofu: bool) -> tuple[list[str], list[str], list[str]]:
    """Primary files, override files, and `.tofu` files that are left out."""
    seen = [name for name in names if not _is_ignored(name)]
    plain = [name for name in seen if name.endswith((".tf", ".tf.json"))]
    open_ = [name for name in seen if name.endswith((".tofu", ".tofu.json"))]
    left_out: list[str] = []
    if open_ and (tofu or not plain):
        hidden = {name.replace(".tofu", ".tf") for name in open_}
        plain = sorted(open_ + [name for name in plain if name not in hidden])
    else:
        left_out = open_
    overrides = [name for name in plain if _stem(name) == "override" or _is_override(name)]
    return [name for name in plain if name not in overrides], overrides, left_out


def _is_ignored(name: str) -> bool:
    return name.startswith(".") or name.endswith("~") or (name[:1] == "#" and name[-1:] == "#")


def _stem(name: str) -> str:
    return re.sub(r"\.(tf|tofu)(\.json)?$", "", name)


def _is_override(name: str) -> bool:
    return _stem(name).endswith("_override")


# -- reading a folder -----------------------------------------------------------------------------


class _Loader:
    """Fills one `Module`."""

    def __init__(self, project: Project, folder: str) -> None:
        self.project = project
        self.folder = folder
        self.module = Module(folder, project.boundary.shown(folder))
        self.overriding = False

    def load(self) -> Module:
        """The folder's declarations, with whatever was wrong."""
        try:
            names = self.project.boundary.names(self.folder)
        except Refused as refused:
            self.module.problems.append(Problem("error", refused.code, refused.why))
            return self.module
        primary, overrides, left_out = chosen(names, self.project.tofu)
        for name in left_out:
            self.module.problems.append(
                Problem(
                    "warning",
                    "tofu-file-ignored",
                    f"{name} is not read",
                    "Terraform ignores .tofu files beside .tf files; pass --tofu to read the "
                    "folder as OpenTofu does",
                    Location(self.project.boundary.shown(os.path.join(self.folder, name))),
                )
            )
        for name in primary[:MAX_FILES]:
            self._file(name)
        self.overriding = True
        for name in overrides[:MAX_FILES]:
            self._file(name)
        if len(primary) + len(overrides) > MAX_FILES:
            self._say("too-many-files", f"The folder has more than {MAX_FILES} files", "", None)
        return self.module

    def _file(self, name: str) -> None:
        path = os.path.join(self.folder, name)
        shown = self.project.boundary.shown(path)
        try:
            file = self.project.file(path)
        except Refused as refused:
            self.module.problems.append(
                Problem("error", refused.code, "File not read", refused.why, Location(shown))
            )
            return
        self.module.files.append(shown)
        for wrong in file.problems:
            self._say("syntax-error", wrong.summary, wrong.detail, wrong.span)
        for block in self._top_blocks(file):
            try:
                _READERS[block.type](self, block)
            except TerraformError as refusal:
                self.module.problems.append(problem(refusal))

    def _top_blocks(self, file: File) -> Iterable[Block]:
        for attribute in file.body.attributes.values():
            self._say(
                "invalid-configuration",
                "Unsupported argument",
                f'An argument named "{attribute.name}" is not expected here.',
                attribute.name_span,
            )
        for block in file.body.blocks:
            if block.type not in _LABELS:
                self._unsupported_block(block)
            elif self._labels_fit(block):
                yield block

    def _unsupported_block(self, block: Block) -> None:
        from auditor.suggest import closest

        near = closest(block.type, _LABELS)
        hint = f' Did you mean "{near}"?' if near else ""
        self._say(
            "invalid-configuration",
            "Unsupported block type",
            f'Blocks of type "{block.type}" are not expected here.{hint}',
            block.header_span,
        )

    def _labels_fit(self, block: Block) -> bool:
        wanted = _LABELS[block.type]
        if len(block.labels) == wanted:
            return True
        if len(block.labels) > wanted:
            summary = f"Extraneous label for {block.type}"
            detail = f"Only {wanted} labels are expected for {block.type} blocks."
        else:
            summary = f"Missing name for {block.type}"
            detail = f"All {block.type} blocks must have {wanted} labels."
        self._say("invalid-configuration", summary, detail, block.header_span)
        return False

    # -- saying what is wrong ---------------------------------------------------------------------

    def _say(self, code: str, summary: str, detail: str, span: Span | None) -> None:
        self.module.problems.append(Problem("error", code, summary, detail, location(span)))

    def _named(self, block: Block, kind: str) -> bool:
        for name in block.labels:
            if not _NAME.match(name):
                self._say(
                    "invalid-configuration",
                    f"Invalid {kind} name",
                    "A name must start with a letter or underscore and may contain only letters, "
                    "digits, underscores, and dashes.",
                    block.header_span,
                )
                return False
        return True

    def _content(
        self, body: Body, attributes: Iterable[str], blocks: dict[str, int] | None = None
    ) -> None:
        """Reports arguments and blocks that Terraform does not know here."""
        known = set(attributes)
        self._repeated(body)
        for name, attribute in body.attributes.items():
            if name not in known:
                self._say(
                    "invalid-configuration",
                    "Unsupported argument",
                    f'An argument named "{name}" is not expected here.',
                    attribute.name_span,
                )
        for block in body.blocks:
            if block.type not in (blocks or {}):
                self._unsupported_block(block)

    def _repeated(self, body: Body) -> None:
        """Properties that JSON has twice; text syntax is checked by the parser."""
        if not isinstance(body, JsonBody):
            return
        seen: set[str] = set()
        for key, _ in (item for object_ in body.objects for item in object_.items):
            name = key.value.v if isinstance(key, Literal) else key.text
            if name in seen and name in body.attributes:
                detail = f'The argument "{name}" was already set.'
                self._say("invalid-configuration", "Attribute redefined", detail, key.span)
            seen.add(name)

    def _duplicate(
        self, kind: str, name: str, new: Block | Attribute, old: Block | Attribute
    ) -> None:
        first = old.source.span(old.start, old.start)
        span = new.header_span if isinstance(new, Block) else new.name_span
        self._say(
            "invalid-configuration",
            f"Duplicate {kind}",
            f"{name} was already declared at {first}. Names must be unique in a module.",
            span,
        )

    def _missing_base(self, what: str, name: str, span: Span) -> None:
        self._say(
            "invalid-configuration",
            f"Missing base {what} to override",
            f'There is no {what} named "{name}". An override file can only override a {what} that '
            "was already defined in a primary configuration file.",
            span,
        )

    # -- constants --------------------------------------------------------------------------------

    def _constant(self, expr: Expr) -> Value:
        """A value that refers to nothing; in JSON, strings are then no templates."""
        if expr.source.filename.endswith(".json"):
            return literal_value(expr)
        return evaluate(expr, Scope())

    def _as(self, expr: Expr, type_: Primitive) -> Value:
        try:
            value = convert(self._constant(expr), type_)
        except ConversionError as wrong:
            detail = f"Unsuitable value: {wrong}."
            raise TerraformError("Unsuitable value type", detail, expr.span) from wrong
        if value.v is None:
            detail = f"Unsuitable value: a {type_.label} is required, not null."
            raise TerraformError("Unsuitable value type", detail, expr.span)
        return value

    def _flag(self, body: Body, name: str, otherwise: bool) -> bool:
        attribute = body.attributes.get(name)
        if attribute is None:
            return otherwise
        return bool(self._as(attribute.expr, BOOL).v)

    def _text(self, attribute: Attribute) -> str:
        return str(self._as(attribute.expr, STRING).v)

    # -- declarations -----------------------------------------------------------------------------

    def variable(self, block: Block) -> None:
        """A `variable` block."""
        name = block.labels[0]
        if not self._named(block, "variable"):
            return
        if name in _RESERVED_VARIABLES:
            raise TerraformError(
                "Invalid variable name",
                f'The variable name "{name}" is reserved due to its special meaning inside module '
                "blocks.",
                block.label_spans[0],
            )
        self._content(
            block.body,
            ("description", "default", "type", "sensitive", "nullable", "ephemeral", "deprecated"),
            {"validation": 0},
        )
        old = self.module.variables.get(name)
        if self.overriding:
            if old is None:
                self._missing_base("variable declaration", name, block.header_span)
                return
            block = _over(old.block, block, both=("validation",))
        elif old is not None:
            self._duplicate(f'variable declaration: "{name}"', name, block, old.block)
            return
        variable = Variable(name, block)
        self.module.variables[name] = variable
        self._fill_variable(variable, block.body)

    def _fill_variable(self, variable: Variable, body: Body) -> None:
        attributes = body.attributes
        variable.validations = body.blocks_of("validation")
        for validation in variable.validations:
            self._condition(validation, "validation", self_name=variable.name)
        if "type" in attributes:
            try:
                variable.type, variable.defaults = type_constraint(attributes["type"].expr)
            except TerraformError as wrong:
                self.module.problems.append(problem(wrong))
            variable.literal = variable.type in (STRING, NUMBER, BOOL)
        variable.nullable = self._flag(body, "nullable", True)
        variable.sensitive = self._flag(body, "sensitive", False)
        variable.ephemeral = self._flag(body, "ephemeral", False)
        if "description" in attributes:
            self._text(attributes["description"])
        if "default" in attributes:
            expr = attributes["default"].expr
            variable.default_expr = expr
            variable.default = self._default(variable, expr)

    def _default(self, variable: Variable, expr: Expr) -> Value:
        from auditor.terraform.variables import Misfit, typed

        value = self._constant(expr)
        try:
            value = typed(variable, value)
        except Misfit as wrong:
            raise TerraformError(
                "Invalid default value for variable",
                "This default value is not compatible with the variable's type constraint: "
                f"{wrong}.",
                expr.span,
            ) from wrong
        if value.v is None and not variable.nullable:
            raise TerraformError(
                "Invalid default value for variable",
                "A null default value is not valid when nullable=false.",
                expr.span,
            )
        return value

    def _condition(self, block: Block, kind: str, self_name: str | None = None) -> None:
        """What may stand in a validation, precondition, postcondition or assert block."""
        self._content(block.body, ("condition", "error_message"))
        for name in ("condition", "error_message"):
            if name not in block.body.attributes:
                self._say(
                    "invalid-configuration",
                    "Missing required argument",
                    f'The argument "{name}" is required, but no definition was found.',
                    block.header_span,
                )
                return
        from auditor.terraform.references import references_in

        condition = block.body.attributes["condition"].expr
        refs = references_in(condition)
        if self_name is not None:
            if not any(_names_variable(ref, self_name) for ref in refs):
                self._say(
                    "invalid-configuration",
                    "Invalid variable validation condition",
                    f'The condition for variable "{self_name}" must refer to var.{self_name} in '
                    "order to test incoming values.",
                    condition.span,
                )
        elif not refs and kind in ("precondition", "postcondition"):
            self._say(
                "invalid-configuration",
                f"Invalid {kind} expression",
                "The condition expression must refer to at least one object from elsewhere in "
                "the configuration, or the result would not be checking anything.",
                condition.span,
            )

    def locals(self, block: Block) -> None:
        """A `locals` block."""
        self._repeated(block.body)
        for name, attribute in block.body.attributes.items():
            if not _NAME.match(name):
                self._say(
                    "invalid-configuration",
                    "Invalid local value name",
                    "A name must start with a letter or underscore and may contain only letters, "
                    "digits, underscores, and dashes.",
                    attribute.name_span,
                )
                continue
            old = self.module.locals.get(name)
            if self.overriding and old is None:
                self._missing_base("local value definition", name, attribute.name_span)
                continue
            if not self.overriding and old is not None:
                self._duplicate("local value definition", f'"{name}"', attribute, old.attribute)
                continue
            self.module.locals[name] = Local(name, attribute)
        for inner in block.body.blocks:
            self._unsupported_block(inner)

    def output(self, block: Block) -> None:
        """An `output` block."""
        name = block.labels[0]
        if not self._named(block, "output"):
            return
        self._content(
            block.body,
            ("description", "value", "depends_on", "sensitive", "ephemeral", "deprecated"),
            {"precondition": 0, "postcondition": 0},
        )
        old = self.module.outputs.get(name)
        if self.overriding:
            if old is None:
                self._missing_base("output value definition", name, block.header_span)
                return
            block = _over(old.block, block, both=("precondition",))
        elif old is not None:
            self._duplicate("output definition", f'"{name}"', block, old.block)
            return
        value = block.body.attributes.get("value")
        output = Output(name, block, value.expr if value else None)
        self.module.outputs[name] = output
        if value is None:
            self._say(
                "invalid-configuration",
                "Missing required argument",
                'The argument "value" is required, but no definition was found.',
                block.header_span,
            )
        output.depends_on = self._depends_on(block.body)
        output.preconditions = block.body.blocks_of("precondition")
        for condition in output.preconditions:
            self._condition(condition, "precondition")
        output.sensitive = self._flag(block.body, "sensitive", False)
        output.ephemeral = self._flag(block.body, "ephemeral", False)

    def resource(self, block: Block) -> None:
        """A `resource`, `data` or `ephemeral` block."""
        declared = self._declared(block)
        if declared is None:
            return
        old = self.module.resources.get(declared.key)
        if self.overriding:
            if old is None:
                kind = "resource" if declared.mode == "managed" else "data resource"
                name = ".".join(block.labels)
                self._missing_base(f"{kind} declaration", name, block.header_span)
                return
            self._no_dependencies(block)
            declared = self._declared(_over(old.block, block, both=("lifecycle",)))
            assert declared is not None
        elif old is not None:
            noun = {"data": "data", "ephemeral": "ephemeral"}.get(declared.mode, "resource")
            kind = f'{noun} "{declared.type}" configuration'
            self._duplicate(kind, declared.key, block, old.block)
            return
        self.module.resources[declared.key] = declared
        self._fill_resource(declared)

    def _declared(self, block: Block) -> Declared | None:
        mode = "managed" if block.type == "resource" else block.type
        kind = "resource" if mode == "managed" else f"{mode} resource"
        if not self._named(block, kind):
            return None
        return Declared(mode, block.labels[0], block.labels[1], block, block.body)

    def _fill_resource(self, declared: Declared) -> None:
        attributes = declared.body.attributes
        self._repetition(declared, attributes)
        declared.depends_on = self._depends_on(declared.body)
        if "provider" in attributes:
            declared.provider = self._provider_name(attributes["provider"].expr)
        self._lifecycles(declared)
        declared.provisioners = declared.body.blocks_of("provisioner")
        for block in declared.provisioners:
            self._provisioner(block)

    def _provisioner(self, block: Block) -> None:
        kind = block.labels[0] if block.labels else ""
        wrong = None
        if kind not in _PROVISIONERS:
            wrong = "Missing required provisioner plugin", f'There is no provisioner "{kind}".'
        elif any(name not in block.body.attributes for name in _PROVISIONERS[kind]):
            names = " and ".join(_PROVISIONERS[kind])
            wrong = "Missing required argument", f"A {kind} provisioner needs {names}."
        if wrong is not None:
            self._say("invalid-configuration", *wrong, block.header_span)

    def _repetition(self, target: Declared | Call, attributes: dict[str, Attribute]) -> None:
        count, for_each = attributes.get("count"), attributes.get("for_each")
        if count is not None and for_each is not None:
            self._say(
                "invalid-configuration",
                'Invalid combination of "count" and "for_each"',
                'The "count" and "for_each" meta-arguments are mutually-exclusive, only one should '
                "be used.",
                for_each.name_span,
            )
        target.count = count.expr if count else None
        target.for_each = for_each.expr if for_each and not count else None

    def _lifecycles(self, declared: Declared) -> None:
        for file in _by_file(declared.body.blocks_of("lifecycle")):
            if len(file) > 1:
                self._say(
                    "invalid-configuration",
                    "Duplicate lifecycle block",
                    "This resource already has a lifecycle block.",
                    file[1].header_span,
                )
            for lifecycle in file:
                self._lifecycle(declared, lifecycle.body)

    def _lifecycle(self, declared: Declared, body: Body) -> None:
        self._content(
            body,
            ("create_before_destroy", "prevent_destroy", "ignore_changes", "replace_triggered_by"),
            {"precondition": 0, "postcondition": 0},
        )
        for name in ("create_before_destroy", "prevent_destroy"):
            if name in body.attributes:
                self._constant(body.attributes[name].expr)
        if "ignore_changes" in body.attributes:
            declared.ignore_changes = _written(body.attributes["ignore_changes"].expr)
        if "replace_triggered_by" in body.attributes:
            declared.triggers = _items(body.attributes["replace_triggered_by"].expr)
        declared.preconditions += body.blocks_of("precondition")
        declared.postconditions += body.blocks_of("postcondition")
        for condition in declared.preconditions:
            self._condition(condition, "precondition")
        for condition in declared.postconditions:
            self._condition(condition, "postcondition")

    def _depends_on(self, body: Body) -> list[Reference]:
        attribute = body.attributes.get("depends_on")
        if attribute is None:
            return []
        found = []
        for item in _items(attribute.expr):
            ref = _reference(item)
            if ref is None:
                self._say(
                    "invalid-configuration",
                    "Invalid expression",
                    "A static list of references to other objects is required.",
                    item.span,
                )
            elif _goes_inside(ref):
                self._say(
                    "invalid-configuration",
                    "Invalid depends_on reference",
                    "References in depends_on must be to a whole object (resource, etc), not to "
                    "an attribute of an object.",
                    item.span,
                )
            else:
                found.append(ref)
        return found

    def _no_dependencies(self, override: Block) -> None:
        attribute = override.body.attributes.get("depends_on")
        if attribute is not None:
            self._say(
                "invalid-configuration",
                "Unsupported override",
                "The depends_on argument may not be overridden.",
                attribute.name_span,
            )

    def _provider_name(self, expr: Expr) -> tuple[str, str]:
        ref = _reference(expr)
        if ref is None:
            raise TerraformError(
                "Invalid provider configuration reference",
                'A provider reference is a provider\'s local name, with ".alias" for one that has '
                "an alias.",
                expr.span,
            )
        return ref.root, (ref.steps[0].name or "") if ref.steps else ""

    def call(self, block: Block) -> None:
        """A `module` block."""
        name = block.labels[0]
        if not self._named(block, "module instance"):
            return
        old = self.module.calls.get(name)
        if self.overriding:
            if old is None:
                self._missing_base("module call", name, block.header_span)
                return
            self._no_dependencies(block)
            block = _over(old.block, block)
        elif old is not None:
            self._duplicate("module call", f'"{name}"', block, old.block)
            return
        call = Call(name, block, block.body)
        self.module.calls[name] = call
        attributes = block.body.attributes
        self._repetition(call, attributes)
        call.depends_on = self._depends_on(block.body)
        if "providers" in attributes:
            call.providers = self._passed(attributes["providers"].expr)
        for inner in block.body.blocks:
            self._unsupported_block(inner)
        if "version" in attributes:
            call.version = self._text(attributes["version"])
        if "source" not in attributes:
            raise TerraformError(
                "Missing required argument",
                'The argument "source" is required, but no definition was found.',
                block.header_span,
            )
        call.source_span = attributes["source"].expr.span
        call.source = self._text(attributes["source"])
        if call.version is not None and is_local(call.source):
            self._say(
                "invalid-configuration",
                "Invalid registry module source address",
                "A version constraint is for modules from a registry, not for a local folder.",
                attributes["version"].name_span,
            )

    def _passed(self, expr: Expr) -> dict[tuple[str, str], tuple[str, str]]:
        expr = native(expr)
        if not isinstance(expr, ObjectCons):
            raise TerraformError(
                "Invalid providers argument",
                "A map from the module's provider names to configurations is required.",
                expr.span,
            )
        return {self._provider_name(key): self._provider_name(value) for key, value in expr.items}

    def provider(self, block: Block) -> None:
        """A `provider` block."""
        attribute = block.body.attributes.get("alias")
        alias = self._text(attribute) if attribute else ""
        key = (block.labels[0], alias)
        old = self.module.providers.get(key)
        if self.overriding and old is not None:
            block = _over(old.block, block)
        elif self.overriding and alias:
            self._missing_base("provider configuration", alias, block.header_span)
            return
        elif old is not None:
            self._duplicate("provider configuration", f'"{block.labels[0]}"', block, old.block)
            return
        self.module.providers[key] = Provider(*key, block, block.body)

    def terraform(self, block: Block) -> None:
        """A `terraform` block."""
        self._content(
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
            self._backend(backend.labels[0] if backend.labels else "", backend)
        for cloud in block.body.blocks_of("cloud"):
            self._backend("cloud", cloud)
        for required in block.body.blocks_of("required_providers"):
            for name, attribute in required.body.attributes.items():
                self._requires(name, attribute)
        if "experiments" in block.body.attributes:
            self.module.problems.append(
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
            self._version(version)

    def _backend(self, type_: str, block: Block) -> None:
        if self.module.backend is not None and not self.overriding:
            self._duplicate("backend configuration", "A backend", block, self.module.backend.block)
            return
        self.module.backend = Backend(type_, block)

    def _requires(self, name: str, attribute: Attribute) -> None:
        """One entry of `required_providers`: a source, and aliases that callers must pass."""
        source = f"hashicorp/{name}"
        if isinstance(attribute.expr, ObjectCons):
            for key, value in attribute.expr.items:
                word = key.value.v if isinstance(key, Literal) else ""
                if word == "source":
                    found = self._constant(value).v
                    source = found if isinstance(found, str) else source
                elif word == "configuration_aliases":
                    self.module.configuration_aliases += [
                        self._provider_name(item) for item in _items(value)
                    ]
        self.module.required_providers[name] = source

    def _version(self, attribute: Attribute) -> None:
        wanted = self._text(attribute)
        meets = satisfies(TERRAFORM, wanted)
        if meets is None:
            self._say(
                "invalid-configuration",
                "Invalid version constraint",
                f'"{wanted}" is no version constraint.',
                attribute.expr.span,
            )
        elif not meets:
            self.module.problems.append(
                Problem(
                    "warning",
                    "terraform-version",
                    "Unsupported Terraform Core version",
                    f"The configuration wants Terraform {wanted}; it is read as Terraform "
                    f"{TERRAFORM} reads it",
                    location(attribute.expr.span),
                )
            )

    def _require(self, block: Block, *names: str) -> bool:
        missing = [name for name in names if name not in block.body.attributes]
        for name in missing:
            self._say(
                "invalid-configuration",
                "Missing required argument",
                f'The argument "{name}" is required, but no definition was found.',
                block.header_span,
            )
        return not missing

    def moved(self, block: Block) -> None:
        """A `moved` block."""
        attributes = block.body.attributes
        self._content(block.body, ("from", "to"))
        if self._require(block, "from", "to"):
            old, new = _address(attributes["from"].expr), _address(attributes["to"].expr)
            self.module.moves.append(Move(old, new, block.header_span))

    def import_(self, block: Block) -> None:
        """An `import` block."""
        attributes = block.body.attributes
        self._content(block.body, ("to", "id", "for_each", "provider", "identity"))
        if self._require(block, "to"):
            self.module.imports.append(
                Import(
                    attributes["to"].expr,
                    attributes["id"].expr if "id" in attributes else None,
                    attributes["for_each"].expr if "for_each" in attributes else None,
                    block,
                )
            )

    def removed(self, block: Block) -> None:
        """A `removed` block."""
        self._content(block.body, ("from",), {"lifecycle": 0, "provisioner": 1, "connection": 0})
        if self._require(block, "from"):
            self.module.removed.append(block)

    def check(self, block: Block) -> None:
        """A `check` block."""
        name = block.labels[0]
        self._content(block.body, ("depends_on",), {"assert": 0, "data": 2})
        asserts = block.body.blocks_of("assert")
        if not asserts:
            self._say(
                "invalid-configuration",
                "Zero assert blocks",
                "Check blocks must have at least one assert block.",
                block.header_span,
            )
        for each in asserts:
            self._condition(each, "assert")
        check = Check(name, block, asserts)
        old = self.module.checks.get(name)
        if old is not None:
            self._duplicate(f'check "{name}" configuration', name, block, old.block)
            return
        self.module.checks[name] = check
        for data in block.body.blocks_of("data"):
            self.resource(data)
            check.data = self.module.resources.get(f"data.{'.'.join(data.labels)}")


_READERS: dict[str, Callable[[_Loader, Block], None]] = {
    "terraform": _Loader.terraform,
    "provider": _Loader.provider,
    "variable": _Loader.variable,
    "locals": _Loader.locals,
    "output": _Loader.output,
    "module": _Loader.call,
    "resource": _Loader.resource,
    "data": _Loader.resource,
    "ephemeral": _Loader.resource,
    "moved": _Loader.moved,
    "import": _Loader.import_,
    "removed": _Loader.removed,
    "check": _Loader.check,
}


def _by_file(blocks: list[Block]) -> list[list[Block]]:
    """The blocks of each file: an override file may have one more of what there is one of."""
    found: dict[str, list[Block]] = {}
    for block in blocks:
        found.setdefault(block.source.filename, []).append(block)
    return list(found.values())


# -- small readings -------------------------------------------------------------------------------


def _over(base: Block, override: Block, both: tuple[str, ...] = ()) -> Block:
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


def _items(expr: Expr) -> list[Expr]:
    expr = native(expr)
    return list(expr.items) if isinstance(expr, TupleCons) else [expr]


def _reference(expr: Expr) -> Reference | None:
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


def _address(expr: Expr) -> str:
    ref = _reference(expr)
    return ref.text if ref is not None else expr.text


def _written(expr: Expr) -> tuple[str, ...]:
    """`ignore_changes` as it is written: `all`, or the arguments."""
    return tuple(_address(item) for item in _items(expr))
