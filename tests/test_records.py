"""Our quick `dataclass` makes what the standard library's makes."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, field
from typing import Any, ClassVar

import pytest

from auditor import records

BOTH = pytest.mark.parametrize("maker", [dataclasses.dataclass, records.dataclass])


def point(maker: Any, **options: Any) -> Any:
    @maker(slots=True, **options)
    class Point:
        """A point."""

        x: int
        y: int = 2
        tags: list[str] = field(default_factory=list)
        note: str = field(default="", compare=False, repr=False)

        def far(self) -> bool:
            return self.x > 10

    return Point


@records.dataclass(frozen=True, slots=True)
class Kept:
    """At the top of a module, as pickle wants it."""

    x: int
    y: str = "y"


@BOTH
def test_what_it_makes(maker: Any) -> None:
    made = point(maker)(1, tags=["a"])

    assert (made.x, made.y, made.tags, made.note, made.far()) == (1, 2, ["a"], "", False)
    assert repr(made).endswith("Point(x=1, y=2, tags=['a'])")
    assert not hasattr(made, "__dict__")


@BOTH
def test_instances_share_no_defaults(maker: Any) -> None:
    of = point(maker)
    of(1).tags.append("x")

    assert of(1).tags == []


@BOTH
def test_equality_and_hash(maker: Any) -> None:
    of = point(maker)

    assert of(1, note="a") == of(1, note="b")
    assert of(1) != of(2)
    assert of.__hash__ is None


@BOTH
def test_missing_and_surplus_arguments(maker: Any) -> None:
    with pytest.raises(TypeError, match="required positional argument: 'x'"):
        point(maker)()
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        point(maker)(1, z=2)


@BOTH
def test_the_standard_functions_work_on_it(maker: Any) -> None:
    of = point(maker)

    assert [each.name for each in dataclasses.fields(of)] == ["x", "y", "tags", "note"]
    assert dataclasses.replace(of(1), y=5).y == 5
    assert dataclasses.asdict(of(1)) == {"x": 1, "y": 2, "tags": [], "note": ""}
    assert dataclasses.is_dataclass(of)
    assert of.__match_args__ == ("x", "y", "tags", "note")


@BOTH
def test_frozen(maker: Any) -> None:
    @maker(frozen=True, slots=True)
    class Name:
        text: str
        parts: tuple[str, ...] = ()

    name = Name("a")

    assert hash(name) == hash(Name("a"))
    assert {name: 1}[Name("a")] == 1
    with pytest.raises(FrozenInstanceError):
        name.text = "b"
    with pytest.raises(FrozenInstanceError):
        del name.text
    assert copy.copy(name) == name


def test_frozen_ones_are_pickled() -> None:
    assert pickle.loads(pickle.dumps(Kept(1))) == Kept(1, "y")


@BOTH
def test_a_list_is_no_default(maker: Any) -> None:
    with pytest.raises(ValueError, match="mutable default"):

        @maker(slots=True)
        class Wrong:
            items: list[str] = []  # noqa: RUF012 - that is what is refused


@BOTH
def test_what_a_class_writes_itself_stays(maker: Any) -> None:
    @maker(slots=True, frozen=True)
    class Own:
        names: ClassVar[int] = 3
        x: int

        def __hash__(self) -> int:
            return 7

        def __post_init__(self) -> None:
            object.__setattr__(self, "x", self.x + 1)

    assert (Own(1).x, hash(Own(1)), Own.names) == (2, 7, 3)


@BOTH
def test_a_field_may_be_called_self(maker: Any) -> None:
    @maker(frozen=True, slots=True)
    class Allowed:
        each: bool = False
        self: bool = False

    assert Allowed(self=True).self
