"""Which folders under a path are root modules.

A root module is a folder with resources, data sources, module calls or outputs that no other folder
under the path calls as a module. A folder that declares variables and resources, but neither a
backend nor a provider, and that nothing calls, may well be a module made for others: it is a root
all the same, evaluated on its own defaults, and marked `stand_alone`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.terraform.declarations import Module
from auditor.terraform.load import Project, is_local


@dataclass(frozen=True, slots=True)
class Root:
    """A root module. path: its folder; stand_alone: a module that nothing calls."""

    path: str
    shown: str
    stand_alone: bool


def find_roots(path: str | os.PathLike[str], project: Project) -> list[Root]:
    """The root modules at and under a path, in order of their folders.

    A path to a folder with configuration in which the root modules call others gives the roots
    only; what they call is evaluated as part of them.
    """
    top = os.path.abspath(path)
    folders = [f for f in project.boundary.folders(top) if project.has_configuration(f)]
    modules = {os.path.realpath(folder): project.module(folder) for folder in folders}
    called = {target for module in modules.values() for target in _called(module)}
    roots = []
    for folder in folders:
        real = os.path.realpath(folder)
        module = modules[real]
        is_top = real == os.path.realpath(top)
        if (real in called and not is_top) or not (_does_something(module) or module.problems):
            continue
        roots.append(Root(folder, project.boundary.shown(folder), _is_for_others(module)))
    return roots


def _called(module: Module) -> Iterator[str]:
    """The real paths of the local folders that a module calls."""
    for call in module.calls.values():
        if call.source is not None and is_local(call.source):
            yield os.path.realpath(os.path.join(module.folder, call.source))


def _does_something(module: Module) -> bool:
    return bool(module.resources or module.calls or module.outputs or module.providers)


def _is_for_others(module: Module) -> bool:
    """Whether a folder looks like a module made for others to call."""
    return bool(module.variables) and module.backend is None and not module.providers
