"""Functions on maps and objects.

Source: go-cty 1.16 `function/stdlib/collection.go`, Terraform 1.11 `lang/funcs/collection.go`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from auditor.terraform import cty
from auditor.terraform.convert import ConversionError, convert
from auditor.terraform.cty import Value
from auditor.terraform.function import Context, Function, Parameter
from auditor.terraform.functions import holes
from auditor.terraform.functions.arguments import elem_of, refuse
from auditor.terraform.types import DYNAMIC, EMPTY_OBJECT, STRING, List, Map, Object, Tuple, Type

# -- keys and values -------------------------------------------------------------------------


def _keys_type(args: Sequence[Value]) -> Type:
    type_ = args[0].ty
    if isinstance(type_, Map):
        return List(STRING)
    if isinstance(type_, Object):
        return Tuple([STRING] * len(type_.attrs))
    refuse("must have map or object type", 0)


def _keys(args: list[Value], _context: Context) -> Value:
    value = args[0]
    if isinstance(value.ty, Object):
        return cty.mark(cty.tuple_(map(cty.string, value.ty.attrs)), value.marks)
    if holes.is_hole(value):
        items = tuple(map(cty.string, holes.certain_entries(value)))
        return cty.unknown(List(STRING), value, items=items or None)
    return cty.mark(cty.list_(map(cty.string, value.v), STRING), value.marks)


def _keys_partial(args: list[Value]) -> Mapping[str, Any]:
    items = tuple(map(cty.string, holes.certain_entries(args[0])))
    return {"items": items} if items else {}


def _values_type(args: Sequence[Value]) -> Type:
    type_ = args[0].ty
    if isinstance(type_, Map):
        return List(type_.elem)
    if isinstance(type_, Object):
        return Tuple(type_.attrs.values())
    refuse("values() requires a map as the first argument")


def _values(args: list[Value], _context: Context) -> Value:
    value = args[0]
    items = list(value.v.values())
    if isinstance(value.ty, Object):
        return cty.mark(cty.tuple_(items), value.marks)
    return cty.mark(cty.list_(items, elem_of(value.ty)), value.marks)


def _values_partial(args: list[Value]) -> Mapping[str, Any]:
    items = tuple(holes.certain_entries(args[0]).values())
    return {"items": items} if items else {}


# -- lookup ----------------------------------------------------------------------------------


def _lookup_type(args: Sequence[Value]) -> Type:
    if len(args) > 3:
        refuse(f"lookup() takes two or three arguments, got {len(args)}")
    type_ = args[0].ty
    if isinstance(type_, Map):
        if len(args) == 3:
            _default(args[2], type_.elem)
        return type_.elem
    if not isinstance(type_, Object):
        refuse("lookup() requires a map as the first argument", 0)
    if holes.is_hole(args[1]):
        return DYNAMIC
    key = args[1].v
    if key in type_.attrs:
        return type_.attrs[key]
    if len(args) == 3:
        return args[2].ty
    refuse(f'the given object has no attribute "{key}"', 0)


def _default(value: Value, type_: Type) -> Value:
    try:
        return convert(value, type_)
    except ConversionError:
        refuse("the default value must have the same type as the map elements", 2)


def _lookup(args: list[Value], _context: Context) -> Value:
    map_, key = args[0], args[1]
    type_ = _lookup_type(args)
    if holes.is_hole(map_) or holes.is_hole(key):
        return cty.unknown(type_, map_, key, **_lookup_partial(args, type_))
    marks = map_.marks | key.marks
    found = map_.v.get(key.v)
    if found is not None:
        return cty.mark(found, marks)
    if len(args) < 3:
        shown = "(sensitive value)" if key.marks & cty.SENSITIVE else f'"{key.v}"'
        refuse(f"lookup failed to find key {shown}")
    return cty.mark(_default(args[2], type_), marks)


def _lookup_partial(args: list[Value], type_: Type) -> Mapping[str, Any]:
    """What a lookup may come to: a certain entry, or any entry or the default."""
    map_, key = args[0], args[1]
    entries = holes.certain_entries(map_)
    if not holes.is_hole(key):
        return holes.one_of([entries[key.v]]) if key.v in entries else {}
    if holes.is_hole(map_):
        return {}
    options = list(entries.values())
    return holes.one_of(options + [_default(one, type_) for one in args[2:]])


# -- merge -----------------------------------------------------------------------------------


def _merge_type(args: Sequence[Value]) -> Type:
    if not args:
        return EMPTY_OBJECT
    attrs: dict[str, Type] = {}
    is_complete = True
    for arg in args:
        type_ = arg.ty
        if type_ is DYNAMIC:
            return DYNAMIC
        if isinstance(type_, Object):
            if arg.v is not None:
                attrs |= type_.attrs
        elif not isinstance(type_, Map):
            refuse(f'arguments must be maps or objects, got "{type_.name()}"')
        elif holes.is_hole(arg):
            is_complete = False
        elif arg.v is not None:
            attrs |= dict.fromkeys(arg.v, type_.elem)
    if all(arg.ty is args[0].ty for arg in args):
        return args[0].ty
    return Object(attrs) if is_complete else DYNAMIC


def _merge(args: list[Value], context: Context) -> Value:
    marks = 0
    entries: dict[str, Value] = {}
    for arg in args:
        if arg.v is not None:
            if not isinstance(arg.ty, Map | Object):
                # The type function stops at an untyped null before it sees this one.
                refuse(f'arguments must be maps or objects, got "{arg.ty.name()}"')
            marks |= arg.marks
            entries |= arg.v
    context.budget.spend(len(entries))
    type_ = _merge_type(args)
    if isinstance(type_, Map):
        return cty.mark(cty.map_(entries, type_.elem), marks)
    return cty.mark(cty.object_(entries), marks)


def _merge_partial(args: list[Value]) -> Mapping[str, Any]:
    """Entries that no later argument can replace, and those that it can as a choice of both."""
    entries: dict[str, Value] = {}
    for arg in args:
        if holes.is_hole(arg):
            gap = holes.blurred(arg)
            entries = {key: _perhaps(value, gap) for key, value in entries.items()}
        entries |= holes.certain_entries(arg)
    return {"entries": entries} if entries else {}


def _perhaps(value: Value, other: Value) -> Value:
    """A value in whose place another may stand."""
    unsure = cty.Value(value.ty, other.v)
    return cty.unknown(value.ty, value, unsure, **holes.one_of([value, unsure]))


# -- building --------------------------------------------------------------------------------


def _transpose(args: list[Value], context: Context) -> Value:
    map_ = args[0]
    type_ = Map(List(STRING))
    if cty.has_unknown(map_):
        return cty.unknown(type_, map_)
    found: dict[str, list[str]] = {}
    for key, items in map_.v.items():
        if items.v is None:
            refuse("input must not contain null list")
        context.budget.spend(len(items.v))
        for item in items.v:
            if item.v is None:
                refuse("input list must not contain null string")
            found.setdefault(item.v, []).append(key)
    lists = {key: cty.list_(map(cty.string, sorted(keys))) for key, keys in found.items()}
    return cty.map_(lists, List(STRING))


def _zipmap_type(args: Sequence[Value]) -> Type:
    keys, values = args
    if isinstance(values.ty, List):
        return Map(values.ty.elem)
    if not isinstance(values.ty, Tuple):
        refuse("values argument must be a list or tuple value")
    if cty.has_unknown(keys):
        return DYNAMIC
    _same_length(len(keys.v), len(values.ty.elems))
    attrs = {}
    for place, (key, type_) in enumerate(zip(keys.v, values.ty.elems, strict=True)):
        if key.v is None:
            refuse(f"keys list has null value at index {place}")
        attrs[key.v] = type_
    return Object(attrs)


def _same_length(keys: int, values: int) -> None:
    if keys != values:
        refuse(f"number of keys ({keys}) does not match number of values ({values})")


def _zipmap(args: list[Value], context: Context) -> Value:
    keys, values = args
    marks = keys.marks | values.marks
    type_ = _zipmap_type(args)
    if cty.has_unknown(keys):
        entries = _known_keys(keys, values)
        return cty.unknown(type_, keys, values, entries=entries or None)
    _same_length(len(keys.v), len(values.v))
    context.budget.spend(len(keys.v))
    entries = {}
    for place, (key, value) in enumerate(zip(keys.v, values.v, strict=True)):
        if key.v is None:
            refuse(f"keys list has null value at index {place}")
        entries[key.v] = value
        marks |= key.marks
    if isinstance(type_, Map):
        return cty.mark(cty.map_(entries, type_.elem), marks)
    return cty.mark(cty.object_(entries), marks)


def _known_keys(keys: Value, values: Value) -> dict[str, Value]:
    """The entries whose keys are known, where no later unknown key may be the same."""
    entries: dict[str, Value] = {}
    for key, value in zip(keys.v, values.v, strict=False):
        if holes.is_hole(key):
            entries = {name: _perhaps(each, key) for name, each in entries.items()}
        elif key.v is not None:
            entries[key.v] = value
    return entries


FUNCTIONS: Final = {
    function.name: function
    for function in (
        Function(
            "keys",
            (Parameter("inputMap", DYNAMIC, allow_unknown=True, allow_marked=True),),
            _keys_type,
            _keys,
            partial=_keys_partial,
        ),
        Function(
            "values",
            (Parameter("mapping", DYNAMIC, allow_marked=True),),
            _values_type,
            _values,
            partial=_values_partial,
        ),
        Function(
            "lookup",
            (
                Parameter("inputMap", DYNAMIC, allow_unknown=True, allow_marked=True),
                Parameter("key", STRING, allow_unknown=True, allow_marked=True),
            ),
            _lookup_type,
            _lookup,
            variadic=Parameter(
                "default",
                DYNAMIC,
                allow_null=True,
                allow_unknown=True,
                allow_marked=True,
                allow_dynamic=True,
            ),
            not_null=False,
            partial=lambda args: _lookup_partial(args, DYNAMIC),
        ),
        Function(
            "merge",
            (),
            _merge_type,
            _merge,
            variadic=Parameter(
                "maps", DYNAMIC, allow_null=True, allow_marked=True, allow_dynamic=True
            ),
            partial=_merge_partial,
        ),
        Function(
            "transpose", (Parameter("values", Map(List(STRING))),), Map(List(STRING)), _transpose
        ),
        Function(
            "zipmap",
            (
                Parameter("keys", List(STRING), allow_marked=True),
                Parameter("values", DYNAMIC, allow_marked=True),
            ),
            _zipmap_type,
            _zipmap,
        ),
    )
}
