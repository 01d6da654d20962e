"""Elastic Load Balancing: application, network and gateway load balancers.

Sources: ELBv2 API reference (DescribeLoadBalancers, DescribeLoadBalancerAttributes,
DescribeListeners, DescribeTargetGroups, DescribeTargetGroupAttributes, DescribeTags), AWS provider
5.100.0 documentation of `aws_lb`, `aws_lb_listener`, `aws_lb_target_group`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader, tag_map
from auditor.resource import (
    Block,
    Blocks,
    Bool,
    Link,
    Links,
    Node,
    Num,
    Resource,
    Str,
    StrMap,
    Strs,
)
from auditor.services.vpc import SUBNETS, VPCS
from auditor.values import Unknown

BALANCERS = ("aws_lb", "aws_alb")


class Logs(Node):
    """Where access or connection logs go."""

    bucket = Link("aws_s3_bucket", by=("bucket",))
    enabled = Bool(default=False)


class SubnetMapping(Node):
    """A subnet with an address of its own."""

    allocation_id = Link("aws_eip")
    subnet_id = Link(*SUBNETS)


class Lb(Resource, tf="aws_lb"):
    """A load balancer. Its ARN is its id."""

    identity = ("name",)
    access_logs = Block(Logs)
    arn = Str(computed=True)
    connection_logs = Block(Logs)
    desync_mitigation_mode = Str(default="defensive")
    drop_invalid_header_fields = Bool(default=False)
    enable_cross_zone_load_balancing = Bool(
        default=lambda balancer: balancer.load_balancer_type == "application"
    )
    enable_deletion_protection = Bool(default=False)
    internal = Bool(default=False)
    load_balancer_type = Str(default="application")
    name = Str(computed=True)
    security_groups = Links("aws_security_group", "aws_default_security_group", computed=True)
    subnet_mapping = Blocks(SubnetMapping, unordered=True)
    subnets = Links(*SUBNETS, computed=True)
    tags = StrMap()


class Redirect(Node):
    """Where a redirect sends clients."""

    protocol = Str(default="#{protocol}")
    status_code = Str()


class ListenerAction(Node):
    """What a listener does with a request."""

    order = Num()
    redirect = Block(Redirect)
    target_group_arn = Link("aws_lb_target_group", "aws_alb_target_group")
    type = Str()


class LbListener(Resource, tf="aws_lb_listener"):
    """A listener. Its ARN is its id."""

    identity = ("load_balancer_arn", "port")
    certificate_arn = Link("aws_acm_certificate", "aws_acm_certificate_validation")
    default_action = Blocks(ListenerAction)
    load_balancer_arn = Link(*BALANCERS)
    port = Num()
    protocol = Str(computed=True)
    # Left out, AWS takes this policy for HTTPS and TLS listeners (provider documentation).
    ssl_policy = Str(
        default=lambda listener: "ELBSecurityPolicy-2016-08" if listener.is_encrypted else None
    )

    @property
    def is_encrypted(self) -> bool:
        """Whether clients speak TLS to it."""
        return self.protocol in ("HTTPS", "TLS")

    @property
    def redirects_to_https(self) -> bool:
        """Whether all it does is to send clients to HTTPS."""
        for action in self.default_action:
            return action.type == "redirect" and (
                action.redirect is not None and action.redirect.protocol == "HTTPS"
            )
        return False


class Values(Node):
    """The values of a condition, any of which will do."""

    values = Strs(unordered=True)


class RuleCondition(Node):
    """What a request must be for a rule to take it; the kinds are blocks of their own."""

    host_header = Block(Values)
    path_pattern = Block(Values)
    source_ip = Block(Values)


class LbListenerRule(Resource, tf="aws_lb_listener_rule"):
    """A rule of a listener. Its ARN is its id."""

    identity = ("listener_arn", "priority")
    action = Blocks(ListenerAction)
    arn = Str(computed=True)
    condition = Blocks(RuleCondition, unordered=True)
    listener_arn = Link("aws_lb_listener", "aws_alb_listener")
    priority = Num(computed=True)
    tags = StrMap()


class HealthCheck(Node):
    """How targets are checked."""

    enabled = Bool(default=True)
    path_ = Str()
    protocol = Str()


class LbTargetGroup(Resource, tf="aws_lb_target_group"):
    """A target group. Its ARN is its id."""

    identity = ("name",)
    arn = Str(computed=True)
    health_check = Block(HealthCheck)
    name = Str(computed=True)
    port = Num()
    protocol = Str()
    tags = StrMap()
    target_type = Str(default="instance")
    vpc_id = Link(*VPCS)


# -- live ----------------------------------------------------------------------------------------


_MOST_ARNS = 20
"""How many resources DescribeTags takes at once."""

_Item = Mapping[str, Any]


def _tagged(aws: Aws, listed: Iterable[_Item], arn: str) -> Iterator[tuple[_Item, Any]]:
    """Items with their tags. arn: the member that names an item."""
    for batch in aws.batches(listed, _MOST_ARNS):
        reply = aws.ask("elbv2.describe_tags", ResourceArns=[item[arn] for item in batch])
        said = reply["TagDescriptions"]
        for item in batch:
            yield item, said if isinstance(said, Unknown) else _tags_of(said, item[arn])


def _tags_of(descriptions: Iterable[_Item], arn: str) -> Any:
    for each in descriptions:
        if each["ResourceArn"] == arn:
            return tag_map(each.get("Tags"))
    return Unknown(because=f"the tags of {arn} were not in the reply")


@reader(
    yields=(Lb,),
    calls=(
        "elbv2.describe_load_balancers",
        "elbv2.describe_load_balancer_attributes",
        "elbv2.describe_tags",
    ),
    details={"elbv2.describe_tags": ("tags",)},
)
def load_balancers(aws: Aws) -> Iterator[Resource]:
    """Load balancers with their attributes."""

    def read(found: tuple[_Item, Any]) -> Iterator[Resource]:
        item, tags = found
        arn = item["LoadBalancerArn"]
        reply = aws.ask("elbv2.describe_load_balancer_attributes", LoadBalancerArn=arn)
        attributes: Any = reply
        if not isinstance(reply, Unknown):
            attributes = {each["Key"]: each["Value"] for each in reply["Attributes"]}
        yield aws.resource(Lb, arn, {**_described(item), **_attributes(attributes), "tags": tags})

    listed = aws.list("elbv2.describe_load_balancers", "LoadBalancers")
    yield from aws.parallel(read, _tagged(aws, listed, "LoadBalancerArn"))


def _described(item: Mapping[str, Any]) -> dict[str, Any]:
    zones = item.get("AvailabilityZones", [])
    return {
        "arn": item["LoadBalancerArn"],
        "internal": item.get("Scheme") == "internal",
        "load_balancer_type": item.get("Type", "application"),
        "name": item.get("LoadBalancerName"),
        "security_groups": item.get("SecurityGroups", []),
        "subnet_mapping": [
            {"allocation_id": address["AllocationId"], "subnet_id": zone.get("SubnetId")}
            for zone in zones
            for address in zone.get("LoadBalancerAddresses") or []
            if "AllocationId" in address
        ],
        "subnets": [zone["SubnetId"] for zone in zones if "SubnetId" in zone],
    }


def _attributes(attributes: Any) -> dict[str, Any]:
    def is_true(key: str) -> Any:
        value = attributes.get(key, "false")
        return value if isinstance(value, Unknown) else value == "true"

    def logs(kind: str) -> list[dict[str, Any]]:
        bucket = attributes.get(f"{kind}.s3.bucket")
        return [{"enabled": is_true(f"{kind}.s3.enabled"), "bucket": bucket or None}]

    if isinstance(attributes, Unknown):
        names = ("access_logs", "connection_logs", "desync_mitigation_mode")
        flags = ("drop_invalid_header_fields", "enable_cross_zone_load_balancing")
        return dict.fromkeys((*names, *flags, "enable_deletion_protection"), attributes)
    return {
        "access_logs": logs("access_logs"),
        "connection_logs": logs("connection_logs"),
        "desync_mitigation_mode": attributes.get("routing.http.desync_mitigation_mode"),
        "drop_invalid_header_fields": is_true("routing.http.drop_invalid_header_fields.enabled"),
        # An application load balancer always does, and AWS then says so or says nothing.
        "enable_cross_zone_load_balancing": None
        if "load_balancing.cross_zone.enabled" not in attributes
        else is_true("load_balancing.cross_zone.enabled"),
        "enable_deletion_protection": is_true("deletion_protection.enabled"),
    }


@reader(yields=(LbListener,), calls=("elbv2.describe_load_balancers", "elbv2.describe_listeners"))
def listeners(aws: Aws) -> Iterator[Resource]:
    """Listeners of all load balancers."""

    def read(balancer: Mapping[str, Any]) -> Iterator[Resource]:
        arn = balancer["LoadBalancerArn"]
        for item in aws.list("elbv2.describe_listeners", "Listeners", LoadBalancerArn=arn):
            certificates = item.get("Certificates") or [{}]
            yield aws.resource(
                LbListener,
                item["ListenerArn"],
                {
                    "arn": item["ListenerArn"],
                    "certificate_arn": certificates[0].get("CertificateArn"),
                    "default_action": [_action(a) for a in item.get("DefaultActions", [])],
                    "load_balancer_arn": arn,
                    "port": item.get("Port"),
                    "protocol": item.get("Protocol"),
                    "ssl_policy": item.get("SslPolicy"),
                },
            )

    yield from aws.parallel(read, aws.list("elbv2.describe_load_balancers", "LoadBalancers"))


@reader(
    yields=(LbListenerRule,),
    calls=(
        "elbv2.describe_load_balancers",
        "elbv2.describe_listeners",
        "elbv2.describe_rules",
        "elbv2.describe_tags",
    ),
    details={"elbv2.describe_tags": ("tags",)},
)
def listener_rules(aws: Aws) -> Iterator[Resource]:
    """Rules of all listeners, but for the default ones, which are the listeners' actions."""

    def read(balancer: Mapping[str, Any]) -> Iterator[Resource]:
        arn = balancer["LoadBalancerArn"]
        for listener in aws.list("elbv2.describe_listeners", "Listeners", LoadBalancerArn=arn):
            yield from of(listener["ListenerArn"])

    def of(listener: str) -> Iterator[Resource]:
        listed = aws.list("elbv2.describe_rules", "Rules", ListenerArn=listener)
        own = (
            item
            for item in listed
            if not item.get("IsDefault") and item.get("Priority") != "default"
        )
        for item, tags in _tagged(aws, own, "RuleArn"):
            yield aws.resource(
                LbListenerRule,
                item["RuleArn"],
                {
                    "action": [_action(a) for a in item.get("Actions", [])],
                    "arn": item["RuleArn"],
                    "condition": [_condition(c) for c in item.get("Conditions", [])],
                    "listener_arn": listener,
                    "priority": int(item["Priority"]),
                    "tags": tags,
                },
            )

    yield from aws.parallel(read, aws.list("elbv2.describe_load_balancers", "LoadBalancers"))


_CONDITIONS = {
    "host_header": ("host-header", "HostHeaderConfig"),
    "path_pattern": ("path-pattern", "PathPatternConfig"),
    "source_ip": ("source-ip", "SourceIpConfig"),
}


def _condition(item: Mapping[str, Any]) -> dict[str, Any]:
    """A condition; of the older form, which has its values beside its field, too."""
    made: dict[str, Any] = {}
    for name, (field, key) in _CONDITIONS.items():
        values = (item.get(key) or {}).get("Values") or item.get("Values", [])
        made[name] = [{"values": values}] if item.get("Field") == field else []
    return made


def _action(item: Mapping[str, Any]) -> dict[str, Any]:
    redirect = item.get("RedirectConfig")
    return {
        "order": item.get("Order"),
        "redirect": [
            {"protocol": redirect.get("Protocol"), "status_code": redirect.get("StatusCode")}
        ]
        if redirect
        else [],
        "target_group_arn": item.get("TargetGroupArn"),
        "type": item["Type"],
    }


@reader(
    yields=(LbTargetGroup,),
    calls=("elbv2.describe_target_groups", "elbv2.describe_tags"),
    details={"elbv2.describe_tags": ("tags",)},
)
def target_groups(aws: Aws) -> Iterator[Resource]:
    """Target groups."""
    listed = aws.list("elbv2.describe_target_groups", "TargetGroups")
    for item, tags in _tagged(aws, listed, "TargetGroupArn"):
        arn = item["TargetGroupArn"]
        yield aws.resource(
            LbTargetGroup,
            arn,
            {
                "arn": arn,
                "health_check": [
                    {
                        "enabled": item.get("HealthCheckEnabled", True),
                        "path": item.get("HealthCheckPath"),
                        "protocol": item.get("HealthCheckProtocol"),
                    }
                ],
                "name": item.get("TargetGroupName"),
                "port": item.get("Port"),
                "protocol": item.get("Protocol"),
                "tags": tags,
                "target_type": item.get("TargetType", "instance"),
                "vpc_id": item.get("VpcId"),
            },
        )
