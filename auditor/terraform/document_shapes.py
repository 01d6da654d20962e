"""Whether a plan or state has the shape that Terraform gives it.

Readers take parts out of these documents by name. A part of another kind than expected (a file
that was cut, merged or written by hand) is refused with its place, so that none is taken for
"nothing there". Parts that no table names are not looked at.

Source: Terraform's state file format 4 and "JSON Output Format" (format_version 1.x).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OBJECT, LIST, MAP, TEXT = "an object", "a list", "an object of objects", "a text"
PATHS = "a list of paths"

Part = tuple[str, str]
"""What a part must be, and the shape of what is in it: of a list's elements, a map's values."""

Shapes = Mapping[str, Mapping[str, Part]]

STATE: Shapes = {
    "state": {"resources": (LIST, "group")},
    "group": {
        "type": (TEXT, ""),
        "name": (TEXT, ""),
        "module": (TEXT, ""),
        "instances": (LIST, "instance"),
    },
    "instance": {"attributes": (OBJECT, ""), "sensitive_attributes": (PATHS, "")},
}
SHOWN: Shapes = {
    "shown": {"values": (OBJECT, "values")},
    "values": {"root_module": (OBJECT, "module")},
    "module": {"resources": (LIST, "resource"), "child_modules": (LIST, "module")},
    "resource": {"address": (TEXT, ""), "type": (TEXT, ""), "values": (OBJECT, "")},
}
PLAN: Shapes = {
    "plan": {
        "planned_values": (OBJECT, ""),
        "variables": (MAP, ""),
        "resource_changes": (LIST, "change_of"),
        "deferred_changes": (LIST, "deferred"),
        "configuration": (OBJECT, "configuration"),
    },
    "change_of": {"address": (TEXT, ""), "type": (TEXT, ""), "change": (OBJECT, "change")},
    "change": {"actions": (LIST, ""), "after": (OBJECT, "")},
    "deferred": {"resource_change": (OBJECT, "")},
    "configuration": {"root_module": (OBJECT, "code"), "provider_config": (MAP, "provider")},
    "provider": {"expressions": (OBJECT, "")},
    "code": {"resources": (LIST, "block"), "module_calls": (MAP, "call")},
    "block": {"expressions": (OBJECT, "")},
    "call": {"module": (OBJECT, "code"), "expressions": (OBJECT, "")},
}
_REQUIRED = frozenset({"change_of.address", "change_of.change"})


def misshapen(document: Any, shapes: Shapes, start: str) -> str | None:
    """What is wrong: `resources[3].instances is no list`; None when nothing is.

    A part that is absent or null is none of these: Terraform leaves out what is empty.
    """
    open_ones: list[tuple[Any, str, str]] = [(document, start, "")]
    while open_ones:
        value, shape, where = open_ones.pop()
        if not isinstance(value, dict):
            return f"{where or 'it'} is no object"
        for name, (kind, inner) in shapes.get(shape, {}).items():
            part = value.get(name)
            at = f"{where}.{name}" if where else name
            if part is None and f"{shape}.{name}" in _REQUIRED:
                return f"{at} is missing"
            if part is None:
                continue
            if not _is(part, kind):
                return f"{at} is not {kind}"
            if inner:
                open_ones += [(each, inner, place) for each, place in _inside(part, kind, at)]
    return None


def _is(part: Any, kind: str) -> bool:
    if kind == PATHS:
        return isinstance(part, list) and all(_is_path(each) for each in part)
    if kind == MAP:
        return isinstance(part, dict) and all(isinstance(each, dict) for each in part.values())
    return isinstance(part, {LIST: list, TEXT: str}.get(kind, dict))


def _is_path(part: Any) -> bool:
    """As Terraform marks sensitive attributes: a list of steps, each an object."""
    return isinstance(part, list) and all(isinstance(step, dict) for step in part)


def _inside(part: Any, kind: str, at: str) -> list[tuple[Any, str]]:
    if kind == LIST:
        return [(each, f"{at}[{index}]") for index, each in enumerate(part)]
    if kind == MAP:
        return [(each, f"{at}.{key}") for key, each in part.items()]
    return [(part, at)]
