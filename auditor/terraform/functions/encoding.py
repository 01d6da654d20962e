"""Base64, character sets and URLs.

Source: Terraform 1.11 `lang/funcs/encoding.go`; Go 1.23 `encoding/base64`, `net/url`.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote_plus

from auditor.terraform import cty
from auditor.terraform.cty import Value
from auditor.terraform.function import Context, Function, Parameter
from auditor.terraform.functions import charsets, holes
from auditor.terraform.functions.arguments import refuse
from auditor.terraform.types import STRING

_STR: Final = Parameter("str", STRING)
_LONGEST_TO_COMPRESS: Final = 200_000
_BASE64: Final = re.compile(
    r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", re.ASCII
)


def decoded(text: str) -> bytes | None:
    """The bytes that base64 text writes, line ends in it aside; None where it is none."""
    bare = text.replace("\r", "").replace("\n", "")
    return b64decode(bare) if _BASE64.fullmatch(bare) else None


def encoded(data: bytes, context: Context) -> Value:
    """Bytes as a base64 string."""
    context.budget.grow(len(data) * 4 // 3)
    return cty.string(b64encode(data).decode("ascii"))


def _base64encode(args: list[Value], context: Context) -> Value:
    return encoded(args[0].v.encode(), context)


def _base64encode_partial(args: list[Value]) -> Mapping[str, Any]:
    """The beginning: behind a hole it is not known where the groups of three bytes begin."""
    start = holes.start(args[0]).encode()
    whole = start[: len(start) // 3 * 3]
    return holes.known((b64encode(whole).decode("ascii"), holes.blurred(args[0])))


def _base64decode(args: list[Value], context: Context) -> Value:
    data = decoded(args[0].v)
    if data is None:
        refuse("failed to decode base64 data")
    context.budget.grow(len(data))
    try:
        return cty.string(data.decode())
    except UnicodeDecodeError:
        refuse("the result of decoding the provided string is not valid UTF-8")


def _base64gzip(args: list[Value], context: Context) -> Value:
    from auditor.terraform.functions.deflate import gzip

    data = args[0].v.encode()
    if len(data) > _LONGEST_TO_COMPRESS:
        return cty.unknown(STRING, because="texts this long are not compressed in an audit")
    context.budget.spend(len(data))
    return encoded(gzip(data), context)


def _codec(value: Value) -> str:
    codec = charsets.codec_of(value.v)
    if codec is None:
        refuse(
            f'"{value.v}" is not a supported IANA encoding name or alias in this Terraform version',
            1,
        )
    return codec


def _textencodebase64(args: list[Value], context: Context) -> Value:
    codec = _codec(args[1])
    try:
        return encoded(charsets.encode(args[0].v, codec), context)
    except UnicodeError:
        refuse(f"the given string contains characters that cannot be represented in {args[1].v}", 0)


def _textdecodebase64(args: list[Value], context: Context) -> Value:
    codec = _codec(args[1])
    data = decoded(args[0].v)
    if data is None:
        refuse("the given value has an invalid base64 symbol", 0)
    context.budget.grow(len(data))
    try:
        text = charsets.decode(data, codec)
    except UnicodeError:
        text = "\ufffd"
    if "\ufffd" in text:
        refuse(f"the given string contains symbols that are not defined for {args[1].v}", 0)
    return cty.string(text)


def _url(text: str) -> str:
    return quote_plus(text, safe="")


def _urlencode(args: list[Value], context: Context) -> Value:
    context.budget.grow(3 * len(args[0].v))
    return cty.string(_url(args[0].v))


FUNCTIONS: Final = {
    function.name: function
    for function in (
        Function("base64encode", (_STR,), STRING, _base64encode, partial=_base64encode_partial),
        Function("base64decode", (_STR,), STRING, _base64decode),
        Function("base64gzip", (_STR,), STRING, _base64gzip),
        Function(
            "textencodebase64",
            (Parameter("string", STRING), Parameter("encoding", STRING)),
            STRING,
            _textencodebase64,
        ),
        Function(
            "textdecodebase64",
            (Parameter("source", STRING), Parameter("encoding", STRING)),
            STRING,
            _textdecodebase64,
        ),
        Function(
            "urlencode",
            (_STR,),
            STRING,
            _urlencode,
            partial=lambda args: holes.each_text(args[0], _url),
        ),
    )
}
