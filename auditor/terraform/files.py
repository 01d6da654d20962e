"""The only way from an expression to a file: nothing outside the repository, nothing large.

Terraform under scan is untrusted input, so `file()` and its kin read regular files inside one
root folder (the git root, or what `--root` names), symbolic links resolved, up to a size.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

LARGEST_FILE: Final = 16_000_000
MOST_LISTED: Final = 100_000


class FileRefusedError(Exception):
    """A file that is not there, not regular, too large, or outside the root; says which."""


class Files:
    """Files below `root`, named relative to `base` (the folder Terraform would run in)."""

    def __init__(self, base: Path, root: Path) -> None:
        self.base = Path(os.path.abspath(base))
        self.root = Path(os.path.realpath(root))
        self._read: dict[str, bytes] = {}

    def resolve(self, path: str) -> Path:
        """The real path that a configuration names; raises `FileRefusedError` outside the root."""
        if "\0" in path:
            raise FileRefusedError("a path cannot hold a null character")
        if path.startswith("~"):
            raise FileRefusedError(f"{path} is outside the repository, which an audit never leaves")
        real = Path(os.path.realpath(self.base / path))
        if real != self.root and self.root not in real.parents:
            raise FileRefusedError(f"{path} is outside the repository, which an audit never leaves")
        return real

    def exists(self, path: str) -> bool:
        """Whether a regular file is there; raises `FileRefusedError` for anything else there."""
        real = self.resolve(path)
        try:
            mode = real.stat().st_mode
        except OSError:
            return False
        if not stat.S_ISREG(mode):
            raise FileRefusedError(f"{path} is not a regular file, but a directory or a device")
        return True

    def read(self, path: str) -> bytes:
        """The bytes of a file; raises `FileRefusedError` with the reason."""
        real = self.resolve(path)
        key = str(real)
        if key in self._read:
            return self._read[key]
        try:
            status = real.stat()
            if not stat.S_ISREG(status.st_mode):
                raise FileRefusedError(f"{path} is not a regular file")
            if status.st_size > LARGEST_FILE:
                raise FileRefusedError(f"{path} is larger than {LARGEST_FILE} bytes")
            data = real.read_bytes()
        except FileNotFoundError as missing:
            raise FileRefusedError(f"no file exists at {path!r}") from missing
        except OSError as failed:
            raise FileRefusedError(f"cannot read {path}: {failed.strerror}") from failed
        self._read[key] = data
        return data

    def listing(self, path: str) -> list[str]:
        """Every regular file below a folder, relative to it with `/`, sorted.

        Links to folders are not followed (so a loop ends); links to files are, inside the root.
        """
        start = self.resolve(path)
        found: list[str] = []
        for folder, _, names in os.walk(start):
            inside = os.path.relpath(folder, start)
            for name in names:
                entry = name if inside == "." else f"{inside}/{name}"
                try:
                    if self.exists(os.path.join(folder, name)):
                        found.append(entry)
                except FileRefusedError:
                    continue
            if len(found) > MOST_LISTED:
                raise FileRefusedError(f"{path} holds more than {MOST_LISTED} files")
        return sorted(found)
