"""`csvdecode`: a reader of comma-separated values with Go's rules.

Source: Go 1.23 `encoding/csv` (reader.go, with its default settings); go-cty 1.16
`function/stdlib/csv.go`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NoReturn
from unicodedata import normalize

from auditor.terraform import cty
from auditor.terraform.cty import Value
from auditor.terraform.function import Context, Function, Parameter
from auditor.terraform.functions.arguments import refuse
from auditor.terraform.types import DYNAMIC, STRING, Object


class _Reader:
    """Records of a text, one after the other."""

    def __init__(self, text: str) -> None:
        self._lines = _split_lines(text)
        self.line = 0

    def _next_line(self) -> str:
        """The next line with `\\n` at its end where it has one; empty at the end of the text."""
        if self.line >= len(self._lines):
            return ""
        line = self._lines[self.line]
        self.line += 1
        return line

    def records(self) -> Iterator[list[str]]:
        """Every record; lines without anything are none."""
        while line := self._next_line():
            if line != "\n":
                yield list(self._fields(line))

    def _fields(self, line: str) -> Iterator[str]:
        while True:
            if not line.startswith('"'):
                field, comma, rest = line.partition(",")
                if not comma:
                    field = field.removesuffix("\n")
                if '"' in field:
                    self._fail('bare " in non-quoted-field')
                yield field
                if not comma:
                    return
                line = rest
                continue
            field, following = self._quoted(line[1:])
            yield field
            if following is None:
                return
            line = following

    def _quoted(self, line: str) -> tuple[str, str | None]:
        """A quoted field from after its first quote; what follows its comma, None at the end."""
        field: list[str] = []
        while True:
            text, quote, rest = line.partition('"')
            field.append(text)
            if not quote:
                # The field goes on in the next line.
                line = self._next_line()
                if not line:
                    self._fail('extraneous or missing " in quoted-field')
            elif rest.startswith('"'):
                field.append('"')
                line = rest[1:]
            elif rest.startswith(","):
                return "".join(field), rest[1:]
            elif rest in ("", "\n"):
                return "".join(field), None
            else:
                self._fail('extraneous or missing " in quoted-field')

    def _fail(self, why: str) -> NoReturn:
        refuse(f"CSV parse error on line {self.line}: {why}")


def _split_lines(text: str) -> list[str]:
    """Lines with their `\\n`; `\\r\\n` becomes `\\n`, and a `\\r` at the very end goes."""
    lines = [f"{line.removesuffix(_RETURN)}\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


_RETURN: Final = "\r"


def _csvdecode(args: list[Value], context: Context) -> Value:
    text = args[0].v
    context.budget.spend(len(text) // 16)
    rows = _Reader(text).records()
    header = next(rows, None)
    if header is None:
        refuse("missing header line")
    names = _names(header)
    type_ = Object(dict.fromkeys(names, STRING))
    found = []
    for place, row in enumerate(rows):
        if len(row) != len(names):
            refuse(f"CSV parse error in record {place + 2}: wrong number of fields")
        context.budget.spend(len(row))
        found.append(cty.object_(dict(zip(names, map(cty.string, row), strict=True))))
    return cty.list_(found, type_)


def _names(header: list[str]) -> list[str]:
    seen: set[str] = set()
    for name in header:
        if name in seen:
            refuse(f'duplicate column name "{name}"')
        seen.add(name)
    return [normalize("NFC", name) for name in header]


FUNCTIONS: Final = {
    "csvdecode": Function("csvdecode", (Parameter("str", STRING),), DYNAMIC, _csvdecode),
}
