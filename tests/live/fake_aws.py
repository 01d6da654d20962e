"""An account that answers readers with recorded replies: for what the emulator cannot hold.

A reply is what boto3 gives. `refused(call)` stands for a call that was denied; a list of replies is
given out one after another; a function gets the call's arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from auditor.aws.account import Account
from auditor.aws.pages import find
from auditor.aws.place import FromApi, Place
from auditor.aws.reader import CallFailed, Reader
from auditor.model import Model
from auditor.quirks import settle
from auditor.resource import Gap, Resource
from auditor.values import Unknown


def refused(call: str) -> Unknown:
    """The answer to a call that is not allowed."""
    return Unknown(because=f"{call} was denied")


def tagged(arn: str) -> dict[str, Any]:
    """The reply of the Resource Groups Tagging API: one resource, of the team `a`."""
    mapping = {"ResourceARN": arn, "Tags": [{"Key": "team", "Value": "a"}]}
    return {"ResourceTagMappingList": [mapping]}


class FakeAws(Place):
    """Implements `Aws` for one reader over recorded replies; makes resources as the real one."""

    def __init__(self, reader: Reader, replies: Mapping[str, Any], region: str = "eu-west-1"):
        self.account_id = "123456789012"
        self.partition = "aws"
        self.region = region
        self._reader = reader
        self._replies = replies
        self._scope = region if reader.scope == "regional" else ""
        self._provenance = FromApi(reader.calls[0], region)

    def list(self, call: str, key: str, **arguments: Any) -> Iterator[Any]:
        """The elements of the recorded reply."""
        reply = self.ask(call, **arguments)
        if isinstance(reply, Unknown):
            raise CallFailed(reply)
        yield from find(reply, key) or ()

    def ask(self, call: str, *, absent: Sequence[str] = (), **arguments: Any) -> Any:
        """The recorded reply; `None` stands for an error in `absent`."""
        self._declared(call)
        reply = self._replies[call]
        if isinstance(reply, list):
            reply = reply.pop(0)
        return reply(arguments) if callable(reply) else reply

    def parallel(
        self, work: Callable[[Any], Iterable[Resource]], items: Iterable[Any]
    ) -> Iterator[Resource]:
        """One after the other."""
        for item in items:
            yield from work(item)


def model_from(
    readers: Iterable[Reader], replies: Mapping[str, Any], region: str = "eu-west-1"
) -> Model:
    """The live model that readers make of recorded replies; a failed listing is a gap."""
    data = {"id": "123456789012", "account_id": "123456789012", "regions": [region]}
    found: list[Resource] = [Account("aws_account.123456789012", Account.tf, data, source="live")]
    gaps = []
    for reader in readers:
        try:
            found += reader.read(FakeAws(reader, replies, region))
        except CallFailed as failed:
            types = frozenset(cls.tf for cls in reader.yields)
            gaps.append(Gap(reader.name, failed.unknown.reason, types, source="live"))
    return settle(Model(found, gaps=gaps, source="live"))
