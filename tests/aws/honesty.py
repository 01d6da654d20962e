"""Whether a reading under faults is honest: it may know less, and says nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from auditor.aws.calls import CallLog
from auditor.aws.reader import Reader
from auditor.model import Model
from auditor.resource import Resource
from auditor.values import Sensitive, Unknown


def assert_honest(whole: Model, partial: Model) -> None:
    """Everything in `partial` is as in `whole`, unknown, or hidden in a gap that covers its type.

    whole: the account read without faults. Says which resource and attribute is not.
    """
    lies = dishonesties(whole, partial)
    assert not lies, "\n".join(lies)


def dishonesties(whole: Model, partial: Model) -> list[str]:
    """What `partial` says that `whole` does not."""
    lies: list[str] = []
    # Where ids are in the reply that failed, one of unknown existence stands for all of them.
    stand_ins = {
        found.type
        for address, found in partial.by_address.items()
        if isinstance(found.exists, Unknown) and address not in whole.by_address
    }
    for address, resource in whole.by_address.items():
        found = partial.by_address.get(address)
        if found is None:
            if resource.type not in stand_ins and not _in_gap(partial, resource):
                lies.append(f"{address} is missing, and no gap says so")
        elif not isinstance(found.exists, Unknown):
            lies += _differences(resource, found)
    for address, found in partial.by_address.items():
        if address not in whole.by_address and not isinstance(found.exists, Unknown):
            lies.append(f"{address} is not there")
    return lies


def _in_gap(model: Model, resource: Resource) -> bool:
    return any(
        resource.type in gap.types and gap.region in (None, resource.region) for gap in model.gaps
    )


def _differences(whole: Resource, partial: Resource) -> list[str]:
    lies = []
    for name in whole.data:
        if name not in partial.data or name == "read_at":
            continue  # a field that is not filled reads as unknown; two readings differ in time
        there, here = whole.data[name], partial.data[name]
        if not agrees(there, here):
            lies.append(f"{whole.address}.{name} is {here!r} instead of {there!r}")
    return lies


def agrees(whole: Any, partial: Any) -> bool:
    """Whether a value is the same, or unknown where it is not."""
    if isinstance(partial, Unknown):
        return True
    if isinstance(whole, Unknown):
        return False
    if isinstance(whole, Sensitive) and isinstance(partial, Sensitive):
        return agrees(whole.value, partial.value)
    if isinstance(whole, dict) and isinstance(partial, dict):
        return whole.keys() == partial.keys() and all(agrees(whole[k], partial[k]) for k in whole)
    if isinstance(whole, list) and isinstance(partial, list):
        return len(whole) == len(partial) and all(map(agrees, whole, partial))
    return bool(whole == partial)


def unfilled(model: Model) -> list[str]:
    """Fields that a live reader did not fill: `type.field`, each once. They read as unknown."""
    missing = {
        f"{resource.type}.{name}"
        for resource in model.resources
        if resource.exists is True
        for name in type(resource).fields
        if name not in resource.data
    }
    return sorted(missing)


def uncalled(calls: CallLog, readers: Iterable[Reader]) -> list[str]:
    """Calls that readers declare and did not make: permissions that nobody needs."""
    made = {tally.call for tally in calls.tallies() if tally.requests}
    return sorted({call for reader in readers for call in reader.calls} - made)
