"""Characters as people see them: Terraform counts and cuts text by grapheme clusters.

Source: Unicode UAX #29 as go-textseg 15 implements it, that is without the rule for Indic
conjuncts (GB9c), which the `regex` package has and which is undone here.
"""

from __future__ import annotations

import re

_ASCII = re.compile(r"\r\n|[\s\S]")


def clusters(text: str) -> list[str]:
    """The grapheme clusters of a text, in order."""
    if text.isascii():
        return _ASCII.findall(text) if "\r\n" in text else list(text)
    import regex

    found: list[str] = regex.findall(r"\X", text)
    split = regex.compile(r"(?<=\P{GCB=Prepend})(?=\p{InCB=Consonant})").split
    return [part for cluster in found for part in (split(cluster) if cluster[1:] else (cluster,))]


def count(text: str) -> int:
    """How many grapheme clusters a text has."""
    return len(text) if text.isascii() and "\r\n" not in text else len(clusters(text))
