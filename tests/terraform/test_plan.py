"""Plans in JSON: what will be, what is unknown and why, what is secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.resource import Location, Resource
from auditor.terraform.documents import DocumentError
from auditor.terraform.plan import read_plan
from auditor.values import Ref, Sensitive, Unknown


def change(address: str, **change: object) -> dict:
    module, _, rest = address.rpartition("].") if address.startswith("module") else ("", "", "")
    kind, name = (rest or address).split(".")[:2]
    entry = {
        "address": address,
        "mode": "managed",
        "type": kind,
        "name": name.split("[")[0],
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": ["create"], "before": None, **change},
    }
    return {**entry, **({"module_address": f"{module}]"} if module else {})}


def plan(tmp_path: Path, *changes: dict, **more: object) -> Path:
    path = tmp_path / "plan.json"
    document = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {}},
        "resource_changes": list(changes),
        **more,
    }
    path.write_text(json.dumps(document))
    return path


def configuration(*resources: dict, calls: dict | None = None) -> dict:
    return {"root_module": {"resources": list(resources), "module_calls": calls or {}}}


def declared(kind: str, name: str, /, **expressions: object) -> dict:
    return {"mode": "managed", "type": kind, "name": name, "expressions": expressions}


class TestValues:
    def test_what_will_be(self, tmp_path):
        entry = change("aws_sqs_queue.q", after={"name": "q", "tags": None}, after_unknown={})
        (queue,) = read_plan(plan(tmp_path, entry)).resources
        assert (queue.address, queue.type, queue.source) == (
            "aws_sqs_queue.q",
            "aws_sqs_queue",
            "plan",
        )
        assert queue.data == {"name": "q", "tags": None}
        assert queue.provenance.trace(()).location == Location(str(tmp_path / "plan.json"))

    @pytest.mark.parametrize("actions", [["delete"], ["forget"]])
    def test_what_goes_away_is_left_out(self, tmp_path, actions):
        entry = change("aws_sqs_queue.q", after=None)
        entry["change"]["actions"] = actions
        assert read_plan(plan(tmp_path, entry)).resources == []

    @pytest.mark.parametrize("actions", [["no-op"], ["update"], ["delete", "create"]])
    def test_what_stays_or_is_replaced_is_there(self, tmp_path, actions):
        entry = change("aws_sqs_queue.q", after={"name": "q"})
        entry["change"]["actions"] = actions
        assert [r.data for r in read_plan(plan(tmp_path, entry)).resources] == [{"name": "q"}]

    def test_data_sources_and_deposed_objects_are_left_out(self, tmp_path):
        data, old = change("aws_sqs_queue.a", after={}), change("aws_sqs_queue.b", after={})
        data["mode"], old["deposed"] = "data", "00000000"
        assert read_plan(plan(tmp_path, data, old)).resources == []

    def test_secrets_are_wrapped_and_null_is_no_secret(self, tmp_path):
        entry = change(
            "aws_db_instance.d",
            after={"password": "hunter2", "password_wo": None, "tags": {"a": "b", "c": "d"}},
            after_sensitive={"password": True, "password_wo": True, "tags": {"a": True}},
        )
        (found,) = read_plan(plan(tmp_path, entry)).resources
        assert found.data == {
            "password": Sensitive("hunter2"),
            "password_wo": None,
            "tags": {"a": Sensitive("b"), "c": "d"},
        }


class TestUnknown:
    def test_each_element_by_itself(self, tmp_path):
        entry = change(
            "aws_security_group.g",
            after={"ingress": [{"from_port": 22, "cidr_blocks": ["10.0.0.0/8", None]}]},
            after_unknown={"ingress": [{"cidr_blocks": [False, True]}]},
        )
        (group,) = read_plan(plan(tmp_path, entry)).resources
        known, unknown = group.data["ingress"][0]["cidr_blocks"]
        assert known == "10.0.0.0/8"
        assert isinstance(unknown, Unknown)
        assert group.data["ingress"][0]["from_port"] == 22

    def test_it_hangs_on_what_the_plan_says(self, tmp_path):
        entry = change(
            "aws_s3_bucket_versioning.v", after={}, after_unknown={"bucket": True, "id": True}
        )
        references = {"references": ["aws_s3_bucket.b.id", "aws_s3_bucket.b"]}
        resource = declared("aws_s3_bucket_versioning", "v", bucket=references)
        (found,) = read_plan(plan(tmp_path, entry, configuration=configuration(resource))).resources
        assert found.data["bucket"].refs == (Ref("aws_s3_bucket.b", ("id",)),)
        assert found.data["bucket"].exact
        assert "id" not in found.data  # nobody set it: it is computed, as in code

    def test_through_the_variables_of_modules(self, tmp_path):
        entry = change(
            'module.db["a"].aws_db_instance.d[0]', after={}, after_unknown={"kms_key_id": True}
        )
        module = {
            "resources": [declared("aws_db_instance", "d", kms_key_id={"references": ["var.key"]})]
        }
        given = {"key": {"references": ["aws_kms_key.k.arn", "aws_kms_key.k"]}}
        document = configuration(calls={"db": {"module": module, "expressions": given}})
        (found,) = read_plan(plan(tmp_path, entry, configuration=document)).resources
        assert found.data["kms_key_id"].refs == (Ref("aws_kms_key.k", ("arn",)),)

    def test_within_a_module(self, tmp_path):
        entry = change('module.m["a"].aws_sqs_queue.q', after={}, after_unknown={"name": True})
        names = {"references": ["aws_sqs_queue.other[0].name", "aws_sqs_queue.other[0]"]}
        module = {"resources": [declared("aws_sqs_queue", "q", name=names)]}
        document = configuration(calls={"m": {"module": module}})
        (found,) = read_plan(plan(tmp_path, entry, configuration=document)).resources
        assert str(found.data["name"].refs[0]) == 'module.m["a"].aws_sqs_queue.other[0].name'

    def test_an_unknown_block_without_references_may_be_a_dynamic_one(self, tmp_path):
        """Plans do not name the references of dynamic blocks: it must not pass for absent."""
        entry = change("aws_lb.l", after={}, after_unknown={"subnet_mapping": True})
        document = configuration(declared("aws_lb", "l"))
        (found,) = read_plan(plan(tmp_path, entry, configuration=document)).resources
        assert isinstance(found.data["subnet_mapping"], Unknown)

    def test_an_argument_of_a_dynamic_block_is_not_absent(self, tmp_path):
        entry = change(
            "aws_dynamodb_table.t",
            after={"replica": [{"region_name": "eu-west-1"}]},
            after_unknown={"replica": [{"kms_key_arn": True}]},
        )
        document = configuration(declared("aws_dynamodb_table", "t"))
        (found,) = read_plan(plan(tmp_path, entry, configuration=document)).resources
        assert isinstance(found.data["replica"][0]["kms_key_arn"], Unknown)

    def test_an_attribute_that_may_be_written_as_blocks_is_absent_if_nobody_wrote_it(
        self, tmp_path
    ):
        """Dynamic blocks of such an attribute are in the plan, element by element."""
        entry = change("aws_security_group.g", after={}, after_unknown={"ingress": True})
        document = configuration(declared("aws_security_group", "g"))
        (found,) = read_plan(plan(tmp_path, entry, configuration=document)).resources
        assert "ingress" not in found.data
        document = configuration(declared("aws_security_group", "g", ingress={"references": []}))
        (found,) = read_plan(plan(tmp_path, entry, configuration=document)).resources
        assert isinstance(found.data["ingress"], Unknown)

    def test_which_block_of_a_set_is_meant_cannot_be_told(self, tmp_path):
        entry = change(
            "aws_cloudfront_distribution.d",
            after={"origin": [{"origin_id": "a"}, {"origin_id": "b"}]},
            after_unknown={"origin": [{"domain_name": True}, {}]},
        )
        names = [{"domain_name": {"references": [f"aws_lb.{name}.dns_name"]}} for name in "ab"]
        resource = declared("aws_cloudfront_distribution", "d", origin=names)
        (found,) = read_plan(plan(tmp_path, entry, configuration=configuration(resource))).resources
        name = found.data["origin"][0]["domain_name"]
        assert [str(ref) for ref in name.refs] == ["aws_lb.a.dns_name", "aws_lb.b.dns_name"]
        assert not name.exact

    def test_through_the_outputs_of_modules(self, tmp_path):
        entry = change("aws_db_instance.d", after={}, after_unknown={"kms_key_id": True})
        key = {"references": ["aws_kms_key.k.arn", "aws_kms_key.k"]}
        calls = {"keys": {"module": {"outputs": {"arn": {"expression": key}}}}}
        given = {"references": ['module.keys["a"].arn', 'module.keys["a"]', "module.keys"]}
        resource = declared("aws_db_instance", "d", kms_key_id=given)
        document = configuration(resource, calls=calls)
        (found,) = read_plan(plan(tmp_path, entry, configuration=document)).resources
        assert str(found.data["kms_key_id"].refs[0]) == 'module.keys["a"].aws_kms_key.k.arn'

    def test_with_the_code_at_hand_its_unknown_is_taken(self, tmp_path):
        entry = change("aws_sqs_queue.q", after={}, after_unknown={"policy": True, "arn": True})
        hole = Unknown([Ref("var.a")])
        policy = Unknown([Ref("var.a")], parts=('{"Version"', hole, "}"))
        place = Location("main.tf", 3, 1)
        twin = Resource("aws_sqs_queue.q", "aws_sqs_queue", {"policy": policy})
        twin.provenance = type(twin.provenance)(place)
        (found,) = read_plan(plan(tmp_path, entry), lambda _: {twin.address: twin}).resources
        assert found.data["policy"] is policy
        assert "arn" not in found.data
        assert found.provenance.trace(()).location == place

    def test_a_set_with_something_unknown_is_taken_from_the_code(self, tmp_path):
        """A plan has all of it unknown; the code knows which elements there are."""
        entry = change("aws_lb.l", after={}, after_unknown={"subnets": True})
        subnets = [Unknown([Ref(f"aws_subnet.{n}", ("id",))], exact=True) for n in "ab"]
        twin = Resource("aws_lb.l", "aws_lb", {"subnets": subnets})
        (found,) = read_plan(plan(tmp_path, entry), lambda _: {twin.address: twin}).resources
        assert found.data["subnets"] is subnets

    def test_elements_of_a_set_are_found_by_what_is_known_of_them(self, tmp_path):
        """A plan sorts them by a hash."""
        origins = [{"origin_id": "alb", "domain_name": "x"}, {"origin_id": "s3"}]
        access = Unknown([Ref("aws_cloudfront_origin_access_control.o", ("id",))], exact=True)
        entry = change(
            "aws_cloudfront_distribution.d",
            after={"origin": [{"origin_id": "alb", "domain_name": "x"}, {"origin_id": "s3"}]},
            after_unknown={"origin": [{}, {"origin_access_control_id": True}]},
        )
        in_code = {"origin": [{**origins[1], "origin_access_control_id": access}, origins[0]]}
        twin = Resource("aws_cloudfront_distribution.d", "aws_cloudfront_distribution", in_code)
        (found,) = read_plan(plan(tmp_path, entry), lambda _: {twin.address: twin}).resources
        assert found.data["origin"][1]["origin_access_control_id"] is access

    def test_elements_that_cannot_be_told_apart_are_left_open(self, tmp_path):
        one, two = (Unknown([Ref(f"aws_lb.{n}", ("dns_name",))], exact=True) for n in "ab")
        entry = change(
            "aws_cloudfront_distribution.d",
            after={"origin": [{"origin_id": None}, {"origin_id": None}]},
            after_unknown={"origin": [{"domain_name": True}, {"domain_name": True}]},
        )
        twin = Resource(
            "aws_cloudfront_distribution.d",
            "aws_cloudfront_distribution",
            {"origin": [{"domain_name": one}, {"domain_name": two}]},
        )
        (found,) = read_plan(plan(tmp_path, entry), lambda _: {twin.address: twin}).resources
        name = found.data["origin"][0]["domain_name"]
        assert not name.exact
        assert len(name.refs) == 2

    def test_an_element_that_the_code_does_not_have_is_not_absent(self, tmp_path):
        entry = change(
            "aws_cloudfront_distribution.d",
            after={"origin": [{"origin_id": "other"}]},
            after_unknown={"origin": [{"origin_access_control_id": True}]},
        )
        in_code = {"origin": [{"origin_id": "s3"}]}
        twin = Resource("aws_cloudfront_distribution.d", "aws_cloudfront_distribution", in_code)
        (found,) = read_plan(plan(tmp_path, entry), lambda _: {twin.address: twin}).resources
        assert isinstance(found.data["origin"][0]["origin_access_control_id"], Unknown)

    def test_the_code_is_evaluated_with_the_plan_s_variables(self, tmp_path):
        asked = []
        path = plan(tmp_path, variables={"enc": {"value": True}, "none": {}})
        read_plan(path, lambda variables: asked.append(dict(variables)) or {})
        assert asked == [{"enc": True}]


class TestDocuments:
    def test_an_errored_plan_is_incomplete(self, tmp_path):
        (problem,) = read_plan(plan(tmp_path, errored=True)).problems
        assert (problem.level, problem.code) == ("error", "plan-errored")

    def test_a_deferred_change_is_a_gap(self, tmp_path):
        deferred = {"resource_change": {"address": "aws_sqs_queue.q", "type": "aws_sqs_queue"}}
        (gap,) = read_plan(plan(tmp_path, deferred_changes=[deferred])).gaps
        assert (gap.what, gap.types) == ("aws_sqs_queue.q", frozenset({"aws_sqs_queue"}))

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"PK\x03\x04", "is a plan in Terraform's own format: give the output of"),
            (b"{", "is not JSON, so no plan"),
            (b"[]", "is JSON, but no object"),
            (b'{"@level": "info"}', "not that of `terraform plan -json`"),
            (b'{"terraform_version": "1", "serial": 3}', "is a state: give it with --state"),
            (b'{"planned_values": {}, "format_version": "9.0"}', "1.x is understood"),
            (b"[" * 100_000, "is nested too deeply"),
        ],
    )
    def test_what_is_no_plan(self, tmp_path, data, message):
        path = tmp_path / "p"
        path.write_bytes(data)
        with pytest.raises(DocumentError, match=message):
            read_plan(path)

    def test_what_is_no_file(self, tmp_path):
        with pytest.raises(DocumentError, match="is not a file"):
            read_plan(tmp_path)
        with pytest.raises(DocumentError, match="No such file"):
            read_plan(tmp_path / "none")
