"""YAML as Terraform writes it: block style, quoted strings, libyaml's layout.

Source: go-cty-yaml 1.1 `encode.go` and `emitterc.go` (a port of libyaml's emitter).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

from auditor.terraform import number
from auditor.terraform.cty import Value
from auditor.terraform.functions.goformat import general
from auditor.terraform.types import NUMBER

_INDENT: Final = 2
_WIDTH: Final = 80
_LONGEST_KEY: Final = 128
_BREAKS: Final = frozenset("\n\r\x85\u2028\u2029")
_ESCAPES: Final = {
    "\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r",
    "\x1b": "e", '"': '"', "\\": "\\", "\x85": "N", "\xa0": "_", "\u2028": "L", "\u2029": "P",
}  # fmt: skip


def write(value: Value) -> str:
    """A wholly known value as a YAML document; raises `NumberError` for endless numbers."""
    writer = _Writer()
    writer.document(value)
    return "".join(writer.out)


class _Writer:
    """libyaml's emitter, as far as values need it.

    whitespace: the last thing written was white space, so none is needed before the next.
    indention: nothing but indentation and indicators of blocks stands on the line so far.
    """

    def __init__(self) -> None:
        self.out: list[str] = []
        self.column = 0
        self.indent = -1
        self.whitespace = True
        self.indention = True

    def document(self, value: Value) -> None:
        is_plain = not isinstance(value.v, list | dict | str)
        self._node(value)
        self._new_line()
        if is_plain:
            # Nothing else tells where a plain scalar ends that is the whole document.
            self.out.append("...\n")

    # -- writing -------------------------------------------------------------------------

    def _put(self, text: str) -> None:
        self.out.append(text)
        self.column += len(text)

    def _break(self) -> None:
        self.out.append("\n")
        self.column = 0

    def _new_line(self) -> None:
        """Goes to the indentation, on a new line unless nothing is on this one yet."""
        indent = max(self.indent, 0)
        if (
            not self.indention
            or self.column > indent
            or (self.column == indent and not self.whitespace)
        ):
            self._break()
        self._put(" " * (indent - self.column))
        self.whitespace = self.indention = True

    def _indicator(
        self, text: str, *, spaced: bool = True, opens: bool = False, block: bool = False
    ) -> None:
        if spaced and not self.whitespace:
            self._put(" ")
        self._put(text)
        self.whitespace = opens
        self.indention = self.indention and block

    # -- nodes ---------------------------------------------------------------------------

    def _node(self, value: Value, *, in_mapping: bool = False) -> None:
        v = value.v
        if isinstance(v, list | dict) and v:
            before = self.indent
            if isinstance(v, list):
                flat = in_mapping and not self.indention
                self.indent = before if flat and before >= 0 else self._deeper(flow=False)
                self._sequence(v)
            else:
                self.indent = self._deeper(flow=False)
                self._mapping(v)
            self.indent = before
        elif isinstance(v, list | dict):
            self._indicator("[" if isinstance(v, list) else "{", opens=True)
            self._indicator("]" if isinstance(v, list) else "}", spaced=False)
        elif isinstance(v, str):
            self._string(v, is_key=False)
        else:
            self._indicator(_plain(value))

    def _deeper(self, *, flow: bool) -> int:
        if self.indent < 0:
            return _INDENT if flow else 0
        return self.indent + _INDENT

    def _sequence(self, items: list[Value]) -> None:
        for item in items:
            self._new_line()
            self._indicator("-", block=True)
            self._node(item)

    def _mapping(self, entries: Mapping[str, Value]) -> None:
        for key, value in entries.items():
            self._new_line()
            if _BREAKS.isdisjoint(key) and len(key.encode()) <= _LONGEST_KEY:
                self._string(key, is_key=True)
                self._indicator(":", spaced=False)
            else:
                self._indicator("?", block=True)
                self._string(key, is_key=False)
                self._new_line()
                self._indicator(":", block=True)
            self._node(value, in_mapping=True)

    # -- strings -------------------------------------------------------------------------

    def _string(self, text: str, *, is_key: bool) -> None:
        before, self.indent = self.indent, self._deeper(flow=True)
        if "\n" in text and _fits_literal(text):
            self._literal(text)
        else:
            self._quoted(text, may_fold=not is_key)
        self.indent = before

    def _literal(self, text: str) -> None:
        self._indicator("|")
        if text[0] == " " or text[0] in _BREAKS:
            self._indicator(str(_INDENT), spaced=False)
        if text[-1] not in _BREAKS:
            self._indicator("-", spaced=False)
        elif len(text) == 1 or text[-2] in _BREAKS:
            self._indicator("+", spaced=False)
        self._break()
        self.indention = self.whitespace = True
        for line in _lines(text):
            if line[0] not in _BREAKS:
                self._new_line()
                self.indention = False
            if line[-1] in _BREAKS:
                self._put(line[:-1])
                self.out.append(line[-1])
                self.column = 0
                self.indention = True
            else:
                self._put(line)

    def _quoted(self, text: str, *, may_fold: bool) -> None:
        self._indicator('"')
        if text.startswith("\ufeff"):
            # A byte order mark at the start makes the emitter take every character for one.
            self._put("".join(map(_code, text)))
            text = ""
        after_space = False
        for place, char in enumerate(text):
            if char != " ":
                self._put(_escaped(char))
                after_space = False
                continue
            inside = 0 < place < len(text) - 1
            if may_fold and not after_space and self.column > _WIDTH and inside:
                self._new_line()
                if text[place + 1] == " ":
                    self._put("\\")
            else:
                self._put(" ")
            after_space = True
        self._indicator('"', spaced=False)


def _plain(value: Value) -> str:
    if value.v is None:
        return "null"
    if value.ty is NUMBER:
        return general(value.v) if number.is_infinite(value.v) else number.text(value.v)
    return "true" if value.v else "false"


def _lines(text: str) -> Iterator[str]:
    """Pieces that end with a line break of any kind, but for the last."""
    start = 0
    for place, char in enumerate(text):
        if char in _BREAKS:
            yield text[start : place + 1]
            start = place + 1
    if start < len(text):
        yield text[start:]


def _fits_literal(text: str) -> bool:
    """Whether a text survives as a literal block: no odd characters, no space at a line's end."""
    if text[-1] == " " or not all(map(_printable, text)):
        return False
    return not any(before == " " and char in _BREAKS for before, char in pairwise(text))


def _printable(char: str) -> bool:
    if " " <= char <= "~" or char == "\n":
        return True
    return "\xa0" <= char <= "\ufffd" and char != "\ufeff"


def _escaped(char: str) -> str:
    if _printable(char) and char not in _BREAKS and char not in '"\\':
        return char
    return _code(char)


def _code(char: str) -> str:
    if char in _ESCAPES:
        return f"\\{_ESCAPES[char]}"
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
