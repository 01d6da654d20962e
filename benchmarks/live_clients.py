"""What clients cost before the first reply: making them, and opening TLS connections.

    python benchmarks/live_clients.py

30 services in 4 regions, each way in a fresh process (three times, the median counts); then 40
TLS connections to a local server, made by botocore's own connections and by ours. CPU seconds.
"""

from __future__ import annotations

import gc
import os
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

SERVICES = [
    "acm",
    "apigateway",
    "apigatewayv2",
    "autoscaling",
    "backup",
    "cloudfront",
    "cloudtrail",
    "cloudwatch",
    "cognito-idp",
    "dynamodb",
    "ec2",
    "ecr",
    "ecs",
    "efs",
    "elasticache",
    "elbv2",
    "events",
    "iam",
    "kms",
    "lambda",
    "logs",
    "rds",
    "route53",
    "s3",
    "s3control",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "wafv2",
]
REGIONS = ("eu-west-1", "us-east-1", "eu-central-1", "ap-northeast-1")
TIMES = 3
CONNECTIONS = 40


def each_with_a_session() -> None:
    """A boto3 session for each client, as in code that makes sessions where it needs them."""
    import boto3

    for region in REGIONS:
        for service in SERVICES:
            boto3.session.Session().client(service, region_name=region)


def one_session() -> None:
    """One boto3 session for all clients."""
    import boto3

    session = boto3.session.Session()
    for region in REGIONS:
        for service in SERVICES:
            session.client(service, region_name=region)


def ours() -> None:
    """`auditor.aws.clients`."""
    clients = _clients()
    for region in REGIONS:
        for service in SERVICES:
            clients.get(service, region)


def _clients():
    from botocore.session import Session

    from auditor.aws.actions import model_loader
    from auditor.aws.clients import Clients

    session = Session()
    session.register_component("data_loader", model_loader())
    return Clients(session)


def botocore_connections(url: str, bundle: str) -> Callable[[], None]:
    from botocore.httpsession import URLLib3Session

    http = URLLib3Session(verify=bundle)
    return lambda: _send(http, url)


def our_connections(url: str, bundle: str) -> Callable[[], None]:
    from auditor.aws.wire import Connections

    http = Connections(verify=bundle)
    return lambda: _send(http, url)


def _send(http, url: str) -> None:
    from botocore.awsrequest import AWSRequest

    request = AWSRequest("GET", url).prepare()
    if http.send(request).status_code != 204:
        raise SystemExit("the local server did not answer")


WAYS = {"a session each": each_with_a_session, "one session": one_session, "ours": ours}


def main() -> None:
    if len(sys.argv) > 1:
        began = time.process_time()
        WAYS[sys.argv[1]]()
        print(time.process_time() - began)
        return
    count = len(SERVICES) * len(REGIONS)
    print(f"{count} clients ({len(SERVICES)} services, {len(REGIONS)} regions), imports included")
    _table({name: _in_a_process(name) for name in WAYS})
    print(f"\n{CONNECTIONS} TLS connections")
    with tempfile.TemporaryDirectory() as folder:
        url, bundle = serve_tls(Path(folder))
        _table(
            {
                "botocore": _opened(botocore_connections(url, bundle)),
                "ours": _opened(our_connections(url, bundle)),
            }
        )


def _in_a_process(name: str) -> float:
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_CONFIG_FILE": os.devnull,
    }
    runs = [
        subprocess.run(
            [sys.executable, __file__, name],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        for _ in range(TIMES)
    ]
    return statistics.median(float(run.stdout) for run in runs)


def _opened(send: Callable[[], None]) -> float:
    send()
    gc.collect()
    began = time.process_time()
    for _ in range(CONNECTIONS):
        send()
    return time.process_time() - began


def _table(seconds: dict[str, float]) -> None:
    best = seconds["ours"]
    for name, taken in seconds.items():
        print(f"  {name:16} {taken:7.3f} s   {taken / best:6.1f} x")


def serve_tls(folder: Path) -> tuple[str, str]:
    """A server that answers 204 once on each connection, and the bundle with its certificate."""
    import certifi

    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-days", "1", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    bundle = folder / "bundle.pem"
    bundle.write_text(Path(certifi.where()).read_text() + certificate.read_text())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            connection, _ = listening.accept()
            with context.wrap_socket(connection, server_side=True) as tls:
                tls.recv(65536)
                tls.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    threading.Thread(target=serve, daemon=True).start()
    return f"https://127.0.0.1:{listening.getsockname()[1]}/", str(bundle)


if __name__ == "__main__":
    main()
