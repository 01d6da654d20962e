"""`jsonencode` and `jsondecode`.

Source: go-cty 1.16 `json/marshal.go`, `json/type_implied.go`, `function/stdlib/json.go`; Go 1.23
`encoding/json` for escapes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NoReturn
from unicodedata import normalize

from auditor.terraform import cty, number
from auditor.terraform.convert import ConversionError, convert
from auditor.terraform.cty import Value
from auditor.terraform.function import Context, Function, Parameter
from auditor.terraform.functions import holes
from auditor.terraform.functions.arguments import refuse
from auditor.terraform.functions.holes import Piece
from auditor.terraform.functions.strings import SPACES
from auditor.terraform.options import MOST_OPTIONS
from auditor.terraform.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    List,
    Map,
    Object,
    Primitive,
    Set,
    Tuple,
    Type,
)

# -- encoding --------------------------------------------------------------------------------

_DANGEROUS: Final = {
    ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026",
    0x2028: "\\u2028", 0x2029: "\\u2029",
}  # fmt: skip


def escaped(text: str) -> str:
    """Text as it stands between the quotes of a JSON string, with Go's escapes for HTML."""
    return json.dumps(text, ensure_ascii=False)[1:-1].translate(_DANGEROUS)


def quoted(text: str) -> str:
    """Text as a JSON string."""
    return f'"{escaped(text)}"'


def encode(value: Value) -> str:
    """A known value as JSON without spaces; raises `NumberError` for infinity."""
    pieces: list[Piece] = []
    _encode(value, pieces)
    return "".join(piece for piece in pieces if isinstance(piece, str))


def _encode(value: Value, out: list[Piece]) -> None:
    """Adds the JSON text of a value; unknown values stand as holes where theirs would be."""
    v = value.v
    if v is None:
        out.append("null")
    elif isinstance(v, str):
        out.append(quoted(v))
    elif isinstance(v, bool):
        out.append("true" if v else "false")
    elif isinstance(v, list):
        _encode_list(v, out)
    elif isinstance(v, dict):
        _encode_object(v, out)
    elif value.ty is NUMBER and not holes.is_hole(value):
        out.append(number.text(v))
    elif v.parts and value.ty is STRING:
        out.append('"')
        out.extend(escaped(part) if isinstance(part, str) else part for part in v.parts)
        out.append('"')
    elif v.items:
        _encode_open("[]", ((None, item) for item in v.items), holes.blurred(value), out)
    elif v.entries:
        _encode_open("{}", v.entries.items(), holes.blurred(value), out)
    else:
        out.append(value)


def _encode_open(
    brackets: str, members: Iterable[tuple[str | None, Value]], gap: Value, out: list[Piece]
) -> None:
    """A list or object of which some members are certain; any number may stand around each."""
    out.append(brackets[0])
    for key, item in members:
        out.append(gap)
        if key is not None:
            out.append(f"{quoted(key)}:")
        _encode(item, out)
    out += (gap, brackets[1])


def _encode_list(items: Sequence[Value], out: list[Piece]) -> None:
    out.append("[")
    for place, item in enumerate(items):
        if place:
            out.append(",")
        _encode(item, out)
    out.append("]")


def _encode_object(entries: Mapping[str, Value], out: list[Piece]) -> None:
    between = "{"
    for key, item in entries.items():
        out.append(f"{between}{quoted(key)}:")
        _encode(item, out)
        between = ","
    out.append("}" if entries else "{}")


def _jsonencode(args: list[Value], context: Context) -> Value:
    value = args[0]
    context.budget.spend(cty.size(value))
    pieces: list[Piece] = []
    try:
        _encode(value, pieces)
        choice = _each_document(value)
    except number.NumberError:
        refuse("cannot serialize infinity as JSON")
    if not cty.has_unknown(value):
        text = "".join(piece for piece in pieces if isinstance(piece, str))
        context.budget.grow(len(text))
        return cty.string(text)
    known = holes.known(pieces) or choice
    if not cty.certainly_not_null(value):
        return cty.unknown(STRING, value, **known)
    return cty.unknown(STRING, value, not_null=True, prefix=_beginning(value.ty), **known)


def _each_document(value: Value) -> Mapping[str, Any]:
    """The documents of a value that is one of a few."""
    v = value.v
    if v.__class__ is not cty.UnknownVal or not v.one_of or len(v.one_of) > MOST_OPTIONS:
        return {}
    documents = []
    for option in v.one_of:
        pieces: list[Piece] = []
        _encode(option, pieces)
        known = holes.known(pieces)
        only = known.get("one_of")
        documents.append(only[0] if only else cty.unknown(STRING, option, **known))
    return holes.one_of(documents)


def _beginning(type_: Type) -> str:
    """The character with which the JSON text of any value of this type begins."""
    if type_ is STRING:
        return '"'
    if isinstance(type_, Object | Map):
        return "{"
    return "[" if isinstance(type_, Tuple | List | Set) else ""


# -- decoding --------------------------------------------------------------------------------


class _Pairs(list[tuple[str, Any]]):
    """The members of a JSON object, repeated names included."""


def _decode(text: str) -> Value:
    """The value that JSON text writes; raises ValueError."""
    decoder = json.JSONDecoder(
        object_pairs_hook=_Pairs,
        parse_int=number.parse,
        parse_float=number.parse,
        parse_constant=_no_constant,
    )
    text = text.lstrip(_BLANKS)
    try:
        tree, end = decoder.raw_decode(text)
        value = _value(tree)
    except RecursionError:
        refuse("this JSON document nests too deeply for an audit")
    rest = text[end:].lstrip(_BLANKS)
    if rest and rest[0] not in "]}":  # Go takes a closing bracket for the end, whatever follows
        raise ValueError("extraneous data after JSON object")
    return value


_BLANKS: Final = " \t\r\n"


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"invalid character '{name[0]}' looking for beginning of value")


def _value(tree: Any) -> Value:
    if isinstance(tree, str):
        return cty.string(_valid(tree))
    if tree is None:
        return cty.NULL
    if isinstance(tree, bool):
        return cty.boolean(tree)
    if isinstance(tree, _Pairs):
        return _object(tree)
    if isinstance(tree, list):
        return cty.tuple_([_value(item) for item in tree])
    return cty.number(tree)


def _valid(text: str) -> str:
    """Text in which halves of surrogate pairs are replaced, as Go does."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _object(pairs: _Pairs) -> Value:
    """An object. Of a repeated name the last counts, but the others must fit its type."""
    attrs: dict[str, Value] = {}
    repeated: list[tuple[str, Value]] = []
    for raw, item in pairs:
        name, value = _valid(raw), _value(item)
        if name in attrs:
            repeated.append((name, attrs[name]))
        attrs[name] = value
    for name, value in repeated:
        if not _fits(value, attrs[name].ty):
            raise ValueError(f'"{name}" appears with values of different types')
    return cty.object_({normalize("NFC", name): value for name, value in attrs.items()})


def _fits(value: Value, type_: Type) -> bool:
    """Whether the JSON of a value can be read as the type of another."""
    v = value.v
    if v is None:
        return True
    if isinstance(type_, Tuple):
        return (
            isinstance(v, list) and len(v) == len(type_.elems) and all(map(_fits, v, type_.elems))
        )
    if isinstance(type_, Object):
        return isinstance(v, dict) and all(
            name in type_.attrs and _fits(item, type_.attrs[name]) for name, item in v.items()
        )
    if not isinstance(value.ty, Primitive) or type_ is DYNAMIC:
        return False
    if value.ty is not STRING:
        return type_ in (value.ty, STRING)
    try:
        convert(value, type_)
    except ConversionError:
        return False
    return True


_TYPE_BY_START: Final[Mapping[str, Type]] = {
    '"': STRING, "t": BOOL, "f": BOOL, "n": DYNAMIC, "{": DYNAMIC, "[": DYNAMIC,
} | dict.fromkeys("-.0123456789", NUMBER)  # fmt: skip


def _jsondecode_type(args: Sequence[Value]) -> Type:
    """The type that the known beginning of a document tells; for known documents no type."""
    if not holes.is_hole(args[0]):
        return DYNAMIC
    prefix = args[0].v.prefix.strip(SPACES)
    if not prefix:
        return DYNAMIC
    if prefix[0] not in _TYPE_BY_START:
        refuse(f"a JSON document cannot begin with the character '{prefix[0]}'", 0)
    return _TYPE_BY_START[prefix[0]]


def _jsondecode(args: list[Value], context: Context) -> Value:
    text = args[0].v
    context.budget.spend(2 * sum(map(text.count, ",[{")))
    try:
        return _decode(text)
    except ValueError as wrong:
        refuse(str(wrong))


FUNCTIONS: Final = {
    "jsonencode": Function(
        "jsonencode",
        (Parameter("val", DYNAMIC, allow_null=True, allow_unknown=True, allow_dynamic=True),),
        STRING,
        _jsonencode,
    ),
    "jsondecode": Function(
        "jsondecode",
        (Parameter("str", STRING),),
        _jsondecode_type,
        _jsondecode,
        not_null=False,
    ),
}
