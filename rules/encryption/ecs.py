"""Encryption of what ECS tasks mount and of sessions in them."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.ecs import EcsCluster, ExecuteCommand
from auditor.services.ecs_tasks import EcsTaskDefinition, Volume
from auditor.services.kms import KmsAlias, KmsKey, is_aws_managed_key
from auditor.values import matching


@rule(
    "ENC-ECS-EFS-TRANSIT",
    severity="medium",
    on=EcsTaskDefinition,
    family="encryption",
    aliases={
        "checkov": "CKV_AWS_97",
        "trivy": "AWS-0035",
    },
    frameworks={
        "fsbp": "ECS.18",
    },
)
def file_system_without_tls(task: EcsTaskDefinition) -> Iterator[Finding]:
    """EFS volumes of task definitions use TLS.

    Why: files cross the network between the host and EFS in the clear.
    Fix: set `transit_encryption = "ENABLED"` in `efs_volume_configuration`.
    Source: ECS API, EFSVolumeConfiguration.transitEncryption; DISABLED unless set.
    """
    for volume in matching(task.volume, _is_plain):
        efs = volume.efs_volume_configuration
        if efs is not None:
            yield efs.finding(
                "reaches a file system without TLS",
                at="transit_encryption",
                key=f"{volume.name}",
            )


@rule(
    "ENC-ECS-EXEC-CMK",
    severity="medium",
    on=EcsCluster,
    family="encryption",
    reads=(KmsKey, KmsAlias),
    aliases={
        "checkov": "CKV_AWS_224",
    },
)
def sessions_without_own_key(cluster: EcsCluster) -> Iterator[Finding | NotApplicable]:
    """ECS Exec sessions and their logs are encrypted with a customer managed key.

    Why: what is typed and shown in a session is data of production, and its log keeps it.
    Fix: set `kms_key_id` in `execute_command_configuration`, and
    `cloud_watch_encryption_enabled` or `s3_bucket_encryption_enabled` in its
    `log_configuration`.
    Source: ECS API, ExecuteCommandConfiguration.kmsKeyId (TLS alone unless set) and
    ExecuteCommandLogConfiguration.
    """
    configuration = cluster.configuration
    command = configuration.execute_command_configuration if configuration is not None else None
    if command is None:
        yield not_applicable("it does not configure ECS Exec")
        return
    if command.kms_key_id is None or is_aws_managed_key(command, "kms_key_id"):
        yield command.finding("does not encrypt sessions with a key of its own", at="kms_key_id")
    elif _logs_in_the_clear(command):
        yield command.finding("keeps logs of sessions unencrypted", at="log_configuration")


def _is_plain(volume: Volume) -> bool:
    efs = volume.efs_volume_configuration
    return efs is not None and efs.transit_encryption != "ENABLED"


def _logs_in_the_clear(command: ExecuteCommand) -> bool:
    """Whether it has a log of its own that no flag encrypts."""
    log = command.log_configuration
    if command.logging != "OVERRIDE" or log is None:
        return False
    return not log.cloud_watch_encryption_enabled and not log.s3_bucket_encryption_enabled
