"""`format` and `formatlist`.

Source: go-cty 1.16 `function/stdlib/format.go`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from auditor.terraform import cty, number
from auditor.terraform.convert import ConversionError, convert
from auditor.terraform.cty import Value
from auditor.terraform.function import Context, Function, Parameter
from auditor.terraform.functions import graphemes, holes
from auditor.terraform.functions.arguments import refuse
from auditor.terraform.functions.goformat import (
    Verb,
    format_float,
    format_integer,
    general,
    parse_format,
)
from auditor.terraform.functions.holes import Piece
from auditor.terraform.functions.json_text import encode, quoted
from auditor.terraform.templates import safe_prefix
from auditor.terraform.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    List,
    Primitive,
    Set,
    Tuple,
)

_FORMAT: Final = Parameter("format", STRING)
_ARGS: Final = Parameter("args", DYNAMIC, allow_null=True, allow_unknown=True)


@lru_cache(maxsize=256)
def _parsed(text: str) -> tuple[str | Verb, ...]:
    try:
        return tuple(parse_format(text))
    except ValueError as wrong:
        refuse(str(wrong))


def _format(args: list[Value], context: Context) -> Value:
    text, values = args[0].v, args[1:]
    if any(cty.has_unknown(value) for value in values):
        before = text.partition("%")[0] if "%" in text else ""
        return cty.unknown(
            STRING, *values, not_null=True, prefix=safe_prefix(before), **_known(text, values)
        )
    return cty.string(_formatted(_parsed(text), values, context))


def _formatted(parts: Sequence[str | Verb], values: Sequence[Value], context: Context) -> str:
    out, most = [], 0
    for part in parts:
        if isinstance(part, Verb):
            _check_argument(part, values)
            context.budget.grow((part.width or 0) + (part.precision or 0))
            most = max(most, part.argument)
            part = _write(part, values[part.argument - 1])
        out.append(part)
    if most < len(values):
        some = f"only {most} used by format string" if most else "no verbs in format string"
        refuse(f"too many arguments; {some}", most + 1)
    context.budget.grow(sum(map(len, out)))
    return "".join(out)


def _check_argument(verb: Verb, values: Sequence[Value]) -> None:
    if verb.argument > len(values):
        refuse(
            f'not enough arguments for "{verb.raw}" at {verb.offset}: need index {verb.argument} '
            f"but have {len(values)} total"
        )


def _write(verb: Verb, value: Value) -> str:
    if value.v is None and verb.letter != "v":
        _unsupported(verb, "null value cannot be formatted")
    match verb.letter:
        case "v":
            return _padded(verb, _default(verb, value))
        case "t":
            return "true" if _converted(verb, value, BOOL).v else "false"
        case "b" | "d" | "o" | "x" | "X":
            return format_integer(verb, _whole(verb, _converted(verb, value, NUMBER).v))
        case "e" | "E" | "f" | "g" | "G":
            return _float(verb, _converted(verb, value, NUMBER).v)
        case "s" | "q":
            return _text(verb, _converted(verb, value, STRING).v)
    refuse(f"unsupported format verb '{verb.letter}' in \"{verb.raw}\" at offset {verb.offset}")


def _unsupported(verb: Verb, why: str) -> None:
    refuse(f'unsupported value for "{verb.raw}" at {verb.offset}: {why}')


def _converted(verb: Verb, value: Value, wanted: Primitive) -> Value:
    try:
        return convert(value, wanted)
    except ConversionError as wrong:
        refuse(f'unsupported value for "{verb.raw}" at {verb.offset}: {wrong}')


def _default(verb: Verb, value: Value) -> str:
    v = value.v
    try:
        if v is not None and "#" not in verb.flags:
            if value.ty is STRING:
                return str(v)
            if value.ty is NUMBER:
                return general(v)
        return encode(value)
    except number.NumberError as wrong:
        refuse(f'unsupported value for "{verb.raw}" at {verb.offset}: {wrong}')


def _whole(verb: Verb, value: number.Number) -> int:
    if not number.is_whole(value):
        _unsupported(verb, "an integer is required")
    if isinstance(value, number.Float):
        if value.exponent > number.PRINTABLE_EXPONENT:
            _unsupported(verb, "a number this large cannot be written out")
        return value.mantissa << value.exponent
    return int(value)


def _float(verb: Verb, value: number.Number) -> str:
    try:
        return format_float(verb, value)
    except number.NumberError as wrong:
        refuse(f'unsupported value for "{verb.raw}" at {verb.offset}: {wrong}')


def _text(verb: Verb, text: str) -> str:
    if verb.precision:
        text = "".join(graphemes.clusters(text)[: verb.precision])
    return _padded(verb, quoted(text) if verb.letter == "q" else text)


def _padded(verb: Verb, text: str) -> str:
    if verb.width is None:
        return text
    missing = verb.width - graphemes.count(text)
    if missing <= 0:
        return text
    padding = ("0" if "0" in verb.flags else " ") * missing
    return text + padding if "-" in verb.flags else padding + text


# -- formatting unknown values ---------------------------------------------------------------


def _known(text: str, values: Sequence[Value]) -> Mapping[str, Any]:
    """What is known of a formatted text when some of the values are not."""
    try:
        pieces: list[Piece] = []
        for part in _parsed(text):
            if isinstance(part, Verb):
                _check_argument(part, values)
                pieces += _pieces(part, values[part.argument - 1])
            else:
                pieces.append(part)
    except cty.FunctionError:
        return {}
    return holes.known(pieces)


def _format_partial(args: list[Value]) -> Mapping[str, Any]:
    return {} if holes.is_hole(args[0]) else _known(args[0].v, args[1:])


def _pieces(verb: Verb, value: Value) -> tuple[Piece, ...]:
    if (verb.width or 0) + (verb.precision or 0) > 1000:
        return (holes.blurred(value),)
    if not cty.has_unknown(value):
        return (_write(verb, value),)
    if holes.is_hole(value) and verb.letter in "sdv" and verb.raw[1:] == verb.letter:
        return holes.pieces(value)
    return (holes.blurred(value),)


def _formatlist(args: list[Value], context: Context) -> Value:
    text, values = args[0].v, args[1:]
    if not values:
        return cty.list_([_format(args, context)])
    length = _common_length(values)
    if any(_is_open(value) for value in values):
        return cty.unknown(List(STRING), *values, items=_certain_rows(text, values))
    found = []
    for turn in range(1 if length is None else length):
        row = [value.v[turn] if _iterates(value) else value for value in values]
        context.budget.spend(len(row))
        if any(cty.has_unknown(value) for value in row):
            found.append(cty.unknown(STRING, *row, not_null=True, **_known(text, row)))
            continue
        try:
            found.append(cty.string(_formatted(_parsed(text), row, context)))
        except cty.FunctionError as wrong:
            refuse(f"error on format iteration {turn}: {wrong}")
    return cty.list_(found, STRING)


def _formatlist_partial(args: list[Value]) -> Mapping[str, Any]:
    rows = None if holes.is_hole(args[0]) else _certain_rows(args[0].v, args[1:])
    return {"items": rows} if rows else {}


def _certain_rows(text: str, values: Sequence[Value]) -> tuple[Value, ...] | None:
    """The texts for the certain elements of the only list among the values, if there is but one."""
    lists = [
        place
        for place, value in enumerate(values)
        if _iterates(value) or (value.ty is DYNAMIC and holes.is_hole(value))
    ]
    if len(lists) != 1:
        return None
    rows = []
    for item in holes.certain_items(values[lists[0]]):
        row = [item if place == lists[0] else value for place, value in enumerate(values)]
        rows.append(cty.unknown(STRING, *row, not_null=True, **_known(text, row)))
    return tuple(rows) or None


def _iterates(value: Value) -> bool:
    return isinstance(value.ty, List | Set | Tuple) and value.v is not None


def _is_open(value: Value) -> bool:
    """Whether it is not known what, or how many values an argument gives."""
    if not _iterates(value):
        return value.ty is DYNAMIC and holes.is_hole(value)
    return holes.is_hole(value) or holes.is_hole(cty.length(value))


def _common_length(values: Sequence[Value]) -> int | None:
    """How many turns the lists among the arguments make; None where there is no list."""
    found: tuple[int, int] | None = None
    for place, value in enumerate(values, start=1):
        if not _iterates(value):
            continue
        if isinstance(value.ty, Tuple):
            length = len(value.ty.elems)
        elif _is_open(value):
            continue
        else:
            length = len(value.v)
        if found is None:
            found = (length, place)
        elif length != found[0]:
            refuse(
                f"argument {place} has length {length}, which is inconsistent with argument "
                f"{found[1]} of length {found[0]}",
                place,
            )
    return found[0] if found else None


FUNCTIONS: Final = {
    "format": Function(
        "format", (_FORMAT,), STRING, _format, variadic=_ARGS, partial=_format_partial
    ),
    "formatlist": Function(
        "formatlist",
        (_FORMAT,),
        List(STRING),
        _formatlist,
        variadic=_ARGS,
        partial=_formatlist_partial,
    ),
}
