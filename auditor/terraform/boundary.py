"""Reading configuration, and never past the boundary.

Terraform under scan is untrusted: a pull request from a fork may hold symlinks to `/etc`, pipes,
files of gigabytes, folders that contain themselves. Every byte of configuration comes through
`Boundary.read`, which follows links first and asks where they led.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from auditor.repository import repository_of

MAX_BYTES = 10 * 1024 * 1024
"""Of one file. Terraform has no limit; the largest real configuration files are around 1 MB."""

MAX_FOLDERS = 20_000
"""That one search for root modules goes through."""

SKIPPED = frozenset({".terraform", "node_modules", "__pycache__"})


class Refused(Exception):  # noqa: N818 - a refusal by us, not an error of ours
    """A file or folder that is not read: `code` is a problem's code, the text says why."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


class Boundary:
    """A folder that nothing outside of is read.

    root: its real path. The default is the git root above `path`, else `path` itself.
    """

    def __init__(
        self, path: str | os.PathLike[str], root: str | os.PathLike[str] | None = None
    ) -> None:
        self.root = os.path.realpath(root) if root is not None else str(repository_of(path))
        self._base = os.path.realpath(os.getcwd())
        self._related = _within(self._base, self.root) or _within(self.root, self._base)
        self._folders: dict[str, str] = {}
        self._shown: dict[str, str] = {}

    def resolve(self, path: str) -> str:
        """The real path behind `path`, links followed. Raises `Refused` when it leads outside."""
        folder, name = os.path.split(os.path.abspath(path))
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        real = os.path.join(self._folders[folder], name)
        if os.path.islink(real):
            real = os.path.realpath(real)
        if not _within(real, self.root):
            raise Refused(
                "outside-root",
                f"{path} leads out of {self.root}; name a wider folder with --root to allow it",
            )
        return real

    def read(self, path: str, limit: int = MAX_BYTES) -> bytes:
        """The bytes of a regular file inside. Raises `Refused` with the reason."""
        real = self.resolve(path)
        try:
            handle = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise _denied(path, error) from error
        try:
            return _all_of(handle, path, limit)
        except OSError as error:
            raise _denied(path, error) from error
        finally:
            os.close(handle)

    def names(self, folder: str) -> list[str]:
        """The names in a folder inside, sorted. Raises `Refused`."""
        real = self.resolve(folder)
        try:
            return sorted(os.listdir(real))
        except OSError as error:
            raise _denied(folder, error) from error

    def is_folder(self, path: str) -> bool:
        """Whether it is a folder inside."""
        try:
            return os.path.isdir(self.resolve(path))
        except Refused:
            return False

    def is_file(self, path: str) -> bool:
        """Whether it is a regular file inside."""
        try:
            return os.path.isfile(self.resolve(path))
        except Refused:
            return False

    def shown(self, path: str) -> str:
        """The path for people: from the working folder when that is in the same repository."""
        if path not in self._shown:
            whole = os.path.abspath(path)
            self._shown[path] = os.path.relpath(whole, self._base) if self._related else whole
        return self._shown[path]

    def folders(self, top: str) -> Iterator[str]:
        """The folder and those under it, each once, in order; hidden ones and links are left out.

        A linked folder inside the boundary is met at its own place.
        """
        open_ones = [os.path.abspath(top)]
        seen = 0
        while open_ones and seen < MAX_FOLDERS:
            folder = open_ones.pop()
            seen += 1
            yield folder
            try:
                with os.scandir(folder) as entries:
                    inner = [entry.path for entry in entries if _enters(entry)]
            except OSError:
                continue
            open_ones += sorted(inner, reverse=True)


def _within(path: str, root: str) -> bool:
    return path == root or path.startswith(root if root.endswith(os.sep) else root + os.sep)


def _enters(entry: os.DirEntry[str]) -> bool:
    name = entry.name
    if name in SKIPPED or name.startswith("."):
        return False
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _all_of(handle: int, path: str, limit: int) -> bytes:
    state = os.fstat(handle)
    if not stat.S_ISREG(state.st_mode):
        raise Refused("not-a-file", f"{path} is not a regular file")
    if state.st_size > limit:
        raise Refused("too-large", f"{path} has {state.st_size} bytes; the limit is {limit}")
    pieces, total = [], 0
    while piece := os.read(handle, 1 << 20):
        pieces.append(piece)
        total += len(piece)
        if total > limit:  # it grows, or says it is empty and is not (/proc)
            raise Refused("too-large", f"{path} has more than {limit} bytes")
    return b"".join(pieces)


def _denied(path: str, error: OSError) -> Refused:
    code = "missing-file" if isinstance(error, FileNotFoundError) else "unreadable"
    return Refused(code, f"cannot read {path}: {error.strerror or error}")
