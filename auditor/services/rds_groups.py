"""Subnet groups and parameter groups of RDS in a live account.

Sources: RDS API reference, DescribeDBSubnetGroups, DescribeDBParameterGroups, DescribeDBParameters,
DescribeDBClusterParameterGroups, DescribeDBClusterParameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader
from auditor.resource import Resource
from auditor.services.rds import DbParameterGroup, DbSubnetGroup, RdsClusterParameterGroup


@reader(yields=(DbSubnetGroup,), calls=("rds.describe_db_subnet_groups",))
def db_subnet_groups(aws: Aws) -> Iterator[Resource]:
    """Subnet groups (their tags are not in the reply)."""
    for item in aws.list("rds.describe_db_subnet_groups", "DBSubnetGroups"):
        yield aws.resource(
            DbSubnetGroup,
            item["DBSubnetGroupName"],
            {
                "arn": item.get("DBSubnetGroupArn"),
                "name": item["DBSubnetGroupName"],
                "subnet_ids": [subnet["SubnetIdentifier"] for subnet in item.get("Subnets", [])],
            },
        )


@reader(
    yields=(DbParameterGroup,),
    calls=("rds.describe_db_parameter_groups", "rds.describe_db_parameters"),
)
def db_parameter_groups(aws: Aws) -> Iterator[Resource]:
    """Parameter groups with the parameters that a person set; AWS's own `default.*` have none."""

    def read(group: Mapping[str, Any]) -> Iterator[Resource]:
        name = group["DBParameterGroupName"]
        parameters: Any = []
        if not name.startswith("default."):
            parameters = _parameters(
                aws.ask_all(
                    "rds.describe_db_parameters",
                    "Parameters",
                    DBParameterGroupName=name,
                    Source="user",
                )
            )
        yield aws.resource(
            DbParameterGroup,
            name,
            {
                "arn": group.get("DBParameterGroupArn"),
                "name": name,
                "family": group.get("DBParameterGroupFamily"),
                "parameter": parameters,
            },
        )

    groups = aws.list("rds.describe_db_parameter_groups", "DBParameterGroups")
    yield from aws.parallel(read, groups)


@reader(
    yields=(RdsClusterParameterGroup,),
    calls=("rds.describe_db_cluster_parameter_groups", "rds.describe_db_cluster_parameters"),
)
def cluster_parameter_groups(aws: Aws) -> Iterator[Resource]:
    """As `db_parameter_groups`, of clusters."""

    def read(group: Mapping[str, Any]) -> Iterator[Resource]:
        name = group["DBClusterParameterGroupName"]
        parameters: Any = []
        if not name.startswith("default."):
            parameters = _parameters(
                aws.ask_all(
                    "rds.describe_db_cluster_parameters",
                    "Parameters",
                    DBClusterParameterGroupName=name,
                    Source="user",
                )
            )
        attributes = {
            "arn": group.get("DBClusterParameterGroupArn"),
            "name": name,
            "family": group.get("DBParameterGroupFamily"),
            "parameter": parameters,
        }
        yield aws.resource(RdsClusterParameterGroup, name, attributes)

    groups = aws.list("rds.describe_db_cluster_parameter_groups", "DBClusterParameterGroups")
    yield from aws.parallel(read, groups)


def _parameters(reply: Any) -> Any:
    if not isinstance(reply, list):
        return reply
    return [
        {
            "name": parameter["ParameterName"],
            "value": parameter.get("ParameterValue"),
            "apply_method": parameter.get("ApplyMethod"),
        }
        for parameter in reply
    ]
