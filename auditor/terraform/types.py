"""Terraform's types: primitives, collections, tuples, objects, and "not known yet".

Every type exists once: equal types are the same object, so `is` compares them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final
from weakref import WeakValueDictionary


class Type:
    """A type. `has_dynamic`: whether "not known yet" is this type or stands anywhere inside."""

    __slots__ = ("__weakref__", "has_dynamic")
    _known: ClassVar[WeakValueDictionary[Any, Type]] = WeakValueDictionary()

    has_dynamic: bool

    def json(self) -> Any:
        """The type in cty's JSON form: `"string"`, `["list", "string"]`, `["object", {...}]`."""
        raise TypeError(type(self).__name__)

    def name(self) -> str:
        """The type as Terraform's messages call it: `list of string`, `object`."""
        raise TypeError(type(self).__name__)

    def __repr__(self) -> str:
        return f"<{self.name()} {self.json()}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return from_json, (self.json(),)


class Primitive(Type):
    """string, number, bool, or `dynamic` (any type, not known yet)."""

    __slots__ = ("label",)

    def __init__(self, label: str) -> None:
        self.label = label
        self.has_dynamic = label == "dynamic"

    def json(self) -> Any:  # noqa: D102 - as the base says
        return self.label

    def name(self) -> str:  # noqa: D102 - as the base says
        return self.label


STRING: Final = Primitive("string")
NUMBER: Final = Primitive("number")
BOOL: Final = Primitive("bool")
DYNAMIC: Final = Primitive("dynamic")

PRIMITIVES: Final = {type_.label: type_ for type_ in (STRING, NUMBER, BOOL, DYNAMIC)}


class Collection(Type):
    """A list, set or map: any number of elements of one type, `elem`."""

    __slots__ = ("elem",)
    kind: ClassVar[str]

    elem: Type

    def json(self) -> Any:  # noqa: D102 - as the base says
        return [self.kind, self.elem.json()]

    def name(self) -> str:  # noqa: D102 - as the base says
        return f"{self.kind} of {'any single type' if self.elem is DYNAMIC else self.elem.name()}"

    def __new__(cls, elem: Type) -> Collection:  # noqa: D102 - one object for each type
        key = (cls, elem)
        found = Type._known.get(key)
        if found is None:
            found = object.__new__(cls)
            found.elem = elem
            found.has_dynamic = elem.has_dynamic
            Type._known[key] = found
        return found  # type: ignore[return-value]  # the key begins with the class


class List(Collection):
    """A list of elements of one type."""

    __slots__ = ()
    kind = "list"


class Set(Collection):
    """A set of elements of one type."""

    __slots__ = ()
    kind = "set"


class Map(Collection):
    """A map from strings to elements of one type."""

    __slots__ = ()
    kind = "map"


class Tuple(Type):
    """A fixed number of elements, each with a type of its own, `elems`."""

    __slots__ = ("elems",)

    elems: tuple[Type, ...]

    def __new__(cls, elems: Iterable[Type]) -> Tuple:  # noqa: D102 - one object for each type
        elems = tuple(elems)
        key = (cls, elems)
        found = Type._known.get(key)
        if found is None:
            found = object.__new__(cls)
            found.elems = elems
            found.has_dynamic = any(elem.has_dynamic for elem in elems)
            Type._known[key] = found
        return found  # type: ignore[return-value]  # the key begins with the class

    def json(self) -> Any:  # noqa: D102 - as the base says
        return ["tuple", [elem.json() for elem in self.elems]]

    def name(self) -> str:  # noqa: D102 - as the base says
        return "tuple"


class Object(Type):
    """Named attributes, each with a type: `attrs`, in the order of their names.

    optional: the attributes that may be left out; only in type constraints, never of a value.
    """

    __slots__ = ("attrs", "optional")

    attrs: dict[str, Type]
    optional: frozenset[str]

    def __new__(cls, attrs: Mapping[str, Type], optional: Iterable[str] = ()) -> Object:  # noqa: D102 - one object for each type
        items = tuple(sorted(attrs.items(), key=_first))
        optional = frozenset(optional)
        key = (cls, items, optional)
        found = Type._known.get(key)
        if found is None:
            found = object.__new__(cls)
            found.attrs = dict(items)
            found.optional = optional
            found.has_dynamic = any(type_.has_dynamic for _, type_ in items)
            Type._known[key] = found
        return found  # type: ignore[return-value]  # the key begins with the class

    def json(self) -> Any:  # noqa: D102 - as the base says
        attrs = {name: type_.json() for name, type_ in self.attrs.items()}
        return ["object", attrs, sorted(self.optional)] if self.optional else ["object", attrs]

    def name(self) -> str:  # noqa: D102 - as the base says
        return "object"


def _first(item: tuple[str, Type]) -> str:
    return item[0]


EMPTY_TUPLE: Final = Tuple(())
EMPTY_OBJECT: Final = Object({})


def from_json(form: Any) -> Type:
    """The type that cty's JSON form names; raises `ValueError` for anything else."""
    match form:
        case str() if form in PRIMITIVES:
            return PRIMITIVES[form]
        case ["list", elem]:
            return List(from_json(elem))
        case ["set", elem]:
            return Set(from_json(elem))
        case ["map", elem]:
            return Map(from_json(elem))
        case ["tuple", [*elems]]:
            return Tuple(from_json(elem) for elem in elems)
        case ["object", dict(attrs), *optional]:
            types = {name: from_json(type_) for name, type_ in attrs.items()}
            return Object(types, optional[0] if optional else ())
    raise ValueError(f"not a type: {form!r}")


def without_optional(type_: Type) -> Type:
    """The type with every optional attribute made an ordinary one."""
    match type_:
        case Collection(elem=elem):
            return type(type_)(without_optional(elem))
        case Tuple(elems=elems):
            return Tuple(without_optional(elem) for elem in elems)
        case Object(attrs=attrs):
            return Object({name: without_optional(attr) for name, attr in attrs.items()})
    return type_


def conforms(given: Type, wanted: Type) -> bool:
    """Whether a value of `given` fits `wanted` as it is, `dynamic` in `wanted` fitting anything."""
    if given is wanted or wanted is DYNAMIC:
        return True
    match given, wanted:
        case Collection(elem=have), Collection(elem=want) if type(given) is type(wanted):
            return conforms(have, want)
        case Tuple(elems=have_all), Tuple(elems=want_all):
            return len(have_all) == len(want_all) and all(map(conforms, have_all, want_all))
        case Object(attrs=have_attrs), Object(attrs=want_attrs):
            return have_attrs.keys() == want_attrs.keys() and all(
                conforms(have_attrs[name], want) for name, want in want_attrs.items()
            )
    return False
