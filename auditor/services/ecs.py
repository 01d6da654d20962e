"""Amazon Elastic Container Service: clusters, services, capacity. Tasks are in ecs_tasks.

Sources: ECS API reference (ListClusters, DescribeClusters, ListServices, DescribeServices,
DescribeCapacityProviders, ListAccountSettings), AWS provider 5.100.0 documentation of the types
below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader, tag_map
from auditor.resource import (
    Block,
    Blocks,
    Bool,
    Link,
    Links,
    Node,
    Num,
    Resource,
    Str,
    StrMap,
)
from auditor.values import Unknown

SUBNETS = ("aws_subnet", "aws_default_subnet")
GROUPS = ("aws_security_group", "aws_default_security_group")


class Setting(Node):
    """A cluster setting: `containerInsights`."""

    name = Str()
    value = Str()


class ExecLog(Node):
    """Where sessions of ECS Exec are logged."""

    cloud_watch_encryption_enabled = Bool(default=False)
    cloud_watch_log_group_name = Str()
    s3_bucket_encryption_enabled = Bool(default=False)
    s3_bucket_name = Str()
    s3_key_prefix = Str()


class ExecuteCommand(Node):
    """How ECS Exec works in a cluster. `DEFAULT` logs to the container's own awslogs driver."""

    kms_key_id = Link("aws_kms_key", "aws_kms_alias", by=("key_id", "name"))
    log_configuration = Block(ExecLog)
    logging = Str(default="DEFAULT")


class ManagedStorage(Node):
    """Keys of the storage that ECS manages."""

    fargate_ephemeral_storage_kms_key_id = Link("aws_kms_key")
    kms_key_id = Link("aws_kms_key")


class ClusterConfiguration(Node):
    """Configuration of a cluster."""

    execute_command_configuration = Block(ExecuteCommand)
    managed_storage_configuration = Block(ManagedStorage)


class EcsCluster(Resource, tf="aws_ecs_cluster"):
    """A cluster."""

    identity = ("name",)
    arn = Str(computed=True)
    configuration = Block(ClusterConfiguration)
    name = Str()
    setting = Blocks(Setting, unordered=True)
    tags = StrMap()


class CapacityStrategy(Node):
    """How many tasks go to a capacity provider."""

    base = Num(default=0)
    capacity_provider = Str()
    weight = Num(default=0)


class CircuitBreaker(Node):
    """Whether a deployment that does not become steady is stopped, and taken back."""

    enable = Bool(default=False)
    rollback = Bool(default=False)


class DeploymentController(Node):
    """Who deploys: `ECS`, `CODE_DEPLOY` or `EXTERNAL`."""

    type_ = Str(default="ECS")


class LoadBalancer(Node):
    """A target group that tasks are registered with."""

    container_name = Str()
    container_port = Num()
    elb_name = Str()
    target_group_arn = Link("aws_lb_target_group", "aws_alb_target_group")


class NetworkConfiguration(Node):
    """Where tasks with the network mode `awsvpc` are placed."""

    assign_public_ip = Bool(default=False)
    security_groups = Links(*GROUPS)
    subnets = Links(*SUBNETS)


class ServiceConnect(Node):
    """Whether the service takes part in Service Connect."""

    enabled = Bool()
    namespace = Str(computed=True)


class ServiceRegistry(Node):
    """A Cloud Map service that tasks are registered in."""

    registry_arn = Str()


class EcsService(Resource, tf="aws_ecs_service"):
    """A service: tasks that are kept running."""

    identity = ("cluster", "name")
    availability_zone_rebalancing = Str(default="DISABLED")
    capacity_provider_strategy = Blocks(CapacityStrategy, unordered=True)
    cluster = Link("aws_ecs_cluster", by=("name",))
    deployment_circuit_breaker = Block(CircuitBreaker)
    deployment_controller = Block(DeploymentController)
    deployment_maximum_percent = Num(default=200)
    deployment_minimum_healthy_percent = Num(default=100)
    desired_count = Num(default=0)
    enable_ecs_managed_tags = Bool(default=False)
    enable_execute_command = Bool(default=False)
    health_check_grace_period_seconds = Num()
    launch_type = Str()
    load_balancer = Blocks(LoadBalancer, unordered=True)
    name = Str()
    network_configuration = Block(NetworkConfiguration)
    # A plan shows "known after apply"; ECS takes the latest.
    platform_version = Str(default="LATEST")
    propagate_tags = Str()
    scheduling_strategy = Str(default="REPLICA")
    service_connect_configuration = Block(ServiceConnect)
    service_registries = Block(ServiceRegistry)
    tags = StrMap()
    task_definition = Link("aws_ecs_task_definition", by=("arn_without_revision", "family"))


class EcsTaskSet(Resource, tf="aws_ecs_task_set"):
    """One of several versions of a service with the deployment controller `EXTERNAL`."""

    arn = Str(computed=True)
    cluster = Link("aws_ecs_cluster", by=("name",))
    launch_type = Str()
    network_configuration = Block(NetworkConfiguration)
    platform_version = Str(default="LATEST")
    service = Link("aws_ecs_service", by=("name",))
    tags = StrMap()
    task_definition = Link("aws_ecs_task_definition", by=("arn_without_revision", "family"))


class ManagedScaling(Node):
    """Whether ECS sizes the Auto Scaling group."""

    status = Str(computed=True)
    target_capacity = Num(computed=True)


class AutoScalingGroupProvider(Node):
    """The Auto Scaling group behind a capacity provider."""

    auto_scaling_group_arn = Link("aws_autoscaling_group")
    managed_draining = Str(default="ENABLED")
    managed_scaling = Block(ManagedScaling)
    # A plan shows "known after apply"; ECS documents DISABLED.
    managed_termination_protection = Str(default="DISABLED")


class EcsCapacityProvider(Resource, tf="aws_ecs_capacity_provider"):
    """A capacity provider of one's own (FARGATE and FARGATE_SPOT are AWS's)."""

    identity = ("name",)
    arn = Str(computed=True)
    auto_scaling_group_provider = Block(AutoScalingGroupProvider)
    name = Str()
    tags = StrMap()


class EcsAccountSettingDefault(Resource, tf="aws_ecs_account_setting_default"):
    """What new clusters and tasks of the account get where they do not say."""

    identity = ("name",)
    name = Str()
    value = Str()


# -- live ----------------------------------------------------------------------------------------


@reader(yields=(EcsCluster,), calls=("ecs.list_clusters", "ecs.describe_clusters"))
def clusters(aws: Aws) -> Iterator[Resource]:
    """Clusters, 100 in a call."""

    def read(arns: list[str]) -> Iterator[Resource]:
        for item in aws.list(
            "ecs.describe_clusters",
            "clusters",
            clusters=arns,
            include=["CONFIGURATIONS", "SETTINGS", "TAGS"],
        ):
            yield aws.resource(EcsCluster, item["clusterName"], _cluster(item))

    arns = aws.list("ecs.list_clusters", "clusterArns")
    yield from aws.parallel(read, aws.batches(arns, 100))


def _cluster(item: Mapping[str, Any]) -> dict[str, Any]:
    configuration = item.get("configuration")
    return {
        "arn": item["clusterArn"],
        "name": item["clusterName"],
        "setting": [
            {"name": setting.get("name"), "value": setting.get("value")}
            for setting in item.get("settings", [])
        ],
        "configuration": [_configuration(configuration)] if configuration else [],
        "tags": tag_map(item.get("tags", [])),
    }


def _configuration(item: Mapping[str, Any]) -> dict[str, Any]:
    exec_ = item.get("executeCommandConfiguration")
    storage = item.get("managedStorageConfiguration")
    return {
        "execute_command_configuration": [_execute_command(exec_)] if exec_ else [],
        "managed_storage_configuration": [
            {
                "fargate_ephemeral_storage_kms_key_id": storage.get(
                    "fargateEphemeralStorageKmsKeyId"
                ),
                "kms_key_id": storage.get("kmsKeyId"),
            }
        ]
        if storage
        else [],
    }


def _execute_command(item: Mapping[str, Any]) -> dict[str, Any]:
    log = item.get("logConfiguration")
    return {
        "kms_key_id": item.get("kmsKeyId"),
        "logging": item.get("logging"),
        "log_configuration": [
            {
                "cloud_watch_encryption_enabled": log.get("cloudWatchEncryptionEnabled", False),
                "cloud_watch_log_group_name": log.get("cloudWatchLogGroupName"),
                "s3_bucket_encryption_enabled": log.get("s3EncryptionEnabled", False),
                "s3_bucket_name": log.get("s3BucketName"),
                "s3_key_prefix": log.get("s3KeyPrefix"),
            }
        ]
        if log
        else [],
    }


SERVICE_CALLS = ("ecs.list_clusters", "ecs.list_services", "ecs.describe_services")


@reader(yields=(EcsService, EcsTaskSet), calls=SERVICE_CALLS)
def services(aws: Aws) -> Iterator[Resource]:
    """Services, ten in a call; a service's task sets come with it."""

    def read(cluster: str) -> Iterator[Resource]:
        for item in described_services(aws, cluster):
            cluster_name = cluster.rsplit("/", 1)[-1]
            id = f"{cluster_name}/{item['serviceName']}"
            yield aws.resource(EcsService, id, _service(item))
            for task_set in item.get("taskSets", []):
                name = f"{task_set['id']},{item['serviceName']},{cluster_name}"
                yield aws.resource(EcsTaskSet, name, _task_set(task_set, item))

    yield from aws.parallel(read, aws.list("ecs.list_clusters", "clusterArns"))


def described_services(aws: Aws, cluster: str) -> Iterator[Mapping[str, Any]]:
    """The services of a cluster as DescribeServices says them."""
    arns = aws.list("ecs.list_services", "serviceArns", cluster=cluster)
    for batch in aws.batches(arns, 10):
        yield from aws.list(
            "ecs.describe_services",
            "services",
            cluster=cluster,
            services=batch,
            include=["TAGS"],
        )


def _service(item: Mapping[str, Any]) -> dict[str, Any]:
    deployment = item.get("deploymentConfiguration", {})
    breaker = deployment.get("deploymentCircuitBreaker")
    current: Mapping[str, Any] = next(iter(item.get("deployments", [])), {})
    connect = current.get("serviceConnectConfiguration")
    registries = item.get("serviceRegistries", [])[:1]
    return {
        **_placed(item),
        "arn": item["serviceArn"],
        "name": item["serviceName"],
        "availability_zone_rebalancing": item.get("availabilityZoneRebalancing"),
        "capacity_provider_strategy": [
            {
                "base": strategy.get("base", 0),
                "capacity_provider": strategy.get("capacityProvider"),
                "weight": strategy.get("weight", 0),
            }
            for strategy in item.get("capacityProviderStrategy", [])
        ],
        "cluster": item["clusterArn"],
        "deployment_circuit_breaker": [
            {"enable": breaker.get("enable"), "rollback": breaker.get("rollback")}
        ]
        if breaker
        else [],
        "deployment_controller": [
            {"type": item.get("deploymentController", {}).get("type", "ECS")},
        ],
        "deployment_maximum_percent": deployment.get("maximumPercent"),
        "deployment_minimum_healthy_percent": deployment.get("minimumHealthyPercent"),
        "desired_count": item.get("desiredCount", 0),
        "enable_ecs_managed_tags": item.get("enableECSManagedTags", False),
        "enable_execute_command": item.get("enableExecuteCommand", False),
        "health_check_grace_period_seconds": item.get("healthCheckGracePeriodSeconds"),
        "load_balancer": [_load_balancer(one) for one in item.get("loadBalancers", [])],
        "propagate_tags": item.get("propagateTags"),
        "scheduling_strategy": item.get("schedulingStrategy"),
        "service_connect_configuration": [
            {"enabled": connect.get("enabled", False), "namespace": connect.get("namespace")}
        ]
        if connect
        else [],
        "service_registries": [{"registry_arn": one.get("registryArn")} for one in registries],
    }


def _placed(item: Mapping[str, Any]) -> dict[str, Any]:
    """What services and task sets have in common."""
    network = item.get("networkConfiguration", {}).get("awsvpcConfiguration")
    return {
        "launch_type": item.get("launchType"),
        "platform_version": item.get("platformVersion"),
        "task_definition": item.get("taskDefinition"),
        "tags": tag_map(item.get("tags", [])),
        "network_configuration": [
            {
                "assign_public_ip": network.get("assignPublicIp") == "ENABLED",
                "security_groups": network.get("securityGroups", []),
                "subnets": network.get("subnets", []),
            }
        ]
        if network
        else [],
    }


def _load_balancer(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "container_name": item.get("containerName"),
        "container_port": item.get("containerPort"),
        "elb_name": item.get("loadBalancerName"),
        "target_group_arn": item.get("targetGroupArn"),
    }


def _task_set(item: Mapping[str, Any], service: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **_placed(item),
        "arn": item.get("taskSetArn"),
        "cluster": service["clusterArn"],
        "service": service["serviceArn"],
    }


@reader(yields=(EcsCapacityProvider,), calls=("ecs.describe_capacity_providers",))
def capacity_providers(aws: Aws) -> Iterator[Resource]:
    """Capacity providers with an Auto Scaling group."""
    found = aws.list("ecs.describe_capacity_providers", "capacityProviders", include=["TAGS"])
    for item in found:
        group = item.get("autoScalingGroupProvider")
        if group is None:
            continue
        scaling = group.get("managedScaling")
        yield aws.resource(
            EcsCapacityProvider,
            item["name"],
            {
                "arn": item["capacityProviderArn"],
                "name": item["name"],
                "auto_scaling_group_provider": [
                    {
                        "auto_scaling_group_arn": group.get("autoScalingGroupArn"),
                        "managed_draining": group.get("managedDraining"),
                        "managed_scaling": [
                            {
                                "status": scaling.get("status"),
                                "target_capacity": scaling.get("targetCapacity"),
                            }
                        ]
                        if scaling
                        else [],
                        "managed_termination_protection": group.get("managedTerminationProtection"),
                    }
                ],
                "tags": tag_map(item.get("tags", [])),
            },
        )


@reader(yields=(EcsAccountSettingDefault,), calls=("ecs.list_account_settings",))
def account_settings(aws: Aws) -> Iterator[Resource]:
    """The settings that count for the account, set by a person or by AWS."""
    for item in aws.list("ecs.list_account_settings", "settings", effectiveSettings=True):
        yield aws.resource(
            EcsAccountSettingDefault,
            item["name"],
            {"name": item["name"], "value": item.get("value")},
        )


# -- questions of rules --------------------------------------------------------------------------


def cluster_name(service: EcsService) -> Any:
    """The name of a service's cluster: text, or the `Unknown` that it hangs on."""
    value: Any = service.cluster
    if value is None:
        return "default"
    if not isinstance(value, Unknown):
        return value.rsplit("/", 1)[-1]
    named = service.model.named((EcsCluster.tf,), value) if service.model else []
    return named[0].data.get("name") if len(named) == 1 else value
