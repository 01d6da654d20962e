"""Amazon EventBridge: buses and who may use them, rules, targets, endpoints, schema registries.

Sources: EventBridge API reference (ListEventBuses, DescribeEventBus, ListRules,
ListTargetsByRule, ListTagsForResource, ListEndpoints), EventBridge Schema Registry API reference
(ListRegistries, GetResourcePolicy), AWS provider 5.100.0 documentation of the types below.

`aws_cloudwatch_event_permission` adds one statement to the policy of a bus; in a live account the
whole policy is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader, tag_map
from auditor.resource import Block, Blocks, Json, Link, Node, Num, Resource, Str, StrMap
from auditor.values import Unknown

BUS = "aws_cloudwatch_event_bus"
RULE = "aws_cloudwatch_event_rule"


class DeadLetter(Node):
    """The queue for events that could not be delivered."""

    arn = Link("aws_sqs_queue")


class EventBus(Resource, tf=BUS):
    """An event bus. A live account has one called `default` in each region."""

    identity = ("name",)
    arn = Str(computed=True)
    dead_letter_config = Block(DeadLetter)
    description = Str()
    event_source_name = Str()
    kms_key_identifier = Link("aws_kms_key", "aws_kms_alias", by=("key_id", "name"))
    name = Str()
    tags = StrMap()

    @property
    def is_default(self) -> bool:
        """Whether AWS made it. None that is yet to be made, and named, can be called `default`."""
        return isinstance(self.name, str) and self.name == "default"


class EventBusPolicy(Resource, tf="aws_cloudwatch_event_bus_policy"):
    """Who may use a bus."""

    identity = ("event_bus_name",)
    event_bus_name = Link(BUS, by=("name",), default="default")
    policy = Json()


class PermissionCondition(Node):
    """Narrows a permission; the only key is `aws:PrincipalOrgID`."""

    key = Str()
    type_ = Str()
    value = Str()


class EventPermission(Resource, tf="aws_cloudwatch_event_permission"):
    """One statement of a bus's policy (code only)."""

    identity = ("event_bus_name", "statement_id")
    action = Str(default="events:PutEvents")
    condition = Block(PermissionCondition)
    event_bus_name = Link(BUS, by=("name",), default="default")
    principal = Str()
    statement_id = Str()


class EventRule(Resource, tf=RULE):
    """Which events, or at which times, targets are called."""

    identity = ("event_bus_name", "name")
    arn = Str(computed=True)
    description = Str()
    event_bus_name = Link(BUS, by=("name",), default="default")
    event_pattern = Json()
    name = Str(computed=True)
    role_arn = Link("aws_iam_role")
    schedule_expression = Str()
    state = Str(default="ENABLED")
    tags = StrMap()


class RetryPolicy(Node):
    """How long delivery is tried."""

    maximum_event_age_in_seconds = Num(default=86400)
    maximum_retry_attempts = Num(default=185)


class EventTarget(Resource, tf="aws_cloudwatch_event_target"):
    """What a rule calls."""

    identity = ("event_bus_name", "rule", "target_id")
    arn = Str()
    dead_letter_config = Block(DeadLetter)
    event_bus_name = Link(BUS, by=("name",), default="default")
    input = Str()
    input_path = Str()
    retry_policy = Block(RetryPolicy)
    role_arn = Link("aws_iam_role")
    rule = Link(RULE, by=("name",))
    target_id = Str(computed=True)


class ReplicationConfig(Node):
    """Whether events go to both regions of an endpoint."""

    state = Str(default="ENABLED")


class EndpointBus(Node):
    """A bus of an endpoint."""

    event_bus_arn = Link(BUS)


class EventEndpoint(Resource, tf="aws_cloudwatch_event_endpoint"):
    """A global endpoint: events go to a second region when the first one fails."""

    identity = ("name",)
    arn = Str(computed=True)
    description = Str()
    event_bus = Blocks(EndpointBus)
    name = Str()
    replication_config = Block(ReplicationConfig)
    role_arn = Link("aws_iam_role")


class SchemaRegistry(Resource, tf="aws_schemas_registry"):
    """A registry of event schemas."""

    identity = ("name",)
    arn = Str(computed=True)
    description = Str()
    name = Str()
    tags = StrMap()


class SchemaRegistryPolicy(Resource, tf="aws_schemas_registry_policy"):
    """Who may use a registry."""

    policy = Json()
    registry_name = Link("aws_schemas_registry", by=("name",))


# -- live ----------------------------------------------------------------------------------------


@reader(
    yields=(EventBus,),
    calls=("events.list_event_buses", "events.describe_event_bus", "events.list_tags_for_resource"),
    details={"events.list_tags_for_resource": ("tags",)},
)
def buses(aws: Aws) -> Iterator[Resource]:
    """Buses, the default one included; keys and tags are said of each by itself."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        name = item["Name"]
        about: Any = aws.ask("events.describe_event_bus", Name=name)
        yield aws.resource(
            EventBus,
            name,
            {
                "arn": item["Arn"],
                "name": name,
                "dead_letter_config": lambda: _arn_block(about.get("DeadLetterConfig")),
                "description": about.get("Description"),
                # A bus for a partner's events has the name of their source.
                "event_source_name": name if name.startswith("aws.partner/") else None,
                "kms_key_identifier": about.get("KmsKeyIdentifier"),
                "tags": _tags(aws, item["Arn"]),
            },
        )

    yield from aws.parallel(read, aws.list("events.list_event_buses", "EventBuses"))


def _arn_block(item: Any) -> list[dict[str, Any]]:
    return [{"arn": item["Arn"]}] if item and item.get("Arn") else []


def _tags(aws: Aws, arn: str) -> Any:
    reply = aws.ask("events.list_tags_for_resource", ResourceARN=arn)
    return tag_map(reply if isinstance(reply, Unknown) else reply.get("Tags", []))


@reader(yields=(EventBusPolicy,), calls=("events.list_event_buses",))
def bus_policies(aws: Aws) -> Iterator[Resource]:
    """Policies of buses: they come with the list."""
    for item in aws.list("events.list_event_buses", "EventBuses"):
        if item.get("Policy"):
            yield aws.resource(
                EventBusPolicy,
                item["Name"],
                {"event_bus_name": item["Name"], "policy": item["Policy"]},
            )


@reader(
    yields=(EventRule,),
    calls=("events.list_event_buses", "events.list_rules", "events.list_tags_for_resource"),
    details={"events.list_tags_for_resource": ("tags",)},
)
def rules(aws: Aws) -> Iterator[Resource]:
    """Rules of all buses."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        bus = item.get("EventBusName", "default")
        yield aws.resource(
            EventRule,
            _of_bus(bus, item["Name"]),
            {
                "arn": item["Arn"],
                "description": item.get("Description"),
                "event_bus_name": bus,
                "event_pattern": item.get("EventPattern"),
                "name": item["Name"],
                "role_arn": item.get("RoleArn"),
                "schedule_expression": item.get("ScheduleExpression"),
                "state": item.get("State"),
                "tags": _tags(aws, item["Arn"]),
            },
        )

    yield from aws.parallel(read, _rules(aws))


def _rules(aws: Aws) -> Iterator[Mapping[str, Any]]:
    for bus in aws.list("events.list_event_buses", "EventBuses"):
        yield from aws.list("events.list_rules", "Rules", EventBusName=bus["Name"])


def _of_bus(bus: str, name: str) -> str:
    """Terraform's id of something on a bus: the default one is left out."""
    return name if bus == "default" else f"{bus}/{name}"


@reader(
    yields=(EventTarget,),
    calls=("events.list_event_buses", "events.list_rules", "events.list_targets_by_rule"),
)
def targets(aws: Aws) -> Iterator[Resource]:
    """Targets of all rules."""

    def read(rule: Mapping[str, Any]) -> Iterator[Resource]:
        bus = rule.get("EventBusName", "default")
        for item in aws.list(
            "events.list_targets_by_rule", "Targets", Rule=rule["Name"], EventBusName=bus
        ):
            yield aws.resource(
                EventTarget,
                _of_bus(bus, f"{rule['Name']}/{item['Id']}"),
                {
                    "arn": item["Arn"],
                    "dead_letter_config": _arn_block(item.get("DeadLetterConfig")),
                    "event_bus_name": bus,
                    "input": item.get("Input"),
                    "input_path": item.get("InputPath"),
                    "retry_policy": retry_block(item.get("RetryPolicy")),
                    "role_arn": item.get("RoleArn"),
                    "rule": rule["Name"],
                    "target_id": item["Id"],
                },
            )

    yield from aws.parallel(read, _rules(aws))


def retry_block(item: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The retry policy of a target as a block, or none."""
    if not item:
        return []
    return [
        {
            "maximum_event_age_in_seconds": item.get("MaximumEventAgeInSeconds"),
            "maximum_retry_attempts": item.get("MaximumRetryAttempts"),
        }
    ]


@reader(yields=(EventEndpoint,), calls=("events.list_endpoints",))
def endpoints(aws: Aws) -> Iterator[Resource]:
    """Global endpoints."""
    for item in aws.list("events.list_endpoints", "Endpoints"):
        yield aws.resource(
            EventEndpoint,
            item["Name"],
            {
                "arn": item["Arn"],
                "description": item.get("Description"),
                "event_bus": [
                    {"event_bus_arn": bus.get("EventBusArn")} for bus in item.get("EventBuses", [])
                ],
                "name": item["Name"],
                "replication_config": [
                    {"state": item.get("ReplicationConfig", {}).get("State")},
                ],
                "role_arn": item.get("RoleArn"),
            },
        )


@reader(yields=(SchemaRegistry,), calls=("schemas.list_registries",))
def schema_registries(aws: Aws) -> Iterator[Resource]:
    """Registries of one's own (`aws.events` is AWS's)."""
    for item in _registries(aws):
        yield aws.resource(
            SchemaRegistry,
            item["RegistryName"],
            {
                "arn": item["RegistryArn"],
                # ListRegistries has no descriptions.
                "description": Unknown(because="descriptions of registries are not read"),
                "name": item["RegistryName"],
                "tags": dict(item.get("Tags", {})),
            },
        )


def _registries(aws: Aws) -> Iterator[Mapping[str, Any]]:
    for item in aws.list("schemas.list_registries", "Registries", Scope="LOCAL"):
        if not item["RegistryName"].startswith("aws."):
            yield item


@reader(
    yields=(SchemaRegistryPolicy,),
    calls=("schemas.list_registries", "schemas.get_resource_policy"),
)
def schema_registry_policies(aws: Aws) -> Iterator[Resource]:
    """Policies of registries, of those that have one."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        name = item["RegistryName"]
        reply = aws.ask(
            "schemas.get_resource_policy", RegistryName=name, absent=("NotFoundException",)
        )
        if isinstance(reply, Unknown):
            yield aws.resource(SchemaRegistryPolicy, name, reply, named={"registry_name": name})
        elif reply is not None and reply.get("Policy"):
            yield aws.resource(
                SchemaRegistryPolicy,
                name,
                {"registry_name": name, "policy": str(reply["Policy"])},
            )

    yield from aws.parallel(read, _registries(aws))
