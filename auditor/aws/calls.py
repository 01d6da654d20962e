"""The account of every call: how each ended, what it needed, how many requests and how long."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from auditor.aws.errors import DENIED, FAILED, OK, OUTCOMES, SKIPPED, THROTTLED


@dataclass(slots=True)
class Tally:
    """All calls of one API in one region.

    call: `rds.describe_db_instances`. region: where it was sent.
    ok … skipped: how many calls ended so; `throttled` is after all retries, `skipped` was not
        sent, because the run ended or because it had to fail for a cause already seen.
    requests: HTTP requests, so retries and pages count. seconds: spent on them, in all threads.
    error: the first message of a call that did not end well, without secrets.
    because: the cause of that and what to do. actions: the IAM actions that the call needs.
    """

    call: str
    region: str
    ok: int = 0
    denied: int = 0
    throttled: int = 0
    failed: int = 0
    skipped: int = 0
    requests: int = 0
    seconds: float = 0.0
    because: str = ""
    error: str = ""
    actions: tuple[str, ...] = ()

    @property
    def service(self) -> str:
        """The boto3 client's name."""
        return self.call.partition(".")[0]

    @property
    def outcome(self) -> str:
        """The worst way in which one of the calls ended."""
        for outcome in (DENIED, THROTTLED, FAILED, SKIPPED):
            if getattr(self, outcome):
                return outcome
        return OK


@dataclass(slots=True)
class CallLog:
    """Every call of a run, by API and region. May be written from many threads."""

    _tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(
        self,
        call: str,
        region: str,
        outcome: str,
        actions: tuple[str, ...],
        *,
        requests: int = 0,
        seconds: float = 0.0,
        because: str = "",
        error: str = "",
    ) -> None:
        """Records one call."""
        with self._lock:
            tally = self._tallies.setdefault((call, region), Tally(call, region, actions=actions))
            setattr(tally, outcome, getattr(tally, outcome) + 1)
            tally.requests += requests
            tally.seconds += seconds
            if outcome != OK and not tally.because:
                tally.because, tally.error = because, error

    def __contains__(self, key: tuple[str, str]) -> bool:
        return key in self._tallies

    def tallies(self) -> list[Tally]:
        """The account, by service, call and region."""
        with self._lock:
            return [self._tallies[key] for key in sorted(self._tallies)]

    def unread(self) -> list[Tally]:
        """Those of which a call did not end well."""
        return [tally for tally in self.tallies() if tally.outcome != OK]

    def totals(self) -> dict[str, int]:
        """Calls by outcome, and `requests`."""
        tallies = self.tallies()
        sums = {outcome: sum(getattr(t, outcome) for t in tallies) for outcome in OUTCOMES}
        return sums | {"requests": sum(t.requests for t in tallies)}
