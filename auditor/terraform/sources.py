"""Where a module call's code is: a folder beside it, or what `terraform init` fetched.

A scan fetches nothing. Registry and git modules are there when `.terraform/modules/modules.json`
of the root module lists them.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from auditor.records import dataclass
from auditor.resource import Problem
from auditor.terraform.boundary import Refused
from auditor.terraform.declarations import Call, Module
from auditor.terraform.declaring import is_local, location
from auditor.terraform.load import Project
from auditor.terraform.versions import satisfies

if TYPE_CHECKING:
    from auditor.terraform.module_instance import ModuleInstance


@dataclass(frozen=True, slots=True)
class FoundModule:
    """A module's code. path: what `path.module` says in it; key: its name in `modules.json`."""

    module: Module
    path: str
    key: str


class ModuleIndex:
    """Finds the code of module calls under one root module."""

    def __init__(self, project: Project, folder: str) -> None:
        self.project = project
        self.folder = folder
        self._fetched: dict[str, str] | None = None

    def find(self, parent: ModuleInstance, call: Call) -> FoundModule | Problem:
        """The module that a call names, or the problem that it is not there."""
        key = f"{parent.manifest_key}.{call.name}".lstrip(".")
        source = call.source
        if source is None:
            return _problem(call, "invalid-configuration", "Module source is not constant", "")
        if is_local(source):
            folder = os.path.normpath(os.path.join(parent.module.folder, source))
            shown = os.path.normpath(os.path.join(parent.path, source))
        elif os.path.isabs(source):
            folder = shown = source
        else:
            path = self.fetched().get(key)
            if path is None:
                return self._not_installed(parent, call)
            folder, shown = os.path.join(self.folder, path), path
        return self._read(folder, shown, key, call)

    def _read(self, folder: str, shown: str, key: str, call: Call) -> FoundModule | Problem:
        boundary = self.project.boundary
        try:
            real = boundary.resolve(folder)
        except Refused as refused:
            return _problem(call, refused.code, "Module outside of the repository", refused.why)
        if not os.path.isdir(real):
            return _problem(
                call,
                "missing-module",
                "Unreadable module directory",
                f"{boundary.shown(folder)} is not a folder",
            )
        module = self.project.module(real)
        return FoundModule(module, shown, key)

    def _not_installed(self, parent: ModuleInstance, call: Call) -> Problem:
        where = self.project.boundary.shown(os.path.join(self.folder, ".terraform", "modules"))
        version = f" {call.version}" if call.version else ""
        return _problem(
            call,
            "missing-module",
            "Module not installed",
            f"{parent.absolute(f'module.{call.name}')} is {call.source}{version}, which is not in "
            f"{where}; run `terraform init` there, then scan again",
        )

    def fetched(self) -> dict[str, str]:
        """Call names, joined by dots, to folders relative to the root module."""
        if self._fetched is None:
            self._fetched = self._manifest()
        return self._fetched

    def _manifest(self) -> dict[str, str]:
        path = os.path.join(self.folder, ".terraform", "modules", "modules.json")
        try:
            data: Any = json.loads(self.project.boundary.read(path))
        except (Refused, ValueError, RecursionError):
            return {}  # not initialised, or unusable: each call then says what is missing
        entries = data.get("Modules") if isinstance(data, dict) else None
        found = {}
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict):
                key, folder = entry.get("Key"), entry.get("Dir")
                if isinstance(key, str) and isinstance(folder, str):
                    found[key] = folder
        return found


def _problem(call: Call, code: str, summary: str, detail: str) -> Problem:
    span = call.source_span or call.block.header_span
    return Problem("error", code, summary, detail, location(span))


PROVIDER_VERSION = "5.100.0"
"""The AWS provider whose schema is the one that references see."""


def wants_newer_provider(project: Project, root: Module, index: ModuleIndex) -> bool:
    """Whether a module under a root wants an AWS provider newer than `PROVIDER_VERSION`."""
    fetched = [os.path.join(root.folder, path) for path in index.fetched().values()]
    open_ones = [root.folder, *(path for path in fetched if project.boundary.is_folder(path))]
    seen: set[str] = set()
    while open_ones:
        folder = os.path.realpath(open_ones.pop())
        if folder in seen or not project.boundary.is_folder(folder):
            continue
        seen.add(folder)
        module = project.module(folder)
        wanted = module.required_versions.get("aws")
        if wanted is not None and satisfies(PROVIDER_VERSION, wanted) is False:
            return True
        sources = [call.source for call in module.calls.values() if call.source is not None]
        open_ones += [os.path.join(folder, source) for source in sources if is_local(source)]
    return False
