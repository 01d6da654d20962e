"""Globs as people write them in settings: over rule ids, addresses, ARNs and environment names."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=4096)
def glob(pattern: str) -> re.Pattern[str]:
    """A pattern in which `*` stands for any text and `?` for one character.

    Everything else is meant as written, brackets too: `aws_subnet.a["x"]` is one subnet. Atomic
    groups take each piece at its first place and never again, so no pattern makes matching slow.
    """
    first, *rest = [_one_char(piece) for piece in re.split(r"\*+", pattern)]
    if not rest:
        return re.compile(first, re.DOTALL)
    middle = "".join(f"(?>.*?{piece})" for piece in rest[:-1])
    return re.compile(f"{first}{middle}.*{rest[-1]}", re.DOTALL)


def _one_char(piece: str) -> str:
    return ".".join(re.escape(part) for part in piece.split("?"))


def is_glob(pattern: str) -> bool:
    """Whether the pattern may stand for more than one name."""
    return "*" in pattern or "?" in pattern
