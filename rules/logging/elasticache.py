"""Logs of ElastiCache."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.elasticache import ElasticacheReplicationGroup
from auditor.values import some


@rule(
    "LOG-ELASTICACHE-LOG-DELIVERY",
    severity="low",
    on=ElasticacheReplicationGroup,
    family="logging",
    production=True,
)
def logs_not_delivered(group: ElasticacheReplicationGroup) -> Iterator[Finding]:
    """Redis/Valkey caches deliver slow and engine logs.

    Why: slow commands, failovers and errors leave no trace.
    Fix: add a `log_delivery_configuration` block each for `slow-log` and `engine-log`.
    Source: ElastiCache API, LogDeliveryConfigurations; none unless set.
    """
    for kind in ("slow-log", "engine-log"):
        if not _delivers(group, kind):
            yield group.finding(
                f"does not deliver its {kind}", at="log_delivery_configuration", key=kind
            )


def _delivers(group: ElasticacheReplicationGroup, kind: str) -> bool:
    return some(group.log_delivery_configuration, lambda log: log.log_type == kind)
