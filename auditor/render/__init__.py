"""Reports: each format is a function of the run document and of nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import IO

from auditor.run import Run

FORMATS: Mapping[str, str] = {
    "text": "auditor.render.text",
    "json": "auditor.render.json_document",
    "sarif": "auditor.render.sarif",
}
"""Format → module, which has `render(run, stream)`; it is imported when it is asked for."""

SUFFIXES: Mapping[str, str] = {".txt": "text", ".json": "json", ".sarif": "sarif"}
"""The format that a file name asks for. `.sarif.json` is SARIF too."""


def render(run: Run, format: str, stream: IO[str]) -> None:
    """Writes a run in one of `FORMATS`."""
    import_module(FORMATS[format]).render(run, stream)


def format_of(name: str) -> str | None:
    """The format that a file's name asks for, if any."""
    lower = name.lower()
    if lower.endswith(".sarif.json"):
        return "sarif"
    return next((f for suffix, f in SUFFIXES.items() if lower.endswith(suffix)), None)
