"""Dependencies point one way: what the architecture's table says, held against the imports."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ALLOWED = {
    "values": set(),
    "resource": {"model", "values"},  # the model only for types
    "model": {"resource", "values"},
    "policy": {"values"},
    "network": {"values"},
    "rule": {"resource"},
    "engine": {"model", "resource", "rule", "values"},
    "quirks": {"model", "resource", "values"},
    "run": {"moves", "resource", "values"},
    "matching": {"model", "resource", "values"},
    "render": {"auditor", "resource", "rule", "run", "engine", "gate"},
}
"""Part of the package → the other parts that it may import."""

FORBIDDEN = {
    "terraform": {"aws", "cli", "engine", "render", "rule", "rules", "scan", "services"},
    "aws": {"cli", "engine", "render", "rules", "run", "scan", "terraform"},
    "services": {"cli", "engine", "render", "rule", "rules", "run", "scan", "terraform"},
    "rules": {"cli", "engine", "model", "render", "run", "scan", "terraform"},
}
"""Parts that may import much, but never these."""


def imports_of(part: str) -> set[str]:
    """The parts of the package that a part imports, anywhere in its files."""
    base = ROOT / "rules" if part == "rules" else ROOT / "auditor" / part
    files = list(base.rglob("*.py")) if base.is_dir() else [base.with_suffix(".py")]
    assert files, part
    found: set[str] = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                if name.split(".")[0] == "auditor":
                    found.add([*name.split("."), "auditor"][1])
    return found - {part, "records"}  # how classes are made: below everything


@pytest.mark.parametrize("part", ALLOWED)
def test_the_core_imports_only_what_is_below_it(part):
    assert imports_of(part) <= ALLOWED[part]


@pytest.mark.parametrize("part", FORBIDDEN)
def test_no_part_imports_what_is_above_it(part):
    assert imports_of(part) & FORBIDDEN[part] == set()
