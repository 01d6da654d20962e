"""Who may use ElastiCache."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.elasticache import ElasticacheReplicationGroup


@rule(
    "IAM-ELASTICACHE-AUTH",
    severity="medium",
    on=ElasticacheReplicationGroup,
    family="iam",
    aliases={
        "checkov": "CKV_AWS_31",
        "prowler": "elasticache_redis_replication_group_auth_enabled",
    },
    frameworks={
        "fsbp": "ElastiCache.6",
        "nist-800-53-r5": "AC-2(1) AC-3 AC-3(7) AC-3(15) AC-6",
    },
)
def anyone_may_connect(group: ElasticacheReplicationGroup) -> Finding | None:
    """Replication groups authenticate their clients.

    Why: whoever reaches the port can read and delete everything in the cache.
    Fix: set `transit_encryption_enabled = true` and `user_group_ids` (Redis 6 or newer), or an
    `auth_token`.
    Source: ElastiCache API, AuthTokenEnabled and UserGroupIds; none unless set.
    """
    if group.auth_token is None and not group.user_group_ids:
        return group.finding("does not authenticate its clients", at="user_group_ids")
    return None
