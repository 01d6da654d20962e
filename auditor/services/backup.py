"""AWS Backup.

Sources: AWS Backup API reference (ListBackupVaults, GetBackupVaultAccessPolicy,
GetBackupVaultNotifications, ListBackupPlans, GetBackupPlan, ListBackupSelections,
GetBackupSelection, ListReportPlans, ListRestoreTestingPlans, ListRestoreTestingSelections,
ListTags), AWS provider 5.100.0 documentation of the `aws_backup_…` resources.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader
from auditor.resource import (
    Block,
    Blocks,
    Bool,
    Json,
    Link,
    Links,
    Node,
    Num,
    Resource,
    Str,
    StrMap,
    Strs,
)
from auditor.values import Unknown

VAULTS = ("aws_backup_vault", "aws_backup_logically_air_gapped_vault")


class BackupVault(Resource, tf="aws_backup_vault"):
    """A vault that holds recovery points."""

    identity = ("name",)
    force_destroy = Bool(default=False)
    kms_key_arn = Link("aws_kms_key", "aws_kms_alias", "aws_kms_replica_key", computed=True)
    name = Str()
    tags = StrMap()


class BackupAirGappedVault(Resource, tf="aws_backup_logically_air_gapped_vault"):
    """A vault of AWS's own account, which is always locked."""

    identity = ("name",)
    max_retention_days = Num()
    min_retention_days = Num()
    name = Str()
    tags = StrMap()


class BackupVaultPolicy(Resource, tf="aws_backup_vault_policy"):
    """Who may do what with a vault."""

    backup_vault_name = Link(*VAULTS, by=("name",))
    policy = Json()


class BackupVaultLock(Resource, tf="aws_backup_vault_lock_configuration"):
    """How long recovery points of a vault are kept against everybody's will.

    changeable_for_days: days until not even the root user can take the lock away (compliance
    mode); absent: administrators can (governance mode).
    """

    backup_vault_name = Link(*VAULTS, by=("name",))
    changeable_for_days = Num()
    max_retention_days = Num()
    min_retention_days = Num()


class BackupVaultNotifications(Resource, tf="aws_backup_vault_notifications"):
    """What a vault tells a topic."""

    backup_vault_events = Strs(unordered=True)
    backup_vault_name = Link(*VAULTS, by=("name",))
    sns_topic_arn = Link("aws_sns_topic")


class PointLifecycle(Node):
    """How long a recovery point is kept, in days; without an end it is kept for ever."""

    cold_storage_after = Num()
    delete_after = Num()


class CopyAction(Node):
    """Where else a rule puts its recovery points."""

    destination_vault_arn = Link(*VAULTS)
    lifecycle = Block(PointLifecycle)


class PlanRule(Node):
    """When a plan makes recovery points, where, and for how long."""

    completion_window = Num(default=180)
    copy_action = Blocks(CopyAction, unordered=True)
    enable_continuous_backup = Bool(default=False)
    lifecycle = Block(PointLifecycle)
    recovery_point_tags = StrMap()
    rule_name = Str()
    schedule = Str()
    schedule_expression_timezone = Str(default="Etc/UTC")
    start_window = Num(default=60)
    target_vault_name = Link(*VAULTS, by=("name",))


class BackupPlan(Resource, tf="aws_backup_plan"):
    """A plan: rules about what its selections assign to it."""

    identity = ("name",)
    name = Str()
    rule = Blocks(PlanRule, unordered=True)
    tags = StrMap()


class SelectionTag(Node):
    """A tag; a resource with any of them is assigned."""

    key = Str()
    type_ = Str()
    value = Str()


class TagCondition(Node):
    """A tag (`aws:ResourceTag/Name`) and what its value must or must not be."""

    key = Str()
    value = Str()


class SelectionConditions(Node):
    """Conditions that must all hold."""

    string_equals = Blocks(TagCondition, unordered=True)
    string_like = Blocks(TagCondition, unordered=True)
    string_not_equals = Blocks(TagCondition, unordered=True)
    string_not_like = Blocks(TagCondition, unordered=True)


SELECTABLE = (
    "aws_db_instance",
    "aws_rds_cluster",
    "aws_dynamodb_table",
    "aws_efs_file_system",
    "aws_ebs_volume",
    "aws_instance",
    "aws_s3_bucket",
)


class BackupSelection(Resource, tf="aws_backup_selection"):
    """Which resources a plan backs up."""

    condition = Blocks(SelectionConditions, unordered=True)
    iam_role_arn = Link("aws_iam_role")
    name = Str()
    not_resources = Links(*SELECTABLE)
    plan_id = Link("aws_backup_plan")
    resources = Links(*SELECTABLE)
    selection_tag = Blocks(SelectionTag, unordered=True)


class ReportSetting(Node):
    """What a report tells."""

    report_template = Str()


class BackupReportPlan(Resource, tf="aws_backup_report_plan"):
    """A report about backups, made on a schedule."""

    identity = ("name",)
    name = Str()
    report_setting = Block(ReportSetting)
    tags = StrMap()


class BackupRestoreTestingPlan(Resource, tf="aws_backup_restore_testing_plan"):
    """When recovery points are restored to see whether they can be."""

    identity = ("name",)
    name = Str()
    schedule_expression = Str()
    tags = StrMap()


class BackupRestoreTestingSelection(Resource, tf="aws_backup_restore_testing_selection"):
    """Which recovery points a restore testing plan restores."""

    identity = ("restore_testing_plan_name", "name")
    name = Str()
    protected_resource_type = Str()
    restore_testing_plan_name = Link("aws_backup_restore_testing_plan", by=("name",))


# -- live ----------------------------------------------------------------------------------------

_NOT_SET = ("ResourceNotFoundException",)


@reader(
    yields=(
        BackupVault,
        BackupAirGappedVault,
        BackupVaultPolicy,
        BackupVaultLock,
        BackupVaultNotifications,
    ),
    calls=(
        "backup.list_backup_vaults",
        "backup.get_backup_vault_access_policy",
        "backup.get_backup_vault_notifications",
        "backup.list_tags",
    ),
    details={"backup.list_tags": ("tags",)},
)
def vaults(aws: Aws) -> Iterator[Resource]:
    """Vaults with policy, lock and notifications."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        name = item["BackupVaultName"]
        yield _vault(aws, item)
        yield from _lock(aws, item)
        policy = aws.ask(
            "backup.get_backup_vault_access_policy", BackupVaultName=name, absent=_NOT_SET
        )
        yield from _satellite(aws, BackupVaultPolicy, name, policy, {"policy": "Policy"})
        told = aws.ask(
            "backup.get_backup_vault_notifications", BackupVaultName=name, absent=_NOT_SET
        )
        keys = {"backup_vault_events": "BackupVaultEvents", "sns_topic_arn": "SNSTopicArn"}
        yield from _satellite(aws, BackupVaultNotifications, name, told, keys)

    yield from aws.parallel(read, aws.list("backup.list_backup_vaults", "BackupVaultList"))


def _vault(aws: Aws, item: Mapping[str, Any]) -> Resource:
    name, arn = item["BackupVaultName"], item["BackupVaultArn"]
    tags = aws.ask("backup.list_tags", ResourceArn=arn)
    common = {"arn": arn, "name": name, "tags": lambda: tags["Tags"] or {}}
    if item.get("VaultType") == "LOGICALLY_AIR_GAPPED_BACKUP_VAULT":
        days = {
            "max_retention_days": item.get("MaxRetentionDays"),
            "min_retention_days": item.get("MinRetentionDays"),
        }
        return aws.resource(BackupAirGappedVault, name, {**common, **days})
    # `force_destroy` is only said by a configuration.
    key = {"kms_key_arn": item.get("EncryptionKeyArn"), "force_destroy": None}
    return aws.resource(BackupVault, name, {**common, **key})


def _lock(aws: Aws, item: Mapping[str, Any]) -> Iterator[Resource]:
    air_gapped = item.get("VaultType") == "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"
    if not item.get("Locked") or air_gapped:
        return
    name = item["BackupVaultName"]
    attributes = {
        "backup_vault_name": name,
        # AWS says when the lock closes, not after how many days it was to.
        "changeable_for_days": Unknown(because="AWS says only the date")
        if item.get("LockDate")
        else None,
        "max_retention_days": item.get("MaxRetentionDays"),
        "min_retention_days": item.get("MinRetentionDays"),
    }
    yield aws.resource(BackupVaultLock, name, attributes)


def _satellite(
    aws: Aws, cls: type[Resource], vault: str, reply: Any, keys: Mapping[str, str]
) -> Iterator[Resource]:
    named = {"backup_vault_name": vault}
    if isinstance(reply, Unknown):
        yield aws.resource(cls, vault, reply, named=named)
    elif reply is not None and all(reply.get(key) for key in keys.values()):
        attributes = {name: reply[key] for name, key in keys.items()}
        yield aws.resource(cls, vault, {**named, **attributes})


@reader(
    yields=(BackupPlan, BackupSelection),
    calls=(
        "backup.list_backup_plans",
        "backup.get_backup_plan",
        "backup.list_backup_selections",
        "backup.get_backup_selection",
        "backup.list_tags",
    ),
    details={"backup.list_tags": ("tags",)},
)
def plans(aws: Aws) -> Iterator[Resource]:
    """Plans with their rules, and what is assigned to them."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        plan_id, arn = item["BackupPlanId"], item["BackupPlanArn"]
        plan = aws.ask("backup.get_backup_plan", BackupPlanId=plan_id)["BackupPlan"]
        tags = aws.ask("backup.list_tags", ResourceArn=arn)
        attributes = {
            "arn": arn,
            "name": item.get("BackupPlanName"),
            "rule": lambda: [_rule(each) for each in plan["Rules"]],
            "tags": lambda: tags["Tags"] or {},
        }
        yield aws.resource(BackupPlan, plan_id, attributes)
        yield from _selections(aws, plan_id)

    yield from aws.parallel(read, aws.list("backup.list_backup_plans", "BackupPlansList"))


def _rule(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "completion_window": item.get("CompletionWindowMinutes"),
        "copy_action": [
            {
                "destination_vault_arn": copy.get("DestinationBackupVaultArn"),
                "lifecycle": _lifecycle(copy.get("Lifecycle")),
            }
            for copy in item.get("CopyActions", [])
        ],
        "enable_continuous_backup": item.get("EnableContinuousBackup", False),
        "lifecycle": _lifecycle(item.get("Lifecycle")),
        "recovery_point_tags": item.get("RecoveryPointTags"),
        "rule_name": item.get("RuleName"),
        "schedule": item.get("ScheduleExpression"),
        "schedule_expression_timezone": item.get("ScheduleExpressionTimezone"),
        "start_window": item.get("StartWindowMinutes"),
        "target_vault_name": item.get("TargetBackupVaultName"),
    }


def _lifecycle(item: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    if not item:
        return []
    return [
        {
            "cold_storage_after": item.get("MoveToColdStorageAfterDays"),
            "delete_after": item.get("DeleteAfterDays"),
        }
    ]


def _selections(aws: Aws, plan_id: str) -> Iterator[Resource]:
    listed = aws.ask_all(
        "backup.list_backup_selections", "BackupSelectionsList", BackupPlanId=plan_id
    )
    if isinstance(listed, Unknown):
        named = {"plan_id": plan_id}
        yield aws.resource(BackupSelection, f"{plan_id}|?", listed, named=named)
        return
    for item in listed:
        id = item["SelectionId"]
        reply = aws.ask("backup.get_backup_selection", BackupPlanId=plan_id, SelectionId=id)
        yield aws.resource(
            BackupSelection, f"{plan_id}|{id}", _selection(item, plan_id, reply["BackupSelection"])
        )


def _selection(item: Mapping[str, Any], plan_id: str, said: Any) -> dict[str, Any]:
    return {
        "name": item.get("SelectionName"),
        "plan_id": plan_id,
        "iam_role_arn": item.get("IamRoleArn"),
        "resources": lambda: said.get("Resources") or [],
        "not_resources": lambda: said.get("NotResources") or [],
        "selection_tag": lambda: [
            {
                "type": tag["ConditionType"],
                "key": tag["ConditionKey"],
                "value": tag["ConditionValue"],
            }
            for tag in said.get("ListOfTags") or ()
        ],
        "condition": lambda: _conditions(said.get("Conditions")),
    }


_OPERATORS = {
    "string_equals": "StringEquals",
    "string_like": "StringLike",
    "string_not_equals": "StringNotEquals",
    "string_not_like": "StringNotLike",
}


def _conditions(said: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    found = {
        name: [
            {"key": c["ConditionKey"], "value": c["ConditionValue"]}
            for c in (said or {}).get(operator) or ()
        ]
        for name, operator in _OPERATORS.items()
    }
    return [found] if any(found.values()) else []


@reader(yields=(BackupReportPlan,), calls=("backup.list_report_plans",))
def report_plans(aws: Aws) -> Iterator[Resource]:
    """Report plans (their tags are not in the reply)."""
    for item in aws.list("backup.list_report_plans", "ReportPlans"):
        template = item.get("ReportSetting", {}).get("ReportTemplate")
        attributes = {
            "arn": item.get("ReportPlanArn"),
            "name": item["ReportPlanName"],
            "report_setting": [{"report_template": template}],
        }
        yield aws.resource(BackupReportPlan, item["ReportPlanName"], attributes)


@reader(
    yields=(BackupRestoreTestingPlan, BackupRestoreTestingSelection),
    calls=("backup.list_restore_testing_plans", "backup.list_restore_testing_selections"),
)
def restore_testing(aws: Aws) -> Iterator[Resource]:
    """Restore testing plans and their selections (tags are not in the replies)."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        name = item["RestoreTestingPlanName"]
        attributes = {
            "arn": item.get("RestoreTestingPlanArn"),
            "name": name,
            "schedule_expression": item.get("ScheduleExpression"),
        }
        yield aws.resource(BackupRestoreTestingPlan, name, attributes)
        yield from _tested(aws, name)

    plans_ = aws.list("backup.list_restore_testing_plans", "RestoreTestingPlans")
    yield from aws.parallel(read, plans_)


def _tested(aws: Aws, plan: str) -> Iterator[Resource]:
    listed = aws.ask_all(
        "backup.list_restore_testing_selections",
        "RestoreTestingSelections",
        RestoreTestingPlanName=plan,
    )
    named = {"restore_testing_plan_name": plan}
    if isinstance(listed, Unknown):
        yield aws.resource(BackupRestoreTestingSelection, f"?:{plan}", listed, named=named)
        return
    for item in listed:
        name = item["RestoreTestingSelectionName"]
        attributes = {
            **named,
            "name": name,
            "protected_resource_type": item.get("ProtectedResourceType"),
        }
        yield aws.resource(BackupRestoreTestingSelection, f"{name}:{plan}", attributes)
