"""Styled lines on a terminal, wrapped with a hanging indent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

from rich.console import Console
from rich.text import Text
from rich.theme import Theme

from auditor.render.text import printable
from auditor.render.view import Line

_THEME = Theme(
    {
        "critical": "bold white on red",
        "high": "bold red",
        "medium": "bold yellow",
        "low": "bold cyan",
        "info": "bold blue",
        "rule": "bold",
        "address": "bold",
        "place": "cyan",
        "code": "default",
        "faint": "dim",
        "label": "bold dim",
        "note": "yellow",
        "error": "bold red",
        "undetermined": "bold magenta",
        "failed": "bold red",
        "passed": "bold green",
    },
    inherit=True,
)


def print_lines(lines: Iterable[Line], stream: IO[str]) -> None:
    """Prints the lines; text under scan is never taken for markup or for terminal commands."""
    console = Console(file=stream, theme=_THEME, highlight=False, soft_wrap=False)
    for line in lines:
        plain = "".join(text for _, text in line)
        indent = len(plain) - len(plain.lstrip())
        text = Text.assemble(*((printable(part), style) for style, part in line))
        width = max(20, console.width - indent)
        if indent and text.cell_len > console.width:
            for index, piece in enumerate(text[indent:].wrap(console, width - 2)):
                console.print(Text(" " * (indent + (2 if index else 0))) + piece)
        else:
            console.print(text)
