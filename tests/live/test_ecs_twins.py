"""ECS, ECR and scaling: an emulated account gets the verdicts that the same Terraform gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from auditor.rules.encryption import ecr as ecr_encryption
from auditor.rules.encryption import ecs as encryption
from auditor.rules.iam import ecr as ecr_iam
from auditor.rules.iam import ecs as iam
from auditor.rules.logging import ecs as logging
from auditor.rules.multi_az import ecs as availability
from auditor.rules.network import ecs as network
from auditor.rules.operations import ecr as ecr_operations
from auditor.rules.operations import ecs as operations
from auditor.rules.secrets import ecs as secrets
from fake_aws import model_from, refused

from auditor.engine import evaluate
from auditor.services.ecs import capacity_providers, services
from auditor.services.ecs_tasks import task_definitions
from auditor.testing import check_twins

pytestmark = pytest.mark.emulator

Make = Callable[[Any], object]


@pytest.fixture
def twins(moto_server: Any, make_client: Callable[..., Any]) -> Callable[..., None]:
    """`twins(rule, bad, good)`: each makes its state, given `make_client`."""

    def check(rule: Any, bad: Make, good: Make) -> None:
        check_twins(
            rule,
            moto_server.url,
            bad=lambda: bad(make_client),
            good=lambda: good(make_client),
            reset=moto_server.reset,
        )

    return check


def task(body: dict[str, Any] | None = None, **container: Any) -> Make:
    definition = {"name": "c", "image": "a:1", "memory": 64, **container}
    return lambda client: client("ecs").register_task_definition(
        family="app", containerDefinitions=[definition], **(body or {})
    )


def efs(**configuration: str) -> Make:
    volume = {"name": "v", "efsVolumeConfiguration": {"fileSystemId": "fs-1", **configuration}}
    return task({"volumes": [volume]})


ROLE = "arn:aws:iam::123456789012:role/{}"
LOGS = {"logDriver": "awslogs", "options": {"mode": "blocking"}}
SECRET = [{"name": "DB_PASSWORD", "value": "hunter2"}]


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (operations.privileged_container, task(privileged=True), task(privileged=False)),
        (operations.writable_root, task(), task(readonlyRootFilesystem=True)),
        (operations.host_processes, task({"pidMode": "host"}), task({"pidMode": "task"})),
        (operations.image_that_changes, task(image="a"), task(image="a:1")),
        (
            operations.foreign_image,
            task(image="a:1"),
            task(image="123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:1"),
        ),
        (network.host_network, task({"networkMode": "host"}), task({"networkMode": "awsvpc"})),
        (
            iam.root_on_the_host_network,
            task({"networkMode": "host"}, user="root"),
            task({"networkMode": "host"}, user="app"),
        ),
        (iam.root_in_the_container, task(), task(user="10001")),
        (
            iam.administrator_in_the_container,
            task({"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}),
            task(
                {"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}},
                user="ContainerUser",
            ),
        ),
        (
            iam.one_role_for_both,
            task({"executionRoleArn": ROLE.format("a"), "taskRoleArn": ROLE.format("a")}),
            task({"executionRoleArn": ROLE.format("a"), "taskRoleArn": ROLE.format("b")}),
        ),
        (
            secrets.secret_in_environment,
            task(environment=SECRET),
            task(environment=[{"name": "DB_HOST", "value": "db"}]),
        ),
        (logging.container_without_logs, task(), task(logConfiguration=LOGS)),
        (
            logging.logging_that_blocks,
            task(logConfiguration=LOGS),
            task(logConfiguration={**LOGS, "options": {"mode": "non-blocking"}}),
        ),
        (
            encryption.file_system_without_tls,
            efs(),
            efs(transitEncryption="ENABLED"),
        ),
    ],
)
def test_tasks(twins: Any, rule: Any, bad: Make, good: Make) -> None:
    twins(rule, bad, good)


def cluster(**arguments: Any) -> Make:
    return lambda client: client("ecs").create_cluster(clusterName="main", **arguments)


def exec_(**command: Any) -> Make:
    return cluster(configuration={"executeCommandConfiguration": command})


def own_key(client: Any) -> object:
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    return exec_(kmsKeyId=key, logging="DEFAULT")(client)


def insights(value: str) -> Make:
    return cluster(settings=[{"name": "containerInsights", "value": value}])


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (logging.no_container_insights, insights("disabled"), insights("enhanced")),
        (logging.sessions_without_logs, exec_(logging="NONE"), exec_(logging="DEFAULT")),
        (encryption.sessions_without_own_key, exec_(logging="DEFAULT"), own_key),
    ],
)
def test_clusters(twins: Any, rule: Any, bad: Make, good: Make) -> None:
    twins(rule, bad, good)


def service(zones: tuple[str, ...] = ("a",), public: str = "DISABLED", **arguments: Any) -> Make:
    def make(client: Any) -> None:
        ec2 = client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(
                VpcId=vpc, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=f"eu-west-1{zone}"
            )["Subnet"]["SubnetId"]
            for i, zone in enumerate(zones)
        ]
        group = ec2.create_security_group(GroupName="s", Description="s", VpcId=vpc)["GroupId"]
        task({"networkMode": "awsvpc"})(client)
        cluster()(client)
        client("ecs").create_service(
            cluster="main",
            serviceName="s",
            taskDefinition="app",
            networkConfiguration={
                "awsvpcConfiguration": {
                    "subnets": subnets,
                    "securityGroups": [group],
                    "assignPublicIp": public,
                }
            },
            **{"desiredCount": 1, "launchType": "FARGATE", **arguments},
        )

    return make


def scaled(least: int, *, policy: bool = False) -> Make:
    def make(client: Any) -> None:
        service(desiredCount=3)(client)
        named = {
            "ServiceNamespace": "ecs",
            "ResourceId": "service/main/s",
            "ScalableDimension": "ecs:service:DesiredCount",
        }
        scaling = client("application-autoscaling")
        scaling.register_scalable_target(**named, MinCapacity=least, MaxCapacity=9)
        if policy:
            metric = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
            scaling.put_scaling_policy(
                **named,
                PolicyName="p",
                PolicyType="TargetTrackingScaling",
                TargetTrackingScalingPolicyConfiguration={
                    "TargetValue": 50,
                    "PredefinedMetricSpecification": metric,
                },
            )

    return make


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (network.service_with_public_addresses, service(public="ENABLED"), service()),
        (operations.old_platform, service(platformVersion="1.3.0"), service()),
        (availability.service_in_one_zone, service(("a", "a")), service(("a", "b"))),
        (availability.single_task, service(), service(desiredCount=2)),
        (availability.single_task, scaled(1), scaled(2)),
        (availability.does_not_scale, scaled(1), scaled(1, policy=True)),
    ],
)
def test_services(twins: Any, rule: Any, bad: Make, good: Make) -> None:
    twins(rule, bad, good)


def test_task_sets(twins: Any) -> None:
    def task_set(public: str) -> Make:
        def make(client: Any) -> None:
            task({"networkMode": "awsvpc"})(client)
            cluster()(client)
            ecs = client("ecs")
            ecs.create_service(
                cluster="main", serviceName="s", deploymentController={"type": "EXTERNAL"}
            )
            placed = {"subnets": ["subnet-1"], "assignPublicIp": public}
            ecs.create_task_set(
                cluster="main",
                service="s",
                taskDefinition="app",
                networkConfiguration={"awsvpcConfiguration": placed},
            )

        return make

    twins(network.task_set_with_public_addresses, task_set("ENABLED"), task_set("DISABLED"))


def repository(after: Make | None = None, **arguments: Any) -> Make:
    def make(client: Any) -> None:
        client("ecr").create_repository(repositoryName="app", **arguments)
        if after:
            after(client)

    return make


def lifecycle(client: Any) -> object:
    rule = {
        "rulePriority": 1,
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 9},
        "action": {"type": "expire"},
    }
    return client("ecr").put_lifecycle_policy(
        repositoryName="app", lifecyclePolicyText=json.dumps({"rules": [rule]})
    )


def policy_for(principal: Any) -> Make:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "ecr:BatchGetImage"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return lambda client: client("ecr").set_repository_policy(repositoryName="app", policyText=text)


def registry_scan(client: Any) -> object:
    filters = [{"filter": "ap*", "filterType": "WILDCARD"}]
    rule = {"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": filters}
    return client("ecr").put_registry_scanning_configuration(scanType="BASIC", rules=[rule])


def with_own_key(client: Any) -> object:
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    encryption = {"encryptionType": "KMS", "kmsKey": key}
    return client("ecr").create_repository(repositoryName="app", encryptionConfiguration=encryption)


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (
            ecr_operations.images_not_scanned,
            repository(),
            repository(imageScanningConfiguration={"scanOnPush": True}),
        ),
        (ecr_operations.images_not_scanned, repository(), repository(registry_scan)),
        (
            ecr_operations.tags_can_be_moved,
            repository(),
            repository(imageTagMutability="IMMUTABLE"),
        ),
        (ecr_operations.images_kept_for_ever, repository(), repository(lifecycle)),
        (ecr_encryption.images_without_own_key, repository(), with_own_key),
        (
            ecr_iam.repository_for_anyone,
            repository(policy_for("*")),
            repository(policy_for({"AWS": "arn:aws:iam::210987654321:root"})),
        ),
    ],
)
def test_repositories(twins: Any, rule: Any, bad: Make, good: Make) -> None:
    twins(rule, bad, good)


# -- what the emulator cannot hold: replies in AWS's shape ----------------------------------------

ARN = "arn:aws:ecs:eu-west-1:123456789012:"
SERVICE = {
    "serviceName": "s",
    "serviceArn": f"{ARN}service/main/s",
    "clusterArn": f"{ARN}cluster/main",
    "taskDefinition": f"{ARN}task-definition/app:3",
    "desiredCount": 2,
}


def statuses(rule: Any, readers: list[Any], replies: dict[str, Any]) -> list[str]:
    return [verdict.status for verdict in evaluate([rule], model_from(readers, replies))]


def listed(**service_members: Any) -> dict[str, Any]:
    return {
        "ecs.list_clusters": {"clusterArns": [f"{ARN}cluster/main"]},
        "ecs.list_services": {"serviceArns": [SERVICE["serviceArn"]]},
        "ecs.describe_services": {"services": [{**SERVICE, **service_members}]},
    }


@pytest.mark.parametrize(
    ("breaker", "status"),
    [({"enable": True, "rollback": True}, "pass"), ({"enable": True, "rollback": False}, "fail")],
)
def test_circuit_breakers(breaker: dict[str, bool], status: str) -> None:
    """The emulator drops deployment configurations."""
    replies = listed(deploymentConfiguration={"deploymentCircuitBreaker": breaker})
    assert statuses(availability.failed_deployments_stay, [services], replies) == [status]


@pytest.mark.parametrize(("enabled", "status"), [(True, "fail"), (False, "pass")])
def test_shells_into_tasks(enabled: bool, status: str) -> None:
    """The emulator drops ECS Exec of services."""
    replies = listed(enableExecuteCommand=enabled)
    assert statuses(operations.shell_into_tasks, [services], replies) == [status]


@pytest.mark.parametrize(("protection", "status"), [("ENABLED", "pass"), ("DISABLED", "fail")])
def test_capacity_providers(protection: str, status: str) -> None:
    """The emulator does not describe all capacity providers at once."""
    group = {"autoScalingGroupArn": "arn:x", "managedTerminationProtection": protection}
    own = {"name": "p", "capacityProviderArn": "arn:p", "autoScalingGroupProvider": group}
    found = {"capacityProviders": [{"name": "FARGATE", "capacityProviderArn": "arn:f"}, own]}
    replies = {"ecs.describe_capacity_providers": found}
    rule = availability.instances_ended_under_tasks
    assert statuses(rule, [capacity_providers], replies) == [status]


def described(arguments: dict[str, Any]) -> dict[str, Any]:
    revision = 3 if str(arguments["taskDefinition"]).endswith(":3") else 7
    return {
        "taskDefinition": {
            "taskDefinitionArn": f"{ARN}task-definition/app:{revision}",
            "family": "app",
            "revision": revision,
            "containerDefinitions": [{"name": "c", "privileged": revision == 3}],
        },
        "tags": [],
    }


def test_the_revision_that_a_service_runs_counts_beside_the_newest() -> None:
    replies = {
        **listed(),
        "ecs.list_task_definition_families": {"families": ["app"]},
        "ecs.describe_task_definition": described,
    }
    found = evaluate([operations.privileged_container], model_from([task_definitions], replies))
    assert {v.resource.get("revision"): v.status for v in found if v.resource} == {
        7: "pass",
        3: "fail",
    }


def test_a_task_definition_that_may_not_be_read_is_undetermined() -> None:
    replies = {
        **listed(),
        "ecs.list_task_definition_families": {"families": ["app"]},
        "ecs.describe_task_definition": refused("ecs:DescribeTaskDefinition"),
    }
    found = statuses(operations.privileged_container, [task_definitions], replies)
    assert set(found) == {"undetermined"}
