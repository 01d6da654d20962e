"""What the text between quotes, or in a heredoc, stands for.

Source: hcl 2.23 `hclsyntax/parser.go` (`ParseStringLiteralToken`); Go's `unicode.IsSpace`.
"""

from __future__ import annotations

import re
from typing import Final

TRIMMED: Final = (
    "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""What a strip marker (`~`) takes off: Go's idea of white space."""

_SIMPLE: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|(\$\$\{|%%\{)", re.DOTALL)
_DOUBLED = re.compile(r"\$\$\{|%%\{")


class LiteralError(ValueError):
    """An escape sequence that does not exist; `start` and `end` are offsets into the text."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start = start
        self.end = end


def quoted_text(raw: str) -> str:
    """The text of a quoted literal: escapes and `$${` resolved; raises `LiteralError`."""
    return _ESCAPE.sub(_unescape, raw)


def _unescape(found: re.Match[str]) -> str:
    four, eight, selector, doubled = found.groups()
    if doubled:
        return doubled[1:]
    if selector:
        simple = _SIMPLE.get(selector)
        if simple is not None:
            return simple
        if selector == "u":
            message = "The \\u escape sequence must be followed by four hexadecimal digits."
        elif selector == "U":
            message = "The \\U escape sequence must be followed by eight hexadecimal digits."
        else:
            message = f'The symbol "{selector}" is not a valid escape sequence selector.'
        raise LiteralError(message, found.start(), found.end())
    code = int(four or eight, 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        message = f"Cannot encode character U+{code:04x} in UTF-8."
        raise LiteralError(message, found.start(), found.end())
    return chr(code)


def heredoc_text(raw: str) -> str:
    """The text of a heredoc's or template file's literal: only `$${` and `%%{` mean something."""
    return _DOUBLED.sub(_undouble, raw) if "{" in raw else raw


def _undouble(found: re.Match[str]) -> str:
    return found.group()[1:]
