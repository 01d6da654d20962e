"""Conversion between types, and the one type that several can become.

A conversion is found once for a pair of types and kept; it then runs on values. "Safe" ones always
succeed (number to string), others may fail on a value (string to number).

Source: go-cty 1.16 `cty/convert` (`conversion*.go`, `mismatch_msg.go`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from auditor.terraform import cty, number
from auditor.terraform.cty import UnknownVal, Value
from auditor.terraform.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    Collection,
    List,
    Map,
    Object,
    Primitive,
    Set,
    Tuple,
    Type,
    without_optional,
)
from auditor.terraform.unify import unify

Conversion = Callable[[Value], Value]


class ConversionError(Exception):
    """A value cannot become the type: says what is required, as Terraform does."""


def convert(value: Value, wanted: Type) -> Value:
    """The value as the wanted type; raises `ConversionError`.

    Null and unknown values become null and unknown of that type. `DYNAMIC` in `wanted` takes
    whatever is there. Optional attributes that are absent become null (see `apply_defaults`).
    """
    given = value.ty
    if given is wanted or wanted is DYNAMIC:
        return value
    if given is without_optional(wanted):
        return value
    run = conversion(given, wanted)
    if run is None:
        raise ConversionError(mismatch(given, wanted))
    return run(value)


@lru_cache(maxsize=8192)
def conversion(given: Type, wanted: Type, *, unsafe: bool = True) -> Conversion | None:
    """How values of one type become another; None where they cannot."""
    inner = _inner(given, wanted, unsafe)
    if inner is None:
        return None
    if wanted is DYNAMIC:
        return _as_it_is
    empty_type = _replaced(given, without_optional(wanted))

    def run(value: Value) -> Value:
        v = value.v
        if v.__class__ is UnknownVal:
            return _unknown_as(value, empty_type, wanted)
        if v is None:
            return Value(empty_type, None, value.marks)
        result = inner(Value(value.ty, v) if value.marks else value)
        return cty.mark(result, value.marks)

    return run


def _as_it_is(value: Value) -> Value:
    return value


def _inner(given: Type, wanted: Type, unsafe: bool) -> Conversion | None:
    """The conversion of known values that are not null."""
    if wanted is DYNAMIC:
        return _as_it_is
    if given is DYNAMIC:
        return (lambda value: convert(value, wanted)) if unsafe else None
    match given, wanted:
        case Primitive(), Primitive():
            return _primitive(given, wanted, unsafe)
        case Object(), Object():
            return _object_to_object(given, wanted, unsafe)
        case Tuple(), Tuple():
            return _tuple_to_tuple(given, wanted, unsafe)
        case ((List() | Set()), (List() | Set())):
            if isinstance(wanted, Set) and isinstance(given, List) and not unsafe:
                return None
            return _collection_to_sequence(given, wanted, unsafe)
        case Map(), Map():
            return _map_to_map(given, wanted, unsafe)
        case Tuple(), (List() | Set()):
            return _tuple_to_sequence(given, wanted, unsafe)
        case Object(), Map():
            return _object_to_map(given, wanted, unsafe)
        case Map(), Object():
            return _map_to_object(given, wanted) if unsafe else None
    return None


# -- primitives ------------------------------------------------------------------------------


def _primitive(given: Primitive, wanted: Primitive, unsafe: bool) -> Conversion | None:
    if given is NUMBER and wanted is STRING:
        return _number_to_string
    if given is BOOL and wanted is STRING:
        return _bool_to_string
    if given is STRING and unsafe:
        return _string_to_number if wanted is NUMBER else _string_to_bool
    return None


def _number_to_string(value: Value) -> Value:
    if number.is_infinite(value.v):
        return Value(STRING, "+Inf" if number.compare(value.v, 0) > 0 else "-Inf")
    try:
        return Value(STRING, number.text(value.v))
    except number.NumberError as wrong:
        raise ConversionError(str(wrong)) from wrong


def _bool_to_string(value: Value) -> Value:
    return Value(STRING, "true" if value.v else "false")


def _string_to_number(value: Value) -> Value:
    try:
        return Value(NUMBER, number.parse(value.v))
    except number.NumberError as wrong:
        raise ConversionError("a number is required") from wrong


def _string_to_bool(value: Value) -> Value:
    text = value.v
    if text in ("true", "1"):
        return cty.TRUE
    if text in ("false", "0"):
        return cty.FALSE
    lower = text.lower()
    if lower in ("true", "false"):
        raise ConversionError(
            f'a bool is required; to convert from string, use lowercase "{lower}"'
        )
    raise ConversionError("a bool is required")


# -- structures ------------------------------------------------------------------------------


def _steps(
    given: Iterable[Type], wanted: Iterable[Type], unsafe: bool
) -> list[Conversion | None] | None:
    """A conversion for each pair (None inside the list: nothing to do); None if one has none."""
    steps: list[Conversion | None] = []
    for have, want in zip(given, wanted, strict=True):
        if have is want:
            steps.append(None)
            continue
        step = conversion(have, want, unsafe=unsafe)
        if step is None:
            return None
        steps.append(step)
    return steps


def _object_to_object(given: Object, wanted: Object, unsafe: bool) -> Conversion | None:
    names = [name for name in wanted.attrs if name in given.attrs]
    if any(name not in given.attrs and name not in wanted.optional for name in wanted.attrs):
        return None
    steps = _steps(
        [given.attrs[name] for name in names], [wanted.attrs[name] for name in names], unsafe
    )
    if steps is None:
        return None
    plan = [
        (name, step, without_optional(wanted.attrs[name]))
        for name, step in zip(names, steps, strict=True)
    ]
    absent = {
        name: Value(without_optional(wanted.attrs[name]), None)
        for name in wanted.attrs
        if name not in given.attrs
    }

    def run(value: Value) -> Value:
        attrs = dict(absent)
        for name, step, null_type in plan:
            attr = value.v[name]
            if step is not None:
                attr = step(attr)
            if attr.v is None and null_type is not DYNAMIC and attr.ty is not null_type:
                attr = Value(null_type, None, attr.marks)
            attrs[name] = attr
        return cty.object_(attrs)

    return run


def _tuple_to_tuple(given: Tuple, wanted: Tuple, unsafe: bool) -> Conversion | None:
    if len(given.elems) != len(wanted.elems):
        return None
    steps = _steps(given.elems, wanted.elems, unsafe)
    if steps is None:
        return None
    return lambda value: cty.tuple_(
        element if step is None else step(element)
        for step, element in zip(steps, value.v, strict=True)
    )


def _collection_to_sequence(
    given: Collection, wanted: Collection, unsafe: bool
) -> Conversion | None:
    step: Conversion | None = None
    if given.elem is not wanted.elem:
        step = conversion(given.elem, wanted.elem, unsafe=unsafe)
        if step is None:
            return None
    empty = given.elem if wanted.elem is DYNAMIC else without_optional(wanted.elem)
    make = cty.set_ if isinstance(wanted, Set) else cty.list_
    from_set = isinstance(given, Set) and isinstance(wanted, List)

    def run(value: Value) -> Value:
        items = value.v
        if from_set and len(items) > 1 and cty.has_unknown(value):
            # How many elements will be left is open, so the list is unknown; ours says which are
            # there for certain.
            return cty.unknown(List(given.elem), value, items=_each(step, items))
        if step is not None:
            items = [step(item) for item in items]
        return make(_same_types(items, make), empty)

    return run


def _each(step: Conversion | None, items: Iterable[Value]) -> tuple[Value, ...]:
    return tuple(items) if step is None else tuple(step(item) for item in items)


def _same_types(items: list[Value], make: Callable[..., Value]) -> list[Value]:
    found: Type = DYNAMIC
    for item in items:
        if found is DYNAMIC:
            found = item.ty
        elif item.ty is not found and item.ty is not DYNAMIC:
            kind = "set" if make is cty.set_ else "list"
            raise ConversionError(f"element types must all match for conversion to {kind}")
    return items


def _tuple_to_sequence(given: Tuple, wanted: Collection, unsafe: bool) -> Conversion | None:
    to_set = isinstance(wanted, Set)
    make = cty.set_ if to_set else cty.list_
    if not given.elems:
        empty = make((), without_optional(wanted.elem))
        return lambda _value: empty
    elem = wanted.elem
    if elem is DYNAMIC:
        common = unify(given.elems, unsafe=unsafe)
        if common is None:
            return None
        if common is DYNAMIC and any(type_ is not DYNAMIC for type_ in given.elems):
            return None
        elem = common
    steps = _steps(given.elems, [elem] * len(given.elems), unsafe)
    if steps is None:
        return None

    def run(value: Value) -> Value:
        items = [
            item if step is None else step(item) for step, item in zip(steps, value.v, strict=True)
        ]
        if not to_set:
            items = _unified(items, unsafe)
        return make(_same_types(items, make), elem)

    return run


def _unified(items: list[Value], unsafe: bool) -> list[Value]:
    """Elements brought to one type, where `DYNAMIC` inside the wanted type left them apart."""
    types = {item.ty for item in items}
    if len(types) <= 1:
        return items
    common = unify(tuple(item.ty for item in items), unsafe=unsafe)
    if common is None:
        raise ConversionError("cannot find a common base type for all elements")
    return [item if item.ty is common else convert(item, common) for item in items]


def _map_to_map(given: Map, wanted: Map, unsafe: bool) -> Conversion | None:
    step = conversion(given.elem, wanted.elem, unsafe=unsafe)
    if given.elem is wanted.elem:
        step = _as_it_is
    if step is None:
        return None
    empty = given.elem if wanted.elem is DYNAMIC else without_optional(wanted.elem)

    def run(value: Value) -> Value:
        return _map_of({key: step(item) for key, item in value.v.items()}, wanted, empty, False)

    return run


def _map_of(entries: dict[str, Value], wanted: Map, empty: Type, unsafe: bool) -> Value:
    if isinstance(wanted.elem, Collection | Object):
        entries = dict(zip(entries, _unified(list(entries.values()), unsafe), strict=True))
    found: Type = DYNAMIC
    for item in entries.values():
        if found is DYNAMIC:
            found = item.ty
        elif item.ty is not found and item.ty is not DYNAMIC:
            raise ConversionError("element types must all match for conversion to map")
    return cty.map_(entries, empty)


def _object_to_map(given: Object, wanted: Map, unsafe: bool) -> Conversion | None:
    if not given.attrs:
        nothing = cty.map_({}, without_optional(wanted.elem))
        return lambda _value: nothing
    elem = wanted.elem
    if elem is DYNAMIC:
        common = unify(given.attrs.values(), unsafe=unsafe)
        if common is None:
            return None
        elem = common
    steps = _steps(given.attrs.values(), [elem] * len(given.attrs), unsafe)
    if steps is None:
        return None
    target = Map(elem)
    by_name = dict(zip(given.attrs, steps, strict=True))

    def run(value: Value) -> Value:
        entries = {}
        for name, attr in value.v.items():
            step = by_name[name]
            entries[name] = attr if step is None else step(attr)
        return _map_of(entries, target, elem, unsafe)

    return run


def _map_to_object(given: Map, wanted: Object) -> Conversion | None:
    steps: dict[str, Conversion | None] = {}
    for name, want in wanted.attrs.items():
        step = None if want is given.elem else conversion(given.elem, want)
        if step is None and want is not given.elem and name not in wanted.optional:
            return None
        steps[name] = step

    def run(value: Value) -> Value:
        attrs = {}
        for name, want in wanted.attrs.items():
            item = value.v.get(name)
            if item is None:
                if name not in wanted.optional:
                    raise ConversionError(f'map has no element for required attribute "{name}"')
                attrs[name] = Value(without_optional(want), None)
                continue
            step = steps[name]
            if step is not None:
                item = step(item)
            elif want is not given.elem:
                raise ConversionError(
                    f'map element type is incompatible with attribute "{name}": '
                    + mismatch(item.ty, want)
                )
            attrs[name] = item
        return cty.object_(attrs)

    return run


# -- unknown values --------------------------------------------------------------------------


def _unknown_as(value: Value, type_: Type, wanted: Type) -> Value:
    """An unknown value under another type: what is known of it stays true where it can."""
    v: UnknownVal = value.v
    given = value.ty
    low, high = _lengths(given, type_, v)
    changes: dict[str, Any] = {
        "prefix": "", "low": None, "high": None, "min_length": low, "max_length": high,
    }  # fmt: skip
    changes["parts"] = v.parts if type_ is STRING or type_ is DYNAMIC else None
    for name in ("items", "one_of"):
        known = getattr(v, name)
        if known is not None:
            target = wanted if name == "one_of" else getattr(wanted, "elem", DYNAMIC)
            changes[name] = _converted_all(known, target)
    if v.entries is not None:
        changes["entries"] = _converted_entries(v.entries, wanted)
    return cty.collapsed(type_, v.refined(**changes), value.marks)


def _lengths(given: Type, type_: Type, v: UnknownVal) -> tuple[int, int | None]:
    match given, type_:
        case Object(attrs=attrs), Map():
            return len(attrs), len(attrs)
        case Tuple(elems=elems), List():
            return len(elems), len(elems)
        case Tuple(elems=elems), Set():
            return min(1, len(elems)), len(elems)
        case Collection(), Set():
            return min(1, v.min_length), v.max_length
        case Collection(), Collection():
            return v.min_length, v.max_length
    return 0, None


def _converted_all(known: tuple[Value, ...], wanted: Type) -> tuple[Value, ...] | None:
    try:
        return tuple(convert(item, wanted) for item in known)
    except ConversionError:
        return None


def _converted_entries(entries: Any, wanted: Type) -> dict[str, Value] | None:
    try:
        if isinstance(wanted, Object):
            return {
                name: convert(item, wanted.attrs[name])
                for name, item in entries.items()
                if name in wanted.attrs
            }
        if isinstance(wanted, Map):
            return {name: convert(item, wanted.elem) for name, item in entries.items()}
    except ConversionError:
        return None
    return dict(entries) if wanted is DYNAMIC else None


def _replaced(given: Type, wanted: Type) -> Type:
    """`wanted` with each `DYNAMIC` replaced by what stands in its place in `given`."""
    if given is DYNAMIC or not wanted.has_dynamic:
        return wanted
    if wanted is DYNAMIC:
        return given
    match given, wanted:
        case (Map(), Map()) | ((List() | Set()), (List() | Set())):
            assert isinstance(given, Collection)
            assert isinstance(wanted, Collection)
            return type(wanted)(_replaced(given.elem, wanted.elem))
        case Object(), Map():
            common = unify(tuple(given.attrs.values())) or DYNAMIC
            return Map(_replaced(common, wanted.elem))
        case Tuple(), (List() | Set()):
            common = unify(given.elems) or DYNAMIC
            return type(wanted)(_replaced(common, wanted.elem))
        case Map(), Object():
            return Object({k: _replaced(given.elem, want) for k, want in wanted.attrs.items()})
        case Object(), Object():
            return Object(
                {k: _replaced(given.attrs.get(k, DYNAMIC), v) for k, v in wanted.attrs.items()}
            )
        case Tuple(), Tuple():
            return Tuple(map(_replaced, given.elems, wanted.elems))
    return wanted


# -- messages --------------------------------------------------------------------------------


def mismatch(given: Type, wanted: Type) -> str:
    """Why values of one type cannot become another, as Terraform says it."""
    match given, wanted:
        case Object(), Object():
            return _object_mismatch(given, wanted)
        case Tuple(), (List(elem=elem) | Set(elem=elem)) if elem is DYNAMIC:
            assert isinstance(wanted, Collection)
            return f"all {wanted.kind} elements must have the same type"
        case Object(), Map(elem=elem) if elem is DYNAMIC:
            return "all map elements must have the same type"
        case Tuple(elems=elems), (List() | Set()):
            return _element_mismatch(list(enumerate(elems)), wanted)
        case Object(attrs=attrs), Map():
            return _element_mismatch(
                [(f'"{name}"', type_) for name, type_ in attrs.items()], wanted
            )
        case ((List() | Set()), (List() | Set())) | (Map(), Map()):
            assert isinstance(given, Collection)
            assert isinstance(wanted, Collection)
            inner = mismatch(given.elem, wanted.elem)
            return f"incorrect {wanted.kind} element type: {inner}"
    return f"{wanted.name()} required"


def _element_mismatch(elements: list[tuple[Any, Type]], wanted: Collection) -> str:
    for key, type_ in elements:
        if type_ is not wanted.elem and conversion(type_, wanted.elem) is None:
            return f"element {key}: {mismatch(type_, wanted.elem)}"
    return f"all elements must be {wanted.elem.name()}"


def _object_mismatch(given: Object, wanted: Object) -> str:
    missing = [n for n in wanted.attrs if n not in given.attrs and n not in wanted.optional]
    if len(missing) == 1:
        return f'attribute "{missing[0]}" is required'
    if missing:
        names = [f'"{name}"' for name in missing]
        comma = "," if len(names) > 2 else ""
        return f"attributes {', '.join(names[:-1])}{comma} and {names[-1]} are required"
    for name, want in wanted.attrs.items():
        have = given.attrs.get(name)
        if have is not None and have is not want and conversion(have, want) is None:
            return f'attribute "{name}": {mismatch(have, want)}'
    return "incorrect object attributes"
