"""Questions about collections, and choices from them.

Source: go-cty 1.16 `function/stdlib/collection.go` and `sequence.go`, Terraform 1.11
`lang/funcs/collection.go`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NoReturn

from auditor.terraform import cty
from auditor.terraform.convert import ConversionError, convert
from auditor.terraform.cty import Value
from auditor.terraform.function import Context, Function, Parameter
from auditor.terraform.functions import graphemes, holes
from auditor.terraform.functions.arguments import elem_of, is_sequence, refuse, whole
from auditor.terraform.operations import equals
from auditor.terraform.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    Collection,
    List,
    Object,
    Set,
    Tuple,
    Type,
)
from auditor.terraform.unify import unify

_ANY: Final = Parameter("list", DYNAMIC)
_MARKED: Final = Parameter("list", DYNAMIC, allow_marked=True)


# -- length ----------------------------------------------------------------------------------


def _length_type(args: Sequence[Value]) -> Type:
    type_ = args[0].ty
    if type_ is DYNAMIC or type_ is STRING or isinstance(type_, Collection | Tuple | Object):
        return NUMBER
    refuse("argument must be a string, a collection type, or a structural type")


def _length(args: list[Value], _context: Context) -> Value:
    value = args[0]
    if value.ty is DYNAMIC:
        return cty.unknown(NUMBER, value)
    if value.ty is not STRING:
        return cty.length(value)
    if holes.is_hole(value):
        return cty.unknown(NUMBER, value, low=graphemes.count(value.v.prefix), not_null=True)
    return cty.mark(cty.count(graphemes.count(value.v)), value.marks)


# -- all and any -----------------------------------------------------------------------------


def _all_true(args: list[Value], _context: Context) -> Value:
    for item in args[0].v:
        if holes.is_hole(item):
            return cty.unknown(BOOL, item, **_certainly(False, args[0].v))
        if not item.v:
            return cty.FALSE
    return cty.TRUE


def _any_true(args: list[Value], _context: Context) -> Value:
    unsure = [item for item in args[0].v if holes.is_hole(item)]
    if any(item.v is True for item in args[0].v):
        return cty.TRUE
    return cty.unknown(BOOL, *unsure) if unsure else cty.FALSE


def _certainly(answer: bool, items: Iterable[Value]) -> Mapping[str, Any]:
    """The answer that a known element decides, where Terraform gave up before it came to it."""
    wanted = (None, False) if answer is False else (True,)
    return {"one_of": (cty.boolean(answer),)} if any(i.v in wanted for i in items) else {}


# -- choosing --------------------------------------------------------------------------------


def _coalesce_type(args: Sequence[Value]) -> Type:
    found = unify(tuple(arg.ty for arg in args))
    if found is None:
        refuse("all arguments must have the same type")
    return found


def _coalesce(args: list[Value], _context: Context) -> Value:
    type_ = _coalesce_type(args)
    for place, arg in enumerate(args):
        value = _as(arg, type_)
        if holes.is_hole(value):
            return cty.unknown(type_, value, **_choices(args[place:], type_))
        if value.v is not None and value.v != "":
            return value
    refuse("no non-null, non-empty-string arguments")


def _as(value: Value, type_: Type) -> Value:
    try:
        return convert(value, type_)
    except ConversionError as wrong:
        refuse(str(wrong))


def _choices(args: Sequence[Value], type_: Type) -> Mapping[str, Any]:
    """What `coalesce` may come to while its first argument is unknown."""
    options: list[Value] = []
    for arg in args:
        value = _as(arg, type_)
        if value.v is None or value.v == "":
            continue
        options.append(value)
        if not holes.is_hole(value) or (cty.certainly_not_null(value) and holes.start(value)):
            break
    return holes.one_of(options)


def _coalescelist_type(args: Sequence[Value]) -> Type:
    if not args:
        refuse("at least one argument is required")
    for arg in args:
        if holes.is_hole(arg):
            return DYNAMIC
        if not isinstance(arg.ty, List | Tuple):
            refuse("coalescelist arguments must be lists or tuples")
    return args[0].ty if all(arg.ty is args[0].ty for arg in args) else DYNAMIC


def _coalescelist(args: list[Value], _context: Context) -> Value:
    type_ = _coalescelist_type(args)
    for place, arg in enumerate(args):
        if holes.is_hole(arg):
            rest = args[place:]
            last = next((i for i, a in enumerate(rest) if not holes.is_hole(a) and a.v), len(rest))
            options = [a for a in rest[: last + 1] if holes.is_hole(a) or a.v]
            return cty.unknown(type_, arg, **holes.one_of(options))
        if arg.v:
            return arg
    refuse("no non-null arguments")


def _element_type(args: Sequence[Value]) -> Type:
    list_, index = args
    if isinstance(list_.ty, List):
        return list_.ty.elem
    if isinstance(list_.ty, Tuple):
        if holes.is_hole(index):
            return DYNAMIC
        return list_.ty.elems[_wrapped(index, len(list_.ty.elems), tuple_=True)]
    refuse(f"cannot read elements from {list_.ty.name()}")


def _wrapped(index: Value, length: int, *, tuple_: bool) -> int:
    place = whole(index, what="invalid index: ")
    if not length:
        refuse("cannot use element function with an empty list")
    if tuple_ and place < 0 and place % length:
        # Terraform 1.11 crashes inside here and takes that for an error.
        refuse("index out of range")
    return place % length


def _element(args: list[Value], _context: Context) -> Value:
    list_, index = args
    place = _wrapped(index, len(list_.v), tuple_=False)
    item: Value = list_.v[place]
    return cty.mark(item, list_.marks)


def _element_partial(args: list[Value]) -> Mapping[str, Any]:
    list_, index = args
    if holes.is_hole(list_):
        return {}
    return holes.one_of(list_.v) if holes.is_hole(index) else {}


def _one_type(args: Sequence[Value]) -> Type:
    type_ = args[0].ty
    if isinstance(type_, List | Set):
        return type_.elem
    if isinstance(type_, Tuple) and len(type_.elems) < 2:
        return type_.elems[0] if type_.elems else DYNAMIC
    _refuse_several()


def _refuse_several() -> NoReturn:
    refuse("must be a list, set, or tuple value with either zero or one elements", 0)


def _one(args: list[Value], _context: Context) -> Value:
    value = args[0]
    type_ = _one_type(args)
    if not value.v:
        return cty.null(type_)
    if holes.is_hole(cty.length(value)):
        return cty.unknown(type_, value, **holes.one_of(value.v))
    if len(value.v) > 1:
        _refuse_several()
    item: Value = value.v[0]
    return item


def _one_partial(args: list[Value]) -> Mapping[str, Any]:
    items = holes.certain_items(args[0])
    return holes.one_of(items) if len(items) == 1 else {}


# -- searching -------------------------------------------------------------------------------


def _contains(args: list[Value], context: Context) -> Value:
    list_, wanted = args
    if not is_sequence(list_.ty):
        refuse("argument must be list, tuple, or set")
    context.budget.spend(len(list_.v))
    unsure = []
    for item in list_.v:
        answer = equals(wanted, item)
        if holes.is_hole(answer):
            unsure.append(item)
        elif answer.v:
            return cty.TRUE
    return cty.unknown(BOOL, *unsure) if unsure else cty.FALSE


def _contains_partial(args: list[Value]) -> Mapping[str, Any]:
    items = holes.certain_items(args[0])
    if not holes.is_hole(args[1]) and any(equals(args[1], item).v is True for item in items):
        return {"one_of": (cty.TRUE,)}
    return {}


def _index(args: list[Value], context: Context) -> Value:
    list_, wanted = args
    if not isinstance(list_.ty, List | Tuple):
        refuse("argument must be a list or tuple")
    if not list_.v:
        refuse("cannot search an empty list")
    context.budget.spend(len(list_.v))
    for place, item in enumerate(list_.v):
        answer = equals(item, wanted)
        if holes.is_hole(answer):
            return cty.unknown(NUMBER, item, wanted)
        if answer.v:
            return cty.count(place)
    refuse("item not found")


def _matchkeys_type(args: Sequence[Value]) -> Type:
    if unify((args[1].ty, args[2].ty)) is None:
        refuse("keys and searchset must be of the same type")
    return args[0].ty


def _matchkeys(args: list[Value], context: Context) -> Value:
    values, keys, wanted = args
    elem = elem_of(values.ty)
    if len(values.v) != len(keys.v):
        refuse("length of keys and values should be equal")
    common = unify((keys.ty, wanted.ty)) or DYNAMIC
    keys, wanted = _as(keys, common), _as(wanted, common)
    if not wanted.v:
        return cty.list_((), elem)
    if cty.has_unknown(values) or cty.has_unknown(keys):
        return cty.unknown(values.ty, *args)
    context.budget.spend(len(keys.v) * len(wanted.v))
    found = []
    for value, key in zip(values.v, keys.v, strict=True):
        for candidate in wanted.v:
            answer = equals(key, candidate)
            if holes.is_hole(answer):
                return cty.list_((), elem)
            if answer.v:
                found.append(value)
                break
    return cty.list_(found, elem)


FUNCTIONS: Final = {
    function.name: function
    for function in (
        Function(
            "length",
            (
                Parameter(
                    "value", DYNAMIC, allow_unknown=True, allow_marked=True, allow_dynamic=True
                ),
            ),
            _length_type,
            _length,
        ),
        Function("alltrue", (Parameter("list", List(BOOL)),), BOOL, _all_true),
        Function("anytrue", (Parameter("list", List(BOOL)),), BOOL, _any_true),
        Function(
            "coalesce",
            (),
            _coalesce_type,
            _coalesce,
            variadic=Parameter(
                "vals", DYNAMIC, allow_null=True, allow_unknown=True, allow_dynamic=True
            ),
        ),
        Function(
            "coalescelist",
            (),
            _coalescelist_type,
            _coalescelist,
            variadic=Parameter(
                "vals", DYNAMIC, allow_null=True, allow_unknown=True, allow_dynamic=True
            ),
        ),
        Function(
            "element",
            (_MARKED, Parameter("index", NUMBER)),
            _element_type,
            _element,
            not_null=False,
            partial=_element_partial,
        ),
        Function("one", (_ANY,), _one_type, _one, not_null=False, partial=_one_partial),
        Function(
            "contains",
            (_ANY, Parameter("value", DYNAMIC)),
            BOOL,
            _contains,
            partial=_contains_partial,
        ),
        Function("index", (_ANY, Parameter("value", DYNAMIC)), NUMBER, _index),
        Function(
            "matchkeys",
            (
                Parameter("values", List(DYNAMIC)),
                Parameter("keys", List(DYNAMIC)),
                Parameter("searchset", List(DYNAMIC)),
            ),
            _matchkeys_type,
            _matchkeys,
        ),
    )
}
