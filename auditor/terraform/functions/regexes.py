"""`regex`, `regexall` and `replace`, on RE2: no pattern takes more than linear time.

Source: go-cty 1.16 `function/stdlib/regexp.go`, Terraform 1.11 `lang/funcs/string.go`, Go 1.23
`regexp` (which matches to find, what counts as a repeat, templates of replacements).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from auditor.terraform import cty
from auditor.terraform.cty import Value
from auditor.terraform.function import Context, Function, Parameter
from auditor.terraform.functions import holes
from auditor.terraform.functions.arguments import refuse
from auditor.terraform.functions.holes import Piece
from auditor.terraform.types import DYNAMIC, STRING, List, Object, Tuple, Type

_Spans = Sequence[tuple[int, int]]

_BYTES_A_STEP: Final = 400
"""One step of the budget pays for a search through this much text."""

_NO_GO = re.compile(r"(?<!\\)(?:\\\\)*\\C")


class Pattern:
    """A compiled pattern.

    names: the name of each group, "" for groups without.
    """

    def __init__(self, pattern: str) -> None:
        import re2

        options = re2.Options()
        options.log_errors = False
        if _NO_GO.search(pattern):
            refuse("invalid regexp pattern: invalid escape sequence in \\C")
        try:
            self._compiled = re2.compile(pattern, options)
        except re2.error as wrong:
            why = wrong.args[0] if wrong.args else "cannot be read"
            why = why.decode("utf-8", "replace") if isinstance(why, bytes) else why
            refuse(f"invalid regexp pattern: {why}")
        self._repeats = any(char in pattern for char in "*+{")
        self.names = _group_names(pattern) if self._compiled.groups else []

    def spans(self, text: bytes, start: int, context: Context) -> _Spans | None:
        """Where the first match from `start` on and its groups are, (-1, -1) for none of it."""
        while True:
            context.budget.spend(1 + self._reach(len(text) - start) // _BYTES_A_STEP)
            found = self._compiled.search(text, start)
            if found is None:
                return None
            start = found.start()
            if start == len(text) or text[start] & 0xC0 != 0x80:
                return [found.span(place) for place in range(len(self.names) + 1)]
            # RE2 finds `\B` between the bytes of one character, which is no place for Go.
            while start < len(text) and text[start] & 0xC0 == 0x80:
                start += 1

    def _reach(self, rest: int) -> int:
        """How much of the rest of a text one search may look at."""
        return rest if self._repeats else min(rest, _BYTES_A_STEP)

    def result_type(self) -> Type:
        """A string, a tuple or an object of strings: by what groups there are."""
        named = [name for name in self.names if name]
        if named and len(named) < len(self.names):
            refuse("invalid regexp pattern: cannot mix both named and unnamed capture groups", 0)
        if named:
            return Object(dict.fromkeys(named, STRING))
        return Tuple([STRING] * len(self.names)) if self.names else STRING

    def result(self, text: bytes, spans: _Spans) -> Value:
        """A match as `regex` gives it; a group that took no part is null."""
        if not self.names:
            return _piece(text, spans[0])
        groups = [_piece(text, span) for span in spans[1:]]
        if self.names[0]:
            return cty.object_(dict(zip(self.names, groups, strict=True)))
        return cty.tuple_(groups)


_GROUP = re.compile(
    r"\\Q[\s\S]*?(?:\\E|$)|\\[\s\S]"  # quoted text, or a quoted character
    r"|\[\^?\]?(?:\[:\^?\w+:\]|\\[\s\S]|[^\]\\])*\]"  # a class of characters
    r"|\((?:\?P?<(?P<name>\w+)>|(?P<other>\?))?"
)


def _group_names(pattern: str) -> list[str]:
    """The name of each group of a valid pattern, "" for one without; names may be repeated."""
    return [
        match["name"] or ""
        for match in _GROUP.finditer(pattern)
        if match[0][0] == "(" and not match["other"]
    ]


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> Pattern:
    """The compiled pattern; raises `FunctionError` for one that is no RE2."""
    return Pattern(pattern)


def _piece(text: bytes, span: tuple[int, int]) -> Value:
    start, end = span
    if start < 0:
        return cty.null(STRING)
    return cty.string(text[start:end].decode("utf-8", "replace"))


def _width(text: bytes, at: int) -> int:
    """Bytes of the character there; 0 at the end."""
    if at >= len(text):
        return 0
    lead = text[at]
    return 1 if lead < 0xC0 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4


# -- regex and regexall ----------------------------------------------------------------------


def _regex_type(args: Sequence[Value]) -> Type:
    return DYNAMIC if holes.is_hole(args[0]) else compile_pattern(args[0].v).result_type()


def _regex(args: list[Value], context: Context) -> Value:
    pattern, text = compile_pattern(args[0].v), args[1].v.encode()
    spans = pattern.spans(text, 0, context)
    if spans is None:
        refuse("pattern did not match any part of the given string")
    return pattern.result(text, spans)


def _regexall_type(args: Sequence[Value]) -> Type:
    return List(_regex_type(args))


def _regexall(args: list[Value], context: Context) -> Value:
    pattern, text = compile_pattern(args[0].v), args[1].v.encode()
    found = [pattern.result(text, spans) for spans in _all_spans(pattern, text, context)]
    return cty.list_(found, pattern.result_type())


def _all_spans(pattern: Pattern, text: bytes, context: Context) -> Iterator[_Spans]:
    """Every match from left to right; none that is empty and touches the one before."""
    at, before = 0, -1
    while at <= len(text):
        spans = pattern.spans(text, at, context)
        if spans is None:
            return
        start, end = spans[0]
        accepted = True
        if end == at:
            accepted = start != before
            at += _width(text, at) or 1
        else:
            at = end
        before = end
        if accepted:
            yield spans


# -- replace ---------------------------------------------------------------------------------


def _replace(args: list[Value], context: Context) -> Value:
    text, old, new = args[0].v, args[1].v, args[2].v
    if _is_pattern(old):
        return cty.string(_replaced(compile_pattern(old[1:-1]), text, new, context))
    places = text.count(old) if old else len(text) + 1
    context.budget.grow(len(text) + places * len(new))
    return cty.string(text.replace(old, new))


def _is_pattern(text: str) -> bool:
    return len(text) > 1 and text[0] == "/" and text[-1] == "/"


def _replaced(pattern: Pattern, string: str, new: str, context: Context) -> str:
    text, template = string.encode(), _Template(pattern, new)
    out: list[bytes] = []
    done = at = 0
    while at <= len(text):
        spans = pattern.spans(text, at, context)
        if spans is None:
            break
        start, end = spans[0]
        out.append(text[done:start])
        if end > done or start == 0:
            out.extend(template.expanded(text, spans, context))
        done = end
        at = max(end, at + (_width(text, at) or 1))
    context.budget.grow(len(text))
    out.append(text[done:])
    return b"".join(out).decode("utf-8", "replace")


_REFERENCE = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)\})")


class _Template:
    """The text that replaces a match: `$1`, `${name}` and `$$` in it are found once."""

    def __init__(self, pattern: Pattern, text: str) -> None:
        self._pattern = pattern
        self._parts: list[bytes | str] = []  # literal bytes, and names of groups
        at = 0
        for match in _REFERENCE.finditer(text):
            literal = text[at : match.start()] + ("$" if match[1] else "")
            self._parts.append(literal.encode())
            if not match[1]:
                self._parts.append(match[2] or match[3])
            at = match.end()
        self._parts.append(text[at:].encode())

    def expanded(self, text: bytes, spans: _Spans, context: Context) -> Iterator[bytes]:
        """The pieces of the replacement of one match."""
        context.budget.spend(len(self._parts))
        for part in self._parts:
            piece = part
            if isinstance(piece, str):
                start, end = _group(self._pattern, piece, spans)
                piece = text[start:end] if start >= 0 else b""
            context.budget.grow(len(piece))
            yield piece


def _group(pattern: Pattern, name: str, spans: _Spans) -> tuple[int, int]:
    nothing = (-1, -1)
    if name.isdecimal() and name.isascii() and (name == "0" or name[0] != "0"):
        return spans[int(name)] if len(name) < 9 and int(name) < len(spans) else nothing
    for place, group in enumerate(pattern.names, start=1):
        if group == name and spans[place][0] >= 0:
            return spans[place]
    return nothing


def _replace_partial(args: list[Value]) -> Mapping[str, Any]:
    """The known pieces with the replacements made, but for what may join with a hole."""
    old, new = args[1].v, args[2].v
    if holes.is_hole(args[1]) or not old or _is_pattern(old):
        return {}
    pieces = holes.pieces(args[0])
    if _overlaps(old) and any(_is_ambiguous(old, p) for p in pieces if isinstance(p, str)):
        return {}
    replacement = holes.pieces(args[2]) if holes.is_hole(args[2]) else (new,)
    out: list[Piece] = []
    for place, piece in enumerate(pieces):
        if not isinstance(piece, str):
            out.append(holes.blurred(piece))
            continue
        if place:
            piece = piece[_reach(old, piece) :]
        if place < len(pieces) - 1:
            piece = piece[: len(piece) - _reach(old[::-1], piece[::-1])]
        for index, kept in enumerate(piece.split(old)):
            out.extend((*replacement, kept) if index else (kept,))
    return holes.known(out)


def _overlaps(text: str) -> bool:
    """Whether an occurrence of the text can overlap another one."""
    return any(text.startswith(text[place:]) for place in range(1, len(text)))


def _is_ambiguous(old: str, piece: str) -> bool:
    """Whether where its occurrences are found hangs on one before: they overlap, or touch an end.

    An end of the piece may be part of an occurrence that reaches into a hole.
    """
    last = 0 if not (reach := _reach(old, piece)) else reach
    at = piece.find(old)
    while at >= 0:
        if at < last:
            return True
        last = at + len(old)
        at = piece.find(old, at + 1)
    return last > len(piece) - _reach(old[::-1], piece[::-1])


def _reach(old: str, piece: str) -> int:
    """How much of the start of a piece an occurrence may take that begins before it."""
    lengths = range(len(old) - 1, 0, -1)
    return next((n for n in lengths if piece.startswith(old[-n:])), 0)


FUNCTIONS: Final = {
    "regex": Function(
        "regex",
        (Parameter("pattern", STRING), Parameter("string", STRING)),
        _regex_type,
        _regex,
    ),
    "regexall": Function(
        "regexall",
        (Parameter("pattern", STRING), Parameter("string", STRING)),
        _regexall_type,
        _regexall,
    ),
    "replace": Function(
        "replace",
        (Parameter("str", STRING), Parameter("substr", STRING), Parameter("replace", STRING)),
        STRING,
        _replace,
        partial=_replace_partial,
    ),
}
