"""Which IAM action a call needs.

Most actions are the service's IAM prefix and the operation's name: `rds.describe_db_instances`
needs `rds:DescribeDBInstances`. The tables below hold what differs.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS services"
(prefix and "Actions defined by" of each service); for WAF the "Required permissions" notes of
GetWebACLForResource and ListResourcesForWebACL in the AWS WAFV2 API reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "accessanalyzer": "access-analyzer",
        "amp": "aps",
        "apigatewayv2": "apigateway",
        "cloudcontrol": "cloudformation",
        "docdb": "rds",
        "efs": "elasticfilesystem",
        "elb": "elasticloadbalancing",
        "elbv2": "elasticloadbalancing",
        "emr": "elasticmapreduce",
        "iot-data": "iot",
        "lexv2-models": "lex",
        "mwaa": "airflow",
        "neptune": "rds",
        "opensearch": "es",
        "resourcegroupstaggingapi": "tag",
        "s3control": "s3",
        "service-quotas": "servicequotas",
        "sesv2": "ses",
        "sso-admin": "sso",
        "stepfunctions": "states",
    }
)
"""boto3 client name → IAM prefix, where they differ."""

EXCEPTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "s3.get_bucket_accelerate_configuration": ("s3:GetAccelerateConfiguration",),
        "s3.get_bucket_cors": ("s3:GetBucketCORS",),
        "s3.get_bucket_encryption": ("s3:GetEncryptionConfiguration",),
        "s3.get_bucket_lifecycle_configuration": ("s3:GetLifecycleConfiguration",),
        "s3.get_bucket_notification_configuration": ("s3:GetBucketNotification",),
        "s3.get_bucket_replication": ("s3:GetReplicationConfiguration",),
        "s3.get_object_lock_configuration": ("s3:GetBucketObjectLockConfiguration",),
        "s3.get_public_access_block": ("s3:GetBucketPublicAccessBlock",),
        "s3.head_bucket": ("s3:ListBucket",),
        "s3.head_object": ("s3:GetObject",),
        "s3.list_bucket_analytics_configurations": ("s3:GetAnalyticsConfiguration",),
        "s3.list_bucket_intelligent_tiering_configurations": (
            "s3:GetIntelligentTieringConfiguration",
        ),
        "s3.list_bucket_inventory_configurations": ("s3:GetInventoryConfiguration",),
        "s3.list_bucket_metrics_configurations": ("s3:GetMetricsConfiguration",),
        "s3.list_buckets": ("s3:ListAllMyBuckets",),
        "s3.list_object_versions": ("s3:ListBucketVersions",),
        "s3.list_objects_v2": ("s3:ListBucket",),
        "s3control.get_public_access_block": ("s3:GetAccountPublicAccessBlock",),
        "sts.get_caller_identity": (),
        "wafv2.get_web_acl_for_resource": (
            "wafv2:GetWebACLForResource",
            "cognito-idp:GetWebACLForResource",
        ),
        "wafv2.list_resources_for_web_acl": (
            "wafv2:ListResourcesForWebACL",
            "cognito-idp:ListResourcesForWebACL",
        ),
    }
)
"""Calls whose actions are not called like the operation. Empty: no permission is needed."""


def actions_for(call: str, operation: str | None = None) -> tuple[str, ...]:
    """The IAM actions that `client.method` needs.

    operation: AWS's name of the method, where it is at hand; it is looked up otherwise. Raises
    `LookupError` for a client or method that AWS does not have.
    """
    if call in EXCEPTIONS:
        return EXCEPTIONS[call]
    service, _, method = call.partition(".")
    operation = _plain(operation) if operation else operation_name(service, method)
    prefix = PREFIXES.get(service, service)
    if prefix == "apigateway":  # both generations of API Gateway are authorised by HTTP verb
        return ("apigateway:GET",)
    return (f"{prefix}:{operation}",)


def operation_name(service: str, method: str) -> str:
    """AWS's name of a boto3 method: `DescribeDBInstances` of `describe_db_instances`."""
    operations = _operations(service)
    if method not in operations:
        raise LookupError(f"AWS has no call {service}.{method}")
    return _plain(operations[method])


def _plain(operation: str) -> str:
    """CloudFront's operations carry the API's version: ListDistributions2020_05_31."""
    return re.sub(r"\d{4}_\d{2}_\d{2}$", "", operation)


@cache
def model_loader() -> Any:
    """botocore's loader, one for all sessions: it keeps the service models, which never change."""
    import botocore.loaders

    return botocore.loaders.create_loader()


@cache
def _operations(service: str) -> Mapping[str, str]:
    """Method → operation, from botocore's service models (a pure function of what is installed)."""
    from botocore import xform_name
    from botocore.exceptions import UnknownServiceError

    try:
        model = model_loader().load_service_model(service, "service-2")
    except UnknownServiceError:
        raise LookupError(f"AWS has no client {service}") from None
    return {xform_name(name): name for name in model["operations"]}
