"""What all tests share: an emulated AWS, and an environment that does not reach the real one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent / "aws"))  # `emulator`, `faults`, `honesty`

NOWHERE = "http://127.0.0.1:9"
"""An endpoint where nothing listens: where a client goes that was given none."""

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_ENDPOINT_URL": NOWHERE,
    "NO_PROXY": "127.0.0.1,localhost",
}


@pytest.fixture(scope="session", autouse=True)
def _no_real_aws() -> Iterator[None]:
    """Every `AWS_*` variable of the person who runs the tests is out of reach."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def moto_server(_no_real_aws: None) -> Iterator[Any]:
    """The emulated AWS: `.url`, and `.reset()` to empty it. One per test process."""
    from emulator import Emulator

    server = Emulator()
    yield server
    server.stop()


@pytest.fixture
def aws_endpoint(moto_server: Any) -> str:
    """The URL of an emulated AWS whose account is empty."""
    moto_server.reset()
    return str(moto_server.url)


@pytest.fixture(scope="session")
def make_client(moto_server: Any) -> Callable[..., Any]:
    """`make_client("s3", "eu-west-1")`: a client of the emulated AWS, kept for the test run."""
    import botocore.session

    session = botocore.session.Session()

    @cache
    def make(service: str, region: str = "eu-west-1") -> Any:
        client = session.create_client(service, region_name=region, endpoint_url=moto_server.url)
        if service == "s3control":
            client.meta.events.register("before-send.s3-control", _to(moto_server.url))
        return client

    return make


@pytest.fixture
def aws_client(aws_endpoint: str, make_client: Callable[..., Any]) -> Callable[..., Any]:
    """As `make_client`, on an account that is empty when the test begins."""
    return make_client


def _to(url: str) -> Callable[..., None]:
    """botocore puts the account id before the host, which does not resolve for an address."""
    from urllib.parse import urlsplit, urlunsplit

    def send(request: Any, **_: Any) -> None:
        request.url = urlunsplit(urlsplit(request.url)._replace(netloc=urlsplit(url).netloc))

    return send
