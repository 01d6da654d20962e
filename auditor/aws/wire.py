"""The wire: one pool of connections for all clients, and what happened on it.

botocore gives each client connections of its own and reads the certificate bundle again for each
TLS connection (44 ms of CPU with certifi's bundle and OpenSSL 3.0, measured; more than the calls
that most connections carry). Here all clients share one pool and one TLS context. botocore's
`before-send` event lets a handler give the response itself, which is where this comes in.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session, get_cert_path
from botocore.utils import get_environ_proxies

from auditor.aws.connections import Direct
from auditor.aws.pages import IncompleteReply

CONNECT_TIMEOUT = 5
READ_TIMEOUT = 30
MOST_HOSTS = 2000
CONNECTIONS_PER_HOST = 32


class Connections(URLLib3Session):  # type: ignore[misc]
    """Connections to many hosts with one TLS context, whose certificates are read once.

    Without a proxy most requests go the short way (auditor.aws.connections).
    """

    def __init__(self, verify: Any, proxies: Mapping[str, str] | None = None) -> None:
        super().__init__(
            verify=verify,
            proxies=dict(proxies or {}),
            timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
            max_pool_connections=CONNECTIONS_PER_HOST,
            # Or a request's body waits 40 ms for the acknowledgement of its head.
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        )
        self._direct = None if proxies else Direct(verify, CONNECT_TIMEOUT, READ_TIMEOUT)

    def send(self, request: Any) -> Any:
        """The reply to a prepared request."""
        reply = self._direct.send(request) if self._direct else None
        return super().send(request) if reply is None else reply

    def _get_pool_manager_kwargs(self, **extra: Any) -> Any:
        return super()._get_pool_manager_kwargs(num_pools=MOST_HOSTS, **extra)

    def _get_ssl_context(self) -> Any:
        context = super()._get_ssl_context()
        if self._verify:
            context.load_verify_locations(get_cert_path(self._verify))
        return context

    def _setup_ssl_cert(self, conn: Any, url: str, verify: Any) -> None:
        super()._setup_ssl_cert(conn, url, verify)
        conn.ca_certs = None  # they are in the context


class Wire(threading.local):
    """What happened in this thread since `start`.

    requests: those sent. unread: the last reply's body if botocore made nothing of it, which it
    also does with bodies that it cannot read (half a JSON document), or should have made nothing
    of it (it does not look at the root of an XML document).

    Every request goes to the endpoint URL if one is set: botocore puts account ids and words
    before its host (s3control, Step Functions), which do not resolve for an address.
    """

    def __init__(self, pools: _Pools, endpoint_url: str | None) -> None:
        self._region: str | None = None
        self.requests = 0
        self.unread: bytes | None = None
        self._pools = pools
        self._endpoint = urlsplit(endpoint_url) if endpoint_url else None

    def start(self, region: str | None = None) -> None:
        """Forgets what happened before; from now on this thread's requests go to the region."""
        self._region = region
        self.requests = 0
        self.unread = None

    def watch(self, session: Any) -> None:
        """Carries the requests of all clients that the session makes from now on."""
        events = session.get_component("event_emitter")
        events.register("before-endpoint-resolution", self._place, unique_id="auditor-place")
        events.register_last("before-send", self._send, unique_id="auditor-send")
        events.register("response-received", self._received, unique_id="auditor-received")

    def _place(self, builtins: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        """Sends a client's request to another region than that which it was made for."""
        if self._region and builtins.get("AWS::Region") not in (None, self._region):
            builtins["AWS::Region"] = self._region
            context.setdefault("signing", {})["region"] = self._region

    def _send(self, request: Any, **_: Any) -> Any:
        self.requests += 1
        if self._endpoint:
            url = urlsplit(request.url)
            if url.netloc != self._endpoint.netloc:
                request.url = urlunsplit(url._replace(netloc=self._endpoint.netloc))
        response = self._pools.for_url(request.url).send(request)
        if not request.stream_output and request.method != "HEAD":
            self._whole(request, response)
        return response

    @staticmethod
    def _whole(request: Any, response: Any) -> None:
        """Refuses a body that is shorter than announced, which botocore does not look at."""
        length = response.headers.get("content-length", "")
        if length.isdigit() and len(response.content) < int(length):
            raise ConnectionClosedError(
                error=IncompleteReply("the body is shorter than announced"),
                request=request,
                endpoint_url=request.url,
            )

    def _received(
        self,
        response_dict: Mapping[str, Any] | None = None,
        parsed_response: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> None:
        self.unread = None
        if response_dict and parsed_response and response_dict["status_code"] < 300:
            body = response_dict["body"]
            nothing = not parsed_response.keys() - {"ResponseMetadata"}
            if isinstance(body, bytes) and (nothing or not body.strip() or is_web_page(body)):
                self.unread = body


def is_web_page(body: bytes) -> bool:
    """Whether a body is HTML: what gateways and sign-in pages in between answer with 200."""
    start = body[:500].lstrip().lower()
    return start.startswith(b"<") and (b"<html" in start or b"<!doctype html" in start)


class _Pools:
    """Connections by proxy. A request goes through one as `HTTPS_PROXY` and `NO_PROXY` say."""

    def __init__(self, verify: Any) -> None:
        self._verify = verify
        self._pools: dict[tuple[tuple[str, str], ...], Connections] = {}
        self._proxies: dict[str, tuple[tuple[str, str], ...]] = {}
        self._lock = threading.Lock()

    def for_url(self, url: str) -> Connections:
        host = urlsplit(url).netloc
        proxies = self._proxies.get(host)
        if proxies is None:
            proxies = tuple(sorted(get_environ_proxies(url).items()))
            self._proxies[host] = proxies
        pool = self._pools.get(proxies)
        if pool is None:
            with self._lock:
                pool = self._pools.get(proxies) or self._open(proxies)
                self._pools[proxies] = pool
        return pool

    def _open(self, proxies: tuple[tuple[str, str], ...]) -> Connections:
        return Connections(self._verify, dict(proxies))


def wire(session: Any, endpoint_url: str | None) -> Wire:
    """The wire of a botocore session; its clients use it from now on."""
    verify = session.get_config_variable("ca_bundle") or True
    made = Wire(_Pools(verify), endpoint_url)
    made.watch(session)
    return made
