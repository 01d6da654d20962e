"""Breaks each call of some readers in turn and looks whether what comes out is honest.

::

    def test_every_call_that_goes_wrong(aws_endpoint, aws_client):
        populate(aws_client)
        sweep(aws_endpoint, readers_in(sqs), denied)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import ModuleType

from faults import Fault, Faults
from honesty import dishonesties

from auditor.aws.inventory import read_account
from auditor.aws.reader import Reader
from auditor.aws.session import LiveAccount, connect
from auditor.config import AwsSettings
from auditor.model import Model
from auditor.values import Unknown, unknowns_in


def readers_in(*modules: ModuleType) -> list[Reader]:
    """The readers that modules define."""
    return [v for module in modules for v in vars(module).values() if isinstance(v, Reader)]


def sweep(
    endpoint: str,
    readers: Sequence[Reader],
    *faults: Fault,
    regions: tuple[str, ...] = ("eu-west-1",),
    except_for: Iterable[str] = (),
) -> None:
    """Raises `AssertionError` with every lie that a broken call led to.

    A lie is a resource that is missing without a gap, one that is not there, or an attribute with
    another value than in the whole account. A call that was made in the whole account and whose
    failure shows nowhere is one too. except_for: calls whose failure is harmless, of which the
    test should say why.
    """
    calls = sorted({call for reader in readers for call in reader.calls} - set(except_for))
    lies = [
        lie
        for call in calls
        for fault in faults
        for lie in _lies(endpoint, [r for r in readers if call in r.calls], call, fault, regions)
    ]
    assert not lies, "\n".join(lies)


def _lies(
    endpoint: str,
    readers: Sequence[Reader],
    call: str,
    fault: Fault,
    regions: tuple[str, ...],
) -> list[str]:
    whole, account = _read(endpoint, readers, regions)
    if not any(tally.call == call and tally.ok for tally in account.calls.tallies()):
        return []  # there is nothing to ask it about, or the emulator does not have it
    with Faults(endpoint) as proxy:
        proxy.on(call, fault)
        partial, _ = _read(proxy.url, readers, regions)
    how = f"{call} {getattr(fault, '__name__', 'broken')}"
    lies = [f"{how}: {lie}" for lie in dishonesties(whole, partial)]
    lies += [f"{how}: {problem}" for problem in partial.problems]
    if not _doubts(partial) - _doubts(whole):
        lies.append(f"{how}: nothing shows that it failed")
    return lies


def _read(
    endpoint: str, readers: Sequence[Reader], regions: tuple[str, ...]
) -> tuple[Model, LiveAccount]:
    account = connect(AwsSettings(endpoint_url=endpoint, regions=regions), attempts=1)
    return read_account(account, readers), account


def _doubts(model: Model) -> set[str]:
    """Every reason for which something is not known."""
    reasons = {gap.unknown().reason for gap in model.gaps}
    for resource in model.resources:
        if isinstance(resource.exists, Unknown):
            reasons.add(resource.exists.reason)
        reasons |= {unknown.reason for unknown in unknowns_in(dict(resource.data))}
    return reasons
