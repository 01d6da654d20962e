"""Instances of resources and module calls, and the values that references to them have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from auditor.records import dataclass
from auditor.terraform import cty
from auditor.terraform.blocks import BlockValue, absent, whole
from auditor.terraform.convert import convert
from auditor.terraform.cty import UnknownVal, Value
from auditor.terraform.declarations import Call, Declared, Module
from auditor.terraform.expansion import STAR, Expansion, Key
from auditor.terraform.providers import ProviderConfig
from auditor.terraform.schema import Attribute, BlockSchema
from auditor.terraform.scope import Scope
from auditor.terraform.types import DYNAMIC, Object, Type
from auditor.values import Path, Ref

if TYPE_CHECKING:
    from auditor.terraform.module_instance import ModuleInstance


@dataclass(slots=True)
class ResourceInstance:
    """An instance of a resource or data source, evaluated."""

    group: ResourceGroup
    key: Key
    address: str
    block: BlockValue
    exists: Value | None
    scope: Scope
    computed: Mapping[str, Value] = field(default_factory=dict)
    """Of a data source: what was worked out here."""
    _value: Value | None = None
    _parts: dict[str, Value] = field(default_factory=dict)

    def value(self) -> Value:
        """The whole object, as a reference to it sees it."""
        if self._value is None:
            marks = cty.EPHEMERAL if self.group.declared.mode == "ephemeral" else 0
            self._value = cty.mark(_whole_instance(self), marks)
        return self._value

    def part(self, name: str) -> Value | None:
        """An object with this one attribute only: what `type.name.attribute` needs of it."""
        if name not in self._parts:
            found = _one_attribute(self, name)
            if found is None:
                return None
            self._parts[name] = Value(Object({name: found.ty}), {name: found})
        return self._parts[name]


@dataclass(slots=True)
class ResourceGroup:
    """All instances of one `resource` or `data` block in one module instance."""

    declared: Declared
    module: ModuleInstance
    schema: BlockSchema | None
    expansion: Expansion
    instances: list[ResourceInstance] = field(default_factory=list)
    failed: Value | None = None
    """Set where count or for_each is refused: the unknown that stands for all instances."""
    provider: ProviderConfig | None = None
    _value: Value | None = None

    def value(self) -> Value:
        """What a reference without a key gives: an object, a tuple, or an object of them."""
        if self._value is None:
            self._value = _group_value(self)
        return self._value


@dataclass(slots=True)
class CallGroup:
    """All instances of one module call. `module` is None when its code is not there."""

    call: Call
    parent: ModuleInstance
    expansion: Expansion
    module: Module | None
    instances: dict[Key, ModuleInstance] = field(default_factory=dict)
    failed: Value | None = None
    pieces: dict[str, Value] = field(default_factory=dict)


def _group_value(group: ResourceGroup) -> Value:
    if group.failed is not None:
        return group.failed
    expansion = group.expansion
    if expansion.kind == "single":
        return group.instances[0].value()
    values = {i.key: i.value() for i in group.instances}
    return _collected(expansion, values)


def _collected(expansion: Expansion, values: Mapping[Key, Value]) -> Value:
    """Instances as a tuple or object; unknown where there may be others."""
    if expansion.open is None:
        if expansion.kind == "count":
            return cty.tuple_(values.values())
        return cty.object_({str(key): value for key, value in values.items()})
    if expansion.kind == "for_each":
        certain = {str(key): value for key, value in values.items() if key is not STAR}
        return cty.unknown(DYNAMIC, expansion.open, entries=certain or None)
    v: UnknownVal = expansion.open.v
    counts = [option.v for option in v.one_of or ()]
    options = None
    if counts and all(isinstance(count, int) and 0 <= count <= 1 for count in counts):
        options = tuple(cty.tuple_([values[STAR]] * count) for count in counts)
    return cty.unknown(DYNAMIC, expansion.open, one_of=options)


def call_object(group: CallGroup, output: str) -> Value:
    """The module's outputs as one value; only the one asked for, where a name was given."""
    if group.failed is not None:
        return group.failed
    if group.module is None:
        return _absent_module(group)
    expansion = group.expansion
    values = {key: _outputs(instance, output) for key, instance in group.instances.items()}
    if expansion.kind == "single":
        return next(iter(values.values()))
    return _collected(expansion, values)


def _outputs(instance: ModuleInstance, output: str) -> Value:
    names = [output] if output else list(instance.module.outputs)
    return cty.object_({n: instance.output(n) for n in names if n in instance.module.outputs})


def _absent_module(group: CallGroup) -> Value:
    """What a module whose code is not there stands for: every output is unknown by name."""
    address = group.parent.absolute(f"module.{group.call.name}")
    because = f"the module {address} is not there"
    return cty.unknown(DYNAMIC, refs=(Ref(address),), because=because, exact=True)


class LazyObject(Value):
    """A resource's whole object, made when something looks inside."""

    __slots__ = ("_instance", "_made")

    def __init__(self, ty: Type, instance: ResourceInstance) -> None:
        self.ty = ty
        self.marks = 0
        self._info = 0
        self._instance = instance
        self._made: dict[str, Value] | None = None

    @property
    def v(self) -> dict[str, Value]:
        """The attributes by name."""
        if self._made is None:
            self._made = whole_attributes(self._instance)
        return self._made


def _whole_instance(instance: ResourceInstance) -> Value:
    schema = instance.group.schema
    if schema is None or schema.open:
        return _schemaless_object(instance)
    shape = schema.shape(instance.group.module.run.newer)
    if shape.has_dynamic:
        return cty.object_(whole_attributes(instance))
    return LazyObject(shape, instance)


def whole_attributes(instance: ResourceInstance) -> dict[str, Value]:
    """Every attribute of an instance: configured, worked out, computed by the provider, or null."""
    schema = instance.group.schema
    assert schema is not None
    newer = instance.group.module.run.newer

    def computed(attribute: Attribute, path: Path) -> Value:
        return _decided(instance, attribute, path)

    return whole(instance.block, schema, computed, newer)


def _one_attribute(instance: ResourceInstance, name: str) -> Value | None:
    """One attribute, without making the others."""
    schema = instance.group.schema
    given = instance.block.attrs.get(name)
    if instance.group.declared.mode == "ephemeral":
        return None
    if schema is None:
        return instance.computed.get(name, given)
    attribute = schema.attributes.get(name)
    if attribute is None and schema.open and name not in schema.blocks:
        return Value(DYNAMIC, UnknownVal((Ref(instance.address, (name,)),), exact=True))
    if attribute is None or name in instance.block.blocks:
        return None  # blocks: the whole object is made
    if given is None or given.v is None:
        if not attribute.computed and name not in instance.computed:
            return absent(attribute)
        given = _decided(instance, attribute)
    return cty.mark(given, cty.SENSITIVE) if attribute.sensitive else given


def _decided(instance: ResourceInstance, attribute: Attribute, path: Path = ()) -> Value:
    """What the provider decides: known where it was worked out, else a reference to itself."""
    if path:
        ref = Ref(instance.address, (*path, attribute.name))
        return Value(attribute.type, UnknownVal((ref,), exact=True))
    found = instance.computed.get(attribute.name)
    if found is not None:
        return found
    if attribute.type is DYNAMIC and instance.group.declared.type == "terraform_data":
        return _terraform_data_output(instance)
    run = instance.group.module.run
    if attribute.name == "tags_all" and instance.group.declared.mode == "managed":
        tags = merged_tags(instance)
        if tags is not None:
            return tags
    if attribute.name == "region" and attribute.newer and instance.group.provider is not None:
        region = instance.group.provider.region
        if isinstance(region, str):
            return cty.string(region)
    if attribute.name == "id" and run.root.module.imports:
        known = run.imported().get(instance.address)
        if known is not None:
            return known
    ref = Ref(instance.address, (attribute.name,))
    never_null = attribute.name == "id"
    return Value(attribute.type, UnknownVal((ref,), exact=True, not_null=never_null))


def merged_tags(instance: ResourceInstance) -> Value | None:
    """`tags_all`: the provider's default tags and the resource's own, which win.

    None where there are no tags at all: then the provider decides.
    """
    schema = instance.group.schema
    if schema is None or "tags_all" not in schema.attributes:
        return None
    defaults = instance.group.provider.default_tags if instance.group.provider else None
    given = [defaults, instance.block.attrs.get("tags")]
    tags = [value for value in given if value is not None and value.v is not None]
    known: dict[str, Value] = {}
    for value in tags:
        entries = value.v.entries or {} if value.v.__class__ is UnknownVal else value.v
        known |= {key: tag for key, tag in entries.items() if tag.v is not None}
    type_ = schema.attributes["tags_all"].type
    if any(cty.has_unknown(value) for value in tags):
        return cty.unknown(type_, *tags, entries=known)
    return convert(cty.object_(known), type_) if known else None


def _terraform_data_output(instance: ResourceInstance) -> Value:
    """`output` of a terraform_data: it will be what `input` is, and has its type."""
    given = instance.block.attrs.get("input")
    if given is None or given.v is None:
        return cty.NULL
    ref = Ref(instance.address, ("output",))
    return cty.unknown(given.ty, refs=(ref,), exact=True)


def _schemaless_object(instance: ResourceInstance) -> Value:
    """A resource of which no schema is known: its arguments, and whatever else it may have."""
    ref = Ref(instance.address)
    known = {**instance.block.attrs, **instance.computed}
    return Value(DYNAMIC, UnknownVal((ref,), exact=True, entries=known or None))
