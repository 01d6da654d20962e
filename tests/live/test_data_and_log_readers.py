"""Readers of balancers, web ACLs, trails, logs, queues, topics, tables and caches on replies in the
shape that AWS gives: every attribute, and what a refused call leaves in doubt."""

from __future__ import annotations

from typing import Any

import pytest
from auditor.rules.backups import dynamodb as dynamodb_backups
from auditor.rules.encryption import cloudtrail as trail_encryption
from auditor.rules.encryption import dynamodb as dynamodb_encryption
from auditor.rules.encryption import elasticache as cache_encryption
from auditor.rules.encryption import elbv2 as balancer_encryption
from auditor.rules.encryption import sns as sns_encryption
from auditor.rules.encryption import sqs as sqs_encryption
from auditor.rules.iam import sns as sns_iam
from auditor.rules.iam import sqs as sqs_iam
from auditor.rules.logging import cloudtrail as trails
from auditor.rules.logging import cloudwatch as logs
from auditor.rules.logging import elasticache as cache_logging
from auditor.rules.logging import elbv2 as balancer_logging
from auditor.rules.network import elasticache as cache_network
from auditor.rules.network import elbv2 as balancer_network
from auditor.rules.waf import wafv2 as waf
from fake_aws import model_from, refused, tagged

from auditor.engine import evaluate
from auditor.services import cloudtrail, cloudwatch, dynamodb, elasticache, elbv2, sns, sqs, wafv2

BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/l/1"
TRAIL = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/t"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:t"
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/q"
BULK_TAGS = "resourcegroupstaggingapi.get_resources"


def denied(replies: dict[str, Any], call: str) -> dict[str, Any]:
    return {**replies, call: refused(call)}


LB_REPLIES = {
    "elbv2.describe_load_balancers": {
        "LoadBalancers": [
            {
                "LoadBalancerArn": BALANCER,
                "LoadBalancerName": "l",
                "Scheme": "internal",
                "Type": "application",
                "SecurityGroups": ["sg-1"],
                "AvailabilityZones": [
                    {
                        "ZoneName": "eu-west-1a",
                        "SubnetId": "subnet-1",
                        "LoadBalancerAddresses": [{"AllocationId": "eipalloc-1"}],
                    },
                    {"ZoneName": "eu-west-1b", "SubnetId": "subnet-2"},
                ],
            }
        ]
    },
    "elbv2.describe_load_balancer_attributes": {
        "Attributes": [
            {"Key": "access_logs.s3.enabled", "Value": "true"},
            {"Key": "access_logs.s3.bucket", "Value": "b"},
            {"Key": "deletion_protection.enabled", "Value": "true"},
            {"Key": "routing.http.desync_mitigation_mode", "Value": "strictest"},
            {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "true"},
        ]
    },
    "elbv2.describe_tags": lambda given: {
        "TagDescriptions": [
            {"ResourceArn": arn, "Tags": [{"Key": "team", "Value": "a"}]}
            for arn in given["ResourceArns"]
        ]
    },
    BULK_TAGS: {
        "ResourceTagMappingList": [
            {"ResourceARN": BALANCER, "Tags": [{"Key": "team", "Value": "a"}]}
        ]
    },
}


def test_a_load_balancer():
    model = model_from([elbv2.load_balancers], LB_REPLIES)
    assert model.by_address[f"aws_lb.{BALANCER}"].data == {
        "id": BALANCER,
        "arn": BALANCER,
        "internal": True,
        "load_balancer_type": "application",
        "name": "l",
        "security_groups": ["sg-1"],
        "subnet_mapping": [{"allocation_id": "eipalloc-1", "subnet_id": "subnet-1"}],
        "subnets": ["subnet-1", "subnet-2"],
        "access_logs": [{"enabled": True, "bucket": "b"}],
        "connection_logs": [{"enabled": False, "bucket": None}],
        "desync_mitigation_mode": "strictest",
        "drop_invalid_header_fields": True,
        "enable_cross_zone_load_balancing": None,
        "enable_deletion_protection": True,
        "tags": {"team": "a"},
    }


def test_a_listener_rule():
    replies = {
        **LB_REPLIES,
        "elbv2.describe_listeners": {"Listeners": [{"ListenerArn": "arn:listener"}]},
        "elbv2.describe_rules": {
            "Rules": [
                {"RuleArn": "arn:default", "Priority": "default", "IsDefault": True},
                {
                    "RuleArn": "arn:rule",
                    "Priority": "10",
                    "Conditions": [
                        {"Field": "host-header", "HostHeaderConfig": {"Values": ["x.example"]}},
                        {"Field": "path-pattern", "Values": ["/api/*"]},
                    ],
                    "Actions": [{"Type": "forward", "TargetGroupArn": "arn:t", "Order": 1}],
                },
            ]
        },
    }
    model = model_from([elbv2.listener_rules], replies)
    (found,) = model.by_type["aws_lb_listener_rule"]
    assert found.data == {
        "id": "arn:rule",
        "action": [{"order": 1, "redirect": [], "target_group_arn": "arn:t", "type": "forward"}],
        "arn": "arn:rule",
        "condition": [
            {"host_header": [{"values": ["x.example"]}], "path_pattern": [], "source_ip": []},
            {"host_header": [], "path_pattern": [{"values": ["/api/*"]}], "source_ip": []},
        ],
        "listener_arn": "arn:listener",
        "priority": 10,
        "tags": {"team": "a"},
    }


TRAIL_REPLIES = {
    "cloudtrail.describe_trails": {
        "trailList": [
            {"Name": "elsewhere", "TrailARN": "arn:x", "HomeRegion": "us-east-1"},
            {
                "Name": "t",
                "TrailARN": TRAIL,
                "HomeRegion": "eu-west-1",
                "S3BucketName": "b",
                "IsMultiRegionTrail": True,
                "IncludeGlobalServiceEvents": True,
                "LogFileValidationEnabled": True,
                "KmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/k",
            },
        ]
    },
    "cloudtrail.get_trail_status": {"IsLogging": True},
    "cloudtrail.get_event_selectors": {
        "AdvancedEventSelectors": [
            {
                "Name": "data",
                "FieldSelectors": [
                    {"Field": "eventCategory", "Equals": ["Data"]},
                    {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
                ],
            }
        ]
    },
    "cloudtrail.get_insight_selectors": None,
    "cloudtrail.list_tags": {"ResourceTagList": [{"TagsList": [{"Key": "team", "Value": "a"}]}]},
}


def test_a_trail():
    model = model_from([cloudtrail.trails], TRAIL_REPLIES)
    nothing = {"not_equals": [], "starts_with": [], "ends_with": [], "not_starts_with": []}
    (trail,) = model.by_type["aws_cloudtrail"]
    assert trail.data == {
        "id": "t",
        "arn": TRAIL,
        "cloud_watch_logs_group_arn": None,
        "enable_log_file_validation": True,
        "enable_logging": True,
        "include_global_service_events": True,
        "insight_selector": [],
        "is_multi_region_trail": True,
        "is_organization_trail": False,
        "kms_key_id": "arn:aws:kms:eu-west-1:123456789012:key/k",
        "name": "t",
        "s3_bucket_name": "b",
        "sns_topic_name": None,
        "event_selector": [],
        "advanced_event_selector": [
            {
                "name": "data",
                "field_selector": [
                    {"field": "eventCategory", "equals": ["Data"], **nothing},
                    {"field": "resources.type", "equals": ["AWS::S3::Object"], **nothing},
                ],
            }
        ],
        "tags": {"team": "a"},
    }


LOG_REPLIES = {
    "logs.describe_log_groups": {
        "logGroups": [
            {
                "logGroupName": "g",
                "arn": "arn:aws:logs:eu-west-1:123456789012:log-group:g:*",
                "retentionInDays": 30,
                "kmsKeyId": "arn:k",
            }
        ]
    },
    BULK_TAGS: {
        "ResourceTagMappingList": [
            {
                "ResourceARN": "arn:aws:logs:eu-west-1:123456789012:log-group:g",
                "Tags": [{"Key": "team", "Value": "a"}],
            }
        ]
    },
}


def test_a_log_group():
    model = model_from([cloudwatch.log_groups], LOG_REPLIES)
    assert model.by_address["aws_cloudwatch_log_group.g"].data == {
        "id": "g",
        "arn": "arn:aws:logs:eu-west-1:123456789012:log-group:g",
        "kms_key_id": "arn:k",
        "log_group_class": "STANDARD",
        "name": "g",
        "retention_in_days": 30,
        "tags": {"team": "a"},
    }


QUEUE_REPLIES = {
    "sqs.list_queues": {"QueueUrls": [QUEUE]},
    "sqs.get_queue_attributes": {
        "Attributes": {
            "KmsMasterKeyId": "alias/mine",
            "MessageRetentionPeriod": "345600",
            "SqsManagedSseEnabled": "false",
            "VisibilityTimeout": "30",
            "Policy": '{"Statement": []}',
        }
    },
    BULK_TAGS: tagged("arn:aws:sqs:eu-west-1:123456789012:q"),
}


def test_a_queue():
    model = model_from([sqs.queues], QUEUE_REPLIES)
    assert model.by_address["aws_sqs_queue.q"].data == {
        "id": QUEUE,
        "arn": "arn:aws:sqs:eu-west-1:123456789012:q",
        "url": QUEUE,
        "name": "q",
        "fifo_queue": False,
        "kms_master_key_id": "alias/mine",
        "message_retention_seconds": 345600,
        "sqs_managed_sse_enabled": False,
        "tags": {"team": "a"},
        "visibility_timeout_seconds": 30,
    }
    (policy,) = model.by_type["aws_sqs_queue_policy"]
    assert policy.data == {"id": QUEUE, "queue_url": QUEUE, "policy": '{"Statement": []}'}
    assert "aws_sqs_queue_redrive_policy" not in model.by_type


def test_addresses_of_queues_do_not_hang_on_the_endpoint():
    """Or findings would be others at each: the URL, which is the id, holds the endpoint's host."""
    elsewhere = "http://localhost:4566/123456789012/q"
    replies = {**QUEUE_REPLIES, "sqs.list_queues": {"QueueUrls": [elsewhere]}}
    model = model_from([sqs.queues], replies)
    queues = [*model.by_type["aws_sqs_queue"], *model.by_type["aws_sqs_queue_policy"]]
    assert {each.address: each.data["id"] for each in queues} == {
        "aws_sqs_queue.q": elsewhere,
        "aws_sqs_queue_policy.q": elsewhere,
    }


TOPIC_REPLIES = {
    "sns.list_topics": {"Topics": [{"TopicArn": TOPIC}]},
    "sns.get_topic_attributes": {"Attributes": {"KmsMasterKeyId": "alias/mine", "Policy": "{}"}},
    BULK_TAGS: tagged(TOPIC),
}


def test_a_topic():
    model = model_from([sns.topics], TOPIC_REPLIES)
    assert model.by_address[f"aws_sns_topic.{TOPIC}"].data == {
        "id": TOPIC,
        "arn": TOPIC,
        "name": "t",
        "fifo_topic": False,
        "kms_master_key_id": "alias/mine",
        "tags": {"team": "a"},
    }


TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/t"
TABLE_REPLIES = {
    "dynamodb.list_tables": {"TableNames": ["t"]},
    "dynamodb.describe_table": {
        "Table": {
            "TableName": "t",
            "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
            "DeletionProtectionEnabled": True,
            "SSEDescription": {"Status": "ENABLED", "KMSMasterKeyArn": "arn:k"},
            "Replicas": [{"RegionName": "us-east-1", "KMSMasterKeyId": "arn:k2"}],
        }
    },
    "dynamodb.describe_continuous_backups": {
        "ContinuousBackupsDescription": {
            "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED"}
        }
    },
    "dynamodb.describe_time_to_live": {
        "TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}
    },
    BULK_TAGS: {
        "ResourceTagMappingList": [{"ResourceARN": TABLE, "Tags": [{"Key": "team", "Value": "a"}]}]
    },
}


def test_a_table():
    data = dict(
        model_from([dynamodb.tables], TABLE_REPLIES).by_address["aws_dynamodb_table.t"].data
    )
    (replica,) = data.pop("replica")
    assert (replica["region_name"], replica["kms_key_arn"]) == ("us-east-1", "arn:k2")
    assert data == {
        "id": "t",
        "arn": TABLE,
        "name": "t",
        "billing_mode": "PAY_PER_REQUEST",
        "deletion_protection_enabled": True,
        "read_capacity": None,
        "server_side_encryption": [{"enabled": True, "kms_key_arn": "arn:k"}],
        "stream_enabled": False,
        "table_class": "STANDARD",
        "write_capacity": None,
        "point_in_time_recovery": [{"enabled": True}],
        "ttl": [{"attribute_name": "until", "enabled": True}],
        "tags": {"team": "a"},
    }


CACHE_REPLIES = {
    "elasticache.describe_replication_groups": {
        "ReplicationGroups": [
            {
                "ReplicationGroupId": "c",
                "ARN": "arn:c",
                "AtRestEncryptionEnabled": True,
                "TransitEncryptionEnabled": True,
                "AutomaticFailover": "enabled",
                "MultiAZ": "enabled",
                "MemberClusters": ["c-001", "c-002"],
                "NodeGroups": [{"NodeGroupMembers": [{}, {}]}],
                "SnapshotRetentionLimit": 7,
                "LogDeliveryConfigurations": [
                    {
                        "LogType": "slow-log",
                        "DestinationType": "cloudwatch-logs",
                        "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "g"}},
                        "LogFormat": "json",
                    }
                ],
            }
        ]
    },
    # moto does not list the members of a replication group.
    "elasticache.describe_cache_clusters": {
        "CacheClusters": [
            {
                "CacheClusterId": "c-001",
                "ReplicationGroupId": "c",
                "EngineVersion": "7.1",
                "CacheSubnetGroupName": "s",
                "SecurityGroups": [{"SecurityGroupId": "sg-1"}],
            }
        ]
    },
    "elasticache.list_tags_for_resource": {"TagList": [{"Key": "team", "Value": "a"}]},
    BULK_TAGS: {
        "ResourceTagMappingList": [
            {"ResourceARN": "arn:c", "Tags": [{"Key": "team", "Value": "a"}]}
        ]
    },
}


def test_a_replication_group():
    model = model_from([elasticache.replication_groups, elasticache.clusters], CACHE_REPLIES)
    assert model.by_address["aws_elasticache_replication_group.c"].data == {
        "id": "c",
        "arn": "arn:c",
        "at_rest_encryption_enabled": True,
        "auth_token": None,
        "auto_minor_version_upgrade": True,
        "automatic_failover_enabled": True,
        "engine": "redis",
        "engine_version": "7.1",
        "kms_key_id": None,
        "log_delivery_configuration": [
            {
                "destination": "g",
                "destination_type": "cloudwatch-logs",
                "log_format": "json",
                "log_type": "slow-log",
            }
        ],
        "multi_az_enabled": True,
        "num_cache_clusters": 2,
        "replicas_per_node_group": 1,
        "replication_group_id": "c",
        "security_group_ids": ["sg-1"],
        "snapshot_retention_limit": 7,
        "subnet_group_name": "s",
        "transit_encryption_enabled": True,
        "transit_encryption_mode": None,
        "user_group_ids": [],
        "tags": {"team": "a"},
    }
    assert "aws_elasticache_cluster" not in model.by_type  # a member is part of its group


ACL_REPLIES = {
    "wafv2.list_web_acls": {"WebACLs": [{"Name": "w", "Id": "1", "ARN": "arn:w"}]},
    "wafv2.get_web_acl": {
        "WebACL": {
            "VisibilityConfig": {"CloudWatchMetricsEnabled": True, "SampledRequestsEnabled": True},
            "Rules": [],
        }
    },
    "wafv2.list_tags_for_resource": {"TagInfoForResource": {"TagList": []}},
    "wafv2.get_logging_configuration": None,
}


@pytest.mark.parametrize(
    ("reader", "replies", "call", "rule"),
    [
        (
            elbv2.load_balancers,
            LB_REPLIES,
            "elbv2.describe_load_balancers",
            balancer_network.internet_facing,
        ),
        (
            elbv2.load_balancers,
            LB_REPLIES,
            "elbv2.describe_load_balancer_attributes",
            balancer_logging.no_access_logs,
        ),
        (
            elbv2.listeners,
            LB_REPLIES,
            "elbv2.describe_load_balancers",
            balancer_encryption.listener_in_the_clear,
        ),
        (wafv2.regional_web_acls, ACL_REPLIES, "wafv2.list_web_acls", waf.empty_web_acl),
        (wafv2.regional_web_acls, ACL_REPLIES, "wafv2.get_web_acl", waf.empty_web_acl),
        (
            wafv2.regional_web_acls,
            ACL_REPLIES,
            "wafv2.get_logging_configuration",
            waf.requests_not_logged,
        ),
        (
            cloudtrail.trails,
            TRAIL_REPLIES,
            "cloudtrail.describe_trails",
            trail_encryption.trail_without_own_key,
        ),
        (cloudtrail.trails, TRAIL_REPLIES, "cloudtrail.get_trail_status", trails.trail_is_off),
        (
            cloudtrail.trails,
            TRAIL_REPLIES,
            "cloudtrail.get_event_selectors",
            trails.object_reads_not_recorded,
        ),
        (
            cloudtrail.trails,
            TRAIL_REPLIES,
            "cloudtrail.get_insight_selectors",
            trails.no_insights,
        ),
        (cloudwatch.log_groups, LOG_REPLIES, "logs.describe_log_groups", logs.kept_for_ever),
        (sqs.queues, QUEUE_REPLIES, "sqs.list_queues", sqs_encryption.queue_in_the_clear),
        (
            sqs.queues,
            QUEUE_REPLIES,
            "sqs.get_queue_attributes",
            sqs_encryption.queue_in_the_clear,
        ),
        (sqs.queues, QUEUE_REPLIES, "sqs.get_queue_attributes", sqs_iam.queue_for_anyone),
        (sns.topics, TOPIC_REPLIES, "sns.list_topics", sns_encryption.topic_in_the_clear),
        (sns.topics, TOPIC_REPLIES, "sns.get_topic_attributes", sns_iam.topic_for_anyone),
        (
            dynamodb.tables,
            TABLE_REPLIES,
            "dynamodb.describe_table",
            dynamodb_encryption.table_without_own_key,
        ),
        (
            dynamodb.tables,
            TABLE_REPLIES,
            "dynamodb.describe_continuous_backups",
            dynamodb_backups.no_point_in_time_recovery,
        ),
        (
            elasticache.replication_groups,
            CACHE_REPLIES,
            "elasticache.describe_replication_groups",
            cache_encryption.cache_in_the_clear,
        ),
        (
            elasticache.replication_groups,
            CACHE_REPLIES,
            "elasticache.describe_cache_clusters",
            cache_network.default_subnets,
        ),
    ],
)
def test_what_was_refused_is_in_doubt(reader: Any, replies: Any, call: str, rule: Any):
    model = model_from([reader], denied(replies, call))
    assert {v.status for v in evaluate([rule], model)} == {"undetermined"}


def test_logs_of_a_cache():
    """One of the two kinds is there: the other is the finding."""
    model = model_from([elasticache.replication_groups], CACHE_REPLIES)
    (verdict,) = evaluate([cache_logging.logs_not_delivered], model)
    assert [finding.key for finding in verdict.findings] == ["engine-log"]
