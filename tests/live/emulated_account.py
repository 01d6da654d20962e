"""An emulated account that tests make networks and instances in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Account:
    """Makes things in the emulated account."""

    def __init__(self, make_client: Callable[..., Any]) -> None:
        self.ec2 = make_client("ec2", "eu-west-1")
        self.client = make_client

    def vpc(self) -> str:
        return str(self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])

    def only_vpc(self) -> str:
        """A VPC; AWS's default one and its parts are gone."""
        (default,) = self.ec2.describe_vpcs()["Vpcs"]
        self.clear(default["VpcId"])
        return self.vpc()

    def clear(self, vpc: str) -> None:
        of_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
        for subnet in self.ec2.describe_subnets(Filters=of_vpc)["Subnets"]:
            self.ec2.delete_subnet(SubnetId=subnet["SubnetId"])
        gateways = self.ec2.describe_internet_gateways(
            Filters=[{"Name": "attachment.vpc-id", "Values": [vpc]}]
        )
        for gateway in gateways["InternetGateways"]:
            id = gateway["InternetGatewayId"]
            self.ec2.detach_internet_gateway(InternetGatewayId=id, VpcId=vpc)
            self.ec2.delete_internet_gateway(InternetGatewayId=id)
        self.ec2.delete_vpc(VpcId=vpc)

    def subnet(self, vpc: str, zone: str = "a", block: int = 0) -> str:
        made = self.ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.0.{block}.0/24", AvailabilityZone=f"eu-west-1{zone}"
        )
        return str(made["Subnet"]["SubnetId"])

    def group(self, vpc: str | None = None) -> str:
        made = self.ec2.create_security_group(
            GroupName="g", Description="d", VpcId=vpc or self.vpc()
        )
        return str(made["GroupId"])

    def run(self, **more: Any) -> str:
        made = self.ec2.run_instances(
            ImageId="ami-12c6146b", MinCount=1, MaxCount=1, InstanceType="t3.micro", **more
        )
        return str(made["Instances"][0]["InstanceId"])
