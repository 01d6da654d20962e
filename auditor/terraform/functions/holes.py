"""Text with holes: what is known of a string that an unknown value is part of.

Terraform says of `"arn:aws:s3:::${var.name}"` that it is unknown. An audit keeps its pieces: text,
and in between the unknown values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from auditor.terraform import cty, number
from auditor.terraform.cty import UnknownVal, Value
from auditor.terraform.templates import runs_of_text
from auditor.terraform.types import BOOL, NUMBER, STRING

Piece = str | Value


def is_hole(value: Value) -> bool:
    """Whether the value is unknown."""
    return value.v.__class__ is UnknownVal


def pieces(value: Value) -> tuple[Piece, ...]:
    """The pieces of a string, number or bool that is not null: text and unknown values."""
    v = value.v
    if v.__class__ is UnknownVal:
        parts: tuple[Piece, ...] | None = v.parts
        return (value,) if parts is None else parts
    if value.ty is NUMBER:
        try:
            return (number.text(v),)
        except number.NumberError:
            return (blurred(value),)
    if value.ty is BOOL:
        return ("true" if v else "false",)
    return (v,) if v else ()


def blurred(*values: Value) -> Value:
    """A hole that hangs on what these values hang on, and nothing more."""
    return cty.unknown(STRING, *values)


def known(parts: Iterable[Piece]) -> dict[str, Any]:
    """These pieces as `parts` of an `UnknownVal`; nothing where there is no text among them.

    Text without a hole is the only choice there is: certain, though unknown to Terraform.
    """
    tidy = runs_of_text(parts)
    if not any(isinstance(part, str) for part in tidy):
        return {}
    if len(tidy) == 1:
        return {"one_of": (cty.string(str(tidy[0])),)}
    return {"parts": tuple(tidy)}


def each_text(value: Value, change: Callable[[str], str]) -> Mapping[str, Any]:
    """What is left known when each character of a string is changed for itself."""
    return known(change(part) if isinstance(part, str) else blurred(part) for part in pieces(value))


def one_of(options: Sequence[Value], limit: int = 64) -> Mapping[str, Any]:
    """These values as all that an unknown can be; options that are such choices are opened."""
    opened: list[Value] = []
    for option in options:
        choices = option.v.one_of if option.v.__class__ is UnknownVal else None
        opened.extend(choices if choices else (option,))
    return {"one_of": tuple(opened)} if 0 < len(opened) <= limit else {}


def certain_items(value: Value) -> tuple[Value, ...]:
    """The elements that a list, set or tuple certainly has, in order."""
    v = value.v
    if v.__class__ is UnknownVal:
        return v.items or ()
    return tuple(v) if v.__class__ is list else ()


def certain_entries(value: Value) -> Mapping[str, Value]:
    """The entries that a map or object certainly has."""
    v = value.v
    if v.__class__ is UnknownVal:
        return v.entries or {}
    return v if v.__class__ is dict else {}


def start(value: Value) -> str:
    """The text that a string certainly begins with."""
    v = value.v
    if v.__class__ is not UnknownVal:
        return v or ""
    first = v.parts[0] if v.parts else ""
    known_start = first if isinstance(first, str) else ""
    return max(known_start, v.prefix, key=len)
