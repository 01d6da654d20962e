"""What becomes of events when something fails."""

from __future__ import annotations

from auditor.presence import is_absent
from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.eventbridge import EventEndpoint, EventTarget
from auditor.services.scheduler import Schedule


@rule(
    "HA-EVENTBRIDGE-GLOBAL-ENDPOINT-REPLICATION",
    severity="medium",
    on=EventEndpoint,
    family="high-availability",
    production=True,
    aliases={
        "prowler": "eventbridge_global_endpoint_event_replication_enabled",
    },
    frameworks={
        "fsbp": "EventBridge.4",
    },
)
def events_in_one_region(endpoint: EventEndpoint) -> Finding | None:
    """Global endpoints replicate events.

    Why: after a failover the second region lacks what came before, and the first cannot take over
    again by itself.
    Fix: set `replication_config { state = "ENABLED" }` with a `role_arn`.
    Source: EventBridge API, Endpoint.ReplicationConfig.State; ENABLED unless set.
    """
    replication = endpoint.replication_config
    if replication is not None and replication.state != "ENABLED":
        return replication.finding("does not replicate events", at="state")
    return None


@rule(
    "HA-EVENTBRIDGE-TARGET-DLQ",
    severity="low",
    on=(EventTarget, Schedule),
    family="high-availability",
    production=True,
)
def undelivered_events_lost(judged: EventTarget | Schedule) -> Finding | None:
    """Rule and schedule targets have a dead letter queue.

    Why: an event that cannot be delivered within a day is dropped without a trace.
    Fix: add `dead_letter_config { arn = … }` with a queue that lets EventBridge send to it.
    Source: EventBridge API, Target.DeadLetterConfig (Scheduler: the same); none unless set.
    """
    node = judged.target if isinstance(judged, Schedule) else judged
    if node is None:
        return None
    letters = node.dead_letter_config
    if letters is None or is_absent(letters.arn):
        return node.finding("drops what it cannot deliver", at="dead_letter_config")
    return None
