"""Which folders under a path are root modules.

A root module is a folder with resources, data sources, module calls or outputs that no other folder
under the path calls as a module; one with a backend or providers is a root even so (its own tests
may call it). A folder that declares variables and resources, but neither a backend nor a provider,
and that nothing calls, may well be a module made for others: it is a root all the same, evaluated
on its own defaults, and marked `stand_alone`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from auditor.records import dataclass
from auditor.terraform.declarations import Module
from auditor.terraform.declaring import is_local
from auditor.terraform.load import Project


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
    calls = {real: set(_called(module)) - {real} for real, module in modules.items()}
    called = set().union(*calls.values())
    chosen = {
        real
        for real, module in modules.items()
        if (real not in called or not _is_for_others(module))
        and (_does_something(module) or module.problems)
    }
    chosen |= _only_in_circles(modules, calls, chosen)
    return [
        Root(folder, project.boundary.shown(folder), _is_alone(modules[os.path.realpath(folder)]))
        for folder in folders
        if os.path.realpath(folder) in chosen
    ]


def _only_in_circles(
    modules: Mapping[str, Module], calls: Mapping[str, set[str]], chosen: set[str]
) -> set[str]:
    """Folders that only call each other: without one of them as a root none would be seen."""
    found: set[str] = set()
    seen = _reached(chosen, calls)
    for real, module in modules.items():
        if real not in seen and module.calls:
            found.add(real)
            seen |= _reached({real}, calls)
    return found


def _reached(starts: set[str], calls: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    open_ones = list(starts)
    while open_ones:
        folder = open_ones.pop()
        if folder not in seen:
            seen.add(folder)
            open_ones += calls.get(folder, ())
    return seen


def _is_alone(module: Module) -> bool:
    return bool(module.variables) and _is_for_others(module)


def _called(module: Module) -> Iterator[str]:
    """The real paths of the local folders that a module calls."""
    for call in module.calls.values():
        if call.source is not None and is_local(call.source):
            yield os.path.realpath(os.path.join(module.folder, call.source))


def _does_something(module: Module) -> bool:
    return bool(module.resources or module.calls or module.outputs or module.providers)


def _is_for_others(module: Module) -> bool:
    """Whether a folder looks like a module made for others to call."""
    return module.backend is None and not module.providers
