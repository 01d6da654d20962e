"""RDS rules say of an account what they say of the same Terraform.

The emulator drops Performance Insights, parameters, engine support and certificates, does not know
engine versions nor backups in other regions: those are judged on replies in the shape of the RDS
API reference.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from auditor.rules.backups import rds as backups
from auditor.rules.encryption import rds as encryption
from auditor.rules.encryption import rds_copies as copies
from auditor.rules.iam import rds as iam
from auditor.rules.logging import rds as logs
from auditor.rules.multi_az import rds as availability
from auditor.rules.network import rds as network
from auditor.rules.operations import rds as operations
from auditor.rules.secrets import rds as secrets
from fake_aws import model_from, refused

from auditor.engine import evaluate
from auditor.model import Model
from auditor.services import backup, rds, rds_engines, rds_events, rds_groups, rds_snapshots
from auditor.testing import check_twins

PASSWORD = "not-a-secret-1"


@pytest.fixture
def twins(moto_server: Any, make_client: Callable[..., Any]) -> Callable[..., None]:
    """`twins(rule, bad, good)`: each makes its state with an RDS client."""
    client = make_client("rds")

    def check(rule: Any, bad: Callable[[Any], object], good: Callable[[Any], object]) -> None:
        check_twins(
            rule,
            moto_server.url,
            bad=lambda: bad(client),
            good=lambda: good(client),
            reset=moto_server.reset,
        )

    return check


def instance(**arguments: Any) -> Callable[[Any], None]:
    made = {
        "DBInstanceIdentifier": "d",
        "Engine": "postgres",
        "EngineVersion": "15.4",
        "DBInstanceClass": "db.r6g.large",
        "AllocatedStorage": 20,
        "MasterUsername": "owner",
        "MasterUserPassword": PASSWORD,
        **arguments,
    }
    if made.get("ManageMasterUserPassword"):
        del made["MasterUserPassword"]

    def make(client: Any) -> None:
        client.create_db_instance(**made)

    return make


def cluster(*zones: str, **arguments: Any) -> Callable[[Any], None]:
    """A cluster with a member in each of the zones."""
    made = {
        "DBClusterIdentifier": "c",
        "Engine": "aurora-postgresql",
        "MasterUsername": "owner",
        "MasterUserPassword": PASSWORD,
        **arguments,
    }
    if made.get("ManageMasterUserPassword"):
        del made["MasterUserPassword"]

    def make(client: Any) -> None:
        client.create_db_cluster(**made)
        for position, zone in enumerate(zones):
            client.create_db_instance(
                DBInstanceIdentifier=f"m{position}",
                DBClusterIdentifier="c",
                Engine="aurora-postgresql",
                DBInstanceClass="db.r6g.large",
                AvailabilityZone=zone,
            )

    return make


def snapshot(*shared: str, **arguments: Any) -> Callable[[Any], None]:
    def make(client: Any) -> None:
        instance(**arguments)(client)
        client.create_db_snapshot(DBInstanceIdentifier="d", DBSnapshotIdentifier="s")
        if shared:
            client.modify_db_snapshot_attribute(
                DBSnapshotIdentifier="s", AttributeName="restore", ValuesToAdd=list(shared)
            )

    return make


def cluster_snapshot(*shared: str, **arguments: Any) -> Callable[[Any], None]:
    def make(client: Any) -> None:
        cluster(**arguments)(client)
        client.create_db_cluster_snapshot(DBClusterIdentifier="c", DBClusterSnapshotIdentifier="s")
        if shared:
            client.modify_db_cluster_snapshot_attribute(
                DBClusterSnapshotIdentifier="s", AttributeName="restore", ValuesToAdd=list(shared)
            )

    return make


def subscribed(
    make: Callable[[Any], None], kind: str = "db-instance", *categories: str
) -> Callable[[Any], None]:
    def also(client: Any) -> None:
        make(client)
        client.create_event_subscription(
            SubscriptionName="s",
            SnsTopicArn="arn:aws:sns:eu-west-1:123456789012:t",
            SourceType=kind,
            EventCategories=list(categories),
            Enabled=True,
        )

    return also


@pytest.mark.emulator
@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (
            encryption.instance_storage_in_the_clear,
            instance(StorageEncrypted=False),
            instance(StorageEncrypted=True),
        ),
        (
            encryption.cluster_storage_in_the_clear,
            cluster(StorageEncrypted=False),
            cluster(StorageEncrypted=True),
        ),
        (
            encryption.postgres_without_tls,
            instance(EngineVersion="14.9"),
            instance(EngineVersion="15.4"),
        ),
        (
            copies.snapshot_in_the_clear,
            snapshot(StorageEncrypted=False),
            snapshot(StorageEncrypted=True),
        ),
        (
            copies.snapshot_in_the_clear,
            cluster_snapshot(StorageEncrypted=False),
            cluster_snapshot(StorageEncrypted=True),
        ),
        (
            copies.old_certificate_authority,
            instance(CACertificateIdentifier="rds-ca-2019"),
            instance(CACertificateIdentifier="rds-ca-rsa2048-g1"),
        ),
        (
            network.reachable_from_the_internet,
            instance(PubliclyAccessible=True),
            instance(PubliclyAccessible=False),
        ),
        (network.snapshot_for_everybody, snapshot("all"), snapshot("111122223333")),
        (network.snapshot_for_everybody, cluster_snapshot("all"), cluster_snapshot()),
        (network.on_the_default_port, instance(Port=5432), instance(Port=5999)),
        (
            iam.instance_without_iam_sign_in,
            instance(),
            instance(EnableIAMDatabaseAuthentication=True),
        ),
        (
            iam.cluster_without_iam_sign_in,
            cluster(),
            cluster(EnableIAMDatabaseAuthentication=True),
        ),
        (
            iam.instance_administrator_by_default_name,
            instance(MasterUsername="admin"),
            instance(),
        ),
        (iam.cluster_administrator_by_default_name, cluster(MasterUsername="admin"), cluster()),
        (
            secrets.password_not_managed,
            instance(),
            instance(ManageMasterUserPassword=True),
        ),
        (secrets.password_not_managed, cluster(), cluster(ManageMasterUserPassword=True)),
        (availability.instance_in_one_zone, instance(), instance(MultiAZ=True)),
        (
            availability.cluster_in_one_zone,
            cluster("eu-west-1a", "eu-west-1a"),
            cluster("eu-west-1a", "eu-west-1b"),
        ),
        (availability.instance_can_be_deleted, instance(), instance(DeletionProtection=True)),
        (availability.cluster_can_be_deleted, cluster(), cluster(DeletionProtection=True)),
        (availability.storage_cannot_grow, instance(), instance(MaxAllocatedStorage=100)),
        (
            backups.instance_backups_not_kept,
            instance(BackupRetentionPeriod=1),
            instance(BackupRetentionPeriod=7),
        ),
        (
            backups.cluster_backups_not_kept,
            cluster(BackupRetentionPeriod=1),
            cluster(BackupRetentionPeriod=7),
        ),
        (
            operations.instance_snapshots_without_tags,
            instance(),
            instance(CopyTagsToSnapshot=True),
        ),
        (
            operations.cluster_snapshots_without_tags,
            cluster(),
            cluster(CopyTagsToSnapshot=True),
        ),
        (
            operations.no_minor_upgrades,
            instance(AutoMinorVersionUpgrade=False),
            instance(AutoMinorVersionUpgrade=True),
        ),
        (
            operations.files_can_be_read,
            instance(EngineVersion="13.2"),
            instance(EngineVersion="13.3"),
        ),
        (
            logs.host_not_monitored,
            instance(),
            instance(MonitoringInterval=60, MonitoringRoleArn="arn:aws:iam::123456789012:role/m"),
        ),
        (
            logs.logs_not_exported,
            instance(EnableCloudwatchLogsExports=["postgresql"]),
            instance(EnableCloudwatchLogsExports=["postgresql", "upgrade"]),
        ),
        (
            logs.postgres_log_not_exported,
            instance(),
            instance(EnableCloudwatchLogsExports=["postgresql"]),
        ),
        (
            logs.instance_events_untold,
            subscribed(instance(), "db-instance", "failure"),
            subscribed(instance(), "db-instance", "configuration change", "failure", "maintenance"),
        ),
        (
            logs.cluster_events_untold,
            subscribed(cluster(), "db-instance", "failure", "maintenance"),
            subscribed(cluster(), "db-cluster", "failure", "maintenance"),
        ),
        (
            logs.security_group_events_untold,
            subscribed(instance(), "db-security-group", "failure"),
            subscribed(instance(), "db-security-group", "failure", "configuration change"),
        ),
    ],
)
def test_twins(twins: Any, rule: Any, bad: Any, good: Any) -> None:
    twins(rule, bad, good)


@pytest.mark.emulator
def test_proxies(twins: Any, make_client: Callable[..., Any]) -> None:
    ec2 = make_client("ec2")

    def proxy(tls: bool) -> Callable[[Any], None]:
        def make(client: Any) -> None:
            client.create_db_proxy(
                DBProxyName="p",
                EngineFamily="POSTGRESQL",
                Auth=[{"IAMAuth": "REQUIRED"}],
                RoleArn="arn:aws:iam::123456789012:role/r",
                VpcSubnetIds=[s["SubnetId"] for s in ec2.describe_subnets()["Subnets"]],
                RequireTLS=tls,
            )

        return make

    twins(copies.proxy_without_tls, proxy(tls=False), proxy(tls=True))


@pytest.mark.emulator
def test_keys(twins: Any, make_client: Callable[..., Any]) -> None:
    kms = make_client("kms")

    def with_key(client: Any) -> None:
        key = kms.create_key()["KeyMetadata"]["Arn"]
        instance(StorageEncrypted=True, KmsKeyId=key)(client)

    twins(
        encryption.key_of_aws, instance(StorageEncrypted=True, KmsKeyId="alias/aws/rds"), with_key
    )


@pytest.mark.emulator
def test_parameter_group_events(twins: Any) -> None:
    def group(client: Any) -> None:
        client.create_db_parameter_group(
            DBParameterGroupName="g", DBParameterGroupFamily="postgres15", Description="d"
        )

    good = subscribed(group, "db-parameter-group", "configuration change")
    twins(logs.parameter_changes_untold, group, good)


ARN = "arn:aws:rds:eu-west-1:123456789012"
INSTANCE = {
    "DBInstanceIdentifier": "d",
    "DBInstanceArn": f"{ARN}:db:d",
    "Engine": "postgres",
    "EngineVersion": "14.9",
    "DBInstanceClass": "db.r6g.large",
    "DBSubnetGroup": {"DBSubnetGroupName": "mine"},
    "DBParameterGroups": [{"DBParameterGroupName": "g"}],
    "Endpoint": {"Port": 5432},
    "EngineLifecycleSupport": "open-source-rds-extended-support-disabled",
    "PerformanceInsightsEnabled": True,
    "PerformanceInsightsKMSKeyId": "arn:aws:kms:eu-west-1:123456789012:key/k",
    "TagList": [{"Key": "team", "Value": "a"}],
}
CLUSTER = {
    "DBClusterIdentifier": "c",
    "DBClusterArn": f"{ARN}:cluster:c",
    "Engine": "postgres",
    "EngineVersion": "16.4",
    "DBClusterInstanceClass": "db.r6gd.large",
    "AutoMinorVersionUpgrade": True,
}


def databases(*extra: Any, replies: Any = None, cluster: Any = None, **changes: Any) -> Model:
    every = {
        "rds.describe_db_instances": {"DBInstances": [{**INSTANCE, **changes}]},
        "rds.describe_db_clusters": {"DBClusters": [{**CLUSTER, **(cluster or {})}]},
        **(replies or {}),
    }
    return model_from([rds.db_instances, rds.db_clusters, *extra], every)


def status(rule: Any, model: Model) -> list[str]:
    verdicts = evaluate([rule], model)
    return [v.status for v in verdicts if v.status != "not_applicable"]


def test_an_instance_with_all_that_is_read():
    data = databases().by_address["aws_db_instance.d"].data
    wanted = {
        "id": "d",
        "arn": f"{ARN}:db:d",
        "db_subnet_group_name": "mine",
        "parameter_group_name": "g",
        "port": 5432,
        "performance_insights_enabled": True,
        "engine_lifecycle_support": "open-source-rds-extended-support-disabled",
        "tags": {"team": "a"},
        "manage_master_user_password": False,
        "automated_backups_replications": [],
    }
    assert {name: data[name] for name in wanted} == wanted
    for argument in ("skip_final_snapshot", "final_snapshot_identifier", "snapshot_identifier"):
        assert data[argument] is None


def test_members_of_clusters_and_databases_of_other_services():
    replies = {
        "rds.describe_db_instances": {
            "DBInstances": [
                {**INSTANCE, "DBInstanceIdentifier": "m", "DBClusterIdentifier": "c"},
                {**INSTANCE, "DBInstanceIdentifier": "n", "Engine": "neptune"},
                {**INSTANCE, "DBInstanceIdentifier": "o", "Engine": "docdb"},
            ]
        },
        "rds.describe_db_clusters": {"DBClusters": [{**CLUSTER, "Engine": "docdb"}]},
    }
    model = databases(replies=replies)
    assert [r.address for r in model.resources if r.type != "aws_account"] == [
        "aws_rds_cluster_instance.m"
    ]


@pytest.mark.parametrize(
    ("rule", "bad"),
    [
        (operations.pays_for_extended_support, {"EngineLifecycleSupport": None}),
        (logs.no_performance_insights, {"PerformanceInsightsEnabled": False}),
        (network.in_the_default_subnets, {"DBSubnetGroup": {"DBSubnetGroupName": "default"}}),
        (
            encryption.insights_with_the_key_of_aws,
            {"PerformanceInsightsKMSKeyId": "alias/aws/rds"},
        ),
    ],
)
def test_what_the_emulator_drops(rule, bad):
    good = {"PerformanceInsightsKMSKeyId": "alias/mine"}
    support = {"EngineLifecycleSupport": "open-source-rds-extended-support-disabled"}
    subnets = {"DBSubnetGroup": "mine"}
    assert (
        status(rule, databases(**{**good, **bad}, cluster={**support, **subnets})).count("fail")
        == 1
    )
    assert set(status(rule, databases(**good, cluster={**support, **subnets}))) == {"pass"}
    denied = {
        "rds.describe_db_instances": refused("rds.describe_db_instances"),
        "rds.describe_db_clusters": refused("rds.describe_db_clusters"),
    }
    assert set(status(rule, databases(replies=denied))) == {"undetermined"}


def test_minor_upgrades_of_clusters():
    rule = operations.cluster_without_minor_upgrades
    assert status(rule, databases()) == ["pass"]
    assert status(rule, databases(cluster={"AutoMinorVersionUpgrade": False})) == ["fail"]
    assert status(rule, databases(cluster={"DBClusterInstanceClass": None})) == []


def grouped(parameters: Any) -> Model:
    replies = {
        "rds.describe_db_parameter_groups": {
            "DBParameterGroups": [
                {"DBParameterGroupName": "g", "DBParameterGroupFamily": "postgres14"},
                {"DBParameterGroupName": "default.postgres14"},
            ]
        },
        "rds.describe_db_parameters": parameters,
        "rds.describe_db_clusters": {"DBClusters": []},
    }
    return databases(rds_groups.db_parameter_groups, replies=replies)


def parameters(**values: str) -> dict[str, Any]:
    return {
        "Parameters": [
            {"ParameterName": name.replace("__", "."), "ParameterValue": value}
            for name, value in values.items()
        ]
    }


def test_parameters():
    denied = grouped(refused("rds.describe_db_parameters"))
    rule = encryption.postgres_without_tls
    assert status(rule, grouped(parameters(rds__force_ssl="1"))) == ["pass"]
    assert status(rule, grouped(parameters(rds__force_ssl="0"))) == ["fail"]
    assert status(rule, grouped(parameters())) == ["fail"]
    assert status(rule, denied) == ["undetermined"]
    rule = logs.statements_not_recorded
    good = parameters(log_statement="ddl", log_min_duration_statement="1000")
    assert status(rule, grouped(good)) == ["pass"]
    assert status(rule, grouped(parameters(log_statement="ddl"))) == ["fail"]
    assert status(rule, denied) == ["undetermined"]


def test_parameters_of_clusters():
    replies = {
        "rds.describe_db_cluster_parameter_groups": {
            "DBClusterParameterGroups": [{"DBClusterParameterGroupName": "g"}]
        },
        "rds.describe_db_cluster_parameters": parameters(rds__force_ssl="0"),
        "rds.describe_db_instances": {"DBInstances": []},
    }
    aurora = {"Engine": "aurora-postgresql", "DBClusterParameterGroup": "g"}
    model = databases(rds_groups.cluster_parameter_groups, replies=replies, cluster=aurora)
    assert status(encryption.postgres_without_tls, model) == ["fail"]


def test_certificates():
    def ending(days: int) -> Model:
        ends = datetime.now(UTC) + timedelta(days=days, hours=1)
        details = {"CertificateDetails": {"ValidTill": ends}}
        return databases(rds_events.server_certificates, **details)

    assert status(copies.certificate_ends_soon, ending(89)) == ["fail"]
    assert status(copies.certificate_ends_soon, ending(90)) == ["pass"]
    call = "rds.describe_db_instances"
    denied = model_from([rds_events.server_certificates], {call: refused(call)})
    assert status(copies.certificate_ends_soon, denied) == ["undetermined"]


def test_versions_on_offer():
    call = "rds.describe_db_engine_versions"
    rule = operations.version_not_offered

    def offered(reply: Any) -> list[str]:
        return status(rule, databases(rds_engines.engine_versions, replies={call: reply}))

    assert offered({"DBEngineVersions": [{"Status": "available"}]}) == ["pass", "pass"]
    assert offered({"DBEngineVersions": [{"Status": "deprecated"}]}) == ["fail", "fail"]
    assert offered({"DBEngineVersions": []}) == ["fail", "fail"]
    assert offered(refused(call)) == ["undetermined", "undetermined"]


def replicated(backups_: Any, **changes: Any) -> Model:
    call = "rds.describe_db_instance_automated_backups"
    replies = {
        call: backups_,
        "rds.describe_db_clusters": {"DBClusters": []},
        "backup.list_backup_plans": {"BackupPlansList": []},
    }
    return databases(rds_snapshots.backup_replications, backup.plans, replies=replies, **changes)


def test_backups_in_another_region():
    rule = backups.backups_in_one_region
    none: dict[str, Any] = {"DBInstanceAutomatedBackups": []}
    copy = {
        "DBInstanceArn": "arn:aws:rds:us-east-1:123456789012:db:d",
        "DBInstanceAutomatedBackupsArn": f"{ARN}:auto-backup:ab-1",
        "KmsKeyId": "alias/aws/rds",
        "BackupRetentionPeriod": 14,
    }
    there = {"DBInstanceAutomatedBackupsReplications": [{"DBInstanceAutomatedBackupsArn": "x"}]}
    assert status(rule, replicated(none)) == ["fail"]
    assert status(rule, replicated(none, **there)) == ["pass"]
    call = "rds.describe_db_instance_automated_backups"
    assert status(rule, replicated(refused(call))) == ["undetermined"]
    own = {**copy, "DBInstanceArn": f"{ARN}:db:d"}
    model = replicated({"DBInstanceAutomatedBackups": [copy, own]})
    (made,) = model.by_type["aws_db_instance_automated_backups_replication"]
    assert (made.data["id"], made.data["retention_period"]) == (f"{ARN}:auto-backup:ab-1", 14)
    assert status(copies.replicated_backups_without_own_key, model) == ["fail"]


def test_copies_of_snapshots():
    snap = {"DBSnapshotIdentifier": "s", "Encrypted": True, "KmsKeyId": "alias/mine"}

    def read(**changes: Any) -> list[str]:
        replies = {
            "rds.describe_db_snapshots": {"DBSnapshots": [{**snap, **changes}]},
            "rds.describe_db_snapshot_attributes": refused("rds.describe_db_snapshot_attributes"),
        }
        model = model_from([rds_snapshots.db_snapshots], replies)
        assert status(network.snapshot_for_everybody, model) == ["undetermined"]
        return status(copies.copy_without_own_key, model)

    assert read() == []
    assert read(SourceDBSnapshotIdentifier="x") == ["pass"]
    assert read(SourceDBSnapshotIdentifier="x", KmsKeyId="alias/aws/rds") == ["fail"]
