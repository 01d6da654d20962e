"""Threads that do work beside each other, also work that itself waits for work."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Workers:
    """A fixed number of threads that take tasks in order.

    They are daemons: a thread that is stuck in a slow reply does not keep the program alive. A
    task handles its own errors.
    """

    def __init__(self, count: int, name: str = "aws") -> None:
        self._tasks: deque[Callable[[], None]] = deque()
        self._wake = threading.Condition()
        self._closed = False
        for number in range(count):
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True).start()

    def submit(self, task: Callable[[], None]) -> None:
        """Queues a task; dropped when closed."""
        with self._wake:
            if not self._closed:
                self._tasks.append(task)
                self._wake.notify()

    def close(self) -> None:
        """Drops what is queued and ends each thread after the task it is in."""
        with self._wake:
            self._closed = True
            self._tasks.clear()
            self._wake.notify_all()

    def _work(self) -> None:
        while True:
            with self._wake:
                while not self._tasks and not self._closed:
                    self._wake.wait()
                if self._closed:
                    return
                task = self._tasks.popleft()
            task()
            del task  # or its results would live until the next one comes


class _Feed:
    """Hands out the items of an iterable to many threads, and keeps its error for the end."""

    def __init__(self, items: Iterable[Any]) -> None:
        self._items = iter(items)
        self._lock = threading.Lock()
        self._over = False
        self.error: BaseException | None = None
        self.taken = 0

    def take(self) -> tuple[Any] | None:
        """The next item in a tuple; `None` when there are no more."""
        with self._lock:
            if self._over:
                return None
            try:
                item = next(self._items)
            except StopIteration:
                self._over = True
                return None
            except Exception as error:  # handed to whoever reads the results
                self._over, self.error = True, error
                return None
            self.taken += 1
            return (item,)

    def stop(self) -> None:
        """No more items are handed out."""
        with self._lock:
            self._over = True


def fan_out(
    workers: Workers, helpers: int, work: Callable[[T], Iterable[R]], items: Iterable[T]
) -> Iterator[list[R] | Exception]:
    """Runs `work` on each item, in this thread and in up to `helpers` others, results as they come.

    The caller takes part, so that work which itself fans out can never wait for threads that all
    wait. An item whose work raised gives its exception; an error of `items` itself is raised after
    the results of those that came before it.
    """
    feed = _Feed(items)
    results: SimpleQueue[list[R] | Exception] = SimpleQueue()

    def run(item: T) -> None:
        try:
            results.put(list(work(item)))
        except Exception as error:  # it becomes the item's result
            results.put(error)

    def help_out() -> None:
        while taken := feed.take():
            run(taken[0])

    for _ in range(helpers):
        workers.submit(help_out)
    given = 0
    try:
        while taken := feed.take():
            run(taken[0])
            while not results.empty():
                given += 1
                yield results.get()
        while given < feed.taken:
            given += 1
            yield results.get()
    finally:
        feed.stop()
    if feed.error is not None:
        raise feed.error
