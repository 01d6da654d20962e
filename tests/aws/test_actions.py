from __future__ import annotations

import pytest

from auditor.aws.actions import actions_for


@pytest.mark.parametrize(
    ("call", "action"),
    [
        ("rds.describe_db_instances", "rds:DescribeDBInstances"),
        (
            "ec2.describe_iam_instance_profile_associations",
            "ec2:DescribeIamInstanceProfileAssociations",
        ),
        ("ec2.get_ebs_encryption_by_default", "ec2:GetEbsEncryptionByDefault"),
        ("iam.list_mfa_devices", "iam:ListMFADevices"),
        ("iam.get_account_authorization_details", "iam:GetAccountAuthorizationDetails"),
        ("kms.list_resource_tags", "kms:ListResourceTags"),
        ("lambda.list_functions", "lambda:ListFunctions"),
        ("lambda.get_policy", "lambda:GetPolicy"),
        ("s3.list_buckets", "s3:ListAllMyBuckets"),
        ("s3.get_bucket_encryption", "s3:GetEncryptionConfiguration"),
        ("s3.get_bucket_lifecycle_configuration", "s3:GetLifecycleConfiguration"),
        ("s3.get_bucket_replication", "s3:GetReplicationConfiguration"),
        ("s3.get_bucket_notification_configuration", "s3:GetBucketNotification"),
        ("s3.get_bucket_cors", "s3:GetBucketCORS"),
        ("s3.get_bucket_policy_status", "s3:GetBucketPolicyStatus"),
        ("s3.get_bucket_location", "s3:GetBucketLocation"),
        ("s3.get_object_lock_configuration", "s3:GetBucketObjectLockConfiguration"),
        ("s3.get_public_access_block", "s3:GetBucketPublicAccessBlock"),
        ("s3control.get_public_access_block", "s3:GetAccountPublicAccessBlock"),
        ("apigateway.get_rest_apis", "apigateway:GET"),
        ("apigatewayv2.get_stages", "apigateway:GET"),
        ("elbv2.describe_load_balancers", "elasticloadbalancing:DescribeLoadBalancers"),
        ("efs.describe_file_systems", "elasticfilesystem:DescribeFileSystems"),
        ("logs.describe_log_groups", "logs:DescribeLogGroups"),
        ("events.list_targets_by_rule", "events:ListTargetsByRule"),
        ("cloudwatch.describe_alarms", "cloudwatch:DescribeAlarms"),
        ("cloudfront.list_distributions", "cloudfront:ListDistributions"),
        ("cognito-idp.get_user_pool_mfa_config", "cognito-idp:GetUserPoolMfaConfig"),
        ("cognito-identity.list_identity_pools", "cognito-identity:ListIdentityPools"),
        (
            "application-autoscaling.describe_scalable_targets",
            "application-autoscaling:DescribeScalableTargets",
        ),
        ("autoscaling.describe_auto_scaling_groups", "autoscaling:DescribeAutoScalingGroups"),
        ("wafv2.get_web_acl", "wafv2:GetWebACL"),
        ("resourcegroupstaggingapi.get_resources", "tag:GetResources"),
        ("accessanalyzer.list_analyzers", "access-analyzer:ListAnalyzers"),
        ("stepfunctions.list_state_machines", "states:ListStateMachines"),
        ("route53.get_dnssec", "route53:GetDNSSEC"),
        ("dynamodb.list_tags_of_resource", "dynamodb:ListTagsOfResource"),
        (
            "config.describe_configuration_recorder_status",
            "config:DescribeConfigurationRecorderStatus",
        ),
    ],
)
def test_the_action_of_a_call_is_the_one_in_the_service_authorization_reference(call, action):
    assert actions_for(call) == (action,)


def test_a_call_can_need_an_action_of_the_service_that_it_asks_about():
    assert actions_for("wafv2.get_web_acl_for_resource") == (
        "wafv2:GetWebACLForResource",
        "cognito-idp:GetWebACLForResource",
    )


def test_asking_who_one_is_needs_no_permission():
    assert actions_for("sts.get_caller_identity") == ()


@pytest.mark.parametrize("call", ["rds.describe_db_instance", "relational.describe_db_instances"])
def test_a_call_that_aws_does_not_have_is_refused(call):
    with pytest.raises(LookupError, match="AWS has no c"):
        actions_for(call)
