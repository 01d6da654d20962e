"""botocore clients: each made once per service and region, all from one loader."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from auditor.aws.pages import IncompleteReply

CONNECT_TIMEOUT = 10
READ_TIMEOUT = 30
ATTEMPTS = 4


class Clients:
    """Clients of one botocore session, made when first asked for. Safe to use from many threads.

    endpoint_url: where all of them are sent instead of AWS (LocalStack, moto).
    """

    def __init__(self, session: Any, endpoint_url: str | None = None) -> None:
        self._session = session
        self.endpoint_url = endpoint_url
        self._made: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        self.wire = Wire(endpoint_url)
        self.wire.watch(session)

    def get(self, service: str, region: str) -> Any:
        """The client of a service in a region. Raises `LookupError` for no such service."""
        client = self._made.get((service, region))
        if client is None:
            with self._lock:
                client = self._made.get((service, region)) or self._make(service, region)
                self._made[service, region] = client
        return client

    def is_elsewhere(self, service: str, region: str, error: BaseException) -> bool:
        """Whether a call failed because AWS does not offer the service in the region.

        Two things must say so: the endpoint's name does not resolve, and botocore's table of
        endpoints has the service in other regions only.
        """
        if self.endpoint_url or type(error).__name__ != "EndpointConnectionError":
            return False
        cause: Any = getattr(error, "kwargs", {}).get("error")
        if "NameResolutionError" not in repr(cause):
            return False
        partition = self._session.get_partition_for_region(region)
        offered = self._session.get_available_regions(service, partition)
        return bool(offered) and region not in offered

    def _make(self, service: str, region: str) -> Any:
        from botocore.config import Config
        from botocore.exceptions import UnknownServiceError

        config = Config(
            region_name=region,
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            max_pool_connections=32,
            retries={"mode": "adaptive", "total_max_attempts": ATTEMPTS},
            s3={"addressing_style": "path"} if self.endpoint_url else None,
        )
        try:
            return self._session.create_client(
                service, region_name=region, config=config, endpoint_url=self.endpoint_url
            )
        except UnknownServiceError:
            raise LookupError(f"AWS has no client {service}") from None


class Wire(threading.local):
    """What happened on the wire in this thread since `start`: requests sent, an empty body.

    It also keeps requests on the endpoint that was set: botocore puts account ids and words
    before its host (s3control, Step Functions), which do not resolve for an address.
    """

    def __init__(self, endpoint_url: str | None = None) -> None:
        self.requests = 0
        self.empty = False
        self._endpoint = urlsplit(endpoint_url) if endpoint_url else None

    def start(self) -> None:
        """Forgets what happened before."""
        self.requests = 0
        self.empty = False

    def watch(self, session: Any) -> None:
        """Listens to all clients that the session makes from now on."""
        events = session.get_component("event_emitter")
        events.register("before-send", self._sent, unique_id="auditor-sent")
        events.register("response-received", self._received, unique_id="auditor-received")

    def _sent(self, request: Any, **_: Any) -> None:
        self.requests += 1
        if self._endpoint:
            url = urlsplit(request.url)
            if url.netloc != self._endpoint.netloc:
                request.url = urlunsplit(url._replace(netloc=self._endpoint.netloc))

    def _received(
        self,
        response_dict: Mapping[str, Any] | None = None,
        parsed_response: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> None:
        """Refuses a truncated JSON reply, which botocore would hand on as an empty one."""
        self.empty = False
        if not response_dict or not parsed_response or response_dict["status_code"] >= 300:
            return
        if parsed_response.keys() - {"ResponseMetadata"}:
            return
        body = response_dict["body"]
        if not isinstance(body, bytes):
            return
        self.empty = not body.strip()
        if "json" in response_dict["headers"].get("content-type", "") and body.strip():
            try:
                json.loads(body)
            except ValueError as error:
                raise IncompleteReply("the reply is not complete JSON") from error
