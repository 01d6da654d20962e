"""String functions: case, trimming, splitting, joining, searching.

Source: go-cty 1.16 `function/stdlib/string.go`, Terraform 1.11 `lang/funcs/string.go`, Go 1.23
`strings` and `unicode`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from unicodedata import category

from auditor.terraform import cty
from auditor.terraform.cty import UnknownVal, Value
from auditor.terraform.function import Context, Function, Parameter
from auditor.terraform.functions import graphemes, holes
from auditor.terraform.functions.arguments import refuse, whole
from auditor.terraform.functions.holes import Piece
from auditor.terraform.types import BOOL, NUMBER, STRING, List

SPACES: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What Go's `unicode.IsSpace` holds for."""

_STR: Final = Parameter("str", STRING)


def upper(text: str) -> str:
    """Every character's upper case, one for one: `ß` stays."""
    if text.isascii():
        return text.upper()
    return "".join(_single(char, char.upper(), char.title()) for char in text)


def lower(text: str) -> str:
    """Every character's lower case, one for one."""
    if text.isascii():
        return text.lower()
    return "".join("i" if char == "İ" else _single(char, char.lower()) for char in text)


def _single(char: str, *mapped: str) -> str:
    """The first that is one character, as Unicode's simple case mappings are."""
    return next((text for text in mapped if len(text) == 1), char)


def title(text: str) -> str:
    """The first letter of every word in title case."""
    out, before = [], " "
    for char in text:
        out.append(_single(char, char.title()) if _separates(before) else char)
        before = char
    return "".join(out)


def _separates(char: str) -> bool:
    if char <= "\x7f":
        return not (char.isalnum() or char == "_")
    return not (category(char)[0] == "L" or category(char) == "Nd") and char in SPACES


def _plain(name: str, change: Callable[[str], str], *, each: bool = False) -> Function:
    """A function from one string to one; `each`: it changes characters one by one."""

    def run(args: list[Value], context: Context) -> Value:
        context.budget.grow(len(args[0].v))
        return cty.string(change(args[0].v))

    def partial(args: list[Value]) -> Mapping[str, Any]:
        return holes.each_text(args[0], change) if each else {}

    return Function(name, (_STR,), STRING, run, partial=partial)


def _reversed(text: str) -> str:
    return "".join(reversed(graphemes.clusters(text)))


# -- trimming --------------------------------------------------------------------------------


def _cut(name: str, second: str | None, change: Callable[[str, str], str], ends: str) -> Function:
    """A function that takes text off a string's ends; `ends`: `l` for the left, `r`, or both."""

    def run(args: list[Value], _context: Context) -> Value:
        return cty.string(change(args[0].v, args[1].v if second else ""))

    def partial(args: list[Value]) -> Mapping[str, Any]:
        if second and holes.is_hole(args[1]):
            return {}
        cutset = args[1].v if second else ""
        return holes.known(_trimmed(list(holes.pieces(args[0])), cutset, change, ends))

    params = (_STR, Parameter(second, STRING)) if second else (_STR,)
    return Function(name, params, STRING, run, partial=partial)


def _trimmed(
    parts: list[Piece], cutset: str, change: Callable[[str, str], str], ends: str
) -> list[Piece]:
    """The pieces with the outer ones trimmed; text that trimming might still reach is dropped."""
    for side in ends:
        place = 0 if side == "l" else -1
        outer = parts[place] if parts else ""
        if not isinstance(outer, str):
            parts[place] = holes.blurred(outer)
            continue
        # A character that no trimming reaches stands for the unknown rest on the other side.
        guard = "\x00"
        kept = change(outer + guard, cutset) if side == "l" else change(guard + outer, cutset)
        parts[place] = kept[:-1] if side == "l" else kept[1:]
        inner = 1 if side == "l" else -2
        if not parts[place] and len(parts) > 1 and isinstance(parts[inner], Value):
            parts[inner] = holes.blurred(parts[inner])  # type: ignore[arg-type]  # just checked
    return parts


def _affix(name: str, second: str, side: str) -> Function:
    """`trimprefix` and `trimsuffix`."""

    def run(args: list[Value], _context: Context) -> Value:
        text, affix = args[0].v, args[1].v
        cut = text.removeprefix(affix) if side == "l" else text.removesuffix(affix)
        return cty.string(cut)

    def partial(args: list[Value]) -> Mapping[str, Any]:
        parts = list(holes.pieces(args[0]))
        place = 0 if side == "l" else -1
        outer = parts[place] if parts else ""
        if holes.is_hole(args[1]) or not isinstance(outer, str) or len(outer) < len(args[1].v):
            return {}
        affix = args[1].v
        parts[place] = outer.removeprefix(affix) if side == "l" else outer.removesuffix(affix)
        return holes.known(parts)

    return Function(name, (_STR, Parameter(second, STRING)), STRING, run, partial=partial)


# -- pieces of strings -----------------------------------------------------------------------


def _indent(args: list[Value], context: Context) -> Value:
    spaces = whole(args[0])
    if spaces < 0:
        refuse("the number of spaces must not be negative")
    text = args[1].v
    context.budget.grow(len(text) + text.count("\n") * spaces)
    return cty.string(text.replace("\n", "\n" + " " * spaces))


def _indent_partial(args: list[Value]) -> Mapping[str, Any]:
    if holes.is_hole(args[0]) or not 0 <= whole(args[0]) < 1000:
        return {}
    pad = "\n" + " " * whole(args[0])
    return holes.known(
        part.replace("\n", pad) if isinstance(part, str) else holes.blurred(part)
        for part in holes.pieces(args[1])
    )


def _substr(args: list[Value], _context: Context) -> Value:
    text, offset, length = args[0].v, whole(args[1]), whole(args[2])
    if offset >= 0 and length == 0:
        return cty.string("")
    characters = graphemes.clusters(text)
    if offset < 0:
        offset = max(0, offset + len(characters))
    # From the end, Terraform takes a length of zero for all the rest.
    end = None if length <= 0 else offset + length
    return cty.string("".join(characters[offset:end]))


def _split(args: list[Value], context: Context) -> Value:
    separator, text = args[0].v, args[1].v
    found = text.split(separator) if separator else list(text)
    context.budget.spend(len(found))
    return cty.list_([cty.string(part) for part in found], STRING)


def _split_partial(args: list[Value]) -> Mapping[str, Any]:
    """The elements that stand whole between two separators of the known text."""
    separator = args[0].v
    if not isinstance(separator, str) or not separator or not holes.is_hole(args[1]):
        return {}
    items: list[Value] = []
    parts = holes.pieces(args[1])
    for index, part in enumerate(parts):
        if isinstance(part, str):
            found = part.split(separator)
            inner = found[1 if index else 0 : None if index == len(parts) - 1 else -1]
            items += [cty.string(text) for text in inner]
    return {"items": tuple(items)} if items else {}


def _join(args: list[Value], context: Context) -> Value:
    separator, lists = args[0].v, args[1:]
    if not lists:
        refuse("at least one list is required")
    if any(cty.has_unknown(one) for one in lists):
        return cty.unknown(STRING, *args, **_join_partial(args))
    items: list[str] = []
    for index, one in enumerate(lists, start=1):
        for place, item in enumerate(one.v):
            if item.v is None:
                which = f" of list {index}" if len(lists) > 1 else ""
                refuse(f"element {place}{which} is null; cannot concatenate null values", index)
            items.append(item.v)
    context.budget.grow(sum(map(len, items)) + len(separator) * len(items))
    return cty.string(separator.join(items))


def _join_partial(args: list[Value]) -> Mapping[str, Any]:
    if holes.is_hole(args[0]):
        return {}
    separator: str = args[0].v
    parts: list[Piece] = []
    is_open = True  # whether a separator would be a claim: a list may come to nothing
    for one in args[1:]:
        if holes.is_hole(one):
            # The known elements with whatever may stand around them, separators included.
            gap = holes.blurred(one)
            parts.append(gap)
            for item in one.v.items or ():
                parts += (*holes.pieces(item), gap)
            is_open = True
            continue
        for item in one.v:
            if item.v is None:
                return {}
            if not is_open:
                parts.append(separator)
            parts += holes.pieces(item)
            is_open = False
    alone = parts[0] if len(parts) == 1 else None
    if isinstance(alone, Value) and alone.v.exact and alone.v.refs == cty.refs_of(*args):
        return {"exact": True}  # join("", aws_s3_bucket.this[*].id)
    return holes.known(parts)


# -- questions -------------------------------------------------------------------------------


def _starts_with(args: list[Value], _context: Context) -> Value:
    text, prefix = args[0], args[1].v
    if not holes.is_hole(text):
        return cty.boolean(text.v.startswith(prefix))
    known = text.v.prefix
    if known.startswith(prefix):
        return cty.mark(cty.TRUE, text.marks)
    if known and len(known.encode()) >= len(prefix.encode()):
        return cty.mark(cty.FALSE, text.marks)
    return cty.unknown(BOOL, *args, **_agreed(_begins(holes.start(text), prefix)))


def _begins(start: str, prefix: str) -> bool | None:
    if start.startswith(prefix):
        return True
    return None if prefix.startswith(start) else False


def _agreed(answer: bool | None) -> Mapping[str, Any]:
    """An answer that Terraform does not have yet, but that is certain."""
    return {} if answer is None else {"one_of": (cty.boolean(answer),)}


def _ends_with_partial(args: list[Value]) -> Mapping[str, Any]:
    v = args[0].v
    if holes.is_hole(args[1]) or v.__class__ is not UnknownVal or not v.parts:
        return {}
    end, suffix = v.parts[-1], args[1].v
    if not isinstance(end, str):
        return {}
    return _agreed(_begins(end[::-1], suffix[::-1]))


def _contains_partial(args: list[Value]) -> Mapping[str, Any]:
    if holes.is_hole(args[1]):
        return {}
    found = any(isinstance(part, str) and args[1].v in part for part in holes.pieces(args[0]))
    return _agreed(True if found else None)


FUNCTIONS: Final = {
    function.name: function
    for function in (
        _plain("upper", upper, each=True),
        _plain("lower", lower, each=True),
        _plain("title", title),
        _plain("strrev", _reversed),
        _cut("chomp", None, lambda text, _: text.rstrip("\r\n"), "r"),
        _cut("trimspace", None, lambda text, _: text.strip(SPACES), "lr"),
        _cut("trim", "cutset", lambda text, cutset: text.strip(cutset) if cutset else text, "lr"),
        _affix("trimprefix", "prefix", "l"),
        _affix("trimsuffix", "suffix", "r"),
        Function(
            "indent", (Parameter("spaces", NUMBER), _STR), STRING, _indent, partial=_indent_partial
        ),
        Function(
            "substr",
            (_STR, Parameter("offset", NUMBER), Parameter("length", NUMBER)),
            STRING,
            _substr,
        ),
        Function(
            "split",
            (Parameter("separator", STRING), _STR),
            List(STRING),
            _split,
            partial=_split_partial,
        ),
        Function(
            "join",
            (Parameter("separator", STRING),),
            STRING,
            _join,
            variadic=Parameter("lists", List(STRING)),
            partial=_join_partial,
        ),
        Function(
            "startswith",
            (Parameter("str", STRING, allow_unknown=True), Parameter("prefix", STRING)),
            BOOL,
            _starts_with,
        ),
        Function(
            "endswith",
            (_STR, Parameter("suffix", STRING)),
            BOOL,
            lambda args, _: cty.boolean(args[0].v.endswith(args[1].v)),
            partial=_ends_with_partial,
        ),
        Function(
            "strcontains",
            (_STR, Parameter("substr", STRING)),
            BOOL,
            lambda args, _: cty.boolean(args[1].v in args[0].v),
            not_null=False,
            partial=_contains_partial,
        ),
    )
}
