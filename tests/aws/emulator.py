"""The emulated AWS of the tests: moto's server in a process of its own.

Calls that moto does not implement are answered as AWS answers unknown calls (501 in the service's
protocol); moto's own answer, an HTML page with status 500, would be retried by every client.

Run as a program it serves on a free port, which it prints.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

EC2 = b"<Response><Errors><Error><Code>NotImplemented</Code></Error></Errors></Response>"
S3 = b"<Error><Code>NotImplemented</Code></Error>"
QUERY = b"<ErrorResponse><Error><Code>NotImplemented</Code></Error></ErrorResponse>"
JSON = b'{"__type": "NotImplemented"}'


class Emulator:
    """A running moto server."""

    def __init__(self) -> None:
        environment = {**os.environ, "MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}
        environment.pop("AWS_ENDPOINT_URL", None)
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__))],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"

    def reset(self) -> None:
        """Empties the account."""
        request = urllib.request.Request(f"{self.url}/moto-api/reset", method="POST")
        with urllib.request.urlopen(request, timeout=60) as reply:
            assert reply.status == 200

    def stop(self) -> None:
        """Ends the server."""
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()


class _Front:
    """WSGI in front of moto that answers for what moto does not implement."""

    def __init__(self, application: Any) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length else b""
        environ["wsgi.input"] = io.BytesIO(body)
        head: list[Any] = []
        try:
            chunks = list(self._application(environ, lambda *args: head.append(args)))
        except Exception as error:  # moto's web framework lets the exception through
            return self._unknown(environ, body, start_response, repr(error))
        status, headers = head[-1][:2]
        page = b"".join(chunks)
        if status[:3] in ("404", "500") and page[:15].lower().startswith(b"<!doctype html>"):
            return self._unknown(environ, body, start_response, status)
        start_response(status, headers)
        return [page]

    def _unknown(
        self, environ: dict[str, Any], body: bytes, start_response: Any, why: str
    ) -> list[bytes]:
        scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split("/")
        service = scope[3] if len(scope) > 3 else ""
        kind, page = "text/xml", QUERY
        if service == "ec2":
            page = EC2
        elif service == "s3":
            page = S3
        elif service not in ("cloudfront", "route53") and b"Action=" not in body:
            kind, page = "application/x-amz-json-1.1", JSON
        headers = [
            ("Content-Type", kind),
            ("x-amzn-errortype", "NotImplemented"),
            ("x-emulator", why.replace("\n", " ")[:200]),
            ("Content-Length", str(len(page))),
        ]
        start_response("501 Not Implemented", headers)
        return [page]


def serve() -> None:
    """Serves until the process is ended."""
    import logging

    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application = DomainDispatcherApplication(create_backend_app)
    application.debug = True
    server = make_server(
        "127.0.0.1",
        0,
        _Front(application),
        threaded=True,
        request_handler=MotoRequestHandler,
    )
    os.environ["MOTO_PORT"] = str(server.port)
    print(server.port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve()
