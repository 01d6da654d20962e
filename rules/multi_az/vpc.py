"""Networks over several Availability Zones."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.vpc import DefaultSubnet, Subnet, Vpc, VpcEndpoint
from auditor.services.zones import are_in_one_zone


@rule(
    "HA-VPC-SUBNETS-MULTI-AZ",
    severity="medium",
    on=Vpc,
    family="high-availability",
    production=True,
    reads=(Subnet,),
    aliases={
        "prowler": "vpc_subnet_different_az",
    },
)
def one_zone(vpc: Vpc) -> Finding | NotApplicable | None:
    """A VPC spreads its subnets over two or more Availability Zones.

    Why: when the zone fails, everything in the VPC fails with it.
    Fix: give the subnets different `availability_zone`s.
    Source: EC2 API, Subnet.AvailabilityZone.
    """
    subnets = vpc.related(Subnet)
    if isinstance(subnets, list) and not subnets:
        return not_applicable("it has no subnets here")
    if are_in_one_zone(subnets):
        return vpc.finding("has its subnets in one Availability Zone")
    return None


@rule(
    "HA-VPC-ENDPOINT-MULTI-AZ",
    severity="medium",
    on=VpcEndpoint,
    family="high-availability",
    production=True,
    reads=(Subnet, DefaultSubnet),
    aliases={
        "prowler": "vpc_endpoint_multi_az_enabled",
    },
)
def endpoint_in_one_zone(endpoint: VpcEndpoint) -> Finding | NotApplicable | None:
    """Interface endpoints have network interfaces in several Availability Zones.

    Why: when the zone fails, the service cannot be reached from any other.
    Fix: list subnets of at least two zones in `subnet_ids`.
    Source: EC2 API, VpcEndpoint.SubnetIds; one interface per subnet.
    """
    if endpoint.vpc_endpoint_type != "Interface":
        return not_applicable("only interface endpoints are in zones")
    if len(endpoint.subnet_ids) < 2:
        return endpoint.finding("is in one Availability Zone", at="subnet_ids")
    return None
