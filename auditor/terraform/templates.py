"""Strings with sequences in them.

Source: hcl 2.23 `hclsyntax/expression_template.go`; go-cty `ctystrings/prefix.go`.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Final
from unicodedata import combining

from auditor.terraform import cty
from auditor.terraform.convert import ConversionError, convert
from auditor.terraform.cty import TerraformError, UnknownVal, Value
from auditor.terraform.nodes import Expr, Join, Literal, Template
from auditor.terraform.scope import Run, Runner, Scope
from auditor.terraform.types import DYNAMIC, STRING, Tuple

_LONGEST_PREFIX: Final = 128
_ENDS_CLEANLY: Final = frozenset("-_:;/\\,.(){}[]|?!~ \t@#$%^&*+\"'")


def compile_template(node: Template, runner: Runner) -> Run:
    """The compiled form of a template: literal pieces are text already."""
    plan: list[tuple[str | None, Run | None, Expr]] = []
    for part in node.parts:
        if isinstance(part, Literal) and part.value.ty is STRING:
            plan.append((part.value.v, None, part))
        else:
            plan.append((None, runner(part), part))

    def run(scope: Scope) -> Value:
        pieces: list[str | Value] = []
        marks, has_holes = 0, False
        for text, part, place in plan:
            if part is None:
                pieces.append(text)  # type: ignore[arg-type]  # text where there is no part
                continue
            value = part(scope)
            v = value.v
            if v.__class__ is str and not value.marks:
                pieces.append(v)
                continue
            piece = _piece(value, place)
            marks |= piece.marks
            if piece.v.__class__ is UnknownVal:
                has_holes = True
                pieces.append(Value(piece.ty, piece.v))
            else:
                pieces.append(piece.v)
        if has_holes:
            return joined_parts(pieces, marks)
        joined = "".join(pieces)  # type: ignore[arg-type]  # all text without holes
        if len(joined) > 1000:
            scope.budget.grow(len(joined))
        return cty.mark(cty.string(joined), marks)

    return run


def _piece(value: Value, place: Expr) -> Value:
    """A part as a string; unknown ones as they are."""
    v = value.v
    if v is None:
        raise TerraformError(
            "Invalid template interpolation value",
            "The expression result is null. Cannot include a null value in a string template.",
            place.span,
        )
    if v.__class__ is UnknownVal:
        return value
    try:
        return convert(value, STRING)
    except ConversionError as wrong:
        raise TerraformError(
            "Invalid template interpolation value",
            f"Cannot include the given value in a string template: {wrong}.",
            place.span,
        ) from wrong


def joined_parts(parts: list[str | Value], marks: int = 0) -> Value:
    """The string that known text and unknown values make: known, or unknown with its parts."""
    merged = runs_of_text(_spliced(parts))
    holes = [part for part in merged if isinstance(part, Value)]
    if not holes:
        text = merged[0] if merged else ""
        return cty.mark(cty.string(text), marks)  # type: ignore[arg-type]
    prefix = ""
    for part in parts:
        if not isinstance(part, str):
            break
        prefix += part
    return cty.unknown(
        STRING,
        *[Value(hole.ty, hole.v) for hole in holes],
        marks=marks,
        not_null=True,
        prefix=safe_prefix(prefix),
        parts=tuple(merged),
    )


def runs_of_text(parts: Iterable[str | Value]) -> list[str | Value]:
    """The parts with neighbouring texts made one, and empty ones left out."""
    merged: list[str | Value] = []
    for is_text, run in groupby(parts, _is_text):
        if not is_text:
            merged += run
        elif text := "".join(run):  # type: ignore[arg-type]  # they are text
            merged.append(text)
    return merged


def _is_text(part: str | Value) -> bool:
    return part.__class__ is str


def _spliced(parts: list[str | Value]) -> list[str | Value]:
    """Parts with the parts of unknown parts put in their place."""
    found: list[str | Value] = []
    for part in parts:
        inner = part.v.parts if isinstance(part, Value) else None
        if inner is not None and not part.v.exact:  # type: ignore[union-attr]
            found += inner
        else:
            found.append(part)
    return found


def safe_prefix(text: str) -> str:
    """As much of a known beginning as stays the same whatever follows it.

    The last character may still combine with the next, except for common delimiters.
    """
    encoded = text.encode("utf-8", "surrogatepass")
    if len(encoded) > _LONGEST_PREFIX:
        text = encoded[:_LONGEST_PREFIX].decode("utf-8", "ignore")
    if not text:
        return ""
    end = len(text) - 1
    while end > 0 and (combining(text[end]) or text[end] in "\u200d\ufe0f"):
        end -= 1
    if end == len(text) - 1 and text[end] in _ENDS_CLEANLY:
        return text
    return text[:end]


def compile_join(node: Join, runner: Runner) -> Run:
    """The compiled form of `%{ for }`: the texts of all turns, one after the other."""
    loop = runner(node.loop)

    def run(scope: Scope) -> Value:
        turns = loop(scope)
        v = turns.v
        if not isinstance(turns.ty, Tuple) or v.__class__ is UnknownVal:
            return _unknown_join(turns)
        pieces: list[str | Value] = []
        marks = turns.marks
        open_end = False
        for turn in v:
            if turn.ty is DYNAMIC and turn.v is not None:
                open_end = True
                pieces.append(Value(STRING, turn.v))
                continue
            piece = _piece(turn, node)
            if piece.v.__class__ is UnknownVal:
                open_end = True
            elif not open_end:
                marks |= piece.marks
            pieces.append(piece.v if piece.v.__class__ is str else Value(piece.ty, piece.v))
        if not open_end:
            text = "".join(pieces)  # type: ignore[arg-type]
            scope.budget.grow(len(text))
            return cty.mark(cty.string(text), marks)
        known = joined_parts(pieces)
        # Terraform keeps no prefix here, and only the marks of the collection.
        parts = known.v.parts
        return Value(STRING, UnknownVal(known.v.refs, known.v.because, parts=parts), turns.marks)

    return run


def _unknown_join(turns: Value) -> Value:
    """Nothing is known of the text, but the texts of turns that are certain."""
    v = turns.v
    hole = Value(STRING, UnknownVal(v.refs, v.because))
    parts: list[str | Value] = [hole]
    for turn in v.items or ():
        parts += [turn.v if turn.v.__class__ is str else Value(STRING, UnknownVal(v.refs)), hole]
    known = tuple(parts) if len(parts) > 1 else None
    return Value(STRING, UnknownVal(v.refs, v.because, parts=known))
