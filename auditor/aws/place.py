"""One account and region, as one reader sees it: the readers' contract (`Aws`) at work."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from auditor.aws.actions import actions_for
from auditor.aws.asking import Asker, CallTrouble, NotOffered
from auditor.aws.limits import concurrency
from auditor.aws.pages import find
from auditor.aws.reader import CallFailed, Reader
from auditor.aws.shared import Shared
from auditor.aws.workers import Workers, fan_out
from auditor.resource import Block, Blocks, Gap, ModuleCall, Node, Problem, Resource, Step, Trace
from auditor.values import Path, Sensitive, Undetermined, Unknown, Within

T = TypeVar("T")


@dataclass(slots=True)
class Yield:
    """What a reader gave in one region. May be added to from many threads."""

    resources: list[Resource] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FromApi:
    """Provenance of a live resource: the call that listed it, with its IAM actions if known."""

    call: str
    where: str
    actions: tuple[str, ...] | None = None

    def trace(self, path: Path, within: Within | None = None) -> Trace:
        """The call; a live value has no place in a file."""
        actions = actions_for(self.call) if self.actions is None else self.actions
        names = " and ".join(actions) or self.call
        return Trace(None, (Step(f"{names} in {self.where}"),))

    def calls(self) -> tuple[ModuleCall, ...]:
        """No module calls."""
        return ()


class Place:
    """Implements `auditor.aws.reader.Aws` for one reader in one region."""

    def __init__(
        self,
        reader: Reader,
        asker: Asker,
        shared: Shared,
        workers: Workers,
        found: Yield,
        *,
        region: str,
        scope: str,
        sample: int | None = None,
    ) -> None:
        self.account_id = asker.account.account_id
        self.partition = asker.account.partition
        self.regions = asker.account.regions
        self.region = region
        self._reader = reader
        self._asker = asker
        self._shared = shared
        self._workers = workers
        self._found = found
        self._scope = scope
        self._sample = sample

    def list(self, call: str, key: str, **arguments: Any) -> Iterator[Any]:
        """See `Aws.list`."""
        self._declared(call)
        if call in self._reader.left_out:
            raise CallFailed(self._not_asked(call))
        pages = self._shared.pages(
            self._scope,
            call,
            (self.region, key, repr(sorted(arguments.items()))),
            lambda: self._asker.list(call, self.region, key, arguments),
        )
        for page in pages:
            yield from (find(page, key) or ())[: self._sample]
            if self._sample:
                return

    def ask(self, call: str, *, absent: Sequence[str] = (), **arguments: Any) -> Any:
        """See `Aws.ask`."""
        self._declared(call)
        if call in self._reader.left_out:
            return self._not_asked(call)
        try:
            return self._shared.reply(
                self._scope,
                call,
                (self.region, tuple(absent), repr(sorted(arguments.items()))),
                lambda: self._asker.ask(call, self.region, absent, arguments),
            )
        except CallFailed as failed:
            if self._nothing_here(failed):
                raise
            return failed.unknown

    def ask_all(self, call: str, key: str, **arguments: Any) -> Any:
        """See `Aws.ask_all`."""
        try:
            return [*self.list(call, key, **arguments)]
        except CallFailed as failed:
            return failed.unknown

    def parallel(
        self, work: Callable[[T], Iterable[Resource]], items: Iterable[T]
    ) -> Iterator[Resource]:
        """See `Aws.parallel`. An item that fails leaves a gap; the others go on."""
        helpers = concurrency(self._reader.service) - 1
        for result in fan_out(self._workers, helpers, work, items):
            if isinstance(result, Exception):
                self.fell_short(result)
            else:
                yield from result

    def batches(self, items: Iterable[T], size: int) -> Iterator[builtins.list[T]]:
        """See `Aws.batches`."""
        batch: builtins.list[T] = []
        for item in items:
            batch.append(item)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch

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
        """See `Aws.resource`."""
        if cls not in self._reader.yields:
            raise LookupError(f"{self._reader.name} does not declare that it yields {cls.__name__}")
        exists: bool | Unknown = True
        if isinstance(attributes, Unknown):
            exists = attributes
            attributes = {**dict.fromkeys(cls.fields, attributes), **(named or {})}
        data = {name: settled(value) for name, value in attributes.items()}
        hide(cls, data)
        data["id"] = id
        return cls(
            f"{cls.tf}.{called or id}",
            cls.tf,
            data,
            source="live",
            provenance=self._provenance,
            exists=exists,
            region=region or self._scope or None,
            account=self.account_id,
        )

    @cached_property
    def _provenance(self) -> FromApi:
        call = self._reader.calls[0]
        return FromApi(call, self.region, self._asker.actions(call, self.region))

    def _nothing_here(self, error: Exception) -> bool:
        """Whether the service that the reader is about is not offered in the region."""
        return isinstance(error, NotOffered) and error.service == self._reader.service

    def fell_short(self, error: Exception) -> None:
        """Records what could not be read, so that nothing in it can pass."""
        if self._nothing_here(error):
            return
        types = frozenset(cls.tf for cls in self._reader.yields)
        region = self._scope or None
        if isinstance(error, CallTrouble):
            gap = Gap(error.what, error.trouble.because, types, source="live", region=region)
        elif isinstance(error, CallFailed | Undetermined):  # raised by the reader itself
            what = f"{self._reader.name} in {self.region}"
            because = error.unknown.reason if isinstance(error, CallFailed) else error.reason
            gap = Gap(what, because, types, source="live", region=region)
        else:
            where = f"the reader {self._reader.name} in {self.region}"
            because = f"it crashed: {crash_text(error)}; please report it"
            gap = Gap(where, because, types, source="live", region=region)
            self._found.problems.append(
                Problem("error", "reader-crashed", f"{where} crashed", crash_text(error))
            )
        self._found.gaps.append(gap)

    def _declared(self, call: str) -> None:
        if call not in self._reader.calls and call not in self._reader.left_out:
            raise LookupError(f"{self._reader.name} does not declare that it calls {call}")

    def _not_asked(self, call: str) -> Unknown:
        names = " and ".join(self._reader.details[call])
        types = " and ".join(cls.tf for cls in self._reader.yields)
        return Unknown(
            because=f"{call} was not asked: no selected rule declares that it reads {names} of "
            f"{types} (details of the rule)"
        )


def settled(value: Any) -> Any:
    """An attribute value, with functions in it called; one that hangs on an unknown is unknown."""
    if callable(value):
        try:
            return settled(value())
        except Undetermined as doubt:
            causes = doubt.causes
            return causes[0] if len(causes) == 1 else Unknown(because=doubt.reason)
    if isinstance(value, dict):
        return {key: settled(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [settled(item) for item in value]
    return value


def hide(cls: type[Node], data: dict[str, Any]) -> None:
    """Wraps what the class calls sensitive."""
    for name, each in cls.fields.items():
        value = data.get(name)
        if value is None or isinstance(value, Unknown | Sensitive):
            continue
        if each.sensitive:
            data[name] = Sensitive(value)
        elif isinstance(each, Blocks | Block):
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, dict):
                    hide(each.of, item)


def crash_text(error: BaseException) -> str:
    """An exception with the place that raised it, without secrets."""
    import traceback

    from auditor.aws.errors import sanitised

    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "/auditor/" in f.filename.replace("\\", "/")] or frames
    at = f" at {ours[-1].name}:{ours[-1].lineno}" if ours else ""
    return sanitised(f"{type(error).__name__}: {error}") + at
