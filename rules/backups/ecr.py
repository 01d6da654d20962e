"""Copies of ECR images."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.ecr import EcrReplication, EcrRepository, ReplicationRule, covers
from auditor.values import all_of, any_of, some


@rule(
    "BAK-ECR-REPLICATION",
    severity="low",
    on=EcrRepository,
    family="backup",
    production=True,
    reads=(EcrReplication,),
)
def images_in_one_region(repository: EcrRepository) -> Finding | None:
    """The registry replicates images to another region.

    Why: when the region fails, nothing can be started elsewhere.
    Fix: add an `aws_ecr_replication_configuration` with a destination in another region.
    Source: ECR API, DescribeRegistry: replicationConfiguration; none unless made. A rule without
    a filter copies every repository.
    """
    rules = (
        rule
        for each in repository.everything(EcrReplication)
        if each.replication_configuration is not None
        for rule in each.replication_configuration.rule
    )
    if some(
        rules,
        lambda r: all_of(lambda: _copies(r, repository), lambda: _leaves(r, repository)),
    ):
        return None
    return repository.finding("is not copied to another region")


def _copies(rule: ReplicationRule, repository: EcrRepository) -> bool:
    filters = rule.repository_filter
    return any_of(
        lambda: not some(filters, lambda _: True), lambda: covers(filters, repository.name)
    )


def _leaves(rule: ReplicationRule, repository: EcrRepository) -> bool:
    """Whether a destination is in another region than the repository, where that is known."""
    return some(rule.destination, lambda one: one.region_ != repository.region)
