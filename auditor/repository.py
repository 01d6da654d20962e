"""Where the repository around a folder begins: the boundary for everything that is read."""

from __future__ import annotations

import os
from pathlib import Path


def repository_of(path: str | os.PathLike[str]) -> Path:
    """The nearest folder upwards with a `.git` in it, else the folder itself; links resolved.

    Of a file, its folder's.
    """
    start = Path(os.path.realpath(path))
    if not start.is_dir():
        start = start.parent
    return next((folder for folder in (start, *start.parents) if is_top(folder)), start)


def is_top(folder: Path) -> bool:
    """Whether a git repository (or one of its worktrees or submodules) begins here."""
    return (folder / ".git").exists()


def is_within(path: str | os.PathLike[str], folder: str | os.PathLike[str]) -> bool:
    """Whether a path, links resolved, is the folder or below it."""
    real, top = os.path.realpath(path), os.path.realpath(folder)
    return real == top or real.startswith(top.rstrip(os.sep) + os.sep)


def shown(path: str | os.PathLike[str]) -> str:
    """The path for people: from the working folder when it is below that, else as given."""
    here, real = os.path.realpath(os.getcwd()), os.path.realpath(path)
    return os.path.relpath(real, here) if is_within(real, here) else str(path)
