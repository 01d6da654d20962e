"""Terraform on this machine, and how a plan of its is compared with an evaluation of ours.

Tests that need it say so and are skipped where `terraform` is not on the path or its AWS provider
is in none of the places below.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.resource import Resource
from auditor.terraform.schema import BlockSchema, aws
from auditor.terraform.types import List, Map, Object, Set, Type
from auditor.values import Sensitive, Unknown

UNKNOWN = {"__unknown__": True}

CHANGED_BY_THE_PROVIDER = {
    # These are attributes that are written as blocks: where their number is unknown, Terraform has
    # one block of which everything is unknown, and we an unknown list with what is certain of it.
    ("aws_security_group", "ingress"),
    ("aws_security_group", "egress"),
}


def provider_folder() -> Path | None:
    """A folder that holds `registry.terraform.io/hashicorp/aws`: a named one or a usual one."""
    named = [os.environ.get(name, "") for name in ("AUDITOR_TF_PLUGIN_DIR", "TF_PLUGIN_CACHE_DIR")]
    usual = ["~/.terraform.d/plugins", "~/.local/share/terraform/plugins"]
    usual += ["/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins"]
    candidates = [Path(text).expanduser() for text in [*named, *usual] if text]
    candidates += [path.parent for path in Path("/opt").glob("*/registry.terraform.io")]
    for folder in candidates:
        if (folder / "registry.terraform.io" / "hashicorp" / "aws").is_dir():
            return folder
    return None


class Terraform:
    """The terraform command with the provider of this machine."""

    def __init__(self, binary: str, providers: Path) -> None:
        self._binary = binary
        self._providers = providers

    def run(self, folder: Path, *arguments: str, **environment: str) -> str:
        """What a command prints; AssertionError with all of it where it fails."""
        command = [self._binary, *arguments]
        settings = {**os.environ, **environment, "TF_CLI_CONFIG_FILE": os.devnull}
        done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def init(self, folder: Path) -> None:
        self.run(folder, "init", f"-plugin-dir={self._providers}", "-no-color", "-input=false")

    def plan(self, folder: Path, **environment: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The plan as `terraform show -json` has it, and the messages of `terraform plan -json`."""
        options = ("-input=false", "-lock=false", "-out=plan.bin")
        said = self.run(folder, "plan", "-json", *options, **environment)
        plan = json.loads(self.run(folder, "show", "-json", "plan.bin"))
        return plan, [json.loads(line) for line in said.splitlines()]


def terraform_here() -> Terraform:
    """The terraform of this machine; skips the test where there is none."""
    binary, providers = shutil.which("terraform"), provider_folder()
    if binary is None:
        pytest.skip("terraform is not installed")
    if providers is None:
        pytest.skip("the AWS provider is not on this machine: set AUDITOR_TF_PLUGIN_DIR")
    return Terraform(binary, providers)


def managed(plan: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The planned attributes of each managed resource by address, `UNKNOWN` where left open."""
    return {
        change["address"]: overlay(change["change"]["after"], change["change"]["after_unknown"])
        for change in plan["resource_changes"]
        if change["mode"] == "managed"
    }


def overlay(value: Any, unknown: Any) -> Any:
    if unknown is True:
        return UNKNOWN
    if isinstance(unknown, dict) and unknown:
        base = dict(value or {})
        return base | {k: overlay(base.get(k), u) for k, u in unknown.items() if u not in ({}, [])}
    if isinstance(unknown, list) and unknown:
        base = list(value or [])
        base += [None] * (len(unknown) - len(base))
        return [overlay(a, u) for a, u in zip(base, unknown, strict=True)]
    return value


def plain(value: Any) -> Any:
    if isinstance(value, Sensitive):
        return plain(value.value)
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def differences(resource: Resource, after: dict[str, Any]) -> Iterator[str]:
    schema = aws().resource(resource.type)
    assert schema is not None
    for name, value in resource.data.items():
        changed = (resource.type, name) in CHANGED_BY_THE_PROVIDER
        if not agrees(plain(value), after.get(name), kind_of(schema, name), changed):
            yield f"{name}: {plain(value)!r} is planned as {after.get(name)!r}"


Kind = Type | BlockSchema | tuple[str, BlockSchema] | None


def kind_of(schema: BlockSchema, name: str) -> Kind:
    if name in schema.blocks:
        return (schema.blocks[name].nesting, schema.blocks[name].block)
    return schema.attributes[name].type


def agrees(ours: Any, theirs: Any, kind: Kind, changed: bool) -> bool:
    """Whether ours says nothing else than the plan. What we leave open or null, it may fill in."""
    if ours is None:
        return True
    if theirs == UNKNOWN and (is_set(kind) or isinstance(kind, Map)):
        return holds_unknown(ours)  # the provider's SDK: a set or map with an unknown in it
    if ours == UNKNOWN and is_set(kind) and changed:
        return holds_unknown(theirs)  # blocks made from an unknown collection
    if ours == UNKNOWN or theirs == UNKNOWN:
        return bool(ours == theirs)
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return all(agrees(v, theirs.get(k), inner(kind, k), changed) for k, v in ours.items())
    if isinstance(ours, list) and isinstance(theirs, list):
        if is_set(kind):
            return same_elements(ours, theirs, inner(kind, None), changed)
        below = inner(kind, None)
        return len(ours) == len(theirs) and all(
            agrees(a, b, below, changed) for a, b in zip(ours, theirs, strict=True)
        )
    if ours != theirs and isinstance(ours, str) and isinstance(theirs, str):
        return same_json(ours, theirs)  # the provider compacts JSON
    return bool(ours == theirs)


def same_json(ours: str, theirs: str) -> bool:
    try:
        return bool(json.loads(ours) == json.loads(theirs))
    except ValueError:
        return False


def holds_unknown(value: Any) -> bool:
    if isinstance(value, dict):
        return value == UNKNOWN or any(map(holds_unknown, value.values()))
    return isinstance(value, list) and any(map(holds_unknown, value))


def same_elements(ours: list[Any], theirs: list[Any], below: Kind, changed: bool) -> bool:
    rest = list(theirs)
    for item in ours:
        match = next((other for other in rest if agrees(item, other, below, changed)), None)
        if match is None and item is not None:
            return False
        rest.remove(match)
    return not rest


def is_set(kind: Kind) -> bool:
    return isinstance(kind, Set) or (isinstance(kind, tuple) and kind[0] == "set")


def inner(kind: Kind, name: str | None) -> Kind:
    if isinstance(kind, tuple):
        return kind[1] if name is None else kind_of(kind[1], name)
    if isinstance(kind, BlockSchema):
        return kind_of(kind, name) if name is not None else kind
    if isinstance(kind, List | Set | Map):
        return kind.elem
    if isinstance(kind, Object) and name is not None:
        return kind.attrs.get(name)
    return None
