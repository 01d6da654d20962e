"""Asks AWS: each call accounted for, bounded, sent once, and not again where it must fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.aws.actions import actions_for
from auditor.aws.errors import ACCOUNT, CALL, DENIED, ENDPOINT, OK, SKIPPED, Trouble, explain
from auditor.aws.limits import PAGE_SIZES, concurrency
from auditor.aws.pages import EndlessPages, IncompleteReply, Paging, Reply, merged, pages, paging_of
from auditor.aws.reader import CallFailed
from auditor.aws.session import LiveAccount
from auditor.values import Unknown

TRIES = {ACCOUNT: 1, ENDPOINT: 2, CALL: 4}
"""How often in a row a cause is met before what it reaches is not asked again."""


class CallTrouble(CallFailed):
    """`CallFailed` with its parts: `what` could not be read, and why."""

    def __init__(self, what: str, trouble: Trouble) -> None:
        super().__init__(Unknown(because=f"{what} could not be read: {trouble.because}"))
        self.what = what
        self.trouble = trouble


class NotOffered(CallTrouble):
    """AWS does not offer the service in the region, so none of its resources is there."""

    def __init__(self, what: str, service: str, region: str) -> None:
        super().__init__(what, Trouble(SKIPPED, "", f"{service} is not offered in {region}"))
        self.service = service


@dataclass(slots=True)
class Bounds:
    """When a run must end. `stop` ends it early."""

    seconds: float
    started: float = field(default_factory=time.monotonic)
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def left(self) -> float:
        """Seconds that are left, not below 0."""
        return max(0.0, self.started + self.seconds - time.monotonic())

    @property
    def over(self) -> str:
        """Why nothing more is asked; empty while there is time."""
        if not self.left:
            return f"the run's time limit of {self.seconds:.0f} s was reached"
        return "the run was cancelled" if self.stopped.is_set() else ""

    def stop(self) -> None:
        """Ends the run: calls under way finish, no others are sent."""
        self.stopped.set()


class Asker:
    """Sends calls to one account from many threads."""

    def __init__(self, account: LiveAccount, bounds: Bounds) -> None:
        self.account = account
        self.bounds = bounds
        self._fuses = _Fuses()
        self._gates: dict[tuple[str, str], threading.Semaphore] = {}
        self._paging: dict[str, Paging | None] = {}
        self._buckets: dict[str, str] = {}
        self._actions_of: dict[str, tuple[str, ...]] = {}

    def list(
        self, call: str, region: str, key: str, arguments: Mapping[str, Any]
    ) -> Iterator[Reply]:
        """The pages of a listing. Raises `CallTrouble`, also midway."""
        paging = self._paging_of(call, region)
        self._check_key(call, region, key)
        given = dict(arguments)
        by_id = any(name.endswith("Ids") for name in arguments)  # EC2 refuses both at once
        if paging and paging.size and call in PAGE_SIZES and not by_id:
            given.setdefault(paging.size, _sized(call, paging.size))

        def send(parameters: Mapping[str, Any]) -> Reply:
            return self.send(call, region, parameters) or {}

        try:
            for page in pages(send, paging, given, key):
                if call == "s3.list_buckets":
                    self._place_buckets(page)
                yield page
        except (EndlessPages, IncompleteReply) as error:
            raise self._failed(call, region, error) from error

    def ask(
        self, call: str, region: str, absent: Sequence[str], arguments: Mapping[str, Any]
    ) -> Reply | None:
        """The reply of a call, all its pages in one; `None` for an error code in `absent`."""
        paging = self._paging_of(call, region)
        replies: list[Reply] = []

        def send(parameters: Mapping[str, Any]) -> Reply:
            reply = self.send(call, region, parameters, absent)
            if reply is not None:
                replies.append(reply)
            return reply or {}

        try:
            key = paging.keys[0] if paging and paging.keys else "_"
            for _ in pages(send, paging, arguments, key):
                pass  # `send` keeps them
            return merged(replies, paging) if replies else None
        except (EndlessPages, IncompleteReply) as error:
            raise self._failed(call, region, error) from error

    def send(
        self, call: str, region: str, arguments: Mapping[str, Any], absent: Sequence[str] = ()
    ) -> Reply | None:
        """One request and its retries, accounted for."""
        from botocore.exceptions import ParamValidationError

        service, _, method = call.partition(".")
        region = self._buckets.get(arguments.get("Bucket", ""), region)
        client = self.account.clients.get(service, region)
        operation = getattr(client, method)
        wire = self.account.clients.wire
        with self._gate(service, region):
            self._skip_if_hopeless(call, region)
            wire.start(region)
            began = time.perf_counter()
            try:
                reply: Reply = operation(**arguments)
                self._believe(call, region, reply, wire.unread)
            except ParamValidationError:
                raise
            except Exception as error:  # botocore's parsers raise anything at a broken reply
                seconds = time.perf_counter() - began
                if _code(error) in absent:
                    self._note(call, region, OK, seconds)
                    return None
                raise self._failed(call, region, error, seconds) from error
        self._note(call, region, OK, time.perf_counter() - began)
        return reply

    def _believe(self, call: str, region: str, reply: Reply, unread: bytes | None) -> None:
        """Refuses a reply that botocore takes for an empty one, or for a policy, and is neither."""
        if unread is not None:
            operation = self._operation(call, region)
            if _has_body(operation.output_shape):
                check_body(unread, "json" in operation.service_model.resolved_protocol)
        if call == "s3.get_bucket_policy":  # the body itself, whatever it is
            check_body(reply["Policy"].encode(), json=True)

    # -- how calls end ----------------------------------------------------------------------------

    def _note(self, call: str, region: str, outcome: str, seconds: float, **why: str) -> None:
        requests = self.account.clients.wire.requests
        actions = self.actions(call, region)
        self.account.calls.note(
            call, region, outcome, actions, requests=requests, seconds=seconds, **why
        )
        if outcome == OK:
            self._fuses.reset(call, region)

    def _failed(
        self, call: str, region: str, error: BaseException, seconds: float = 0.0
    ) -> CallFailed:
        actions = self.actions(call, region)
        trouble = explain(error, actions)
        service = call.partition(".")[0]
        if self.account.clients.is_elsewhere(service, region, error):
            absent = NotOffered(_what(call, region, actions), service, region)
            self._note(call, region, SKIPPED, seconds, because=absent.trouble.because)
            return absent
        self._note(
            call, region, trouble.outcome, seconds, because=trouble.because, error=trouble.detail
        )
        if trouble.outcome != DENIED:
            self._fuses.heat(call, region, trouble)
        return CallTrouble(_what(call, region, actions), trouble)

    def _skip_if_hopeless(self, call: str, region: str) -> None:
        over = self.bounds.over
        blown = None if over else self._fuses.blown(call, region)
        because = over or (blown and f"not asked again: {blown.because}")
        if because:
            actions = self.actions(call, region)
            self.account.calls.note(call, region, SKIPPED, actions, because=because)
            raise CallTrouble(_what(call, region, actions), Trouble(SKIPPED, "Skipped", because))

    def _place_buckets(self, page: Reply) -> None:
        """Remembers where buckets are: asked elsewhere, S3 redirects, which costs a request."""
        for bucket in page.get("Buckets", ()):
            if "BucketRegion" in bucket:
                self._buckets[bucket["Name"]] = bucket["BucketRegion"]

    # -- what a call is ---------------------------------------------------------------------------

    def _gate(self, service: str, region: str) -> threading.Semaphore:
        gate = self._gates.get((service, region))
        if gate is None:
            fresh = threading.Semaphore(concurrency(service))
            gate = self._gates.setdefault((service, region), fresh)
        return gate

    def _paging_of(self, call: str, region: str) -> Paging | None:
        if call not in self._paging:
            service, _, method = call.partition(".")
            client = self.account.clients.get(service, region)
            if method not in client.meta.method_to_api_mapping:
                raise LookupError(f"AWS has no call {call}")
            self._paging[call] = paging_of(client, method)
        return self._paging[call]

    def actions(self, call: str, region: str) -> tuple[str, ...]:
        """The IAM actions that a call needs."""
        if call not in self._actions_of:
            service, _, method = call.partition(".")
            client = self.account.clients.get(service, region)
            operation = client.meta.method_to_api_mapping[method]
            self._actions_of[call] = actions_for(call, operation)
        return self._actions_of[call]

    def _operation(self, call: str, region: str) -> Any:
        service, _, method = call.partition(".")
        client = self.account.clients.get(service, region)
        return client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method])

    def _check_key(self, call: str, region: str, key: str) -> None:
        shape = self._operation(call, region).output_shape
        first = key.partition(".")[0].partition("[")[0]
        if shape is None or first not in shape.members:
            raise LookupError(f"the reply of {call} has no {first}")


class _Fuses:
    """What is not asked again, because it failed several times in a row for one cause."""

    def __init__(self) -> None:
        self._heat: dict[tuple[str, ...], tuple[int, Trouble]] = {}
        self._lock = threading.Lock()

    def heat(self, call: str, region: str, trouble: Trouble) -> None:
        with self._lock:
            key = _reached(call, region)[trouble.reach]
            count, _ = self._heat.get(key, (0, trouble))
            self._heat[key] = (count + 1, trouble)

    def reset(self, call: str, region: str) -> None:
        if self._heat:
            with self._lock:
                for reach, key in _reached(call, region).items():
                    if reach != ACCOUNT:
                        self._heat.pop(key, None)

    def blown(self, call: str, region: str) -> Trouble | None:
        if self._heat:
            for reach, key in _reached(call, region).items():
                count, trouble = self._heat.get(key, (0, None))
                if count >= TRIES[reach]:
                    return trouble
        return None


def _reached(call: str, region: str) -> dict[str, tuple[str, ...]]:
    service = call.partition(".")[0]
    return {ACCOUNT: (), ENDPOINT: (service, region), CALL: (call, region)}


def _what(call: str, region: str, actions: tuple[str, ...]) -> str:
    return f"{' and '.join(actions) or call} in {region}"


def _code(error: BaseException) -> str:
    reply = getattr(error, "response", None) or {}
    return str(reply.get("Error", {}).get("Code", ""))


def _has_body(shape: Any) -> bool:
    """Whether a reply of that shape must have something in its body."""
    return shape is not None and any(
        member.serialization.get("location") is None for member in shape.members.values()
    )


def check_body(body: bytes, json: bool) -> None:
    """Raises `IncompleteReply` for a body that is not a whole reply of the service."""
    from json import loads

    from auditor.aws.wire import is_web_page

    if not body.strip():
        raise IncompleteReply("the reply has no body")
    if json:
        try:
            loads(body)
        except ValueError as error:
            raise IncompleteReply("the reply is not complete JSON") from error
    elif is_web_page(body):
        raise IncompleteReply("the reply is a web page")


def _sized(call: str, parameter: str) -> int | str:
    """The page size; API Gateway v2 takes it as text."""
    size = PAGE_SIZES[call]
    return str(size) if call.startswith("apigatewayv2.") and parameter == "MaxResults" else size
