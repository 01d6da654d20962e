"""HTTP over connections that stay open, for requests without a proxy.

A third of the CPU that a request takes in botocore is urllib3's and `http.client`'s: they make a
dozen objects of every request, and parse headers with the e-mail package. The requests of a scan
are all alike: small, answered as a whole, one after another on the same connections. What is not
(a proxy, a stream, a connection that cannot be made, with its many errors) is left to botocore.

Source: RFC 9112 (HTTP/1.1): message framing (6.3), chunks (7.1), persistence (9.3).
"""

from __future__ import annotations

import socket
import ssl
import threading
import weakref
from collections import deque
from collections.abc import Iterator, Mapping
from io import BufferedReader
from typing import Any
from urllib.parse import SplitResult, urlsplit

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError, ReadTimeoutError
from botocore.httpsession import get_cert_path
from urllib3.util.wait import wait_for_read

_PORTS = {"http": 80, "https": 443}
_LONGEST_LINE = 65_536
_MOST_HEADERS = 200
_NO_BODY = (204, 304)


class BadReply(Exception):  # noqa: N818 - told to botocore as a connection that broke off
    """What came over the connection is not an HTTP reply, or not all of one."""


class Direct:
    """Connections to many hosts, kept open and used again. May be used from many threads.

    verify: a file of certificates to trust, or True for those that botocore brings.
    connect, read: seconds to wait at most for a connection, and for each part of a reply.
    """

    def __init__(self, verify: Any, connect: float, read: float) -> None:
        self._verify = verify
        self._timeouts = connect, read
        self._idle: dict[tuple[str, str, int], deque[_Line]] = {}
        self._context: ssl.SSLContext | None = None
        self._lock = threading.Lock()
        weakref.finalize(self, _close_all, self._idle)

    def send(self, request: Any) -> AWSResponse | None:
        """The reply to botocore's prepared request; `None` where botocore has to send it itself.

        Raises botocore's exceptions for connections that break off and replies that do not come.
        """
        url = urlsplit(request.url)
        message = _message(request, url)
        if message is None:
            return None
        try:
            line, reused = self._line(url)
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=request.url, error=error) from error
        except (OSError, ValueError):
            return None  # botocore says why
        try:
            try:
                return self._exchange(line, message, request)
            except (BadReply, OSError) as error:
                if not reused or line.heard or isinstance(error, TimeoutError):
                    raise
                line.close()  # it was closed over there just when it was used again
                line = self._open(url)
                return self._exchange(line, message, request)
        except TimeoutError as error:
            line.close()
            raise ReadTimeoutError(endpoint_url=request.url, error=error) from error
        except (BadReply, OSError) as error:
            line.close()
            raise ConnectionClosedError(
                error=error, request=request, endpoint_url=request.url
            ) from error

    def _exchange(self, line: _Line, message: bytes, request: Any) -> AWSResponse:
        status, headers, body, reusable = line.exchange(message, request.method)
        if reusable:
            self._idle[line.place].append(line)
        else:
            line.close()
        return AWSResponse(request.url, status, headers, _Body(body))

    def _line(self, url: SplitResult) -> tuple[_Line, bool]:
        """A connection, and whether it was used before."""
        idle = self._idle.setdefault(_place(url), deque())
        while idle:
            try:
                line = idle.pop()
            except IndexError:  # another thread was faster
                break
            if not line.is_dropped():
                return line, True
            line.close()
        return self._open(url), False

    def _open(self, url: SplitResult) -> _Line:
        place = _place(url)
        connect, read = self._timeouts
        plain = socket.create_connection(place[1:], timeout=connect)
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if url.scheme == "https":
                plain = self._tls().wrap_socket(plain, server_hostname=place[1])
            plain.settimeout(read)
        except BaseException:
            plain.close()
            raise
        return _Line(plain, place)

    def _tls(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                self._context = ssl.create_default_context(cafile=get_cert_path(self._verify))
            return self._context


def _close_all(idle: Mapping[Any, deque[_Line]]) -> None:
    for lines in idle.values():
        for line in lines:
            line.close()


def _place(url: SplitResult) -> tuple[str, str, int]:
    return url.scheme, url.hostname or "", url.port or _PORTS[url.scheme]


class _Line:
    """One open connection. heard: whether something of the present reply has come."""

    def __init__(self, plain: socket.socket, place: tuple[str, str, int]) -> None:
        self.place = place
        self.heard = False
        self._socket = plain

    def is_dropped(self) -> bool:
        """Whether it was closed over there: nothing else can come while nothing is asked."""
        return wait_for_read(self._socket, timeout=0.0)

    def close(self) -> None:
        """Closes it."""
        self._socket.close()

    def exchange(self, message: bytes, method: str) -> tuple[int, Mapping[str, str], bytes, bool]:
        """Status, headers and body of the reply, and whether the connection can be used again."""
        self.heard = False
        self._socket.sendall(message)
        with self._socket.makefile("rb") as reader:  # what comes too much is thrown away with it
            reply = _Reply(reader)
            try:
                return reply.read(method)
            finally:
                self.heard = reply.heard


class _Reply:
    """A reply as it comes."""

    def __init__(self, reader: BufferedReader) -> None:
        self.heard = False
        self._reader = reader

    def read(self, method: str) -> tuple[int, Mapping[str, str], bytes, bool]:
        """Status, headers, body, and whether another reply may follow."""
        while True:
            version, status = self._status()
            headers = self._headers()
            if status >= 200:  # before that: more follows
                break
        body, whole = b"", True
        if method != "HEAD" and status not in _NO_BODY:
            body, whole = self._body(headers)
        stays = headers.get("connection", "").lower()
        kept = stays != "close" if version == b"HTTP/1.1" else stays == "keep-alive"
        return status, headers, body, whole and kept

    def _next(self) -> bytes:
        text = self._reader.readline(_LONGEST_LINE)
        if not text.endswith(b"\n"):
            raise BadReply("a line is too long" if text else "the connection was closed")
        self.heard = True
        return text

    def _status(self) -> tuple[bytes, int]:
        version, _, rest = self._next().partition(b" ")
        code = rest[:3]
        if not version.startswith(b"HTTP/1.") or not code.isdigit():
            raise BadReply("the reply is not HTTP")
        return version, int(code)

    def _headers(self) -> dict[str, str]:
        """By name in lower case; several of one name are joined."""
        found: dict[str, str] = {}
        name = ""
        for _ in range(_MOST_HEADERS):
            text = self._next().decode("latin-1").rstrip("\r\n")
            if not text:
                return found
            if text[0] in " \t":  # the last one goes on
                found[name] = f"{found.get(name, '')} {text.strip()}"
                continue
            name, colon, value = text.partition(":")
            if not colon:
                raise BadReply("a header has no name")
            name = name.lower()
            found[name] = f"{found[name]}, {value.strip()}" if name in found else value.strip()
        raise BadReply("the reply has too many headers")

    def _body(self, headers: Mapping[str, str]) -> tuple[bytes, bool]:
        """The body, and whether all of it came. A shorter one than announced is given as it is."""
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return b"".join(self._chunks()), True
        length = headers.get("content-length")
        if length is None:
            return self._reader.read(), False  # it ends with the connection
        if not length.isdigit():
            raise BadReply("the reply's length is not a number")
        body = self._reader.read(int(length))
        return body, len(body) == int(length)

    def _chunks(self) -> Iterator[bytes]:
        while True:
            try:
                size = int(self._next().partition(b";")[0], 16)
            except ValueError as error:
                raise BadReply("a chunk's length is not a number") from error
            if size <= 0:
                break
            chunk = self._reader.read(size)
            if len(chunk) < size:
                raise BadReply("the connection was closed")
            yield chunk
            self._next()
        self._headers()  # trailers


class _Body:
    """A body that is there already, as botocore reads it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        """The whole."""
        yield self._content


def _message(request: Any, url: SplitResult) -> bytes | None:
    """The request as it is sent; `None` where it is not as simple as that."""
    body = request.body
    if isinstance(body, str):
        body = body.encode()
    if request.stream_output or url.scheme not in _PORTS or not isinstance(body, bytes | None):
        return None
    headers = {
        name: value.decode("latin-1") if isinstance(value, bytes) else str(value)
        for name, value in request.headers.items()
    }
    names = {name.lower() for name in headers}
    if names & {"transfer-encoding", "expect"}:
        return None
    if "host" not in names:
        default = url.port in (None, _PORTS[url.scheme])
        headers["Host"] = _host(url) if default else f"{_host(url)}:{url.port}"
    if "accept-encoding" not in names:
        headers["Accept-Encoding"] = "identity"
    if "content-length" not in names and (body or request.method not in ("GET", "HEAD")):
        headers["Content-Length"] = str(len(body or b""))
    target = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
    lines = [f"{request.method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(lines)
    if not lines[0].isascii() or lines[0].count(" ") != 2 or head.count("\n") != len(lines) - 1:
        return None  # something in it would be read as more than it is
    return head.encode("latin-1") + b"\r\n\r\n" + (body or b"")


def _host(url: SplitResult) -> str:
    name = url.hostname or ""
    return f"[{name}]" if ":" in name else name
