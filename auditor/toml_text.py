"""Writing TOML values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def value_text(value: Any) -> str:
    """A string, bool, number, list or table, on one line."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple | set | frozenset):
        return f"[{', '.join(value_text(item) for item in value)}]"
    if isinstance(value, Mapping):
        items = ", ".join(f"{name} = {value_text(item)}" for name, item in value.items())
        return f"{{ {items} }}"
    return str(value)


def quoted(text: str) -> str:
    """A string: literal where that needs no escapes, as addresses with `["a"]` do."""
    plain = all(character == "\t" or not _is_control(character) for character in text)
    if plain and '"' in text and "'" not in text:
        return f"'{text}'"
    return f'"{"".join(_ESCAPES.get(each) or _escaped(each) for each in text)}"'


_ESCAPES: Mapping[str, str] = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _is_control(character: str) -> bool:
    return character < " " or character == "\x7f"


def _escaped(character: str) -> str:
    return f"\\u{ord(character):04X}" if _is_control(character) else character
