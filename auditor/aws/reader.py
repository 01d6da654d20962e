"""Readers: small functions that turn AWS replies into resources in Terraform's shape.

::

    @reader(yields=(DbInstance,), calls=("rds.describe_db_instances",))
    def db_instances(aws: Aws) -> Iterator[Resource]:
        for item in aws.list("rds.describe_db_instances", "DBInstances"):
            yield aws.resource(
                DbInstance,
                item["DBInstanceIdentifier"],
                {"arn": item["DBInstanceArn"], "storage_encrypted": item["StorageEncrypted"]},
            )

A reader runs once per region (once per account when its scope is `GLOBAL`), beside many others, in
a thread. It declares every call that it makes: from that come the IAM policy, the preflight and
the account of calls, and a call that is not declared is refused.

What cannot be read is never guessed:

* `aws.list` yields what came and then raises `CallFailed`: the runner records a gap for the
  reader's types, and every rule on them has an undetermined verdict.
* `aws.ask` (one reply for one resource) gives an `Unknown` when the call fails. It answers
  `["Key"]` and `.get("Key")` with unknowns that name the call and the IAM action to grant, so that
  mapping code needs no special case. Where a value is computed from a reply (`== "Enabled"`),
  give a function: `"enabled": lambda: reply["Status"] == "Enabled"`.
* Calls that only fill some attributes (tags, mostly) are named in the reader's `details`: they are
  left out where no rule says that it reads those, and `aws.ask` then gives an `Unknown` at once.
* A satellite whose very existence hangs on a failed call gets the `Unknown` instead of attributes:
  `aws.resource(S3BucketPolicy, name, reply)`.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from auditor.resource import Resource
from auditor.values import Unknown

REGIONAL = "regional"
GLOBAL = "global"

T = TypeVar("T")


class CallFailed(Exception):  # noqa: N818 - it is the outcome of a call, accounted for elsewhere
    """A listing call that did not end well. `unknown` names the call, the cause, what to grant."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.reason)
        self.unknown = unknown


class Aws(Protocol):
    """One account and region, as a reader sees it.

    A global reader's region is where the partition's global services are asked (us-east-1).
    Buckets are asked in their own region whatever this is.
    """

    account_id: str
    region: str
    partition: str

    def list(self, call: str, key: str, **arguments: Any) -> Iterator[Any]:
        """Every element of `key` over all pages of `service.method`.

        `key` may be a path (`DistributionList.Items`). Raises `CallFailed`, also midway.
        """

    def ask(
        self,
        call: str,
        *,
        absent: Sequence[str] = (),
        **arguments: Any,
    ) -> Any:
        """The reply of `service.method`: a dict, or an `Unknown` when it failed.

        absent: error codes with which AWS says "not configured"; the answer is then `None`.
        """

    def ask_all(self, call: str, key: str, **arguments: Any) -> Any:
        """Every element of `key` over all pages as a list, or an `Unknown` when a page failed.

        As `ask`, for a listing that belongs to one resource (the parameters of a group).
        """

    def parallel(
        self, work: Callable[[T], Iterable[Resource]], items: Iterable[T]
    ) -> Iterator[Resource]:
        """Runs `work` on each item beside the others; yields their resources as they come.

        `work` may list and run things in parallel itself. An item whose listing fails (or whose
        work has a bug) leaves a gap; the others go on.
        """

    def batches(self, items: Iterable[T], size: int) -> Iterator[builtins.list[T]]:
        """The items in lists of at most `size`, for calls that take many ids."""

    def resource(
        self,
        cls: type[Resource],
        id: str,
        attributes: Mapping[str, Any] | Unknown,
        *,
        region: str | None = None,
        named: Mapping[str, Any] | None = None,
        called: str | None = None,
    ) -> Resource:
        """A live resource. `id` is Terraform's id of it (what `terraform import` takes).

        Its address is made of the id, or of what it is `called` where the id is not the same from
        one endpoint to another.

        Attribute values may be functions of nothing; one that raises `Undetermined` makes the
        attribute unknown. `id` is added to the attributes. With an `Unknown` for attributes the
        resource's existence is that unknown; `named` gives the arguments that are known all the
        same, so that it is linked to the right resource.
        """


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader function with what it declares.

    yields: the classes of resources that it gives. calls: every boto3 call it may make, as
    `client.method`; the first is of the service that the reader is about.
    details: those calls that fill nothing but some attributes, with these: they are made only
    where a rule declares that it reads one. left_out: those of them that are not made.
    """

    name: str
    read: Callable[[Any], Iterable[Resource]]
    yields: tuple[type[Resource], ...]
    calls: tuple[str, ...]
    scope: str = REGIONAL
    details: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()

    def reading(self, attributes: Collection[str]) -> Reader:
        """The reader without the calls that fill other attributes only."""
        unwanted = {
            call
            for call, filled in self.details.items()
            if call in self.calls and not any(name in attributes for name in filled)
        }
        if not unwanted:
            return self
        kept = tuple(call for call in self.calls if call not in unwanted)
        return replace(self, calls=kept, left_out=self.left_out | unwanted)

    @property
    def service(self) -> str:
        """The boto3 client of the service that it is about."""
        return self.calls[0].partition(".")[0]


def reader(
    *,
    yields: tuple[type[Resource], ...],
    calls: tuple[str, ...],
    scope: str = REGIONAL,
    details: Mapping[str, tuple[str, ...]] | None = None,
) -> Callable[[Callable[[Any], Iterable[Resource]]], Reader]:
    """Makes a `Reader` of a function (see the module's text)."""

    def make(read: Callable[[Any], Iterable[Resource]]) -> Reader:
        name = f"{read.__module__.rsplit('.', 1)[-1]}.{read.__name__}"
        unknown = (details or {}).keys() - set(calls)
        if unknown:
            raise LookupError(f"{name} does not declare that it calls {', '.join(unknown)}")
        return Reader(name, read, yields, calls, scope, details or {})

    return make


def tag_map(tags: Iterable[Mapping[str, str]] | Unknown | None) -> Any:
    """AWS's `[{"Key": …, "Value": …}]` (or lower-case keys) as Terraform's map of tags."""
    if tags is None or isinstance(tags, Unknown):
        return tags if isinstance(tags, Unknown) else {}
    return {t.get("Key") or t["key"]: t.get("Value", t.get("value", "")) for t in tags}
