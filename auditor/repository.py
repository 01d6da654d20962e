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


def upwards(path: str | os.PathLike[str]) -> list[Path]:
    """The folders in which settings for `path` may stand, the nearest first.

    From the folder up to the top of the repository. Outside of a repository the folder itself and
    the current one (where that is further up) only, so that nobody else's file takes effect.
    """
    start = Path(os.path.realpath(path))
    start = start if start.is_dir() else start.parent
    top, here = repository_of(start), Path.cwd()
    above = list(start.parents)
    if is_top(top):
        return [start, *above[: above.index(top) + 1]] if start != top else [start]
    return [start, here] if here in above else [start]


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
