"""JSON that every reader takes, whatever bytes a file is named with."""

from __future__ import annotations

import re
from typing import IO, cast

_LONE = re.compile("[\ud800-\udfff]")


def json_stream(stream: IO[str]) -> IO[str]:
    """A stream to write JSON documents to.

    Half characters, as which Python keeps the bytes of a file name that is no UTF-8 (PEP 383), are
    written as people see them: `b\\xe4d.tf`.
    """
    return cast("IO[str]", _JsonText(stream))


class _JsonText:
    """The part of a stream that is used."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Writes a piece of a document."""
        try:
            text.encode()
        except UnicodeEncodeError:
            text = _LONE.sub(_readable, text)
        return self._stream.write(text)


def _readable(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\\\u{code:04x}"
