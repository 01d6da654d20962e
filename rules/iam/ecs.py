"""Who the processes in ECS containers are: on the host, and towards AWS."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.sameness import same
from auditor.services.ecs_tasks import Container, EcsTaskDefinition
from auditor.values import Unknown, all_of, matching


@rule(
    "IAM-ECS-HOST-MODE-USER",
    severity="high",
    on=EcsTaskDefinition,
    family="iam",
    aliases={
        "prowler": "ecs_task_definitions_host_networking_mode_users",
    },
    frameworks={
        "fsbp": "ECS.1",
        "nist-800-53-r5": "AC-2(1) AC-3 AC-3(7) AC-3(15) AC-5 AC-6",
        "pci-dss-4": "7.2.1 7.2.2 7.2.3",
    },
)
def root_on_the_host_network(task: EcsTaskDefinition) -> Iterator[Finding | NotApplicable]:
    """Host-mode task definitions name a non-root user or are privileged on purpose.

    Why: root in a container on the host's network owns the host's ports and can listen to its
    traffic, which nobody decided.
    Fix: set `user` in each container definition, or better `network_mode = "awsvpc"`.
    Source: ECS API, TaskDefinition.networkMode, ContainerDefinition.user and .privileged; without
    `user` the image decides, and most images run as root.
    """
    if task.network_mode != "host":
        yield not_applicable("it is not on the host's network")
        return
    exposed = matching(
        task.containers(), lambda c: all_of(lambda: not c.get("privileged"), lambda: is_root(c))
    )
    for container in exposed:
        yield container.finding("runs as root on the host's network")


@rule(
    "IAM-ECS-NON-ROOT-USER",
    severity="medium",
    on=EcsTaskDefinition,
    family="iam",
    frameworks={
        "fsbp": "ECS.20",
        "pci-dss-4": "7.2.1 7.2.2 7.2.3",
    },
)
def root_in_the_container(task: EcsTaskDefinition) -> Iterator[Finding | NotApplicable]:
    """Linux containers run as a non-root user.

    Why: whoever breaks into the process is root in the container, one kernel flaw away from the
    host.
    Fix: set `user` in each container definition, such as `"10001:10001"`, and make what the
    process writes to belong to it.
    Source: ECS API, ContainerDefinition.user; without it the image decides, and most images run
    as root.
    """
    if task.is_windows():
        yield not_applicable("its containers run on Windows")
        return
    for container in matching(task.containers(), is_root):
        absent = container.get("user") is None
        says = "does not name a user, so the image's runs" if absent else "runs as root"
        yield container.finding(says)


@rule(
    "IAM-ECS-WINDOWS-NON-ADMIN",
    severity="medium",
    on=EcsTaskDefinition,
    family="iam",
    frameworks={
        "fsbp": "ECS.21",
    },
)
def administrator_in_the_container(
    task: EcsTaskDefinition,
) -> Iterator[Finding | NotApplicable]:
    """Windows containers do not run as administrator.

    Why: whoever breaks into the process can change everything in the container.
    Fix: set `user = "ContainerUser"` in each container definition.
    Source: ECS API, ContainerDefinition.user; without it the image decides, and Windows images
    run as ContainerAdministrator.
    """
    if not task.is_windows():
        yield not_applicable("its containers run on Linux")
        return
    for container in matching(task.containers(), _is_administrator):
        yield container.finding("runs as administrator")


@rule(
    "IAM-ECS-SEPARATE-ROLES",
    severity="medium",
    on=EcsTaskDefinition,
    family="iam",
    aliases={
        "checkov": "CKV_AWS_249",
    },
)
def one_role_for_both(task: EcsTaskDefinition) -> Finding | NotApplicable | None:
    """Task role and execution role differ.

    Why: the program in the task can do what ECS needs to start it: pull images and read every
    secret that is handed in.
    Fix: make two roles and set `execution_role_arn` and `task_role_arn` to one each.
    Source: ECS Developer Guide, "Amazon ECS task execution IAM role" and "task IAM role".
    """
    if task.execution_role_arn is None or task.task_role_arn is None:
        return not_applicable("it does not have both roles")
    if same(task.execution_role_arn, task.task_role_arn):
        return task.finding("has one role for starting and for running", at="task_role_arn")
    return None


def is_root(container: Container) -> bool:
    """Whether a Linux container's process is root; so it is where no user is named."""
    user = container.get("user")
    if isinstance(user, Unknown):
        user.undetermined()
    return str(user or "").partition(":")[0].strip().lower() in ("", "root", "0")


def _is_administrator(container: Container) -> bool:
    user = container.get("user")
    if isinstance(user, Unknown):
        user.undetermined()
    return str(user or "").strip().lower() in ("", "containeradministrator")
