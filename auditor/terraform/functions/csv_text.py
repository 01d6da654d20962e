"""`csvdecode`: a reader of comma-separated values with Go's rules.

Source: Go 1.23 `encoding/csv` (reader.go, with its default settings); go-cty 1.16
`function/stdlib/csv.go`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NoReturn
from unicodedata import normalize

from auditor.terraform import cty
from auditor.terraform.cty import Value
from auditor.terraform.function import Context, Function, Parameter
from auditor.terraform.functions.arguments import refuse
from auditor.terraform.types import DYNAMIC, STRING, Object


class _Reader:
    """Records of a text, one after the other; goes through it once, whatever it holds."""

    def __init__(self, text: str) -> None:
        # A return at the very end is dropped, one before a line end is part of it.
        self._text = text.removesuffix("\r").replace("\r\n", "\n")
        self._at = 0

    def records(self) -> Iterator[list[str]]:
        """Every record; lines without anything are none."""
        text = self._text
        while self._at < len(text):
            if text[self._at] == "\n":
                self._at += 1
                continue
            record = [self._field()]
            while self._at <= len(text) and text[self._at - 1 : self._at] == ",":
                record.append(self._field())
            yield record

    def _field(self) -> str:
        """The next field. After it, the reader is past the comma or line end that ends it."""
        if self._text.startswith('"', self._at):
            self._at += 1
            return self._quoted()
        end = _END_OF_FIELD.search(self._text, self._at)
        stop = end.start() if end else len(self._text)
        field = self._text[self._at : stop]
        if '"' in field:
            self._fail('bare " in non-quoted-field')
        self._at = stop + 1
        return field

    def _quoted(self) -> str:
        pieces: list[str] = []
        while True:
            quote = self._text.find('"', self._at)
            if quote < 0:
                self._at = len(self._text)
                self._fail('extraneous or missing " in quoted-field')
            pieces.append(self._text[self._at : quote])
            self._at = quote + 2
            following = self._text[quote + 1 : quote + 2]
            if following in (",", "\n", ""):
                return "".join(pieces)
            if following != '"':
                self._fail('extraneous or missing " in quoted-field')
            pieces.append('"')

    def _fail(self, why: str) -> NoReturn:
        line = self._text.count("\n", 0, self._at) + 1
        refuse(f"CSV parse error on line {line}: {why}")


_END_OF_FIELD: Final = re.compile("[,\n]")


def _csvdecode(args: list[Value], context: Context) -> Value:
    text = args[0].v
    rows = _Reader(text).records()
    header = next(rows, None)
    if header is None:
        refuse("missing header line")
    names = _names(header)
    type_ = Object(dict.fromkeys(names, STRING))
    columns = sorted({name: column for column, name in enumerate(names)}.items())
    found = []
    for place, row in enumerate(rows):
        if len(row) != len(names):
            refuse(f"CSV parse error in record {place + 2}: wrong number of fields")
        context.budget.spend(8 + 2 * len(row))
        found.append(Value(type_, {name: cty.string(row[column]) for name, column in columns}))
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
