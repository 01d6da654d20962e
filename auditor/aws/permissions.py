"""What a scan needs to be allowed: the least-privilege policy, and the check before a run.

The check asks IAM to simulate the caller's policies (`iam:SimulatePrincipalPolicy`); where that is
not allowed or not possible the readers run on a sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from auditor.aws.actions import actions_for
from auditor.aws.reader import Reader
from auditor.aws.selection import readers_for
from auditor.rule import Rule

if TYPE_CHECKING:
    from auditor.aws.session import LiveAccount

ALLOWED = "allowed"
DENIED = "denied"
UNTESTED = "untested"

CONNECTING = ("ec2:DescribeRegions",)
"""What `connect` needs: to find the regions, or to see that those asked for are enabled."""


MANAGED_POLICY_SIZE = 6144
INLINE_ROLE_POLICY_SIZE = 10_240
"""Characters without white space. Source: IAM and STS character limits."""


def iam_policy(readers: Iterable[Reader]) -> dict[str, Any]:
    """The IAM policy document that allows exactly the calls of these readers, and connecting.

    All actions only read, and listing ones know no resource-level permission, so the resource is
    `*` throughout. Actions are sorted. See `managed` for what is larger than a managed policy.
    """
    actions = {action for each in readers for call in each.calls for action in actions_for(call)}
    return _document("AuditorReads", sorted(actions | set(CONNECTING)))


def managed(policy: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The same permissions in documents that are each small enough for a managed policy."""
    parts: list[list[str]] = [[]]
    for action in policy["Statement"][0]["Action"]:
        if size_of(_document("AuditorReads00", [*parts[-1], action])) > MANAGED_POLICY_SIZE:
            parts.append([])
        parts[-1].append(action)
    return [_document(f"AuditorReads{n}", part) for n, part in enumerate(parts, start=1)]


def size_of(policy: Mapping[str, Any]) -> int:
    """The size of a policy as IAM counts it: characters without white space."""
    import json

    return len(json.dumps(policy, separators=(",", ":")))


def _document(sid: str, actions: list[str]) -> dict[str, Any]:
    statement = {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


@dataclass(frozen=True, slots=True)
class Blind:
    """A rule that would not see everything: the actions to grant, and why one is missing."""

    rule: Rule
    actions: tuple[str, ...]


@dataclass(slots=True)
class Preflight:
    """What the present credentials may do.

    how: `simulated` by IAM, or `tried` by calling. actions: action → `allowed`, `denied`, or
    `untested` where only a real run can tell. because: action → why it is not allowed.
    blind: the rules that a denied action would leave undetermined. note: what limits the answer.
    """

    how: str
    actions: dict[str, str] = field(default_factory=dict)
    because: dict[str, str] = field(default_factory=dict)
    blind: list[Blind] = field(default_factory=list)
    note: str = ""

    def with_status(self, status: str) -> list[str]:
        """The actions of one status, sorted."""
        return sorted(action for action, each in self.actions.items() if each == status)


def preflight(account: LiveAccount, rules: Sequence[Rule], readers: Sequence[Reader]) -> Preflight:
    """What the account's credentials may do of what the rules need; nothing is kept.

    Raises nothing for a call that fails: it is then untested, with the cause.
    """
    needed = readers_for(rules, readers)
    found = _simulated(account, needed) or _tried(account, needed)
    for rule in rules:
        own = readers_for([rule], needed)
        missing = {
            action
            for each in own
            for call in each.calls
            for action in actions_for(call)
            if found.actions.get(action) == DENIED
        }
        if missing:
            found.blind.append(Blind(rule, tuple(sorted(missing))))
    return found


# -- simulated by IAM ------------------------------------------------------------------------------

_BATCH = 50


def _simulated(account: LiveAccount, readers: Sequence[Reader]) -> Preflight | None:
    """IAM's own answer; `None` where it gives none (denied, root user, not offered)."""
    from botocore.exceptions import BotoCoreError, ClientError

    principal = principal_arn(account.caller_arn)
    if principal is None:
        return None
    actions = sorted({a for each in readers for call in each.calls for a in actions_for(call)})
    found = Preflight("simulated", note=_SIMULATION)
    client = account.clients.get("iam", account.home)
    try:
        for start in range(0, len(actions), _BATCH):
            for result in _results(client, principal, actions[start : start + _BATCH]):
                decision = result["EvalDecision"]
                name = result["EvalActionName"]
                found.actions[name] = ALLOWED if decision == "allowed" else DENIED
                if decision != "allowed":
                    found.because[name] = _DECISIONS.get(decision, decision)
    except (BotoCoreError, ClientError):
        return None
    for action in actions:
        found.actions.setdefault(action, UNTESTED)
    return found


_SIMULATION = (
    "IAM simulated the caller's policies and the organization's; policies of resources (KMS keys, "
    "buckets), of VPC endpoints and of the session are not in it"
)
_DECISIONS = {
    "implicitDeny": "no policy allows it",
    "explicitDeny": "a policy denies it explicitly",
}


def _results(client: Any, principal: str, actions: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    paginator = client.get_paginator("simulate_principal_policy")
    for page in paginator.paginate(PolicySourceArn=principal, ActionNames=list(actions)):
        yield from page["EvaluationResults"]


def principal_arn(caller_arn: str) -> str | None:
    """The user or role whose policies apply to a caller; `None` for the root user.

    An assumed role's session does not name the role's path; IAM finds roles without a path so.
    Source: STS GetCallerIdentity, IAM identifiers.
    """
    head, _, resource = caller_arn.rpartition(":")
    kind, _, rest = resource.partition("/")
    if kind == "user":
        return caller_arn
    if kind == "assumed-role":
        role = rest.partition("/")[0]
        return f"{head.replace(':sts:', ':iam:')}:role/{role}"
    return None


# -- tried -----------------------------------------------------------------------------------------


def _tried(account: LiveAccount, readers: Sequence[Reader]) -> Preflight:
    """The readers run on a sample: one element of each listing, in the first region."""
    from auditor.aws import errors
    from auditor.aws.asking import Bounds
    from auditor.aws.calls import CallLog
    from auditor.aws.inventory import read_account

    probe = replace(account, regions=account.regions[:1], calls=CallLog())
    read_account(probe, readers, bounds=Bounds(120), sample=1)
    found = Preflight("tried", note=_TRIAL)
    for each in readers:
        for call in each.calls:
            found.actions.update(dict.fromkeys(actions_for(call), UNTESTED))
    for tally in probe.calls.tallies():
        for action in tally.actions:
            if tally.denied:
                found.actions[action] = DENIED
            elif tally.ok and found.actions[action] != DENIED:
                found.actions[action] = ALLOWED
            if tally.outcome != errors.OK and found.actions[action] != ALLOWED:
                found.because[action] = tally.because
    for action in found.with_status(UNTESTED):
        found.because.setdefault(action, "there is nothing to ask it about")
    return found


_TRIAL = "the calls were made for one resource of each kind, in the first region"
