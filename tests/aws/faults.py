"""A proxy in front of the emulated AWS that breaks chosen calls.

::

    with Faults(aws_endpoint) as faults:
        faults.on("rds.describe_db_instances", denied)
        model = read_endpoint(faults.url, readers)

A fault is a function of the call and of AWS's own answer that gives another answer.
"""

from __future__ import annotations

import http.client
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore import xform_name
from botocore.loaders import create_loader
from botocore.model import ServiceModel

from auditor.aws.actions import operation_name


@dataclass(frozen=True)
class Answer:
    """An HTTP answer. `cut`: the connection closes after so many bytes of the body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    cut: int | None = None


@dataclass(frozen=True)
class Request:
    """An HTTP request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Ask = Callable[[], Answer]
Fault = Callable[["Api", Ask], Answer | None]
"""Gives the answer to a call: `ask()` gets the real one; `None` closes the connection."""


TOKENS = ("NextToken", "nextToken", "NextMarker", "nextMarker", "Marker", "position")


class Api:
    """One call of AWS (`rds.describe_db_instances`) and how its requests and replies look."""

    def __init__(self, call: str) -> None:
        self.call = call
        self.service, _, self.method = call.partition(".")
        self.model = _model(self.service)
        self.metadata = self.model["metadata"]
        self.operation = operation_name(self.service, self.method)
        self.name = next(n for n in self.model["operations"] if xform_name(n) == self.method)
        self.http = self.model["operations"][self.name]["http"]
        self.protocol = ServiceModel(self.model, self.service).resolved_protocol

    def matches(self, request: Request) -> bool:
        """Whether a request is this call."""
        scope = request.headers.get("authorization", "").partition("Credential=")[2].split("/")
        signing = self.metadata.get("signingName", self.metadata["endpointPrefix"])
        if len(scope) > 3 and scope[3] != signing:
            return False
        target = request.headers.get("x-amz-target")
        if target:
            return target.rpartition(".")[2] == self.name
        if "/operation/" in request.path:
            return request.path.rpartition("/operation/")[2] == self.name
        if self.protocol in ("query", "ec2") or b"Action=" in request.body:
            return parse_qs(request.body.decode()).get("Action") == [self.name]
        return self._rest_matches(request)

    def _rest_matches(self, request: Request) -> bool:
        there, here = urlsplit(request.path), urlsplit(self.http["requestUri"])
        pattern = re.sub(r"\\\{[^}]+\\\+\\\}", ".+", re.escape(here.path))
        pattern = re.sub(r"\\\{[^}]+\\\}", "[^/]+", pattern).removesuffix("/")
        given = parse_qs(there.query, keep_blank_values=True)
        wanted = parse_qs(here.query, keep_blank_values=True)
        marked = set(given) & _marks(self.service) == set(wanted) & _marks(self.service)
        return (
            request.method == self.http["method"]
            and re.fullmatch(f"{pattern}/?", there.path) is not None
            and marked
        )

    def error(self, status: int, code: str, message: str) -> Answer:
        """An error in the service's protocol."""
        if self.protocol == "ec2":
            body = (
                f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error>"
                "</Errors><RequestID>r</RequestID></Response>"
            )
        elif self.service == "s3":
            body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        elif self.protocol in ("query", "rest-xml"):
            body = (
                f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error>"
                "<RequestId>r</RequestId></ErrorResponse>"
            )
        else:
            body = json.dumps({"__type": code, "message": message})
        kind = "text/xml" if body.startswith("<") else "application/x-amz-json-1.1"
        return Answer(status, [("Content-Type", kind), ("x-amzn-errortype", code)], body.encode())

    def empty_page(self, token: str) -> Answer:
        """A reply without elements that says that there is more."""
        config = _paginators(self.service).get(self.name, {})
        outputs = config.get("output_token") or self._token()
        output = outputs if isinstance(outputs, str) else outputs[0]
        tree: dict[str, Any] = {}
        _put(tree, output.split(" ")[0], token)
        if config.get("more_results"):
            _put(tree, config["more_results"], True)
        if self.protocol in ("json", "rest-json"):
            kind, body = "application/x-amz-json-1.1", json.dumps(self._wired(tree))
        else:
            kind, body = "text/xml", self._xml(tree)
        return Answer(200, [("Content-Type", kind)], body.encode())

    def _token(self) -> str:
        """Where the next page's token is of a call for which botocore has no paginator."""
        members = self._members(self.model["operations"][self.name]["output"]["shape"])
        inner = [f"{m}.{n}" for m, s in members.items() for n in self._members(s["shape"])]
        return next(name for name in [*members, *inner] if name.rpartition(".")[2] in TOKENS)

    def _members(self, shape: str) -> dict[str, Any]:
        return self.model["shapes"][shape].get("members", {})

    def _wired(self, tree: dict[str, Any]) -> dict[str, Any]:
        """Members under the names that they have on the wire."""
        shape = self.model["operations"][self.name]["output"]["shape"]
        members = self.model["shapes"][shape]["members"]
        return {members.get(k, {}).get("locationName", k): v for k, v in tree.items()}

    def _xml(self, tree: dict[str, Any]) -> str:
        shape = self.model["shapes"][self.model["operations"][self.name]["output"]["shape"]]
        if shape.get("payload") in tree:  # the member is the document itself
            return _elements(tree)
        inner = _elements(self._wired(tree))
        if self.protocol == "query":
            return (
                f"<{self.name}Response><{self.name}Result>{inner}</{self.name}Result>"
                f"</{self.name}Response>"
            )
        return f"<{self.name}Response>{inner}</{self.name}Response>"


def _put(tree: dict[str, Any], where: str, value: Any) -> None:
    *above, last = where.split(".")
    for step in above:
        tree = tree.setdefault(step, {})
    tree[last] = value


def _elements(tree: Any) -> str:
    if isinstance(tree, dict):
        return "".join(f"<{name}>{_elements(value)}</{name}>" for name, value in tree.items())
    return str(tree).lower() if isinstance(tree, bool) else str(tree)


@cache
def _model(service: str) -> Any:
    # A loader of its own: S3's clients change the model that they were made from.
    return create_loader().load_service_model(service, "service-2")


@cache
def _paginators(service: str) -> Any:
    return create_loader().load_service_model(service, "paginators-1")["pagination"]


@cache
def _marks(service: str) -> frozenset[str]:
    """Words in the query that choose an operation: S3's `?policy`."""
    uris = [o["http"]["requestUri"] for o in _model(service)["operations"].values()]
    return frozenset(k for u in uris for k in parse_qs(urlsplit(u).query, keep_blank_values=True))


# -- faults ----------------------------------------------------------------------------------------


def denied(api: Api, ask: Ask) -> Answer:
    """The caller may not do it."""
    code = "UnauthorizedOperation" if api.protocol == "ec2" else "AccessDenied"
    code = "AccessDeniedException" if "json" in api.protocol else code
    message = f"User: arn:aws:iam::123456789012:user/u is not authorized to perform: {api.call}"
    return api.error(403, code, message)


def throttled(api: Api, ask: Ask) -> Answer:
    """Too many requests, also after retries."""
    if api.service == "s3":
        return api.error(503, "SlowDown", "Please reduce your request rate.")
    return api.error(400, "ThrottlingException", "Rate exceeded")


def broken(api: Api, ask: Ask) -> Answer:
    """AWS has an error of its own."""
    return api.error(500, "InternalError", "We encountered an internal error.")


def unknown(api: Api, ask: Ask) -> Answer:
    """The endpoint does not know the call."""
    return api.error(501, "NotImplemented", "not here")


def expired(api: Api, ask: Ask) -> Answer:
    """The credentials have run out."""
    code = "ExpiredToken" if "json" not in api.protocol else "ExpiredTokenException"
    return api.error(400 if api.service == "s3" else 403, code, "The token has expired")


def truncated(api: Api, ask: Ask) -> Answer:
    """The connection breaks off in the middle of the body, which had a length."""
    real = ask()
    return Answer(real.status, real.headers, real.body, cut=max(1, len(real.body) // 2))


def short(api: Api, ask: Ask) -> Answer:
    """Half of the body comes, as if it were all: nothing on the wire says that there was more."""
    real = ask()
    return Answer(real.status, real.headers, real.body[: max(1, len(real.body) // 2)])


def blank(api: Api, ask: Ask) -> Answer:
    """A reply without a body."""
    real = ask()
    return Answer(real.status, real.headers, b"")


def html(api: Api, ask: Ask) -> Answer:
    """A page of some gateway in between, with status 200."""
    return Answer(200, [("Content-Type", "text/html")], b"<html><body>Sign in</body></html>")


def dropped(api: Api, ask: Ask) -> None:
    """The connection closes without an answer."""


def slow(seconds: float) -> Fault:
    """The answer comes after so many seconds."""

    def wait(api: Api, ask: Ask) -> Answer:
        time.sleep(seconds)
        return ask()

    return wait


def endless() -> Fault:
    """Empty pages, each with a new token."""
    numbers = count()
    return lambda api, ask: api.empty_page(f"token-{next(numbers)}")


def repeating(api: Api, ask: Ask) -> Answer:
    """Empty pages, all with one token."""
    return api.empty_page("token")


# -- the proxy -------------------------------------------------------------------------------------


@dataclass
class Faults:
    """The proxy. `seen` counts requests by call, for the calls that `on` was told of."""

    upstream: str
    rules: list[tuple[Api, Fault]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def on(self, call: str, fault: Fault) -> None:
        """Breaks a call from now on."""
        self.rules.append((Api(call), fault))

    def count(self, call: str) -> int:
        """Requests of a call so far."""
        api = Api(call)
        return sum(api.matches(request) for request in self.requests)

    def __enter__(self) -> Faults:
        handler = type("Handler", (_Handler,), {"faults": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, request: Request) -> Answer | None:
        """The answer to a request: AWS's, or that of the first fault that is meant."""
        self.requests.append(request)

        def ask() -> Answer:
            return _forward(self.upstream, request)

        for api, fault in self.rules:
            if api.matches(request):
                return fault(api, ask)
        return ask()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """A client that has gone, or an upstream that has: the test sees what it needs."""


class _Handler(BaseHTTPRequestHandler):
    faults: Faults
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self.rfile.read(length))
        answer = self.faults.answer(request)
        self.close_connection = True
        if answer is None:
            return
        self.send_response(answer.status)
        dropped = ("content-length", "connection", "transfer-encoding", "date", "server")
        for name, value in answer.headers:
            if name.lower() not in dropped:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body[: answer.cut])

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_HEAD(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, *_: object) -> None:
        """Keeps quiet."""


def _forward(upstream: str, request: Request) -> Answer:
    connection = http.client.HTTPConnection(urlsplit(upstream).netloc, timeout=120)
    left_out = (
        "connection",
        "expect",
        "host",
    )  # the answer then names the upstream, as it does directly
    headers = {k: v for k, v in request.headers.items() if k not in left_out}
    try:
        connection.request(request.method, request.path, request.body or None, headers)
        reply = connection.getresponse()
        return Answer(reply.status, reply.getheaders(), reply.read())
    finally:
        connection.close()
