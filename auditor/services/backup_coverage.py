"""Whether a backup plan covers a resource.

Sources: AWS Backup API reference, BackupSelection (ListOfTags: any of them; Conditions: all of
them; NotResources are left out; the asterisk in ARNs), AWS Backup Developer Guide, "Assigning
resources to a backup plan": what is named is filtered by tags where both are given.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from auditor.policy.patterns import covers
from auditor.resource import Resource
from auditor.services.backup import BackupPlan, BackupSelection, SelectionConditions, TagCondition
from auditor.values import Unknown, all_of, any_of, every, some

COVERAGE = (BackupSelection, BackupPlan)
"""What `is_backed_up` and `is_copied_elsewhere` read."""

_KINDS = {
    "aws_db_instance": ("rds", "db:", "identifier"),
    "aws_rds_cluster": ("rds", "cluster:", "cluster_identifier"),
    "aws_dynamodb_table": ("dynamodb", "table/", "name"),
    "aws_efs_file_system": ("elasticfilesystem", "file-system/", "id"),
    "aws_ebs_volume": ("ec2", "volume/", "id"),
    "aws_instance": ("ec2", "instance/", "id"),
    "aws_s3_bucket": ("s3", "", "bucket"),
}
"""Type → service, resource and name in its ARN (Service Authorization Reference)."""


def is_backed_up(resource: Resource) -> bool:
    """Whether some selection of some backup plan in its region assigns the resource."""
    return some(resource.everything(BackupSelection), lambda s: selects(s, resource))


def is_copied_elsewhere(resource: Resource) -> bool:
    """Whether a plan that covers the resource copies its recovery points to another region."""
    return some(
        resource.everything(BackupSelection),
        lambda s: all_of(
            lambda: selects(s, resource), lambda: copies_elsewhere(s.follow("plan_id"))
        ),
    )


def copies_elsewhere(plan: BackupPlan) -> bool:
    """Whether a rule of the plan copies recovery points to a vault in another region."""
    return some(
        plan.rule,
        lambda rule: some(rule.copy_action, lambda copy: _is_elsewhere(plan, copy)),
    )


def _is_elsewhere(plan: BackupPlan, copy: Any) -> bool:
    arn = copy.destination_vault_arn
    if isinstance(arn, Unknown):
        return bool(region_of(copy.follow("destination_vault_arn")) != region_of(plan))
    pieces = str(arn).split(":")
    return len(pieces) > 4 and bool(pieces[3] != region_of(plan))


def region_of(resource: Resource) -> Any:
    """The region a resource is in, or the `Unknown` that says that nobody said."""
    return resource.region or Unknown(because=f"the region of {resource.address} is not known")


def selects(selection: BackupSelection, resource: Resource) -> bool:
    """Whether a selection assigns the resource to its plan."""
    if selection.region and resource.region and selection.region != resource.region:
        return False
    return all_of(
        lambda: _is_named(selection, resource),
        lambda: _has_a_tag(selection, resource),
        lambda: every(selection.condition, lambda c: _holds(c, resource)),
        lambda: not _lists(selection, "not_resources", resource),
    )


def _is_named(selection: BackupSelection, resource: Resource) -> bool:
    """Whether `resources` names it; tags alone look at everything."""
    if not selection.resources:
        return bool(selection.selection_tag)
    return _lists(selection, "resources", resource)


def _has_a_tag(selection: BackupSelection, resource: Resource) -> bool:
    wanted = selection.selection_tag
    if not wanted:
        return True
    return some(wanted, lambda tag: tags_of(resource).get(tag.key) == tag.value)


def _holds(conditions: SelectionConditions, resource: Resource) -> bool:
    def value(condition: TagCondition) -> Any:
        return tags_of(resource).get(str(condition.key).rpartition("/")[2])

    def like(condition: TagCondition) -> bool:
        there = value(condition)
        return there is not None and covers(condition.value or "", there)

    return all_of(
        lambda: every(conditions.string_equals, lambda c: value(c) == c.value),
        lambda: every(conditions.string_like, like),
        lambda: every(conditions.string_not_equals, lambda c: value(c) != c.value),
        lambda: every(conditions.string_not_like, lambda c: not like(c)),
    )


def tags_of(resource: Resource) -> Any:
    """All tags of a resource, those that the provider sets by default included."""
    return resource.get("tags_all" if resource.is_set("tags_all") else "tags")


def _lists(selection: BackupSelection, argument: str, resource: Resource) -> bool:
    named = resource.related(BackupSelection, argument)
    return any_of(
        lambda: some(_certain(named), lambda s: s is selection),
        lambda: some(selection.get(argument), lambda arn: _names(arn, resource)),
    )


def _certain(listed: Any) -> Iterable[Any]:
    """The certain part of what `related` gives: the rest is asked of the patterns themselves."""
    return (listed.items or ()) if isinstance(listed, Unknown) else listed


def _names(arn: Any, resource: Resource) -> bool:
    model = resource.model
    if isinstance(arn, Unknown) and arn.exact and model is not None:
        named = arn.refs[0].address
        if named in model.by_address:
            return named == resource.address
    return covers(arn, _arn(resource), variables=False)


def _arn(resource: Resource) -> str | Unknown:
    """Its ARN; in code, with holes where only AWS knows."""
    known = resource.data.get("arn")
    if isinstance(known, str) or resource.type not in _KINDS:
        return known if isinstance(known, str) else Unknown(because="its ARN is not known")
    service, kind, name = _KINDS[resource.type]
    hole = Unknown(because=f"the ARN of {resource.address} is not known before it is made")
    where = (":::",) if service == "s3" else (":", resource.region or hole, ":", hole, ":")
    called = resource.data.get(name)
    last = called if isinstance(called, str) else hole
    partition = resource.model.settings.partition if resource.model else hole
    pieces = ["arn:", partition, f":{service}", *where, kind, last]
    return Unknown(because=hole.because, parts=tuple(_joined(pieces)))


def _joined(pieces: list[str | Unknown]) -> list[str | Unknown]:
    joined: list[str | Unknown] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if isinstance(piece, str) and isinstance(last, str):
            joined[-1] = last + piece
        elif piece != "" if isinstance(piece, str) else True:
            joined.append(piece)
    return joined
