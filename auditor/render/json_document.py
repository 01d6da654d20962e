"""JSON: the run document itself, whose schema is `reports/run.schema.json`."""

from __future__ import annotations

from typing import IO

from auditor.render.json_text import json_stream
from auditor.run import Run, write


def render(run: Run, stream: IO[str]) -> None:
    """Writes the run document."""
    write(run, json_stream(stream))
