"""Tags in bulk: what the Resource Groups Tagging API knows of a whole kind of resource.

One request gives the tags of a hundred resources, where a service itself has to be asked for each.

Source: Resource Groups Tagging API reference, GetResources: it lists the resources of the account
and region that are tagged or were; one that is not listed has no tags. Only for services in its
"Services that support the Resource Groups Tagging API".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auditor.aws.reader import Aws, tag_map
from auditor.values import Unknown

TAGS = "resourcegroupstaggingapi.get_resources"


def tags_of(aws: Aws, kind: str) -> Mapping[str, dict[str, str]] | Unknown:
    """Tags by ARN of all resources of a kind; `Unknown` when not readable.

    kind: as in ARNs (`ssm:parameter`), or all of a service (`sqs`).

    A reader that uses it declares the call `TAGS`.
    """
    listed: Any = aws.ask_all(TAGS, "ResourceTagMappingList", ResourceTypeFilters=[kind])
    if isinstance(listed, Unknown):
        return listed
    return {each["ResourceARN"]: tag_map(each.get("Tags")) for each in listed}


def tags_at(tags: Mapping[str, dict[str, str]] | Unknown, arn: str) -> dict[str, str] | Unknown:
    """The tags of one resource among those of its kind."""
    return tags if isinstance(tags, Unknown) else tags.get(arn, {})
