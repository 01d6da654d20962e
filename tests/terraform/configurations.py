"""Small configurations for tests: text in, an evaluated root out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from auditor.resource import Resource
from auditor.terraform import Options, evaluate_root
from auditor.terraform.configuration import Configuration


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def evaluated(folder: Path, files: dict[str, str] | str, **options: Any) -> Configuration:
    """The root module in `folder`; a lone text is its main.tf."""
    write(folder, {"main.tf": files} if isinstance(files, str) else files)
    return evaluate_root(folder, Options(root=str(folder), **options))


def resource(found: Configuration, address: str) -> Resource:
    return next(r for r in (*found.resources, *found.data) if r.address == address)
