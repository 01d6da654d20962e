"""What the code says at a place that a plan leaves unknown.

A plan names places by position, and it sorts the elements of a set by their hash: the second
`origin` of a plan may be the first one in the code. So elements of sets are found by what is known
of both. Where several of the code may be meant and say different things, that is left open: to
take the wrong one could call something safe, or absent, that is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from auditor.records import dataclass
from auditor.resource import Resource
from auditor.terraform.schema import aws
from auditor.terraform.types import Collection, Object, Set, Tuple, Type
from auditor.values import Path, Ref, Sensitive, Unknown, unknowns_in

_UNMATCHED = "which element of the code it is cannot be told from the plan"


@dataclass(frozen=True, slots=True)
class InCode:
    """Gives what the code has where a plan is unknown; None where nothing is set there.

    after, unknown: the planned attributes and their `after_unknown`.
    """

    twin: Resource
    after: Any
    unknown: Any

    def __call__(self, path: Path) -> Any:
        """An unknown with its references, or a tree that holds some; None for what is not set."""
        found = _distinct(self._values(path))
        if not found:
            return Unknown(because=_UNMATCHED)
        if len(found) > 1:
            open_ends = [each for value in found for each in unknowns_in(value)]
            refs = [ref for each in open_ends for ref in each.refs]
            return Unknown(refs, because=None if refs else _UNMATCHED)
        (value,) = found
        if value is None or next(unknowns_in(value), None) is not None:
            return value
        # The plan knows less than the code: believe it.
        return Unknown((Ref(self.twin.address, path),), exact=True)

    def _values(self, path: Path) -> list[Any]:
        """What stands in the code where the path may lead; unknowns met on the way as they are."""
        schema = aws().resource(self.twin.type)
        kind: Type | None = schema.type if schema is not None else None
        plan, marks = self.after, self.unknown
        values: list[Any] = [self.twin.data]
        for step in path:
            below: list[Any] = []
            for value in map(_bare, values):
                if isinstance(value, Unknown):
                    below.append(value)
                elif isinstance(step, int) and isinstance(kind, Set) and isinstance(value, list):
                    below += _same(value, _at(plan, step), _at(marks, step), kind.elem)
                else:
                    below.append(_at(value, step))
            values, kind = below, _inner(kind, step)
            plan, marks = _at(plan, step), True if marks is True else _at(marks, step)
        return [_bare(value) for value in values]


def _bare(value: Any) -> Any:
    return value.value if isinstance(value, Sensitive) else value


def _at(value: Any, step: str | int) -> Any:
    if isinstance(value, Mapping):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return None


def _inner(kind: Type | None, step: str | int) -> Type | None:
    if isinstance(kind, Object):
        return kind.attrs.get(str(step))
    if isinstance(kind, Tuple):
        return kind.elems[step] if isinstance(step, int) and step < len(kind.elems) else None
    return kind.elem if isinstance(kind, Collection) else None


def _same(values: Iterable[Any], planned: Any, marks: Any, kind: Type | None) -> Iterator[Any]:
    """The elements of a set that may be a planned one."""
    return (value for value in values if _agrees(value, planned, marks, kind))


def _agrees(value: Any, planned: Any, marks: Any, kind: Type | None) -> bool:
    """Whether a value of the code may be a planned one; what is not set may have been filled in."""
    value = _bare(value)
    if value is None or isinstance(value, Unknown) or marks is True:
        return True
    if isinstance(value, dict) and isinstance(planned, Mapping):
        return all(
            _agrees(each, planned.get(name), _at(marks, name), _inner(kind, name))
            for name, each in value.items()
        )
    if isinstance(value, list) and isinstance(planned, list):
        return _agree(value, planned, marks, kind)
    return (planned is None and bool(marks)) or _text(value) == _text(planned)


def _agree(values: list[Any], planned: list[Any], marks: Any, kind: Type | None) -> bool:
    inner = _inner(kind, 0)
    if isinstance(kind, Set):
        pairs = [(p, _at(marks, number)) for number, p in enumerate(planned)]
        return all(any(_agrees(v, p, m, inner) for p, m in pairs) for v in values)
    count = max(len(planned), len(marks) if isinstance(marks, list) else 0)
    return len(values) == count and all(
        _agrees(value, _at(planned, number), _at(marks, number), inner)
        for number, value in enumerate(values)
    )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _distinct(values: Iterable[Any]) -> list[Any]:
    """Each value once; unknowns are one where they hang on the same."""
    found: dict[str, Any] = {}
    for value in values:
        found.setdefault(repr(value), value)
    return list(found.values())
