"""An account in memory: what an endpoint answered once, answered again without a network.

::

    account = Recorded.of(moto_server.url, supplied)  # asks the endpoint the first time
    model, calls = account.read(readers)  # from memory
    model, calls = account.read(readers, {"sqs.list_queues": denied})

It stands where the wire hands requests to its connections, so everything of ours and of botocore's
is at work but the socket. Faults are those of `faults`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session
from botocore.session import Session
from faults import Answer, Api, Fault, Request

from auditor.aws.actions import model_loader
from auditor.aws.asking import Bounds
from auditor.aws.calls import CallLog
from auditor.aws.clients import Clients
from auditor.aws.inventory import read_account
from auditor.aws.pages import Paging, paging_of
from auditor.aws.reader import Reader
from auditor.aws.session import LiveAccount
from auditor.aws.wire import Wire
from auditor.model import Model

ACCOUNT = "123456789012"
REGION = "eu-west-1"
ENDPOINT = "http://127.0.0.1:9"
"""Where requests would go: nothing listens there."""

Supply = Mapping[str, Any]
"""Call → the reply of calls that the endpoint lacks: a dict for JSON, a text for XML; or a function
that makes the reply out of the endpoint's."""

_Key = tuple[str, str, str, str, bytes]


class Recorded:
    """Answers of an account by request. May be asked from many threads.

    calls: those that were asked for, by request. Set `faults` (call → fault) to break some.
    """

    def __init__(self, upstream: str, calls: Iterable[str], supply: Supply) -> None:
        self.faults: Mapping[str, Fault] = {}
        self._upstream = upstream
        self._supply = supply
        self._answers: dict[_Key, Answer] = {}
        self._calls: dict[_Key, str] = {}
        self._apis = [_api(call) for call in sorted({*calls, "sts.get_caller_identity"})]
        self._connections = URLLib3Session(timeout=60)
        self._lock = threading.Lock()
        self._clients = _clients(self)

    @classmethod
    def of(cls, url: str, readers: Iterable[Reader], supply: Supply) -> Recorded:
        """What the readers ask of an endpoint. Only what a fault makes them ask comes later."""
        readers = list(readers)
        made = cls(url, {call for each in readers for call in each.calls}, supply)
        made.read(readers)
        return made

    def read(
        self,
        readers: Iterable[Reader],
        faults: Mapping[str, Fault] | None = None,
        *,
        threads: int = 2,
        bounds: Bounds | None = None,
    ) -> tuple[Model, CallLog]:
        """What readers make of the account, and how their calls ended."""
        self.faults = faults or {}
        arn = f"arn:aws:iam::{ACCOUNT}:user/u"
        account = LiveAccount(ACCOUNT, "aws", arn, (REGION,), self._clients, CallLog())
        try:
            bounds = bounds or Bounds(30)
            return read_account(account, readers, threads=threads, bounds=bounds), account.calls
        finally:
            self.faults = {}

    @property
    def size(self) -> int:
        """How many different requests it has an answer to."""
        return len(self._answers)

    def paging(self, call: str) -> Paging | None:
        """How a call is continued."""
        service, _, method = call.partition(".")
        return paging_of(self._clients.get(service, REGION), method)

    # -- as connections ---------------------------------------------------------------------------

    def for_url(self, url: str) -> Recorded:
        """The connections for a URL: itself."""
        return self

    def send(self, request: Any) -> AWSResponse:
        """The answer to a request of botocore's."""
        asked = _request(request)
        key = _key(asked)
        call = self._calls.get(key) or self._called(key, asked)
        fault = self.faults.get(call)

        def ask() -> Answer:
            return self._answers.get(key) or self._first(key, call, request)

        answer = fault(_api(call), ask) if fault else ask()
        if answer is None:
            raise ConnectionResetError("the connection was closed")
        return _response(request.url, answer)

    def _called(self, key: _Key, asked: Request) -> str:
        found = [api.call for api in self._apis if api.matches(asked)]
        assert found, f"no reader declares {asked.method} {asked.path} {asked.body[:200]!r}"
        self._calls[key] = found[0]
        return found[0]

    def _first(self, key: _Key, call: str, request: Any) -> Answer:
        supplied = self._supply.get(call)
        if callable(supplied):
            answer = _supplied(supplied(json.loads(self._forward(request).body)))
        elif supplied is not None:
            answer = _supplied(supplied)
        else:
            answer = self._forward(request)
        with self._lock:
            self._answers[key] = answer
        return answer

    def _forward(self, request: Any) -> Answer:
        request.url = request.url.replace(ENDPOINT, self._upstream)
        reply = self._connections.send(request)
        return Answer(reply.status_code, list(reply.headers.items()), reply.content)


@cache
def _api(call: str) -> Api:
    return Api(call)


def _clients(recorded: Recorded) -> Clients:
    session = Session()
    session.register_component("data_loader", model_loader())
    wire = Wire(recorded, ENDPOINT)  # type: ignore[arg-type]
    wire.watch(session)  # before the clients' own, which then is not watched
    clients = Clients(session, ENDPOINT, attempts=1)
    clients.wire = wire
    return clients


def _request(request: Any) -> Request:
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else str(value)
        for name, value in request.headers.items()
    }
    body = request.body or b""
    return Request(
        request.method,
        request.url.removeprefix(ENDPOINT),
        headers,
        body.encode() if isinstance(body, str) else bytes(body),
    )


def _key(asked: Request) -> _Key:
    scope = asked.headers.get("authorization", "").partition("Credential=")[2].split("/")
    where = "/".join(scope[2:4])
    return (asked.method, asked.path, where, asked.headers.get("x-amz-target", ""), asked.body)


def _supplied(reply: Any) -> Answer:
    if isinstance(reply, str):
        return Answer(200, [("Content-Type", "text/xml")], reply.encode())
    kind = "application/x-amz-json-1.1"
    return Answer(200, [("Content-Type", kind)], json.dumps(reply).encode())


class _Body(BytesIO):
    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.getvalue()


_LEFT_OUT = ("content-length", "transfer-encoding", "connection")


def _response(url: str, answer: Answer) -> AWSResponse:
    from botocore.compat import HTTPHeaders

    headers = HTTPHeaders()
    for name, value in answer.headers:
        if name.lower() not in _LEFT_OUT:
            headers[name] = value
    headers["Content-Length"] = str(len(answer.body))
    return AWSResponse(url, answer.status, headers, _Body(answer.body[: answer.cut]))
