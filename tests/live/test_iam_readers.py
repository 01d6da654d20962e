"""Readers of IAM, KMS, secrets and the security services on replies in the shape that AWS gives.

moto cannot hold these: dates of use, a report with root in it, replicas, service settings, Access
Analyzer, standards. The replies follow the API references' examples.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from auditor.rules.iam import credentials, policies, root_user
from auditor.rules.iam import ssm as ssm_sharing
from auditor.rules.logging import aws_config, guardduty, security_monitoring
from fake_aws import model_from, refused, tagged

from auditor.engine import evaluate
from auditor.model import Model
from auditor.services import (
    aws_config as config_service,
)
from auditor.services import (
    guardduty as guardduty_service,
)
from auditor.services import (
    iam,
    iam_account,
    iam_policies,
    kms,
    secretsmanager,
    ssm,
)
from auditor.services import (
    security_monitoring as monitoring_service,
)
from auditor.values import Unknown

DETAILS = "iam.get_account_authorization_details"


def when(day: int, month: int = 5) -> datetime:
    return datetime(2025, month, day, 9, tzinfo=UTC)


def statuses(rule: Any, model: Model) -> list[tuple[str, str]]:
    return [(v.resource.address if v.resource else "", v.status) for v in evaluate([rule], model)]


def test_a_role_with_all_that_hangs_on_it():
    boundary = {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": "arn:aws:iam::123456789012:policy/boundary",
    }
    details = {
        "RoleDetailList": [
            {
                "Path": "/app/",
                "RoleName": "r",
                "RoleId": "AROA1",
                "Arn": "arn:aws:iam::123456789012:role/app/r",
                "CreateDate": when(1),
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
                "RolePolicyList": [{"PolicyName": "in", "PolicyDocument": {"Statement": []}}],
                "AttachedManagedPolicies": [
                    {"PolicyName": "x", "PolicyArn": "arn:aws:iam::aws:policy/x"}
                ],
                "PermissionsBoundary": boundary,
                "Tags": [{"Key": "team", "Value": "a"}],
                "RoleLastUsed": {"LastUsedDate": when(20), "Region": "eu-west-1"},
            }
        ]
    }
    listed = {"Roles": [{"RoleName": "r", "Description": "d", "MaxSessionDuration": 7200}]}
    model = model_from([iam.roles], {DETAILS: details, "iam.list_roles": listed})
    role = dict(model.by_address["aws_iam_role.r"].data)
    assert role.pop("read_at")
    assert role == {
        "id": "r",
        "arn": "arn:aws:iam::123456789012:role/app/r",
        "name": "r",
        "path": "/app/",
        "unique_id": "AROA1",
        "permissions_boundary": "arn:aws:iam::123456789012:policy/boundary",
        "assume_role_policy": '{"Version": "2012-10-17", "Statement": []}',
        "create_date": "2025-05-01T09:00:00+00:00",
        "description": "d",
        "force_detach_policies": None,
        "last_used_date": "2025-05-20T09:00:00+00:00",
        "max_session_duration": 7200,
        "tags": {"team": "a"},
    }
    assert model.by_address["aws_iam_role_policy.r:in"].data == {
        "id": "r:in",
        "role": "r",
        "name": "in",
        "policy": '{"Statement": []}',
    }
    attached = model.by_address["aws_iam_role_policy_attachment.r/arn:aws:iam::aws:policy/x"]
    assert attached.data["policy_arn"] == "arn:aws:iam::aws:policy/x"


def test_only_the_default_version_of_a_policy_counts():
    wide = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    narrow = {"Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}
    versions = [
        {"Document": wide, "VersionId": "v1", "IsDefaultVersion": False},
        {"Document": narrow, "VersionId": "v2", "IsDefaultVersion": True},
    ]
    arn = "arn:aws:iam::123456789012:policy/p"
    reply = {"Policies": [{"Arn": arn, "AttachmentCount": 0, "PolicyVersionList": versions}]}
    model = model_from([iam_policies.own_policies], {DETAILS: reply})
    rule = policies.managed_policy_of_an_administrator
    assert statuses(rule, model) == [(f"aws_iam_policy.{arn}", "pass")]
    assert statuses(policies.policy_unused, model) == [(f"aws_iam_policy.{arn}", "fail")]


def test_policies_that_could_not_be_read_are_no_pass():
    model = model_from([iam_policies.own_policies], {DETAILS: refused(DETAILS)})
    rule = policies.managed_policy_of_an_administrator
    assert statuses(rule, model) == [("", "undetermined")]


REPORT = """\
user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,\
access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,\
access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,\
access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,\
cert_2_active,cert_2_last_rotated
<root_account>,arn:aws:iam::123456789012:root,2020-01-01T00:00:00+00:00,not_supported,\
2025-05-20T00:00:00+00:00,not_supported,not_supported,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,\
N/A,N/A,false,N/A,false,N/A
ann,arn:aws:iam::123456789012:user/ann,2024-01-01T00:00:00+00:00,true,no_information,\
2024-01-01T00:00:00+00:00,N/A,false,true,2024-06-01T00:00:00+00:00,2025-05-31T00:00:00+00:00,\
eu-west-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A
"""
GENERATE = "iam.generate_credential_report"
GET = "iam.get_credential_report"
READY = {
    "Content": REPORT.encode(),
    "ReportFormat": "text/csv",
    "GeneratedTime": datetime(2025, 6, 1, tzinfo=UTC),
}


def test_a_credential_report_that_takes_a_moment():
    replies = {GENERATE: {"State": "STARTED"}, GET: [None, READY]}
    model = model_from([iam_account.credential_report], replies)
    ann = model.by_address["aws_iam_credentials.ann"].data
    assert ann == {
        "id": "ann",
        "arn": "arn:aws:iam::123456789012:user/ann",
        "user": "ann",
        "user_creation_time": "2024-01-01T00:00:00+00:00",
        "generated_time": "2025-06-01T00:00:00+00:00",
        "password_enabled": True,
        "password_last_used": None,
        "password_last_changed": "2024-01-01T00:00:00+00:00",
        "mfa_active": False,
        "access_key_1_active": True,
        "access_key_1_last_rotated": "2024-06-01T00:00:00+00:00",
        "access_key_1_last_used_date": "2025-05-31T00:00:00+00:00",
        "access_key_2_active": False,
        "access_key_2_last_rotated": None,
        "access_key_2_last_used_date": None,
    }
    assert [p.data["user"] for p in model.by_type["aws_iam_user_login_profile"]] == ["ann"]
    found = dict(statuses(credentials.key_not_rotated, model))
    assert found["aws_iam_credentials.ann"] == "fail"
    (verdict,) = evaluate([root_user.root_used], model)
    assert [f.key for f in verdict.findings] == ["password_last_used"]


def test_a_report_that_is_denied_is_no_pass():
    replies = {GENERATE: refused(GENERATE), GET: refused(GET)}
    model = model_from([iam_account.credential_report], replies)
    assert statuses(credentials.console_without_mfa, model) == [("", "undetermined")]
    assert statuses(root_user.root_used, model) == [("aws_account.123456789012", "undetermined")]


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ({"SummaryMap": {"AccountMFAEnabled": 0, "AccountAccessKeysPresent": 0}}, "fail"),
        ({"SummaryMap": {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0}}, "pass"),
        ({"SummaryMap": {"AccountMFAEnabled": 0, "AccountPasswordPresent": 0}}, "pass"),
        ({"SummaryMap": {}}, "undetermined"),
        (refused("iam.get_account_summary"), "undetermined"),
    ],
)
def test_root_by_the_account_summary(reply, status):
    model = model_from([iam_account.account_summary], {"iam.get_account_summary": reply})
    found = statuses(root_user.root_without_mfa, model)
    assert found == [("aws_account.123456789012", status)]


def test_a_virtual_device_of_root():
    device = {
        "SerialNumber": "arn:aws:iam::123456789012:mfa/phone",
        "User": {"Arn": "arn:aws:iam::123456789012:root", "UserId": "123456789012"},
    }
    model = model_from(
        [iam_account.virtual_mfa_devices],
        {"iam.list_virtual_mfa_devices": {"VirtualMFADevices": [device]}},
    )
    (found,) = model.by_type["aws_iam_virtual_mfa_device"]
    assert (found.data["of_root"], found.data["user_name"]) == (True, None)


def test_a_key_whose_rotation_is_denied():
    described = {
        "KeyMetadata": {
            "KeyId": "k",
            "KeySpec": "SYMMETRIC_DEFAULT",
            "KeyState": "Enabled",
            "KeyManager": "CUSTOMER",
            "KeyUsage": "ENCRYPT_DECRYPT",
            "Origin": "AWS_KMS",
        }
    }
    replies = {
        "kms.list_keys": {"Keys": [{"KeyId": "k", "KeyArn": "arn:k"}]},
        "kms.describe_key": described,
        "kms.get_key_rotation_status": refused("kms.get_key_rotation_status"),
        "kms.get_key_policy": refused("kms.get_key_policy"),
        "resourcegroupstaggingapi.get_resources": tagged("arn:k"),
    }
    from auditor.rules.encryption.kms import key_not_rotated
    from auditor.rules.iam.kms import key_for_anyone

    model = model_from([kms.keys], replies)
    assert statuses(key_not_rotated, model) == [("aws_kms_key.k", "undetermined")]
    assert statuses(key_for_anyone, model) == [("aws_kms_key.k.policy", "undetermined")]
    assert model.by_address["aws_kms_key.k"].data["tags"] == {"team": "a"}


def test_keys_that_cannot_be_listed_hide_their_policies_too():
    from auditor.rules.iam.kms import key_for_anyone

    tags = {"resourcegroupstaggingapi.get_resources": tagged("arn:k")}
    model = model_from([kms.keys], {**tags, "kms.list_keys": refused("kms.list_keys")})
    assert statuses(key_for_anyone, model) == [("", "undetermined")]


def test_a_secret_with_rotation_and_a_replica():
    item = {
        "ARN": "arn:s",
        "Name": "s",
        "KmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/k",
        "RotationEnabled": True,
        "RotationLambdaARN": "arn:f",
        "RotationRules": {"AutomaticallyAfterDays": 30},
        "LastAccessedDate": when(1),
        "CreatedDate": when(1, 1),
        "PrimaryRegion": "eu-west-1",
        "Tags": [{"Key": "a", "Value": "b"}],
    }
    replies = {
        "secretsmanager.list_secrets": {"SecretList": [item]},
        "secretsmanager.describe_secret": {
            "ReplicationStatus": [{"Region": "eu-west-3", "KmsKeyId": "alias/aws/secretsmanager"}]
        },
    }
    model = model_from([secretsmanager.secrets], replies)
    secret = model.by_address["aws_secretsmanager_secret.arn:s"].data
    assert secret["replica"] == [{"kms_key_id": "alias/aws/secretsmanager", "region": "eu-west-3"}]
    assert secret["last_accessed_date"] == "2025-05-01T09:00:00+00:00"
    assert model.by_address["aws_secretsmanager_secret_rotation.arn:s"].data == {
        "id": "arn:s",
        "secret_id": "arn:s",
        "rotation_lambda_arn": "arn:f",
        "rotation_rules": [
            {"automatically_after_days": 30, "duration": None, "schedule_expression": None}
        ],
    }


def test_settings_of_systems_manager():
    def setting(arguments: dict[str, Any]) -> dict[str, Any]:
        return {"ServiceSetting": {"SettingId": arguments["SettingId"], "SettingValue": "Enable"}}

    model = model_from([ssm.service_settings], {"ssm.get_service_setting": setting})
    found = dict(statuses(ssm_sharing.documents_may_be_public, model))
    assert found == {
        f"aws_ssm_service_setting.{ssm.PUBLIC_SHARING}": "fail",
        f"aws_ssm_service_setting.{ssm.AUTOMATION_LOGS}": "not_applicable",
    }


def test_a_detector_that_cannot_be_looked_into():
    replies = {
        "guardduty.list_detectors": {"DetectorIds": ["d"]},
        "guardduty.get_detector": refused("guardduty.get_detector"),
    }
    model = model_from([guardduty_service.detectors], replies)
    assert statuses(guardduty.s3_not_watched, model) == [
        ("aws_guardduty_detector.d", "undetermined")
    ]


def test_parts_of_features_of_guardduty():
    runtime = {
        "Name": "RUNTIME_MONITORING",
        "Status": "ENABLED",
        "AdditionalConfiguration": [{"Name": "EC2_AGENT_MANAGEMENT", "Status": "DISABLED"}],
    }
    replies = {
        "guardduty.list_detectors": {"DetectorIds": ["d"]},
        "guardduty.get_detector": {"Status": "ENABLED", "Features": [runtime], "Tags": {}},
    }
    model = model_from([guardduty_service.detectors], replies)
    address = "aws_guardduty_detector.d"
    assert statuses(guardduty.processes_not_watched, model) == [(address, "pass")]
    assert statuses(guardduty.ec2_processes_not_watched, model) == [(address, "fail")]


def test_deliveries_of_config():
    status = {
        "name": "default",
        "configHistoryDeliveryInfo": {"lastStatus": "FAILURE"},
        "configSnapshotDeliveryInfo": {},
    }
    channel = {"name": "default", "s3BucketName": "b"}
    replies = {
        "config.describe_delivery_channel_status": {"DeliveryChannelsStatus": [status]},
        "config.describe_delivery_channels": {"DeliveryChannels": [channel]},
    }
    model = model_from([config_service.delivery_channels], replies)
    (verdict,) = evaluate([aws_config.config_not_delivered], model)
    assert [f.key for f in verdict.findings] == ["history_status"]


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ({"analyzers": []}, "fail"),
        (
            {"analyzers": [{"name": "a", "arn": "arn:a", "type": "ACCOUNT", "status": "ACTIVE"}]},
            "pass",
        ),
        (
            {"analyzers": [{"name": "a", "arn": "arn:a", "type": "ACCOUNT", "status": "FAILED"}]},
            "fail",
        ),
        (refused("accessanalyzer.list_analyzers"), "undetermined"),
    ],
)
def test_analyzers(reply, status):
    model = model_from([monitoring_service.analyzers], {"accessanalyzer.list_analyzers": reply})
    found = statuses(security_monitoring.no_external_analyzer, model)
    assert found == [("aws_account.123456789012", status)]


def test_security_hub_without_a_standard():
    hub = {"HubArn": "arn:h", "AutoEnableControls": True}
    readers = [monitoring_service.hubs, monitoring_service.standards]
    rule = security_monitoring.security_hub_off

    def judged(hub: Any, standards: Any) -> list[str]:
        replies = {"securityhub.describe_hub": hub, "securityhub.get_enabled_standards": standards}
        return [status for _, status in statuses(rule, model_from(readers, replies))]

    one = {"StandardsSubscriptionArn": "arn:x", "StandardsArn": "arn:y"}
    assert judged(hub, {"StandardsSubscriptions": [one]}) == ["pass", "pass"]
    assert judged(hub, {"StandardsSubscriptions": []}) == ["fail", "pass"]
    assert judged(None, None) == ["fail"]
    denied: Unknown = refused("securityhub.get_enabled_standards")
    assert judged(hub, denied) == ["undetermined", "pass"]


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ({"FindingStatistics": {"CountBySeverity": {"8.0": 2, "7.0": 1}}}, "fail"),
        ({"FindingStatistics": {"CountBySeverity": {}}}, "pass"),
        (refused("guardduty.get_findings_statistics"), "undetermined"),
    ],
)
def test_open_findings_of_guardduty(reply, status):
    replies = {
        "guardduty.list_detectors": {"DetectorIds": ["d"]},
        "guardduty.get_findings_statistics": reply,
    }
    model = model_from([guardduty_service.open_findings], replies)
    found = statuses(guardduty.guardduty_found_something, model)
    assert found == [("aws_guardduty_findings.d", status)]
