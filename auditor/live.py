"""A live account as a source of a scan."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from auditor.model import Model
from auditor.progress import Progress
from auditor.resource import Gap
from auditor.rule import Rule
from auditor.run import CallEntry

if TYPE_CHECKING:
    from auditor.aws.calls import Tally
    from auditor.config import AwsSettings


@dataclass(slots=True)
class LiveReading:
    """What was read of an account. account: its id, `unknown` where it could not be entered."""

    model: Model
    account: str = "unknown"
    regions: tuple[str, ...] = ()
    calls: list[CallEntry] = field(default_factory=list)


def read_live(settings: AwsSettings, rules: Sequence[Rule], progress: Progress) -> LiveReading:
    """Reads what the rules need of the account that the settings lead to.

    An account that cannot be entered is one gap, so that every rule is undetermined there.
    """
    from auditor.aws.errors import AwsError
    from auditor.aws.inventory import Progress as Done
    from auditor.aws.inventory import read_account
    from auditor.aws.selection import all_readers, readers_for
    from auditor.aws.session import connect

    gc.enable()  # off in a command; here replies and their cycles come and go for minutes
    progress.step("connecting to AWS")
    readers = readers_for(rules, all_readers())
    try:
        account = connect(settings, calls=[call for each in readers for call in each.calls])
    except AwsError as refused:
        return LiveReading(_closed(str(refused), rules))

    def step(done: Done) -> None:
        where = f"{done.service} in {done.region}" if done.region else done.service
        progress.step(f"read {where}, {done.resources} resources", done.done, done.total)

    model = read_account(account, readers, progress=step)
    calls = [_call(tally) for tally in account.calls.tallies()]
    return LiveReading(model, account.account_id, account.regions, calls)


def _closed(why: str, rules: Sequence[Rule]) -> Model:
    types = frozenset(cls.tf for rule in rules for cls in rule.on if "live" in rule.where)
    return Model([], gaps=[Gap("the AWS account", why, types, source="live")], source="live")


def _call(tally: Tally) -> CallEntry:
    return CallEntry(
        tally.call,
        tally.region,
        tally.ok,
        tally.denied,
        tally.throttled,
        tally.failed,
        tally.skipped,
        tally.requests,
        round(tally.seconds, 3),
        tally.because,
        tally.error,
        list(tally.actions),
    )
