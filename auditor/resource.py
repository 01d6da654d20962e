"""Resources, in Terraform's attribute shape, whatever they were read from.

A class per Terraform type, its arguments as fields::

    class DbInstance(Resource, tf="aws_db_instance"):
        identity = ("identifier",)
        storage_encrypted = Bool(default=False)
        kms_key_id = Link(KmsKey)
        restore_to_point_in_time = Block(RestoreToPointInTime)

A field read gives plain Python (or an `Unknown`, which refuses to be a truth value), fills in the
provider's default where the argument is absent, and is recorded as evidence.

What an absent argument means depends on the source. In code, plan and state null and absent are
the same, and the field's default says what the provider makes of it. A live reader must fill every
field that its class declares (`None` where AWS says "none"): a field it did not fill is unknown,
never a default, because a default would turn what was not read into a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar, overload

from auditor.records import dataclass
from auditor.values import (
    Path,
    Ref,
    Sensitive,
    Undetermined,
    Unknown,
    Within,
    only_choice,
    path_text,
    reveal,
)

if TYPE_CHECKING:
    from auditor.model import Model

T = TypeVar("T")
N = TypeVar("N", bound="Node")
R = TypeVar("R", bound="Resource")


# -- where things stand ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file: path as given to the user, 1-based line and column (0: not known)."""

    file: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)


@dataclass(frozen=True, slots=True)
class Step:
    """One step that a value took on its way: `var.encrypted` set at prod.tfvars:12:1."""

    text: str
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """Where an attribute's value stands and where it came from.

    location: the value itself, else the nearest thing around it that has a place (its block).
    via: from the attribute backwards to where the value was set.
    absent: the attribute is not set there; the location is that of the block.
    """

    location: Location | None = None
    via: tuple[Step, ...] = ()
    absent: bool = False


@dataclass(frozen=True, slots=True)
class ModuleCall:
    """A module call on the way to a resource: address (`module.net["a"]`) and its place."""

    address: str
    location: Location | None = None


class Provenance(Protocol):
    """Says where a resource came from. Nothing is computed before it is asked for."""

    def trace(self, path: Path, within: Within | None = None) -> Trace:
        """Where the value at `path` stands; `()` is the resource's own block or API object.

        within: the place is wanted of this part of the document that the value is.
        """

    def calls(self) -> tuple[ModuleCall, ...]:
        """The module calls that lead to the resource, outermost first."""


@dataclass(frozen=True, slots=True)
class Nowhere:
    """Provenance of a resource that was made by hand (in tests)."""

    location: Location | None = None

    def trace(self, path: Path, within: Within | None = None) -> Trace:
        """The one place there is."""
        return Trace(self.location)

    def calls(self) -> tuple[ModuleCall, ...]:
        """No module calls."""
        return ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with the input, with its place and what to do.

    level: `error` (a part could not be evaluated; the scan is incomplete) or `warning`.
    code: stable, dashed name such as `syntax-error`.
    """

    level: str
    code: str
    summary: str
    detail: str = ""
    location: Location | None = None

    def __str__(self) -> str:
        place = f"{self.location}: " if self.location else ""
        return f"{place}{self.summary}{': ' + self.detail if self.detail else ''}"


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of what was asked for that could not be read, so that nothing in it can pass.

    what: `module.vpc`, `s3:ListAllMyBuckets in eu-west-1`.
    because: a sentence that says why and what to do.
    types: Terraform types that may be hidden in it; empty means any.
    refs: addresses handed into it (a missing module's arguments), which it may act on.
    """

    what: str
    because: str
    types: frozenset[str] = frozenset()
    refs: frozenset[str] = frozenset()
    location: Location | None = None
    source: str = "code"
    region: str | None = None

    def unknown(self) -> Unknown:
        """The unknown that stands for whatever is in the gap."""
        return Unknown(because=f"{self.what} could not be read: {self.because}")


# -- fields ---------------------------------------------------------------------------------------


class _Missing:
    def __repr__(self) -> str:
        return "(none)"


MISSING: Any = _Missing()


class Field(Generic[T]):
    """An argument or attribute of a resource or block.

    default: the provider's value when the argument is absent: a value, or a function of the node
        where it hangs on another argument. Without one an absent argument reads as `None`.
    computed: AWS decides when it is absent; without a default it then reads as unknown.
    sensitive: never shown.
    unordered: a set in Terraform: order and repeats carry no meaning.
    json: a JSON document, compared by content.
    """

    __slots__ = ("computed", "default", "doc", "json", "name", "sensitive", "unordered")

    def __init__(
        self,
        default: T | Callable[[Any], T] = MISSING,
        *,
        computed: bool = False,
        sensitive: bool = False,
        unordered: bool = False,
        json: bool = False,
    ) -> None:
        self.name = ""
        self.default = default
        self.computed = computed
        self.sensitive = sensitive
        self.unordered = unordered
        self.json = json

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name.rstrip("_")  # `from_` and the like: Python's keywords

    @overload
    def __get__(self, node: None, owner: type) -> Field[T]: ...
    @overload
    def __get__(self, node: Node, owner: type) -> T: ...
    def __get__(self, node: Node | None, owner: type) -> Any:
        if node is None:
            return self
        return self.convert(node, node.read(self.name, self))

    def convert(self, node: Node, value: Any) -> Any:
        """What a rule gets for the plain value."""
        return value

    def absent(self, node: Node) -> Any:
        """What stands for an argument that is not set."""
        if self.default is not MISSING:
            return self.default(node) if callable(self.default) else self.default
        if not self.computed or node.root.source == "live":
            return None  # live, null is AWS's own word for none
        return node.computed(self.name)


class Str(Field["str | None"]):
    """A string; `None` when absent, or empty: `""` is how modules say that they leave it out."""

    __slots__ = ()


class Bool(Field[bool]):
    """A bool; give its default, else an absent one reads as `None`, which is false.

    Some arguments are strings that hold a bool (`at_rest_encryption_enabled = "true"`); they read
    as bools too.
    """

    __slots__ = ()

    def convert(self, node: Node, value: Any) -> Any:
        """The bool, also of its text."""
        return value == "true" if type(value) is str and value in ("true", "false") else value


class Num(Field["int | float | None"]):
    """A number: int where it is whole."""

    __slots__ = ()


class Strs(Field["list[str]"]):
    """A list or set of strings; empty when absent."""

    __slots__ = ()

    def absent(self, node: Node) -> Any:
        """An empty list, unless the field has a default or AWS decides."""
        value = super().absent(node)
        return [] if value is None else value


class StrMap(Field["dict[str, str]"]):
    """A map of strings; empty when absent."""

    __slots__ = ()

    def absent(self, node: Node) -> Any:
        """An empty map, unless the field has a default or AWS decides."""
        value = super().absent(node)
        return {} if value is None else value


class Json(Field[Any]):
    """A JSON document in a string (IAM policy, container definitions): text, or text with holes."""

    __slots__ = ()

    def __init__(self, default: Any = MISSING, *, computed: bool = False) -> None:
        super().__init__(default, computed=computed, json=True)


class Link(Str):
    """A string that names another resource: by id, arn or name. `Node.follow` goes there.

    to: Terraform types that it can name. by: attributes of those that such a value may hold,
    beyond `id`, `arn` and the target's identity.
    """

    __slots__ = ("by", "to")

    def __init__(
        self, *to: str, by: tuple[str, ...] = (), default: Any = MISSING, computed: bool = False
    ) -> None:
        super().__init__(default, computed=computed)
        self.to = to
        self.by = by


class Links(Strs):
    """A list or set of strings that name other resources."""

    __slots__ = ("by", "to")

    def __init__(self, *to: str, by: tuple[str, ...] = (), computed: bool = False) -> None:
        super().__init__(computed=computed, unordered=True)
        self.to = to
        self.by = by


class Blocks(Field["list[N]"]):
    """Nested blocks (or a list or set of objects): a list of `Block` views, empty when absent."""

    __slots__ = ("of",)

    def __init__(self, of: type[N], *, computed: bool = False, unordered: bool = False) -> None:
        super().__init__(computed=computed, unordered=unordered)
        self.of = of

    def absent(self, node: Node) -> Any:
        """No blocks; unknown where AWS decides."""
        value = super().absent(node)
        return [] if value is None else value

    def convert(self, node: Node, value: Any) -> Any:
        """Views of the elements, in order; an unknown element stays as it is."""
        if isinstance(value, Unknown):
            if value.items is None:
                return value
            views = tuple(self._view(node, i, item) for i, item in enumerate(value.items))
            return Unknown(value.refs, value.because, items=views)
        if isinstance(value, dict):
            value = [value]
        return [self._view(node, i, item) for i, item in enumerate(value)]

    def _view(self, node: Node, index: int, item: Any) -> Any:
        item = item.value if isinstance(item, Sensitive) else item
        if isinstance(item, Unknown):
            return item
        return self.of(item or {}, node.root, (*node.path, self.name, index))


class Block(Field["N | None"]):
    """A nested block of which there is at most one: its view, or `None` when absent."""

    __slots__ = ("of",)

    def __init__(self, of: type[N], *, computed: bool = False) -> None:
        super().__init__(computed=computed)
        self.of = of

    def convert(self, node: Node, value: Any) -> Any:
        """A view of the block."""
        if value is None or isinstance(value, Unknown):
            return (
                value
                if not (isinstance(value, Unknown) and value.items)
                else self._of(node, value.items[0], 0)
            )
        if isinstance(value, list):
            return self._of(node, value[0], 0) if value else None
        return self.of(value, node.root, (*node.path, self.name))

    def _of(self, node: Node, item: Any, index: int) -> Any:
        if isinstance(item, Unknown):
            return item
        return self.of(item or {}, node.root, (*node.path, self.name, index))


# -- nodes ----------------------------------------------------------------------------------------


class Node:
    """Something with fields: a resource, or a block inside one."""

    __slots__ = ("_root", "data", "path")
    fields: ClassVar[Mapping[str, Field[Any]]] = {}
    taken: ClassVar[frozenset[str]] = frozenset()
    """Names that are not free for fields: Terraform arguments of these names get a `_`."""

    def __init__(self, data: Mapping[str, Any], root: Resource, path: Path) -> None:
        self.data = data
        self._root = root
        self.path = path

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = {}
        for attribute, value in vars(cls).items():
            if isinstance(value, Field):
                if hasattr(Node, attribute) or attribute in cls.taken:
                    raise TypeError(f"{cls.__name__}.{attribute}: call the field {attribute}_")
                own[value.name] = value
        cls.fields = {**cls.fields, **own}

    @property
    def root(self) -> Resource:
        """The resource that this is, or is in."""
        return self._root

    def read(self, name: str, as_field: Field[Any] | None = None) -> Any:
        """The plain value of an argument, with the default where absent; recorded as evidence.

        Sensitive values come unwrapped: they may decide, and must not be put into a message.
        """
        data = self.data
        value = data.get(name)
        root = self.root
        trace = root.model.trace if root.model is not None else None
        if type(value) is Unknown:
            value = only_choice(value)
        if type(value) is str and not value and isinstance(as_field, Str | Json):
            value = None  # the provider sends no empty text, and AWS says so of what is not set
        if value is None:
            missing = name not in data and root.source == "live"
            if missing:
                value = Unknown(because=f"{root.type}.{name} is not read from the live account")
            elif as_field is not None:
                value = as_field.absent(self)
        if trace is not None and root.model is not None:
            trace.append((root, (*self.path, name)))
            root.model.seen.append(value if type(value) is Unknown else None)
        return reveal(value) if type(value) in _WRAPS else value

    def computed(self, name: str) -> Unknown:
        """The unknown for an attribute that AWS decides: a reference to itself."""
        root = self.root
        return Unknown((Ref(root.address, (*self.path, name)),), exact=True)

    def get(self, name: str) -> Any:
        """As the field of that name; of a type without a class, the plain value."""
        as_field = type(self).fields.get(name)
        return as_field.__get__(self, type(self)) if as_field else self.read(name)

    def is_set(self, name: str) -> bool:
        """Whether the argument is there, not null or `""` (an unknown value counts as set)."""
        value = self.data.get(name)
        return value is not None and not (type(value) is str and not value)

    def follow(self, name: str) -> Any:
        """The resource that the `Link` of that name names; `None` when it is absent.

        Raises `Undetermined` when the value is unknown or names nothing that was read.
        """
        value = self.get(name)
        return None if value is None else self._model().follow(self, name, value)

    def follow_value(self, name: str, value: Any) -> Any:
        """As `follow`, with a value that was made of the link's (an ARN without its `:*`)."""
        return self._model().follow(self, name, value)

    def follow_all(self, name: str) -> Iterator[Any]:
        """The resources that the `Links` of that name name, those that are known first.

        Ends in `Undetermined` when an element is unknown or names nothing that was read.
        """
        open_ends: list[Unknown] = []
        try:
            for element in self.get(name) or ():
                try:
                    yield self._model().follow(self, name, element)
                except Undetermined as doubt:
                    open_ends += doubt.causes
        except Undetermined as doubt:
            open_ends += doubt.causes
        if open_ends:
            raise Undetermined(*open_ends)

    def finding(
        self, message: str, *, at: str | None = None, key: str = "", within: Within | None = None
    ) -> Finding:
        """A violation here: `message` continues "`address` …"; `at` names the deciding argument.

        key: tells two violations of one rule in one resource apart, and must not change when
        lines move (`tcp/22 from 0.0.0.0/0`). within: where in the document that it holds.
        """
        path = (*self.path, at) if at else self.path
        return Finding(message, self.root, path, key, within=within)

    def _model(self) -> Model:
        if self.root.model is None:
            raise LookupError(f"{self.root.address} is in no model")
        return self.root.model


_WRAPS = (Sensitive, list, dict)


class Resource(Node):
    """A resource instance.

    address: Terraform's, from the root module; for a live one `type.id` in its region.
    source: `hcl`, `plan`, `state` or `live`.
    exists: `True`, or the `Unknown` that its `count` or `for_each` hangs on.
    region, account: where known.
    folded_into: the resource that this one was folded into (a rule resource into its security
        group); it is then judged there and not by itself.
    """

    __slots__ = (
        "account",
        "address",
        "exists",
        "folded_into",
        "ignore_changes",
        "model",
        "provenance",
        "region",
        "source",
        "stand_alone",
        "type",
    )
    tf: ClassVar[str] = ""
    identity: ClassVar[tuple[str, ...]] = ()
    """Arguments that name the resource in its account and region (code is matched by them)."""
    taken = frozenset(__slots__) | {"classes", "everything", "identity", "related", "tf", "typed"}
    classes: ClassVar[dict[str, type[Resource]]] = {}
    """Terraform type → class, of the classes that were imported."""

    def __init__(
        self,
        address: str,
        type: str,
        attributes: Mapping[str, Any],
        *,
        source: str = "hcl",
        provenance: Provenance | None = None,
        exists: bool | Unknown = True,
        region: str | None = None,
        account: str | None = None,
        ignore_changes: tuple[str, ...] = (),
        stand_alone: bool = False,
    ) -> None:
        self.data = attributes
        self.path = ()
        self.address = address
        self.type = type
        self.source = source
        self.provenance: Provenance = provenance or Nowhere()
        self.exists = exists
        self.region = region
        self.account = account
        self.ignore_changes = ignore_changes
        self.stand_alone = stand_alone
        self.model: Model | None = None
        self.folded_into: Resource | None = None

    def __init_subclass__(cls, tf: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.tf = tf
        if tf:
            Resource.classes[tf] = cls

    @property
    def root(self) -> Resource:
        """Itself."""
        return self

    def typed(self) -> Resource:
        """The same resource as an instance of its type's class, if that was imported."""
        cls = Resource.classes.get(self.type)
        if cls is None or type(self) is cls:
            return self
        made = cls.__new__(cls)
        for slot in ("data", "path", *Resource.__slots__):
            setattr(made, slot, getattr(self, slot))
        return made

    def related(self, cls: type[R], via: str | None = None) -> list[R]:
        """The resources of a class that name this one in their `Link` called `via`.

        Left out, `via` is the class's first link to this type. The answer is a list, or an
        `Unknown` list where others might exist: iterating it gives the certain ones first.
        """
        return self._model().related(self, cls, via)

    def everything(self, cls: type[R]) -> list[R]:
        """All resources of a class in the same model, open-ended as `related` is."""
        return self._model().all(cls)

    def __repr__(self) -> str:
        return f"<{self.type} {self.address}>"


@dataclass(frozen=True, slots=True)
class Finding:
    """A violation: what is wrong, in which resource, at which argument.

    `message` continues the resource's address: "is reachable from the internet".
    """

    message: str
    resource: Resource
    path: Path = ()
    key: str = ""
    related: tuple[Resource, ...] = field(default=())
    within: Within | None = None

    @property
    def attribute(self) -> str:
        """The deciding argument as text, empty for the whole resource."""
        return path_text(self.path)


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every leaf of an attribute tree with its path, sensitive wrappers left on."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from walk(item, (*path, key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from walk(item, (*path, index))
    else:
        yield path, value
