"""Where repositories keep their environments, by convention.

Known layouts, below the scanned folder or one of the usual folders for Terraform in it:

* `environments/<env>/` (also `env`, `envs`, `environment`, `live`, `stages`): a folder with a root
  module, or with several in it (`environments/prod/network`);
* `<env>/`: the same, for the usual names, and for any that is asked for;
* one root with a file of variables for each environment: `<env>.tfvars`, `env/<env>.tfvars`,
  `vars/<env>.tfvars`, `environments/<env>/terraform.tfvars`.

Nothing is evaluated here, only names are looked at. Links that lead out of the repository are not
followed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from auditor.repository import is_top, is_within, repository_of

GROUPS = ("environments", "environment", "envs", "env", "live", "stages")
"""Folders whose folders are environments."""

VARIABLE_FOLDERS = ("vars", "tfvars", "config", *GROUPS)
"""Folders beside a root module that hold a file of variables for each environment."""

PREFIXES = ("", "terraform", "tf", "infra", "infrastructure", "iac", "deploy")
"""Folders that hold a repository's Terraform, alone or one in another (`infra/terraform`)."""

SYNONYMS = (
    ("prod", "production", "prd"),
    ("staging", "stage", "stg"),
    ("dev", "development", "develop"),
)
USUAL = frozenset(
    {name for names in SYNONYMS for name in names}
    | {"local", "localstack", "test", "qa", "uat", "sandbox", "preprod", "demo", "ci", "nonprod"}
)
"""Names that mean an environment wherever they stand."""

NOT_ENVIRONMENTS = frozenset(
    {"common", "shared", "global", "default", "defaults", "terraform", "main", "variables"}
    | {"secrets", "modules", "module", "templates", "base", "_base"}
)

_TERRAFORM = (".tf", ".tf.json", ".tofu", ".tofu.json")
_VARIABLES = (".tfvars", ".tfvars.json")
_SKIPPED = frozenset({"modules", "node_modules", "__pycache__"})
_MOST_FOLDERS = 5_000
_DEEPEST = 5
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Root:
    """A root module's folder and the variable files that it is evaluated with, in order."""

    folder: Path
    var_files: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that may be an environment: its name there, its roots, and the layout it follows."""

    name: str
    roots: tuple[Root, ...]
    layout: str


def same_name(written: str, wanted: str) -> bool:
    """Whether two names are the same but for case."""
    return written.lower() == wanted.lower()


def synonymous(written: str, wanted: str) -> bool:
    """Whether two names mean the same environment: `prod` and `Production`."""
    pair = {written.lower(), wanted.lower()}
    return len(pair) == 1 or any(pair <= set(names) for names in SYNONYMS)


def leading_out(base: Path, wanted: str) -> list[Path]:
    """Places called like an environment that are none, as they are links out of the repository."""
    top = repository_of(base)
    folders = [base / a / b for a in PREFIXES for b in ("", *GROUPS)]
    places = [folder / name for folder in folders for name in _names_in(folder)]
    return [
        place
        for place in places
        if same_name(place.name, wanted) and place.is_dir() and not is_within(place, top)
    ]


def candidates(base: Path, wanted: str | None = None) -> list[Candidate]:
    """The environments below a folder: in the usual places, else anywhere in it.

    wanted: a name that is looked for also where only usual names count as environments.
    """
    top = repository_of(base)
    usual = [base / a / b for a in PREFIXES for b in (PREFIXES if a else ("",)) if a != b or not a]
    found = _in_folders([folder for folder in usual if folder.is_dir()], wanted, top)
    return found or _in_folders(_folders_below(base), wanted, top)


def variable_files(root: Path, wanted: str | None = None) -> dict[str, tuple[Path, ...]]:
    """The variable files for each environment beside a root: environment's name → files.

    wanted: a name that counts beside the root itself although it is none of the usual ones.
    """
    found: dict[str, tuple[Path, ...]] = {}
    for file in _variable_files_in(root):
        name = _stem(file)
        if name.lower() in USUAL or (wanted and same_name(name, wanted)):
            found.setdefault(name, (file,))
    for group in VARIABLE_FOLDERS:
        for file in _variable_files_in(root / group):
            if _stem(file).lower() not in NOT_ENVIRONMENTS:
                found.setdefault(_stem(file), (file,))
        for folder in _folders_in(root / group) if group in GROUPS else ():
            files = _variable_files_in(folder, named_terraform=True)
            if files and not roots_in(folder):
                found.setdefault(folder.name, tuple(files))
    return found


def roots_in(folder: Path) -> tuple[Path, ...]:
    """The folder when it holds Terraform, else those in it (two levels deep) that do."""
    if holds_terraform(folder):
        return (folder,)
    found: list[Path] = []
    for inner in _folders_in(folder):
        if holds_terraform(inner):
            found.append(inner)
        else:
            found += [each for each in _folders_in(inner) if holds_terraform(each)]
    return tuple(found)


def holds_terraform(folder: Path) -> bool:
    """Whether there are Terraform files right in the folder."""
    return any(name.endswith(_TERRAFORM) for name in _names_in(folder))


def environment_by_place(root: Path, top: Path) -> str | None:
    """The environment that a root's path names: `…/environments/prod/…`, `…/prod`; else None."""
    parts = root.relative_to(top).parts if is_top(top) else root.parts[-2:]
    for group, name in pairwise(parts):
        if group in GROUPS and name.lower() not in NOT_ENVIRONMENTS:
            return name
    return parts[-1] if parts and parts[-1].lower() in USUAL else None


def uses_workspace(folder: Path) -> bool:
    """Whether the Terraform files right in a folder speak of `terraform.workspace`."""
    files = [folder / name for name in _names_in(folder) if name.endswith(_TERRAFORM)]
    return any(b"terraform.workspace" in _bytes_of(file) for file in files)


def _bytes_of(file: Path) -> bytes:
    """The beginning of a regular file of the repository; nothing of any other."""
    if not file.is_file() or not is_within(file, repository_of(file.parent)):
        return b""
    try:
        with file.open("rb") as stream:
            return stream.read(_MOST_BYTES)
    except OSError:
        return b""


# -- looking --------------------------------------------------------------------------------------


def _in_folders(folders: Iterable[Path], wanted: str | None, top: Path) -> list[Candidate]:
    found: dict[tuple[Root, ...], Candidate] = {}
    for folder in folders:
        for candidate in _in_folder(folder, wanted):
            if all(is_within(root.folder, top) for root in candidate.roots):
                found.setdefault(candidate.roots, candidate)
    return list(found.values())


def _in_folder(folder: Path, wanted: str | None) -> Iterator[Candidate]:
    for group in GROUPS:
        yield from _environment_folders(folder / group, wanted, f"{group}/<env>", any_name=True)
    yield from _environment_folders(folder, wanted, "<env>", any_name=folder.name in GROUPS)
    if wanted and same_name(folder.name, wanted):
        yield from _candidate(folder, "the folder itself")
    if holds_terraform(folder):
        for name, files in variable_files(folder, wanted).items():
            layout = "/".join((*files[0].parent.relative_to(folder).parts, files[0].name))
            layout = layout.replace(name, "<env>")
            yield Candidate(name, (Root(folder, files),), layout)


def _environment_folders(
    parent: Path, wanted: str | None, layout: str, *, any_name: bool
) -> Iterator[Candidate]:
    for folder in _folders_in(parent):
        name = folder.name.lower()
        asked = wanted is not None and same_name(name, wanted)
        if asked or (name not in NOT_ENVIRONMENTS and (any_name or name in USUAL)):
            yield from _candidate(folder, layout)


def _candidate(folder: Path, layout: str) -> Iterator[Candidate]:
    roots = tuple(
        Root(root, variable_files(root).get(folder.name, ())) for root in roots_in(folder)
    )
    if roots:
        yield Candidate(folder.name, roots, layout)


def _folders_below(base: Path) -> Iterator[Path]:
    open_ones = [(base, 0)]
    seen = 0
    while open_ones and seen < _MOST_FOLDERS:
        folder, depth = open_ones.pop(0)
        seen += 1
        yield folder
        if depth < _DEEPEST:
            open_ones += [
                (each, depth + 1) for each in _folders_in(folder) if not each.is_symlink()
            ]


def _folders_in(folder: Path) -> list[Path]:
    return [
        folder / name
        for name in _names_in(folder)
        if not name.startswith(".") and name not in _SKIPPED and (folder / name).is_dir()
    ]


def _variable_files_in(folder: Path, *, named_terraform: bool = False) -> list[Path]:
    """Files of variables that Terraform does not load by itself (or would not, from there)."""
    return [
        folder / name
        for name in _names_in(folder)
        if name.endswith(_VARIABLES)
        and not name.endswith((".auto.tfvars", ".auto.tfvars.json"))
        and (named_terraform or not name.startswith("terraform.tfvars"))
        and is_within(folder / name, repository_of(folder))
    ]


def _stem(file: Path) -> str:
    return file.name.removesuffix(".json").removesuffix(".tfvars")


def _names_in(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []  # what cannot be listed is no environment; naming it gets the evaluator's error
