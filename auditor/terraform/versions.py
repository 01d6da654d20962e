"""Version constraints, as `required_version` has them.

SOURCE: developer.hashicorp.com/terraform/language/expressions/version-constraints (1.11).
"""

from __future__ import annotations

import re
from typing import Final

TERRAFORM: Final = "1.11.4"
"""The version whose behaviour the evaluator has."""

_ONE = re.compile(r"^\s*(=|!=|>=|<=|>|<|~>)?\s*v?(\d+(?:\.\d+)*)(-[\w.-]+)?(?:\+[\w.-]+)?\s*$")


def satisfies(version: str, constraint: str) -> bool | None:
    """Whether a release meets every part of a constraint; None where that cannot be read."""
    answers = [_meets(version, part) for part in constraint.split(",")]
    return None if None in answers else all(answers)


def _meets(version: str, part: str) -> bool | None:
    found = _ONE.match(part)
    if not found:
        return None
    operator, numbers, pre = found[1] or "=", found[2], found[3]
    if pre:
        return operator in ("!=", ">", ">=") and _numbers(version) > _numbers(numbers)
    have, want = _padded(version, numbers)
    if operator == "~>":
        fixed = max(1, len(numbers.split(".")) - 1)
        return have >= want and have[:fixed] == want[:fixed]
    return {
        "=": have == want, "!=": have != want, ">": have > want,
        "<": have < want, ">=": have >= want, "<=": have <= want,
    }[operator]  # fmt: skip


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(".")]


def _padded(a: str, b: str) -> tuple[list[int], list[int]]:
    first, second = _numbers(a), _numbers(b)
    width = max(len(first), len(second))
    return first + [0] * (width - len(first)), second + [0] * (width - len(second))
