"""A call that is denied never makes databases, edge, names and backups look sound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from faults import denied
from sweep import readers_in, sweep

from auditor.services import (
    acm,
    backup,
    backup_points,
    cloudfront_readers,
    cognito_readers,
    efs,
    rds,
    rds_engines,
    rds_events,
    rds_groups,
    rds_proxies,
    rds_snapshots,
    route53,
)

pytestmark = pytest.mark.emulator
PASSWORD = "not-a-secret-1"


def databases(client: Any) -> None:
    common = {"MasterUsername": "owner", "MasterUserPassword": PASSWORD}
    client.create_db_parameter_group(
        DBParameterGroupName="g", DBParameterGroupFamily="postgres15", Description="d"
    )
    client.create_db_instance(
        DBInstanceIdentifier="d",
        Engine="postgres",
        DBInstanceClass="db.t3.micro",
        AllocatedStorage=20,
        **common,
    )
    client.create_db_snapshot(DBInstanceIdentifier="d", DBSnapshotIdentifier="s")
    client.create_db_cluster(DBClusterIdentifier="c", Engine="aurora-postgresql", **common)
    client.create_db_cluster_snapshot(DBClusterIdentifier="c", DBClusterSnapshotIdentifier="s")


def vaults_and_plans(client: Any) -> None:
    client.create_backup_vault(BackupVaultName="v")
    rule = {"RuleName": "r", "TargetBackupVaultName": "v"}
    client.create_backup_plan(BackupPlan={"BackupPlanName": "p", "Rules": [rule]})


def files(client: Any) -> None:
    id = client.create_file_system(CreationToken="f", Backup=True)["FileSystemId"]
    client.create_access_point(ClientToken="a", FileSystemId=id)


def users(client: Any) -> None:
    id = client.create_user_pool(PoolName="p")["UserPool"]["Id"]
    client.create_user_pool_client(UserPoolId=id, ClientName="c")


def distribution(client: Any) -> None:
    origin = {
        "Id": "o",
        "DomainName": "o.example.com",
        "CustomOriginConfig": {
            "HTTPPort": 80,
            "HTTPSPort": 443,
            "OriginProtocolPolicy": "https-only",
            "OriginSslProtocols": {"Quantity": 1, "Items": ["TLSv1.2"]},
        },
    }
    client.create_distribution(
        DistributionConfig={
            "CallerReference": "r",
            "Comment": "c",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {
                "TargetOriginId": "o",
                "ViewerProtocolPolicy": "https-only",
                "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
                "MinTTL": 0,
            },
        }
    )


def names(client: Any) -> None:
    client.create_hosted_zone(Name="example.com", CallerReference="r")


def certificate(client: Any) -> None:
    client.request_certificate(DomainName="app.example.com", ValidationMethod="DNS")


RDS = (rds, rds_engines, rds_events, rds_groups, rds_proxies, rds_snapshots)


@pytest.mark.parametrize(
    ("service", "populate", "modules"),
    [
        ("rds", databases, RDS),
        ("backup", vaults_and_plans, (backup, backup_points)),
        ("efs", files, (efs,)),
        ("cognito-idp", users, (cognito_readers,)),
        ("cloudfront", distribution, (cloudfront_readers,)),
        ("route53", names, (route53,)),
        ("acm", certificate, (acm,)),
    ],
)
def test_every_call_that_goes_wrong(
    aws_endpoint: str,
    aws_client: Callable[..., Any],
    service: str,
    populate: Callable[[Any], None],
    modules: tuple[Any, ...],
) -> None:
    populate(aws_client(service))
    sweep(aws_endpoint, readers_in(*modules), denied)
