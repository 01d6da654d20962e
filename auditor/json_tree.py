"""JSON in a string, as plain Python, also where the string has holes.

Task definitions, lifecycle policies, event patterns and OpenAPI bodies are JSON documents inside
one string argument. `json_tree` gives the document in the shape that attributes have everywhere:
`str`, `int`, `float`, `bool`, `None`, `list`, `dict`, with an `Unknown` for each hole, and with
`items` or `entries` where a hole among the members leaves open whether there are more.
"""

from __future__ import annotations

from typing import Any

from auditor.policy.json_text import Listing, Members, Node, PolicyError, read_text
from auditor.values import Undetermined, Unknown


def json_tree(value: Any, what: str) -> Any:
    """The document in an attribute's value; a value that is already decoded comes as it is.

    value: None (there is no document, the answer is None), JSON text, text with holes, or a whole
    unknown, which stays one. what: names the document in messages (`container_definitions`).
    Raises `Undetermined` for text that is no JSON: AWS refuses it, so nothing can be said of it.
    """
    if isinstance(value, str):
        parts: tuple[str | Unknown, ...] = (value,)
    elif isinstance(value, Unknown) and value.parts is not None:
        parts = value.parts
    else:
        return value
    try:
        node, _ = read_text(parts)
    except PolicyError as fault:
        place = f" (line {fault.line + 1}, column {fault.column + 1})" if fault.offset >= 0 else ""
        because = f"{what} is no JSON that can be read: {fault.message}{place}"
        raise Undetermined(Unknown(because=because)) from fault
    return _plain(node)


def _plain(node: Node) -> Any:
    value = node.value
    if isinstance(value, Members):
        return _object(value)
    if isinstance(value, Listing):
        items = [_plain(item) for item in value.items]
        doubt = value.doubt
        return items if doubt is None else Unknown(doubt.refs, doubt.because, items=tuple(items))
    if node.quoted or not isinstance(value, str):
        return value
    return _scalar(value)


def _object(members: Members) -> Any:
    doubt = members.doubt
    if doubt is not None and doubt.entries is not None:
        return doubt  # the hole is the object itself, with what is known of it
    entries = {key: _plain(item) for key, item in members.items if isinstance(key, str)}
    unsure = [key for key, _ in members.items if isinstance(key, Unknown)]
    if doubt is None and not unsure:
        return entries
    refs = [ref for hole in (*unsure, *([doubt] if doubt else ())) for ref in hole.refs]
    return Unknown(refs, doubt.because if doubt else None, entries=entries)


def _scalar(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    try:
        return int(text)
    except ValueError:
        return float(text)
