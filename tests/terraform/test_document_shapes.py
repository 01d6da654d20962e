"""Plans and states that Terraform did not write are refused with the place, never read in part."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.terraform.documents import DocumentError
from auditor.terraform.plan import read_plan
from auditor.terraform.state import read_state

GROUP = {"mode": "managed", "type": "aws_sqs_queue", "name": "a", "instances": []}


def file(folder: Path, document: object) -> Path:
    path = folder / "doc.json"
    path.write_text(json.dumps(document))
    return path


def state(**group: object) -> dict[str, object]:
    return {"version": 4, "resources": [{**GROUP, **group}]}


def shown(module: object) -> dict[str, object]:
    return {"format_version": "1.0", "values": {"root_module": module}}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"version": 4}, "is no whole state: it has no list of resources"),
        ({"version": 4, "resources": {}}, "resources is not a list"),
        (state(instances=["x"]), "resources[0].instances[0] is no object"),
        (state(instances={"x": 1}), "resources[0].instances is not a list"),
        (state(type=5), "resources[0].type is not a text"),
        (state(instances=[{"attributes": []}]), "resources[0].instances[0].attributes is not an"),
        (
            state(instances=[{"attributes": {}, "sensitive_attributes": [["password"]]}]),
            "resources[0].instances[0].sensitive_attributes is not a list of paths",
        ),
        (shown(3), "values.root_module is not an object"),
        (shown({"resources": ["x"]}), "values.root_module.resources[0] is no object"),
        (shown({"child_modules": {"a": 1}}), "values.root_module.child_modules is not a list"),
        (
            shown({"child_modules": [{"resources": [{"values": []}]}]}),
            "values.root_module.child_modules[0].resources[0].values is not an object",
        ),
    ],
)
def test_a_state(tmp_path, document, message):
    with pytest.raises(DocumentError) as error:
        read_state(file(tmp_path, document))
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"planned_values": []}, "planned_values is not an object"),
        ({"variables": ["x"]}, "variables is not an object of objects"),
        ({"variables": {"x": 1}}, "variables is not an object of objects"),
        ({"resource_changes": ["x"]}, "resource_changes[0] is no object"),
        ({"resource_changes": [{"change": {}}]}, "resource_changes[0].address is missing"),
        (
            {"resource_changes": [{"address": "a.b", "change": {"actions": "create"}}]},
            "resource_changes[0].change.actions is not a list",
        ),
        ({"configuration": [1]}, "configuration is not an object"),
        (
            {
                "configuration": {
                    "root_module": {"module_calls": {"m": {"module": {"resources": 1}}}}
                }
            },
            "configuration.root_module.module_calls.m.module.resources is not a list",
        ),
    ],
)
def test_a_plan(tmp_path, parts, message):
    document = {"format_version": "1.2", "planned_values": {}, **parts}
    with pytest.raises(DocumentError) as error:
        read_plan(file(tmp_path, document))
    assert str(error.value).endswith(f"is no plan that Terraform wrote: {message}")


def test_what_is_empty_may_be_left_out(tmp_path):
    assert read_state(file(tmp_path, {"version": 4, "resources": []})).resources == []
    assert read_state(file(tmp_path, {"format_version": "1.0"})).resources == []
    plan = {"format_version": "1.2", "planned_values": {}, "resource_changes": None}
    assert read_plan(file(tmp_path, plan)).resources == []
