"""JSON documents that Terraform writes: plans and states, read whole and never executed."""

from __future__ import annotations

import json
import stat
from dataclasses import field
from pathlib import Path
from typing import Any

from auditor.records import dataclass
from auditor.resource import Gap, Problem, Resource

LARGEST = 1024 * 1024 * 1024
"""Bytes of one document."""

Json = dict[str, Any]


class DocumentError(Exception):
    """A plan or state that cannot be read at all: says which, why, and what to do."""


@dataclass(slots=True)
class Document:
    """What was read of a plan or a state.

    problems: what is odd about it. gaps: what it does not tell.
    """

    resources: list[Resource] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


def read_json(path: Path, what: str) -> Json:
    """The JSON object in a file. Raises `DocumentError`; `what` is a plan or a state."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise DocumentError(f"{path} is not a file")
        if status.st_size > LARGEST:
            raise DocumentError(f"{path} is larger than {LARGEST} bytes")
        data = path.read_bytes()
    except OSError as failed:
        raise DocumentError(f"cannot read {path}: {failed.strerror}") from failed
    if data[:2] == b"PK":
        raise DocumentError(
            f"{path} is a plan in Terraform's own format: give the output of "
            f"`terraform show -json {path.name}`"
        )
    try:
        document = json.loads(data)
    except RecursionError as deep:
        raise DocumentError(f"{path} is nested too deeply") from deep
    except ValueError as wrong:
        raise DocumentError(f"{path} is not JSON, so no {what}: {wrong}") from wrong
    if not isinstance(document, dict):
        raise DocumentError(f"{path} is no {what}: it is JSON, but no object")
    return document


def version_of(text: Any) -> tuple[int, ...]:
    """`1.2` as (1, 2); `()` for anything else."""
    parts = str(text).split(".") if isinstance(text, str) else []
    return tuple(int(part) for part in parts) if all(p.isdigit() for p in parts) else ()


def index_text(index: Any) -> str:
    """An instance key as in addresses: `[0]`, `["a"]`, nothing for none."""
    if index is None:
        return ""
    return f"[{json.dumps(index, ensure_ascii=False)}]"
