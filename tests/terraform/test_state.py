"""States: the file that Terraform keeps, and what `terraform show -json` makes of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.resource import Location, Resource
from auditor.terraform.documents import DocumentError
from auditor.terraform.state import read_state
from auditor.values import Sensitive

ARN = "arn:aws:sqs:eu-west-1:123456789012:q"


def state(tmp_path: Path, *resources: dict) -> Path:
    path = tmp_path / "terraform.tfstate"
    path.write_text(json.dumps({"version": 4, "serial": 1, "resources": list(resources)}))
    return path


def group(*instances: dict, **more: object) -> dict:
    return {
        "mode": "managed",
        "type": "aws_sqs_queue",
        "name": "q",
        "instances": [*instances],
        **more,
    }


class TestStateFile:
    def test_addresses(self, tmp_path):
        path = state(
            tmp_path,
            group({"attributes": {}}),
            group({"index_key": 0, "attributes": {}}, {"index_key": 'a"b', "attributes": {}}),
            group({"attributes": {}}, module='module.m["x"]'),
        )
        assert [r.address for r in read_state(path).resources] == [
            "aws_sqs_queue.q",
            "aws_sqs_queue.q[0]",
            'aws_sqs_queue.q["a\\"b"]',
            'module.m["x"].aws_sqs_queue.q',
        ]

    def test_attributes_region_and_account(self, tmp_path):
        (queue,) = read_state(state(tmp_path, group({"attributes": {"arn": ARN}}))).resources
        assert (queue.source, queue.data) == ("state", {"arn": ARN})
        assert (queue.region, queue.account) == ("eu-west-1", "123456789012")

    def test_data_sources_and_deposed_objects_are_left_out(self, tmp_path):
        old = {"attributes": {}, "deposed": "00000000"}
        assert read_state(state(tmp_path, group(old), group({}, mode="data"))).resources == []

    def test_what_the_state_or_the_provider_calls_sensitive_is_wrapped(self, tmp_path):
        marks = [
            [{"type": "get_attr", "value": "name"}],
            [
                {"type": "get_attr", "value": "list"},
                {"type": "index", "value": {"value": 1, "type": "number"}},
            ],
        ]
        instance = {"attributes": {"name": "n", "list": ["a", "b"]}, "sensitive_attributes": marks}
        disk = group({"attributes": {"password": "hunter2", "engine": "x"}}, type="aws_db_instance")
        queue, database = read_state(state(tmp_path, group(instance), disk)).resources
        assert queue.data == {"name": Sensitive("n"), "list": ["a", Sensitive("b")]}
        assert database.data == {"password": Sensitive("hunter2"), "engine": "x"}

    def test_with_the_code_at_hand_resources_have_places(self, tmp_path):
        twin = Resource("aws_sqs_queue.q", "aws_sqs_queue", {}, ignore_changes=("tags",))
        twin.provenance = type(twin.provenance)(Location("main.tf", 3))
        path = state(tmp_path, group({"attributes": {}}))
        (queue,) = read_state(path, {twin.address: twin}).resources
        assert queue.provenance.trace(()).location == Location("main.tf", 3)
        assert queue.ignore_changes == ("tags",)


class TestShown:
    def test_modules_and_secrets(self, tmp_path):
        entry = {
            "address": "module.m.aws_sqs_queue.q",
            "mode": "managed",
            "type": "aws_sqs_queue",
            "values": {"name": "n", "tags": {"a": "b"}},
            "sensitive_values": {"tags": {"a": True}},
        }
        module = {"child_modules": [{"resources": [entry]}]}
        path = tmp_path / "show.json"
        path.write_text(json.dumps({"format_version": "1.0", "values": {"root_module": module}}))
        (queue,) = read_state(path).resources
        assert queue.address == "module.m.aws_sqs_queue.q"
        assert queue.data == {"name": "n", "tags": {"a": Sensitive("b")}}

    def test_an_empty_state(self, tmp_path):
        path = tmp_path / "show.json"
        path.write_text('{"format_version": "1.0"}')
        assert read_state(path).resources == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"planned_values": {}}', "is a plan: give it with --plan"),
        ('{"version": 3}', "is no state that is understood"),
        ("{}", "is no state that is understood"),
    ],
)
def test_what_is_no_state(tmp_path, text, message):
    path = tmp_path / "s"
    path.write_text(text)
    with pytest.raises(DocumentError, match=message):
        read_state(path)
