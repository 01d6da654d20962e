"""Replies that more than one reader needs: asked for once, kept while somebody may want them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from auditor.aws.pages import Reply


class Shared:
    """Hands the replies of one reader's calls to the others that declare the same ones.

    uses: (scope, call) once for each reader that declares the call there; a scope is a region, or
    "" for global readers. What only one reader can want is never kept.
    """

    def __init__(self, uses: Iterable[tuple[str, str]]) -> None:
        self._readers = Counter(uses)
        self._left = Counter(self._readers)
        self._kept: dict[tuple[str, str], dict[Any, _Pages]] = {}
        self._lock = threading.Lock()

    def pages(
        self, scope: str, call: str, key: Any, read: Callable[[], Iterator[Reply]]
    ) -> Iterable[Reply]:
        """The pages that `read` gives, kept for the other readers. key: the call's arguments."""
        use = (scope, call)
        if self._readers[use] < 2:
            return read()
        with self._lock:
            kept = self._kept.setdefault(use, {})
            found = kept.get(key)
            if found is None and self._left[use] < 2:
                return read()  # the others have ended
            if found is None:
                found = kept[key] = _Pages(read())
            found.taken += 1
            if found.taken == self._readers[use]:
                del kept[key]
        return found

    def reply(self, scope: str, call: str, key: Any, ask: Callable[[], Reply | None]) -> Any:
        """The reply that `ask` gives. A failure is kept and raised to the others too."""

        def read() -> Iterator[Any]:
            yield ask()

        return next(iter(self.pages(scope, call, key, read)))

    def finished(self, scope: str, calls: Iterable[str]) -> None:
        """A reader that declares `calls` has ended; what nobody else needs is dropped."""
        with self._lock:
            for call in calls:
                self._left[scope, call] -= 1
                if not self._left[scope, call]:
                    self._kept.pop((scope, call), None)


class _Pages:
    """Pages that are read once, by whoever needs the next one first. `taken`: by how many."""

    def __init__(self, source: Iterator[Any]) -> None:
        self.taken = 0
        self._source = source
        self._pages: list[Any] = []
        self._error: Exception | None = None
        self._done = False
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Any]:
        at = 0
        while True:
            with self._lock:
                if at == len(self._pages) and not self._done:
                    self._read()
                if at == len(self._pages):
                    if self._error:
                        raise self._error
                    return
                page = self._pages[at]
            at += 1
            yield page

    def _read(self) -> None:
        try:
            self._pages.append(next(self._source))
        except StopIteration:
            self._done = True
        except Exception as error:  # kept, and raised to every reader
            self._done, self._error = True, error
