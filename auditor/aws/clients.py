"""botocore clients: each service's made once, whatever the region, all from one loader.

A client takes 5 ms and about a megabyte, so one for each of 40 services in 17 regions would cost
more than the calls. botocore resolves the endpoint of each request by itself, from parameters that
its `before-endpoint-resolution` event may change: that is where the region comes in.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditor.aws.wire import Wire

ATTEMPTS = 4

REGION_BOUND = frozenset({"s3", "s3control", "sts"})
"""Services whose clients follow redirects or choose endpoints by the region they were made for."""


class Clients:
    """Clients of one botocore session, made when first asked for. Safe to use from many threads.

    endpoint_url: where all of them are sent instead of AWS (LocalStack, moto). attempts: how often
    a request is sent at most; adaptive retries wait longer from time to time (up to 20 s).
    """

    def __init__(
        self, session: Any, endpoint_url: str | None = None, attempts: int = ATTEMPTS
    ) -> None:
        from auditor.aws.wire import wire

        self._session = session
        self._attempts = attempts
        self._made: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        self.endpoint_url = endpoint_url
        self.wire: Wire = wire(session, endpoint_url)

    def get(self, service: str, region: str) -> Any:
        """The client for a service in a region. Raises `LookupError` for no such service.

        It sends to the region that `wire.start` was told in this thread, else to the first one
        that it was asked for.
        """
        key = (service, region if service in REGION_BOUND else "")
        client = self._made.get(key)
        if client is None:
            with self._lock:
                client = self._made.get(key) or self._make(service, region)
                self._made[key] = client
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
            retries={"mode": "adaptive", "total_max_attempts": self._attempts},
            proxies={},  # the wire has its own connections
            s3={"addressing_style": "path"} if self.endpoint_url else None,
        )
        try:
            with _without_collection():
                client = self._session.create_client(
                    service, region_name=region, config=config, endpoint_url=self.endpoint_url
                )
        except UnknownServiceError:
            raise LookupError(f"AWS has no client {service}") from None
        # botocore looks for 150 former names of services in the name of each event that a client
        # emits, which has none of them: 6 % of the CPU of a scan.
        client.meta.events._event_aliases = {}
        return client


@contextmanager
def _without_collection() -> Iterator[None]:
    """Garbage collection off for a moment.

    Service models are hundreds of thousands of small objects that all stay: looking through them
    again and again, as they are made, doubles the time that clients take.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
