"""Says how far a long command is. What is done does not know who listens."""

from __future__ import annotations

import sys
import time
from typing import Any, Protocol

DELAY = 0.5
"""Seconds before anything is shown: a command that is done by then stays silent."""


class Progress(Protocol):
    """Takes note of what is being done."""

    def step(self, text: str, done: int = 0, total: int = 0) -> None:
        """`text` is being done: the `done`-th of `total` things (0: not known)."""

    def close(self) -> None:
        """All is done: whatever was shown goes away."""


class Silent:
    """Shows nothing."""

    def step(self, text: str, done: int = 0, total: int = 0) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class OnTerminal:
    """A line on standard error that is replaced as work goes on; rich is imported after `DELAY`."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._status: Any = None

    def step(self, text: str, done: int = 0, total: int = 0) -> None:
        """Shows the step, once the command has taken a while."""
        if self._status is None:
            if time.monotonic() - self._started < DELAY:
                return
            self._status = _status()
            self._status.start()
        from rich.text import Text

        count = f"{done}/{total} " if total else ""
        self._status.update(Text(f"{count}{text}", style="dim"))

    def close(self) -> None:
        """Takes the line away."""
        if self._status is not None:
            self._status.stop()
            self._status = None


def _status() -> Any:
    from rich.console import Console

    return Console(stderr=True).status("", spinner="dots", refresh_per_second=8)


def progress(*, wanted: bool = True) -> Progress:
    """On a terminal its line; elsewhere (a pipe, CI) nothing."""
    return OnTerminal() if wanted and sys.stderr.isatty() else Silent()
