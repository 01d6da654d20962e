"""The repository as it was where a change began, beside the checkout and without touching it.

`base_tree` writes the files of the merge base of HEAD and a ref into a temporary folder, from
git's objects. What evaluation needs and git does not have is taken from the work tree: modules
that `terraform init` fetched, and variable files that git ignores. What cannot be had is noted.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from auditor.git import Git, TreeEntry
from auditor.repository import is_within
from auditor.toml_places import SettingsError, refuse

TERRAFORM = (".tf", ".tf.json", ".tofu", ".tofu.json", ".tfvars", ".tfvars.json")
LARGEST = 16_000_000
"""Bytes of one file; what the evaluator reads at most."""
MOST_FILES, MOST_BYTES = 20_000, 300_000_000
"""Of a repository that is taken whole; of a larger one only what stands with Terraform."""

_LFS = b"version https://git-lfs.github.com/spec/"
_DEEPEST = 4


@dataclass(slots=True)
class BaseTree:
    """An exported commit.

    top: the folder that stands for the top of the repository. ref: as it was asked for. commit:
    the merge base of it and HEAD. notes: what could not be had or was taken from the work tree.
    """

    top: Path
    repository: Path
    ref: str
    commit: str
    notes: list[str] = field(default_factory=list)

    def at(self, path: Path) -> Path:
        """Where a path of the repository is in the export (it may not exist there)."""
        return self.top / os.path.relpath(os.path.realpath(path), self.repository)

    def has(self, path: Path) -> bool:
        """Whether a path is in the repository and was there at the commit."""
        return is_within(path, self.repository) and self.at(path).exists()


@contextmanager
def base_tree(path: Path, ref: str) -> Iterator[BaseTree]:
    """The tree at the merge base of HEAD and `ref`, for as long as the context lasts.

    Raises `SettingsError`: no git, no repository, an unknown ref, too little history.
    """
    git = Git(path)
    commit = git.merge_base(git.commit(ref), ref)
    with tempfile.TemporaryDirectory(prefix="auditor-base-") as folder:
        tree = BaseTree(Path(os.path.realpath(folder)), git.top, ref, commit)
        (tree.top / ".git").mkdir()  # so that it is the boundary for everything in it
        _export(git, commit, tree.top, tree.notes)
        _take_along(git, tree)
        yield tree


# -- from git -------------------------------------------------------------------------------------


def _export(git: Git, commit: str, into: Path, notes: list[str], depth: int = 0) -> None:
    entries = [entry for entry in git.tree(commit) if _is_sane(entry.path)]
    files = [entry for entry in entries if not entry.is_submodule and not entry.is_link]
    wanted = _wanted(files)
    if len(wanted) < len(files):
        notes.append(
            f"the repository is large: {len(files) - len(wanted)} files at the base that are not "
            "near its Terraform were left out"
        )
    _write_files(git, wanted, into, notes)
    # Links come last, so that no file is ever written through one.
    for entry, data in git.contents(entry for entry in entries if entry.is_link):
        _write_link(into / entry.path, data, notes)
    for entry in entries:
        if entry.is_submodule:
            _export_submodule(git, entry, into / entry.path, notes, depth)


def _is_sane(path: str) -> bool:
    """Whether a path of a commit stays below its top; a forged tree can hold anything."""
    parts = path.split("/")
    return not any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)


def _wanted(files: Sequence[TreeEntry]) -> list[TreeEntry]:
    """All files that are not too large; of a large repository those in folders with Terraform."""
    readable = [entry for entry in files if entry.size <= LARGEST]
    if len(files) <= MOST_FILES and sum(entry.size for entry in readable) <= MOST_BYTES:
        return readable
    tops = {_top(entry.path) for entry in readable if entry.path.endswith(TERRAFORM)}
    return [entry for entry in readable if _top(entry.path) in tops]


def _top(path: str) -> str:
    """The first two folders of a path: what belongs together in a large repository."""
    return "/".join(path.split("/")[:-1][:2])


def _write_files(git: Git, entries: Iterable[TreeEntry], into: Path, notes: list[str]) -> None:
    missing: list[str] = []
    strange: list[str] = []
    pointers: list[str] = []
    for entry, data in git.contents(entries):
        if data is None:
            missing.append(entry.path)
            continue
        if data.startswith(_LFS):
            pointers.append(entry.path)
        if not _write(into / entry.path, data):
            strange.append(entry.path)
    if missing:
        notes.append(f"not in this partial clone, so not compared: {_some(missing)}")
    if strange:
        notes.append(f"could not be written as a file, so not compared: {_some(strange)}")
    if pointers:
        notes.append(f"kept in Git LFS, so the base has only a pointer to it: {_some(pointers)}")


def _write(file: Path, data: bytes) -> bool:
    """Writes a new file; says whether that could be done (a forged tree has impossible names)."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as stream:
            stream.write(data)
    except OSError:
        return False
    return True


def _write_link(link: Path, target: bytes | None, notes: list[str]) -> None:
    if target is None or os.path.lexists(link):
        return
    try:
        link.parent.mkdir(parents=True, exist_ok=True)
        os.symlink(os.fsdecode(target), link)
    except (OSError, ValueError):
        notes.append(f"could not be written as a link, so not compared: {link.name}")


def _export_submodule(git: Git, entry: TreeEntry, into: Path, notes: list[str], depth: int) -> None:
    """From the submodule's own repository, if it is checked out and has that commit."""
    folder = git.top / entry.path
    gone = f"the submodule {entry.path} is not here at its commit {entry.oid[:12]}: not compared"
    if depth >= _DEEPEST or not (folder / ".git").exists() or not is_within(folder, git.top):
        notes.append(gone)
        return
    try:
        inner = Git(folder)
        commit = inner.commit(entry.oid)
    except SettingsError:
        notes.append(gone)
        return
    _export(inner, commit, into, notes, depth + 1)


def _some(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return f"{', '.join(paths[:3])}{more}"


# -- from the work tree ---------------------------------------------------------------------------


def _take_along(git: Git, tree: BaseTree) -> None:
    """Fetched modules, and variable files that git ignores: neither is part of a change."""
    for path in git.ignored("*.tfvars", "*.tfvars.json"):
        source, into = git.top / path, tree.top / path
        if ".terraform" not in Path(path).parts and into.parent.is_dir():
            _copy(source, into, tree.top)
    folders = {Path(root) for root, _, names in os.walk(tree.top) if _holds_terraform(names)}
    fetched = [
        f for f in sorted(folders) if _copy_modules(git.top / f.relative_to(tree.top), f, tree.top)
    ]
    if fetched:
        shown = _some([str(f.relative_to(tree.top)) for f in fetched])
        notes = "modules that were fetched are read at the base as they are in the work tree"
        tree.notes.append(f"{notes}: {shown}")


def _holds_terraform(names: Iterable[str]) -> bool:
    return any(name.endswith(TERRAFORM) for name in names)


def _copy_modules(folder: Path, into: Path, top: Path) -> bool:
    """Copies `.terraform/modules` without git's data; says whether there was any."""
    source = folder / ".terraform" / "modules"
    if not (source / "modules.json").is_file() or not is_within(source, folder):
        return False
    for root, folders, names in os.walk(source):
        folders[:] = [name for name in folders if name != ".git"]
        for name in names:
            file = Path(root) / name
            _copy(file, into / file.relative_to(folder), top)
    return True


def _copy(source: Path, into: Path, top: Path) -> None:
    """Copies a regular file that is not too large; nothing is replaced, nothing leaves `top`."""
    if source.is_symlink() or not source.is_file() or source.stat().st_size > LARGEST:
        return
    if os.path.lexists(into) or not is_within(into, top):
        return
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, into)
    except OSError as error:
        raise refuse("unreadable", f"cannot copy {source}: {error.strerror}") from error
