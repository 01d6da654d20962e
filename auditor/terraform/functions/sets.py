"""Set functions.

Source: go-cty 1.16 `function/stdlib/set.go` and `collection.go` (`setproduct`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any, Final

from auditor.terraform import cty
from auditor.terraform.convert import ConversionError, convert
from auditor.terraform.cty import UnknownVal, Value
from auditor.terraform.function import Context, Function, Parameter
from auditor.terraform.functions import holes
from auditor.terraform.functions.arguments import refuse
from auditor.terraform.types import DYNAMIC, Collection, List, Set, Tuple, Type
from auditor.terraform.unify import unify

_MOST_ROWS: Final = 1000
"""Of more combinations none is kept."""

Combine = Callable[[dict[Any, Value], dict[Any, Value]], dict[Any, Value]]


def _type(args: Sequence[Value]) -> Type:
    elems = []
    for arg in args:
        elem = _elem(arg)
        if elem is DYNAMIC and not holes.is_hole(arg) and not arg.v:
            continue
        elems.append(elem)
    if not elems:
        return Set(DYNAMIC)
    common = unify(tuple(elems))
    if common is None:
        refuse("given sets must all have compatible element types")
    return Set(common)


def _elem(value: Value) -> Type:
    assert isinstance(value.ty, Set)
    return value.ty.elem


def _converted(args: list[Value], type_: Type) -> list[Value]:
    found = []
    for place, arg in enumerate(args):
        try:
            found.append(convert(arg, type_))
        except ConversionError as wrong:
            refuse(str(wrong), place)
    return found


def _operation(name: str, combine: Combine, *, unknowns: bool = False) -> Function:
    def run(args: list[Value], context: Context) -> Value:
        type_ = _type(args)
        assert isinstance(type_, Set)
        sets = _converted(args, type_)
        context.budget.spend(sum(cty.size(one) for one in sets))
        if not unknowns and any(cty.has_unknown(one) for one in sets):
            return cty.unknown(type_, *sets)
        found = _by_identity(sets[0])
        for one in sets[1:]:
            found = combine(found, _by_identity(one))
        return cty.set_(found.values(), type_.elem)

    second = Parameter("b" if name == "setsubtract" else "other_sets", Set(DYNAMIC))
    first = Parameter("a" if name == "setsubtract" else "first_set", Set(DYNAMIC))
    if name == "setsubtract":
        return Function(name, (first, second), _type, run)
    partial = _union_partial if unknowns else None
    return Function(name, (first,), _type, run, variadic=second, partial=partial)


def _by_identity(value: Value) -> dict[Any, Value]:
    return {object() if cty.has_unknown(item) else cty.identity(item): item for item in value.v}


def _union_partial(args: list[Value]) -> Mapping[str, Any]:
    elem = _type(args)
    assert isinstance(elem, Set)
    items = [item for arg in args for item in holes.certain_items(arg)]
    try:
        same = tuple(convert(item, elem.elem) for item in items)
    except ConversionError:
        return {}
    return {"items": same} if same else {}


# -- product ---------------------------------------------------------------------------------


def _product_type(args: Sequence[Value]) -> Type:
    if len(args) < 2:
        refuse("at least two arguments are required")
    elems: list[Type] = []
    for place, arg in enumerate(args):
        type_ = arg.ty
        if isinstance(type_, Set | List):
            elems.append(type_.elem)
        elif isinstance(type_, Tuple):
            common = unify(type_.elems) if type_.elems else DYNAMIC
            if common is None:
                refuse("all elements must be of the same type", place)
            elems.append(common)
        else:
            refuse("a set or a list is required", place)
    ordered = all(not isinstance(arg.ty, Set) for arg in args)
    return List(Tuple(elems)) if ordered else Set(Tuple(elems))


def _product(args: list[Value], context: Context) -> Value:
    type_ = _product_type(args)
    assert isinstance(type_, Collection)
    assert isinstance(type_.elem, Tuple)
    marks = 0
    for arg in args:
        marks |= arg.marks
    if any(holes.is_hole(arg) or holes.is_hole(cty.length(arg)) for arg in args):
        return _unknown_product(args, type_, marks)
    total = 1
    for arg in args:
        total *= len(arg.v)
    context.budget.spend(total * len(args))
    rows = [
        [_as(item, elem) for item in arg.v]
        for arg, elem in zip(args, type_.elem.elems, strict=True)
    ]
    made = [cty.tuple_(row) for row in product(*rows)]
    if len({row.ty for row in made}) > 1:
        # A null of no type among values of several types: Terraform crashes inside here.
        refuse("all elements must be of the same type")
    build = cty.list_ if isinstance(type_, List) else cty.set_
    return cty.mark(build(made, type_.elem), marks)


def _as(item: Value, type_: Type) -> Value:
    try:
        return convert(item, type_)
    except ConversionError as wrong:
        refuse(str(wrong))


def _unknown_product(args: list[Value], type_: Collection, marks: int) -> Value:
    """Unknown, but not longer than the product of the longest that the arguments may be."""
    assert isinstance(type_.elem, Tuple)
    items = _certain_rows(args, type_.elem.elems)
    longest = 1
    for arg in args:
        most = _longest(arg)
        if most is None or most > 1024 or longest * most > 2048:
            return cty.unknown(type_, *args, marks=marks, items=items)
        longest *= most
    least = 1 if longest else 0
    return cty.unknown(
        type_, *args, marks=marks, not_null=True, min_length=least, max_length=longest, items=items
    )


def _product_partial(args: list[Value]) -> Mapping[str, Any]:
    rows = _certain_rows(args, (DYNAMIC,) * len(args))
    return {"items": rows} if rows else {}


def _certain_rows(args: list[Value], elems: Iterable[Type]) -> tuple[Value, ...] | None:
    """The combinations of the elements that the arguments certainly have."""
    certain = [holes.certain_items(arg) for arg in args]
    if not 0 < prod(map(len, certain)) <= _MOST_ROWS:
        return None
    try:
        rows = [
            [convert(item, elem) for item in items]
            for items, elem in zip(certain, elems, strict=True)
        ]
    except ConversionError:
        return None
    return tuple(cty.tuple_(row) for row in product(*rows))


def _longest(value: Value) -> int | None:
    if isinstance(value.ty, Tuple):
        return len(value.ty.elems)
    v = value.v
    if v.__class__ is UnknownVal:
        return v.max_length
    # Of a set with unknown elements cty only says that its length is unknown.
    return None if holes.is_hole(cty.length(value)) else len(v)


FUNCTIONS: Final = {
    function.name: function
    for function in (
        _operation(
            "setunion", lambda a, b: a | {k: v for k, v in b.items() if k not in a}, unknowns=True
        ),
        _operation("setintersection", lambda a, b: {k: v for k, v in a.items() if k in b}),
        _operation("setsubtract", lambda a, b: {k: v for k, v in a.items() if k not in b}),
        Function(
            "setproduct",
            (),
            _product_type,
            _product,
            variadic=Parameter("sets", DYNAMIC, allow_unknown=True, allow_marked=True),
            partial=_product_partial,
        ),
    )
}
