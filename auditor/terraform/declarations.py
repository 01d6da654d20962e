"""What a module folder declares: variables, locals, resources, calls; override files applied.

Made once a folder by `auditor.terraform.load` and shared by every call of the module; nothing here
is evaluated but what Terraform itself wants constant (types, defaults, sources).
"""

from __future__ import annotations

from dataclasses import field

from auditor.records import dataclass
from auditor.resource import Problem
from auditor.terraform.constraints import Defaults
from auditor.terraform.cty import Value
from auditor.terraform.nodes import Attribute, Block, Body, Expr, Reference
from auditor.terraform.source import Span
from auditor.terraform.types import DYNAMIC, Type, without_optional


@dataclass(slots=True)
class Variable:
    """An input variable. `default` is None where it has none; `type` may hold optional()."""

    name: str
    block: Block
    type: Type = DYNAMIC
    defaults: Defaults | None = None
    default: Value | None = None
    default_expr: Expr | None = None
    nullable: bool = True
    sensitive: bool = False
    ephemeral: bool = False
    literal: bool = False
    """Text from the command line or environment is the value itself, not an expression."""
    validations: list[Block] = field(default_factory=list)

    @property
    def value_type(self) -> Type:
        """The type that its values have: `optional` says only what may be left out."""
        return without_optional(self.type)


@dataclass(slots=True)
class Local:
    """A local value."""

    name: str
    attribute: Attribute

    @property
    def expr(self) -> Expr:
        """Its expression."""
        return self.attribute.expr


@dataclass(slots=True)
class Output:
    """An output value; `expr` is None when it is missing, which is a problem already."""

    name: str
    block: Block
    expr: Expr | None = None
    sensitive: bool = False
    ephemeral: bool = False
    depends_on: list[Reference] = field(default_factory=list)
    preconditions: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class Declared:
    """A resource or data source. `body` holds the provider's arguments, and meta-arguments too."""

    mode: str
    type: str
    name: str
    block: Block
    body: Body
    count: Expr | None = None
    for_each: Expr | None = None
    provider: tuple[str, str] | None = None
    depends_on: list[Reference] = field(default_factory=list)
    ignore_changes: tuple[str, ...] = ()
    preconditions: list[Block] = field(default_factory=list)
    postconditions: list[Block] = field(default_factory=list)
    triggers: list[Expr] = field(default_factory=list)
    provisioners: list[Block] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The address in its module: `aws_s3_bucket.b`, `data.aws_region.here`."""
        prefix = "" if self.mode == "managed" else f"{self.mode}."
        return f"{prefix}{self.type}.{self.name}"

    @property
    def provider_name(self) -> str:
        """The provider's local name: as the `provider` argument says, else from the type."""
        return self.provider[0] if self.provider else self.type.partition("_")[0]


@dataclass(slots=True)
class Call:
    """A module call. `source` is None when it is missing or no constant: a problem already."""

    name: str
    block: Block
    body: Body
    source: str | None = None
    source_span: Span | None = None
    version: str | None = None
    count: Expr | None = None
    for_each: Expr | None = None
    providers: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    depends_on: list[Reference] = field(default_factory=list)


@dataclass(slots=True)
class Provider:
    """A `provider` block; `alias` is empty for the default one."""

    name: str
    alias: str
    block: Block
    body: Body


@dataclass(slots=True)
class Move:
    """A `moved` block: addresses as they are written."""

    from_: str
    to: str
    span: Span


@dataclass(slots=True)
class Import:
    """An `import` block; `to` is the address as it is written."""

    to: Expr
    id: Expr | None
    for_each: Expr | None
    block: Block


@dataclass(slots=True)
class Check:
    """A `check` block: named assertions, which warn and never stop anything."""

    name: str
    block: Block
    asserts: list[Block]
    data: Declared | None = None


@dataclass(slots=True)
class Backend:
    """Where the state is kept: `type` (`s3`, `cloud`, …) and its constant arguments."""

    type: str
    block: Block


@dataclass(slots=True)
class Module:
    """A folder's declarations by name. `folder` is its real path."""

    folder: str
    shown: str
    variables: dict[str, Variable] = field(default_factory=dict)
    locals: dict[str, Local] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)
    resources: dict[str, Declared] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    providers: dict[tuple[str, str], Provider] = field(default_factory=dict)
    required_providers: dict[str, str] = field(default_factory=dict)
    """Local name → source, such as `hashicorp/aws`."""
    required_versions: dict[str, str] = field(default_factory=dict)
    """Local name → version constraint."""
    configuration_aliases: list[tuple[str, str]] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    removed: list[Block] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    checks: dict[str, Check] = field(default_factory=dict)
    backend: Backend | None = None
    experiments: tuple[str, ...] = ()
    files: list[str] = field(default_factory=list)
    """The files that it was read from, by the names that locations have."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether it declares nothing at all."""
        return not (
            self.variables or self.locals or self.outputs or self.resources or self.calls
            or self.providers or self.backend
        )  # fmt: skip
