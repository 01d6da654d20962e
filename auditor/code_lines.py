"""The lines of code that a report shows beside a finding."""

from __future__ import annotations

import os
from pathlib import Path

from auditor.redaction import redacted_code, without_value
from auditor.resource import Location

MOST_LINES = 5
LONGEST_LINE = 240
LARGEST_FILE = 16_000_000


class Code:
    """Reads lines of files below `base`, each file once. A file that is not there has no lines."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self._files: dict[str, list[str]] = {}
        self._lines: dict[tuple[Location, bool], list[str]] = {}

    def lines(self, location: Location | None, *, mask: bool = False) -> list[str]:
        """The first lines of a place, without secrets and without their common indentation.

        mask: what is written there is sensitive: only the name of the argument is shown.
        """
        if location is None or not location.line:
            return []
        key = (location, mask)
        if key not in self._lines:
            self._lines[key] = self._cut(location, mask)
        return self._lines[key]

    def _cut(self, location: Location, mask: bool) -> list[str]:
        last = min(max(location.end_line, location.line), location.line + MOST_LINES - 1)
        lines = self._of(location.file)[location.line - 1 : last]
        if not lines:
            return []
        if mask:
            return [without_value(line.strip()) for line in lines[:1]]
        indent = min((_indent(line) for line in lines if line.strip()), default=0)
        text = "\n".join(line[indent:].rstrip()[:LONGEST_LINE] for line in lines)
        return redacted_code(text).split("\n")  # as one text: a private key has many lines

    def _of(self, file: str) -> list[str]:
        if file not in self._files:
            self._files[file] = self._read(file)
        return self._files[file]

    def _read(self, file: str) -> list[str]:
        path = self.base / file
        try:
            if not path.is_file() or os.path.getsize(path) > LARGEST_FILE:
                return []
            text = path.read_text(encoding="utf-8-sig", errors="replace")
        except OSError:
            return []
        return text.split("\n")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
