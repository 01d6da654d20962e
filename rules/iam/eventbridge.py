"""Who may use event buses and schema registries."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.policy import Policy
from auditor.presence import is_absent
from auditor.resource import Finding, Resource
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.eventbridge import (
    EventBus,
    EventBusPolicy,
    EventPermission,
    SchemaRegistryPolicy,
)
from auditor.values import Unknown, any_of, some


@rule(
    "IAM-EVENTBRIDGE-BUS-POLICY-ATTACHED",
    severity="low",
    on=EventBus,
    family="iam",
    reads=(EventBusPolicy, EventPermission),
    frameworks={
        "fsbp": "EventBridge.3",
    },
)
def bus_without_policy(bus: EventBus) -> Finding | NotApplicable | None:
    """Custom event buses have a resource policy.

    Why: everybody in the account who may put events at all may put them on this bus.
    Fix: add an `aws_cloudwatch_event_bus_policy` that names who may publish.
    Source: EventBridge API, EventBus.Policy; none unless set.
    """
    if bus.is_default or not is_absent(bus.event_source_name):
        return not_applicable("it is no bus of one's own")
    if any_of(
        lambda: some(bus.related(EventBusPolicy), lambda _: True),
        lambda: some(bus.related(EventPermission), lambda _: True),
    ):
        return None
    return bus.finding("has no policy")


@rule(
    "IAM-EVENTBRIDGE-BUS-PUBLIC",
    severity="high",
    on=(EventBusPolicy, EventPermission),
    family="iam",
    aliases={
        "prowler": "eventbridge_bus_exposed",
    },
)
def bus_for_anyone(judged: EventBusPolicy | EventPermission) -> Iterator[Finding]:
    """Event bus policies do not admit every principal.

    Why: anyone with an AWS account can put events that your rules act on.
    Fix: name the accounts, or add the condition `aws:PrincipalOrgID`.
    Source: EventBridge User Guide, "Permissions for event buses".
    """
    if isinstance(judged, EventPermission):
        if judged.principal == "*" and is_absent(judged.condition):
            yield judged.finding("lets anyone in", at="principal")
        return
    for statement in Policy.parse(judged.policy).public_statements():
        yield judged.finding(
            f"lets anyone in ({statement.label})",
            at="policy",
            key=statement.label,
            within=statement.within("Principal"),
        )


@rule(
    "IAM-EVENTBRIDGE-BUS-CROSS-ACCOUNT",
    severity="medium",
    on=(EventBusPolicy, EventPermission),
    family="iam",
    requires=("IAM-EVENTBRIDGE-BUS-PUBLIC",),
    aliases={
        "prowler": "eventbridge_bus_cross_account_access",
    },
)
def bus_for_other_accounts(
    judged: EventBusPolicy | EventPermission, *, trusted: tuple[str, ...] = ()
) -> Iterator[Finding]:
    """Event bus policies admit only trusted accounts.

    Why: events of an account that nobody knows start what your rules start.
    Fix: remove the account, or add it to the parameter `trusted`.
    Source: EventBridge API, PutPermission: Principal; EventBus.Policy.
    """
    own = _own_account(judged)
    if isinstance(judged, EventBusPolicy):
        yield from _foreign(judged, judged.policy, own, trusted)
        return
    principal = judged.principal
    if not is_absent(judged.condition):  # the organisation, whose accounts are known
        return
    if principal is not None and not some(trusted, lambda one: principal == one):
        if own is None and not isinstance(principal, Unknown):
            Unknown(because="which account this is is not known").undetermined()
        if principal != own:
            yield judged.finding(f"lets account {principal} in", at="principal")


@rule(
    "IAM-EVENTBRIDGE-SCHEMA-REGISTRY",
    severity="medium",
    on=SchemaRegistryPolicy,
    family="iam",
    aliases={
        "prowler": "eventbridge_schema_registry_cross_account_access",
    },
    frameworks={
        "pci-dss-4": "7.2.1 7.2.2 7.2.3",
    },
)
def registry_for_other_accounts(
    attached: SchemaRegistryPolicy, *, trusted: tuple[str, ...] = ()
) -> Iterator[Finding]:
    """Schema registry policies admit only trusted accounts.

    Why: schemas tell others what your events hold, and whoever may change them misleads the
    programs that are generated from them.
    Fix: remove the account, or add it to the parameter `trusted`.
    Source: EventBridge Schema Registry API, GetResourcePolicy.
    """
    yield from _foreign(attached, attached.policy, _own_account(attached), trusted)


def _own_account(resource: Resource) -> str | None:
    known = resource.model.settings.account_id if resource.model else None
    return known or resource.account


def _foreign(
    resource: Resource, policy: object, own: str | None, trusted: tuple[str, ...]
) -> Iterator[Finding]:
    for statement, principal in Policy.parse(policy).foreign_principals(own, trusted):
        who = "everyone" if str(principal) == "*" else str(principal)
        yield resource.finding(
            f"lets {who} in ({statement.label})",
            at="policy",
            key=f"{statement.label}/{who}",
            within=statement.within("Principal"),
        )
