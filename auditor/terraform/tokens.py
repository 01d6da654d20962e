"""HCL's tokens, found in one pass over the text of a file or template.

The scan keeps a stack of open brackets, quotes and heredocs, so it knows where a newline ends an
argument (they are dropped inside parentheses, brackets, `for` braces and `${`), and where a `}`
goes back to a template. Nesting costs no recursion.

Source: hcl 2.23 `hclsyntax/scan_tokens.rl`.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

ID: Final = "id"
NUMBER: Final = "number"
STRING: Final = "string"
"""A quoted string without template sequences, in one token with its quotes."""
NEWLINE: Final = "newline"
OPEN_QUOTE: Final = "open quote"
CLOSE_QUOTE: Final = "close quote"
OPEN_HEREDOC: Final = "open heredoc"
CLOSE_HEREDOC: Final = "close heredoc"
LITERAL: Final = "literal"
INTERPOLATION: Final = "${"
DIRECTIVE: Final = "%{"
END_SEQUENCE: Final = "}$"
"""The brace that closes a template sequence; with its `~` if it has one."""
BAD: Final = "bad"
UNTERMINATED: Final = "unterminated"
END: Final = "end"

_TOKEN = re.compile(
    r"""
    [ \t]*+(?:
      ([^\W\d][\w-]*+)                                              # 1 identifier
    | ("(?>[^"\\$%\r\n]++|\\[^\r\n]|[$%](?!\{))*+")                 # 2 plain string
    | (\r?\n)                                                       # 3 newline
    | (\.\.\.|=>|==|!=|<=|>=|&&|\|\||::|[-+*%!?:.,=])               # 4 operator
    | ([()\[\]{}]|~\})                                              # 5 bracket
    | ([0-9]++(?:\.*+(?:[eE][+-]?)?+[0-9]++)*+)                     # 6 number
    | (\#[^\n]*+|//[^\n]*+|/\*(?>[^*]++|\*(?!/))*+\*/)              # 7 comment
    | (")                                                           # 8 string with templates
    | (<<-?[^\W\d][\w-]*+\r?\n)                                     # 9 heredoc
    | ([/<>])                                                       # 10 operators last
    | (.)                                                           # 11 anything else
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(r"(?>[^\"\\$%\r\n]++|\\[^\r\n]|\$\$\{|%%\{|[$%](?!\{))++")
_LINE = re.compile(r"(?>[^$%\n]++|\$\$\{|%%\{|[$%](?!\{))*+")
_FOR_AHEAD = re.compile(
    r"\s*+(?:(?:\#[^\n]*+|//[^\n]*+|/\*.*?\*/)\s*+)*+for[ \t\r\n]+[^\W\d]", re.DOTALL
)
_IN_AHEAD = re.compile(r"[\w-]*+\s*+(?:,|in\b)")

_SPLIT_SPLAT = re.compile(r"[ \t]*+(?:(\r?\n)\s*+\*|\*[ \t]*+(\r?\n))")

_BRACE, _FOR_BRACE, _SEQUENCE, _QUOTE, _HEREDOC, _BARE = "{", "for", "$", '"', "<<", "bare"
_CLOSES = {")": "(", "]": "["}


_LOOKAHEAD: Final = 3
"""How many `END` tokens there are, so that a parser may look ahead without counting."""


class Tokens(NamedTuple):
    """Tokens as three lists of one length; the last are `END`. `comments` are (start, end)."""

    kinds: list[str]
    starts: list[int]
    ends: list[int]
    comments: list[tuple[int, int]]


class _Scan:
    """The scan's state; `run` is the loop over ordinary tokens, the rest is for templates."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.kinds: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.comments: list[tuple[int, int]] = []
        self.open: list[str] = []
        self.markers: list[str] = []
        self.kept_newline = -1

    def add(self, kind: str, start: int, end: int) -> None:
        self.kinds.append(kind)
        self.starts.append(start)
        self.ends.append(end)

    def run(self, position: int) -> None:
        """Tokens from here to the end of the text."""
        text, opened = self.text, self.open
        match = _TOKEN.match
        add_kind, add_start, add_end = self.kinds.append, self.starts.append, self.ends.append
        length = len(text)
        while position < length:
            found = match(text, position)
            if found is None:  # spaces at the very end
                break
            group = found.lastindex or 0  # one group always matches
            start = found.start(group)
            position = found.end()
            if group == 1:
                add_kind("id")
            elif group == 2:
                add_kind("string")
            elif group == 3:
                if opened and opened[-1] != "{" and start != self.kept_newline:
                    continue
                add_kind("newline")
            elif group == 4 or group == 10:
                add_kind(text[start:position])
            elif group == 5:
                bracket = text[start:position]
                if bracket == "}" or bracket == "~}":
                    position = self.close_brace(start, position)
                    continue
                self.bracket(bracket, position)
                add_kind(bracket)
            elif group == 6:
                add_kind("number")
            elif group == 7:
                self.comments.append((start, position))
                continue
            elif group == 8:
                add_kind(OPEN_QUOTE)
                add_start(start)
                add_end(position)
                opened.append(_QUOTE)
                position = self.template(position)
                continue
            elif group == 9:
                position = self.heredoc(start, position)
                continue
            else:
                add_kind("bad")
            add_start(start)
            add_end(position)
        for _ in range(_LOOKAHEAD):
            self.add(END, length, length)

    def bracket(self, bracket: str, position: int) -> None:
        opened = self.open
        if bracket == "[" and (not opened or opened[-1] == _BRACE):
            # hcl takes `[*]` that is split over lines for no splat, where newlines count outside.
            split = _SPLIT_SPLAT.match(self.text, position)
            if split is not None and split.lastindex:
                self.kept_newline = split.start(split.lastindex)
        if bracket == "{":
            opened.append(_FOR_BRACE if self.begins_for(position) else _BRACE)
        elif bracket in _CLOSES:
            if opened and opened[-1] == _CLOSES[bracket]:
                opened.pop()
        else:
            opened.append(bracket)

    def begins_for(self, position: int) -> bool:
        """Whether a brace opens a `for` expression, inside which newlines do not count."""
        found = _FOR_AHEAD.match(self.text, position)
        return found is not None and _IN_AHEAD.match(self.text, found.end()) is not None

    def close_brace(self, start: int, end: int) -> int:
        opened = self.open
        if opened and opened[-1] == _SEQUENCE:
            opened.pop()
            self.add(END_SEQUENCE, start, end)
            return self.template(end)
        if opened and opened[-1] in (_BRACE, _FOR_BRACE):
            opened.pop()
        self.add("}" if end - start == 1 else BAD, start, end)
        return end

    def template(self, position: int) -> int:
        """Text of the innermost template from here to its end or to a sequence in it."""
        kind = self.open[-1] if self.open else _BARE
        if kind == _QUOTE:
            return self.quoted(position)
        if kind == _HEREDOC:
            return self.lines(position, self.markers[-1])
        return self.lines(position, None)

    def quoted(self, position: int) -> int:
        found = _QUOTED.match(self.text, position)
        if found is not None:
            self.add(LITERAL, position, found.end())
            position = found.end()
        next_char = self.text[position : position + 1]
        if next_char == '"':
            self.open.pop()
            self.add(CLOSE_QUOTE, position, position + 1)
            return position + 1
        if next_char in ("$", "%"):
            return self.sequence(position)
        self.open.pop()
        self.add(UNTERMINATED, position, position)
        return position

    def sequence(self, position: int) -> int:
        """`${` or `%{` and its `~`."""
        end = position + 2
        if self.text[end : end + 1] == "~":
            end += 1
        self.add(self.text[position : position + 2], position, end)
        self.open.append(_SEQUENCE)
        return end

    def heredoc(self, start: int, end: int) -> int:
        self.add(OPEN_HEREDOC, start, end)
        self.markers.append(_marker(self.text[start:end]))
        self.open.append(_HEREDOC)
        return self.lines(end, self.markers[-1])

    def lines(self, position: int, marker: str | None) -> int:
        """Text line by line, one literal each, to the marker or to a sequence."""
        text = self.text
        while True:
            found = _LINE.match(text, position)
            assert found is not None  # it matches the empty text
            end = found.end()
            next_char = text[end : end + 1]
            if next_char == "\n":
                line_end = end + 1
                if (
                    marker is not None
                    and text[position:end].strip() == marker
                    and text[position - 1] == "\n"
                ):
                    return self.close_heredoc(position, end)
                self.add(LITERAL, position, line_end)
                position = line_end
                continue
            if end > position:
                self.add(LITERAL, position, end)
            if next_char:
                return self.sequence(end)
            if marker is not None:
                self.open.pop()
                self.markers.pop()
                self.add(UNTERMINATED, end, end)
            return end

    def close_heredoc(self, start: int, end: int) -> int:
        self.open.pop()
        self.markers.pop()
        if self.text[end - 1] == "\r":
            end -= 1
        self.add(CLOSE_HEREDOC, start, end)
        return end


def _marker(introducer: str) -> str:
    """The word that ends a heredoc: `EOT` of `<<-EOT` and a newline."""
    return introducer[2:].rstrip("\r\n").removeprefix("-")


def scan(text: str, start: int = 0) -> Tokens:
    """The tokens of configuration text from an offset on."""
    state = _Scan(text)
    state.run(start)
    return Tokens(state.kinds, state.starts, state.ends, state.comments)


def scan_template(text: str) -> Tokens:
    """The tokens of a bare template, such as a file for `templatefile`."""
    state = _Scan(text)
    position = state.template(0)
    state.run(position)
    return Tokens(state.kinds, state.starts, state.ends, state.comments)
