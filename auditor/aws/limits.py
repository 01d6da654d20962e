"""How hard each service may be asked: calls at a time, and how much a page holds.

Sources: the quota pages of the services ("request rate" and "throttling" sections) and the
`MaxResults`-like members of the API references, read 2025. AWS throttles per account and region,
so a limit holds for one service in one region.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CONCURRENCY: Mapping[str, int] = MappingProxyType(
    {
        "apigateway": 4,  # control plane: 10 requests a second in all
        "apigatewayv2": 4,
        "application-autoscaling": 4,
        "cloudfront": 4,
        "cloudtrail": 3,  # 10 a second, some calls 1 to 2
        "cognito-idp": 5,
        "iam": 8,
        "kms": 16,
        "organizations": 2,
        "route53": 3,  # 5 requests a second in all
        "s3": 32,
        "sns": 12,
        "sqs": 16,
        "sts": 2,
        "wafv2": 3,
    }
)
"""Calls that may be under way at once, by boto3 client."""

DEFAULT_CONCURRENCY = 8

PAGE_SIZES: Mapping[str, int] = MappingProxyType(
    {
        # Pages of XML are parsed in one go (about 150 ms a MB): keep them to a few MB.
        "ec2.describe_instances": 400,
        "ec2.describe_network_interfaces": 500,
        "ec2.describe_security_groups": 500,
        "ec2.describe_security_group_rules": 1000,
        "ec2.describe_snapshots": 1000,
        "ec2.describe_volumes": 500,
        "iam.get_account_authorization_details": 400,
        # Without a size these answer a small page, or one page and no token.
        "acm.list_certificates": 1000,
        "apigateway.get_rest_apis": 500,
        "apigateway.get_resources": 500,
        "autoscaling.describe_auto_scaling_groups": 100,
        "autoscaling.describe_policies": 100,
        "cloudwatch.describe_alarms": 100,
        "cognito-identity.list_identity_pools": 60,
        "cognito-idp.list_user_pool_clients": 60,
        "cognito-idp.list_user_pools": 60,
        "ecr.describe_repositories": 1000,
        "ecs.list_services": 100,
        "events.list_event_buses": 100,
        "events.list_rules": 100,
        "events.list_targets_by_rule": 100,
        "resourcegroupstaggingapi.get_resources": 100,
        "iam.list_groups": 1000,
        "iam.list_policies": 1000,
        "iam.list_roles": 1000,
        "iam.list_users": 1000,
        "kms.list_aliases": 100,
        "kms.list_keys": 1000,
        "s3.list_buckets": 1000,  # replies name each bucket's region only when a size is given
        "secretsmanager.list_secrets": 100,
        "sqs.list_queues": 1000,
        "ssm.describe_parameters": 50,
        "wafv2.list_web_acls": 100,
    }
)
"""Elements per page, by call; other calls answer with AWS's own page size."""


def concurrency(service: str) -> int:
    """How many calls of a service may be under way at once in a region."""
    return CONCURRENCY.get(service, DEFAULT_CONCURRENCY)
