"""The one type that values of several types can all become.

Source: go-cty 1.16 `cty/convert` (`unify.go`, `compare_types.go`, `sort_types.go`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from auditor.terraform.types import (
    DYNAMIC,
    STRING,
    Collection,
    List,
    Map,
    Object,
    Primitive,
    Set,
    Tuple,
    Type,
)


def unify(types: Iterable[Type], *, unsafe: bool = True) -> Type | None:
    """The type that all of these convert to; None where there is none, or no types are given.

    `DYNAMIC` among structures makes the result `DYNAMIC`: the path cannot be foreseen. Such a
    result turns values into unknowns, see `turns_unknown`.
    """
    return _unify(tuple(dict.fromkeys(types)), unsafe)


def turns_unknown(types: Sequence[Type], unified: Type) -> bool:
    """Whether values of these types become unknown when brought to the unified type.

    So it is in cty when structures meet a value of no type yet.
    """
    if unified is not DYNAMIC or DYNAMIC not in types:
        return False
    others = [type_ for type_ in types if type_ is not DYNAMIC]
    return bool(others) and not any(isinstance(type_, Primitive) for type_ in others)


@lru_cache(maxsize=4096)
def _unify(types: tuple[Type, ...], unsafe: bool) -> Type | None:
    if len(types) <= 1:
        return types[0] if types else None
    kinds = {type(type_) for type_ in types if type_ is not DYNAMIC}
    has_dynamic = DYNAMIC in types
    if kinds == {Map} or kinds == {List} or kinds == {Set}:
        return DYNAMIC if has_dynamic else _collections(types, unsafe)
    if kinds == {Map, Object}:
        common = _as_collections(types, Object, unsafe)
        if isinstance(common, Map):
            return common
    elif kinds == {List, Tuple}:
        common = _as_collections(types, Tuple, unsafe)
        if isinstance(common, List):
            return common
    elif kinds == {Object}:
        return DYNAMIC if has_dynamic else _objects(types, unsafe)
    elif kinds == {Tuple}:
        return DYNAMIC if has_dynamic else _tuples(types, unsafe)
    elif Object in kinds and Tuple in kinds:
        return None
    return _preferred(types, unsafe)


def _possible(types: Iterable[Type], wanted: Type, unsafe: bool) -> bool:
    from auditor.terraform.convert import conversion

    return all(
        type_ is wanted or conversion(type_, wanted, unsafe=unsafe) is not None for type_ in types
    )


def _collections(types: tuple[Type, ...], unsafe: bool) -> Type | None:
    elem = unify([_elem(type_) for type_ in types], unsafe=unsafe)
    if elem is None:
        return None
    first = types[0]
    assert isinstance(first, Collection)
    return type(first)(elem)


def _elem(type_: Type) -> Type:
    assert isinstance(type_, Collection)
    return type_.elem


def _as_collections(types: tuple[Type, ...], kind: type[Type], unsafe: bool) -> Type | None:
    """Objects taken for maps, or tuples for lists, and the result unified with the rest."""
    structures = tuple(type_ for type_ in types if isinstance(type_, kind))
    make = _objects_to_map if kind is Object else _tuples_to_list
    common = make(structures, unsafe)
    if common is None:
        return None
    return unify([common if isinstance(t, kind) else t for t in types], unsafe=unsafe)


def _objects(types: tuple[Type, ...], unsafe: bool) -> Type | None:
    objects = [type_ for type_ in types if isinstance(type_, Object)]
    names = objects[0].attrs.keys()
    if any(type_.attrs.keys() != names for type_ in objects):
        return _objects_to_map(types, unsafe)
    attrs: dict[str, Type] = {}
    for name in names:
        common = unify([type_.attrs[name] for type_ in objects], unsafe=unsafe)
        if common is None:
            return None
        attrs[name] = common
    wanted = Object(attrs)
    return wanted if _possible(types, wanted, unsafe) else _objects_to_map(types, unsafe)


def _objects_to_map(types: tuple[Type, ...], unsafe: bool) -> Type | None:
    elem = unify(
        [attr for type_ in types if isinstance(type_, Object) for attr in type_.attrs.values()],
        unsafe=unsafe,
    )
    if elem is None:
        return None
    wanted = Map(elem)
    return wanted if _possible(types, wanted, unsafe) else None


def _tuples(types: tuple[Type, ...], unsafe: bool) -> Type | None:
    tuples = [type_ for type_ in types if isinstance(type_, Tuple)]
    length = len(tuples[0].elems)
    if any(len(type_.elems) != length for type_ in tuples):
        return _tuples_to_list(types, unsafe)
    elems: list[Type] = []
    for index in range(length):
        common = unify([type_.elems[index] for type_ in tuples], unsafe=unsafe)
        if common is None:
            return None
        elems.append(common)
    wanted = Tuple(elems)
    return wanted if _possible(types, wanted, unsafe) else _tuples_to_list(types, unsafe)


def _tuples_to_list(types: tuple[Type, ...], unsafe: bool) -> Type | None:
    elem = unify(
        [elem for type_ in types if isinstance(type_, Tuple) for elem in type_.elems],
        unsafe=unsafe,
    )
    if elem is None:
        return None
    wanted = List(elem)
    return wanted if _possible(types, wanted, unsafe) else None


def _preferred(types: tuple[Type, ...], unsafe: bool) -> Type | None:
    """The most general of the given types that all others convert to."""
    for index in _general_first(types):
        if _possible(types, types[index], unsafe):
            return types[index]
    return None


def _general_first(types: tuple[Type, ...]) -> list[int]:
    count = len(types)
    narrower: list[list[int]] = [[] for _ in range(count)]
    wider = [0] * count
    for i in range(count - 1):
        for j in range(i + 1, count):
            order = compare(types[i], types[j])
            if order < 0:
                narrower[i].append(j)
                wider[j] += 1
            elif order > 0:
                narrower[j].append(i)
                wider[i] += 1
    queue = [index for index in range(count) if not wider[index]]
    for index in queue:
        for other in narrower[index]:
            wider[other] -= 1
            if not wider[other]:
                queue.append(other)
    return queue


def compare(a: Type, b: Type) -> int:
    """Below zero where a is the more general type, above zero where b is, else zero."""
    if a is DYNAMIC or b is DYNAMIC:
        return (a is DYNAMIC) - (b is DYNAMIC)
    if isinstance(a, Primitive) and isinstance(b, Primitive):
        return (b is STRING) - (a is STRING)
    if isinstance(a, Collection) and type(a) is type(b):
        assert isinstance(b, Collection)
        return compare(a.elem, b.elem)
    match a, b:
        case ((Tuple() | List()), Set()) | (List(), Tuple()) | (Map(), Object()):
            return -1
        case (Set(), (Tuple() | List())) | (Tuple(), List()) | (Object(), Map()):
            return 1
        case Object(attrs=left), Object(attrs=right) if left.keys() == right.keys():
            return _together([compare(left[name], right[name]) for name in left])
        case Tuple(elems=left_all), Tuple(elems=right_all) if len(left_all) == len(right_all):
            return _together(list(map(compare, left_all, right_all)))
    return 0


def _together(orders: list[int]) -> int:
    left, right = any(order < 0 for order in orders), any(order > 0 for order in orders)
    return right - left
