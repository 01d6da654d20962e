"""Plain values (see `auditor.run.plain`) as people read them, on one line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

LONGEST = 160


def value_text(
    value: Any, longest: int = LONGEST, known: Mapping[str, Any] | None = None, path: str = ""
) -> str:
    """A value as text; of an unknown also what is known of it (see `auditor.run.known_parts`)."""
    if isinstance(value, dict) and "__sensitive__" in value:
        return "(sensitive value)"
    if isinstance(value, dict) and "__unknown__" in value:
        text = _unknown(value["__unknown__"], (known or {}).get(path, {}))
    elif isinstance(value, list):
        items = [value_text(v, longest, known, f"{path}[{i}]") for i, v in enumerate(value)]
        text = f"[{', '.join(items)}]"
    elif isinstance(value, dict):
        dot = "." if path else ""
        items = [
            f"{key} = {value_text(item, longest, known, f'{path}{dot}{key}')}"
            for key, item in value.items()
        ]
        text = f"{{{', '.join(items)}}}"
    else:
        text = _document(value) or json.dumps(value, ensure_ascii=False)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _document(value: Any) -> str | None:
    """A JSON document in a string (a policy) without its line ends and quotes."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.dumps(json.loads(value), ensure_ascii=False)
    except (ValueError, RecursionError):
        return None


def _unknown(refs: Sequence[str], known: Mapping[str, Any]) -> str:
    what = ", ".join(refs)
    if "parts" in known:
        pieces = (p if isinstance(p, str) else f"${{{_hole(p)}}}" for p in known["parts"])
        return '"' + " ".join("".join(pieces).split()) + '"'
    if known.get("items"):
        return f"[{', '.join(map(value_text, known['items']))}, … (unknown: {what})]"
    if known.get("entries"):
        entries = (f"{key} = {value_text(item)}" for key, item in known["entries"].items())
        return f"{{{', '.join(entries)}, … (unknown: {what})}}"
    if "one_of" in known:
        return f"{' or '.join(map(value_text, known['one_of']))} (unknown: {what})"
    return f"(unknown{': ' if what else ''}{what})"


def _hole(part: Any) -> str:
    return ", ".join(part.get("__unknown__", ())) or "unknown"
