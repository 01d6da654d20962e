"""How ECS tasks reach the network, and are reached."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.ecs import EcsService, EcsTaskSet
from auditor.services.ecs_tasks import EcsTaskDefinition


@rule(
    "NET-ECS-NO-HOST-NETWORK",
    severity="medium",
    on=EcsTaskDefinition,
    family="network",
    frameworks={
        "fsbp": "ECS.17",
        "nist-800-53-r5": "AC-2(1) AC-3 AC-3(7) AC-3(15) AC-5 AC-6",
    },
)
def host_network(task: EcsTaskDefinition) -> Finding | None:
    """Task definitions do not use host networking.

    Why: a container can reach every port of its host, other containers and the host's own
    credentials included, and no security group of its own stands between.
    Fix: set `network_mode = "awsvpc"` (a new revision of the task definition) and give the
    service a `network_configuration`.
    Source: ECS API, TaskDefinition.networkMode; `bridge` where it is not set.
    """
    if task.network_mode == "host":
        return task.finding("uses the host's network", at="network_mode")
    return None


@rule(
    "NET-ECS-SERVICE-NO-PUBLIC-IP",
    severity="high",
    on=EcsService,
    family="network",
    aliases={
        "checkov": "CKV_AWS_333",
        "prowler": "ecs_service_no_assign_public_ip",
    },
    frameworks={
        "fsbp": "ECS.2",
        "nist-800-53-r5": (
            "AC-3 AC-3(7) AC-4 AC-4(21) AC-6 AC-21 SC-7 SC-7(3) SC-7(4) SC-7(9) "
            "SC-7(11) SC-7(16) SC-7(20) SC-7(21)"
        ),
    },
)
def service_with_public_addresses(service: EcsService) -> Finding | None:
    """Services do not assign public addresses to tasks.

    Why: tasks can be reached from the internet past the load balancer and its web ACL.
    Fix: set `assign_public_ip = false` and place the tasks in private subnets, which reach AWS
    through a NAT gateway or VPC endpoints.
    Source: ECS API, AwsVpcConfiguration.assignPublicIp; provider default false.
    """
    network = service.network_configuration
    if network is not None and network.assign_public_ip:
        return network.finding("gives its tasks public addresses", at="assign_public_ip")
    return None


@rule(
    "NET-ECS-TASK-SET-NO-PUBLIC-IP",
    severity="high",
    on=EcsTaskSet,
    family="network",
    aliases={
        "prowler": "ecs_task_set_no_assign_public_ip",
    },
    frameworks={
        "fsbp": "ECS.16",
    },
)
def task_set_with_public_addresses(task_set: EcsTaskSet) -> Finding | None:
    """Task sets do not assign public addresses to tasks.

    Why: tasks can be reached from the internet past the load balancer and its web ACL.
    Fix: set `assign_public_ip = false` in `network_configuration` (it forces a new task set).
    Source: ECS API, AwsVpcConfiguration.assignPublicIp; provider default false.
    """
    network = task_set.network_configuration
    if network is not None and network.assign_public_ip:
        return network.finding("gives its tasks public addresses", at="assign_public_ip")
    return None
