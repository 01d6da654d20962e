"""ECS task definitions and the containers in them.

Sources: ECS API reference (DescribeTaskDefinition, ListTaskDefinitionFamilies, type
ContainerDefinition), AWS provider 5.100.0 documentation of `aws_ecs_task_definition`.

A family may have thousands of revisions, most of which nothing runs. Of a live account those count
that a service uses, and the newest active one of each family (what is started next).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader, tag_map
from auditor.json_tree import json_tree
from auditor.resource import (
    Block,
    Blocks,
    Bool,
    Finding,
    Json,
    Link,
    Node,
    Num,
    Resource,
    Str,
    StrMap,
    Strs,
)
from auditor.services.ecs import SERVICE_CALLS, described_services
from auditor.values import Undetermined, Unknown

ROLE = "aws_iam_role"


class EfsAuthorization(Node):
    """Who the task is towards EFS."""

    access_point_id = Str()
    iam = Str(default="DISABLED")


class EfsVolume(Node):
    """An EFS file system as a volume."""

    authorization_config = Block(EfsAuthorization)
    file_system_id = Link("aws_efs_file_system")
    root_directory = Str(default="/")
    # ECS documents DISABLED; a plan shows an empty string.
    transit_encryption = Str(default="DISABLED")


class Volume(Node):
    """A volume that containers can mount."""

    configure_at_launch = Bool(default=False, computed=True)
    efs_volume_configuration = Block(EfsVolume)
    host_path = Str()
    name = Str()


class RuntimePlatform(Node):
    """Operating system and processor; `LINUX` where it says none."""

    cpu_architecture = Str(default="X86_64")
    operating_system_family = Str(default="LINUX")


class Container:
    """A container of a task definition: the JSON object, asked by the API's names.

    Names are compared without regard to case, as the provider does when it reads the document.
    """

    __slots__ = ("_data", "_task", "name")

    def __init__(self, task: EcsTaskDefinition, index: int, data: Any) -> None:
        self._task = task
        self._data = data
        name = member(data, "name")
        self.name = name if isinstance(name, str) else f"container {index + 1}"

    def get(self, *names: str) -> Any:
        """A member of the object, or of an object in it; `None` when absent."""
        return member(self._data, *names)

    def pairs(self, name: str) -> Iterator[tuple[Any, Any]]:
        """Name and value of the entries of `environment`, in order."""
        for entry in _listed(self.get(name)):
            yield member(entry, "name"), member(entry, "value")

    def finding(self, message: str, key: str = "") -> Finding:
        """A violation in this container."""
        return self._task.finding(
            f"{message} (container {self.name})",
            at="container_definitions",
            key=f"{self.name}{'/' + key if key else ''}",
        )


class EcsTaskDefinition(Resource, tf="aws_ecs_task_definition"):
    """A revision of a task definition."""

    identity = ("family",)
    arn = Str(computed=True)
    container_definitions = Json()
    cpu = Str()
    enable_fault_injection = Bool(default=False)
    execution_role_arn = Link(ROLE)
    family = Str()
    ipc_mode = Str()
    memory = Str()
    # A plan shows "known after apply"; ECS documents bridge on Linux.
    network_mode = Str(default="bridge")
    pid_mode = Str()
    requires_compatibilities = Strs(unordered=True)
    revision = Num(computed=True)
    runtime_platform = Block(RuntimePlatform)
    tags = StrMap()
    task_role_arn = Link(ROLE)
    volume = Blocks(Volume, unordered=True)

    def containers(self) -> Iterator[Container]:
        """The containers that are known; then `Undetermined` where there may be more."""
        tree = json_tree(self.container_definitions, "container_definitions")
        for index, item in enumerate(_listed(tree)):
            yield Container(self, index, item)

    def is_windows(self) -> bool:
        """Whether its containers are Windows containers."""
        platform = self.runtime_platform
        family = platform.operating_system_family if platform is not None else None
        if isinstance(family, Unknown):
            family.undetermined()
        return (family or "LINUX").startswith("WINDOWS")


def member(tree: Any, *names: str) -> Any:
    """A member of a JSON object by its path of names; `None` when it or an object is absent."""
    for name in names:
        if tree is None:
            return None
        tree = _member(tree, name)
    return tree


def _member(tree: Any, name: str) -> Any:
    entries = tree.entries if isinstance(tree, Unknown) else tree
    if isinstance(entries, Mapping):
        wanted = name.lower()
        for key, value in entries.items():
            if key.lower() == wanted:
                return value
    if isinstance(tree, Unknown):
        return Unknown(tree.refs, tree.because)
    if isinstance(tree, Mapping):
        return None
    raise Undetermined(Unknown(because=f"{name} is asked of something that is no JSON object"))


def _listed(tree: Any) -> Iterator[Any]:
    if tree is None:
        return
    if not isinstance(tree, list | Unknown):
        raise Undetermined(Unknown(because="a list is expected and there is something else"))
    yield from tree


# -- live ----------------------------------------------------------------------------------------


@reader(
    yields=(EcsTaskDefinition,),
    calls=(
        "ecs.list_task_definition_families",
        "ecs.describe_task_definition",
        *SERVICE_CALLS,
    ),
)
def task_definitions(aws: Aws) -> Iterator[Resource]:
    """The newest active revision of each family, and others that services use."""
    families = aws.list("ecs.list_task_definition_families", "families", status="ACTIVE")
    newest: set[str] = set()

    def read(name: str) -> Iterator[Resource]:
        reply = aws.ask("ecs.describe_task_definition", taskDefinition=name, include=["TAGS"])
        found = reply["taskDefinition"]
        if isinstance(found, Unknown):
            yield aws.resource(EcsTaskDefinition, name, found, named={"family": _family(name)})
            return
        newest.add(found["taskDefinitionArn"])
        yield aws.resource(
            EcsTaskDefinition, found["taskDefinitionArn"], _task_definition(found, reply)
        )

    yield from aws.parallel(read, families)
    yield from aws.parallel(read, (arn for arn in _used(aws) if arn not in newest))


def _used(aws: Aws) -> list[str]:
    """The revisions that services and their task sets run."""
    used: dict[str, None] = {}
    for cluster in aws.list("ecs.list_clusters", "clusterArns"):
        for service in described_services(aws, cluster):
            for item in (service, *service.get("taskSets", [])):
                if item.get("taskDefinition"):
                    used[item["taskDefinition"]] = None
    return list(used)


def _family(name: str) -> str:
    return name.rsplit("/", 1)[-1].partition(":")[0]


def _task_definition(item: Mapping[str, Any], reply: Mapping[str, Any]) -> dict[str, Any]:
    platform = item.get("runtimePlatform")
    arn = item["taskDefinitionArn"]
    return {
        "arn": arn,
        "arn_without_revision": arn.rpartition(":")[0],
        "container_definitions": json.dumps(item.get("containerDefinitions", [])),
        "cpu": item.get("cpu"),
        "enable_fault_injection": item.get("enableFaultInjection", False),
        "execution_role_arn": item.get("executionRoleArn"),
        "family": item["family"],
        "ipc_mode": item.get("ipcMode"),
        "memory": item.get("memory"),
        "network_mode": item.get("networkMode"),
        "pid_mode": item.get("pidMode"),
        "requires_compatibilities": item.get("requiresCompatibilities", []),
        "revision": item.get("revision"),
        "runtime_platform": [
            {
                "cpu_architecture": platform.get("cpuArchitecture"),
                "operating_system_family": platform.get("operatingSystemFamily"),
            }
        ]
        if platform
        else [],
        "tags": tag_map(reply.get("tags", [])),
        "task_role_arn": item.get("taskRoleArn"),
        "volume": [_volume(volume) for volume in item.get("volumes", [])],
    }


def _volume(item: Mapping[str, Any]) -> dict[str, Any]:
    efs = item.get("efsVolumeConfiguration")
    return {
        "configure_at_launch": item.get("configuredAtLaunch", False),
        "efs_volume_configuration": [_efs(efs)] if efs else [],
        "host_path": item.get("host", {}).get("sourcePath"),
        "name": item.get("name"),
    }


def _efs(item: Mapping[str, Any]) -> dict[str, Any]:
    authorization = item.get("authorizationConfig")
    return {
        "authorization_config": [
            {
                "access_point_id": authorization.get("accessPointId"),
                "iam": authorization.get("iam"),
            }
        ]
        if authorization
        else [],
        "file_system_id": item.get("fileSystemId"),
        "root_directory": item.get("rootDirectory"),
        "transit_encryption": item.get("transitEncryption"),
    }
