"""What ECS tasks and clusters log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.ecs import EcsAccountSettingDefault, EcsCluster
from auditor.services.ecs_tasks import Container, EcsTaskDefinition
from auditor.values import matching, some


@rule(
    "LOG-ECS-TASK-LOGGING",
    severity="high",
    on=EcsTaskDefinition,
    family="logging",
    aliases={
        "prowler": "ecs_task_definitions_logging_enabled",
    },
    frameworks={
        "fsbp": "ECS.9",
        "nist-800-53-r5": "AC-4(26) AU-2 AU-3 AU-6(3) AU-6(4) AU-10 AU-12 CA-7 SC-7(9) SI-7(8)",
        "pci-dss-4": (
            "5.3.4 10.2.1 10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 10.2.1.5 10.2.1.6 "
            "10.2.1.7 10.2.2 10.3.1 10.6.3 A1.2.1"
        ),
    },
)
def container_without_logs(task: EcsTaskDefinition) -> Iterator[Finding]:
    """Every container has a log configuration.

    Why: what a container writes stays in it and is gone when the task stops.
    Fix: add `logConfiguration` with `logDriver = "awslogs"` (or `awsfirelens`) to the container
    definition.
    Source: ECS API, ContainerDefinition.logConfiguration; on Fargate nothing is kept without it.
    """
    silent = matching(task.containers(), lambda c: not c.get("logConfiguration", "logDriver"))
    for container in silent:
        yield container.finding("has no log configuration")


@rule(
    "LOG-ECS-LOGGING-NON-BLOCKING",
    severity="low",
    on=EcsTaskDefinition,
    family="logging",
    production=True,
    reads=(EcsAccountSettingDefault,),
    aliases={
        "prowler": "ecs_task_definitions_logging_block_mode",
    },
)
def logging_that_blocks(task: EcsTaskDefinition) -> Iterator[Finding]:
    """Container logging runs in non-blocking mode.

    Why: when the log service is slow the container's output blocks, and the program with it.
    Fix: set `options = { mode = "non-blocking", max-buffer-size = "25m" }` in `logConfiguration`.
    Source: ECS API, LogConfiguration.options; without `mode` the account's
    `defaultLogDriverMode` counts, which is non-blocking since June 2025.
    """
    for container in matching(task.containers(), lambda c: _mode(c, task) == "blocking"):
        yield container.finding("stops when its log driver is slow")


@rule(
    "LOG-ECS-CONTAINER-INSIGHTS",
    severity="medium",
    on=EcsCluster,
    family="logging",
    reads=(EcsAccountSettingDefault,),
    aliases={
        "checkov": "CKV_AWS_65",
        "trivy": "AWS-0034",
        "prowler": "ecs_cluster_container_insights_enabled",
    },
    frameworks={
        "fsbp": "ECS.12",
        "nist-800-53-r5": "AU-6(3) AU-6(4) CA-7 SI-2",
    },
)
def no_container_insights(cluster: EcsCluster) -> Finding | None:
    """ECS clusters have Container Insights on.

    Why: a task that runs out of memory or is restarted again and again shows in no metric.
    Fix: add `setting { name = "containerInsights", value = "enhanced" }`.
    Source: ECS API, Cluster.settings; without the setting the account's `containerInsights`
    counts, which is disabled.
    """
    settings = cluster.setting
    if some(
        settings, lambda s: s.name == "containerInsights" and s.value in ("enabled", "enhanced")
    ):
        return None
    if some(settings, lambda s: s.name == "containerInsights"):
        return cluster.finding("has Container Insights off", at="setting")
    if _account_default(cluster, "containerInsights") in ("enabled", "enhanced"):
        return None
    return cluster.finding("does not have Container Insights on", at="setting")


@rule(
    "LOG-ECS-EXEC-LOGGING",
    severity="medium",
    on=EcsCluster,
    family="logging",
    aliases={
        "checkov": "CKV_AWS_223",
    },
)
def sessions_without_logs(cluster: EcsCluster) -> Finding | None:
    """ECS Exec sessions are logged.

    Why: what somebody did with a shell inside a task cannot be told afterwards.
    Fix: set `logging = "OVERRIDE"` with a `log_configuration`, or leave `DEFAULT`.
    Source: ECS API, ExecuteCommandConfiguration.logging; DEFAULT, the task's own log driver,
    unless set.
    """
    configuration = cluster.configuration
    command = configuration.execute_command_configuration if configuration is not None else None
    if command is not None and command.logging == "NONE":
        return command.finding("does not log sessions of ECS Exec", at="logging")
    return None


def _account_default(node: EcsCluster | EcsTaskDefinition, name: str) -> Any:
    """The account's setting of that name where the model has it, else `None`."""
    for setting in matching(node.everything(EcsAccountSettingDefault), lambda s: s.name == name):
        return setting.value
    return None


def _mode(container: Container, task: EcsTaskDefinition) -> Any:
    """`blocking` or `non-blocking`; a container without logs blocks on nothing."""
    if container.get("logConfiguration") is None:
        return None
    said = container.get("logConfiguration", "options", "mode")
    return said if said is not None else _account_default(task, "defaultLogDriverMode")
