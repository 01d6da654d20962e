"""Replies for calls that the emulator does not have, so that no call of a reader goes untested.

As they are on the wire: a dict is JSON, a text XML. Names of things are those of
`populated_services`.
"""

from __future__ import annotations

import json
from typing import Any

from populated import ACCOUNT, REGION

_HERE = f"{REGION}:{ACCOUNT}"
_SIGNING = f"arn:aws:lambda:{_HERE}:code-signing-config:csc-1"
_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "*",
                "Resource": "*",
            }
        ],
    }
)


def _ec2(name: str, inner: str) -> str:
    return f"<{name}Response><requestId>r</requestId>{inner}</{name}Response>"


def _with_replica(reply: Any) -> Any:
    """AWS names the primary region of a secret that has copies; the emulator does not."""
    for secret in reply["SecretList"]:
        if secret["Name"] == "copied":
            secret["PrimaryRegion"] = REGION
    return reply


SUPPLIED: dict[str, Any] = {
    "accessanalyzer.list_analyzers": {
        "analyzers": [
            {
                "arn": f"arn:aws:access-analyzer:{_HERE}:analyzer/account",
                "name": "account",
                "type": "ACCOUNT",
                "status": "ACTIVE",
                "createdAt": "2025-05-01T00:00:00Z",
            }
        ]
    },
    "apigateway.get_client_certificates": {"item": [{"clientCertificateId": "cc1"}]},
    "apigatewayv2.get_authorizers": {
        "items": [{"authorizerId": "a1", "authorizerType": "REQUEST", "name": "a"}]
    },
    "backup.get_backup_selection": {
        "BackupPlanId": "p",
        "SelectionId": "s1",
        "BackupSelection": {
            "SelectionName": "s",
            "IamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/worker",
            "Resources": ["*"],
        },
    },
    "backup.get_backup_vault_access_policy": {"BackupVaultName": "v", "Policy": _POLICY},
    "backup.get_backup_vault_notifications": {
        "BackupVaultName": "v",
        "SNSTopicArn": f"arn:aws:sns:{_HERE}:alerts",
        "BackupVaultEvents": ["BACKUP_JOB_FAILED"],
    },
    "backup.list_backup_selections": {
        "BackupSelectionsList": [
            {
                "SelectionId": "s1",
                "SelectionName": "s",
                "BackupPlanId": "p",
                "IamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/worker",
            }
        ]
    },
    "backup.list_recovery_points_by_backup_vault": {
        "RecoveryPoints": [
            {
                "RecoveryPointArn": f"arn:aws:backup:{_HERE}:recovery-point:1",
                "BackupVaultName": "v",
                "ResourceType": "EFS",
                "ResourceArn": f"arn:aws:elasticfilesystem:{_HERE}:file-system/fs-1",
                "Status": "COMPLETED",
                "IsEncrypted": True,
                "CreationDate": 1746057600,
            }
        ]
    },
    "backup.list_restore_testing_plans": {
        "RestoreTestingPlans": [
            {
                "RestoreTestingPlanName": "t",
                "RestoreTestingPlanArn": f"arn:aws:backup:{_HERE}:restore-testing-plan:t",
                "ScheduleExpression": "cron(0 5 ? * * *)",
                "CreationTime": 1746057600,
            }
        ]
    },
    "backup.list_restore_testing_selections": {
        "RestoreTestingSelections": [
            {
                "RestoreTestingPlanName": "t",
                "RestoreTestingSelectionName": "s",
                "ProtectedResourceType": "EFS",
                "IamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/worker",
                "CreationTime": 1746057600,
                "ValidationWindowHours": 1,
            }
        ]
    },
    "cloudfront.list_response_headers_policies": (
        "<ResponseHeadersPolicyList><MaxItems>100</MaxItems><Quantity>1</Quantity><Items>"
        "<ResponseHeadersPolicySummary><Type>custom</Type><ResponseHeadersPolicy><Id>h1</Id>"
        "<LastModifiedTime>2025-05-01T00:00:00Z</LastModifiedTime>"
        "<ResponseHeadersPolicyConfig><Name>headers</Name></ResponseHeadersPolicyConfig>"
        "</ResponseHeadersPolicy></ResponseHeadersPolicySummary></Items>"
        "</ResponseHeadersPolicyList>"
    ),
    "cognito-idp.describe_risk_configuration": {
        "RiskConfiguration": {
            "UserPoolId": "p",
            "CompromisedCredentialsRiskConfiguration": {"Actions": {"EventAction": "BLOCK"}},
        }
    },
    "config.describe_delivery_channel_status": {
        "DeliveryChannelsStatus": [
            {
                "name": "default",
                "configHistoryDeliveryInfo": {"lastStatus": "SUCCESS"},
                "configSnapshotDeliveryInfo": {"lastStatus": "SUCCESS"},
            }
        ]
    },
    "ec2.get_ebs_default_kms_key_id": _ec2(
        "GetEbsDefaultKmsKeyId", "<kmsKeyId>alias/aws/ebs</kmsKeyId>"
    ),
    "ec2.get_image_block_public_access_state": _ec2(
        "GetImageBlockPublicAccessState",
        "<imageBlockPublicAccessState>block-new-sharing</imageBlockPublicAccessState>",
    ),
    "ec2.get_instance_metadata_defaults": _ec2(
        "GetInstanceMetadataDefaults",
        "<accountLevel><httpTokens>required</httpTokens></accountLevel>",
    ),
    "ec2.get_snapshot_block_public_access_state": _ec2(
        "GetSnapshotBlockPublicAccessState", "<state>block-all-sharing</state>"
    ),
    "ecs.describe_capacity_providers": {
        "capacityProviders": [
            {
                "capacityProviderArn": f"arn:aws:ecs:{_HERE}:capacity-provider/own",
                "name": "own",
                "status": "ACTIVE",
                "autoScalingGroupProvider": {
                    "autoScalingGroupArn": f"arn:aws:autoscaling:{_HERE}:autoScalingGroup:1:"
                    "autoScalingGroupName/good-web",
                    "managedScaling": {"status": "ENABLED"},
                },
            }
        ]
    },
    "events.list_endpoints": {
        "Endpoints": [
            {
                "Name": "e",
                "Arn": f"arn:aws:events:{_HERE}:endpoint/e",
                "ReplicationConfig": {"State": "ENABLED"},
                "EventBuses": [{"EventBusArn": f"arn:aws:events:{_HERE}:event-bus/app"}],
            }
        ]
    },
    "guardduty.get_findings_statistics": {
        "findingStatistics": {"countBySeverity": {"8.0": 2, "2.0": 1}}
    },
    "lambda.list_code_signing_configs": {
        "CodeSigningConfigs": [
            {
                "CodeSigningConfigId": "csc-1",
                "CodeSigningConfigArn": _SIGNING,
                "AllowedPublishers": {"SigningProfileVersionArns": []},
                "CodeSigningPolicies": {"UntrustedArtifactOnDeployment": "Enforce"},
                "LastModified": "2025-05-01T00:00:00Z",
            }
        ]
    },
    "lambda.list_function_url_configs": {
        "FunctionUrlConfigs": [
            {
                "FunctionUrl": "https://u.example.com/",
                "FunctionArn": f"arn:aws:lambda:{_HERE}:function:worker",
                "AuthType": "AWS_IAM",
                "CreationTime": "2025-05-01T00:00:00Z",
                "LastModifiedTime": "2025-05-01T00:00:00Z",
            }
        ]
    },
    "lambda.list_functions_by_code_signing_config": {
        "FunctionArns": [f"arn:aws:lambda:{_HERE}:function:worker"]
    },
    "rds.describe_db_engine_versions": (
        "<DescribeDBEngineVersionsResponse><DescribeDBEngineVersionsResult><DBEngineVersions>"
        "<DBEngineVersion><Engine>postgres</Engine><EngineVersion>16.3</EngineVersion>"
        "<Status>available</Status></DBEngineVersion></DBEngineVersions>"
        "</DescribeDBEngineVersionsResult></DescribeDBEngineVersionsResponse>"
    ),
    "schemas.get_resource_policy": {"Policy": _POLICY, "RevisionId": "1"},
    "schemas.list_registries": {
        "Registries": [
            {
                "RegistryName": "own",
                "RegistryArn": f"arn:aws:schemas:{_HERE}:registry/own",
            }
        ]
    },
    "secretsmanager.list_secrets": _with_replica,
    "securityhub.get_enabled_standards": {
        "StandardsSubscriptions": [
            {
                "StandardsSubscriptionArn": f"arn:aws:securityhub:{_HERE}:subscription/fsbp",
                "StandardsArn": f"arn:aws:securityhub:{REGION}::standards/fsbp/v/1.0.0",
                "StandardsInput": {},
                "StandardsStatus": "READY",
            }
        ]
    },
    "ssm.get_service_setting": {
        "ServiceSetting": {
            "SettingId": "/ssm/documents/console/public-sharing-permission",
            "SettingValue": "Disable",
        }
    },
}
