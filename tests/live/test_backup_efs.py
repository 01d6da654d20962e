"""AWS Backup and EFS: rules say of an account what they say of the same Terraform.

The emulator has neither vault policies, notifications, selections nor recovery points, and no
restore tests; those are judged on replies in the shape of the AWS Backup API reference.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from auditor.rules.backups import backup as backups
from auditor.rules.backups import efs as efs_backups
from auditor.rules.backups import plans
from auditor.rules.encryption import backup as encryption
from auditor.rules.encryption import efs as efs_encryption
from auditor.rules.iam import backup as vault_access
from auditor.rules.iam import efs as efs_access
from auditor.rules.logging import backup as logs
from auditor.rules.multi_az import efs as zones
from auditor.rules.network import efs as network
from fake_aws import model_from, refused

from auditor.engine import evaluate
from auditor.model import Model
from auditor.services import backup, backup_points, efs, rds
from auditor.testing import check_twins
from auditor.values import Unknown

VAULT = {
    "BackupVaultName": "v",
    "BackupVaultArn": "arn:aws:backup:eu-west-1:123456789012:backup-vault:v",
    "EncryptionKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/k",
    "Locked": True,
    "MinRetentionDays": 7,
    "LockDate": datetime(2025, 1, 1, tzinfo=UTC),
}
DENY = json.dumps(
    {
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": [
                    "backup:DeleteRecoveryPoint",
                    "backup:UpdateRecoveryPointLifecycle",
                    "backup:PutBackupVaultAccessPolicy",
                ],
                "Resource": "*",
            }
        ]
    }
)
VAULTS = {
    "backup.list_backup_vaults": {"BackupVaultList": [VAULT]},
    "backup.list_tags": {"Tags": {"team": "a"}},
    "backup.get_backup_vault_access_policy": {"BackupVaultName": "v", "Policy": DENY},
    "backup.get_backup_vault_notifications": {
        "SNSTopicArn": "arn:aws:sns:eu-west-1:123456789012:t",
        "BackupVaultEvents": ["BACKUP_JOB_FAILED", "COPY_JOB_FAILED"],
    },
}
PLAN_ARN = "arn:aws:backup:eu-west-1:123456789012:backup-plan:p1"
RULE = {
    "RuleName": "daily",
    "TargetBackupVaultName": "v",
    "ScheduleExpression": "cron(0 18 * * ? *)",
    "Lifecycle": {"DeleteAfterDays": 35},
    "CopyActions": [
        {"DestinationBackupVaultArn": "arn:aws:backup:eu-central-1:999999999999:backup-vault:c"}
    ],
}
PLANS = {
    "backup.list_backup_plans": {
        "BackupPlansList": [
            {"BackupPlanId": "p1", "BackupPlanArn": PLAN_ARN, "BackupPlanName": "p"}
        ]
    },
    "backup.get_backup_plan": {"BackupPlan": {"BackupPlanName": "p", "Rules": [RULE]}},
    "backup.list_tags": {"Tags": {}},
    "backup.list_backup_selections": {
        "BackupSelectionsList": [{"SelectionId": "s1", "SelectionName": "all"}]
    },
    "backup.get_backup_selection": {
        "BackupSelection": {
            "SelectionName": "all",
            "ListOfTags": [
                {
                    "ConditionType": "STRINGEQUALS",
                    "ConditionKey": "Backup",
                    "ConditionValue": "daily",
                }
            ],
        }
    },
    "backup.list_report_plans": {"ReportPlans": [{"ReportPlanName": "r"}]},
    "backup.list_restore_testing_plans": {
        "RestoreTestingPlans": [
            {"RestoreTestingPlanName": "t", "ScheduleExpression": "cron(0 1 1 * ? *)"}
        ]
    },
    "backup.list_restore_testing_selections": {
        "RestoreTestingSelections": [
            {"RestoreTestingSelectionName": "s", "ProtectedResourceType": "RDS"}
        ]
    },
}
DATABASE = {
    "DBInstanceIdentifier": "d",
    "DBInstanceArn": "arn:aws:rds:eu-west-1:123456789012:db:d",
    "Engine": "mysql",
    "TagList": [{"Key": "Backup", "Value": "daily"}],
}


def status(rule: Any, model: Model) -> list[str]:
    return [v.status for v in evaluate([rule], model)]


def vaults(**changes: Any) -> Model:
    replies = {f"backup.{name}": reply for name, reply in changes.items()}
    return model_from([backup.vaults], {**VAULTS, **replies})


def planned(**changes: Any) -> Model:
    replies = {f"backup.{name}": reply for name, reply in changes.items()}
    databases = {"rds.describe_db_instances": {"DBInstances": [DATABASE]}}
    return model_from(
        [backup.plans, backup.report_plans, backup.restore_testing, rds.db_instances],
        {**PLANS, **databases, **replies},
    )


def test_a_vault_with_all_that_hangs_on_it():
    model = vaults()
    assert dict(model.by_address["aws_backup_vault.v"].data) == {
        "id": "v",
        "arn": VAULT["BackupVaultArn"],
        "name": "v",
        "kms_key_arn": VAULT["EncryptionKeyArn"],
        "force_destroy": None,
        "tags": {"team": "a"},
    }
    lock = model.by_address["aws_backup_vault_lock_configuration.v"].data
    assert (lock["backup_vault_name"], lock["min_retention_days"]) == ("v", 7)
    assert isinstance(lock["changeable_for_days"], Unknown)
    assert model.by_address["aws_backup_vault_policy.v"].data["policy"] == DENY
    assert model.by_address["aws_backup_vault_notifications.v"].data["backup_vault_events"] == [
        "BACKUP_JOB_FAILED",
        "COPY_JOB_FAILED",
    ]


@pytest.mark.parametrize(
    ("rule", "call", "bad"),
    [
        (backups.points_can_be_deleted, "get_backup_vault_access_policy", None),
        (logs.failures_go_unnoticed, "get_backup_vault_notifications", None),
        (
            backups.vault_not_locked,
            "list_backup_vaults",
            {"BackupVaultList": [{**VAULT, "Locked": False}]},
        ),
    ],
)
def test_vaults(rule, call, bad):
    assert status(rule, vaults()) == ["pass"]
    assert status(rule, vaults(**{call: bad})) == ["fail"]
    assert status(rule, vaults(**{call: refused(f"backup.{call}")})) == ["undetermined"]


def test_vault_policies():
    text = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*"}]})
    call = "get_backup_vault_access_policy"
    assert status(vault_access.vault_for_anyone, vaults(**{call: {"Policy": text}})) == ["fail"]
    assert status(vault_access.vault_for_anyone, vaults()) == ["pass"]
    assert status(vault_access.vault_for_anyone, vaults(**{call: refused(call)})) == [
        "undetermined"
    ]


def test_air_gapped_vaults():
    item = {**VAULT, "VaultType": "LOGICALLY_AIR_GAPPED_BACKUP_VAULT", "MaxRetentionDays": 90}
    model = vaults(list_backup_vaults={"BackupVaultList": [item]})
    (made,) = model.by_type["aws_backup_logically_air_gapped_vault"]
    assert (made.data["min_retention_days"], made.data["max_retention_days"]) == (7, 90)
    assert "aws_backup_vault" not in model.by_type


def test_a_plan_and_its_selection():
    model = planned()
    assert model.by_address["aws_backup_plan.p1"].data["rule"][0]["lifecycle"] == [
        {"cold_storage_after": None, "delete_after": 35}
    ]
    selection = model.by_address["aws_backup_selection.p1|s1"].data
    assert selection["plan_id"] == "p1"
    assert selection["selection_tag"] == [
        {"type": "STRINGEQUALS", "key": "Backup", "value": "daily"}
    ]
    assert (selection["resources"], selection["condition"]) == ([], [])


NOTHING: dict[str, Any] = {
    "list_backup_selections": {"BackupSelectionsList": []},
    "list_report_plans": {"ReportPlans": []},
    "list_restore_testing_selections": {"RestoreTestingSelections": []},
    "list_restore_testing_plans": {"RestoreTestingPlans": []},
}


def with_rule(**changes: Any) -> dict[str, Any]:
    return {"BackupPlan": {"BackupPlanName": "p", "Rules": [{**RULE, **changes}]}}


@pytest.mark.parametrize(
    ("rule", "call", "bad"),
    [
        (backups.backups_not_reported, "list_report_plans", None),
        (backups.restores_never_tried, "list_restore_testing_plans", None),
        (backups.restores_never_tried, "list_restore_testing_selections", None),
        (
            backups.not_daily_or_not_kept,
            "get_backup_plan",
            with_rule(Lifecycle={"DeleteAfterDays": 34}),
        ),
        (backups.copies_stay_in_the_region, "get_backup_plan", with_rule(CopyActions=[])),
        (backups.copies_stay_in_the_account, "get_backup_plan", with_rule(CopyActions=[])),
        (plans.database_not_in_a_plan, "list_backup_selections", None),
        (
            plans.database_not_in_a_plan,
            "get_backup_selection",
            {"BackupSelection": {"Resources": ["arn:aws:rds:*:*:db:other"]}},
        ),
    ],
)
def test_plans(rule, call, bad):
    assert status(rule, planned()) == ["pass"]
    assert status(rule, planned(**{call: bad or NOTHING[call]})) == ["fail"]
    assert status(rule, planned(**{call: refused(f"backup.{call}")})) == ["undetermined"]


def test_an_account_without_plans_and_vaults():
    none = planned(list_backup_plans={"BackupPlansList": []})
    assert status(backups.nothing_is_planned, none) == ["fail"]
    assert status(backups.nothing_is_planned, planned()) == ["pass", "pass"]
    denied = planned(list_backup_plans=refused("backup.list_backup_plans"))
    assert set(status(backups.nothing_is_planned, denied)) == {"undetermined"}
    assert status(backups.no_vault, vaults()) == ["pass"]
    empty = vaults(list_backup_vaults={"BackupVaultList": []})
    assert status(backups.no_vault, empty) == ["fail"]
    denied = vaults(list_backup_vaults=refused("backup.list_backup_vaults"))
    assert set(status(backups.no_vault, denied)) == {"undetermined"}


def points(**changes: Any) -> Model:
    point = {
        "RecoveryPointArn": "arn:aws:backup:eu-west-1:123456789012:recovery-point:1",
        "BackupVaultName": "v",
        "Status": "COMPLETED",
        "IsEncrypted": True,
        "CreationDate": datetime(2025, 1, 1, tzinfo=UTC),
        "CalculatedLifecycle": {"DeleteAt": datetime(2025, 2, 5, tzinfo=UTC)},
        **changes,
    }
    call = "backup.list_recovery_points_by_backup_vault"
    replies = {**VAULTS, call: {"RecoveryPoints": [point]}}
    return model_from([backup_points.recovery_points], replies)


def test_recovery_points():
    assert status(encryption.point_in_the_clear, points()) == ["pass"]
    assert status(encryption.point_in_the_clear, points(IsEncrypted=False)) == ["fail"]
    assert status(backups.point_not_kept, points()) == ["pass"]
    assert status(backups.point_not_kept, points(CalculatedLifecycle={})) == ["pass"]
    soon = {"DeleteAt": datetime(2025, 2, 4, tzinfo=UTC)}
    assert status(backups.point_not_kept, points(CalculatedLifecycle=soon)) == ["fail"]
    assert status(backups.point_not_kept, points(Status="EXPIRED")) == []
    call = "backup.list_recovery_points_by_backup_vault"
    denied = model_from([backup_points.recovery_points], {**VAULTS, call: refused(call)})
    assert status(backups.point_not_kept, denied) == ["undetermined"]
    assert status(encryption.point_in_the_clear, denied) == ["undetermined"]


@pytest.mark.emulator
def test_vault_keys(moto_server: Any, make_client: Callable[..., Any]) -> None:
    client, kms = make_client("backup"), make_client("kms")

    def vault(own: bool) -> Callable[[], object]:
        def make() -> None:
            key = kms.create_key()["KeyMetadata"]["Arn"]
            alias = {"EncryptionKeyArn": key if own else "alias/aws/backup"}
            client.create_backup_vault(BackupVaultName="v", **alias)

        return make

    check_twins(
        encryption.vault_with_the_key_of_aws,
        moto_server.url,
        bad=vault(own=False),
        good=vault(own=True),
        reset=moto_server.reset,
    )


PUBLIC = {
    "Effect": "Allow",
    "Principal": {"AWS": "*"},
    "Action": "elasticfilesystem:ClientMount",
    "Resource": "*",
}
TLS = {
    **PUBLIC,
    "Effect": "Deny",
    "Action": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


@pytest.fixture
def twins(moto_server: Any, make_client: Callable[..., Any]) -> Callable[..., None]:
    """`twins(rule, bad, good)`: each makes its state with `(client, subnets)`."""
    ec2, client = make_client("ec2"), make_client("efs")

    def made(prepare: Callable[..., object]) -> Callable[[], None]:
        def make() -> None:
            subnets = ec2.describe_subnets()["Subnets"]
            prepare(client, sorted(subnets, key=lambda s: s["AvailabilityZone"]))

        return make

    def check(rule: Any, bad: Callable[..., object], good: Callable[..., object]) -> None:
        check_twins(rule, moto_server.url, bad=made(bad), good=made(good), reset=moto_server.reset)

    return check


def files(*, policy: Any = None, targets: int = 0, **arguments: Any) -> Any:
    def make(client: Any, subnets: list[Any]) -> None:
        made = client.create_file_system(CreationToken="f", **arguments)
        id = made["FileSystemId"]
        if policy:
            text = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
            client.put_file_system_policy(FileSystemId=id, Policy=text)
        for subnet in subnets[:targets]:
            client.create_mount_target(FileSystemId=id, SubnetId=subnet["SubnetId"])

    return make


def access_point(**arguments: Any) -> Any:
    def make(client: Any, _subnets: list[Any]) -> None:
        id = client.create_file_system(CreationToken="f")["FileSystemId"]
        client.create_access_point(ClientToken="a", FileSystemId=id, **arguments)

    return make


@pytest.mark.emulator
@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (efs_encryption.files_in_the_clear, files(Encrypted=False), files(Encrypted=True)),
        (efs_encryption.mounts_without_tls, files(policy=PUBLIC), files(policy=TLS)),
        (efs_encryption.mounts_without_tls, files(), files(policy=TLS)),
        (efs_access.any_client_may_mount, files(policy=PUBLIC), files(policy=TLS)),
        (efs_access.any_client_may_mount, files(), files(policy=TLS)),
        (efs_backups.no_automatic_backups, files(), files(Backup=True)),
        (zones.files_in_one_zone, files(targets=1), files(targets=2)),
        (
            efs_access.access_point_to_everything,
            access_point(RootDirectory={"Path": "/"}),
            access_point(RootDirectory={"Path": "/app"}),
        ),
        (
            efs_access.access_point_without_user,
            access_point(),
            access_point(PosixUser={"Uid": 1, "Gid": 1}),
        ),
    ],
)
def test_efs_twins(twins: Any, rule: Any, bad: Any, good: Any) -> None:
    twins(rule, bad, good)


@pytest.mark.emulator
def test_mount_targets(twins: Any, make_client: Callable[..., Any]) -> None:
    ec2 = make_client("ec2")

    def public(on: bool) -> Any:
        def make(client: Any, subnets: list[Any]) -> None:
            ec2.modify_subnet_attribute(
                SubnetId=subnets[0]["SubnetId"], MapPublicIpOnLaunch={"Value": on}
            )
            files(targets=1)(client, subnets)

        return make

    twins(network.mount_target_in_a_public_subnet, public(True), public(False))


SYSTEM = {
    "FileSystemId": "fs-1",
    "FileSystemArn": "arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/fs-1",
    "CreationToken": "f",
    "Encrypted": True,
    "KmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/k",
    "PerformanceMode": "generalPurpose",
    "ThroughputMode": "elastic",
    "Tags": [{"Key": "team", "Value": "a"}],
}


def test_a_file_system_that_is_read_in_part():
    replies = {
        "efs.describe_file_systems": {"FileSystems": [SYSTEM]},
        "efs.describe_lifecycle_configuration": {
            "LifecyclePolicies": [{"TransitionToIA": "AFTER_30_DAYS"}]
        },
        "efs.describe_backup_policy": refused("efs.describe_backup_policy"),
        "efs.describe_file_system_policy": refused("efs.describe_file_system_policy"),
    }
    model = model_from([efs.file_systems], replies)
    assert dict(model.by_address["aws_efs_file_system.fs-1"].data) == {
        "id": "fs-1",
        "arn": SYSTEM["FileSystemArn"],
        "availability_zone_name": None,
        "creation_token": "f",
        "encrypted": True,
        "kms_key_id": SYSTEM["KmsKeyId"],
        "lifecycle_policy": [
            {
                "transition_to_archive": None,
                "transition_to_ia": "AFTER_30_DAYS",
                "transition_to_primary_storage_class": None,
            }
        ],
        "performance_mode": "generalPurpose",
        "tags": {"team": "a"},
        "throughput_mode": "elastic",
    }
    for rule in (
        efs_backups.no_automatic_backups,
        efs_encryption.mounts_without_tls,
        efs_access.any_client_may_mount,
    ):
        assert status(rule, model) == ["undetermined"]
