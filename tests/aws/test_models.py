"""Service models cut down to the calls that are made."""

from __future__ import annotations

import pytest

from auditor.aws.models import TrimmedLoader
from auditor.aws.session import connect
from auditor.config import AwsSettings


def model_of(service, *calls):
    return TrimmedLoader(calls).load_service_model(service, "service-2")


def test_a_model_has_the_operations_of_the_calls_only():
    model = model_of("sqs", "sqs.list_queues", "sqs.get_queue_attributes", "sns.list_topics")
    assert list(model["operations"]) == ["GetQueueAttributes", "ListQueues"]


def test_the_shapes_are_those_that_the_operations_need_also_deep_down():
    shapes = model_of("iam", "iam.get_account_authorization_details")["shapes"]
    assert {"RoleDetail", "AttachedPolicy", "ServiceFailureException"} <= set(shapes)
    assert "CreateUserRequest" not in shapes


def test_no_documentation_is_left():
    assert '"documentation":' not in repr(model_of("kms", "kms.list_keys")).replace("'", '"')


def test_a_service_that_no_call_is_of_stays_whole():
    assert "AssumeRole" in model_of("sts", "sqs.list_queues")["operations"]


def test_what_was_loaded_once_is_the_same_the_next_time():
    loader = TrimmedLoader(["sqs.list_queues"])
    first = loader.load_service_model("sqs", "service-2")
    assert loader.load_service_model("sqs", "service-2") is first
    assert list(first["operations"]) == ["ListQueues"]


@pytest.mark.emulator
def test_an_account_connected_for_some_calls_makes_those(moto_server):
    moto_server.reset()
    settings = AwsSettings(endpoint_url=moto_server.url, regions=("eu-west-1",))
    account = connect(settings, calls=["sqs.list_queues"])
    queues = account.clients.get("sqs", "eu-west-1")
    assert "QueueUrls" not in queues.list_queues()
    assert not hasattr(queues, "delete_queue")
    assert hasattr(account.clients.get("sns", "eu-west-1"), "list_topics")
