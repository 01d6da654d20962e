"""Requests sent over connections that stay open, to a server that answers as it is told."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from contextlib import closing

import pytest
from botocore.awsrequest import AWSRequest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)

from auditor.aws.connections import Direct
from auditor.aws.wire import Connections

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Answers each request with the next of its replies, and closes after `b""`.

    seen: the requests. connections: how many were opened.
    """

    def __init__(self, *replies, context=None, wait=0.0):
        self.seen, self.connections = [], 0
        self._replies = list(replies)
        self._context, self._wait = context, wait
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
                if self._context:
                    connection = self._context.wrap_socket(connection, server_side=True)
            except ssl.SSLError:
                continue
            except OSError:
                return
            self.connections += 1
            with closing(connection):
                self._answer(connection)

    def _answer(self, connection):
        while request := connection.recv(65_536):
            self.seen.append(request)
            reply = self._replies.pop(0) if self._replies else b""
            time.sleep(self._wait)
            connection.sendall(reply)
            if not reply or reply.startswith(b"HTTP/1.0") or b"Connection: close" in reply:
                return


def prepared(url, method="GET", data=b"", headers=None):
    return AWSRequest(method, url, headers or {}, data).prepare()


def answer(direct, url, **how):
    reply = direct.send(prepared(url, **how))
    return reply.status_code, reply.content


@pytest.fixture
def direct():
    return Direct(True, 2, 2)


def test_a_request_is_sent_with_its_host_headers_and_body(direct):
    with Server(OK) as server:
        how = {"method": "POST", "data": b"a=b", "headers": {"X-Amz-Target": b"T.List"}}
        assert answer(direct, f"{server.url}/p?q=1", **how) == (200, b"ok")
        head, _, body = server.seen[0].partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        assert lines[0] == "POST /p?q=1 HTTP/1.1"
        assert set(lines[1:]) == {
            "X-Amz-Target: T.List",
            "Content-Length: 3",
            f"Host: 127.0.0.1:{server.port}",
            "Accept-Encoding: identity",
        }
        assert body == b"a=b"


def test_connections_are_used_again(direct):
    with Server(OK, OK, OK) as server:
        assert [answer(direct, server.url) for _ in range(3)] == [(200, b"ok")] * 3
        assert server.connections == 1


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"2;x=y\r\nok\r\n1\r\n!\r\n0\r\nTrailer: t\r\n\r\n",
            b"ok!",
        ),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", b"until the end"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end", b"until the end"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"ok"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", b"ok"),
    ],
    ids=["chunks", "HTTP/1.0", "closing", "continue", "nothing", "bare line ends"],
)
def test_bodies_end_as_the_reply_says(direct, reply, expected):
    with Server(reply, OK) as server:
        assert direct.send(prepared(server.url)).content == expected
        assert answer(direct, server.url) == (200, b"ok")


def test_the_reply_to_a_head_has_no_body(direct):
    with Server(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", OK) as server:
        assert answer(direct, server.url, method="HEAD") == (200, b"")
        assert answer(direct, server.url) == (200, b"ok")


def test_headers_are_joined_and_found_in_any_case(direct):
    reply = b"HTTP/1.1 400 No\r\nX-A: one\r\nx-a: two\r\n three\r\nContent-Length: 0\r\n\r\n"
    with Server(reply) as server:
        found = direct.send(prepared(server.url))
    assert (found.status_code, found.headers["X-a"]) == (400, "one, two three")


def test_what_comes_after_a_reply_is_no_reply_to_the_next_request(direct):
    stray = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray"
    with Server(OK + stray, OK) as server:
        assert answer(direct, server.url) == (200, b"ok")
        assert answer(direct, server.url) == (200, b"ok")


def test_a_connection_closed_while_idle_is_opened_again(direct):
    with Server(OK, b"", OK) as server:
        assert answer(direct, server.url) == (200, b"ok")
        assert answer(direct, server.url) == (200, b"ok")
        assert (server.connections, len(server.seen)) == (2, 3)


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nno header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 300 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"b" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n9\r\nok",
    ],
    ids=[
        "closed",
        "cut",
        "another protocol",
        "a length that is none",
        "two lengths",
        "no name",
        "many headers",
        "a long header",
        "no chunk",
        "half a chunk",
    ],
)
def test_what_is_no_reply_is_a_connection_that_broke_off(direct, reply):
    closing_one = reply if b"close" in reply or not reply else reply + b"\r\nConnection: close"
    with Server(closing_one) as server, pytest.raises(ConnectionClosedError):
        direct.send(prepared(server.url))


def test_a_body_that_is_shorter_than_announced_is_given_and_the_connection_given_up(direct):
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nok"
    with Server(cut, OK) as server:
        assert answer(direct, server.url) == (200, b"ok")
        assert answer(direct, server.url) == (200, b"ok")
        assert server.connections == 2


def test_a_reply_that_does_not_come():
    with Server(OK, wait=2.0) as server, pytest.raises(ReadTimeoutError):
        Direct(True, 1, 0.1).send(prepared(server.url))


def test_a_connection_that_is_not_accepted():
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        first = [socket.socket() for _ in range(4)]
        for each in first:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        with pytest.raises(ConnectTimeoutError):
            Direct(True, 0.2, 1).send(prepared(url))
        for each in first:
            each.close()


@pytest.mark.parametrize(
    "headers",
    [{"X-A": "b\r\nX-C: d"}, {"Transfer-Encoding": "chunked"}, {"Expect": "100-continue"}],
)
def test_requests_that_are_not_simple_are_left_to_botocore(direct, headers):
    assert direct.send(prepared("http://127.0.0.1:9", headers=headers)) is None


def test_where_nothing_listens_botocore_says_so():
    with pytest.raises(EndpointConnectionError):
        Connections(True).send(prepared("http://127.0.0.1:9"))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    made = [str(folder / "key.pem"), str(folder / "cert.pem")]
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-keyout", made[0], "-out", made[1], "-subj", "/CN=test"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    return made


def tls_context(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])
    return context


def test_a_trusted_certificate(certificate):
    with Server(OK, OK, context=tls_context(certificate)) as server:
        direct = Direct(certificate[1], 2, 2)
        assert [answer(direct, server.url) for _ in range(2)] == [(200, b"ok")] * 2
        assert server.connections == 1


def test_a_certificate_that_is_not_trusted(certificate):
    with Server(OK, context=tls_context(certificate)) as server:
        with pytest.raises(SSLError):
            Connections(True).send(prepared(server.url))
        assert server.seen == []


def test_a_certificate_for_another_host(certificate):
    with Server(OK, context=tls_context(certificate)) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        with pytest.raises(SSLError):
            Connections(certificate[1]).send(prepared(url))
        assert server.seen == []
