"""Text: plain where it is written to a file or a pipe, with colours on a terminal."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import IO

from auditor.render.layout import lines
from auditor.render.view import Line, View
from auditor.run import Run


def render(run: Run, stream: IO[str], view: View | None = None) -> None:
    """Writes the report; on a terminal through rich, which is imported only then."""
    write_lines(lines(run, view or View()), stream)


def write_lines(report: Iterable[Line], stream: IO[str]) -> None:
    """Writes styled lines to a stream, styled if it is a terminal."""
    if wants_style(stream):
        from auditor.render.terminal import print_lines

        print_lines(report, stream)
        return
    for line in report:
        text = "".join(text for _, text in line).rstrip()
        stream.write(f"{printable(text)}\n")


def wants_style(stream: IO[str]) -> bool:
    """Whether a stream is a terminal for people (https://no-color.org is honoured)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def printable(text: str) -> str:
    """The text without control characters: names under scan could hold terminal commands."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\t" else f"\\x{_code(c):02x}" for c in text)


def _code(character: str) -> int:
    """Its number; of a byte of a file name that is no UTF-8 (PEP 383) the byte."""
    code = ord(character)
    return code - 0xDC00 if 0xDC80 <= code <= 0xDCFF else code
