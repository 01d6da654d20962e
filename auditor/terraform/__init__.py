"""Terraform front end: HCL, plan JSON and state become resources.

`evaluate_root` is the door to configuration::

    found = evaluate_root("terraform/environments/prod", Options(var_files=["prod.tfvars"]))
    for resource in found.resources:
        ...

`find_roots` says which folders under a path are root modules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditor.terraform.configuration import Configuration, evaluate_root
    from auditor.terraform.roots import Root, find_roots
    from auditor.terraform.settings import Options

__all__ = ["Configuration", "Options", "Root", "evaluate_root", "find_roots"]

_HOMES = {
    "Configuration": "configuration",
    "evaluate_root": "configuration",
    "Options": "settings",
    "Root": "roots",
    "find_roots": "roots",
}


def __getattr__(name: str) -> Any:
    """Imports the evaluator when something of it is first used: start-up needs none of it."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
