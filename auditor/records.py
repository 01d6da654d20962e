"""`dataclass`, as in the standard library, made in a fraction of the time.

The standard one compiles each of up to seven methods by itself, about a millisecond for a class;
a start that makes 130 classes spends a third of its time there. This one compiles `__init__` alone
and shares the rest. It knows what most classes here are (`frozen`, `slots`, `eq`, `repr`, plain
defaults and factories) and leaves everything else to the standard library, so what a class does is
the same either way. For type checkers it *is* the standard one.

SOURCE: Python 3.11, "dataclasses" and Lib/dataclasses.py.
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(
        *,
        frozen: bool = False,
        slots: bool = False,
        eq: bool = True,
        repr: bool = True,
        **more: Any,
    ) -> Any:
        """As `dataclasses.dataclass`."""

        def made(cls: type) -> type:
            plan = _fields(cls) if slots and not more else None
            if plan is None:
                options = {"frozen": frozen, "slots": slots, "eq": eq, "repr": repr, **more}
                return dataclasses.dataclass(**options)(cls)
            return _build(cls, plan, frozen, eq, repr)

        return made


__all__ = ["dataclass"]

_NO_DEFAULT: Final = dataclasses.MISSING
_DOUBTFUL: Final = ("ClassVar", "InitVar", "KW_ONLY")
_WRITTEN: Final = frozenset(
    {"__init__", "__eq__", "__hash__", "__repr__", "__setattr__", "__delattr__", "__slots__"}
)
"""What a class may write itself, in which case the standard library knows what is to be done."""


def _fields(cls: type) -> dict[str, Any] | None:
    """Field names and defaults (values, `field(…)`, or none); None where it is no plain class."""
    if cls.__bases__ != (object,) or not _WRITTEN.isdisjoint(cls.__dict__):
        return None
    found: dict[str, Any] = {}
    annotations: dict[str, Any] = vars(cls).get("__annotations__", {})
    for name, annotation in annotations.items():
        if not isinstance(annotation, str) or any(word in annotation for word in _DOUBTFUL):
            return None
        if name == "self" or name.startswith("_"):
            return None  # they could be names that `__init__` has already
        default = cls.__dict__.get(name, _NO_DEFAULT)
        if isinstance(default, dataclasses.Field):
            if not default.init or default.hash is not None or default.kw_only is True:
                return None
        elif default is not _NO_DEFAULT and default.__class__.__hash__ is None:
            return None  # the standard library refuses it with words of its own
        found[name] = default
    return found


def _is_field(default: Any) -> bool:
    return isinstance(default, dataclasses.Field)


def _build(cls: type, plan: dict[str, Any], frozen: bool, eq: bool, repr_: bool) -> type:
    members = {n: v for n, v in cls.__dict__.items() if n not in ("__dict__", "__weakref__")}
    for name in plan:
        members.pop(name, None)
    members["__slots__"] = members["__match_args__"] = tuple(plan)
    members["__init__"] = _init(plan, frozen, "__post_init__" in members)
    members["__dataclass_fields__"] = _LazyFields(cls)
    if repr_:
        members["__repr__"] = _repr([n for n, f in plan.items() if not _is_field(f) or f.repr])
    if eq:
        names = [n for n, f in plan.items() if not _is_field(f) or f.compare]
        members["__eq__"] = _eq(names)
        members["__hash__"] = _hash(names) if frozen else None
    made = type(cls)(cls.__name__, cls.__bases__, members)
    for name, method in _frozen(made, plan).items() if frozen else ():
        setattr(made, name, method)
    made.__qualname__ = cls.__qualname__
    return made


def _init(plan: dict[str, Any], frozen: bool, has_more: bool) -> Any:
    names: dict[str, Any] = {"_set": object.__setattr__, "_none": _NO_DEFAULT}
    parameters, body = ["self"], []
    for name, default in plan.items():
        value: str = name
        factory: Any = None
        if isinstance(default, dataclasses.Field):
            made = default.default_factory
            factory = None if made is _NO_DEFAULT else made
            default = default.default
        if factory is not None:
            names[f"_make_{name}"] = factory
            value, default = f"_make_{name}() if {name} is _none else {name}", _NO_DEFAULT
            parameters.append(f"{name}=_none")
        elif default is not _NO_DEFAULT:
            names[f"_is_{name}"] = default
            parameters.append(f"{name}=_is_{name}")
        else:
            parameters.append(name)
        body.append(f"_set(self, '{name}', {value})" if frozen else f"self.{name} = {value}")
    if has_more:
        body.append("self.__post_init__()")
    # Field names are identifiers of a class of ours: no text from outside gets here.
    exec(f"def __init__({', '.join(parameters)}):\n " + "\n ".join(body or ["pass"]), names)
    return names["__init__"]


def _repr(shown: list[str]) -> Any:
    def text(self: Any) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{self.__class__.__qualname__}({values})"

    return text


def _values(names: list[str]) -> Any:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)


def _eq(names: list[str]) -> Any:
    values = _values(names)

    def equal(self: Any, other: object) -> Any:
        if other.__class__ is self.__class__:
            return values(self) == values(other)
        return NotImplemented

    return equal


def _hash(names: list[str]) -> Any:
    values = _values(names)

    def hashed(self: Any) -> int:
        return hash(values(self))

    return hashed


def _frozen(cls: type, plan: dict[str, Any]) -> dict[str, Any]:
    """What keeps instances as they are, and lets them be copied and pickled all the same."""

    def set_(self: Any, name: str, value: Any) -> None:
        if type(self) is cls or name in plan:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        object.__setattr__(self, name, value)

    def delete(self: Any, name: str) -> None:
        if type(self) is cls or name in plan:
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        object.__delattr__(self, name)

    def state(self: Any) -> list[Any]:
        return [getattr(self, name) for name in plan]

    def restore(self: Any, values: list[Any]) -> None:
        for name, value in zip(plan, values, strict=True):
            object.__setattr__(self, name, value)

    return {
        "__setattr__": set_,
        "__delattr__": delete,
        "__getstate__": state,
        "__setstate__": restore,
    }


class _LazyFields:
    """`__dataclass_fields__`, for `fields`, `replace` and `asdict`: made when first asked for."""

    def __init__(self, original: type) -> None:
        self._original = original

    def __get__(self, instance: object, owner: Any) -> Any:
        made = owner.__dict__.get("__dataclass_fields__")
        plain: Any = dataclasses.dataclass(init=False, repr=False, eq=False)(self._original)
        if made is self:
            owner.__dataclass_fields__ = plain.__dataclass_fields__
        return plain.__dataclass_fields__
