"""Places in source text: a file's lines, and spans of it counted as Terraform counts."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, pairwise
from unicodedata import combining

from auditor.records import dataclass

_JOINERS = ("\u200d", "\ufe0f", "\ufe0e")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Where something stands in a file.

    Lines and columns are 1-based; columns count characters as people see them (a letter with its
    accents is one). `start` and `end` are byte offsets, the end exclusive, as is `end_column`.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    start: int = 0
    end: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Source:
    """The text of one file, with its name. Offsets are in characters of the text.

    `line`, `column` and `byte` say where the text begins when it is part of a larger file, such
    as a template inside a JSON string.
    """

    __slots__ = ("_ascii", "_lines", "_sizes", "byte", "column", "filename", "line", "text")

    def __init__(
        self, text: str, filename: str, line: int = 1, column: int = 1, byte: int = 0
    ) -> None:
        self.text = text
        self.filename = filename
        self.line = line
        self.column = column
        self.byte = byte
        self._lines: list[int] | None = None
        self._sizes: list[int] | None = None
        self._ascii = text.isascii()

    def span(self, start: int, end: int) -> Span:
        """The span between two character offsets."""
        line, column = self.position(start)
        end_line, end_column = self.position(end)
        return Span(
            self.filename,
            line,
            column,
            end_line,
            end_column,
            self.byte + self._bytes(start),
            self.byte + self._bytes(end),
        )

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of a character offset."""
        lines = self._lines
        if lines is None:
            lines = self._lines = _line_starts(self.text)
        index = bisect_right(lines, offset) - 1
        start = lines[index]
        column = offset - start if self._ascii else _seen(self.text[start:offset])
        return self.line + index, column + (self.column if index == 0 else 1)

    def _bytes(self, offset: int) -> int:
        if self._ascii:
            return offset
        lines, sizes = self._lines, self._sizes
        if lines is None:
            lines = self._lines = _line_starts(self.text)
        if sizes is None:
            pieces = (_size(self.text[a:b]) for a, b in pairwise([*lines, len(self.text)]))
            sizes = self._sizes = [0, *accumulate(pieces)]
        index = bisect_right(lines, offset) - 1
        return sizes[index] + _size(self.text[lines[index] : offset])


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _line_starts(text: str) -> list[int]:
    starts = [0]
    position = text.find("\n")
    while position >= 0:
        starts.append(position + 1)
        position = text.find("\n", position + 1)
    return starts


def _seen(text: str) -> int:
    """How many characters a person sees: accents and joiners belong to the one before."""
    if text.isascii():
        return len(text)
    total, joined = 0, False
    for char in text:
        if joined or combining(char) or char in _JOINERS:
            joined = char == "\u200d"
            continue
        total += 1
    return total
