"""Functions that make lists of lists: joining, cutting, ordering, flattening.

Source: go-cty 1.16 `function/stdlib/collection.go` and `sequence.go`, Terraform 1.11
`lang/funcs/collection.go`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from auditor.terraform import cty, number
from auditor.terraform.convert import ConversionError, convert
from auditor.terraform.cty import UnknownVal, Value
from auditor.terraform.function import Context, Function, Parameter
from auditor.terraform.functions import holes
from auditor.terraform.functions.arguments import elem_of, is_sequence, refuse, whole
from auditor.terraform.types import (
    DYNAMIC,
    EMPTY_TUPLE,
    NUMBER,
    STRING,
    List,
    Set,
    Tuple,
    Type,
)
from auditor.terraform.unify import unify

_ANY: Final = Parameter("list", DYNAMIC)
_MARKED: Final = Parameter("list", DYNAMIC, allow_marked=True)
_LIST: Final = Parameter("list", List(DYNAMIC))
_STRINGS: Final = Parameter("list", List(STRING))


def _items(args: list[Value]) -> Mapping[str, Any]:
    """The certain elements of the first argument as those of the result."""
    items = holes.certain_items(args[0])
    return {"items": items} if items else {}


def _chunklist(args: list[Value], context: Context) -> Value:
    list_, size = args
    marks = list_.marks | size.marks
    width = whole(size, what="invalid size: ")
    if width < 0:
        refuse("the size argument must be positive")
    items = list_.v
    if items and width == 0:
        chunks = [cty.unmark(list_)[0]]
    else:
        width = max(1, min(width, len(items)))
        chunks = [cty.list_(items[start : start + width]) for start in range(0, len(items), width)]
    context.budget.spend(len(items))
    return cty.mark(cty.list_(chunks, list_.ty), marks)


def _compact(args: list[Value], _context: Context) -> Value:
    kept = _not_empty(args[0].v)
    if cty.has_unknown(args[0]):
        known: dict[str, Any] = {"items": tuple(kept)}
        if all(map(_is_text, kept)):  # certain, though unknown to Terraform
            known = {"one_of": (cty.list_(kept, STRING),)}
        return cty.unknown(List(STRING), *args, **known)
    return cty.list_(kept, STRING)


def _is_text(item: Value) -> bool:
    """Whether a string is certainly not empty or null, as a piece of it is known."""
    return not holes.is_hole(item) or bool(item.v.parts)


def _not_empty(items: Iterable[Value]) -> list[Value]:
    return [item for item in items if item.v is not None and item.v != ""]


def _compact_partial(args: list[Value]) -> Mapping[str, Any]:
    kept = _not_empty(holes.certain_items(args[0]))
    return {"items": tuple(kept)} if kept else {}


def _distinct(args: list[Value], context: Context) -> Value:
    list_ = args[0]
    context.budget.spend(len(list_.v))
    if cty.has_unknown(list_):
        return cty.unknown(list_.ty, list_, items=tuple(_different(list_.v)))
    return cty.list_(_different(list_.v), elem_of(list_.ty))


def _different(items: Iterable[Value]) -> list[Value]:
    """The elements without repeats; unknown ones may be repeats, but are kept."""
    found: dict[Any, Value] = {}
    for item in items:
        key = object() if cty.has_unknown(item) else cty.identity(item)
        found.setdefault(key, item)
    return list(found.values())


def _concat_type(args: Sequence[Value]) -> Type:
    if not args:
        refuse("at least one argument is required")
    if all(isinstance(arg.ty, List) for arg in args):
        common = unify(tuple(arg.ty for arg in args))
        if common is not None:
            return common
    elems: list[Type] = []
    for place, arg in enumerate(args):
        if isinstance(arg.ty, Tuple):
            elems += arg.ty.elems
        elif not isinstance(arg.ty, List):
            refuse(f"all arguments must be lists or tuples; got {arg.ty.name()}", place)
        elif holes.is_hole(arg):
            return DYNAMIC
        else:
            elems += [arg.ty.elem] * len(arg.v)
    return Tuple(elems)


def _concat(args: list[Value], context: Context) -> Value:
    type_ = _concat_type(args)
    marks = 0
    items: list[Value] = []
    for place, arg in enumerate(args):
        try:
            values = convert(arg, type_) if isinstance(type_, List) else arg
        except ConversionError as wrong:
            refuse(str(wrong), place)
        if holes.is_hole(values):
            return cty.unknown(type_, *args, **_concat_partial(args))
        items += values.v
        marks |= arg.marks
    context.budget.spend(len(items))
    made = cty.list_(items, elem_of(type_)) if isinstance(type_, List) else cty.tuple_(items)
    return cty.mark(made, marks)


def _concat_partial(args: list[Value]) -> Mapping[str, Any]:
    items = tuple(item for arg in args for item in holes.certain_items(arg))
    return {"items": items} if items else {}


def _flatten_type(args: Sequence[Value]) -> Type:
    value = args[0]
    if cty.has_unknown(value):
        return DYNAMIC
    if not is_sequence(value.ty):
        refuse("can only flatten lists, sets and tuples")
    return DYNAMIC if is_sequence(value.ty) else EMPTY_TUPLE


def _flatten(args: list[Value], context: Context) -> Value:
    value = args[0]
    if not is_sequence(value.ty):
        if not cty.can_iterate(value.ty):
            refuse("can only flatten lists, sets and tuples")
        # With an unknown inside, the type function lets maps and objects through as well.
        value = cty.mark(cty.tuple_(cty.inside(value)), value.marks)
    if not value.v:
        return cty.mark(cty.tuple_(()), value.marks)
    flat = _Flat()
    flat.add(value)
    context.budget.spend(len(flat.items))
    if flat.is_open or flat.has_text:
        known = {"items": tuple(flat.items)}
        if not flat.is_open:  # certain, though unknown to Terraform
            known = {"one_of": (cty.tuple_(flat.items),)}
        return cty.unknown(
            DYNAMIC, marks=flat.marks, refs=cty.refs_of(value), because=cty.cause_of(value), **known
        )
    return cty.mark(cty.tuple_(flat.items), flat.marks)


class _Flat:
    """Elements gathered from nested lists, and whether there may be more.

    has_text: some are text of which Terraform does not know that yet (`format("%v:*", try(…))`).
    """

    def __init__(self) -> None:
        self.items: list[Value] = []
        self.marks = 0
        self.is_open = False
        self.has_text = False

    def add(self, value: Value) -> None:
        """Adds the elements of a list, opening those that are lists themselves."""
        self.marks |= value.marks
        if holes.is_hole(value):
            self.is_open = True
            for item in value.v.items or ():
                self._add_item(item)
            return
        if isinstance(value.ty, Set) and holes.is_hole(cty.length(value)):
            self.is_open = True
        for item in value.v:
            self._add_item(item)

    def _add_item(self, item: Value) -> None:
        if item.ty is DYNAMIC and holes.is_hole(item) and item.v.parts is not None:
            self.has_text = True
            self.items.append(item)
        elif item.ty is DYNAMIC and holes.is_hole(item):
            # It may turn out to be a list.
            self.is_open = True
            self.marks |= item.marks
            for inner in item.v.items or ():
                self._add_item(inner)
        elif is_sequence(item.ty) and item.v is not None:
            self.add(item)
        else:
            self.items.append(item)


def _flatten_partial(args: list[Value]) -> Mapping[str, Any]:
    flat = _Flat()
    flat.add(args[0])
    return {"items": tuple(flat.items)} if flat.items else {}


def _range(args: list[Value], context: Context) -> Value:
    if not 1 <= len(args) <= 3:
        refuse("must have one, two, or three arguments")
    start, end = (args[0].v, args[1].v) if len(args) > 1 else (0, args[0].v)
    step = args[2].v if len(args) == 3 else (-1 if number.compare(end, start) < 0 else 1)
    way = -1 if number.compare(step, 0) < 0 else 1
    if number.compare(end, start) * way < 0:
        which = ("greater", "positive") if way > 0 else ("less", "negative")
        refuse(f"end must be {which[0]} than start when step is {which[1]}", 1)
    found: list[Value] = []
    at = start
    while number.compare(at, end) * way < 0:
        if len(found) >= 1024:
            refuse(
                "more than 1024 values were generated; either decrease the difference between "
                "start and end or use a smaller step"
            )
        found.append(cty.number(at))
        at = number.add(at, step)
    context.budget.spend(len(found))
    return cty.list_(found, NUMBER)


def _reverse_type(args: Sequence[Value]) -> Type:
    type_ = args[0].ty
    if isinstance(type_, Tuple):
        return Tuple(reversed(type_.elems))
    if isinstance(type_, List | Set):
        return List(type_.elem)
    refuse(f"can only reverse list or tuple values, not {type_.name()}", 0)


def _reverse(args: list[Value], _context: Context) -> Value:
    value = args[0]
    items = list(reversed(value.v))
    if isinstance(value.ty, Tuple):
        return cty.mark(cty.tuple_(items), value.marks)
    return cty.mark(cty.list_(items, elem_of(value.ty)), value.marks)


def _slice_type(args: Sequence[Value]) -> Type:
    type_ = args[0].ty
    if isinstance(type_, Set):
        refuse(
            "cannot slice a set, because its elements do not have indices; explicitly convert to "
            "a list if the ordering of the result is not important",
            0,
        )
    if not isinstance(type_, List | Tuple):
        refuse("must be a list or tuple value", 0)
    start, end = _bounds(args)
    if isinstance(type_, List):
        return type_
    return DYNAMIC if start is None or end is None else Tuple(type_.elems[start:end])


def _bounds(args: Sequence[Value]) -> tuple[int | None, int | None]:
    """Where a slice starts and ends, each None while unknown; checked as far as can be."""
    list_ = args[0]
    length: int | None = None
    if isinstance(list_.ty, Tuple):
        length = len(list_.ty.elems)
    elif not holes.is_hole(list_):
        length = len(list_.v)
    start = _bound(args[1], 1, "start", length)
    end = _bound(args[2], 2, "end", length)
    if start is not None and end is not None and start > end:
        refuse("start index must not be greater than end index", 1)
    return start, end


def _bound(value: Value, argument: int, name: str, length: int | None) -> int | None:
    if holes.is_hole(value):
        return None
    place = whole(value, argument, f"invalid {name} index: ")
    if place < 0:
        refuse(f"{name} index must not be less than zero", argument)
    if length is not None and place > length:
        refuse(f"{name} index must not be greater than the length of the list", argument)
    return place


def _slice(args: list[Value], _context: Context) -> Value:
    list_ = args[0]
    start, end = _bounds(args)
    items = list_.v[start:end]
    if isinstance(list_.ty, Tuple):
        return cty.mark(cty.tuple_(items), list_.marks)
    return cty.mark(cty.list_(items, elem_of(list_.ty)), list_.marks)


def _sort(args: list[Value], _context: Context) -> Value:
    list_ = args[0]
    v = list_.v
    if v.__class__ is UnknownVal:
        return cty.unknown(
            List(STRING), list_, min_length=v.min_length, max_length=v.max_length, not_null=True,
            items=_certainly_sorted(list_),
        )  # fmt: skip
    if cty.has_unknown(list_):
        return cty.unknown(List(STRING), list_, min_length=len(v), max_length=len(v), not_null=True)
    for place, item in enumerate(v):
        if item.v is None:
            refuse(f"given list element {place} is null; a null string cannot be sorted")
    return cty.list_(sorted(v, key=_text), STRING)


def _certainly_sorted(list_: Value) -> tuple[Value, ...] | None:
    """The known texts that an unknown list certainly has; where others will stand is open."""
    texts = [item for item in holes.certain_items(list_) if isinstance(item.v, str)]
    return tuple(sorted(texts, key=_text)) or None


def _text(value: Value) -> str:
    text: str = value.v
    return text


def _sum(args: list[Value], _context: Context) -> Value:
    value = args[0]
    wrong = "argument must be list, set, or tuple of number values"
    if not cty.can_iterate(value.ty):
        refuse("cannot sum noniterable", 0)
    if not value.v:
        refuse("cannot sum an empty list", 0)
    if not is_sequence(value.ty):
        refuse(f"argument must be list, set, or tuple. Received {value.ty.name()}", 0)
    if cty.has_unknown(value):
        return cty.unknown(NUMBER, value)
    total: number.Number | None = None
    for item in value.v:
        if item.v is None:
            refuse(wrong, 0)
        try:
            amount = convert(item, NUMBER).v
        except ConversionError:
            refuse(wrong, 0)
        try:
            total = amount if total is None else number.add(total, amount)
        except number.NumberError:
            refuse("can't compute sum of opposing infinities")
    return cty.number(total if total is not None else 0)


FUNCTIONS: Final = {
    function.name: function
    for function in (
        Function(
            "chunklist",
            (
                Parameter("list", List(DYNAMIC), allow_marked=True),
                Parameter("size", NUMBER, allow_marked=True),
            ),
            lambda args: List(args[0].ty),
            _chunklist,
        ),
        Function("compact", (_STRINGS,), List(STRING), _compact, partial=_compact_partial),
        Function(
            "concat",
            (),
            _concat_type,
            _concat,
            variadic=Parameter("seqs", DYNAMIC, allow_marked=True),
            partial=_concat_partial,
        ),
        Function("distinct", (_LIST,), lambda args: args[0].ty, _distinct, partial=_items),
        Function("flatten", (_MARKED,), _flatten_type, _flatten, partial=_flatten_partial),
        Function("range", (), List(NUMBER), _range, variadic=Parameter("params", NUMBER)),
        Function("reverse", (_MARKED,), _reverse_type, _reverse, partial=_items),
        Function(
            "slice",
            (_MARKED, Parameter("start_index", NUMBER), Parameter("end_index", NUMBER)),
            _slice_type,
            _slice,
        ),
        Function(
            "sort",
            (Parameter("list", List(STRING), allow_unknown=True),),
            List(STRING),
            _sort,
        ),
        Function("sum", (_ANY,), NUMBER, _sum),
    )
}
