"""What the evaluator says of AWS configurations against `terraform plan` with the real provider.

Needs `terraform` on the path and the AWS provider in a folder that `AUDITOR_TF_PLUGIN_DIR` names,
or in one of Terraform's own places; else these tests are skipped and say so. They never call AWS.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from against_terraform import differences, managed, overlay, plain, terraform_here

from auditor.terraform import Options, evaluate_root
from auditor.values import Unknown

pytestmark = pytest.mark.terraform

PLANS = Path(__file__).parent / "plans"
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


@pytest.fixture(scope="module", params=sorted(p.name for p in PLANS.iterdir() if p.is_dir()))
def planned(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    terraform = terraform_here()
    folder = tmp_path_factory.mktemp("plan") / request.param
    shutil.copytree(PLANS / request.param, folder)
    (folder / "provider_for_test.tf").write_text(PROVIDER)
    terraform.init(folder)
    return folder, terraform.plan(folder)[0]


def test_the_same_instances(planned: Any) -> None:
    folder, plan = planned
    found = evaluate_root(folder, Options(root=str(folder)))
    ours = {r.address for r in found.resources}
    assert ours == set(managed(plan))
    assert found.refused == []


def test_the_same_attributes(planned: Any) -> None:
    folder, plan = planned
    found = evaluate_root(folder, Options(root=str(folder)))
    planned_values = managed(plan)
    wrong = []
    for resource in found.resources:
        after = planned_values[resource.address]
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
