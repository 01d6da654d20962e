"""What the evaluator says of AWS configurations against `terraform plan` with the real provider.

Needs `terraform` on the path and the AWS provider in a folder that `AUDITOR_TF_PLUGIN_DIR` names,
or in one of Terraform's own places; else these tests are skipped and say so. They never call AWS.
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
from auditor.terraform import Options, evaluate_root
from auditor.terraform.schema import BlockSchema, aws
from auditor.terraform.types import List, Map, Object, Set, Type
from auditor.values import Sensitive, Unknown

pytestmark = pytest.mark.terraform

PLANS = Path(__file__).parent / "plans"
PLACES = (
    "~/.terraform.d/plugins",
    "~/.local/share/terraform/plugins",
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
)
PROVIDER = """
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}
"""
UNKNOWN = {"__unknown__": True}

CHANGED_BY_THE_PROVIDER = {
    # These are attributes that are written as blocks: where their number is unknown, Terraform has
    # one block of which everything is unknown, and we an unknown list with what is certain of it.
    ("aws_security_group", "ingress"),
    ("aws_security_group", "egress"),
}


def plugin_folder() -> str | None:
    named = os.environ.get("AUDITOR_TF_PLUGIN_DIR")
    places = [named] if named else [os.path.expanduser(place) for place in PLACES]
    inside = "registry.terraform.io/hashicorp/aws"
    return next((place for place in places if Path(place, inside).is_dir()), None)


def terraform(folder: Path, *args: str) -> str:
    environment = {**os.environ, "TF_IN_AUTOMATION": "1", "AWS_EC2_METADATA_DISABLED": "true"}
    environment["TF_CLI_CONFIG_FILE"] = os.devnull
    done = subprocess.run(
        ["terraform", *args], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=sorted(p.name for p in PLANS.iterdir() if p.is_dir()))
def planned(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    plugins = plugin_folder()
    if plugins is None or shutil.which("terraform") is None:
        pytest.skip("terraform or its AWS provider is not here; set AUDITOR_TF_PLUGIN_DIR")
    folder = tmp_path_factory.mktemp("plan") / request.param
    shutil.copytree(PLANS / request.param, folder)
    (folder / "provider_for_test.tf").write_text(PROVIDER)
    terraform(folder, "init", "-input=false", f"-plugin-dir={plugins}")
    terraform(folder, "plan", "-input=false", "-lock=false", "-out=plan.bin")
    return folder, json.loads(terraform(folder, "show", "-json", "plan.bin"))


def test_the_same_instances(planned: Any) -> None:
    folder, plan = planned
    found = evaluate_root(folder, Options(root=str(folder)))
    ours = {r.address for r in found.resources}
    theirs = {c["address"] for c in plan["resource_changes"] if c["mode"] == "managed"}
    assert ours == theirs
    assert found.refused == []


def test_the_same_attributes(planned: Any) -> None:
    folder, plan = planned
    found = evaluate_root(folder, Options(root=str(folder)))
    changes = {c["address"]: c["change"] for c in plan["resource_changes"]}
    wrong = []
    for resource in found.resources:
        change = changes[resource.address]
        after = overlay(change["after"], change["after_unknown"])
        wrong += [f"{resource.address}.{line}" for line in differences(resource, after)]
    assert not wrong, "\n".join(wrong)


def test_the_same_outputs(planned: Any) -> None:
    folder, plan = planned
    found = evaluate_root(folder, Options(root=str(folder)))
    theirs = {
        name: overlay(change["after"], change["after_unknown"])
        for name, change in plan["output_changes"].items()
    }
    ours = {name: plain(output.value) for name, output in found.outputs.items()}
    assert {n: ours[n] for n in theirs if n not in WHOLE} == {
        n: v for n, v in theirs.items() if n not in WHOLE
    }


def test_the_same_data(planned: Any) -> None:
    """Policy documents that Terraform could read are the same text, the others are unknown."""
    folder, plan = planned
    found = evaluate_root(folder, Options(root=str(folder)))
    read = dict(data_read(plan.get("prior_state", {}).get("values", {}).get("root_module", {})))
    for resource in found.data:
        if resource.type != "aws_iam_policy_document":
            continue
        if resource.address in read:
            assert resource.data["json"] == read[resource.address]["json"]
            assert resource.data["minified_json"] == read[resource.address]["minified_json"]
        else:
            assert isinstance(resource.data["json"], Unknown)
            assert resource.data["json"].parts


WHOLE = {"whole", "whole_group"}
"""Outputs of whole objects: the provider fills in what the configuration does not say."""


def data_read(module: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for resource in module.get("resources", []):
        if resource["mode"] == "data":
            yield resource["address"], resource["values"]
    for inner in module.get("child_modules", []):
        yield from data_read(inner)


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
    if isinstance(ours, str) and isinstance(theirs, str) and ours.lstrip()[:1] in ("{", "["):
        return bool(json.loads(ours) == json.loads(theirs))  # the provider compacts JSON
    return bool(ours == theirs)


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
