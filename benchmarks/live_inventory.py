"""What a scan of a live account costs: wall time, CPU, memory, and requests by API.

    python benchmarks/live_inventory.py                      # 10 of each kind, 35 ms a call
    python benchmarks/live_inventory.py --each 200 --latency 20
    python benchmarks/live_inventory.py --prowler ~/prowler-venv/bin/prowler

Starts moto's server (package `moto[server]`) behind a front that waits before each reply as a
network would, fills it, and runs `auditor scan --source live` on it. The first run is with moto's
own time; in the second all replies come from the front's memory, so that it is the client that is
measured. Prowler (in a virtual environment of its own: `pip install prowler`) is run the same
two ways on the same endpoint when its program is named.
"""

from __future__ import annotations

import argparse
import http.client
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

REGION = "eu-west-1"
SERVICES = "s3 sqs sns dynamodb kms ssm ec2 iam cloudwatch secretsmanager"

FILLED = ("s3", "sqs", "sns", "dynamodb", "kms", "ssm", "ec2", "iam", "logs", "secretsmanager")
LAUNCHER = """
import json, os, subprocess, sys, time
began = time.monotonic()
nowhere = subprocess.DEVNULL
process = subprocess.Popen(sys.argv[1:], stdout=nowhere, stderr=nowhere)
_, status, used = os.wait4(process.pid, 0)
process.returncode = os.waitstatus_to_exitcode(status)
cpu = used.ru_utime + used.ru_stime
print(json.dumps([process.returncode, time.monotonic() - began, cpu, used.ru_maxrss]))
"""
# A small process between: a child's peak memory counts that of whoever started it.


class Front:
    """Forwards to moto, remembers replies, waits, counts requests by API."""

    def __init__(self, upstream: int, latency: float) -> None:
        self.upstream, self.latency = upstream, latency
        self.replies: dict[tuple[str, str, str, bytes], tuple[int, list, bytes]] = {}
        self.requests: Counter[str] = Counter()
        self.filling = True
        front = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                front.answer(self, body)

            do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Nothing: requests are counted instead."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, asked: BaseHTTPRequestHandler, body: bytes) -> None:
        """Replies to one request."""
        signed = re.search(r"Credential=[^/]*/\d+/([^,]*)", asked.headers.get("Authorization", ""))
        scope = signed[1] if signed else ""
        key = (asked.command, asked.path, scope + asked.headers.get("X-Amz-Target", ""), body)
        reply = None if self.filling else self.replies.get(key)
        if not self.filling:
            self.requests[_api(scope, asked, body)] += 1
            time.sleep(self.latency)
        if reply is None:
            reply = self._forward(asked, body)
            if not self.filling:
                self.replies[key] = reply
        status, headers, content = reply
        asked.send_response_only(status)
        for name, value in headers:
            asked.send_header(name, value)
        asked.send_header("Content-Length", str(len(content)))
        asked.end_headers()
        if asked.command != "HEAD":
            asked.wfile.write(content)

    def _forward(self, asked: BaseHTTPRequestHandler, body: bytes) -> tuple[int, list, bytes]:
        left_out = {"content-length", "connection", "transfer-encoding", "expect", "date"}
        headers = {k: v for k, v in asked.headers.items() if k.lower() not in left_out}
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=120)
        connection.request(asked.command, asked.path, body or None, headers)
        reply = connection.getresponse()
        content = reply.read()
        connection.close()
        kept = [(k, v) for k, v in reply.getheaders() if k.lower() not in left_out]
        if content[:15].lower() == b"<!doctype html>":  # moto has no such call
            refusal = b'{"__type": "NotImplemented", "message": "moto"}'
            return 501, [("x-amzn-errortype", "NotImplemented")], refusal
        return reply.status, kept, content


def _api(scope: str, asked: BaseHTTPRequestHandler, body: bytes) -> str:
    """The service and what was asked of it."""
    service = scope.split("/")[1] if "/" in scope else "unsigned"
    form = re.search(rb"(?:^|&)Action=(\w+)", body)
    if target := asked.headers.get("X-Amz-Target"):
        return f"{service} {target.rpartition('.')[2]}"
    if form:
        return f"{service} {form[1].decode()}"
    path, _, query = asked.path.partition("?")
    question = re.split("[=&]", query)[0]
    if service == "s3":
        return f"s3 {asked.command} ?{question}"
    return f"{service} {asked.command} {re.sub(r'/[^/]*[0-9:%][^/]*', '/*', path)}"


def fill(url: str, each: int) -> None:
    """So many of each kind; every second one is badly set up."""
    import boto3

    session = boto3.session.Session("none", "none", region_name=REGION)
    s3, sqs, sns, ddb, kms, ssm, ec2, iam, logs, secrets = (
        session.client(name, endpoint_url=url) for name in FILLED
    )
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    trust = {"Service": "lambda.amazonaws.com"}
    trusted = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": trust}
    for number in range(each):
        name, good = f"bench-{number:05}", number % 2 == 0
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        status = {"Status": "Enabled" if good else "Suspended"}
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=status)
        sqs.create_queue(QueueName=name, Attributes={"SqsManagedSseEnabled": str(good).lower()})
        sns.create_topic(Name=name)
        ddb.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        kms.create_key(Description=name)
        ssm.put_parameter(Name=f"/{name}", Value="x", Type="SecureString" if good else "String")
        group = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        opened = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
        opened["IpRanges"] = [{"CidrIp": "10.0.0.0/8" if good else "0.0.0.0/0"}]
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[opened])
        document = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
        logs.create_log_group(logGroupName=f"/{name}")
        secrets.create_secret(Name=name, SecretString="x")


def measured(title: str, command: list[str], folder: Path, front: Front, shown: int) -> None:
    """Runs a command and prints what it took. CPU and memory are those of the command alone."""
    front.requests.clear()
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": front.url,
        "AWS_DEFAULT_REGION": REGION,
    }
    launched = subprocess.run(
        [sys.executable, "-c", LAUNCHER, *command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    ended, wall, cpu, memory = json.loads(launched.stdout)
    print(
        f"{title}: {wall:.1f} s wall, {cpu:.1f} s CPU, {memory / 1024:.0f} MB, "
        f"{front.requests.total()} requests, exit {ended}"
    )
    for api, count in front.requests.most_common(shown):
        print(f"  {count:6} {api}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--each", type=int, default=10, help="resources of each kind")
    parser.add_argument("--latency", type=float, default=35, help="milliseconds before a reply")
    parser.add_argument("--apis", type=int, default=15, help="how many APIs to list")
    parser.add_argument("--prowler", metavar="PROGRAM", help="run this Prowler too")
    wanted = parser.parse_args()
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer(port=0, verbose=False)
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"  # its images are not the account's
    moto.start()
    front = Front(moto.get_host_and_port()[1], wanted.latency / 1000)
    fill(front.url, wanted.each)
    front.filling = False
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        settings = f'[aws]\nregions = ["{REGION}"]\nendpoint_url = "{front.url}"\n'
        (folder / "auditor.toml").write_text(settings)
        ours = [str(Path(sys.executable).with_name("auditor")), "scan", "--source", "live"]
        commands = {"auditor": ours}
        if wanted.prowler:
            only = ["--region", REGION, "--service", *SERVICES.split(), "--output-directory", made]
            commands["prowler"] = [wanted.prowler, "aws", *only]
        for name, command in commands.items():
            measured(f"{name}, moto", command, folder, front, 0)
            measured(f"{name}, replayed", command, folder, front, wanted.apis)
    moto.stop()


if __name__ == "__main__":
    main()
