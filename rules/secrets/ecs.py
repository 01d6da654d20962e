"""Secrets in the environment of ECS containers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.resource import Finding
from auditor.rule import rule
from auditor.secret_values import secret_in
from auditor.services.ecs_tasks import Container, EcsTaskDefinition
from auditor.values import Undetermined, Unknown

_NAMES = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ECS_ENGINE_AUTH_DATA"})
"""Variables that hold credentials whatever their value. Source: Security Hub, control ECS.8."""


@rule(
    "SEC-ECS-NO-ENV-SECRETS",
    severity="critical",
    on=EcsTaskDefinition,
    family="secrets",
    aliases={
        "trivy": "AWS-0036",
        "prowler": "ecs_task_definitions_no_environment_secrets",
    },
    frameworks={
        "fsbp": "ECS.8",
        "nist-800-53-r5": "CA-9(1) CM-2",
        "pci-dss-4": "3.5.1 8.2.2 8.3.2",
    },
)
def secret_in_environment(task: EcsTaskDefinition) -> Iterator[Finding]:
    """Container environment variables hold no secret.

    Why: everybody who may describe task definitions reads them, they stay in every old revision,
    and they are in the Terraform state.
    Fix: keep the secret in Secrets Manager or as a SecureString, name its ARN under `secrets`
    (`valueFrom`), and change the secret: it has been read.
    Source: ECS API, ContainerDefinition.environment and .secrets; Security Hub, ECS.8.
    """
    doubts: list[Unknown] = []
    try:
        for container in task.containers():
            yield from _in_container(container, doubts)
    except Undetermined as doubt:
        doubts += doubt.causes
    if doubts:
        raise Undetermined(*doubts)


def _in_container(container: Container, doubts: list[Unknown]) -> Iterator[Finding]:
    """A finding for each certain secret; what is open goes to `doubts`."""
    try:
        for name, value in container.pairs("environment"):
            try:
                kind = _kind(name, value)
            except Undetermined as doubt:
                doubts += doubt.causes
                continue
            if kind is not None:
                yield container.finding(f"has {kind} in the variable {name}", str(name))
    except Undetermined as doubt:
        doubts += doubt.causes


def _kind(name: Any, value: Any) -> str | None:
    if not isinstance(name, str):
        found = secret_in("", value)
        if found is None and isinstance(name, Unknown):
            name.undetermined()
        return found
    return "credentials of AWS" if name.upper() in _NAMES else secret_in(name, value)
