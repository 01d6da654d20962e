"""Asking git, without trusting the repository.

No shell; nothing of the repository's configuration runs (hooks, file system monitors, filters,
pagers, helpers, lazy fetches); no question ever waits for an answer. Object content is read with
`cat-file`, which knows no filters, unlike `archive` or `checkout`.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

from auditor.repository import repository_of
from auditor.suggest import closest
from auditor.toml_places import SettingsError, refuse

SAFE = (
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.untrackedCache=false",
    "-c",
    "core.attributesFile=/dev/null",
    "-c",
    "protocol.allow=never",
    "-c",
    "gc.auto=0",
    "-c",
    "maintenance.auto=false",
)
_MINE = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
_NOT_OURS = re.compile(
    r"GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR"
    r"|NAMESPACE|PREFIX|EXTERNAL_DIFF|TRACE.*)"
)
"""Set by git around hooks: they would send us into another repository than the one meant."""

_PATIENCE = 120
"""Seconds that one git command may take."""


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """A file, link or submodule of a commit. `mode` as git has it; `size` in bytes, of files."""

    mode: str
    oid: str
    size: int
    path: str

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return self.mode == "120000"

    @property
    def is_submodule(self) -> bool:
        """Whether another repository stands here."""
        return self.mode == "160000"


class Git:
    """The git repository around a folder.

    top: the top of its work tree. Raises `SettingsError` when there is no git or no repository.
    """

    def __init__(self, folder: Path) -> None:
        self.top = repository_of(folder)
        done = self._run("rev-parse", "--show-toplevel")
        if done.returncode:
            raise _no_repository(self.top, done.stderr)
        said = os.path.realpath(os.fsdecode(done.stdout.rstrip(b"\n")))
        if said != str(self.top):
            raise refuse("no-repository", f"git takes {said} for the work tree of {self.top}")

    def commit(self, ref: str) -> str:
        """The id of the commit that `ref` names. Raises `SettingsError` with what to do."""
        if not ref or ref[0] in "-^" or re.search(r"[\x00-\x20\x7f:?*\[\\]|\.\.", ref):
            raise refuse("bad-ref", f"{ref!r} is no branch, tag or commit")
        done = self._run("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        if done.returncode:
            raise refuse("unknown-ref", self._unknown(ref))
        return done.stdout.decode().strip()

    def merge_base(self, commit: str, ref: str) -> str:
        """Where the current commit left the history of `commit`: their newest common ancestor."""
        head = self._run("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        if head.returncode:
            raise refuse("no-head", f"{self.top} has no commit yet, so nothing to compare with")
        done = self._run("merge-base", "HEAD", commit)
        if not done.returncode and done.stdout.strip():
            return done.stdout.decode().split()[0]
        if self.is_shallow():
            raise refuse(
                "shallow-clone",
                f"the common ancestor of HEAD and {ref} is not in this clone, which is shallow: "
                "`git fetch --unshallow` (in CI: a fetch depth of 0) brings the history",
            )
        raise refuse("unrelated", f"HEAD and {ref} have no common ancestor")

    def is_shallow(self) -> bool:
        """Whether the clone has only a part of the history."""
        return self._run("rev-parse", "--is-shallow-repository").stdout.strip() == b"true"

    def tree(self, commit: str) -> Iterator[TreeEntry]:
        """Every file, link and submodule of a commit, in git's order."""
        done = self._run("ls-tree", "-r", "-z", "-l", "--full-tree", commit)
        if done.returncode:
            raise _failed("list the files of", commit, done.stderr)
        for line in done.stdout.split(b"\0"):
            if line:
                about, _, path = line.partition(b"\t")
                mode, _, oid, size = about.split()
                number = int(size) if size.isdigit() else 0
                yield TreeEntry(mode.decode(), oid.decode(), number, os.fsdecode(path))

    def contents(self, entries: Iterable[TreeEntry]) -> Iterator[tuple[TreeEntry, bytes | None]]:
        """The content of each entry as it is stored; None for an object that is not here."""
        process = subprocess.Popen(
            self._command("cat-file", "--batch"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )
        assert process.stdin is not None
        assert process.stdout is not None
        waiting = iter(entries)
        try:
            # Few enough at a time that their names fit into a pipe, so that nobody waits for ever.
            while some := list(islice(waiting, 256)):
                process.stdin.write(b"".join(each.oid.encode() + b"\n" for each in some))
                process.stdin.flush()
                for entry in some:
                    yield entry, _object(process.stdout)
        finally:
            process.stdin.close()
            process.stdout.close()
            process.kill()
            process.wait()

    def ignored(self, *patterns: str) -> list[str]:
        """Files in the work tree that git ignores and that match one of the patterns."""
        done = self._run(
            "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--", *patterns
        )
        return [os.fsdecode(path) for path in done.stdout.split(b"\0") if path]

    # -- how --------------------------------------------------------------------------------------

    def _unknown(self, ref: str) -> str:
        done = self._run("for-each-ref", "--format=%(refname:short)", "--count=2000")
        near = closest(ref, done.stdout.decode(errors="replace").split())
        hint = f" (did you mean {near}?)" if near else ""
        remote, _, branch = ref.partition("/")
        fetch = f" `git fetch {remote} {branch}` brings a branch." if branch else ""
        shallow = " The clone is shallow: `git fetch --unshallow`." if self.is_shallow() else ""
        return f"this repository has no commit called {ref}{hint}.{fetch}{shallow}"

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                self._command(*arguments),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env=_environment(),
                timeout=_PATIENCE,
                check=False,
            )
        except FileNotFoundError as error:
            raise refuse(
                "no-git", "comparing with another version needs git, which is not installed"
            ) from error
        except subprocess.TimeoutExpired as error:
            raise refuse("slow-git", f"git {arguments[0]} took over {_PATIENCE} s") from error

    def _command(self, *arguments: str) -> list[str]:
        return ["git", "--no-pager", *SAFE, "-C", str(self.top), *arguments]


def _object(stream: IO[bytes]) -> bytes | None:
    """One answer of `cat-file --batch`: `id type size`, content, a line end; or `id missing`."""
    header = stream.readline().split()
    if len(header) != 3:
        return None
    data = stream.read(int(header[2]))
    stream.read(1)
    return data


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not _NOT_OURS.fullmatch(name)}
    return {**kept, **_MINE}


def _no_repository(folder: Path, said: bytes) -> SettingsError:
    text = said.decode(errors="replace")
    if "dubious ownership" in text:
        return refuse(
            "foreign-repository",
            f"git does not read {folder}, which belongs to another user; if that is right: "
            f"git config --global --add safe.directory {folder}",
        )
    if "not a git repository" in text:
        return refuse("no-repository", f"{folder} is in no git repository: nothing to compare with")
    return refuse("no-repository", f"git cannot read {folder}: {text.strip()}")


def _failed(what: str, name: str, said: bytes) -> SettingsError:
    text = said.decode(errors="replace").strip()
    return refuse("git", f"git could not {what} {name}: {text}")
