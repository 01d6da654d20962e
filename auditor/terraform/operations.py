"""What operators do with values: equality, comparison, arithmetic, attributes and indexes.

Nothing here knows of syntax; refusals are `TerraformError` without a place.

Source: go-cty 1.16 `cty/value_ops.go`, `value_range.go`; hcl 2.23 `ops.go`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from auditor.terraform import cty, number
from auditor.terraform.convert import ConversionError, convert
from auditor.terraform.cty import FALSE, TRUE, TerraformError, UnknownVal, Value
from auditor.terraform.number import Float, Number
from auditor.terraform.options import each_option
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
    conforms,
)
from auditor.values import Ref

# -- equality --------------------------------------------------------------------------------


def equals(a: Value, b: Value) -> Value:
    """Whether two values have the same type and are equal; nulls are equal to one another."""
    marks = cty.deep_marks(a) | cty.deep_marks(b)
    if marks:
        return cty.mark(_equals(cty.unmark_deep(a)[0], cty.unmark_deep(b)[0]), marks)
    return _equals(a, b)


def _equals(a: Value, b: Value) -> Value:
    x, y = a.v, b.v
    if (x is None and cty.certainly_not_null(b)) or (y is None and cty.certainly_not_null(a)):
        return FALSE
    x_unknown, y_unknown = x.__class__ is UnknownVal, y.__class__ is UnknownVal
    if x_unknown or y_unknown:
        if x_unknown and y_unknown:
            return _unknown_bool(a, b)
        known, other = (b, a) if x_unknown else (a, b)
        if _excluded(other, known):
            return FALSE
        if known.v is None or other.ty.has_dynamic or known.ty is other.ty:
            return _unknown_bool(a, b)
        return FALSE
    if x is None or y is None:
        return TRUE if x is y else FALSE
    if a.ty is not b.ty or a.ty.has_dynamic:
        return _equals_by_type(a, b)
    return _equals_same_type(a, b)


def _equals_by_type(a: Value, b: Value) -> Value:
    if not (has_known_type(a) and has_known_type(b)):
        if not conforms(a.ty, b.ty) and not conforms(b.ty, a.ty):
            return FALSE
        return _unknown_bool(a, b)
    return _equals_same_type(a, b) if a.ty is b.ty else FALSE


def has_known_type(value: Value) -> bool:
    """Whether no part of the value has a type that is not known yet."""
    if value.ty is DYNAMIC and value.v.__class__ is UnknownVal:
        return False
    if not value.ty.has_dynamic:
        return True
    v = value.v
    if v.__class__ is list:
        return all(map(has_known_type, v))
    if v.__class__ is dict:
        return all(map(has_known_type, v.values()))
    return v.__class__ is not UnknownVal


def _equals_same_type(a: Value, b: Value) -> Value:
    x, y = a.v, b.v
    if isinstance(a.ty, Primitive):
        return TRUE if x == y else FALSE
    if isinstance(a.ty, Set):
        if any(item.v.__class__ is UnknownVal for item in (*x, *y)):
            return _unknown_bool(a, b)
        if cty.has_unknown(a) or cty.has_unknown(b):
            # Elements with unknown parts equal nothing, not even themselves.
            return FALSE
        same = len(x) == len(y) and cty.identity(a) == cty.identity(b)
        return TRUE if same else FALSE
    if len(x) != len(y):
        return FALSE
    if x.__class__ is list:
        pairs = zip(x, y, strict=True)
    else:
        if x.keys() != y.keys():
            return FALSE
        pairs = zip(x.values(), y.values(), strict=True)
    for left, right in pairs:
        if left is right and not cty.has_unknown(left):
            continue
        same_value = _equals(left, right)
        if same_value is not TRUE:
            return same_value
    return TRUE


def _unknown_bool(*args: Value) -> Value:
    return cty.unknown(BOOL, *args, not_null=True)


def _excluded(other: Value, known: Value) -> bool:
    """Whether the unknown value certainly is not this known one."""
    v: UnknownVal = other.v
    if known.v is None:
        return v.not_null
    if not conforms(known.ty, other.ty):
        return True
    if other.ty is STRING:
        return not known.v.startswith(v.prefix)
    if other.ty is NUMBER:
        return _outside(known.v, v)
    if isinstance(other.ty, Collection):
        counted = cty.length(known).v
        low, high = (
            (counted.low, counted.high) if isinstance(counted, UnknownVal) else (counted, counted)
        )
        return (high is not None and high < v.min_length) or (
            v.max_length is not None and low is not None and low > v.max_length
        )
    return False


def _outside(value: Number, v: UnknownVal) -> bool:
    if v.low is not None and (value < v.low or (value == v.low and not v.low_inclusive)):
        return True
    return v.high is not None and (value > v.high or (value == v.high and not v.high_inclusive))


def negated(value: Value) -> Value:
    """Not, for a bool that is not null."""
    v = value.v
    if v.__class__ is UnknownVal:
        return cty.unknown(BOOL, value, not_null=True)
    return Value(BOOL, not v, value.marks) if value.marks else FALSE if v else TRUE


# -- comparison and arithmetic ---------------------------------------------------------------


def _bounds(value: Value) -> tuple[Number | None, Number | None]:
    v = value.v
    return (v.low, v.high) if v.__class__ is UnknownVal else (v, v)


def less(a: Value, b: Value) -> Value:
    """a < b, for numbers that are not null; known also where the bounds of unknowns tell."""
    marks = a.marks | b.marks
    if a.v.__class__ is not UnknownVal and b.v.__class__ is not UnknownVal:
        return cty.mark(TRUE if a.v < b.v else FALSE, marks)
    a_low, a_high = _bounds(a)
    b_low, b_high = _bounds(b)
    if a_high is not None and b_low is not None and a_high < b_low:
        return cty.mark(TRUE, marks)
    if a_low is not None and b_high is not None and a_low > b_high:
        return cty.mark(FALSE, marks)
    return _unknown_bool(a, b)


def greater(a: Value, b: Value) -> Value:
    """a > b."""
    return less(b, a)


def less_or_equal(a: Value, b: Value) -> Value:
    """a <= b."""
    return either(less(a, b), equals(a, b))


def greater_or_equal(a: Value, b: Value) -> Value:
    """a >= b."""
    return either(less(b, a), equals(a, b))


def either(a: Value, b: Value) -> Value:
    """True where one is true for certain, whatever the other is."""
    if a.v is True or b.v is True:
        return cty.mark(TRUE, a.marks | b.marks)
    if a.v is False and b.v is False:
        return cty.mark(FALSE, a.marks | b.marks)
    return _unknown_bool(a, b)


def _markless(type_: Primitive, *args: Value) -> Value:
    """The unknown result of `&&`, `||`, `!` and `-`, which in Terraform loses its marks."""
    found = cty.unknown(type_, *args, not_null=True)
    return Value(type_, found.v)


def _and(a: Value, b: Value) -> Value:
    if a.v.__class__ is UnknownVal or b.v.__class__ is UnknownVal:
        return _markless(BOOL, a, b)
    return cty.mark(TRUE if a.v and b.v else FALSE, a.marks | b.marks)


def _or(a: Value, b: Value) -> Value:
    if a.v.__class__ is UnknownVal or b.v.__class__ is UnknownVal:
        return _markless(BOOL, a, b)
    return cty.mark(TRUE if a.v or b.v else FALSE, a.marks | b.marks)


def _arithmetic(compute: Callable[[Number, Number], Number]) -> Callable[[Value, Value], Value]:
    def run(a: Value, b: Value) -> Value:
        x, y = a.v, b.v
        if x.__class__ is UnknownVal or y.__class__ is UnknownVal:
            return cty.unknown(NUMBER, a, b, not_null=True)
        try:
            return Value(NUMBER, compute(x, y), a.marks | b.marks)
        except number.NumberError as wrong:
            raise TerraformError("Operation failed", f"Error during operation: {wrong}.") from wrong

    return run


_OPERATIONS: Final = {
    "+": (NUMBER, _arithmetic(number.add)),
    "-": (NUMBER, _arithmetic(number.subtract)),
    "*": (NUMBER, _arithmetic(number.multiply)),
    "/": (NUMBER, _arithmetic(number.divide)),
    "%": (NUMBER, _arithmetic(number.modulo)),
    "<": (NUMBER, less),
    ">": (NUMBER, greater),
    "<=": (NUMBER, less_or_equal),
    ">=": (NUMBER, greater_or_equal),
    "&&": (BOOL, _and),
    "||": (BOOL, _or),
}


def operate(operator: str, a: Value, b: Value) -> Value:
    """The result of a binary operator, operands converted and checked as Terraform does."""
    found = _operate(operator, a, b)
    return found if found.v.__class__ is not UnknownVal else _with_options(found, operator, a, b)


def _with_options(found: Value, operator: str, a: Value, b: Value) -> Value:
    """An unknown result with the results for what an operand may be."""
    options = each_option((a, b), lambda given: _operate(operator, *given))
    if options is None:
        return found
    return Value(found.ty, found.v.refined(one_of=options), found.marks)


def _operate(operator: str, a: Value, b: Value) -> Value:
    if operator == "==":
        return equals(a, b)
    if operator == "!=":
        return negated(equals(a, b))
    type_, compute = _OPERATIONS[operator]
    if a.ty is not type_:
        a = operand(a, type_, "left operand")
    if b.ty is not type_:
        b = operand(b, type_, "right operand")
    if a.v is None or b.v is None:
        raise TerraformError(
            "Operation failed", "Error during operation: argument must not be null."
        )
    return compute(a, b)


def operand(value: Value, type_: Primitive, which: str) -> Value:
    """An operand as the type that the operator takes."""
    try:
        return convert(value, type_)
    except ConversionError as wrong:
        raise TerraformError(
            "Invalid operand", f"Unsuitable value for {which}: {wrong}."
        ) from wrong


def operate_one(operator: str, value: Value) -> Value:
    """The result of `-` or `!`."""
    type_ = NUMBER if operator == "-" else BOOL
    value = operand(value, type_, "unary operand")
    if value.v is None:
        raise TerraformError(
            "Operation failed", "Error during operation: argument must not be null."
        )
    if value.v.__class__ is UnknownVal:
        options = each_option((value,), lambda given: operate_one(operator, given[0]))
        found = _markless(type_, value)
        return found if options is None else Value(type_, found.v.refined(one_of=options))
    if operator == "!":
        return negated(value)
    return Value(NUMBER, number.negate(value.v), value.marks)


# -- attributes and indexes ------------------------------------------------------------------


def attribute(value: Value, name: str) -> Value:
    """`value.name`."""
    v = value.v
    if v.__class__ is dict:
        found = v.get(name)
        if found is not None:
            return cty.mark(found, value.marks) if value.marks else found
    elif v is None:
        raise TerraformError(
            "Attempt to get attribute from null value",
            "This value is null, so it does not have any attributes.",
        )
    type_ = value.ty
    if isinstance(type_, Object):
        wanted = type_.attrs.get(name)
        if wanted is not None:
            return _inside(value, name, wanted)
        raise TerraformError(
            "Unsupported attribute", f'This object does not have an attribute named "{name}".'
        )
    if isinstance(type_, Map):
        if v.__class__ is UnknownVal:
            return _inside(value, name, type_.elem)
        raise TerraformError(
            "Missing map element", f'This map does not have an element with the key "{name}".'
        )
    if type_ is DYNAMIC:
        return _inside(value, name, DYNAMIC)
    raise TerraformError("Unsupported attribute", _no_attributes(value))


def _no_attributes(value: Value) -> str:
    type_ = value.ty
    if isinstance(type_, List | Set) and isinstance(type_.elem, Object):
        return (
            f"Can't access attributes on a {type_.kind} of objects. Did you mean to access an "
            "attribute across all elements?"
        )
    if isinstance(type_, Primitive):
        return f"Can't access attributes on a primitive-typed value ({type_.name()})."
    return "This value does not have any attributes."


def _inside(value: Value, step: str | int, type_: Type) -> Value:
    """What is inside an unknown value at a known name or index."""
    v: UnknownVal = value.v
    if v.entries is not None and step in v.entries:
        return unknown_like(v.entries[step], type_, value.marks)  # type: ignore[index]
    if v.one_of is not None:
        return _inside_each(value, v, step, type_)
    if v.exact:
        ref = v.refs[0]
        inner = Ref(ref.address, (*ref.path, step))
        return Value(type_, UnknownVal((inner,), v.because, exact=True), value.marks)
    return Value(type_, UnknownVal(v.refs, v.because), value.marks)


def _inside_each(value: Value, v: UnknownVal, step: str | int, type_: Type) -> Value:
    found = []
    for option in v.one_of or ():
        try:
            if isinstance(step, str):
                found.append(attribute(option, step))
            else:
                found.append(index(option, Value(NUMBER, step)))
        except TerraformError:
            # On this branch Terraform would refuse, so the value is another one.
            continue
    known = UnknownVal(v.refs, v.because, one_of=tuple(found) or None)
    return Value(type_, known, value.marks)


def unknown_like(value: Value, type_: Type, marks: int = 0) -> Value:
    """A value that we know, or know in part, where Terraform knows nothing: unknown still."""
    v = value.v
    if v.__class__ is UnknownVal:
        return Value(type_, v, marks | value.marks)
    return Value(type_, UnknownVal(cty.refs_of(value), one_of=(value,)), marks | value.marks)


_MOST_NAMES: Final = 8
_NOT_AN_ELEMENT: Final = "The given key does not identify an element in this collection value"


def index(value: Value, key: Value) -> Value:
    """`value[key]`."""
    if value.v is None:
        raise TerraformError(
            "Attempt to index null value",
            "This value is null, so it does not have any indices.",
        )
    if key.v is None:
        raise TerraformError("Invalid index", "Can't use a null value as an indexing key.")
    type_ = value.ty
    if type_ is DYNAMIC or key.ty is DYNAMIC:
        if type_ is DYNAMIC and isinstance(key.v, str | int):
            return _inside(value, key.v, DYNAMIC)
        return cty.unknown(DYNAMIC, _plain(value), key, marks=value.marks)
    if isinstance(type_, List | Tuple):
        return _element(value, _key(key, NUMBER))
    if isinstance(type_, Map):
        return _entry(value, type_, _key(key, STRING))
    if isinstance(type_, Object):
        return _attribute_by_key(value, key)
    if isinstance(type_, Set):
        raise TerraformError(
            "Invalid index",
            "Elements of a set are identified only by their value and don't have any separate "
            "index or key to select with, so it's only possible to perform operations across all "
            "elements of the set.",
        )
    raise TerraformError("Invalid index", "This value does not have any indices.")


def _plain(value: Value) -> Value:
    return cty.unmark(value)[0]


def _key(key: Value, type_: Primitive) -> Value:
    if key.ty is type_:
        return key
    try:
        return convert(key, type_)
    except ConversionError as wrong:
        raise TerraformError("Invalid index", f"{_NOT_AN_ELEMENT}: {wrong}.") from wrong


def _element(value: Value, key: Value) -> Value:
    type_ = value.ty
    at = key.v
    count = len(type_.elems) if isinstance(type_, Tuple) else None
    if value.v.__class__ is list:
        count = len(value.v)
    if at.__class__ is UnknownVal:
        inner = type_.elem if isinstance(type_, List) else DYNAMIC
        return _some_element(value, key, inner)
    if isinstance(at, Float):
        reason = (
            "indexing a sequence requires a whole number, but the given index has a fractional part"
        )
        raise TerraformError("Invalid index", f"{_NOT_AN_ELEMENT}: {reason}.")
    if at < 0:
        reason = "a negative number is not a valid index for a sequence"
        raise TerraformError("Invalid index", f"{_NOT_AN_ELEMENT}: {reason}.")
    if count is not None and at >= count:
        reason = (
            "the given index is greater than or equal to the length of the collection"
            if count
            else "the collection has no elements"
        )
        raise TerraformError("Invalid index", f"{_NOT_AN_ELEMENT}: {reason}.")
    marks = value.marks | key.marks
    if value.v.__class__ is list:
        return cty.mark(value.v[at], marks)
    inner = type_.elems[at] if isinstance(type_, Tuple) else type_.elem  # type: ignore[attr-defined]
    return cty.mark(_inside(value, int(at), inner), marks)


def _some_element(value: Value, key: Value, type_: Type) -> Value:
    """An element of which it is not known which: one of those there are."""
    # HCL drops the key's marks here.
    v = value.v
    options = v if v.__class__ is list else list(v.values()) if v.__class__ is dict else ()
    known: dict[str, Any] = {"one_of": tuple(options)} if options else {}
    hangs_on = (key,) if v.__class__ is not UnknownVal else (key, value)
    found = cty.unknown(type_, *hangs_on, **known)
    return Value(found.ty, found.v, value.marks)


def _entry(value: Value, type_: Map, key: Value) -> Value:
    at, v = key.v, value.v
    if at.__class__ is UnknownVal:
        return _some_element(value, key, type_.elem)
    if v.__class__ is UnknownVal:
        return _inside(value, at, type_.elem)
    found = v.get(at)
    if found is None:
        note = _keys_there(value, key)
        raise TerraformError("Invalid index", f"{_NOT_AN_ELEMENT}.", note=note)
    return cty.mark(found, value.marks | key.marks)


def _keys_there(value: Value, key: Value) -> str:
    """Which key it was and which there are, unless that is a secret."""
    if value.marks or key.marks:
        return ""
    names = [f'"{name}"' for name in list(value.v)[:_MOST_NAMES]]
    more = f" and {len(value.v) - len(names)} more" if len(value.v) > len(names) else ""
    there = f"there is {', '.join(names)}{more}" if names else "it is empty"
    text = f'The key is "{key.v}"; {there}.'
    if key.v == "default":
        text += " Where it comes from terraform.workspace, name the workspace with --workspace."
    return text


def _attribute_by_key(value: Value, key: Value) -> Value:
    was_number = key.ty is NUMBER
    key = _key(key, STRING)
    at, v = key.v, value.v
    if at.__class__ is UnknownVal:
        return _some_element(value, key, DYNAMIC)
    if v.__class__ is UnknownVal:
        found = _inside(value, at, DYNAMIC)
        return Value(DYNAMIC, found.v, value.marks)
    found = v.get(at)
    if found is None:
        hint = (
            " An object only supports looking up attributes by name, not by numeric index."
            if was_number
            else ""
        )
        note = "" if was_number else _keys_there(value, key)
        raise TerraformError("Invalid index", f"{_NOT_AN_ELEMENT}.{hint}", note=note)
    return cty.mark(found, value.marks)
