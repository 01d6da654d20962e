"""Availability of ECS services."""

from __future__ import annotations

from auditor.presence import is_absent
from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.appautoscaling import AppautoscalingPolicy, AppautoscalingTarget, scaling
from auditor.services.ecs import EcsCapacityProvider, EcsService, cluster_name
from auditor.services.ecs_tasks import EcsTaskDefinition
from auditor.services.vpc import DefaultSubnet, Subnet
from auditor.services.zones import in_one_zone
from auditor.values import some


@rule(
    "HA-ECS-CAPACITY-PROVIDER-PROTECTION",
    severity="medium",
    on=EcsCapacityProvider,
    family="high-availability",
    production=True,
    frameworks={
        "fsbp": "ECS.19",
    },
)
def instances_ended_under_tasks(provider: EcsCapacityProvider) -> Finding | NotApplicable | None:
    """Capacity providers use managed termination protection.

    Why: scaling in ends instances on which tasks still run.
    Fix: set `managed_termination_protection = "ENABLED"` with `managed_scaling` on, and
    `protect_from_scale_in = true` in the Auto Scaling group.
    Source: ECS API, AutoScalingGroupProvider.managedTerminationProtection; DISABLED unless set.
    """
    group = provider.auto_scaling_group_provider
    if group is None:
        return not_applicable("it has no Auto Scaling group")
    if group.managed_termination_protection != "ENABLED":
        return group.finding(
            "does not protect instances with tasks", at="managed_termination_protection"
        )
    return None


@rule(
    "HA-ECS-CIRCUIT-BREAKER",
    severity="low",
    on=EcsService,
    family="high-availability",
    production=True,
)
def failed_deployments_stay(service: EcsService) -> Finding | NotApplicable | None:
    """Services roll back failed deployments.

    Why: a version that does not start is tried for hours, and nothing brings the old one back.
    Fix: add `deployment_circuit_breaker { enable = true, rollback = true }`.
    Source: ECS API, DeploymentCircuitBreaker; off unless set; only for the controller ECS.
    """
    controller = service.deployment_controller
    if controller is not None and controller.type_ != "ECS":
        return not_applicable("something else than ECS deploys it")
    breaker = service.deployment_circuit_breaker
    if breaker is None:
        return service.finding(
            "does not notice failed deployments", at="deployment_circuit_breaker"
        )
    if not breaker.enable:
        return breaker.finding("does not notice failed deployments", at="enable")
    if not breaker.rollback:
        return breaker.finding("does not take failed deployments back", at="rollback")
    return None


@rule(
    "HA-ECS-SERVICE-MULTI-AZ",
    severity="medium",
    on=EcsService,
    family="high-availability",
    production=True,
    reads=(Subnet, DefaultSubnet),
)
def service_in_one_zone(service: EcsService) -> Finding | NotApplicable | None:
    """Services place tasks in subnets of several zones.

    Why: when the zone fails, all tasks fail with it and none can be started elsewhere.
    Fix: list subnets of at least two zones in `network_configuration.subnets`.
    Source: ECS API, AwsVpcConfiguration.subnets; EC2 API, Subnet.AvailabilityZone.
    """
    network = service.network_configuration
    if network is None:
        return not_applicable("its tasks are where the instances are")
    if in_one_zone(network, "subnets"):
        return network.finding("places its tasks in one Availability Zone", at="subnets")
    return None


@rule(
    "HA-ECS-MIN-TASKS",
    severity="medium",
    on=EcsService,
    family="high-availability",
    production=True,
    reads=(AppautoscalingTarget,),
)
def single_task(service: EcsService) -> Finding | NotApplicable | None:
    """Services keep two or more tasks.

    Why: when the one task or its host fails, nothing answers until another has started.
    Fix: set `desired_count = 2`, and `min_capacity = 2` in the scaling target.
    Source: ECS API, Service.desiredCount (0 unless set); Application Auto Scaling API,
    ScalableTarget.MinCapacity, below which it never goes.
    """
    if service.scheduling_strategy == "DAEMON":
        return not_applicable("it runs one task on each instance")
    for target in scaling(service.everything(AppautoscalingTarget), service, resource_id(service)):
        if (target.min_capacity or 0) < 2:
            return service.finding(
                f"may be scaled down to {target.min_capacity} tasks", at="desired_count"
            )
        return None
    if (service.desired_count or 0) < 2:
        return service.finding("keeps less than two tasks", at="desired_count")
    return None


@rule(
    "HA-ECS-AUTOSCALING",
    severity="low",
    on=EcsService,
    family="high-availability",
    production=True,
    reads=(AppautoscalingTarget, AppautoscalingPolicy),
)
def does_not_scale(service: EcsService) -> Finding | NotApplicable | None:
    """Services scale automatically.

    Why: load that is more than the tasks can take makes the service slow, then unreachable.
    Fix: add an `aws_appautoscaling_target` and an `aws_appautoscaling_policy` with the
    `resource_id` `service/<cluster>/<service>`.
    Source: Application Auto Scaling API, DescribeScalableTargets and DescribeScalingPolicies.
    """
    if service.scheduling_strategy == "DAEMON":
        return not_applicable("it runs one task on each instance")
    names = resource_id(service)
    for _ in scaling(service.everything(AppautoscalingTarget), service, names):
        for _ in scaling(service.everything(AppautoscalingPolicy), service, names):
            return None
        return service.finding("has limits for scaling and no policy")
    return service.finding("does not scale")


@rule(
    "HA-ECS-LOAD-BALANCER-ATTACHED",
    severity="low",
    on=EcsService,
    family="high-availability",
    production=True,
    reads=(EcsTaskDefinition,),
)
def web_service_without_balancer(service: EcsService) -> Finding | NotApplicable | None:
    """Web services are registered with a load balancer.

    Why: callers that know tasks by their addresses keep calling those that are gone.
    Fix: add a `load_balancer` block with the target group, or Service Connect.
    Source: ECS API, Service.loadBalancers, .serviceRegistries and
    ServiceConnectConfiguration.enabled. A service whose containers have no `portMappings` is no
    web service.
    """
    if some(service.load_balancer, lambda _: True) or not is_absent(service.service_registries):
        return None
    connect = service.service_connect_configuration
    if connect is not None and connect.enabled:
        return None
    task: EcsTaskDefinition = service.follow("task_definition")
    if task is None or not some(task.containers(), lambda c: c.get("portMappings")):
        return not_applicable("its containers listen on no port")
    return service.finding("is behind no load balancer", at="load_balancer")


def resource_id(service: EcsService) -> tuple[object, ...]:
    """The pieces of the id by which Application Auto Scaling knows a service."""
    return ("service", cluster_name(service), service.name)
