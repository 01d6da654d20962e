"""The inventory: runs readers over regions and makes one model of what they find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue

from auditor.aws.account import Account
from auditor.aws.actions import actions_for
from auditor.aws.asking import Asker, Bounds
from auditor.aws.errors import SKIPPED
from auditor.aws.place import FromApi, Place, Yield
from auditor.aws.reader import GLOBAL, Reader
from auditor.aws.session import LiveAccount, connect
from auditor.aws.shared import Shared
from auditor.aws.workers import Workers
from auditor.config import AwsSettings
from auditor.model import Model, Settings
from auditor.resource import Gap, Problem, Resource

THREADS = 32
TIME_LIMIT = 1800.0
"""Seconds after which a run ends with what it has."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A reader has ended: how far the run is.

    service, region: of that reader (no region for global ones). done, total: readers.
    resources, requests: so far, all together.
    """

    service: str
    region: str | None
    done: int
    total: int
    resources: int
    requests: int


@dataclass(slots=True)
class _Task:
    """A reader in a region (`None`: a global one)."""

    reader: Reader
    region: str | None
    found: Yield = field(default_factory=Yield)
    ended: bool = False


def read_account(
    account: LiveAccount,
    readers: Iterable[Reader],
    *,
    progress: Callable[[Progress], None] | None = None,
    bounds: Bounds | None = None,
    threads: int = THREADS,
    sample: int | None = None,
) -> Model:
    """Everything that the readers find in the account, as a model with the source `live`.

    What could not be read is in the model's gaps, and each call in `account.calls`. A reader that
    crashes is a gap and a problem; the others go on. bounds: ends the run in time, or early when
    its `stop` is called from elsewhere. sample: only so many elements of each listing, to see what
    is allowed: the model is then not the account.
    """
    bounds = bounds or Bounds(TIME_LIMIT)
    tasks = _tasks(readers, account.regions)
    asker = Asker(account, bounds)
    shared = Shared((task.region or "", call) for task in tasks for call in task.reader.calls)
    ended: SimpleQueue[_Task] = SimpleQueue()
    workers = Workers(threads)
    try:
        for task in tasks:
            workers.submit(_runner(task, asker, shared, workers, ended, sample))
        _wait(tasks, ended, account, bounds, progress)
    finally:
        bounds.stop()
        workers.close()
    return _model(account, tasks, bounds)


def read_endpoint(
    endpoint_url: str, readers: Iterable[Reader], regions: tuple[str, ...] = ("eu-west-1",)
) -> Model:
    """What the readers find behind an endpoint (moto, LocalStack), with the environment's keys."""
    return read_account(connect(AwsSettings(regions=regions, endpoint_url=endpoint_url)), readers)


def _tasks(readers: Iterable[Reader], regions: tuple[str, ...]) -> list[_Task]:
    """Global readers first: they are the longest."""
    readers = list(readers)
    tasks = [_Task(reader, None) for reader in readers if reader.scope == GLOBAL]
    return tasks + [
        _Task(reader, region) for region in regions for reader in readers if reader.scope != GLOBAL
    ]


def _runner(
    task: _Task,
    asker: Asker,
    shared: Shared,
    workers: Workers,
    ended: SimpleQueue[_Task],
    sample: int | None,
) -> Callable[[], None]:
    def run() -> None:
        scope = task.region or ""
        region = task.region or asker.account.home
        place = Place(
            task.reader,
            asker,
            shared,
            workers,
            task.found,
            region=region,
            scope=scope,
            sample=sample,
        )
        try:
            for resource in task.reader.read(place):
                task.found.resources.append(resource)
        except Exception as error:  # the boundary of the readers: it becomes a gap
            place.fell_short(error)
        finally:
            shared.finished(scope, task.reader.calls)
            ended.put(task)

    return run


def _wait(
    tasks: list[_Task],
    ended: SimpleQueue[_Task],
    account: LiveAccount,
    bounds: Bounds,
    progress: Callable[[Progress], None] | None,
) -> None:
    resources = 0
    for done in range(1, len(tasks) + 1):
        try:
            task = ended.get(timeout=bounds.left + 0.5)
        except Empty:
            return
        task.ended = True
        resources += len(task.found.resources)
        if progress:
            service = task.reader.name.partition(".")[0]
            requests = account.calls.totals()["requests"]
            progress(Progress(service, task.region, done, len(tasks), resources, requests))


# -- the model -------------------------------------------------------------------------------------


def _model(account: LiveAccount, tasks: list[_Task], bounds: Bounds) -> Model:
    gaps = [gap for task in tasks for gap in _gaps(task, account, bounds)]
    problems = list(dict.fromkeys(p for task in tasks for p in _problems(task)))
    settings = Settings(
        account_id=account.account_id,
        region=account.regions[0] if len(account.regions) == 1 else None,
        partition=account.partition,
    )
    return Model(
        _addressed([_account(account), *_found(tasks)]),
        problems=problems,
        gaps=_joined(gaps),
        settings=settings,
        source="live",
        label=account.account_id,
        read_types=(cls.tf for task in tasks for cls in task.reader.yields),
    )


def _account(account: LiveAccount) -> Resource:
    data = {
        "id": account.account_id,
        "account_id": account.account_id,
        "partition": account.partition,
        "regions": list(account.regions),
    }
    return Account(
        f"{Account.tf}.{account.account_id}",
        Account.tf,
        data,
        source="live",
        provenance=FromApi("sts.get_caller_identity", account.home),
        account=account.account_id,
    )


def _found(tasks: list[_Task]) -> Iterator[Resource]:
    """All resources, in an order that does not hang on which reply came first."""
    for task in tasks:
        if task.ended:
            yield from sorted(task.found.resources, key=lambda r: (r.type, r.address))


def _addressed(resources: list[Resource]) -> list[Resource]:
    """Addresses told apart: one that occurs in several regions gets `@region` in all of them.

    What AWS lists twice in one region (pages overlap when resources come and go) is there once.
    """
    once = list({(r.address, r.region): r for r in reversed(resources)}.values())[::-1]
    counts = Counter(resource.address for resource in once)
    for resource in once:
        if counts[resource.address] > 1 and resource.region:
            resource.address = f"{resource.address}@{resource.region}"
    return once


def _gaps(task: _Task, account: LiveAccount, bounds: Bounds) -> list[Gap]:
    if task.ended:
        return sorted(task.found.gaps, key=lambda gap: (gap.what, gap.because))
    where = task.region or account.home
    because = bounds.over or "it did not end"
    for call in task.reader.calls:
        if (call, where) not in account.calls:
            account.calls.note(call, where, SKIPPED, actions_for(call), because=because)
    types = frozenset(cls.tf for cls in task.reader.yields)
    what = f"{task.reader.name} in {where}"
    return [Gap(what, because, types, source="live", region=task.region)]


def _problems(task: _Task) -> list[Problem]:
    return list(task.found.problems) if task.ended else []


def _joined(gaps: list[Gap]) -> list[Gap]:
    """Gaps with one cause as one, for all the types they hide."""
    table: dict[tuple[str, str, str | None], Gap] = {}
    for gap in gaps:
        key = (gap.what, gap.because, gap.region)
        known = table.get(key)
        table[key] = replace(gap, types=known.types | gap.types) if known else gap
    return list(table.values())
