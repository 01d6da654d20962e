"""VPC security groups, with their rules inline or as resources of their own.

Sources: EC2 API reference (DescribeSecurityGroups, IpPermission), AWS provider 5.100.0
documentation of `aws_security_group`, `aws_default_security_group`, `aws_security_group_rule`,
`aws_vpc_security_group_ingress_rule`, `aws_vpc_security_group_egress_rule`.

Rules ask for `permissions(resource, "ingress")`: the same `Permission`s whichever way they were
written. Rule resources are folded into the group that they name (auditor.quirks), so a group is
judged as a whole, in code as in the account; one whose group is not in the code is judged alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.aws.reader import Aws, reader, tag_map
from auditor.network import covers_every_port, covers_port, protocol_name
from auditor.resource import (
    Blocks,
    Bool,
    Finding,
    Link,
    Links,
    Node,
    Num,
    Resource,
    Str,
    StrMap,
    Strs,
)
from auditor.services.prefix_lists import AWS_OWNED, ManagedPrefixList
from auditor.values import Undetermined, Unknown, choices, elements, every, starts_with


class GroupRule(Node):
    """An `ingress` or `egress` block."""

    cidr_blocks = Strs()
    description = Str()
    from_port = Num()
    ipv6_cidr_blocks = Strs()
    prefix_list_ids = Links("aws_ec2_managed_prefix_list")
    protocol = Str()
    security_groups = Links("aws_security_group", "aws_default_security_group")
    self_ = Bool(default=False)
    to_port = Num()


class SecurityGroup(Resource, tf="aws_security_group"):
    """A security group. Without `egress` blocks the provider removes AWS's allow-all rule."""

    identity = ("name", "vpc_id")
    description = Str(default="Managed by Terraform")
    egress = Blocks(GroupRule, unordered=True)
    ingress = Blocks(GroupRule, unordered=True)
    name = Str(computed=True)
    tags = StrMap()
    vpc_id = Link("aws_vpc", "aws_default_vpc", computed=True)


class DefaultSecurityGroup(Resource, tf="aws_default_security_group"):
    """A VPC's default group, adopted; Terraform takes away the rules that it does not list."""

    identity = ("vpc_id",)
    egress = Blocks(GroupRule, unordered=True)
    ingress = Blocks(GroupRule, unordered=True)
    tags = StrMap()
    vpc_id = Link("aws_vpc", "aws_default_vpc", computed=True)


class SecurityGroupRule(Resource, tf="aws_security_group_rule"):
    """One rule of a group, as a resource of the older kind."""

    cidr_blocks = Strs()
    description = Str()
    from_port = Num()
    ipv6_cidr_blocks = Strs()
    prefix_list_ids = Links("aws_ec2_managed_prefix_list")
    protocol = Str()
    security_group_id = Link("aws_security_group", "aws_default_security_group")
    self_ = Bool(default=False)
    source_security_group_id = Link("aws_security_group", "aws_default_security_group")
    to_port = Num()
    type_ = Str()


class _OneSource(Resource):
    """A rule with one source or destination, of the newer kind."""

    cidr_ipv4 = Str()
    cidr_ipv6 = Str()
    description = Str()
    from_port = Num()
    ip_protocol = Str()
    prefix_list_id = Link("aws_ec2_managed_prefix_list")
    referenced_security_group_id = Link("aws_security_group", "aws_default_security_group")
    security_group_id = Link("aws_security_group", "aws_default_security_group")
    to_port = Num()


class IngressRule(_OneSource, tf="aws_vpc_security_group_ingress_rule"):
    """One inbound rule of a group."""


class EgressRule(_OneSource, tf="aws_vpc_security_group_egress_rule"):
    """One outbound rule of a group."""


Source = tuple[str, "int | None", Any]
"""Where a range stands and the range: (argument, position in it, CIDR)."""

CARRIERS = (SecurityGroup, DefaultSecurityGroup, SecurityGroupRule, IngressRule, EgressRule)
"""Everything that permissions are written in: what rules on security groups are `on`."""

NAMED_RANGES = (ManagedPrefixList,)
"""What `Permission.sources` reads beside those."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One permission of a group, read lazily from where it is written.

    node: the block or resource. names: how it calls `cidr_blocks` and the rest.
    """

    node: Node
    ipv4: str
    ipv6: str
    groups: str
    prefix_lists: str
    protocol_name: str

    def _terms(self) -> tuple[Any, Any, Any]:
        """Its protocol, first and last port, as written."""
        get = self.node.get
        return get(self.protocol_name), get("from_port"), get("to_port")

    @property
    def protocol(self) -> str:
        """`tcp`, `udp`, `icmp`, `icmpv6`, `all`, or another protocol's number as text."""
        return protocol_name(self.node.get(self.protocol_name))

    def admits(self, port: int, transport: str = "tcp") -> bool:
        """Whether its protocol and ports cover one port. Three-valued."""
        return covers_port(port, transport, *self._terms())

    @property
    def all_ports(self) -> bool:
        """Whether it covers every port of every protocol, of tcp or of udp. Three-valued."""
        return covers_every_port(*self._terms())

    @property
    def is_one_port(self) -> bool:
        """Whether its range is a single port."""
        _, first, last = self._terms()
        return first is not None and bool(first == last) and self.protocol != "all"

    def sources(self) -> Iterator[Source]:
        """Its CIDR ranges, those of prefix lists last. Ends in `Undetermined` if open."""
        for name in (self.ipv4, self.ipv6):
            yield from ((name, at, cidr) for at, cidr in self._elements(name))
        for at, id in self._elements(self.prefix_lists):
            yield from ((self.prefix_lists, at, cidr) for cidr in self._ranges_of(id))

    def _elements(self, name: str) -> Iterator[tuple[int | None, Any]]:
        """What an argument holds, one or several, with positions."""
        value = self.node.get(name)
        if choices(value) is not None:
            yield from ((None, element) for element in elements(value))
        elif isinstance(value, str) or (isinstance(value, Unknown) and value.items is None):
            yield None, value
        elif value is not None:
            yield from enumerate(value)

    def _ranges_of(self, prefix_list: Any) -> Iterator[Any]:
        """The ranges in a prefix list; an unknown one where it was not read."""
        if self._is_of_aws(prefix_list):
            return
        try:
            found = self.node.follow_value(self.prefix_lists, prefix_list)
        except Undetermined as doubt:
            yield Unknown(because=doubt.reason)
            return
        owner = found.data.get("owner_id")
        if isinstance(owner, str) and owner == AWS_OWNED:
            return
        for entry in found.get("entry"):
            yield entry.get("cidr")

    def _is_of_aws(self, prefix_list: Any) -> bool:
        """Whether code looks it up among those of AWS's services, by its name.

        SOURCE: VPC User Guide, "AWS-managed prefix lists": their names begin with `com.amazonaws.`.
        """
        model = self.node.root.model
        found = model.data_source(prefix_list) if model is not None else None
        if found is None:
            return False
        if found.type == "aws_prefix_list":
            return True
        names = [found.data.get("name")] if found.is_set("name") else _filtered(found)
        return bool(names) and every(names, lambda name: starts_with(name, "com.amazonaws."))

    def finding(self, message: str, argument: str, position: int | None, key: str) -> Finding:
        """A finding at the very range that is wrong."""
        path = (*self.node.path, argument, *(() if position is None else (position,)))
        return Finding(message, self.node.root, path, key)

    def ports_text(self) -> str:
        """Its protocol and ports, for people: `tcp 22`, `tcp 8000-9000`, `every port`.

        Never raises: what is not known is written as it is, as a certain finding may need it.
        """
        written, low, high = self._terms()
        protocol = str(written) if isinstance(written, Unknown) else protocol_name(written)
        if protocol == "all":
            return "every port of every protocol"
        if low is None and high is None:
            return f"{protocol} on every port"
        known = not isinstance(low, Unknown) and not isinstance(high, Unknown)
        return f"{protocol} {low}" if known and low == high else f"{protocol} {low}-{high}"


def _filtered(data_source: Resource) -> list[Any]:
    """The names that a data source asks for with its `filter` blocks."""
    filters = data_source.data.get("filter")
    blocks = filters if isinstance(filters, list) else []
    named = [b for b in blocks if isinstance(b, dict) and b.get("name") == "prefix-list-name"]
    return [name for block in named for name in block.get("values") or ()]


def permissions(resource: Resource, direction: str) -> Iterator[Permission]:
    """The permissions of a group or rule resource in one direction (`ingress` or `egress`)."""
    if isinstance(resource, SecurityGroup | DefaultSecurityGroup):
        for block in resource.get(direction):
            yield Permission(
                block,
                "cidr_blocks",
                "ipv6_cidr_blocks",
                "security_groups",
                "prefix_list_ids",
                "protocol",
            )
    elif isinstance(resource, SecurityGroupRule):
        if resource.type_ == direction:
            yield Permission(
                resource,
                "cidr_blocks",
                "ipv6_cidr_blocks",
                "source_security_group_id",
                "prefix_list_ids",
                "protocol",
            )
    elif isinstance(resource, IngressRule if direction == "ingress" else EgressRule):
        yield Permission(
            resource,
            "cidr_ipv4",
            "cidr_ipv6",
            "referenced_security_group_id",
            "prefix_list_id",
            "ip_protocol",
        )


# -- live ----------------------------------------------------------------------------------------


@reader(yields=(SecurityGroup, DefaultSecurityGroup), calls=("ec2.describe_security_groups",))
def security_groups(aws: Aws) -> Iterator[Resource]:
    """Groups with all their rules inline: one call gives what the rule listing would."""
    for item in aws.list("ec2.describe_security_groups", "SecurityGroups"):
        cls = DefaultSecurityGroup if item["GroupName"] == "default" else SecurityGroup
        yield aws.resource(
            cls,
            item["GroupId"],
            {
                "arn": item.get("SecurityGroupArn")
                or f"arn:{aws.partition}:ec2:{aws.region}:{item.get('OwnerId', aws.account_id)}"
                f":security-group/{item['GroupId']}",
                "name": item["GroupName"],
                "description": item.get("Description"),
                "vpc_id": item.get("VpcId"),
                "ingress": _blocks(item.get("IpPermissions", []), item),
                "egress": _blocks(item.get("IpPermissionsEgress", []), item),
                "tags": tag_map(item.get("Tags")),
            },
        )


_KINDS = (
    ("IpRanges", "CidrIp", "cidr_blocks"),
    ("Ipv6Ranges", "CidrIpv6", "ipv6_cidr_blocks"),
    ("PrefixListIds", "PrefixListId", "prefix_list_ids"),
    ("UserIdGroupPairs", "GroupId", "security_groups"),
)
"""In a permission → the name of the source in it → in a block."""


def _blocks(permissions: Iterable[Mapping[str, Any]], group: Mapping[str, Any]) -> list[Any]:
    """Permissions as blocks: one for each description, which AWS keeps with every source."""
    blocks: dict[tuple[Any, ...], dict[str, Any]] = {}
    for permission in permissions:
        ports = permission.get("FromPort", 0), permission.get("ToPort", 0)
        for listed, name, argument in _KINDS:
            for source in permission.get(listed, []):
                description = source.get("Description") or None
                key = (permission["IpProtocol"], *ports, description)
                block = blocks.setdefault(key, _empty(*key))
                if name == "GroupId" and source.get(name) == group["GroupId"]:
                    block["self"] = True
                elif name in source:
                    block[argument].append(_source(source, name, group))
    return list(blocks.values())


def _empty(protocol: str, first: int, last: int, description: str | None) -> dict[str, Any]:
    return {
        "protocol": protocol,
        "from_port": first,
        "to_port": last,
        **{argument: [] for _, _, argument in _KINDS},
        "self": False,
        "description": description,
    }


def _source(source: Mapping[str, Any], name: str, group: Mapping[str, Any]) -> str:
    """A range or id; a group of another account has that before it, as in Terraform."""
    owner, mine = source.get("UserId"), group.get("OwnerId")
    if name == "GroupId" and owner and mine and owner != mine:
        return f"{owner}/{source[name]}"
    return str(source[name])
