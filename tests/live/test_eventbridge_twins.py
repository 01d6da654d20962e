"""EventBridge: an emulated account gets the verdicts that the same Terraform gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from auditor.rules.encryption import eventbridge as encryption
from auditor.rules.iam import eventbridge as iam
from auditor.rules.multi_az import eventbridge as availability
from fake_aws import model_from, refused

from auditor.engine import evaluate
from auditor.services.eventbridge import buses, endpoints, schema_registry_policies
from auditor.testing import check_twins

pytestmark = pytest.mark.emulator

Make = Callable[[Any], object]
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:q"


@pytest.fixture
def twins(moto_server: Any, make_client: Callable[..., Any]) -> Callable[..., None]:
    """`twins(rule, bad, good)`: each makes its state, given `make_client`."""

    def check(rule: Any, bad: Make, good: Make) -> None:
        check_twins(
            rule,
            moto_server.url,
            bad=lambda: bad(make_client),
            good=lambda: good(make_client),
            reset=moto_server.reset,
        )

    return check


def bus(policy: Any = None, **arguments: Any) -> Make:
    def make(client: Any) -> None:
        events = client("events")
        events.create_event_bus(Name="orders", **arguments)
        if policy:
            events.put_permission(EventBusName="orders", Policy=document(policy))

    return make


def document(principal: Any, **members: Any) -> str:
    statement = {
        "Sid": "s",
        "Effect": "Allow",
        "Principal": principal,
        "Action": "events:PutEvents",
        "Resource": "*",
        **members,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def bus_with_own_key(client: Any) -> object:
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    return client("events").create_event_bus(Name="orders", KmsKeyIdentifier=key)


def target(**members: Any) -> Make:
    def make(client: Any) -> None:
        events = client("events")
        events.put_rule(Name="r", ScheduleExpression="rate(1 hour)")
        events.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": QUEUE, **members}])

    return make


def schedule(key: bool = False, **members: Any) -> Make:
    def make(client: Any) -> None:
        own = client("kms").create_key()["KeyMetadata"]["Arn"] if key else None
        client("scheduler").create_schedule(
            Name="s",
            ScheduleExpression="rate(1 hour)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": QUEUE, "RoleArn": "arn:aws:iam::123456789012:role/r", **members},
            **({"KmsKeyArn": own} if own else {}),
        )

    return make


OWN = {"AWS": "arn:aws:iam::123456789012:root"}
OTHER = {"AWS": "arn:aws:iam::210987654321:root"}
LETTERS = {"DeadLetterConfig": {"Arn": QUEUE}}


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (iam.bus_without_policy, bus(), bus(OWN)),
        (iam.bus_for_anyone, bus("*"), bus(OWN)),
        (iam.bus_for_other_accounts, bus(OTHER), bus(OWN)),
        (encryption.bus_without_own_key, bus(), bus_with_own_key),
        (encryption.schedule_without_own_key, schedule(), schedule(key=True)),
        (availability.undelivered_events_lost, target(), target(**LETTERS)),
        (availability.undelivered_events_lost, schedule(), schedule(**LETTERS)),
    ],
)
def test_twins(twins: Any, rule: Any, bad: Make, good: Make) -> None:
    twins(rule, bad, good)


# -- what the emulator cannot hold: replies in AWS's shape ----------------------------------------


def said(rule: Any, readers: list[Any], replies: dict[str, Any]) -> list[str]:
    return [verdict.status for verdict in evaluate([rule], model_from(readers, replies))]


@pytest.mark.parametrize(("state", "status"), [("ENABLED", "pass"), ("DISABLED", "fail")])
def test_endpoints(state: str, status: str) -> None:
    """The emulator has no global endpoints."""
    listed = {"Name": "e", "Arn": "arn:e", "ReplicationConfig": {"State": state}}
    replies = {"events.list_endpoints": {"Endpoints": [listed]}}
    assert said(availability.events_in_one_region, [endpoints], replies) == [status]


@pytest.mark.parametrize(
    ("reply", "statuses"),
    [
        ({"Policy": document(OTHER)}, ["fail"]),
        ({"Policy": document(OWN)}, ["pass"]),
        (None, []),
        (refused("schemas:GetResourcePolicy"), ["undetermined"]),
    ],
)
def test_schema_registries(reply: Any, statuses: list[str]) -> None:
    """The emulator has no schema registries."""
    registries = [
        {"RegistryName": "mine", "RegistryArn": "arn:r"},
        {"RegistryName": "aws.events", "RegistryArn": "arn:a"},
    ]
    replies = {
        "schemas.list_registries": {"Registries": registries},
        "schemas.get_resource_policy": reply,
    }
    rule = iam.registry_for_other_accounts
    assert said(rule, [schema_registry_policies], replies) == statuses


def test_a_bus_whose_key_may_not_be_read_is_undetermined() -> None:
    listed = {"Name": "orders", "Arn": "arn:b"}
    replies = {
        "events.list_event_buses": {"EventBuses": [listed]},
        "events.describe_event_bus": refused("events:DescribeEventBus"),
        "events.list_tags_for_resource": {"Tags": [{"Key": "team", "Value": "a"}]},
    }
    assert said(encryption.bus_without_own_key, [buses], replies) == ["undetermined"]
    (found,) = model_from([buses], replies).by_type["aws_cloudwatch_event_bus"]
    assert found.get("tags") == {"team": "a"}
