"""Managed prefix lists: named sets of address ranges that security groups and routes refer to.

Sources: EC2 API reference (DescribeManagedPrefixLists, GetManagedPrefixListEntries), AWS provider
5.100.0 documentation of `aws_ec2_managed_prefix_list` and `aws_ec2_managed_prefix_list_entry`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader, tag_map
from auditor.resource import Blocks, Link, Node, Num, Resource, Str, StrMap
from auditor.values import Unknown


class PrefixListEntry(Node):
    """One range of a list."""

    cidr = Str()
    description = Str()


class ManagedPrefixList(Resource, tf="aws_ec2_managed_prefix_list"):
    """A prefix list. `owner_id` is `AWS` for those of AWS's own services."""

    identity = ("name",)
    address_family = Str()
    arn = Str(computed=True)
    entry = Blocks(PrefixListEntry, computed=True, unordered=True)
    max_entries = Num()
    name = Str()
    owner_id = Str(computed=True)
    tags = StrMap()


class ManagedPrefixListEntry(Resource, tf="aws_ec2_managed_prefix_list_entry"):
    """One range of a list, as a resource of its own; folded into its list (auditor.quirks)."""

    cidr = Str()
    description = Str()
    prefix_list_id = Link("aws_ec2_managed_prefix_list")


AWS_OWNED = "AWS"


@reader(
    yields=(ManagedPrefixList,),
    calls=("ec2.describe_managed_prefix_lists", "ec2.get_managed_prefix_list_entries"),
)
def prefix_lists(aws: Aws) -> Iterator[Resource]:
    """Prefix lists. AWS's own ranges are not asked for: they change, and are never everything."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        id = item["PrefixListId"]
        entries: Any = Unknown(because="ranges of AWS's own lists are not asked for")
        if item.get("OwnerId") != AWS_OWNED:
            entries = aws.ask_all("ec2.get_managed_prefix_list_entries", "Entries", PrefixListId=id)
        yield aws.resource(
            ManagedPrefixList,
            id,
            {
                "address_family": item.get("AddressFamily"),
                "arn": item.get("PrefixListArn"),
                "entry": lambda: [
                    {"cidr": each["Cidr"], "description": each.get("Description")}
                    for each in entries
                ],
                "max_entries": item.get("MaxEntries"),
                "name": item.get("PrefixListName"),
                "owner_id": item.get("OwnerId"),
                "tags": tag_map(item.get("Tags")),
            },
        )

    listed = aws.list("ec2.describe_managed_prefix_lists", "PrefixLists")
    yield from aws.parallel(read, listed)
