"""Terraform's values: known, null, unknown in part or wholly, and sensitive, per element.

A `Value` has a type, a Python value and marks. What is not known is an `UnknownVal`: what
Terraform can say of it (its refinements) and, beyond Terraform, the references that it hangs on
and whatever part of it is known.

Values never change once made. The dicts of maps and objects are in the order of their keys (which
is the order of their UTF-8 bytes), the lists of sets in Terraform's set order, without repeats.

Source: go-cty 1.16 (`cty/value.go`, `unknown_refinement.go`, `set_internals.go`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from unicodedata import normalize

from auditor.terraform.number import Counted, Number, compare
from auditor.terraform.types import (
    BOOL,
    DYNAMIC,
    EMPTY_OBJECT,
    EMPTY_TUPLE,
    NUMBER,
    STRING,
    Collection,
    List,
    Map,
    Object,
    Set,
    Tuple,
    Type,
)
from auditor.values import Ref

if TYPE_CHECKING:
    from auditor.terraform.source import Span


SENSITIVE: Final = 1
EPHEMERAL: Final = 2
"""Marks are a sum of these, 0 for none."""

MOST_REFS: Final = 64
"""An unknown names at most this many references; more tell a person nothing."""

MOST_PARTS: Final = 5_000
"""The known part of an unknown is dropped when it has more elements than this."""


class TerraformError(Exception):
    """Terraform refuses the configuration here: its summary, its detail, and where.

    note: what we add to Terraform's words, a sentence.
    """

    def __init__(
        self, summary: str, detail: str = "", range: Span | None = None, note: str = ""
    ) -> None:
        super().__init__(summary, detail, range)
        self.summary = summary
        self.detail = detail
        self.range = range
        self.note = note

    def at(self, span: Span | None) -> TerraformError:
        """The same error with this place, unless it has one already."""
        if self.range is None:
            self.range = span
        return self

    def __str__(self) -> str:
        text = f"{self.summary}: {self.detail}" if self.detail else self.summary
        return f"{self.range}: {text}" if self.range else text


class FunctionError(Exception):
    """A function refuses its arguments: `argument` is the 0-based index of the one at fault."""

    def __init__(self, argument: int | None, message: str) -> None:
        super().__init__(argument, message)
        self.argument = argument
        self.message = message

    def __str__(self) -> str:
        return self.message


class UnknownVal:
    """What is known of a value that is not known.

    Terraform's refinements: `not_null`; `prefix` of a string; `low` and `high` of a number with
    whether they are themselves possible (`low_inclusive`, `high_inclusive`); `min_length` and
    `max_length` (None: no bound) of a collection.

    Ours: `refs`, absolute, in order of appearance; `because`, the cause where it is no reference;
    `exact`: it is the single reference of `refs`, passed on unchanged; and at most one of `parts`
    (a string with holes), `items` (elements that are certainly there), `entries`, `one_of`.
    """

    __slots__ = (
        "because", "entries", "exact", "high", "high_inclusive", "items", "low", "low_inclusive",
        "max_length", "min_length", "not_null", "one_of", "parts", "prefix", "refs", "weight",
    )  # fmt: skip

    def __init__(
        self,
        refs: tuple[Ref, ...] = (),
        because: str | None = None,
        *,
        exact: bool = False,
        not_null: bool = False,
        prefix: str = "",
        low: Number | None = None,
        low_inclusive: bool = True,
        high: Number | None = None,
        high_inclusive: bool = True,
        min_length: int = 0,
        max_length: int | None = None,
        parts: tuple[str | Value, ...] | None = None,
        items: tuple[Value, ...] | None = None,
        entries: Mapping[str, Value] | None = None,
        one_of: tuple[Value, ...] | None = None,
    ) -> None:
        self.refs = refs
        self.because = because
        self.exact = exact
        self.not_null = not_null
        self.prefix = prefix
        self.low = low
        self.low_inclusive = low_inclusive
        self.high = high
        self.high_inclusive = high_inclusive
        self.min_length = min_length
        self.max_length = max_length
        self.weight = 1
        known: Iterable[str | Value] | None = None
        if parts is not None:
            known = parts
        elif items is not None:
            known = items
        elif one_of is not None:
            known = one_of
        elif entries is not None:
            known = entries.values()
        if known is not None:
            weight = 1
            for part in known:
                weight += 1 + (len(part) >> 8) if isinstance(part, str) else size(part)
            if weight > MOST_PARTS:
                parts = items = entries = one_of = None
            else:
                self.weight = weight
        self.parts = parts
        self.items = items
        self.entries = entries
        self.one_of = one_of

    def refined(self, **changes: Any) -> UnknownVal:
        """A copy with these fields changed."""
        fields = {name: getattr(self, name) for name in self.__slots__ if name != "weight"}
        return UnknownVal(**(fields | changes))

    def __repr__(self) -> str:
        shown = [f"{name}={getattr(self, name)!r}" for name in self.__slots__ if name != "weight"]
        return f"UnknownVal({', '.join(shown)})"


class Value:
    """A value of Terraform's: type `ty`, Python value `v`, `marks`.

    v: str, bool, int or Float by type; None for null; a list of `Value` for lists, sets and
    tuples; a dict of str to `Value` for maps and objects; or an `UnknownVal`.
    marks: of this value itself; elements have their own. A set's elements never have any: the
    set has them.
    """

    __slots__ = ("_info", "marks", "ty", "v")

    def __init__(self, ty: Type, v: Any, marks: int = 0) -> None:
        self.ty = ty
        self.v = v
        self.marks = marks
        self._info = 0

    def __repr__(self) -> str:
        suffix = f" marks={self.marks}" if self.marks else ""
        return f"<{self.ty.json()} {self.v!r}{suffix}>"


# -- what a value is -------------------------------------------------------------------------

_UNKNOWN: Final = 4
_SIZE_SHIFT: Final = 4


def _info(value: Value) -> int:
    """Size in elements above four bits: marks anywhere inside, and whether anything is unknown.

    Found once for each value and kept, so a value built from shared parts costs what it adds.
    """
    known = value._info
    if known:
        return known
    v = value.v
    kind = v.__class__
    if kind is list or kind is dict:
        total, flags = 1, value.marks
        for element in v if kind is list else v.values():
            inner = element._info or _info(element)
            total += inner >> _SIZE_SHIFT
            flags |= inner & 15
    elif kind is UnknownVal:
        total, flags = v.weight, value.marks | _UNKNOWN
    elif kind is str:
        total, flags = 1 + (len(v) >> 8), value.marks
    else:
        total, flags = 1, value.marks
    value._info = found = total << _SIZE_SHIFT | flags
    return found


def is_known(value: Value) -> bool:
    """Whether the value itself is known; elements of it may still be unknown. Null is known."""
    return value.v.__class__ is not UnknownVal


def has_unknown(value: Value) -> bool:
    """Whether the value is unknown or anything inside it is."""
    return bool((value._info or _info(value)) & _UNKNOWN)


def deep_marks(value: Value) -> int:
    """The marks of the value and of everything inside it."""
    return (value._info or _info(value)) & (SENSITIVE | EPHEMERAL)


def size(value: Value) -> int:
    """How many elements the value has, at all depths, itself included; long text counts more."""
    return (value._info or _info(value)) >> _SIZE_SHIFT


# -- marks -----------------------------------------------------------------------------------


def mark(value: Value, marks: int) -> Value:
    """The value with these marks as well."""
    if not marks or value.marks | marks == value.marks:
        return value
    return Value(value.ty, value.v, value.marks | marks)


def unmark(value: Value) -> tuple[Value, int]:
    """The value without its own marks (elements keep theirs), and those marks."""
    return (Value(value.ty, value.v), value.marks) if value.marks else (value, 0)


def unmark_deep(value: Value) -> tuple[Value, int]:
    """The value without any mark at any depth, and all that were there."""
    marks = deep_marks(value)
    return (_stripped(value), marks) if marks else (value, 0)


def _stripped(value: Value) -> Value:
    if not deep_marks(value):
        return value
    v = value.v
    if v.__class__ is list:
        v = [_stripped(element) for element in v]
    elif v.__class__ is dict:
        v = {key: _stripped(element) for key, element in v.items()}
    return Value(value.ty, v)


# -- making values ---------------------------------------------------------------------------

TRUE: Final = Value(BOOL, True)
FALSE: Final = Value(BOOL, False)
NULL: Final = Value(DYNAMIC, None)
"""The null of no type yet, which the word `null` writes."""

_EMPTY_TUPLE: Final = Value(EMPTY_TUPLE, [])
_EMPTY_OBJECT: Final = Value(EMPTY_OBJECT, {})


def string(text: str) -> Value:
    """A string, brought to Unicode's normal form C as all of Terraform's strings are."""
    return Value(STRING, text if text.isascii() else normalize("NFC", text))


def number(value: Number) -> Value:
    """A number."""
    return Value(NUMBER, value)


def count(value: int) -> Value:
    """A number that counts something, as functions return lengths and indexes."""
    return Value(NUMBER, Counted(value))


def boolean(value: bool) -> Value:
    """True or false."""
    return TRUE if value else FALSE


def null(type_: Type = DYNAMIC) -> Value:
    """The null of a type."""
    return NULL if type_ is DYNAMIC else Value(type_, None)


def tuple_(values: Iterable[Value]) -> Value:
    """A tuple of these."""
    items = list(values)
    return Value(Tuple([item.ty for item in items]), items) if items else _EMPTY_TUPLE


def object_(attrs: Mapping[str, Value]) -> Value:
    """An object with these attributes."""
    if not attrs:
        return _EMPTY_OBJECT
    ordered = _ordered(attrs)
    return Value(Object({name: value.ty for name, value in ordered.items()}), ordered)


def _ordered(entries: Mapping[str, Value]) -> dict[str, Value]:
    return {key: entries[key] for key in sorted(entries)}


def list_(values: Iterable[Value], elem: Type = DYNAMIC) -> Value:
    """A list of these, all of one type; `elem` is the type of the elements of an empty one."""
    items = list(values)
    elem = _element_type(items, elem)
    return Value(List(elem), _typed(items, elem))


def map_(entries: Mapping[str, Value], elem: Type = DYNAMIC) -> Value:
    """A map of these, all of one type; `elem` is the type of the elements of an empty one."""
    ordered = _ordered(entries)
    elem = _element_type(ordered.values(), elem)
    items = _typed(list(ordered.values()), elem)
    return Value(Map(elem), dict(zip(ordered, items, strict=True)))


def _element_type(items: Iterable[Value], elem: Type) -> Type:
    """The one type of the elements; a null or unknown of no type yet fits any."""
    is_empty = True
    for item in items:
        if item.ty is not DYNAMIC:
            return item.ty
        is_empty = False
    return elem if is_empty else DYNAMIC


def _typed(items: list[Value], elem: Type) -> list[Value]:
    """Elements of no type yet take on the type of their neighbours."""
    for index, item in enumerate(items):
        if item.ty is not elem:
            items[index] = Value(elem, item.v, item.marks)
    return items


def set_(values: Iterable[Value], elem: Type = DYNAMIC) -> Value:
    """A set of these, all of one type, ordered and without repeats; it takes on all their marks."""
    marks = 0
    kept: dict[Any, Value] = {}
    for value in values:
        marks |= deep_marks(value)
        plain = _stripped(value)
        kept.setdefault(identity(plain) if not has_unknown(plain) else object(), plain)
    elem = _element_type(kept.values(), elem)
    items = _typed(list(kept.values()), elem)
    if len(items) > 1:
        items.sort(key=set_order)
    return Value(Set(elem), items, marks)


def identity(value: Value) -> Any:
    """A hashable that is equal for equal wholly known values of one type, marks aside."""
    v = value.v
    if v.__class__ is list:
        return tuple([identity(element) for element in v])
    if v.__class__ is dict:
        return tuple([(key, identity(element)) for key, element in v.items()])
    if v.__class__ is bool or v is None:
        return (v,)
    return v


class _NumberOrder:
    __slots__ = ("number",)

    def __init__(self, number: Number) -> None:
        self.number = number

    def __lt__(self, other: _NumberOrder) -> bool:
        return compare(self.number, other.number) < 0


def set_order(value: Value) -> tuple[int, Any]:
    """Sort key of a set's elements: text by bytes, numbers by value, unknown late, null last."""
    v = value.v
    if v is None:
        return (2, "")
    if v.__class__ is UnknownVal:
        return (1, "")
    if value.ty is STRING or value.ty is BOOL:
        return (0, v)
    if value.ty is NUMBER:
        return (0, _NumberOrder(v))
    pieces: list[str] = []
    _order_text(value, pieces.append)
    return (0, "".join(pieces).encode("utf-8", "surrogatepass"))


def _order_text(value: Value, write: Any) -> None:
    """The text by which sets of anything but primitives are ordered, as cty's hash bytes are."""
    from auditor.terraform.gotext import number_10g, quoted

    v, type_ = value.v, value.ty
    if v.__class__ is UnknownVal:
        write("?")
    elif v is None:
        write("~")
    elif type_ is NUMBER:
        write(number_10g(v))
    elif type_ is BOOL:
        write("T" if v else "F")
    elif type_ is STRING:
        write(quoted(v))
    elif v.__class__ is dict:
        is_map = isinstance(type_, Map)
        write("{" if is_map else "<")
        for key, element in v.items():
            if is_map:
                write(quoted(key) + ":")
            _order_text(element, write)
            write(";")
        write("}" if is_map else ">")
    else:
        is_tuple = isinstance(type_, Tuple)
        write("<" if is_tuple else "[")
        for element in v:
            _order_text(element, write)
            write(";")
        write(">" if is_tuple else "]")


# -- unknown values --------------------------------------------------------------------------


def inside(value: Value) -> Iterable[Value]:
    """The elements of a value, in order; none where it has none."""
    v = value.v
    if v.__class__ is list:
        return v
    return v.values() if v.__class__ is dict else ()


def refs_of(*values: Value) -> tuple[Ref, ...]:
    """What the unknowns in these values hang on, at all depths, without repeats."""
    if len(values) == 1 and values[0].v.__class__ is UnknownVal:
        return values[0].v.refs
    found: dict[Ref, None] = {}
    for value in values:
        _gather(value, found)
    return tuple(found) if len(found) <= MOST_REFS else tuple(found)[:MOST_REFS]


def _gather(value: Value, found: dict[Ref, None]) -> None:
    v = value.v
    if v.__class__ is UnknownVal:
        for ref in v.refs:
            found[ref] = None
    elif has_unknown(value) and len(found) < MOST_REFS:
        for element in inside(value):
            _gather(element, found)


def cause_of(*values: Value) -> str | None:
    """The first cause that is no reference among the unknowns in these values."""
    for value in values:
        v = value.v
        if v.__class__ is UnknownVal:
            if v.because:
                return v.because
        elif has_unknown(value):
            found = cause_of(*inside(value))
            if found:
                return found
    return None


def unknown(
    ty: Type,
    *args: Value,
    refs: tuple[Ref, ...] = (),
    because: str | None = None,
    marks: int = 0,
    **known: Any,
) -> Value:
    """An unknown value of this type that follows from `args`.

    It hangs on what the unknowns in `args` hang on, and takes on their own marks (not those of
    their elements). `known` are `UnknownVal`'s fields: refinements and the known part. As in
    Terraform, refinements that leave only one possibility give it: a list that certainly has two
    elements is a list of two unknowns, and an empty one is known.
    """
    if args:
        inherited = refs_of(*args)
        refs = tuple(dict.fromkeys(refs + inherited)) if refs else inherited
        because = because or cause_of(*args)
        for arg in args:
            marks |= arg.marks
    if ty is DYNAMIC:
        # cty cannot refine a value of no type yet; our known part is not a refinement.
        ours = {name: known[name] for name in _OURS if name in known}
        return Value(ty, UnknownVal(refs, because, **ours), marks)
    return collapsed(ty, UnknownVal(refs, because, **known), marks)


_OURS: Final = ("exact", "parts", "items", "entries", "one_of")


def collapsed(ty: Type, v: UnknownVal, marks: int = 0) -> Value:
    """The value, as much of it known as the refinements determine."""
    if v.not_null:
        if ty is NUMBER and v.low is not None and v.high is not None and v.low == v.high:
            if v.low_inclusive and v.high_inclusive:
                return Value(ty, v.low, marks)
        elif v.max_length == v.min_length and isinstance(ty, Collection):
            if v.max_length == 0:
                return Value(ty, {} if isinstance(ty, Map) else [], marks)
            if isinstance(ty, List) or (isinstance(ty, Set) and v.max_length == 1):
                return Value(ty, _placeholders(ty.elem, v), marks)
    return Value(ty, v, marks)


def _placeholders(elem: Type, v: UnknownVal) -> list[Value]:
    """Unknown elements of a list of known length, each with what is known of it."""
    length = v.max_length or 0
    if v.one_of and all(
        option.v.__class__ is list and len(option.v) == length for option in v.one_of
    ):
        return [
            unknown(elem, refs=v.refs, because=v.because, one_of=tuple(o.v[i] for o in v.one_of))
            for i in range(length)
        ]
    if v.items is not None and len(v.items) == length:
        return [unknown(elem, refs=v.refs, because=v.because, one_of=(item,)) for item in v.items]
    return [Value(elem, UnknownVal(v.refs, v.because)) for _ in range(length)]


def refine(value: Value, **changes: Any) -> Value:
    """The value with these fields of `UnknownVal` set; known values are returned as they are."""
    v = value.v
    if v.__class__ is not UnknownVal or value.ty is DYNAMIC:
        return value
    return collapsed(value.ty, v.refined(**changes), value.marks)


def not_null(value: Value) -> Value:
    """The value, known not to be null if it is unknown."""
    v = value.v
    if v.__class__ is not UnknownVal or v.not_null:
        return value
    return refine(value, not_null=True)


def certainly_not_null(value: Value) -> bool:
    """Whether the value can be said not to be null, known or not."""
    v = value.v
    return v.not_null if v.__class__ is UnknownVal else v is not None


# -- reading values --------------------------------------------------------------------------


def elements(value: Value) -> Iterator[tuple[Value, Value]]:
    """Key and value of every element of a known, non-null list, set, tuple, map or object.

    Keys of lists and tuples are their indexes; those of sets are the elements themselves. The
    value's own marks are not looked at.
    """
    v = value.v
    if v.__class__ is dict:
        for key, element in v.items():
            yield Value(STRING, key), element
    elif isinstance(value.ty, Set):
        for element in v:
            yield element, element
    else:
        for index, element in enumerate(v):
            yield Value(NUMBER, Counted(index)), element


def can_iterate(type_: Type) -> bool:
    """Whether values of this type have elements."""
    return isinstance(type_, Collection | Tuple | Object)


def length(value: Value) -> Value:
    """How many elements a value has that is not null; unknown with bounds where it is."""
    type_, v = value.ty, value.v
    if isinstance(type_, Tuple):
        return Value(NUMBER, Counted(len(type_.elems)), value.marks)
    if isinstance(type_, Object):
        return Value(NUMBER, Counted(len(type_.attrs)), value.marks)
    if v.__class__ is UnknownVal:
        return unknown(NUMBER, value, not_null=True, low=v.min_length, high=v.max_length)
    if isinstance(type_, Set) and len(v) > 1 and has_unknown(value):
        return unknown(NUMBER, value, not_null=True, low=1, high=len(v))
    return Value(NUMBER, Counted(len(v)), value.marks)


def strings(values: Sequence[Value]) -> list[str]:
    """The text of known strings."""
    return [value.v for value in values]
