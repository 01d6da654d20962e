"""TOML with the line of every key.

`tomllib` gives values without their places. The scanner here goes over text that `tomllib` has
already accepted, so it need not judge it: it only has to know where keys and elements begin.
Source: the TOML 1.0.0 grammar (toml.io).
"""

from __future__ import annotations

import os
import re
import tomllib
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.repository import is_within, repository_of, shown
from auditor.resource import Location, Problem

MAX_BYTES = 1024 * 1024
"""Of one settings file."""

Key = tuple[str | int, ...]
"""Where a value stands: `("environments", "prod", "roots", 0)`."""


class SettingsError(Exception):
    """A settings file that cannot be used, or settings that do not fit the repository.

    problems: everything that is wrong, each with its place where there is one. The command line
    shows them and ends with exit code 2.
    """

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def refuse(code: str, summary: str, location: Location | None = None) -> SettingsError:
    """The error for one thing that is wrong."""
    return SettingsError(Problem("error", code, summary, location=location))


@dataclass(frozen=True, slots=True)
class Document:
    """A TOML file: its data as `tomllib` gives it, and the 1-based line of each key."""

    path: Path
    data: Mapping[str, Any]
    lines: Mapping[Key, int] = field(default_factory=dict)
    shown: str = ""

    def place(self, key: Key = ()) -> Location:
        """Where `key` stands; of a key that is not written, the nearest one around it."""
        for length in range(len(key), 0, -1):
            if key[:length] in self.lines:
                return Location(self.shown, self.lines[key[:length]])
        return Location(self.shown, 1)

    def part(self, *key: str) -> Document:
        """The table under `key` as a document of its own; an empty one when it is absent."""
        data: Any = self.data
        for step in key:
            data = data.get(step, {}) if isinstance(data, dict) else {}
        lines = {k[len(key) :]: n for k, n in self.lines.items() if k[: len(key)] == key}
        return Document(self.path, data if isinstance(data, dict) else {}, lines, self.shown)


def read_toml(path: Path, shown: str | None = None) -> Document:
    """The document in a file. Raises `SettingsError` when it cannot be read or is not TOML."""
    shown = shown or str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise refuse("settings-too-large", f"{shown} is larger than {MAX_BYTES} bytes")
        text = raw.decode("utf-8")
    except OSError as error:
        raise refuse("settings-unreadable", f"cannot read {shown}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise refuse("settings-syntax", f"{shown} is not UTF-8 text, so not TOML") from error
    return parse_toml(text, path, shown)


def parse_toml(text: str, path: Path, shown: str | None = None) -> Document:
    """The document in a text that came from `path`. Raises `SettingsError`."""
    shown = shown or str(path)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        summary, line, column = _syntax(str(error), text)
        raise refuse("settings-syntax", summary, Location(shown, line, column)) from error
    except RecursionError as error:
        raise refuse("settings-syntax", f"{shown} is nested too deeply") from error
    return Document(path, data, _Scanner(text).lines(), shown)


def is_there(file: Path) -> bool:
    """Whether a settings file stands at a path where one is looked for.

    Raises `SettingsError` when something else does, or a link out of the repository: what lies
    outside was not committed with the code, and nobody would see that it counts.
    """
    if not os.path.lexists(file):
        return False
    if not file.is_file():
        raise refuse("settings-unreadable", f"{_named(file)} is not a file")
    if not is_within(file, repository_of(file.parent)):
        raise refuse(
            "settings-outside",
            f"{_named(file)} is a link out of the repository, so it does not count: put the file "
            "itself there",
        )
    return True


def _named(file: Path) -> str:
    return str(Path(shown(file.parent)) / file.name)


_AT = re.compile(r"^(.*) \(at line (\d+), column (\d+)\)$", re.DOTALL)


def _syntax(message: str, text: str) -> tuple[str, int, int]:
    """Python 3.11 puts the place into the text of the error only."""
    found = _AT.match(message)
    if found:
        line, column = int(found[2]), int(found[3])
        written = text.split("\n")[line - 1] if line <= text.count("\n") + 1 else ""
        twice = _TWICE.match(written.strip()) if _IS_TWICE.match(found[1]) else None
        if twice:
            return f"{twice[0].strip()} is written twice: join the two", line, 1
        return f"not valid TOML: {found[1]}{_HINTS.get(found[1], '')}", line, column
    return f"not valid TOML: {message}", text.count("\n") + 1, 0


_IS_TWICE = re.compile(r"Cannot (overwrite a value|declare \(.*\) twice)")
_TWICE = re.compile(r"""\[.*\]|(?:[\w.-]|"[^"]*"|'[^']*'|[ ]*\.[ ]*)+""")

_HINTS = {
    "Invalid value": " (text stands in quotes)",
    "Illegal character '\\n'": " (a quote is not closed on its line)",
}

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r"\"\"\"(?:\\.|[^\\])*?\"\"\"+|'''.*?'''+|\"(?:\\.|[^\"\\])*\"|'[^']*'", re.DOTALL
)
_PLAIN = re.compile(r"[^,\]}#\n]+")


class _Scanner:
    """Goes over valid TOML once and notes the line of each key and array element."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._found: dict[Key, int] = {}
        self._tables: dict[Key, int] = {}

    def lines(self) -> dict[Key, int]:
        table: Key = ()
        self._blank()
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._entry(table)
            self._blank()
        return self._found

    def _header(self) -> Key:
        """`[a.b]` or `[[a.b]]`: the key of the table that it opens."""
        line = self._line()
        many = self._text.startswith("[[", self._at)
        self._at += 2 if many else 1
        written = self._dotted()
        self._at += 2 if many else 1
        key: Key = ()
        for step in written[:-1]:
            key = self._last((*key, step))
        key = (*key, written[-1])
        if not many:
            self._note(key, line)
            return self._last(key)
        self._tables[key] = self._tables.get(key, -1) + 1
        self._note(key, line)
        self._note(self._last(key), line)
        return self._last(key)

    def _last(self, key: Key) -> Key:
        """The newest element when the key names an array of tables."""
        return (*key, self._tables[key]) if key in self._tables else key

    def _entry(self, table: Key) -> None:
        line = self._line()
        key = table
        for step in self._dotted():
            key = (*key, step)
            self._note(key, line)
        self._at += 1  # the equals sign
        self._value(key)

    def _dotted(self) -> list[str]:
        steps: list[str] = []
        while True:
            self._spaces()
            steps.append(self._key())
            self._spaces()
            if not self._text.startswith(".", self._at):
                return steps
            self._at += 1

    def _key(self) -> str:
        bare = _BARE_KEY.match(self._text, self._at)
        if bare:
            self._at = bare.end()
            return bare[0]
        start = self._at
        self._take(_STRING)
        name: str = tomllib.loads(f"key = {self._text[start : self._at]}")["key"]
        return name

    def _value(self, key: Key) -> None:
        self._spaces()
        opening = self._text[self._at]
        if opening == "[":
            self._array(key)
        elif opening == "{":
            self._inline_table(key)
        elif opening in "\"'":
            self._take(_STRING)
        else:
            self._take(_PLAIN)

    def _array(self, key: Key) -> None:
        self._at += 1
        index = 0
        while self._more("]"):
            self._note((*key, index), self._line())
            self._value((*key, index))
            index += 1

    def _inline_table(self, key: Key) -> None:
        self._at += 1
        while self._more("}"):
            self._entry(key)

    def _more(self, closing: str) -> bool:
        """Whether another element follows; steps over commas and the closing bracket."""
        self._blank()
        if self._text[self._at] == ",":
            self._at += 1
            self._blank()
        if self._text[self._at] == closing:
            self._at += 1
            return False
        return True

    def _note(self, key: Key, line: int) -> None:
        self._found.setdefault(key, line)

    def _line(self) -> int:
        return bisect_left(self._breaks, self._at) + 1

    def _blank(self) -> None:
        self._take(_BLANK)

    def _spaces(self) -> None:
        while self._text[self._at : self._at + 1] in (" ", "\t"):
            self._at += 1

    def _take(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._at)
        assert match is not None, "tomllib accepted what the scanner does not know"
        self._at = match.end()
