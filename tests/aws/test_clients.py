"""One client serves all regions exactly as one made for each would."""

from __future__ import annotations

import threading

import botocore.session
import pytest
from botocore.config import Config

from auditor.aws.clients import Clients

REGIONS = ("eu-west-1", "us-east-1", "ap-northeast-1")
CALLS = {
    "acm": "list_certificates",
    "apigateway": "get_rest_apis",
    "apigatewayv2": "get_apis",
    "application-autoscaling": "describe_scalable_targets",
    "autoscaling": "describe_auto_scaling_groups",
    "backup": "list_backup_vaults",
    "cloudfront": "list_distributions",
    "cloudtrail": "describe_trails",
    "cloudwatch": "describe_alarms",
    "cognito-idp": "list_user_pools",
    "config": "describe_configuration_recorders",
    "dynamodb": "list_tables",
    "ec2": "describe_vpcs",
    "ecr": "describe_repositories",
    "ecs": "list_clusters",
    "efs": "describe_file_systems",
    "elasticache": "describe_cache_clusters",
    "elbv2": "describe_load_balancers",
    "events": "list_rules",
    "guardduty": "list_detectors",
    "iam": "list_users",
    "kms": "list_keys",
    "lambda": "list_functions",
    "logs": "describe_log_groups",
    "organizations": "describe_organization",
    "rds": "describe_db_instances",
    "resourcegroupstaggingapi": "get_resources",
    "route53": "list_hosted_zones",
    "s3": "list_buckets",
    "s3control": "get_public_access_block",
    "secretsmanager": "list_secrets",
    "sns": "list_topics",
    "sqs": "list_queues",
    "ssm": "describe_parameters",
    "stepfunctions": "list_state_machines",
    "sts": "get_caller_identity",
    "wafv2": "list_web_acls",
}
ARGUMENTS = {
    "application-autoscaling": {"ServiceNamespace": "ecs"},
    "cognito-idp": {"MaxResults": 10},
    "s3control": {"AccountId": "123456789012"},
    "wafv2": {"Scope": "REGIONAL"},
}


class Sent(Exception):  # noqa: N818 - no error
    """Ends a call when its request would be sent."""


@pytest.fixture
def recorded(monkeypatch):
    """Sessions whose requests are not sent but end in `Sent` with URL and credential scope."""
    monkeypatch.delenv("AWS_ENDPOINT_URL")

    def session():
        made = botocore.session.Session()

        def stop(request, **_):
            scope = request.headers["Authorization"].decode().partition("/")[2].split(",")[0]
            raise Sent(request.url, scope.partition("/")[2])

        made.get_component("event_emitter").register_first("before-send", stop)
        return made

    return session


def sent(client, service):
    with pytest.raises(Sent) as request:
        getattr(client, CALLS[service])(**ARGUMENTS.get(service, {}))
    return request.value.args


@pytest.mark.parametrize("service", CALLS)
def test_each_region_is_addressed_and_signed_for_as_by_a_client_of_its_own(recorded, service):
    clients, plain = Clients(recorded()), recorded()
    for region in REGIONS:
        config = Config(retries={"total_max_attempts": 1})
        own = plain.create_client(service, region_name=region, config=config)
        clients.wire.start(region)
        assert sent(clients.get(service, region), service) == sent(own, service)


def test_a_client_is_made_once(recorded):
    clients = Clients(recorded())
    assert clients.get("rds", "eu-west-1") is clients.get("rds", "us-east-1")


def test_threads_that_ask_for_a_client_at_once_get_one(recorded):
    clients, got = Clients(recorded()), []
    start = threading.Barrier(8)

    def get():
        start.wait()
        got.append(clients.get("sqs", "eu-west-1"))

    threads = [threading.Thread(target=get) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(client) for client in got}) == 1


def test_a_service_that_aws_does_not_have(recorded):
    with pytest.raises(LookupError, match="AWS has no client relational"):
        Clients(recorded()).get("relational", "eu-west-1")
