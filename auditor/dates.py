"""Dates as the model holds them: ISO 8601 text with a time zone, as AWS's clocks said."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from auditor.values import Undetermined, Unknown


def date_text(moment: datetime | None) -> str | None:
    """A moment from an API reply as the text that the model holds; `None` stays `None`."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")


def now_text() -> str:
    """This moment, for readers that note when they read: rules never look at a clock."""
    return str(date_text(datetime.now(UTC)))


def days_between(earlier: Any, later: Any) -> int:
    """Whole days from one date to another, negative when they are the other way round.

    Raises `Undetermined` when one of them is unknown or is no date.
    """
    return (_moment(later) - _moment(earlier)).days


def _moment(text: Any) -> datetime:
    if isinstance(text, Unknown):
        text.undetermined()
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise Undetermined(Unknown(because=f"{text!r} is no date")) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
