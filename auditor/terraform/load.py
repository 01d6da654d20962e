"""From a folder of files to what it declares.

Which files: `*.tf` and `*.tf.json`, not hidden ones and not editors' backups; override files last.
`.tofu` files are OpenTofu's. Terraform does not read them, and neither does a scan, unless the
folder has no `.tf` files at all or the caller asks (`tofu=True`; a `.tofu` file then hides the
`.tf` file of the same name, as OpenTofu has it). Ignored ones are named in a warning.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import Final

from auditor.resource import Location, Problem
from auditor.terraform import syntax
from auditor.terraform.boundary import Boundary, Refused
from auditor.terraform.cty import TerraformError
from auditor.terraform.declarations import Module
from auditor.terraform.declared_resources import read_call, read_provider, read_resource
from auditor.terraform.declared_settings import (
    read_check,
    read_import,
    read_moved,
    read_removed,
    read_terraform,
)
from auditor.terraform.declared_values import read_locals, read_output, read_variable
from auditor.terraform.declaring import TOP_LABELS, Declaring, problem
from auditor.terraform.nodes import Block, File

MAX_FILES = 2_000
"""In one folder."""


class Project:
    """Everything read so far in one process: files and folders, each once."""

    def __init__(self, boundary: Boundary, *, tofu: bool = False) -> None:
        self.boundary = boundary
        self.tofu = tofu
        self.bytes = 0
        self._files: dict[str, File | Refused] = {}
        self._modules: dict[str, Module] = {}

    def file(self, path: str) -> File:
        """The syntax tree of a file. Raises `Refused` when it cannot be read."""
        found = self._files.get(path)
        if found is None:
            found = self._files[path] = self._parsed(path)
        if isinstance(found, Refused):
            raise found
        return found

    def _parsed(self, path: str) -> File | Refused:
        try:
            data = self.boundary.read(path)
        except Refused as refused:
            return refused
        self.bytes += len(data)
        if b"\0" in data[:8192]:
            return Refused("binary-file", f"{self.boundary.shown(path)} is not text")
        return syntax.parse(data, self.boundary.shown(path))

    def module(self, folder: str) -> Module:
        """What a folder declares. Never raises: problems are in the module."""
        real = os.path.realpath(folder)
        if real not in self._modules:
            self._modules[real] = _Loader(self, real).load()
        return self._modules[real]

    def has_configuration(self, folder: str) -> bool:
        """Whether the folder holds files that a scan reads."""
        try:
            names = self.boundary.names(folder)
        except Refused:
            return False
        return any(name.endswith((".tf", ".tf.json", ".tofu", ".tofu.json")) for name in names)


# -- which files ----------------------------------------------------------------------------------


def chosen(names: Iterable[str], tofu: bool) -> tuple[list[str], list[str], list[str]]:
    """Primary files, override files, and `.tofu` files that are left out."""
    seen = [name for name in names if not _is_ignored(name)]
    plain = [name for name in seen if name.endswith((".tf", ".tf.json"))]
    open_ = [name for name in seen if name.endswith((".tofu", ".tofu.json"))]
    left_out: list[str] = []
    if open_ and (tofu or not plain):
        hidden = {name.replace(".tofu", ".tf") for name in open_}
        plain = sorted(open_ + [name for name in plain if name not in hidden])
    else:
        left_out = open_
    overrides = [name for name in plain if _stem(name) == "override" or _is_override(name)]
    return [name for name in plain if name not in overrides], overrides, left_out


def _is_ignored(name: str) -> bool:
    return name.startswith(".") or name.endswith("~") or (name[:1] == "#" and name[-1:] == "#")


def _stem(name: str) -> str:
    return re.sub(r"\.(tf|tofu)(\.json)?$", "", name)


def _is_override(name: str) -> bool:
    return _stem(name).endswith("_override")


# -- reading a folder -----------------------------------------------------------------------------


class _Loader(Declaring):
    """Fills one `Module` from its folder."""

    def __init__(self, project: Project, folder: str) -> None:
        super().__init__(Module(folder, project.boundary.shown(folder)))
        self.project = project
        self.folder = folder

    def load(self) -> Module:
        """The folder's declarations, with whatever was wrong."""
        try:
            names = self.project.boundary.names(self.folder)
        except Refused as refused:
            self.module.problems.append(
                Problem(
                    "error",
                    refused.code,
                    "Folder not read",
                    refused.why,
                    Location(self.module.shown),
                )
            )
            return self.module
        primary, overrides, left_out = chosen(names, self.project.tofu)
        for name in left_out:
            self.module.problems.append(
                Problem(
                    "warning",
                    "tofu-file-ignored",
                    f"{name} is not read",
                    "Terraform ignores .tofu files beside .tf files, and so does a scan; a folder "
                    "that holds only .tofu files is read",
                    Location(self.project.boundary.shown(os.path.join(self.folder, name))),
                )
            )
        for name in primary[:MAX_FILES]:
            self._file(name)
        self.overriding = True
        for name in overrides[:MAX_FILES]:
            self._file(name)
        if len(primary) + len(overrides) > MAX_FILES:
            self.say("too-many-files", f"The folder has more than {MAX_FILES} files", "", None)
        return self.module

    def _file(self, name: str) -> None:
        path = os.path.join(self.folder, name)
        shown = self.project.boundary.shown(path)
        try:
            file = self.project.file(path)
        except Refused as refused:
            self.module.problems.append(
                Problem("error", refused.code, "File not read", refused.why, Location(shown))
            )
            return
        self.module.files.append(shown)
        for position, wrong in enumerate(file.problems):
            detail = wrong.detail
            if position == 0 and path.endswith((".tf", ".tofu")):
                from auditor.terraform.syntax_help import expected

                detail = f"{detail} {expected(file.source.text)}".strip()
            self.say("syntax-error", wrong.summary, detail, wrong.span)
        for block in self._top_blocks(file):
            try:
                _READERS[block.type](self, block)
            except TerraformError as refusal:
                self.module.problems.append(problem(refusal))

    def _top_blocks(self, file: File) -> Iterable[Block]:
        for attribute in file.body.attributes.values():
            self.say(
                "invalid-configuration",
                "Unsupported argument",
                f'An argument named "{attribute.name}" is not expected here.',
                attribute.name_span,
            )
        for block in file.body.blocks:
            if block.type not in TOP_LABELS:
                self.unsupported_block(block)
            elif self._labels_fit(block):
                yield block

    def _labels_fit(self, block: Block) -> bool:
        wanted = TOP_LABELS[block.type]
        if len(block.labels) == wanted:
            return True
        if len(block.labels) > wanted:
            summary = f"Extraneous label for {block.type}"
            detail = f"Only {wanted} labels are expected for {block.type} blocks."
        else:
            summary = f"Missing name for {block.type}"
            detail = f"All {block.type} blocks must have {wanted} labels."
        self.say("invalid-configuration", summary, detail, block.header_span)
        return False


_READERS: Final[dict[str, Callable[[Declaring, Block], None]]] = {
    "terraform": read_terraform,
    "provider": read_provider,
    "variable": read_variable,
    "locals": read_locals,
    "output": read_output,
    "module": read_call,
    "resource": read_resource,
    "data": read_resource,
    "ephemeral": read_resource,
    "moved": read_moved,
    "import": read_import,
    "removed": read_removed,
    "check": read_check,
}
