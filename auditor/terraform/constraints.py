"""Type constraints as variables write them, `optional()` and its defaults included.

Source: hcl 2.23 `ext/typeexpr` (`get_type.go`, `defaults.go`).
"""

from __future__ import annotations

from dataclasses import field
from typing import Final, NoReturn

from auditor.records import dataclass
from auditor.terraform import cty
from auditor.terraform.convert import ConversionError, convert
from auditor.terraform.cty import TerraformError, UnknownVal, Value
from auditor.terraform.expressions import evaluate
from auditor.terraform.jsonsyntax import native
from auditor.terraform.nodes import Call, Expr, Literal, ObjectCons, Reference, TupleCons
from auditor.terraform.scope import Scope
from auditor.terraform.types import (
    BOOL,
    DYNAMIC,
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
from auditor.terraform.unify import turns_unknown, unify

_PRIMITIVES: Final = {"bool": BOOL, "string": STRING, "number": NUMBER, "any": DYNAMIC}
_COLLECTIONS: Final[dict[str, type[Collection]]] = {"list": List, "set": Set, "map": Map}
_SUMMARY: Final = "Invalid type specification"


@dataclass(slots=True)
class Defaults:
    """Defaults of optional attributes, at all depths of a type.

    values: by attribute name, of an object type. children: by attribute name, by index (as text) of
    a tuple, or under "" for the elements of a collection.
    """

    type: Type
    values: dict[str, Value] = field(default_factory=dict)
    children: dict[str, Defaults] = field(default_factory=dict)


def keyword_of(expr: Expr) -> str | None:
    """The word that an expression consists of; None where it is anything else."""
    if isinstance(expr, Reference) and not expr.steps:
        return expr.root
    if isinstance(expr, Literal) and expr.text.replace("-", "_").isidentifier():
        return expr.text  # true, false, null, or a bare key
    return None


def type_constraint(expr: Expr) -> tuple[Type, Defaults | None]:
    """The type that a `type` argument means, and its defaults; raises `TerraformError`.

    The old quoted form (`"string"`) is refused, as Terraform does, but JSON syntax needs quotes.
    """
    expr = native(expr)
    if isinstance(expr, Literal) and expr.text.startswith('"'):
        raise TerraformError(
            "Invalid quoted type constraints",
            "Terraform 0.11 and earlier required type constraints to be given in quotes, but that "
            "form is now deprecated and will be removed in a future version of Terraform. Remove "
            "the quotes around the type.",
            expr.span,
        )
    word = keyword_of(expr)
    if word == "list":
        return List(DYNAMIC), None
    if word == "map":
        return Map(DYNAMIC), None
    return _type(expr)


def _refuse(expr: Expr, detail: str) -> NoReturn:
    raise TerraformError(_SUMMARY, detail, expr.span)


def _needs(name: str) -> str:
    if name == "object":
        return (
            "The object type constructor requires one argument specifying the attribute types and "
            "values as a map."
        )
    if name == "tuple":
        return (
            "The tuple type constructor requires one argument specifying the "
            "element types as a list."
        )
    return f"The {name} type constructor requires one argument specifying the element type."


def _type(expr: Expr) -> tuple[Type, Defaults | None]:
    word = keyword_of(expr)
    if word in _PRIMITIVES:
        return _PRIMITIVES[word], None
    if word in _COLLECTIONS or word in ("object", "tuple"):
        _refuse(expr, _needs(word or ""))
    if word is not None:
        _refuse(expr, f'The keyword "{word}" is not a valid type specification.')
    if not isinstance(expr, Call):
        _refuse(
            expr,
            "A type specification is either a primitive type keyword (bool, number, string) or a "
            "complex type constructor call, like list(string).",
        )
    name = expr.name
    if name in _PRIMITIVES:
        _refuse(expr, f'Primitive type keyword "{name}" does not expect arguments.')
    if name in _COLLECTIONS or name in ("object", "tuple"):
        if len(expr.args) != 1:
            _refuse(expr, _needs(name))
        return _constructed(name, expr.args[0])
    if name == "optional":
        _refuse(expr, 'Keyword "optional" is valid only as a modifier for object type attributes.')
    _refuse(expr, f'Keyword "{name}" is not a valid type constructor.')


def _constructed(name: str, argument: Expr) -> tuple[Type, Defaults | None]:
    if name == "object":
        return _object(argument)
    if name == "tuple":
        return _tuple(argument)
    elem, inner = _type(argument)
    type_ = _COLLECTIONS[name](elem)
    return type_, Defaults(type_, children={"": inner}) if inner else None


def _tuple(argument: Expr) -> tuple[Type, Defaults | None]:
    if not isinstance(argument, TupleCons):
        _refuse(argument, "Tuple type constructor requires a list of element types.")
    elems: list[Type] = []
    children: dict[str, Defaults] = {}
    for position, item in enumerate(argument.items):
        elem, inner = _type(item)
        elems.append(elem)
        if inner is not None:
            children[str(position)] = inner
    type_ = Tuple(elems)
    return type_, Defaults(type_, children=children) if children else None


def _object(argument: Expr) -> tuple[Type, Defaults | None]:
    if not isinstance(argument, ObjectCons):
        _refuse(
            argument,
            "Object type constructor requires a map whose keys are attribute names and whose "
            "values are the corresponding attribute types.",
        )
    attrs: dict[str, Type] = {}
    optional: list[str] = []
    values: dict[str, Value] = {}
    children: dict[str, Defaults] = {}
    for key, value in argument.items:
        name = keyword_of(key)
        if name is None:
            _refuse(key, "Object constructor map keys must be attribute names.")
        if name in attrs:
            _refuse(key, "Object constructor map keys must be unique.")
        default: Value | None = None
        if isinstance(value, Call) and value.name == "optional":
            optional.append(name)
            value, default = _optional(value)
        attrs[name], inner = _type(value)
        if default is not None:
            values[name] = _fitting(default, attrs[name], value)
        if inner is not None:
            children[name] = inner
    type_ = Object(attrs, optional)
    return type_, Defaults(type_, values, children) if values or children else None


def _optional(call: Call) -> tuple[Expr, Value | None]:
    if not call.args:
        _refuse(call, "Optional attribute modifier requires the attribute type as its argument.")
    if len(call.args) > 2:
        _refuse(
            call,
            "Optional attribute modifier expects at most two arguments: the attribute type, and a "
            "default value.",
        )
    default = evaluate(call.args[1], Scope()) if len(call.args) == 2 else None
    return call.args[0], default


def _fitting(default: Value, type_: Type, place: Expr) -> Value:
    try:
        return convert(default, type_)
    except ConversionError as wrong:
        raise TerraformError(
            "Invalid default value for optional attribute",
            f"This default value is not compatible with the attribute's type constraint: {wrong}.",
            place.span,
        ) from wrong


# -- applying defaults -----------------------------------------------------------------------


def apply_defaults(value: Value, defaults: Defaults | None) -> Value:
    """The value with defaults where optional attributes are absent or null; convert it after."""
    v = value.v
    if defaults is None or v is None or v.__class__ is UnknownVal:
        return value
    if v.__class__ is list:
        return cty.mark(_sequence(value, defaults), value.marks)
    if v.__class__ is dict:
        return cty.mark(_mapping(value, defaults), value.marks)
    return value


def _child(defaults: Defaults, key: str | int) -> Defaults | None:
    is_named = isinstance(defaults.type, Tuple if isinstance(key, int) else Object)
    return defaults.children.get(str(key) if is_named else "")


def _sequence(value: Value, defaults: Defaults) -> Value:
    items = [
        apply_defaults(item, _child(defaults, position)) for position, item in enumerate(value.v)
    ]
    if isinstance(value.ty, Tuple):
        return cty.tuple_(items)
    assert isinstance(value.ty, Collection)
    make = cty.set_ if isinstance(value.ty, Set) else cty.list_
    if not items:
        return make((), value.ty.elem)
    unified = _unified(items)
    return make(unified) if unified is not None else cty.tuple_(items)


def _mapping(value: Value, defaults: Defaults) -> Value:
    entries = {key: apply_defaults(item, _child(defaults, key)) for key, item in value.v.items()}
    for key, default in defaults.values.items():
        present = entries.get(key)
        if present is None or present.v is None:
            inner = defaults.children.get(key)
            entries[key] = apply_defaults(default, inner) if inner else default
        elif cty.certainly_not_null(default):
            entries[key] = cty.not_null(present)
    if isinstance(value.ty, Object):
        return cty.object_(entries)
    assert isinstance(value.ty, Collection)
    if not entries:
        return cty.map_({}, value.ty.elem)
    unified = _unified(list(entries.values()))
    if unified is None:
        return cty.object_(entries)
    return cty.map_(dict(zip(entries, unified, strict=True)))


def _unified(items: list[Value]) -> list[Value] | None:
    """The elements brought to one type; None where there is none."""
    types = [item.ty for item in items]
    common = unify(types)
    if common is None:
        return None
    if turns_unknown(types, common):
        return [Value(DYNAMIC, UnknownVal(cty.refs_of(item), one_of=(item,))) for item in items]
    try:
        return [convert(item, common) for item in items]
    except ConversionError:
        return None
