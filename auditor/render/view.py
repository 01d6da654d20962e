"""What the text report is made of: lines of styled pieces, and what its reader wants to see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from auditor.resource import Location
from auditor.rule import SEVERITIES
from auditor.run import SourceEntry

Piece = tuple[str, str]
"""(style, text); styles are names, see `auditor.render.terminal`."""

Line = list[Piece]

FEW = 3
"""Examples named before the rest is counted."""


@dataclass(frozen=True, slots=True)
class View:
    """What a reader wants to see.

    severity: the least severity that is shown in full; those below are counted.
    shown: gives a file's name as the reader can open it.
    details: nothing is grouped or counted instead of being shown.
    undetermined_fails: whether undetermined verdicts fail the run.
    """

    severity: str = "info"
    shown: Callable[[str], str] = str
    details: bool = False
    undetermined_fails: bool = False

    def place(self, location: Location | None) -> str:
        """`file:line:column` for the reader; empty without one."""
        if location is None:
            return ""
        numbers = [str(n) for n in (location.line, location.column) if n]
        return ":".join([self.shown(location.file), *numbers])

    def wants(self, severity: str) -> bool:
        """Whether something of this severity is shown in full."""
        return rank(severity) >= rank(self.severity)


def rank(severity: str) -> int:
    """0 for `info` to 4 for `critical`."""
    return SEVERITIES.index(severity)


def source_name(source: SourceEntry) -> str:
    """A source for people: its environment and root."""
    root = source.file or source.root
    text = f"{source.environment}: {root}" if source.environment else root
    if source.stand_alone:
        return f"{text}, a module on its own defaults"
    return f"{text}, {source.kind}" if source.kind != "hcl" else text


def count(number: int, word: str) -> str:
    """`1 verdict`, `2 verdicts`."""
    return f"{number} {word}{'' if number == 1 else 's'}"
