"""How ECS tasks are isolated and kept up to date."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.ecs import EcsService
from auditor.services.ecs_images import is_pinned, registry_host
from auditor.services.ecs_tasks import Container, EcsTaskDefinition
from auditor.values import matching


@rule(
    "OPS-ECS-NO-HOST-PID",
    severity="high",
    on=EcsTaskDefinition,
    family="operations",
    aliases={
        "checkov": "CKV_AWS_335",
        "prowler": "ecs_task_definitions_host_namespace_not_shared",
    },
    frameworks={
        "fsbp": "ECS.3",
        "nist-800-53-r5": "CA-9(1) CM-2",
        "pci-dss-4": "1.4.5",
    },
)
def host_processes(task: EcsTaskDefinition) -> Finding | None:
    """Tasks keep a process namespace separate from the host.

    Why: containers see the host's processes and those of other tasks, their environment and
    arguments included, and can signal them.
    Fix: leave `pid_mode` out, or set it to `"task"` where containers of one task must see each
    other.
    Source: ECS API, TaskDefinition.pidMode; a namespace of its own for each container unless set.
    """
    if task.pid_mode == "host":
        return task.finding("shares the host's process namespace", at="pid_mode")
    return None


@rule(
    "OPS-ECS-NO-PRIVILEGED",
    severity="high",
    on=EcsTaskDefinition,
    family="operations",
    aliases={
        "checkov": "CKV_AWS_334",
        "prowler": "ecs_task_definitions_no_privileged_containers",
    },
    frameworks={
        "fsbp": "ECS.4",
        "nist-800-53-r5": "AC-2(1) AC-3 AC-3(7) AC-3(15) AC-5 AC-6",
        "pci-dss-4": "7.2.1 7.2.2 7.2.3",
    },
)
def privileged_container(task: EcsTaskDefinition) -> Iterator[Finding]:
    """Containers are not privileged.

    Why: a privileged container is root on the host: it can mount its disks and take over the
    other tasks.
    Fix: remove `privileged` from the container definition; add single capabilities through
    `linuxParameters.capabilities.add` where they are needed.
    Source: ECS API, ContainerDefinition.privileged; false unless set, refused on Fargate.
    """
    for container in matching(task.containers(), lambda c: c.get("privileged")):
        yield container.finding("is privileged")


@rule(
    "OPS-ECS-READONLY-ROOT-FS",
    severity="high",
    on=EcsTaskDefinition,
    family="operations",
    aliases={
        "checkov": "CKV_AWS_336",
        "prowler": "ecs_task_definitions_containers_readonly_access",
    },
    frameworks={
        "fsbp": "ECS.5",
        "nist-800-53-r5": "AC-2(1) AC-3 AC-3(7) AC-3(15) AC-5 AC-6",
        "pci-dss-4": (
            "3.5.1.3 7.2.1 7.2.2 7.2.5 7.2.6 7.3.1 7.3.2 7.3.3 8.2.7 8.2.8 8.3.4 "
            "10.3.2 10.6.3 A1.1.2 A3.4.1"
        ),
    },
)
def writable_root(task: EcsTaskDefinition) -> Iterator[Finding | NotApplicable]:
    """Containers mount their root file system read-only.

    Why: an intruder can put programs into the container and change those that are there.
    Fix: set `readonlyRootFilesystem = true` and mount a volume where the program has to write.
    Source: ECS API, ContainerDefinition.readonlyRootFilesystem; false unless set, not supported
    on Windows.
    """
    if task.is_windows():
        yield not_applicable("Windows containers do not have it")
        return
    writable = matching(task.containers(), lambda c: not c.get("readonlyRootFilesystem"))
    for container in writable:
        yield container.finding("can write to its root file system")


@rule(
    "OPS-ECS-FARGATE-LATEST",
    severity="medium",
    on=EcsService,
    family="operations",
    reads=(EcsTaskDefinition,),
    aliases={
        "checkov": "CKV_AWS_332",
        "prowler": "ecs_service_fargate_latest_platform_version",
    },
    frameworks={
        "fsbp": "ECS.10",
        "nist-800-53-r5": "SI-2 SI-2(2) SI-2(4) SI-2(5)",
        "pci-dss-4": "6.3.3",
    },
)
def old_platform(service: EcsService) -> Finding | NotApplicable | None:
    """Fargate services use the latest platform version.

    Why: security updates of the kernel and the container runtime come with new platform versions;
    AWS retires the old ones.
    Fix: set `platform_version = "LATEST"` or leave it out.
    Source: ECS Developer Guide, "Fargate platform versions": the newest are 1.4.0 (Linux) and
    1.0.0 (Windows), 2025; LATEST unless set.
    """
    if service.launch_type in ("EC2", "EXTERNAL"):
        return not_applicable("it does not run on Fargate")
    version = service.platform_version
    if version in ("LATEST", "1.4.0"):
        return None
    if version == "1.0.0" and service.follow("task_definition").is_windows():
        return None
    return service.finding("is pinned to an old platform version", at="platform_version")


@rule(
    "OPS-ECS-EXEC-DISABLED",
    severity="medium",
    on=EcsService,
    family="operations",
    production=True,
)
def shell_into_tasks(service: EcsService) -> Finding | None:
    """ECS Exec is off for production services.

    Why: whoever holds `ecs:ExecuteCommand` gets a shell beside production data.
    Fix: set `enable_execute_command = false`; turn it on for the time of an investigation.
    Source: ECS API, Service.enableExecuteCommand; provider default false.
    """
    if service.enable_execute_command:
        return service.finding("lets people into its tasks", at="enable_execute_command")
    return None


@rule(
    "OPS-ECS-IMAGE-PINNED",
    severity="medium",
    on=EcsTaskDefinition,
    family="operations",
)
def image_that_changes(task: EcsTaskDefinition) -> Iterator[Finding]:
    """Container images are pinned by digest or immutable tag.

    Why: `latest` (also where no tag is written) is whatever was pushed last: two tasks of one
    revision can run different programs, and a rollback brings nothing back.
    Fix: name a version (`repository:1.4.2`) in a repository with immutable tags, or a digest
    (`repository@sha256:…`).
    Source: ECS API, ContainerDefinition.image; Docker takes `latest` where there is no tag.
    """
    moving = matching(task.containers(), lambda c: not is_pinned(c.get("image")))
    for container in moving:
        yield container.finding("runs whatever image is the latest")


@rule(
    "OPS-ECS-IMAGE-TRUSTED-REGISTRY",
    severity="low",
    on=EcsTaskDefinition,
    family="operations",
    production=True,
)
def foreign_image(
    task: EcsTaskDefinition, *, registries: tuple[str, ...] = ()
) -> Iterator[Finding]:
    """Container images come from an approved registry.

    Why: an image of somebody else's registry was neither scanned nor kept here: it can change,
    and be gone, when a task starts.
    Fix: copy the image into an ECR repository of your own (or a pull-through cache), or name its
    host in the parameter `registries`.
    Source: ECS API, ContainerDefinition.image; without a host it is Docker Hub. ECR registries
    of one's own account are approved, of other accounts only when they are named.
    """
    foreign = matching(task.containers(), lambda c: not _is_trusted(c, task, registries))
    for container in foreign:
        yield container.finding("runs an image of a registry that is not approved")


def _is_trusted(container: Container, task: EcsTaskDefinition, registries: tuple[str, ...]) -> bool:
    own = task.model.settings.account_id if task.model else None
    return registry_host(container.get("image")).is_trusted(own or task.account, registries)
